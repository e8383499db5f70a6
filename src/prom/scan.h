/*
 * Reads JSON tokens (RFC 8259, strictly) from a window of a text that may go
 * on later. Each function moves past what it read and returns SCAN_OK, or
 * SCAN_MORE if the window ends inside the token, or SCAN_BAD with a reason.
 * Then the position is that of what is wrong; after SCAN_MORE it means nothing:
 * the caller starts over from a position that it kept.
 */
#ifndef PROM_SCAN_H
#define PROM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum scan_result { SCAN_OK, SCAN_MORE, SCAN_BAD };

struct scan {
	const char *at;
	const char *end;
	const char *reason; /* what was wrong; set with SCAN_BAD */
};

/* A string's bytes between its quotes, or a number's, within the window. */
struct scan_text {
	const char *text;
	size_t length;
	bool has_escapes;
};

/* Skips white space; SCAN_MORE if nothing else is left. */
enum scan_result scan_space(struct scan *s);

/* Skips white space and this one character; SCAN_BAD if another stands there.
 */
enum scan_result scan_mark(struct scan *s, char mark);

/* Skips white space and one of two characters; tells which. */
enum scan_result scan_either(struct scan *s, char one, char other,
			     bool *is_one);

/* At the start of a container, of which the opening bracket is behind us: its
 * end, which is passed, or what comes first in it; *state becomes after or
 * inside. */
enum scan_result scan_first(struct scan *s, char closing, int after, int inside,
			    int *state);

/* The same behind a member of it: its end or a comma, which is passed. */
enum scan_result scan_next(struct scan *s, char closing, int after, int inside,
			   int *state);

/* A string: well-formed escapes and UTF-8, no raw control characters. */
enum scan_result scan_string(struct scan *s, struct scan_text *out);

/* The rest of a string whose opening quote was read. */
enum scan_result scan_string_rest(struct scan *s, struct scan_text *out);

/* A string and the colon behind it. */
enum scan_result scan_key(struct scan *s, struct scan_text *out);

enum scan_result scan_number(struct scan *s, struct scan_text *out);

/* Any value, checked and passed over; containers at most 32 deep. */
enum scan_result scan_skip(struct scan *s);

/*
 * Decodes a string's escapes into out, which has room for length bytes, and
 * returns the bytes written. Half of a surrogate pair becomes U+FFFD.
 */
size_t scan_unescape(const struct scan_text *string, char *out);

/* A string, decoded; cut to fit out, behind an escape, with its NUL. */
enum scan_result scan_string_into(struct scan *s, char *out, size_t out_bytes);

/* True if the string, decoded, is that text. */
bool scan_equals(const struct scan_text *string, const char *text);

#endif
