#include "api/params_refuse.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

enum {
	/* What of a name or value is told to the client; of an item, so that
	 * all names of columns fit behind it; and of all names. */
	SHOWN_MAX_BYTES = 64,
	ITEM_MAX_BYTES = 40,
	NAMES_MAX_BYTES = 400
};

static int
up_to(int max_bytes, const struct cell_text *text)
{
	return text->length < (size_t)max_bytes ? (int)text->length : max_bytes;
}

static int
shown(const struct cell_text *text)
{
	return up_to(SHOWN_MAX_BYTES, text);
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

/* But those that the endpoint has a parameter for. */
static void
add_filters(struct buf *names, const struct params_table *table)
{
	const struct column_list *list = table->columns;

	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const char *name = list->columns[i].name;
		const struct cell_text text = {name, strlen(name)};

		if (params_find_own(table, &text) == NULL)
			add_name(names, name);
	}
}

enum err_code
params_refuse_unknown(const struct params_table *table,
		      const struct params_pair *pair, struct err *e)
{
	const struct endpoint_parameter *p = table->parameters;
	char storage[NAMES_MAX_BYTES];
	struct buf names;

	buf_use(&names, storage, sizeof(storage));
	for (; p != NULL && p->name != NULL; p++)
		add_name(&names, p->name);
	add_filters(&names, table);
	for (size_t i = 0; i < PARAMS_WORD__MAX; i++)
		if ((table->words & PARAMS_WORD_BIT(i)) != 0)
			add_name(&names, params_words[i].name);
	if (names.length == 0)
		add_name(&names, "none");
	return err_set(e, ERR_QUERY,
		       "Unknown query parameter \"%.*s\": %s takes %.*s",
		       shown(&pair->raw_name), pair->raw_name.text, table->path,
		       (int)names.length, names.data);
}

enum err_code
params_refuse_value(const struct params_pair *pair, const char *why,
		    const char *takes, struct err *e)
{
	const struct cell_text *name = &pair->raw_name;

	if (pair->value.length == 0)
		return err_set(e, ERR_QUERY,
			       "Query parameter \"%.*s\" is empty: it takes %s",
			       shown(name), name->text, takes);
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%.*s\" is \"%.*s\"%s: it takes %s",
		       shown(name), name->text, shown(&pair->value),
		       pair->value.text, why, takes);
}

enum err_code
params_refuse_item(const struct params_pair *pair, const struct cell_text *item,
		   const char *why, const char *takes, struct err *e)
{
	const struct cell_text *name = &pair->raw_name;
	bool is_all = item->length == pair->value.length;

	if (item->length == 0)
		return params_refuse_value(pair, ", with an empty item", takes,
					   e);
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%.*s\" %s \"%.*s\", which %s: it "
		       "takes %s",
		       shown(name), name->text, is_all ? "is" : "has",
		       up_to(ITEM_MAX_BYTES, item), item->text, why, takes);
}

enum err_code
params_refuse_name(const struct params_pair *pair, const struct cell_text *item,
		   const char *takes, const struct column_list *list,
		   struct err *e)
{
	char storage[NAMES_MAX_BYTES], all[NAMES_MAX_BYTES + 128];
	struct buf names;

	buf_use(&names, storage, sizeof(storage));
	add_columns(&names, list);
	snprintf(all, sizeof(all), "%s: %.*s", takes, (int)names.length,
		 names.data);
	return params_refuse_item(pair, item, "is no column", all, e);
}

enum err_code
params_refuse_word(const struct params_pair *pair, const struct cell_text *item,
		   const struct column *column, struct err *e)
{
	char storage[NAMES_MAX_BYTES], all[NAMES_MAX_BYTES + 128];
	struct buf names;

	buf_use(&names, storage, sizeof(storage));
	for (size_t i = 0; column->word(i) != NULL; i++)
		add_name(&names, column->word(i));
	snprintf(all, sizeof(all),
		 "some of these with commas between, or parts of them with * "
		 "for what is left out: %.*s",
		 (int)names.length, names.data);
	return params_refuse_item(pair, item, "is no such word", all, e);
}

enum err_code
params_refuse_second(const char *name, struct err *e)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%s\" is there twice: "
		       "it takes one value",
		       name);
}
