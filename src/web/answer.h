/*
 * What a request is answered with: bytes that were made for it, or that others
 * have as well; or a snapshot that others have as well, of which its bytes are
 * made.
 */
#ifndef WEB_ANSWER_H
#define WEB_ANSWER_H

#include <stdint.h>

#include "web/handle.h"

/* By when it is to be there; clock_now_ms. */
int64_t answer_deadline_ms(const struct handle *h);

/* Which others may have the same, for share_begin. ERR_QUERY, in h->err: the
 * parameters ask for what cannot be. */
enum err_code answer_choose_kind(struct handle *h);

/* Makes it for this request, which shares nothing. */
void answer_alone(struct handle *h);

/* On a seat, unless its time is over; for others as well, unless that is so or
 * the request is alone. */
void answer_make(struct handle *h);

/* It is there: of h->shared.answer. */
void answer_take(struct handle *h);

#endif
