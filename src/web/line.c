#include "web/line.h"

#include <stddef.h>

void
line_append(struct line *line, struct share_request *r)
{
	r->next = NULL;
	if (line->first == NULL)
		line->first = r;
	else
		line->last->next = r;
	line->last = r;
}

struct share_request *
line_take(struct line *line)
{
	struct share_request *r = line->first;

	if (r != NULL)
		line->first = r->next;
	return r;
}

struct share_request *
line_take_that(struct line *line,
	       bool (*applies)(const struct share_request *r,
			       const void *context),
	       const void *context)
{
	struct share_request *before = NULL, *r = line->first;

	while (r != NULL && !applies(r, context)) {
		before = r;
		r = r->next;
	}
	if (r == NULL)
		return NULL;
	if (before == NULL)
		line->first = r->next;
	else
		before->next = r->next;
	if (line->last == r)
		line->last = before;
	return r;
}
