/*
 * What caches are told of an answer: RFC 9111 (Cache-Control, ETag), RFC 5861
 * (stale answers), and what nginx wants to know besides.
 */
#ifndef WEB_CACHING_H
#define WEB_CACHING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { CACHING_TAG_BYTES = 24 };

struct caching {
	int64_t made_s; /* Unix time */
	int lasts_s;	/* from then on; 0: that second */
	/* For how long it may stand in for an answer that failed; 0: never. */
	long long stale_if_error_s;
	/*
	 * `"0123456789abcdef"`, of the body but for its timestamps, which say
	 * when it was made: a weak one (RFC 9110, section 8.8.1). It lasts
	 * until something was measured anew, as measured_at tells.
	 */
	char tag[CACHING_TAG_BYTES];
};

/* What a body is, which tells where its timestamps are. */
enum caching_format {
	CACHING_JSON, /* each of them in one piece: json_key_written */
	CACHING_CSV   /* in the column of that name: table_write_csv */
};

/* Of a body that was made just now. */
void caching_init(struct caching *c, const struct buf *body,
		  enum caching_format format, int lasts_s,
		  long long stale_if_error_s);

/* Whether a client that sent this If-None-Match has the same body, but for its
 * timestamps. */
bool caching_matches(const struct caching *c, const char *if_none_match);

/*
 * Whether an answer that a cache holds since then (an HTTP date, or empty) may
 * stand in for one that failed now.
 */
bool caching_may_stand_in(const char *cached_since, long long stale_if_error_s);

/*
 * The header's lines. The answer is fresh for a second. nginx counts in whole
 * seconds and would make two of it, so it is told the time at which to stop
 * instead: the end of the second in which the answer was made.
 */
void caching_write_header(const struct caching *c, struct buf *out);

#endif
