/* Requests that wait in line, first in, first out; and what becomes of answers
 * that nobody has any more. For web/share, which holds the lock. */
#ifndef WEB_SHARE_LINE_H
#define WEB_SHARE_LINE_H

#include "web/share.h"

struct share_line {
	struct share_request *first, *last;
};

/* At its end. */
void share_line_add(struct share_line *line, struct share_request *r);

/* NULL: it is empty. */
struct share_request *share_line_take(struct share_line *line);

/* The first to whom that applies; NULL: none. */
struct share_request *share_line_take_that(
    struct share_line *line,
    bool (*applies)(const struct share *s, const struct share_request *r),
    const struct share *s);

/* Frees answers, one the next of the other. */
void share_answer_free(struct share_answer *a);

#endif
