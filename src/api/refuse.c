#include "api/refuse.h"

#include <stdio.h>

#include "base/buf.h"

/* What of a name or value is told, and of all names. */
enum { SHOWN_MAX_BYTES = 64, NAMES_MAX_BYTES = 400 };

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

enum err_code
refuse_unknown(const struct params_table *table, const struct params_pair *pair,
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

enum err_code
refuse_pair(const struct params_pair *pair, const char *takes, struct err *e)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%.*s\" is \"%.*s\": it takes %s",
		       shown(pair->raw_name.length), pair->raw_name.text,
		       shown(pair->value.length), pair->value.text, takes);
}

enum err_code
refuse_value(const char *name, const char *value, const char *takes,
	     struct err *e)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%s\" is \"%.*s\": it takes %s", name,
		       SHOWN_MAX_BYTES, value, takes);
}

enum err_code
refuse_names(const struct params_pair *pair, enum params_word word,
	     const struct column_list *list, struct err *e)
{
	char storage[NAMES_MAX_BYTES], takes[NAMES_MAX_BYTES + 128];
	struct buf names;

	buf_use(&names, storage, sizeof(storage));
	add_columns(&names, list);
	snprintf(takes, sizeof(takes), "%s: %.*s", params_words[word].takes,
		 (int)names.length, names.data);
	return refuse_pair(pair, takes, e);
}

enum err_code
refuse_twice(const char *name, struct err *e)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%s\" is there twice: "
		       "it takes one value",
		       name);
}
