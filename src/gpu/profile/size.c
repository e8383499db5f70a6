#include "gpu/profile/size.h"

#include <string.h>

#include "prom/ask.h"

_Static_assert(2 * PROFILE_NAMES_MAX_BYTES <= ASK_QUERY_MAX_BYTES,
	       "a query has the names, and something around them");

static enum err_code
check(const struct profile_json *r, const char *what, size_t bytes)
{
	if (bytes <= PROFILE_NAMES_MAX_BYTES)
		return ERR_OK;
	return err_set(r->err, ERR_SETTING,
		       "%s: %s have %zu bytes together, more than the %d that "
		       "go into a query: leave some out, or make two profiles "
		       "of it",
		       r->file, what, bytes, PROFILE_NAMES_MAX_BYTES);
}

enum err_code
profile_check_size(const struct profile_json *r)
{
	const struct profile *p = r->profile;
	size_t metrics = 0, found_by = strlen(p->match_conditions);
	enum err_code code;

	/* Each with what separates it from the next. */
	for (size_t i = 0; i < p->metric_count; i++)
		metrics += strlen(p->metrics[i].name) + 1;
	for (size_t i = 0; i < p->match_metric_count; i++)
		found_by += strlen(p->match_metrics[i]) + 1;
	for (size_t i = 0; i < p->label_count; i++)
		found_by += strlen(p->labels[i].name) + 1;
	code = check(r, "the names of its metrics", metrics);
	return code == ERR_OK
		   ? check(r, "the names of match and labels", found_by)
		   : code;
}
