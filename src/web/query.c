#include "web/query.h"

#include <stdbool.h>
#include <string.h>

#include "api/text.h"
#include "base/hex.h"

/* What of it is told to the client. */
enum { SHOWN_MAX_BYTES = 64 };

/* NAME or NAME=VALUE, as it came. */
struct pair {
	const char *name, *value;
	size_t name_length, value_length;
};

/* The next one, from *at on. */
static bool
next_pair(const char **at, struct pair *out)
{
	const char *text = *at + strspn(*at, "&");
	size_t length = strcspn(text, "&");

	out->name = text;
	out->name_length = strcspn(text, "=&");
	out->value = text + out->name_length;
	if (*out->value == '=')
		out->value++;
	out->value_length = (size_t)(text + length - out->value);
	*at = text + length;
	return length > 0;
}

static int
shown(size_t length)
{
	return length < SHOWN_MAX_BYTES ? (int)length : (int)SHOWN_MAX_BYTES;
}

static bool
has_broken_escape(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '%')
			continue;
		if (length - i < 3 || hex_value(text[i + 1]) < 0 ||
		    hex_value(text[i + 2]) < 0)
			return true;
	}
	return false;
}

/* False: no memory. */
static bool
decode_name(const struct pair *pair, struct arena *arena,
	    struct params_pair *out)
{
	char *name = arena_alloc(arena, pair->name_length + 1);

	if (name == NULL)
		return false;
	out->name = (struct cell_text){
	    name, text_decode(pair->name, pair->name_length, name)};
	out->raw_name = (struct cell_text){pair->name, pair->name_length};
	out->value = (struct cell_text){pair->value, pair->value_length};
	return true;
}

/* The pairs up to the first that is malformed. */
static enum err_code
read_pairs(const struct request *r, struct arena *arena,
	   struct params_pair pairs[static PARAMS_MAX], size_t *count,
	   struct err *e)
{
	const char *at = r->query;
	struct pair pair;

	*count = 0;
	while (next_pair(&at, &pair)) {
		if (has_broken_escape(pair.name, (size_t)(at - pair.name)))
			return err_set(e, ERR_QUERY,
				       "Query parameter \"%.*s\" is malformed: "
				       "a %% must be followed by two "
				       "hexadecimal digits",
				       shown(pair.name_length), pair.name);
		if (*count == PARAMS_MAX)
			return err_set(e, ERR_QUERY,
				       "The query string has more than %d "
				       "parameters",
				       PARAMS_MAX);
		if (!decode_name(&pair, arena, &pairs[*count]))
			return err_set_memory(e);
		++*count;
	}
	return ERR_OK;
}

enum err_code
query_read(const struct request *r, const struct params_table *table,
	   struct arena *arena, struct params *out, struct err *e)
{
	struct params_pair pairs[PARAMS_MAX];
	struct err malformed = {.code = ERR_OK};
	enum err_code code;
	size_t count;

	if (strlen(r->query) > QUERY_MAX_BYTES)
		return err_set(e, ERR_QUERY,
			       "The query string has more than %d bytes",
			       QUERY_MAX_BYTES);
	read_pairs(r, arena, pairs, &count, &malformed);
	code = params_read(table, pairs, count, arena, out, e);
	if (code == ERR_OK)
		*e = malformed;
	return code == ERR_OK ? malformed.code : code;
}
