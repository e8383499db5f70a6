#include "api/params.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/text.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/utf8.h"
#include "gpu/label.h"

enum {
	/* What of a name or value is told to the client, and of all names. */
	SHOWN_MAX_BYTES = 64,
	NAMES_MAX_BYTES = 400,
	TEXTS_MAX = 64
};

const struct params_word_info params_words[PARAMS_WORD__MAX] = {
    [PARAMS_SORT] = {"sort", "names of columns, - before one for descending "
			     "order"},
    [PARAMS_FIELDS] = {"fields", "names of columns"},
    [PARAMS_LIMIT] = {"limit", "a whole number from 1 to 100000"},
    [PARAMS_OFFSET] = {"offset", "a whole number from 0 to 1000000"},
    [PARAMS_FORMAT] = {"format", "json or csv"},
};

/* --- texts for the client ------------------------------------------------ */

static int
shown(size_t length)
{
	return length < SHOWN_MAX_BYTES ? (int)length : (int)SHOWN_MAX_BYTES;
}

static void
add_name(struct buf *names, const char *name)
{
	buf_append_text(names, names->length > 0 ? ", " : "");
	buf_append_text(names, name);
}

static void
add_columns(struct buf *names, const struct column_list *list)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		add_name(names, list->columns[i].name);
}

static enum err_code
set_unknown(const struct params_table *table, const struct params_pair *pair,
	    struct err *e)
{
	const struct endpoint_parameter *p = table->parameters;
	char storage[NAMES_MAX_BYTES];
	struct buf names;

	buf_use(&names, storage, sizeof(storage));
	for (; p != NULL && p->name != NULL; p++)
		add_name(&names, p->name);
	add_columns(&names, table->columns);
	for (size_t i = 0; i < PARAMS_WORD__MAX; i++)
		if ((table->words & PARAMS_WORD_BIT(i)) != 0)
			add_name(&names, params_words[i].name);
	if (names.length == 0)
		add_name(&names, "none");
	return err_set(e, ERR_QUERY,
		       "Unknown query parameter \"%.*s\": %s takes %.*s",
		       shown(pair->raw_name.length), pair->raw_name.text,
		       table->path, (int)names.length, names.data);
}

/* takes: "a whole number from 1 to 100000" */
static enum err_code
set_wrong(const struct params_pair *pair, const char *takes, struct err *e)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%.*s\" is \"%.*s\": it takes %s",
		       shown(pair->raw_name.length), pair->raw_name.text,
		       shown(pair->value.length), pair->value.text, takes);
}

static enum err_code
set_wrong_names(const struct params_pair *pair, enum params_word word,
		const struct column_list *list, struct err *e)
{
	char storage[NAMES_MAX_BYTES], takes[NAMES_MAX_BYTES + 128];
	struct buf names;

	buf_use(&names, storage, sizeof(storage));
	add_columns(&names, list);
	snprintf(takes, sizeof(takes), "%s: %.*s", params_words[word].takes,
		 (int)names.length, names.data);
	return set_wrong(pair, takes, e);
}

static enum err_code
set_twice(const char *name, struct err *e)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%s\" is there twice: "
		       "it takes one value",
		       name);
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
    [COLUMN_INTEGER] = "a number, or a range of them: a..b, a.. or ..b",
    [COLUMN_DECIMAL] = "a number, or a range of them: a..b, a.. or ..b",
    [COLUMN_TIME] = "a time, or a range of them: a..b, a.. or ..b, as "
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
		return set_wrong(pair, takes_of[column->type], e);
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
			return set_wrong(pair, "64 texts at most", e);
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

static enum err_code
read_range(const struct params_pair *pair, const struct column *column,
	   struct params_filter *f, struct err *e)
{
	char text[SHOWN_MAX_BYTES];
	size_t length;
	const char *dots;
	bool is_right;

	f->min = -INFINITY;
	f->max = INFINITY;
	if (pair->value.length >= sizeof(text))
		return set_wrong(pair, takes_of[column->type], e);
	length = text_decode(pair->value.text, pair->value.length, text);
	dots = memmem(text, length, "..", 2);
	if (dots == NULL) {
		is_right = read_end(column, text, length, &f->min);
		f->max = f->min;
	} else {
		const char *behind = dots + 2, *end = text + length;

		is_right =
		    length > 2 &&
		    (dots == text ||
		     read_end(column, text, (size_t)(dots - text), &f->min)) &&
		    (behind == end ||
		     read_end(column, behind, (size_t)(end - behind),
			      &f->max)) &&
		    f->min <= f->max;
	}
	return is_right ? ERR_OK : set_wrong(pair, takes_of[column->type], e);
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
			return set_twice(c->name, e);
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
 * them. NULL: no memory. */
static char *
decode_names(const struct params_pair *pair, struct arena *arena,
	     const char **end)
{
	char *text = arena_alloc(arena, pair->value.length + 1);

	if (text != NULL)
		*end = text +
		       text_decode(pair->value.text, pair->value.length, text);
	return text;
}

static enum err_code
read_sort(const struct params_pair *pair, const struct column_list *list,
	  struct arena *arena, struct params *out, struct err *e)
{
	const char *end = NULL, *at = decode_names(pair, arena, &end);
	struct cell_text part;

	if (at == NULL)
		return err_set_memory(e);

	while (next_part(&at, end, &part)) {
		bool descends = part.length > 0 && part.text[0] == '-';
		size_t column = column_find(list, part.text + descends,
					    part.length - descends);

		if (out->sort_count == PARAMS_SORT_MAX)
			return set_wrong(pair, "8 names at most", e);
		if (column == list->count)
			return set_wrong_names(pair, PARAMS_SORT, list, e);
		out->sort[out->sort_count].column = column;
		out->sort[out->sort_count++].descends = descends;
	}
	return ERR_OK;
}

static enum err_code
read_fields(const struct params_pair *pair, const struct column_list *list,
	    struct arena *arena, struct params *out, struct err *e)
{
	const char *end = NULL, *at = decode_names(pair, arena, &end);
	struct cell_text part;

	if (at == NULL)
		return err_set_memory(e);
	out->fields = 0;
	while (next_part(&at, end, &part)) {
		size_t column = column_find(list, part.text, part.length);

		if (column == list->count)
			return set_wrong_names(pair, PARAMS_FIELDS, list, e);
		out->fields |= COLUMN_BIT(column);
	}
	out->has_fields = true;
	return ERR_OK;
}

static enum err_code
read_format(const struct params_pair *pair, struct params *out, struct err *e)
{
	const struct cell_text *v = &pair->value;

	out->is_csv = v->length == 3 && memcmp(v->text, "csv", 3) == 0;
	if (!out->is_csv && (v->length != 4 || memcmp(v->text, "json", 4) != 0))
		return set_wrong(pair, params_words[PARAMS_FORMAT].takes, e);
	return ERR_OK;
}

static enum err_code
read_word(const struct params_pair *pair, enum params_word word,
	  const struct column_list *list, struct arena *arena,
	  struct params *out, struct err *e)
{
	long long *number = word == PARAMS_LIMIT ? &out->limit : &out->offset;

	switch (word) {
	case PARAMS_SORT:
		return read_sort(pair, list, arena, out, e);
	case PARAMS_FIELDS:
		return read_fields(pair, list, arena, out, e);
	case PARAMS_FORMAT:
		return read_format(pair, out, e);
	default:
		break;
	}
	out->has_page = true;
	return number_parse_whole(
		   pair->value.text, pair->value.length, word == PARAMS_LIMIT,
		   word == PARAMS_LIMIT ? PARAMS_LIMIT_MAX : PARAMS_OFFSET_MAX,
		   number)
		   ? ERR_OK
		   : set_wrong(pair, params_words[word].takes, e);
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

/* NULL: it has none of that name. */
static const struct endpoint_parameter *
find_own(const struct params_table *table, const struct cell_text *name)
{
	const struct endpoint_parameter *p = table->parameters;

	for (; p != NULL && p->name != NULL; p++)
		if (strlen(p->name) == name->length &&
		    memcmp(p->name, name->text, name->length) == 0)
			return p;
	return NULL;
}

static enum err_code
set_wrong_own(const struct params_pair *pair,
	      const struct endpoint_parameter *p, struct err *e)
{
	char takes[PARAMETER_TAKES_BYTES];

	parameter_write_takes(p, takes);
	return set_wrong(pair, takes, e);
}

static enum err_code
read_own(const struct params_pair *pair, const struct endpoint_parameter *p,
	 struct params_value *out, struct err *e)
{
	char text[SHOWN_MAX_BYTES];
	size_t length = pair->value.length;

	if (out->is_given)
		return set_twice(p->name, e);
	out->is_given = true;
	if (length >= sizeof(text))
		return set_wrong_own(pair, p, e);
	length = text_decode(pair->value.text, length, text);
	return parameter_read(p, text, length, &out->value)
		   ? ERR_OK
		   : set_wrong_own(pair, p, e);
}

static enum err_code
read_pair(const struct params_table *table, const struct params_pair *pair,
	  unsigned *words_given, struct arena *arena, struct params *out,
	  struct err *e)
{
	const struct column_list *list = table->columns;
	const struct endpoint_parameter *own = find_own(table, &pair->name);
	size_t word = find_word(&pair->name), column = 0;

	if (own != NULL)
		return read_own(pair, own,
				&out->values[own - table->parameters], e);
	if (list != NULL)
		column = column_find(list, pair->name.text, pair->name.length);
	if (list != NULL && column < list->count)
		return read_filter(pair, list, column, arena, out, e);
	if ((table->words & PARAMS_WORDS_OF_ROWS & PARAMS_WORD_BIT(word)) == 0)
		return set_unknown(table, pair, e);
	if ((*words_given & PARAMS_WORD_BIT(word)) != 0)
		return set_twice(params_words[word].name, e);
	*words_given |= PARAMS_WORD_BIT(word);
	return read_word(pair, (enum params_word)word, list, arena, out, e);
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
