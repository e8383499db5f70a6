#include "base/json.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "support/strict_json.h"
#include "support/suite.h"

struct fixture {
	struct buf out;
	struct json json;
};

static void
setup(struct fixture *f)
{
	buf_init(&f->out, 1 << 20);
	json_init(&f->json, &f->out);
}

/* Ends the fixture: what was written must be that. */
static void
check(struct fixture *f, const char *expected)
{
	CU_ASSERT_EQUAL(buf_status(&f->out), ERR_OK);
	buf_append(&f->out, "", 1);
	SUITE_EQUAL(f->out.data, expected);
	buf_fini(&f->out);
}

static void
writes_nesting_and_commas(void)
{
	struct fixture f;

	setup(&f);
	json_open_object(&f.json);
	json_key(&f.json, "a");
	json_open_array(&f.json);
	json_close_array(&f.json);
	json_key(&f.json, "b");
	json_open_array(&f.json);
	json_integer(&f.json, 1);
	json_open_object(&f.json);
	json_close_object(&f.json);
	json_open_object(&f.json);
	json_key(&f.json, "c");
	json_null(&f.json);
	json_key(&f.json, "d");
	json_boolean(&f.json, true);
	json_close_object(&f.json);
	json_boolean(&f.json, false);
	json_open_array(&f.json);
	json_open_array(&f.json);
	json_close_array(&f.json);
	json_text(&f.json, "x");
	json_decimal(&f.json, 1.5, 1);
	json_close_array(&f.json);
	json_close_array(&f.json);
	json_key(&f.json, "e");
	json_time(&f.json, 0);
	json_close_object(&f.json);
	check(&f, "{\"a\":[],\"b\":[1,{},{\"c\":null,\"d\":true},false,[[],"
		  "\"x\",1.5]],\"e\":\"1970-01-01T00:00:00.000Z\"}");
}

static void
escapes_text(void)
{
	static const struct {
		const char *text, *json;
	} cases[] = {{NULL, "null"},
		     {"", "\"\""},
		     {"plain ~ text'/", "\"plain ~ text'/\""},
		     {"\"\\", "\"\\\"\\\\\""},
		     {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
		     {"\x01\x0b\x0e\x1b\x1f\x7f",
		      "\"\\u0001\\u000b\\u000e\\u001b\\u001f\\u007f\""},
		     {"</script>&", "\"\\u003c/script\\u003e\\u0026\""},
		     {"a<b>c", "\"a\\u003cb\\u003ec\""},
		     {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		      "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f;

		setup(&f);
		json_text(&f.json, cases[i].text);
		check(&f, cases[i].json);
	}
}

static void
writes_nuls_of_texts_with_a_length(void)
{
	struct fixture f;

	setup(&f);
	json_text_of(&f.json, "a\0b\0", 4);
	check(&f, "\"a\\u0000b\\u0000\"");
}

#define R UTF8_REPLACEMENT

static void
replaces_what_is_not_utf8(void)
{
	static const struct {
		const char *text, *json;
	} cases[] = {{"\x80", "\"" R "\""},
		     {"a\xffz", "\"a" R "z\""},
		     {"\xc3", "\"" R "\""},
		     {"\xc3(", "\"" R "(\""},
		     {"\xc0\xaf", "\"" R R "\""},
		     {"\xe2\x82", "\"" R R "\""},
		     {"\xe2\x82x", "\"" R R "x\""},
		     {"\xe0\x80\xaf", "\"" R R R "\""},
		     {"\xed\xa0\x80", "\"" R R R "\""},
		     {"\xf0\x9f\x98", "\"" R R R "\""},
		     {"\xf0\x9f\x98\"", "\"" R R R "\\\"\""},
		     {"\xf4\x90\x80\x80", "\"" R R R R "\""},
		     {"\xf8\x88\x80\x80\x80", "\"" R R R R R "\""},
		     {"\xc3\xa9\xc3", "\"\xc3\xa9" R "\""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f;

		setup(&f);
		json_text(&f.json, cases[i].text);
		check(&f, cases[i].json);
	}
}

static void
writes_decimals(void)
{
	static const struct {
		double value;
		unsigned decimals;
		const char *json;
	} cases[] = {{0, 0, "0"},
		     {0, 3, "0"},
		     {-0.0, 2, "0"},
		     {-0.004, 2, "0"},
		     {-0.006, 2, "-0.01"},
		     {0.5, 0, "1"},
		     {0.4, 0, "0"},
		     {42, 2, "42"},
		     {42.5, 2, "42.5"},
		     {42.25, 2, "42.25"},
		     {42.256, 2, "42.26"},
		     {42.254, 2, "42.25"},
		     {42.001, 2, "42"},
		     {42.05, 2, "42.05"},
		     {0.001, 3, "0.001"},
		     {0.01, 3, "0.01"},
		     {0.1, 3, "0.1"},
		     {0.9999, 3, "1"},
		     {0.5, 4, "0.5"},
		     {0.33333, 4, "0.3333"},
		     {0.00005, 4, "0.0001"},
		     {99.996, 2, "100"},
		     {99.994, 2, "99.99"},
		     {-1.5, 1, "-1.5"},
		     {-42.256, 2, "-42.26"},
		     {79.999755859375, 3, "80"},
		     {100, 0, "100"},
		     {1e9, 3, "1000000000"},
		     {123456789.125, 3, "123456789.125"},
		     {999999999999999, 3, "999999999999999"},
		     {-999999999999999, 0, "-999999999999999"},
		     {5e-324, 3, "0"},
		     {1e15, 2, "1e+15"},
		     {-1e15, 2, "-1e+15"},
		     {1234567890123456, 0, "1.23456789012346e+15"},
		     {1.7976931348623157e308, 3, "1.79769313486232e+308"},
		     {NAN, 2, "null"},
		     {INFINITY, 2, "null"},
		     {-INFINITY, 0, "null"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f;

		setup(&f);
		json_decimal(&f.json, cases[i].value, cases[i].decimals);
		check(&f, cases[i].json);
	}
}

/* Never further from the value than half of its last decimal. */
static void
rounds_to_the_nearest_decimal(void)
{
	static const double steps[] = {1, 0.1, 0.01, 0.001, 0.0001};
	unsigned seed = 1, wrong = 0;

	for (unsigned i = 0; i < 20000; i++) {
		double value = (rand_r(&seed) - RAND_MAX / 2) /
			       (1.0 + rand_r(&seed) % 100000);
		struct fixture f;
		char *end;
		double got;

		setup(&f);
		json_decimal(&f.json, value, i % (JSON_DECIMALS_MAX + 1));
		buf_append(&f.out, "", 1);
		got = strtod(f.out.data, &end);
		wrong += *end != '\0' ||
			 fabs(got - value) >
			     steps[i % (JSON_DECIMALS_MAX + 1)] * 0.5000001;
		buf_fini(&f.out);
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void
writes_integers(void)
{
	static const struct {
		int64_t value;
		const char *json;
	} cases[] = {{0, "0"},
		     {7, "7"},
		     {-7, "-7"},
		     {1234567890, "1234567890"},
		     {INT64_MAX, "9223372036854775807"},
		     {INT64_MIN, "-9223372036854775808"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fixture f;

		setup(&f);
		json_integer(&f.json, cases[i].value);
		check(&f, cases[i].json);
	}
}

static void
writes_times(void)
{
	struct fixture f;

	setup(&f);
	json_open_array(&f.json);
	json_time(&f.json, 1700000000.123);
	json_time(&f.json, NAN);
	json_time(&f.json, -1);
	json_time(&f.json, 1e300);
	json_close_array(&f.json);
	check(&f, "[\"2023-11-14T22:13:20.123Z\",null,null,null]");
}

/* The text as it must come back: U+FFFD for each byte that is not UTF-8. */
static size_t
replace(const char *text, size_t length, char *out)
{
	size_t at = 0;

	for (size_t i = 0; i < length;) {
		size_t bytes = utf8_length(text + i, length - i);
		const char *from = bytes > 0 ? text + i : R;

		memcpy(out + at, from, bytes > 0 ? bytes : strlen(R));
		at += bytes > 0 ? bytes : strlen(R);
		i += bytes > 0 ? bytes : 1;
	}
	return at;
}

static void
check_parsed_back(const char *text, size_t length)
{
	char expected[1024];
	size_t expected_length = replace(text, length, expected);
	struct json_object *array, *string;
	struct fixture f;

	setup(&f);
	json_open_array(&f.json);
	json_text_of(&f.json, text, length);
	json_close_array(&f.json);
	array = strict_json(f.out.data, f.out.length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(array);
	CU_ASSERT_EQUAL(json_object_array_length(array), 1);
	string = json_object_array_get_idx(array, 0);
	CU_ASSERT_EQUAL((size_t)json_object_get_string_len(string),
			expected_length);
	CU_ASSERT_EQUAL(
	    memcmp(json_object_get_string(string), expected, expected_length),
	    0);
	for (size_t i = 0; i < f.out.length; i++)
		CU_ASSERT_FALSE((unsigned char)f.out.data[i] < 0x20 ||
				strchr("<>&\x7f", f.out.data[i]) != NULL);
	json_object_put(array);
	buf_fini(&f.out);
}

static void
json_c_reads_random_texts_back(void)
{
	unsigned seed = 1;

	for (unsigned i = 0; i < 5000; i++) {
		char text[256];
		size_t length = (size_t)rand_r(&seed) % 64;

		for (size_t k = 0; k < length;)
			if (rand_r(&seed) % 3 == 0 && k + 4 < sizeof(text))
				k += utf8_encode(
				    (unsigned)rand_r(&seed) % 0xd800, text + k);
			else
				text[k++] = (char)(rand_r(&seed) & 0xff);
		check_parsed_back(text, length);
	}
	for (unsigned byte = 0; byte < 256; byte++) {
		char text = (char)byte;

		check_parsed_back(&text, 1);
	}
}

/* Whatever the maximum: all of it, or a failure, and no byte too many. */
static void
leaves_failures_to_the_buf(void)
{
	const size_t whole = strlen("{\"a\":[\"x\\n\",1.5,-3,true,null]}");

	for (size_t max_bytes = 0; max_bytes <= whole + 1; max_bytes++) {
		struct buf out;
		struct json j;

		buf_init(&out, max_bytes);
		json_init(&j, &out);
		json_open_object(&j);
		json_key(&j, "a");
		json_open_array(&j);
		json_text(&j, "x\n");
		json_decimal(&j, 1.5, 2);
		json_integer(&j, -3);
		json_boolean(&j, true);
		json_null(&j);
		json_close_array(&j);
		json_close_object(&j);
		CU_ASSERT_EQUAL(buf_status(&out),
				max_bytes < whole ? ERR_TOO_BIG : ERR_OK);
		CU_ASSERT_TRUE(out.length <= max_bytes);
		buf_fini(&out);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"writes nesting and commas", writes_nesting_and_commas},
	    {"escapes text", escapes_text},
	    {"writes NULs of texts with a length",
	     writes_nuls_of_texts_with_a_length},
	    {"replaces what is not UTF-8", replaces_what_is_not_utf8},
	    {"writes decimals", writes_decimals},
	    {"rounds to the nearest decimal", rounds_to_the_nearest_decimal},
	    {"writes integers", writes_integers},
	    {"writes times", writes_times},
	    {"json-c reads random texts back", json_c_reads_random_texts_back},
	    {"leaves failures to the buf", leaves_failures_to_the_buf},
	    {NULL, NULL}};

	return suite_run("json", tests);
}
