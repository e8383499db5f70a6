#include "web/query.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/number.h"

/* What of it is told to the client. */
enum { SHOWN_MAX_BYTES = 64, NAMES_MAX_BYTES = 128 };

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

static size_t
count(const struct endpoint_parameter *parameters)
{
	size_t n = 0;

	while (parameters != NULL && parameters[n].name != NULL)
		n++;
	return n;
}

/* Its place among them, or their count: it is none of them. */
static size_t
find(const struct endpoint_parameter *parameters, const struct pair *pair)
{
	size_t n = count(parameters), i = 0;

	while (i < n &&
	       (strlen(parameters[i].name) != pair->name_length ||
		memcmp(parameters[i].name, pair->name, pair->name_length) != 0))
		i++;
	return i;
}

static enum err_code
set_unknown(const struct request *r,
	    const struct endpoint_parameter *parameters,
	    const struct pair *pair, struct err *e)
{
	char storage[NAMES_MAX_BYTES];
	struct buf names;

	buf_use(&names, storage, sizeof(storage));
	for (size_t i = 0; i < count(parameters); i++) {
		buf_append_text(&names, i > 0 ? ", " : "");
		buf_append_text(&names, parameters[i].name);
	}
	if (names.length == 0)
		buf_append_text(&names, "none");
	return err_set(e, ERR_QUERY,
		       "Unknown query parameter \"%.*s\": %s takes %.*s",
		       shown(pair->name_length), pair->name, r->path,
		       (int)names.length, names.data);
}

static enum err_code
read_value(const struct endpoint_parameter *parameter, const struct pair *pair,
	   long long *out, struct err *e)
{
	if (number_parse_whole(pair->value, pair->value_length, parameter->min,
			       parameter->max, out))
		return ERR_OK;
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%s\" is \"%.*s\": it takes a whole "
		       "number from %lld to %lld",
		       parameter->name, shown(pair->value_length), pair->value,
		       parameter->min, parameter->max);
}

enum err_code
query_read(const struct request *r, const struct endpoint_parameter *parameters,
	   long long values[static ENDPOINT_PARAMETERS_MAX], struct err *e)
{
	bool is_given[ENDPOINT_PARAMETERS_MAX] = {false};
	size_t n = count(parameters);
	const char *at = r->query;
	struct pair pair;

	for (size_t i = 0; i < n; i++)
		values[i] = parameters[i].standard;
	while (next_pair(&at, &pair)) {
		size_t i = find(parameters, &pair);

		if (has_broken_escape(pair.name, (size_t)(at - pair.name)))
			return err_set(e, ERR_QUERY,
				       "Query parameter \"%.*s\" is malformed: "
				       "a %% must be followed by two "
				       "hexadecimal digits",
				       shown(pair.name_length), pair.name);
		if (i == n)
			return set_unknown(r, parameters, &pair, e);
		if (is_given[i])
			return err_set(e, ERR_QUERY,
				       "Query parameter \"%s\" is there twice: "
				       "it takes one value",
				       parameters[i].name);
		is_given[i] = true;
		if (read_value(&parameters[i], &pair, &values[i], e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}
