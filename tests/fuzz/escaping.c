/*
 * Any text, as a JSON string, a PromQL string and a value in a log line: what
 * is written there is one string, and read back it is the text.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "fuzz/fuzz.h"
#include "prom/promql.h"
#include "support/strict_json.h"

/* Of a value, as base/log.h says. */
enum { LOG_VALUE_MAX_BYTES = 512 };

/* --- JSON ---------------------------------------------------------------- */

/* By the bits of the character, where the product looks at its bytes: its
 * length if it is one, else 0. */
static size_t
character_length(const uint8_t *c, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point = c[0];
	size_t length = 1;

	if (c[0] < 0x80)
		return 1;
	while (length < 8 && (c[0] << length & 0x80) != 0)
		length++;
	if (length < 2 || length > 4 || length > left)
		return 0;
	point &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++) {
		if (c[i] >> 6 != 2)
			return 0;
		point = point << 6 | (c[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff || point >> 11 == 0x1b)
		return 0;
	return length;
}

/* The text with U+FFFD for every byte of it that is no UTF-8. */
static void
append_repaired(struct buf *out, const uint8_t *data, size_t size)
{
	for (size_t i = 0, length; i < size; i += length) {
		length = character_length(data + i, size - i);
		if (length > 0) {
			buf_append(out, (const char *)data + i, length);
		} else {
			buf_append_text(out, "\xef\xbf\xbd");
			length = 1;
		}
	}
}

/* Neither ends the string, nor the line, nor a <script>. */
static void
check_harmless(const struct buf *json)
{
	for (size_t i = 0; i < json->length; i++)
		FUZZ_REQUIRE((unsigned char)json->data[i] >= ' ' &&
			     memchr("<>&\x7f", json->data[i], 4) == NULL);
}

static void
check_json(const uint8_t *data, size_t size)
{
	struct json_object *read;
	struct buf out, expected;
	struct json j;

	buf_init(&out, 6 * size + 2);
	buf_init(&expected, 3 * size + 1);
	json_init(&j, &out);
	json_text_of(&j, (const char *)data, size);
	append_repaired(&expected, data, size);
	FUZZ_REQUIRE(buf_status(&out) == ERR_OK);
	FUZZ_REQUIRE(buf_status(&expected) == ERR_OK);
	check_harmless(&out);

	read = strict_json(out.data, out.length);
	FUZZ_REQUIRE(json_object_is_type(read, json_type_string));
	FUZZ_REQUIRE((size_t)json_object_get_string_len(read) ==
		     expected.length);
	FUZZ_REQUIRE(expected.length == 0 ||
		     memcmp(json_object_get_string(read), expected.data,
			    expected.length) == 0);
	json_object_put(read);
	buf_fini(&out);
	buf_fini(&expected);
}

/* --- PromQL and logs ----------------------------------------------------- */

/* The byte that an escape stands for: \n, \" or \\, or \xXX. */
static char
read_escape(const char **at, const char *end)
{
	char hex[3] = "";
	char kind = (*at)[1];

	FUZZ_REQUIRE(end - *at >= 2 && strchr("n\"\\x", kind) != NULL);
	*at += 2;
	if (kind != 'x')
		return kind == 'n' ? '\n' : kind;
	FUZZ_REQUIRE(end - *at >= 2);
	memcpy(hex, *at, 2);
	*at += 2;
	return (char)strtoul(hex, NULL, 16);
}

/* Compares a text with what a string in quotes says, which is all there is. */
static void
check_string(const char *at, size_t length, const char *text,
	     size_t text_length)
{
	const char *end = at + length - 1;

	FUZZ_REQUIRE(length >= 2 && *at == '"' && *end == '"');
	for (at++; at < end; text++) {
		char byte = *at;

		FUZZ_REQUIRE(byte != '"' && byte != '\n');
		if (byte == '\\')
			byte = read_escape(&at, end);
		else
			at++;
		FUZZ_REQUIRE(text_length-- > 0 && byte == *text);
	}
	FUZZ_REQUIRE(text_length == 0);
}

static void
check_promql(const char *text)
{
	struct buf out;

	buf_init(&out, 2 * strlen(text) + 2);
	promql_add_string(&out, text);
	FUZZ_REQUIRE(buf_status(&out) == ERR_OK);
	check_string(out.data, out.length, text, strlen(text));
	buf_fini(&out);
}

/* The value is in quotes if anything in it could mislead. */
static void
check_log(const char *text)
{
	static const char key[] = " value=";
	size_t length = strnlen(text, LOG_VALUE_MAX_BYTES), start;
	struct log_line l;
	const char *value;

	log_start(&l, LOG_ERROR, "fuzz");
	start = l.length + strlen(key);
	log_text(&l, "value", text);
	FUZZ_REQUIRE(l.length > start && l.length < LOG_LINE_BYTES);
	FUZZ_REQUIRE(memcmp(l.text + start - strlen(key), key, strlen(key)) ==
		     0);
	value = l.text + start;
	for (size_t i = 0; i < l.length; i++)
		FUZZ_REQUIRE(l.text[i] >= ' ' && l.text[i] < 0x7f);
	if (*value == '"') {
		check_string(value, l.length - start, text, length);
		return;
	}
	FUZZ_REQUIRE(l.length - start == length);
	FUZZ_REQUIRE(memcmp(value, text, length) == 0);
	FUZZ_REQUIRE(strcspn(text, " \"=\\") >= length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_json(data, size);
	check_promql(text);
	check_log(text);
	free(text);
	return 0;
}
