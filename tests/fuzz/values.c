/* Texts with NULs between, as labels' values: what they are taken for. */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"
#include "fuzz/fuzz.h"
#include "gpu/label.h"

enum { TEXTS = 3, DIGITS_MAX = 10 };

static void
check_number(const char *text, size_t length)
{
	uint32_t number = label_number(text, length);
	unsigned long long value = LABEL_NO_NUMBER;

	if (length > 0 && length <= DIGITS_MAX &&
	    strspn(text, "0123456789") >= length)
		value = strtoull(text, NULL, 10);
	FUZZ_REQUIRE(number ==
		     (value < LABEL_NO_NUMBER ? value : LABEL_NO_NUMBER));
}

/* However a uuid is written, it is the same, and read again it stays so. */
static void
check_uuid(const char *text, size_t length)
{
	char uuid[LABEL_UUID_MAX_BYTES], again[LABEL_UUID_MAX_BYTES];
	size_t found = label_uuid(text, length, uuid);
	char *upper = fuzz_text((const uint8_t *)text, length);

	FUZZ_REQUIRE(found <= length && found <= sizeof(uuid));
	for (size_t i = 0; i < length; i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	FUZZ_REQUIRE(label_uuid(upper, length, again) == found);
	FUZZ_REQUIRE(memcmp(uuid, again, found) == 0);
	if (found < 4 || memcmp(uuid, "gpu-", 4) != 0) {
		FUZZ_REQUIRE(label_uuid(uuid, found, again) == found);
		FUZZ_REQUIRE(memcmp(uuid, again, found) == 0);
	}
	free(upper);
}

/* A part of the text; only brackets and a port are not of it. */
static void
check_host(const char *text, size_t length)
{
	const char *host;
	size_t host_length;

	label_host(text, length, &host, &host_length);
	FUZZ_REQUIRE(host == text || (host == text + 1 && *text == '['));
	FUZZ_REQUIRE(host_length <= length - (size_t)(host - text));
	if (host + host_length < text + length)
		FUZZ_REQUIRE(host[host_length] == (host == text ? ':' : ']'));
}

static int
sign(int order)
{
	return (order > 0) - (order < 0);
}

static bool
has_digit(const char *text)
{
	return text[strcspn(text, "0123456789")] != '\0';
}

static void
check_order(const char *a, const char *b, const char *c)
{
	int order = sign(natural_compare(a, b));

	FUZZ_REQUIRE(natural_compare(a, a) == 0);
	FUZZ_REQUIRE(order == -sign(natural_compare(b, a)));
	FUZZ_REQUIRE((order == 0) == (strcmp(a, b) == 0));
	if (!has_digit(a) && !has_digit(b))
		FUZZ_REQUIRE(order == sign(strcmp(a, b)));
	if (order == sign(natural_compare(b, c)))
		FUZZ_REQUIRE(sign(natural_compare(a, c)) == order);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *texts[TEXTS];
	char *copy = fuzz_split(data, size, texts, TEXTS);

	check_number(texts[0], strlen(texts[0]));
	/* These may have a NUL in them. */
	check_uuid(copy, size);
	check_host(copy, size);
	check_order(texts[0], texts[1], texts[2]);
	free(copy);
	return 0;
}
