#include "api/params_filter.h"

#include <math.h>
#include <string.h>

#include "api/params_refuse.h"
#include "api/text.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/utf8.h"

enum { TEXTS_MAX = 64 };

/* --- texts --------------------------------------------------------------- */

const char *
params_why_no_text(const char *text, size_t length)
{
	size_t bytes;

	for (size_t i = 0; i < length; i += bytes) {
		bytes = utf8_length(text + i, length - i);
		if (bytes == 0)
			return "is not UTF-8";
	}
	return "has a control character";
}

enum err_code
params_read_plain(const struct params_pair *pair, const char *takes,
		  char text[static PARAMS_PLAIN_MAX_BYTES],
		  struct cell_text *out, struct err *e)
{
	const struct cell_text *value = &pair->value;

	if (value->length > PARAMS_PLAIN_MAX_BYTES)
		return params_refuse_value(pair, ", which is too long", takes,
					   e);
	out->text = text;
	out->length = text_decode(value->text, value->length, text);
	if (!utf8_is_text(text, out->length))
		return params_refuse_item(pair, value,
					  params_why_no_text(text, out->length),
					  takes, e);
	return ERR_OK;
}

/* --- lists --------------------------------------------------------------- */

bool
params_next_part(const char **at, const char *end, struct cell_text *out)
{
	const char *comma;

	if (*at == NULL || *at > end)
		return false;
	comma = memchr(*at, ',', (size_t)(end - *at));
	if (comma == NULL)
		comma = end;
	*out = (struct cell_text){*at, (size_t)(comma - *at)};
	*at = comma + 1;
	return true;
}

/* --- filters ------------------------------------------------------------- */

static const char *const takes_of[COLUMN_TYPE__MAX] = {
    [COLUMN_TEXT] = "texts with commas between, in which * stands for any "
		    "characters",
    [COLUMN_UUID] = "uuids with commas between, in which * stands for any "
		    "characters",
    [COLUMN_INTEGER] = "one number, or a range of them: a..b, a.. or ..b",
    [COLUMN_DECIMAL] = "one number, or a range of them: a..b, a.. or ..b",
    [COLUMN_TIME] = "one time, or a range of them: a..b, a.. or ..b, as "
		    "2026-01-02T03:04:05Z or in Unix seconds",
    [COLUMN_TEXTS] = "texts with commas between, in which * stands for any "
		     "characters",
    [COLUMN_INTEGERS] = "one number, or a range of them: a..b, a.. or ..b",
    [COLUMN_BOOLEAN] = "true or false",
};

/* What can be none of the words finds nothing: that would look as if there were
 * none. */
static bool
may_be_word(const struct column *column, const struct cell_text *text)
{
	const char *word;

	if (column->word == NULL ||
	    memchr(text->text, '*', text->length) != NULL)
		return true;
	for (size_t i = 0; (word = column->word(i)) != NULL; i++)
		if (strlen(word) == text->length &&
		    memcmp(word, text->text, text->length) == 0)
			return true;
	return false;
}

/* Decodes the text, as which it is then looked for. */
static enum err_code
read_text(const struct params_pair *pair, const struct column *column,
	  const struct cell_text *part, struct arena *arena,
	  struct cell_text *out, struct err *e)
{
	char *text = arena_alloc(arena, part->length + 1);

	if (text == NULL)
		return err_set_memory(e);
	out->text = text;
	out->length = text_decode(part->text, part->length, text);
	if (out->length == 0 || !utf8_is_text(text, out->length))
		return params_refuse_item(pair, part,
					  params_why_no_text(text, out->length),
					  takes_of[column->type], e);
	if (!may_be_word(column, out))
		return params_refuse_word(pair, out, column, e);
	if (column->type == COLUMN_UUID)
		*out = text_plain_uuid(text, out->length);
	return ERR_OK;
}

/* As many as there are, up to one more than may be. */
static size_t
count_parts(const struct cell_text *list)
{
	const char *at = list->text, *end = at + list->length;
	struct cell_text part;
	size_t count = 0;

	while (count < TEXTS_MAX && params_next_part(&at, end, &part))
		count++;
	return count;
}

static enum err_code
read_texts(const struct params_pair *pair, const struct column *column,
	   struct arena *arena, struct params_filter *f, struct err *e)
{
	const char *at = pair->value.text;
	const char *end = at + pair->value.length;
	struct cell_text part;
	enum err_code code = ERR_OK;

	f->texts =
	    arena_alloc(arena, count_parts(&pair->value) * sizeof(*f->texts));
	if (f->texts == NULL)
		return err_set_memory(e);
	while (code == ERR_OK && params_next_part(&at, end, &part)) {
		if (f->text_count == TEXTS_MAX)
			return params_refuse_value(pair, "", "64 texts at most",
						   e);
		code = read_text(pair, column, &part, arena,
				 &f->texts[f->text_count++], e);
	}
	return code;
}

/* A decimal, without sign but -, or a time. */
static bool
read_end(const struct column *column, const char *text, size_t length,
	 double *out)
{
	if (column->type == COLUMN_TIME && clock_read(text, length, out))
		return true;
	return text_is_decimal(text, length) &&
	       number_parse(text, length, out) && isfinite(*out);
}

/* One end of a range, which may be open: then *out stays. */
static enum err_code
read_bound(const struct params_pair *pair, const struct column *column,
	   const struct cell_text *part, double *out, struct err *e)
{
	if (part->length == 0 ||
	    read_end(column, part->text, part->length, out))
		return ERR_OK;
	return params_refuse_item(
	    pair, part,
	    column->type == COLUMN_TIME ? "is no time in UTC" : "is no number",
	    takes_of[column->type], e);
}

static enum err_code
read_bounds(const struct params_pair *pair, const struct column *column,
	    const struct cell_text *value, struct params_filter *f,
	    struct err *e)
{
	const char *dots = memmem(value->text, value->length, "..", 2);
	struct cell_text from = *value, to = {.length = 0};
	enum err_code code;

	if (dots != NULL) {
		from.length = (size_t)(dots - from.text);
		to.text = dots + 2;
		to.length = value->length - from.length - 2;
	}
	if (from.length == 0 && to.length == 0)
		return params_refuse_value(pair, "", takes_of[column->type], e);
	code = read_bound(pair, column, &from, &f->min, e);
	if (dots == NULL)
		f->max = f->min;
	else if (code == ERR_OK)
		code = read_bound(pair, column, &to, &f->max, e);
	if (code == ERR_OK && f->min > f->max)
		code = params_refuse_value(
		    pair, ", a range that ends before it begins",
		    takes_of[column->type], e);
	return code;
}

static enum err_code
read_range(const struct params_pair *pair, const struct column *column,
	   struct params_filter *f, struct err *e)
{
	char text[PARAMS_PLAIN_MAX_BYTES];
	struct cell_text value;
	enum err_code code =
	    params_read_plain(pair, takes_of[column->type], text, &value, e);

	f->min = -INFINITY;
	f->max = INFINITY;
	return code == ERR_OK ? read_bounds(pair, column, &value, f, e) : code;
}

bool
params_is_word(const struct cell_text *text, const char *word)
{
	return text->length == strlen(word) &&
	       memcmp(text->text, word, text->length) == 0;
}

static enum err_code
read_boolean(const struct params_pair *pair, const struct column *column,
	     struct params_filter *f, struct err *e)
{
	const char *takes = takes_of[column->type];
	char text[PARAMS_PLAIN_MAX_BYTES];
	struct cell_text value;
	enum err_code code = params_read_plain(pair, takes, text, &value, e);

	if (code != ERR_OK)
		return code;
	f->min = f->max = params_is_word(&value, "true");
	return f->min > 0 || params_is_word(&value, "false")
		   ? ERR_OK
		   : params_refuse_value(pair, "", takes, e);
}

enum err_code
params_read_filter(const struct params_pair *pair,
		   const struct column_list *list, size_t column,
		   struct arena *arena, struct params *out, struct err *e)
{
	const struct column *c = &list->columns[column];
	struct params_filter *f;

	for (size_t i = 0; i < out->filter_count; i++)
		if (out->filters[i].column == column)
			return params_refuse_second(c->name, e);
	f = &out->filters[out->filter_count++];
	*f = (struct params_filter){.column = column};
	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_INTEGERS:
	case COLUMN_DECIMAL:
	case COLUMN_TIME:
		return read_range(pair, c, f, e);
	case COLUMN_BOOLEAN:
		return read_boolean(pair, c, f, e);
	default:
		return read_texts(pair, c, arena, f, e);
	}
}
