#include "api/openapi_rows.h"

#include <stdio.h>
#include <string.h>

#include "api/params.h"
#include "base/duration.h"

enum { NAME_BYTES = 96 };

/* --- columns ------------------------------------------------------------- */

static const struct {
	const char *type, *more; /* more members, or NULL */
} types[COLUMN_TYPE__MAX] = {
    [COLUMN_TEXT] = {"string", NULL},
    [COLUMN_UUID] = {"string", NULL},
    [COLUMN_INTEGER] = {"integer", NULL},
    [COLUMN_DECIMAL] = {"number", NULL},
    [COLUMN_TIME] = {"string", "date-time"},
    [COLUMN_TEXTS] = {"array", NULL},
    [COLUMN_INTEGERS] = {"array", NULL},
    [COLUMN_BOOLEAN] = {"boolean", NULL},
};

static void
write_column(struct json *j, const struct column *c)
{
	const char *unit = unit_table[c->unit].told;

	json_key(j, c->name);
	json_open_object(j);
	json_key(j, "type");
	if (c->is_nullable) {
		json_open_array(j);
		json_text(j, types[c->type].type);
		json_text(j, "null");
		json_close_array(j);
	} else {
		json_text(j, types[c->type].type);
	}
	if (types[c->type].more != NULL)
		json_key_text(j, "format", types[c->type].more);
	if (c->type == COLUMN_INTEGER)
		json_key_raw(j, "minimum", "0");
	if (c->type == COLUMN_TEXTS)
		json_key_raw(j, "items", "{\"type\":\"string\"}");
	if (c->type == COLUMN_INTEGERS)
		json_key_raw(j, "items",
			     "{\"type\":\"integer\",\"minimum\":0}");
	json_key_text(j, "description", c->sentence);
	if (c->type == COLUMN_DECIMAL && unit != NULL && *unit != '\0')
		json_key_text(j, "x-unit", unit);
	json_close_object(j);
}

static void
write_names(struct json *j, const struct column_list *list)
{
	json_open_array(j);
	for (size_t i = 0; i < list->count; i++)
		json_text(j, list->columns[i].name);
	json_close_array(j);
}

void
openapi_write_row(struct json *j, const char *name,
		  const struct column_list *list, bool has_all)
{
	json_key(j, name);
	json_open_object(j);
	json_key_text(j, "type", "object");
	json_key_text(j, "description",
		      has_all ? "A row."
			      : "A row with the columns of fields=.");
	json_key(j, "properties");
	json_open_object(j);
	for (size_t i = 0; i < list->count; i++)
		write_column(j, &list->columns[i]);
	json_close_object(j);
	if (has_all) {
		json_key(j, "required");
		write_names(j, list);
	}
	json_key(j, "x-order");
	write_names(j, list);
	json_key_raw(j, "additionalProperties", "false");
	json_close_object(j);
}

static void
write_member(struct json *j, const struct member *m)
{
	if (m->write == NULL) {
		write_column(j, &m->column);
		return;
	}
	json_key(j, m->column.name);
	json_open_object(j);
	buf_append_text(j->out, m->schema);
	json_leave_value(j);
	json_key_text(j, "description", m->column.sentence);
	json_close_object(j);
}

static void
write_member_names(struct json *j, const char *key,
		   const struct member_list *list)
{
	json_key(j, key);
	json_open_array(j);
	for (size_t i = 0; i < list->count; i++)
		json_text(j, list->members[i].column.name);
	json_close_array(j);
}

void
openapi_write_object(struct json *j, const char *name,
		     const struct member_list *list)
{
	json_key(j, name);
	json_open_object(j);
	json_key_text(j, "type", "object");
	json_key(j, "properties");
	json_open_object(j);
	for (size_t i = 0; i < list->count; i++)
		write_member(j, &list->members[i]);
	json_close_object(j);
	write_member_names(j, "required", list);
	write_member_names(j, "x-order", list);
	json_key_raw(j, "additionalProperties", "false");
	json_close_object(j);
}

/* --- parameters ---------------------------------------------------------- */

#define NUMBER_PATTERN "-?([0-9]+(\\\\.[0-9]+)?|\\\\.[0-9]+)"
#define TIME_PATTERN                                                           \
	"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\\\.[0-9]+)?" \
	"Z|" NUMBER_PATTERN ")"
#define RANGE_OF(pattern)                                                      \
	"{\"type\":\"string\",\"pattern\":\"^(" pattern "|" pattern            \
	"\\\\.\\\\.(" pattern ")?|\\\\.\\\\." pattern ")$\"}"
#define TEXT_LIST                                                              \
	"{\"type\":\"array\",\"minItems\":1,\"maxItems\":64,"                  \
	"\"items\":{\"type\":\"string\",\"minLength\":1}}"

static const char *const filter_schemas[COLUMN_TYPE__MAX] = {
    [COLUMN_TEXT] = TEXT_LIST,
    [COLUMN_UUID] = TEXT_LIST,
    [COLUMN_INTEGER] = RANGE_OF(NUMBER_PATTERN),
    [COLUMN_DECIMAL] = RANGE_OF(NUMBER_PATTERN),
    [COLUMN_TIME] = RANGE_OF(TIME_PATTERN),
    [COLUMN_TEXTS] = TEXT_LIST,
    [COLUMN_INTEGERS] = RANGE_OF(NUMBER_PATTERN),
    [COLUMN_BOOLEAN] = "{\"type\":\"boolean\"}",
};

static bool
is_list(const struct column *c)
{
	return c->type == COLUMN_TEXT || c->type == COLUMN_UUID ||
	       c->type == COLUMN_TEXTS;
}

static bool
is_dependent(const struct endpoint *endpoint, const char *name)
{
	const char *const *at = endpoint->dependent;

	while (at != NULL && *at != NULL && strcmp(*at, name) != 0)
		at++;
	return at != NULL && *at != NULL;
}

/* Up to its schema, whose key comes next. */
static void
open_parameter(struct json *j, const struct endpoint *endpoint,
	       const char *name, const char *description,
	       bool is_list_of_values)
{
	json_open_object(j);
	if (is_dependent(endpoint, name))
		json_key_raw(j, "x-dependent", "true");
	json_key_text(j, "name", name);
	json_key_text(j, "in", "query");
	json_key_text(j, "description", description);
	if (is_list_of_values) {
		json_key_text(j, "style", "form");
		json_key_raw(j, "explode", "false");
	}
}

/* Parts of words, with *, are left to people. */
static void
write_words(struct json *j, const struct column *c)
{
	json_key(j, "schema");
	json_open_object(j);
	json_key_text(j, "type", "array");
	json_key_raw(j, "minItems", "1");
	json_key_raw(j, "maxItems", "64");
	json_key(j, "items");
	json_open_object(j);
	json_key_text(j, "type", "string");
	json_key(j, "enum");
	json_open_array(j);
	for (size_t i = 0; c->word(i) != NULL; i++)
		json_text(j, c->word(i));
	json_close_array(j);
	json_close_object(j);
	json_close_object(j);
}

static void
write_filter(struct json *j, const struct endpoint *endpoint,
	     const struct column *c)
{
	char description[NAME_BYTES];

	snprintf(description, sizeof(description),
		 c->type == COLUMN_BOOLEAN ? "Only rows whose %s is that."
		 : is_list(c) ? "Only rows whose %s is one of these; * stands "
				"for any characters."
			      : "Only rows whose %s is in that range, a..b.",
		 c->name);
	open_parameter(j, endpoint, c->name, description, is_list(c));
	if (c->word != NULL)
		write_words(j, c);
	else
		json_key_raw(j, "schema", filter_schemas[c->type]);
	json_close_object(j);
}

/* Of sort and fields: names, or names with a - before them, too. */
static void
write_name_list(struct json *j, const struct endpoint *endpoint,
		const char *name, const char *description,
		const struct column_list *list, bool may_descend)
{
	open_parameter(j, endpoint, name, description, true);
	json_key(j, "schema");
	json_open_object(j);
	json_key_text(j, "type", "array");
	json_key_raw(j, "minItems", "1");
	if (may_descend)
		json_key_raw(j, "maxItems", "8");
	json_key(j, "items");
	json_open_object(j);
	json_key_text(j, "type", "string");
	json_key(j, "enum");
	json_open_array(j);
	for (int descends = 0; descends <= may_descend; descends++)
		for (size_t i = 0; i < list->count; i++) {
			char text[NAME_BYTES];

			snprintf(text, sizeof(text), "%s%s",
				 descends ? "-" : "", list->columns[i].name);
			json_text(j, text);
		}
	json_close_array(j);
	json_close_object(j);
	json_close_object(j);
	json_close_object(j);
}

static void
write_number(struct json *j, const struct endpoint *endpoint, const char *name,
	     const char *description, long long min, long long max,
	     long long standard)
{
	open_parameter(j, endpoint, name, description, false);
	json_key(j, "schema");
	json_open_object(j);
	json_key_text(j, "type", "integer");
	json_key(j, "minimum");
	json_integer(j, min);
	json_key(j, "maximum");
	json_integer(j, max);
	if (standard > 0) {
		json_key(j, "default");
		json_integer(j, standard);
	}
	json_close_object(j);
	json_close_object(j);
}

/* --- an endpoint's own --------------------------------------------------- */

static void
write_choices(struct json *j, const struct endpoint_parameter *p)
{
	json_key_text(j, "type", "string");
	json_key(j, "enum");
	json_open_array(j);
	for (size_t i = 0; p->choices[i] != NULL; i++)
		json_text(j, p->choices[i]);
	json_close_array(j);
	if (!p->is_open)
		json_key_text(j, "default", p->choices[p->standard]);
}

#define DURATION_PATTERN "^([0-9]{1,11}|([0-9]{1,11}[smhdw])+)$"
#define MOMENT_PATTERN                                                         \
	"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"              \
	"(\\.[0-9]+)?Z|[0-9]{1,12}(\\.[0-9]{1,3})?)$"

static void
write_own_schema(struct json *j, const struct endpoint_parameter *p)
{
	char text[DURATION_TEXT_BYTES];

	switch (p->type) {
	case PARAMETER_INTEGER:
		json_key_text(j, "type", "integer");
		json_key(j, "minimum");
		json_integer(j, p->min);
		json_key(j, "maximum");
		json_integer(j, p->max);
		json_key(j, "default");
		json_integer(j, p->standard);
		break;
	case PARAMETER_DURATION:
		json_key_text(j, "type", "string");
		json_key_text(j, "pattern", DURATION_PATTERN);
		duration_write(p->standard, text);
		if (!p->is_open)
			json_key_text(j, "default", text);
		if (p->max > 0) {
			json_key(j, "x-maximum-s");
			json_integer(j, p->max);
		}
		break;
	case PARAMETER_TIME:
		json_key_text(j, "type", "string");
		json_key_text(j, "pattern", MOMENT_PATTERN);
		break;
	case PARAMETER_CHOICE:
		write_choices(j, p);
		break;
	}
}

static void
write_own(struct json *j, const struct endpoint *endpoint,
	  const struct endpoint_parameter *p)
{
	open_parameter(j, endpoint, p->name, p->sentence, false);
	json_key(j, "schema");
	json_open_object(j);
	write_own_schema(j, p);
	json_close_object(j);
	json_close_object(j);
}

/* Whether there is no filter on the column: the endpoint has a parameter of its
 * own of that name. */
static bool
is_own(const struct params_table *table, const struct column *c)
{
	const struct cell_text name = {c->name, strlen(c->name)};

	return params_find_own(table, &name) != NULL;
}

/* --- all of them --------------------------------------------------------- */

static void
write_word(struct json *j, const struct endpoint *endpoint,
	   const struct params_table *table, enum params_word word,
	   const struct column_list *list)
{
	switch (word) {
	case PARAMS_SORT:
		write_name_list(j, endpoint, "sort",
				"In that order; - before a name for descending "
				"order. What is null comes last.",
				list, true);
		break;
	case PARAMS_FIELDS:
		write_name_list(j, endpoint, "fields", "These columns alone.",
				list, false);
		break;
	case PARAMS_LIMIT:
		write_number(j, endpoint, "limit", "So many rows at most.", 1,
			     table->limit->max, table->limit->standard);
		break;
	case PARAMS_OFFSET:
		write_number(j, endpoint, "offset",
			     "Without so many rows before them.", 0,
			     PARAMS_OFFSET_MAX, 0);
		break;
	default:
		open_parameter(j, endpoint, "format", "As what.", false);
		json_key_raw(j, "schema",
			     "{\"type\":\"string\",\"enum\":[\"json\","
			     "\"csv\"],\"default\":\"json\"}");
		json_close_object(j);
		break;
	}
}

void
openapi_write_parameters(struct json *j, const struct endpoint *endpoint,
			 const struct column_list *list)
{
	struct column_list same;
	struct params_table table = endpoint_params(endpoint, &same);
	const struct endpoint_parameter *own = table.parameters;

	json_key(j, "parameters");
	json_open_array(j);
	for (; own != NULL && own->name != NULL; own++)
		write_own(j, endpoint, own);
	for (size_t i = 0; i < list->count; i++)
		if (!is_own(&table, &list->columns[i]))
			write_filter(j, endpoint, &list->columns[i]);
	for (int i = 0; i < PARAMS_WORD__MAX; i++)
		if ((table.words & PARAMS_WORD_BIT(i)) != 0)
			write_word(j, endpoint, &table, (enum params_word)i,
				   list);
	json_close_array(j);
}
