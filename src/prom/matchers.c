#include "prom/matchers.h"

#include <stdbool.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "prom/promql.h"
#include "prom/regex.h"

enum { NAME_MAX_BYTES = 200, TOLD_BYTES = 64 };

struct reader {
	const char *start, *at;
	char name[NAME_MAX_BYTES + 1]; /* of the label that is being read */
	struct buf *out;
	struct err *err;
};

/* Wrong is what stands at that place. */
static enum err_code
wrong_here(const struct reader *r, const char *what)
{
	return err_set(r->err, ERR_SETTING, "%s at byte %zu", what,
		       (size_t)(r->at - r->start) + 1);
}

/* Wrong is the value of the label. */
static enum err_code
wrong_value(const struct reader *r, const char *what)
{
	return err_set(r->err, ERR_SETTING, "the value of %.*s %s", TOLD_BYTES,
		       r->name, what);
}

static void
skip_space(struct reader *r)
{
	r->at += strspn(r->at, " \t\r\n");
}

/* --- the value ----------------------------------------------------------- */

/* That many digits, as a number; -1 if they are not there. */
static long
read_digits(struct reader *r, unsigned count, unsigned base)
{
	long value = 0;

	for (unsigned i = 0; i < count; i++) {
		int digit = hex_value(*r->at);

		if (digit < 0 || (unsigned)digit >= base)
			return -1;
		value = value * (long)base + digit;
		r->at++;
	}
	return value;
}

static enum err_code
take_byte(struct buf *value, long byte)
{
	char c = (char)byte;

	if (byte < 0 || byte > 0xff)
		return ERR_SETTING;
	buf_append(value, &c, 1);
	return ERR_OK;
}

static enum err_code
take_character(struct buf *value, long point)
{
	char bytes[UTF8_MAX_BYTES];

	if (point < 0 || point > 0x10ffff)
		return ERR_SETTING;
	buf_append(value, bytes, utf8_encode((unsigned)point, bytes));
	return ERR_OK;
}

/* From behind the backslash on. Go's, which PromQL has. */
static enum err_code
read_escape(struct reader *r, char quote, struct buf *value)
{
	static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
	const char *letter = strchr(letters, *r->at);

	if (*r->at == quote || (*r->at != '\0' && letter != NULL))
		return take_byte(
		    value, *r->at++ == quote ? quote : bytes[letter - letters]);
	switch (*r->at) {
	case 'x':
		r->at++;
		return take_byte(value, read_digits(r, 2, 16));
	case 'u':
		r->at++;
		return take_character(value, read_digits(r, 4, 16));
	case 'U':
		r->at++;
		return take_character(value, read_digits(r, 8, 16));
	default:
		return take_byte(value, read_digits(r, 3, 8));
	}
}

/* What stands in the quotes. */
static enum err_code
read_quoted(struct reader *r, struct buf *value)
{
	char quote = *r->at++;

	for (; *r->at != quote;) {
		if (*r->at == '\0' || (*r->at == '\n' && quote != '`'))
			return wrong_value(r, "has no closing quote");
		if (*r->at != '\\' || quote == '`') {
			buf_append(value, r->at++, 1);
			continue;
		}
		r->at++;
		if (read_escape(r, quote, value) != ERR_OK)
			return wrong_value(r, "has an escape that PromQL does "
					      "not have");
	}
	r->at++;
	return ERR_OK;
}

/* Label values have no other characters; a NUL would end ours. */
static bool
is_text(const struct buf *value)
{
	size_t length;

	for (size_t i = 0; i < value->length; i += length) {
		length = utf8_length(value->data + i, value->length - i);
		if (length == 0 || value->data[i] == '\0')
			return false;
	}
	return true;
}

static enum err_code
read_value(struct reader *r, bool is_regex, struct buf *value)
{
	const char *fault;

	if (*r->at == '\0' || strchr("\"'`", *r->at) == NULL)
		return wrong_value(r, "is not in quotes");
	if (read_quoted(r, value) != ERR_OK)
		return r->err->code;
	if (!is_text(value))
		return wrong_value(r, "is no text in UTF-8");
	buf_append(value, "", 1);
	if (buf_status(value) == ERR_TOO_BIG)
		return wrong_value(r, "is too long");
	if (buf_status(value) != ERR_OK)
		return err_set_memory(r->err);
	fault = is_regex ? regex_fault(value->data) : NULL;
	if (fault != NULL)
		return err_set(r->err, ERR_SETTING,
			       "the value of %.*s is no regular expression: %s",
			       TOLD_BYTES, r->name, fault);
	return ERR_OK;
}

/* --- the rest ------------------------------------------------------------ */

static enum err_code
read_name(struct reader *r)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_";
	size_t length = strspn(r->at, characters);

	if (length > NAME_MAX_BYTES)
		return wrong_here(r, "there is a name of more than 200 bytes");
	if (*r->at == '"' || *r->at == '\'')
		return wrong_here(r, "there is a name in quotes, which is not "
				     "supported yet,");
	memcpy(r->name, r->at, length);
	r->name[length] = '\0';
	if (!promql_is_label_name(r->name))
		return wrong_here(r, "there is no label's name");
	if (strcmp(r->name, "__name__") == 0)
		return wrong_here(r, "there is __name__, which each query has "
				     "of its own,");
	r->at += length;
	return ERR_OK;
}

static enum err_code
read_operator(struct reader *r, enum promql_match *out)
{
	static const struct {
		const char *text;
		enum promql_match match;
	} operators[] = {{"=~", PROMQL_LIKE},
			 {"!~", PROMQL_UNLIKE},
			 {"!=", PROMQL_UNEQUAL},
			 {"=", PROMQL_EQUAL}};

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(r->at, operators[i].text, length) != 0)
			continue;
		r->at += length;
		*out = operators[i].match;
		return ERR_OK;
	}
	return wrong_here(r, "there is none of =, !=, =~ and !~");
}

static enum err_code
read_matcher(struct reader *r)
{
	enum promql_match match = PROMQL_EQUAL;
	struct buf value;
	enum err_code code;

	buf_init(&value, MATCHERS_MAX_BYTES);
	code = read_name(r);
	skip_space(r);
	if (code == ERR_OK)
		code = read_operator(r, &match);
	skip_space(r);
	if (code == ERR_OK)
		code = read_value(
		    r, match == PROMQL_LIKE || match == PROMQL_UNLIKE, &value);
	if (code == ERR_OK)
		promql_add_condition(r->out, r->name, match, value.data);
	buf_fini(&value);
	skip_space(r);
	return code;
}

/* From { to }; a comma may stand behind the last one. */
static enum err_code
read_list(struct reader *r)
{
	skip_space(r);
	if (*r->at != '{')
		return wrong_here(r, "there is no {");
	r->at++;
	skip_space(r);
	while (*r->at != '}') {
		if (read_matcher(r) != ERR_OK)
			return r->err->code;
		if (*r->at != ',' && *r->at != '}')
			return wrong_here(r, "there is neither , nor }");
		r->at += *r->at == ',';
		skip_space(r);
	}
	r->at++;
	skip_space(r);
	return *r->at == '\0' ? ERR_OK
			      : wrong_here(r, "there is more behind the }");
}

enum err_code
matchers_read(const char *text, struct buf *out, struct err *e)
{
	struct reader r = {.start = text, .at = text, .out = out, .err = e};

	if (strlen(text) > MATCHERS_MAX_BYTES)
		return err_set(e, ERR_SETTING, "there are more than %d bytes",
			       MATCHERS_MAX_BYTES);
	if (read_list(&r) != ERR_OK)
		return e->code;
	if (buf_status(out) == ERR_TOO_BIG)
		return err_set(e, ERR_SETTING, "there are too many matchers");
	return buf_status(out) == ERR_OK ? ERR_OK : err_set_memory(e);
}

enum err_code
matchers_check(const char *text, struct err *e)
{
	struct buf out;
	enum err_code code;

	buf_init(&out, 2 * MATCHERS_MAX_BYTES);
	code = matchers_read(text, &out, e);
	buf_fini(&out);
	return code;
}
