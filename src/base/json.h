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

enum {
	JSON_TIMES = 2,
	JSON_PREPARED_BYTES = 64,
	JSON_PREPARED_NAME_MAX_BYTES =
	    JSON_PREPARED_BYTES - sizeof(",\"\":null")
};

struct json {
	struct buf *out;
	bool comma_due;
	/* The last times that were written: rows repeat them. */
	struct json_moment {
		double wall_s;
		int length; /* 0: none */
		char text[CLOCK_TEXT_BYTES];
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

/* A key that many objects have, written before. */
struct json_prepared {
	char text[JSON_PREPARED_BYTES]; /* `,"name":null` */
	size_t bytes; /* of it that are the comma and the key */
};

/* The name is of at most JSON_PREPARED_NAME_MAX_BYTES, and as for json_key_of.
 */
void json_prepare_key(struct json_prepared *key, const char *name);

/* So many bytes of it. What is copied is of one size where there is room: that
 * takes less time than what is needed of it. */
static inline void
json_write_prepared(struct json *j, const struct json_prepared *key,
		    size_t bytes)
{
	size_t skipped = j->comma_due ? 0 : 1;
	struct buf *out = j->out;

	bytes -= skipped;
	if (out->data == NULL || out->status != ERR_OK ||
	    out->capacity - out->length < sizeof(key->text)) {
		buf_append(out, key->text + skipped, bytes);
		return;
	}
	memcpy(out->data + out->length, key->text + skipped,
	       sizeof(key->text) - 1);
	buf_commit(out, bytes);
}

/* The key of the next value. */
static inline void
json_prepared_key(struct json *j, const struct json_prepared *key)
{
	json_write_prepared(j, key, key->bytes);
	j->comma_due = false;
}

/* The key, and null. */
static inline void
json_prepared_null(struct json *j, const struct json_prepared *key)
{
	json_write_prepared(j, key, key->bytes + sizeof("null") - 1);
	j->comma_due = true;
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

/* A key and its time, both in one piece of the text. */
void json_key_time(struct json *j, const char *name, double wall_s);

#endif
