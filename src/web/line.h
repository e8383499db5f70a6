/* Requests that wait in line: first in, first out. */
#ifndef WEB_LINE_H
#define WEB_LINE_H

#include <stdbool.h>

#include "web/share.h"

/* All zero: empty. */
struct line {
	struct share_request *first, *last;
};

/* The request is in no line. */
void line_append(struct line *line, struct share_request *r);

/* The first; NULL: it is empty. */
struct share_request *line_take(struct line *line);

/* The first to whom that applies; NULL: none. */
struct share_request *line_take_that(
    struct line *line,
    bool (*applies)(const struct share_request *r, const void *context),
    const void *context);

#endif
