#include "web/share_line.h"

#include <stdlib.h>

void
share_line_add(struct share_line *line, struct share_request *r)
{
	r->next = NULL;
	if (line->first == NULL)
		line->first = r;
	else
		line->last->next = r;
	line->last = r;
}

struct share_request *
share_line_take(struct share_line *line)
{
	struct share_request *r = line->first;

	if (r != NULL)
		line->first = r->next;
	return r;
}

struct share_request *
share_line_take_that(struct share_line *line,
		     bool (*applies)(const struct share *s,
				     const struct share_request *r),
		     const struct share *s)
{
	struct share_request *before = NULL, *r = line->first;

	while (r != NULL && !applies(s, r)) {
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

void
share_answer_free(struct share_answer *a)
{
	while (a != NULL) {
		struct share_answer *next = a->next;

		buf_fini(&a->body);
		snapshot_free(a->snapshot);
		free(a);
		a = next;
	}
}
