/*
 * Any text, as a JSON string, a PromQL string and a value in the log: another
 * reader gets the same text back.
 */
#include <iconv.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "fuzz/target.h"
#include "prom/promql.h"

enum { OUT_MAX_BYTES = 1 << 20, LOG_VALUE_MAX_BYTES = 512 };

static bool
is_utf8(const char *text, size_t length)
{
	iconv_t reader = iconv_open("UTF-32LE", "UTF-8");
	char *in = (char *)(uintptr_t)text, *room, *out;
	size_t in_left = length, out_left = 4 * length + 4;
	bool is_valid;

	target_require(reader != (iconv_t)-1, "no iconv");
	room = out = malloc(out_left);
	target_require(room != NULL, "no memory");
	is_valid = iconv(reader, &in, &in_left, &out, &out_left) != (size_t)-1;
	free(room);
	iconv_close(reader);
	return is_valid;
}

static void
check_json(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *back;
	struct json j;
	struct buf out;

	buf_init(&out, OUT_MAX_BYTES);
	json_init(&j, &out);
	json_text_of(&j, text, length);
	target_require(buf_status(&out) == ERR_OK, "the JSON is too long");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8);
	back = json_tokener_parse_ex(tokener, out.data, (int)out.length);
	target_require(back != NULL &&
			   json_object_is_type(back, json_type_string),
		       "it is no JSON string");
	target_require(memchr(out.data, '<', out.length) == NULL,
		       "HTML gets through");
	if (is_utf8(text, length))
		target_require(
		    (size_t)json_object_get_string_len(back) == length &&
			memcmp(json_object_get_string(back), text, length) == 0,
		    "JSON gives another text back");
	else
		target_require(strstr(json_object_get_string(back),
				      "\xef\xbf\xbd") != NULL ||
				   memchr(text, '\0', length) != NULL,
			       "nothing stands for what is not UTF-8");
	json_object_put(back);
	json_tokener_free(tokener);
	buf_fini(&out);
}

/* The character behind a backslash, as Go and logfmt have it; moves on. */
static char
unescape(const char **at)
{
	char c = *(*at)++;

	if (c == 'n')
		return '\n';
	if (c == 'x') {
		char digits[3] = {(*at)[0], (*at)[1], '\0'};

		*at += 2;
		return (char)strtol(digits, NULL, 16);
	}
	target_require(c == '"' || c == '\\', "an escape of its own");
	return c;
}

/* Reads a string in quotes, which must be what the text says. */
static void
check_quoted(const char *quoted, const char *end, const char *text)
{
	target_require(*quoted++ == '"', "no quote in front");
	while (quoted < end && *quoted != '"') {
		char c = *quoted++;

		target_require(c != '\n', "a raw line end");
		target_require((c == '\\' ? unescape(&quoted) : c) == *text++,
			       "the quoted text is another");
	}
	target_require(quoted + 1 == end && *quoted == '"' && *text == '\0',
		       "the quoted text ends elsewhere");
}

static void
check_promql(const char *text)
{
	struct buf out;

	buf_init(&out, OUT_MAX_BYTES);
	promql_add_string(&out, text);
	target_require(buf_status(&out) == ERR_OK, "the PromQL is too long");
	check_quoted(out.data, out.data + out.length, text);
	buf_fini(&out);
}

static void
check_log(const char *text)
{
	char *value = strndup(text, LOG_VALUE_MAX_BYTES);
	struct log_line l;
	size_t start;

	target_require(value != NULL, "no memory");
	log_start(&l, LOG_ERROR, "fuzz");
	start = l.length + strlen(" key=");
	log_text(&l, "key", text);
	target_require(l.length >= start, "the value is missing");
	for (size_t i = 0; i < l.length; i++)
		target_require(l.text[i] >= ' ' && l.text[i] < 0x7f,
			       "the line is not printable ASCII");
	if (l.text[start] == '"')
		check_quoted(l.text + start, l.text + l.length, value);
	else
		target_require(
		    l.length - start == strlen(value) &&
			memcmp(l.text + start, value, l.length - start) == 0 &&
			strpbrk(value, " =\"\\") == NULL,
		    "the bare value is another");
	free(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = target_text(data, size);

	check_json(text, size);
	check_promql(text);
	check_log(text);
	free(text);
	return 0;
}
