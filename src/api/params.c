#include "api/params.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/params_refuse.h"
#include "api/text.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/utf8.h"
#include "gpu/label.h"

enum {
	TEXTS_MAX = 64,
	/* Of what is no list, as it comes: two times with escapes fit well. */
	PLAIN_MAX_BYTES = 256
};

const struct params_word_info params_words[PARAMS_WORD__MAX] = {
    [PARAMS_SORT] = {"sort", "names of columns, - before one for descending "
			     "order"},
    [PARAMS_FIELDS] = {"fields", "names of columns"},
    [PARAMS_LIMIT] = {"limit", NULL}, /* the endpoint's */
    [PARAMS_OFFSET] = {"offset", "a whole number from 0 to 1000000"},
    [PARAMS_FORMAT] = {"format", "json or csv"},
};

/* --- texts --------------------------------------------------------------- */

/* What keeps the bytes, which are not empty, from being a text. */
static const char *
why_no_text(const char *text, size_t length)
{
	size_t bytes;

	for (size_t i = 0; i < length; i += bytes) {
		bytes = utf8_length(text + i, length - i);
		if (bytes == 0)
			return "is not UTF-8";
	}
	return "has a control character";
}

/* Decodes what is no list: out->text, which is some text, and not long. */
static enum err_code
read_plain(const struct params_pair *pair, const char *takes,
	   char text[static PLAIN_MAX_BYTES], struct cell_text *out,
	   struct err *e)
{
	const struct cell_text *value = &pair->value;

	if (value->length > PLAIN_MAX_BYTES)
		return params_refuse_value(pair, ", which is too long", takes,
					   e);
	out->text = text;
	out->length = text_decode(value->text, value->length, text);
	if (!utf8_is_text(text, out->length))
		return params_refuse_item(
		    pair, value, why_no_text(text, out->length), takes, e);
	return ERR_OK;
}

/* --- lists --------------------------------------------------------------- */

/* The next part of a list, from *at on: commas part it before escapes are
 * decoded. */
static bool
next_part(const char **at, const char *end, struct cell_text *out)
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
};

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
					  why_no_text(text, out->length),
					  takes_of[column->type], e);
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

	while (count < TEXTS_MAX && next_part(&at, end, &part))
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
	while (code == ERR_OK && next_part(&at, end, &part)) {
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
	char text[PLAIN_MAX_BYTES];
	struct cell_text value;
	enum err_code code =
	    read_plain(pair, takes_of[column->type], text, &value, e);

	f->min = -INFINITY;
	f->max = INFINITY;
	return code == ERR_OK ? read_bounds(pair, column, &value, f, e) : code;
}

static enum err_code
read_filter(const struct params_pair *pair, const struct column_list *list,
	    size_t column, struct arena *arena, struct params *out,
	    struct err *e)
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
	case COLUMN_DECIMAL:
	case COLUMN_TIME:
		return read_range(pair, c, f, e);
	default:
		return read_texts(pair, c, arena, f, e);
	}
}

/* --- the other words ----------------------------------------------------- */

/* Names have no commas, so these may have escapes: clients' libraries write
 * them. */
static enum err_code
decode_names(const struct params_pair *pair, enum params_word word,
	     struct arena *arena, const char **at, const char **end,
	     struct err *e)
{
	char *text = arena_alloc(arena, pair->value.length + 1);
	size_t length;

	if (text == NULL)
		return err_set_memory(e);
	length = text_decode(pair->value.text, pair->value.length, text);
	*at = text;
	*end = text + length;
	if (!utf8_is_text(text, length))
		return params_refuse_item(pair, &pair->value,
					  why_no_text(text, length),
					  params_words[word].takes, e);
	return ERR_OK;
}

static enum err_code
read_sort(const struct params_pair *pair, const struct column_list *list,
	  struct arena *arena, struct params *out, struct err *e)
{
	const char *at, *end;
	struct cell_text part;
	enum err_code code =
	    decode_names(pair, PARAMS_SORT, arena, &at, &end, e);

	if (code != ERR_OK)
		return code;

	while (next_part(&at, end, &part)) {
		bool descends = part.length > 0 && part.text[0] == '-';
		size_t column = column_find(list, part.text + descends,
					    part.length - descends);

		if (out->sort_count == PARAMS_SORT_MAX)
			return params_refuse_value(pair, "", "8 names at most",
						   e);
		if (column == list->count)
			return params_refuse_name(
			    pair, &part, params_words[PARAMS_SORT].takes, list,
			    e);
		out->sort[out->sort_count].column = column;
		out->sort[out->sort_count++].descends = descends;
	}
	return ERR_OK;
}

static enum err_code
read_fields(const struct params_pair *pair, const struct column_list *list,
	    struct arena *arena, struct params *out, struct err *e)
{
	const char *at, *end;
	struct cell_text part;
	enum err_code code =
	    decode_names(pair, PARAMS_FIELDS, arena, &at, &end, e);

	if (code != ERR_OK)
		return code;
	out->fields = 0;
	while (next_part(&at, end, &part)) {
		size_t column = column_find(list, part.text, part.length);

		if (column == list->count)
			return params_refuse_name(
			    pair, &part, params_words[PARAMS_FIELDS].takes,
			    list, e);
		out->fields |= COLUMN_BIT(column);
	}
	out->has_fields = true;
	return ERR_OK;
}

static bool
read_format(const struct cell_text *value, struct params *out)
{
	out->is_csv = value->length == 3 && memcmp(value->text, "csv", 3) == 0;
	return out->is_csv ||
	       (value->length == 4 && memcmp(value->text, "json", 4) == 0);
}

static bool
read_number(const struct params_table *table, const struct cell_text *value,
	    enum params_word word, struct params *out)
{
	bool is_limit = word == PARAMS_LIMIT;

	out->has_page = true;
	return number_parse_whole(value->text, value->length, is_limit,
				  is_limit ? table->limit->max
					   : PARAMS_OFFSET_MAX,
				  is_limit ? &out->limit : &out->offset);
}

static enum err_code
read_word(const struct params_table *table, const struct params_pair *pair,
	  enum params_word word, struct arena *arena, struct params *out,
	  struct err *e)
{
	const struct column_list *list = table->columns;
	const char *takes = word == PARAMS_LIMIT ? table->limit->takes
						 : params_words[word].takes;
	char text[PLAIN_MAX_BYTES];
	struct cell_text value;
	enum err_code code;

	if (word == PARAMS_SORT)
		return read_sort(pair, list, arena, out, e);
	if (word == PARAMS_FIELDS)
		return read_fields(pair, list, arena, out, e);
	code = read_plain(pair, takes, text, &value, e);
	if (code != ERR_OK)
		return code;
	return (word == PARAMS_FORMAT ? read_format(&value, out)
				      : read_number(table, &value, word, out))
		   ? ERR_OK
		   : params_refuse_value(pair, "", takes, e);
}

/* Its place among the words, or their count. */
static size_t
find_word(const struct cell_text *name)
{
	size_t i = 0;

	while (i < PARAMS_WORD__MAX &&
	       (strlen(params_words[i].name) != name->length ||
		memcmp(params_words[i].name, name->text, name->length) != 0))
		i++;
	return i;
}

/* --- an endpoint's own --------------------------------------------------- */

const struct endpoint_parameter *
params_find_own(const struct params_table *table, const struct cell_text *name)
{
	const struct endpoint_parameter *p = table->parameters;

	for (; p != NULL && p->name != NULL; p++)
		if (strlen(p->name) == name->length &&
		    memcmp(p->name, name->text, name->length) == 0)
			return p;
	return NULL;
}

static enum err_code
read_own(const struct params_pair *pair, const struct endpoint_parameter *p,
	 struct params_value *out, struct err *e)
{
	char text[PLAIN_MAX_BYTES], takes[PARAMETER_TAKES_BYTES];
	struct cell_text value;
	enum err_code code;

	if (out->is_given)
		return params_refuse_second(p->name, e);
	out->is_given = true;
	parameter_write_takes(p, takes);
	code = read_plain(pair, takes, text, &value, e);
	if (code != ERR_OK)
		return code;
	return parameter_read(p, value.text, value.length, &out->value)
		   ? ERR_OK
		   : params_refuse_value(pair, "", takes, e);
}

static enum err_code
read_pair(const struct params_table *table, const struct params_pair *pair,
	  unsigned *words_given, struct arena *arena, struct params *out,
	  struct err *e)
{
	const struct column_list *list = table->columns;
	const struct endpoint_parameter *own =
	    params_find_own(table, &pair->name);
	size_t word = find_word(&pair->name), column = 0;

	if (own != NULL)
		return read_own(pair, own,
				&out->values[own - table->parameters], e);
	if (list != NULL)
		column = column_find(list, pair->name.text, pair->name.length);
	if (list != NULL && column < list->count)
		return read_filter(pair, list, column, arena, out, e);
	if ((table->words & PARAMS_WORDS_OF_ROWS & PARAMS_WORD_BIT(word)) == 0)
		return params_refuse_unknown(table, pair, e);
	if ((*words_given & PARAMS_WORD_BIT(word)) != 0)
		return params_refuse_second(params_words[word].name, e);
	*words_given |= PARAMS_WORD_BIT(word);
	return read_word(table, pair, (enum params_word)word, arena, out, e);
}

void
params_init(struct params *p, const struct params_table *table)
{
	const struct endpoint_parameter *own = table->parameters;

	*p = (struct params){.limit = -1, .are_none = true};
	if (table->columns != NULL)
		p->fields = column_all(table->columns);
	for (size_t i = 0; own != NULL && own[i].name != NULL; i++)
		p->values[i].value = own[i].standard;
}

enum err_code
params_read(const struct params_table *table, const struct params_pair *pairs,
	    size_t count, struct arena *arena, struct params *out,
	    struct err *e)
{
	enum err_code code = ERR_OK;
	unsigned given = 0;

	params_init(out, table);
	out->are_none = count == 0;
	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = read_pair(table, &pairs[i], &given, arena, out, e);
	return code;
}

/* The columns that are told, filtered or sorted by. */
static column_set
columns_used(const struct params *p)
{
	column_set used = p->fields;

	for (size_t i = 0; i < p->filter_count; i++)
		used |= COLUMN_BIT(p->filters[i].column);
	for (size_t i = 0; i < p->sort_count; i++)
		used |= COLUMN_BIT(p->sort[i].column);
	return used;
}

field_set
params_need(const struct params *p, const struct column_list *list,
	    bool *needs_times)
{
	column_set used = columns_used(p);
	field_set need = 0;

	*needs_times = false;
	for (size_t i = 0; i < list->count; i++) {
		if ((used & COLUMN_BIT(i)) == 0)
			continue;
		need |= list->columns[i].need;
		*needs_times |= list->columns[i].is_measured_time;
	}
	return need;
}
