/*
 * Any text, as a JSON string, a PromQL string and a value in a log line of
 * either format: what is written there is one string, and read back it is the
 * text.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/quote.h"
#include "fuzz/fuzz.h"
#include "support/strict_json.h"

enum {
	/* Of a value, as base/log.h says. */
	LOG_VALUE_MAX_BYTES = 512,
	LOG_COPIES = 8,
	/* That many copies fit in a line, and the message, escaped or not. */
	LOG_SHORT_BYTES = LOG_LINE_BYTES / (LOG_COPIES + 2) / 6 - 8
};

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
check_read(struct json_object *read, const struct buf *expected)
{
	FUZZ_REQUIRE(json_object_is_type(read, json_type_string));
	FUZZ_REQUIRE((size_t)json_object_get_string_len(read) ==
		     expected->length);
	FUZZ_REQUIRE(expected->length == 0 ||
		     memcmp(json_object_get_string(read), expected->data,
			    expected->length) == 0);
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
	check_read(read, &expected);
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
check_quote(const char *text)
{
	struct buf out;

	buf_init(&out, 2 * strlen(text) + 2);
	quote_append(&out, text);
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

/* Writes the line to a file in place of stderr; returns its length. */
static size_t
write_line(struct log_line *l, char text[static LOG_LINE_BYTES + 1])
{
	static int file = -1, saved = -1;
	ssize_t length;

	if (file < 0)
		file = memfd_create("log", MFD_CLOEXEC);
	if (saved < 0)
		saved = dup(STDERR_FILENO);
	FUZZ_REQUIRE(file >= 0 && saved >= 0);
	FUZZ_REQUIRE(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
	dup2(file, STDERR_FILENO);
	log_write(l);
	dup2(saved, STDERR_FILENO);
	length = pread(file, text, LOG_LINE_BYTES + 1, 0);
	FUZZ_REQUIRE(length > 0 && length <= LOG_LINE_BYTES);
	return (size_t)length;
}

/* The text as often as it fits, and a number. */
static size_t
write_json_line(const char *text, char line[static LOG_LINE_BYTES + 1])
{
	struct log_line l;
	size_t length;

	log_set_format(LOG_JSON);
	log_start(&l, LOG_ERROR, text);
	for (int i = 0; i < LOG_COPIES; i++)
		log_text(&l, (char[]){'a' + (char)i, '\0'}, text);
	log_number(&l, "number", -1);
	length = write_line(&l, line);
	log_set_format(LOG_LOGFMT);
	return length;
}

/* U+1D800 to U+1DFFF, and so in each plane: as a pair of escapes, half of a
 * pair to json-c 0.16, which takes the last 16 bits alone for it. */
static bool
is_spoilt_by_json_c(const uint8_t *character, size_t length)
{
	return length == 4 && (character[1] & 0x0f) == 0x0d &&
	       (character[2] & 0x20) != 0;
}

/* The characters that end within the limit, as json-c reads them back. */
static void
append_value(struct buf *out, const uint8_t *text, size_t size)
{
	for (size_t i = 0, step; i < size; i += step) {
		size_t length = character_length(text + i, size - i);

		step = length > 0 ? length : 1;
		if (i + step > LOG_VALUE_MAX_BYTES)
			return;
		if (is_spoilt_by_json_c(text + i, length))
			buf_append_text(out, "\xef\xbf\xbd");
		else
			append_repaired(out, text + i, step);
	}
}

static void
check_json_log(const char *text)
{
	char line[LOG_LINE_BYTES + 1];
	size_t size = strlen(text), length = write_json_line(text, line);
	struct json_object *object;
	struct buf expected;

	FUZZ_REQUIRE(line[length - 1] == '\n');
	for (size_t i = 0; i + 1 < length; i++)
		FUZZ_REQUIRE(line[i] >= ' ' && line[i] < 0x7f);
	object = strict_json(line, length - 1);
	FUZZ_REQUIRE(json_object_is_type(object, json_type_object));
	FUZZ_REQUIRE(json_object_object_get(object, "msg") != NULL);
	buf_init(&expected, 3 * LOG_VALUE_MAX_BYTES);
	append_value(&expected, (const uint8_t *)text, size);
	json_object_object_foreach(
	    object, key, value) if (strcmp(key, "msg") == 0 || key[1] == '\0')
	    check_read(value, &expected);
	/* Of a line of short values nothing is left out. */
	FUZZ_REQUIRE(size > LOG_SHORT_BYTES ||
		     json_object_object_length(object) == LOG_COPIES + 4);
	buf_fini(&expected);
	json_object_put(object);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_json(data, size);
	check_quote(text);
	check_log(text);
	check_json_log(text);
	free(text);
	return 0;
}
