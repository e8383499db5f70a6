/* Asserts about whole answers: status, header and every byte of the body. */
#ifndef SUPPORT_BODY_H
#define SUPPORT_BODY_H

#include "support/http.h"

/*
 * The body with each timestamp and measured_at as "T" and the latency as 0, to
 * be freed. Asserts that each timestamp is RFC 3339 in UTC with milliseconds;
 * with BODY_NOW also that none is more than five minutes from now.
 */
enum body_time { BODY_ANY_TIME, BODY_NOW };
char *body_mask(const char *body, enum body_time time);

/* Asserts that they are equal, and shows where they begin to differ. */
void body_equal(const char *actual, const char *expected, const char *what);

/*
 * Asserts status 200, JSON that json-c's strict parser takes, as long as
 * Content-Length says, and, after body_mask, that text.
 */
void body_expect(const struct http_reply *r, const char *text,
		 enum body_time time);

/* The same for an envelope of a failure with this text. */
void body_expect_error(const struct http_reply *r, long status,
		       const char *error);

/* Whether json-c takes it strictly, with UTF-8 checked. */
bool body_is_json(const char *body, size_t length);

#endif
