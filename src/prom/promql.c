#include "prom/promql.h"

#include <assert.h>
#include <string.h>

#include "base/quote.h"

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
promql_add_condition(struct buf *out, const char *label, bool is_equal,
		     const char *value)
{
	assert(promql_is_label_name(label));
	if (out->length > 0)
		buf_append_text(out, ",");
	buf_append_text(out, label);
	buf_append_text(out, is_equal ? "=" : "!=");
	quote_append(out, value);
}

/* {__name__=~"a|b",...}: the names need no escapes. */
static void
add_several(struct buf *out, const char *const *metrics, size_t count,
	    const char *conditions)
{
	buf_append_text(out, "{__name__=~\"");
	for (size_t i = 0; i < count; i++) {
		assert(promql_is_metric_name(metrics[i]));
		if (i > 0)
			buf_append_text(out, "|");
		buf_append_text(out, metrics[i]);
	}
	buf_append_text(out, "\"");
	if (*conditions != '\0')
		buf_append_text(out, ",");
	buf_append_text(out, conditions);
	buf_append_text(out, "}");
}

void
promql_add_selector(struct buf *out, const char *const *metrics, size_t count,
		    const char *conditions)
{
	if (count > 1) {
		add_several(out, metrics, count, conditions);
		return;
	}
	assert(promql_is_metric_name(metrics[0]));
	buf_append_text(out, metrics[0]);
	if (*conditions == '\0')
		return;
	buf_append_text(out, "{");
	buf_append_text(out, conditions);
	buf_append_text(out, "}");
}
