#include "gpu/profile/size.h"

#include <string.h>

#include "prom/ask.h"
#include "prom/promql.h"

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

/* In a query, with what separates it from the next: a name that is not plain
 * has quotes around it, and escapes in it. */
static size_t
written_bytes(const char *name)
{
	static const char escapes[] = "\\.+*?()|[]{}^$\"\n";
	enum { ESCAPE_MAX_BYTES = 3, AROUND_BYTES = 3 };
	size_t bytes = AROUND_BYTES;

	if (promql_is_metric_name(name))
		return strlen(name) + 1;
	for (; *name != '\0'; name++)
		bytes +=
		    strchr(escapes, *name) != NULL ? 1 + ESCAPE_MAX_BYTES : 1;
	return bytes;
}

enum err_code
profile_check_size(const struct profile_json *r)
{
	const struct profile *p = r->profile;
	size_t metrics = 0, found_by = strlen(p->match_conditions);
	enum err_code code;

	for (size_t i = 0; i < p->metric_count; i++)
		metrics += written_bytes(p->metrics[i].name);
	for (size_t i = 0; i < p->match_metric_count; i++)
		found_by += written_bytes(p->match_metrics[i]);
	for (size_t i = 0; i < p->label_count; i++)
		found_by += written_bytes(p->labels[i].name);
	code = check(r, "the names of its metrics", metrics);
	return code == ERR_OK
		   ? check(r, "the names of match and labels", found_by)
		   : code;
}
