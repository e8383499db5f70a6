#include "prom/promql.h"

#include <assert.h>
#include <string.h>

#include "base/quote.h"
#include "base/utf8.h"

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

bool
promql_is_name(const char *text)
{
	size_t left = strlen(text), length;

	if (left == 0)
		return false;
	for (; left > 0; text += length, left -= length) {
		length = utf8_length(text, left);
		if (length == 0)
			return false;
	}
	return true;
}

void
promql_add_label(struct buf *out, const char *label)
{
	assert(promql_is_name(label));
	if (promql_is_label_name(label))
		buf_append_text(out, label);
	else
		quote_append(out, label);
}

static bool
has_label(const struct promql_labels *labels, const char *name)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strcmp(labels->names[i], name) == 0)
			return true;
	return false;
}

static enum err_code
take_label(const char *text, size_t length, struct promql_labels *out,
	   struct err *e)
{
	char name[PROMQL_LABEL_MAX_BYTES + 1];

	if (length > PROMQL_LABEL_MAX_BYTES)
		return err_set(e, ERR_SETTING,
			       "a name in it has more than %d bytes",
			       PROMQL_LABEL_MAX_BYTES);
	memcpy(name, text, length);
	name[length] = '\0';
	if (!promql_is_label_name(name))
		return err_set(e, ERR_SETTING,
			       "\"%.64s\" is no label's name, of letters, "
			       "digits and _, no digit first",
			       name);
	if (strcmp(name, "__name__") == 0 || strcmp(name, "instance") == 0)
		return err_set(e, ERR_SETTING, "%s has another meaning", name);
	if (has_label(out, name))
		return ERR_OK;
	if (out->count == PROMQL_LABELS_MAX)
		return err_set(e, ERR_SETTING, "it has more than %d names",
			       PROMQL_LABELS_MAX);
	memcpy(out->names[out->count++], name, length + 1);
	return ERR_OK;
}

enum err_code
promql_read_labels(const char *text, struct promql_labels *out, struct err *e)
{
	enum err_code code = ERR_OK;
	size_t length, rest;

	out->count = 0;
	for (bool more = *text != '\0'; code == ERR_OK && more;
	     text += rest + 1) {
		text += strspn(text, " ");
		length = rest = strcspn(text, ",");
		more = text[rest] != '\0';
		while (length > 0 && text[length - 1] == ' ')
			length--;
		code = take_label(text, length, out, e);
	}
	return code;
}

enum err_code
promql_check_labels(const char *text, struct err *e)
{
	struct promql_labels labels;

	return promql_read_labels(text, &labels, e);
}

void
promql_add_condition(struct buf *out, const char *label,
		     enum promql_match match, const char *value)
{
	static const char *const operators[] = {[PROMQL_EQUAL] = "=",
						[PROMQL_UNEQUAL] = "!=",
						[PROMQL_LIKE] = "=~",
						[PROMQL_UNLIKE] = "!~"};

	if (out->length > 0)
		buf_append_text(out, ",");
	promql_add_label(out, label);
	buf_append_text(out, operators[match]);
	quote_append(out, value);
}

void
promql_add_pattern(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("\\.+*?()|[]{}^$", *text) != NULL)
			buf_append_text(out, "\\\\");
		if (*text == '\n') {
			buf_append_text(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			buf_append_text(out, "\\");
		buf_append(out, text, 1);
	}
}

/* "a|b" */
static void
add_patterns(struct buf *out, const char *const *names, size_t count)
{
	buf_append_text(out, "\"");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_text(out, "|");
		promql_add_pattern(out, names[i]);
	}
	buf_append_text(out, "\"");
}

void
promql_add_choice(struct buf *out, const char *label, const char *const *values,
		  size_t count)
{
	if (count == 1) {
		promql_add_condition(out, label, PROMQL_EQUAL, values[0]);
		return;
	}
	if (out->length > 0)
		buf_append_text(out, ",");
	promql_add_label(out, label);
	buf_append_text(out, "=~");
	add_patterns(out, values, count);
}

/* {__name__=~"a|b",...} */
static void
add_several(struct buf *out, const char *const *metrics, size_t count,
	    const char *conditions)
{
	buf_append_text(out, "{__name__=~");
	add_patterns(out, metrics, count);
	if (*conditions != '\0')
		buf_append_text(out, ",");
	buf_append_text(out, conditions);
	buf_append_text(out, "}");
}

/* {__name__="a.b",...} */
static void
add_by_name(struct buf *out, const char *metric, const char *conditions)
{
	assert(promql_is_name(metric));
	buf_append_text(out, "{__name__=");
	quote_append(out, metric);
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
	if (!promql_is_metric_name(metrics[0])) {
		add_by_name(out, metrics[0], conditions);
		return;
	}
	buf_append_text(out, metrics[0]);
	if (*conditions == '\0')
		return;
	buf_append_text(out, "{");
	buf_append_text(out, conditions);
	buf_append_text(out, "}");
}

void
promql_add_names(struct buf *out, const struct element_label *labels,
		 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_append_text(out, ",");
		promql_add_label(out, labels[i].name);
	}
}

void
promql_add_by(struct buf *out, const struct element_label *labels, size_t count)
{
	buf_append_text(out, " by (");
	promql_add_names(out, labels, count);
	buf_append_text(out, ")");
}
