/*
 * Writes JSON into a buf, commas included. Failures are the buf's: ask
 * buf_status at the end. The caller keeps the nesting right.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"

enum { JSON_TIMES = 2, JSON_MOMENT_BYTES = CLOCK_TEXT_BYTES + 2 };

struct json {
	struct buf *out;
	bool comma_due;
	/* The last times that were written: rows repeat them. */
	struct json_moment {
		double wall_s;
		size_t length;		      /* 0: none */
		char text[JSON_MOMENT_BYTES]; /* with its quotes */
	} times[JSON_TIMES];
	unsigned next_time;
};

void json_init(struct json *j, struct buf *out);

void json_open_object(struct json *j);
void json_close_object(struct json *j);
void json_open_array(struct json *j);
void json_close_array(struct json *j);

/* The key of the next value: a plain ASCII name that needs no escapes. */
void json_key_of(struct json *j, const char *name, size_t length);

static inline void
json_key(struct json *j, const char *name)
{
	json_key_of(j, name, strlen(name));
}

/* The value of the last key is left for others to write. */
static inline void
json_leave_value(struct json *j)
{
	j->comma_due = true;
}

/*
 * A text that was written before, and ends with a key, whose value is next. If
 * that is a number or a time, both stand in one piece of the text.
 */
static inline void
json_key_written(struct json *j, const char *text, size_t length)
{
	buf_reserve(j->out, length + JSON_MOMENT_BYTES);
	buf_append(j->out, text, length);
	j->comma_due = false;
}

/*
 * A string. Quotes, backslashes, control characters and the characters that
 * are special in HTML are escaped; bytes that are not UTF-8 become U+FFFD.
 * NULL is written as null.
 */
void json_text(struct json *j, const char *text);
void json_text_of(struct json *j, const char *text, size_t length);

enum { JSON_DECIMALS_MAX = 4 };

/*
 * A number with at most that many decimals (0 to 4), trailing zeros left out;
 * beyond 10^15 with 15 significant digits. NaN and infinities become null.
 */
void json_decimal(struct json *j, double value, unsigned decimals);

/* The number that json_decimal would write. */
double json_rounded(double value, unsigned decimals);

void json_integer(struct json *j, int64_t value);

/* A number that is written already, as JSON has it. */
void json_number_text(struct json *j, const char *text);

/* A key and its text, and a key and a value that is written already. */
void json_key_text(struct json *j, const char *name, const char *text);
void json_key_raw(struct json *j, const char *name, const char *json);
void json_boolean(struct json *j, bool value);
void json_null(struct json *j);

/* clock_format's text, or null where it has none. */
void json_time(struct json *j, double wall_s);

#endif
