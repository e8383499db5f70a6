#include "web/caching.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

/* --- tags -----------------------------------------------------------------
 */

enum { TIME_BYTES = sizeof("2026-01-02T03:04:05.678Z") - 1 };

/*
 * The next time of a "timestamp"; NULL: there is none. A quote in a text has a
 * backslash before it, so that this is a key wherever it stands. And a time
 * ends in Z, which little else does: it is found many times as fast as the key.
 */
static const char *
find_time(const char *at, const char *end)
{
	static const char key[] = "\"timestamp\":\"";
	const ptrdiff_t key_bytes = sizeof(key) - 1;

	for (const char *z = at;
	     (z = memchr(z, 'Z', (size_t)(end - z))) != NULL; z++) {
		const char *time = z + 1 - TIME_BYTES;

		if (z + 1 - at >= key_bytes + TIME_BYTES &&
		    memcmp(time - key_bytes, key, sizeof(key) - 1) == 0)
			return time;
	}
	return NULL;
}

static uint64_t
hash_json(uint64_t hash, const struct buf_piece *piece)
{
	const char *at = piece->data, *end = at + piece->length, *time;

	while (at < end && (time = find_time(at, end)) != NULL) {
		hash = hash_bytes(hash, at, (size_t)(time - at));
		at = time + TIME_BYTES;
	}
	return hash_bytes(hash, at, (size_t)(end - at));
}

/* Where in a sheet one is, which comes in pieces. */
struct sheet {
	size_t time_column; /* or NO_COLUMN */
	size_t column;
	bool is_quoted;
};
#define NO_COLUMN SIZE_MAX

/* By the line of names, of which none has quotes; it is in the first piece. */
static size_t
find_time_column(const struct buf_piece *first)
{
	static const char name[] = "timestamp";
	const char *at = first->data, *end = at + first->length;

	for (size_t column = 0; at < end && *at != '\r'; column++) {
		size_t length = 0;

		while (at + length < end && at[length] != ',' &&
		       at[length] != '\r')
			length++;
		if (length == sizeof(name) - 1 && memcmp(at, name, length) == 0)
			return column;
		at += length;
		at += at < end && *at == ',';
	}
	return NO_COLUMN;
}

static uint64_t
hash_csv(uint64_t hash, struct sheet *s, const struct buf_piece *piece)
{
	const char *start = piece->data, *end = start + piece->length;

	if (s->time_column == NO_COLUMN)
		return hash_bytes(hash, start, piece->length);
	for (const char *at = start; at < end; at++) {
		s->is_quoted ^= *at == '"';
		if (s->is_quoted || (*at != ',' && *at != '\n'))
			continue;
		if (s->column == s->time_column)
			start = at;
		s->column = *at == ',' ? s->column + 1 : 0;
		if (s->column != s->time_column)
			continue;
		hash = hash_bytes(hash, start, (size_t)(at + 1 - start));
		start = at + 1;
	}
	return s->column != s->time_column
		   ? hash_bytes(hash, start, (size_t)(end - start))
		   : hash;
}

static uint64_t
hash_lasting(const struct buf *body, enum caching_format format)
{
	/* Without a seed: all processes give the same body the same hash. */
	uint64_t hash = 0;
	struct buf_piece piece;
	struct sheet sheet = {.time_column = NO_COLUMN};

	if (format == CACHING_CSV && buf_piece(body, 0, &piece))
		sheet.time_column = find_time_column(&piece);
	for (size_t i = 0; buf_piece(body, i, &piece); i++)
		hash = format == CACHING_CSV ? hash_csv(hash, &sheet, &piece)
					     : hash_json(hash, &piece);
	return hash;
}

void
caching_init(struct caching *c, const struct buf *body,
	     enum caching_format format, int lasts_s,
	     long long stale_if_error_s)
{
	c->made_s = (int64_t)clock_wall_s();
	c->lasts_s = lasts_s;
	c->stale_if_error_s = stale_if_error_s;
	snprintf(c->tag, sizeof(c->tag), "\"%016" PRIx64 "\"",
		 hash_lasting(body, format));
}

/* --- what clients and caches say
 * ---------------------------------------------- */

/* RFC 9110, section 13.1.2: `*`, or tags with commas between; `W/"..."` is
 * the same as `"..."` there. */
bool
caching_matches(const struct caching *c, const char *if_none_match)
{
	static const char blank[] = " \t,";
	size_t tag_length = strlen(c->tag);
	const char *at = if_none_match + strspn(if_none_match, blank);

	if (strcmp(at, "*") == 0)
		return true;
	while (*at != '\0') {
		size_t length;

		if (strncmp(at, "W/", 2) == 0)
			at += 2;
		length = strcspn(at, blank);
		if (length == tag_length && memcmp(at, c->tag, length) == 0)
			return true;
		at += length;
		at += strspn(at, blank);
	}
	return false;
}

bool
caching_may_stand_in(const char *cached_since, long long stale_if_error_s)
{
	int64_t since_s = clock_read_http(cached_since);
	int64_t age_s = (int64_t)clock_wall_s() - since_s;

	return since_s >= 0 && age_s >= 0 && age_s <= stale_if_error_s;
}

/* In this order: behind the other header nginx 1.22 reads max-age alone. */
void
caching_write_header(const struct caching *c, struct buf *out)
{
	char made[CLOCK_TEXT_BYTES];

	clock_format_http(c->made_s, made);
	buf_append_format(out,
			  "Cache-Control: max-age=%d, stale-while-revalidate=1",
			  c->lasts_s > 0 ? c->lasts_s : 1);
	if (c->stale_if_error_s > 0)
		buf_append_format(out, ", stale-if-error=%lld",
				  c->stale_if_error_s);
	buf_append_format(out,
			  "\r\n"
			  "X-Accel-Expires: @%" PRId64 "\r\n"
			  "Last-Modified: %s\r\n"
			  "ETag: W/%s\r\n",
			  c->made_s + c->lasts_s, made, c->tag);
}
