#include "api/params.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/params_filter.h"
#include "api/params_refuse.h"
#include "api/text.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/utf8.h"
#include "gpu/label.h"

const struct params_word_info params_words[PARAMS_WORD__MAX] = {
    [PARAMS_SORT] = {"sort", "names of columns, - before one for descending "
			     "order"},
    [PARAMS_FIELDS] = {"fields", "names of columns"},
    [PARAMS_LIMIT] = {"limit", NULL}, /* the endpoint's */
    [PARAMS_OFFSET] = {"offset", "a whole number from 0 to 1000000"},
    [PARAMS_FORMAT] = {"format", "json or csv"},
};

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
					  params_why_no_text(text, length),
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

	while (params_next_part(&at, end, &part)) {
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
	while (params_next_part(&at, end, &part)) {
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
	out->is_csv = params_is_word(value, "csv");
	return out->is_csv || params_is_word(value, "json");
}

static bool
read_number(const struct params_table *table, const struct cell_text *value,
	    enum params_word word, struct params *out)
{
	bool is_limit = word == PARAMS_LIMIT;

	out->has_page = true;
	out->has_limit |= is_limit;
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
	char text[PARAMS_PLAIN_MAX_BYTES];
	struct cell_text value;
	enum err_code code;

	if (word == PARAMS_SORT)
		return read_sort(pair, list, arena, out, e);
	if (word == PARAMS_FIELDS)
		return read_fields(pair, list, arena, out, e);
	code = params_read_plain(pair, takes, text, &value, e);
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
	char text[PARAMS_PLAIN_MAX_BYTES], takes[PARAMETER_TAKES_BYTES];
	struct cell_text value;
	enum err_code code;

	if (out->is_given)
		return params_refuse_second(p->name, e);
	out->is_given = true;
	parameter_write_takes(p, takes);
	code = params_read_plain(pair, takes, text, &value, e);
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
		return params_read_filter(pair, list, column, arena, out, e);
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
	if (table->limit != NULL && table->limit->standard > 0)
		p->limit = table->limit->standard;
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
