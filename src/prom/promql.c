#include "prom/promql.h"

#include <assert.h>
#include <string.h>

static const char letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char digits[] = "0123456789";

static bool
is_name(const char *text, const char *extra)
{
	if (*text == '\0' || strchr(digits, *text) != NULL)
		return false;
	for (; *text != '\0'; text++)
		if (strchr(letters, *text) == NULL &&
		    strchr(digits, *text) == NULL &&
		    strchr(extra, *text) == NULL)
			return false;
	return true;
}

bool
promql_is_metric_name(const char *text)
{
	return is_name(text, ":");
}

bool
promql_is_label_name(const char *text)
{
	return is_name(text, "");
}

void
promql_add_metric(struct buf *out, const char *metric)
{
	assert(promql_is_metric_name(metric));
	buf_append_text(out, metric);
}

void
promql_add_count(struct buf *out, const char *metric)
{
	buf_append_text(out, "count(");
	promql_add_metric(out, metric);
	buf_append_text(out, ")");
}
