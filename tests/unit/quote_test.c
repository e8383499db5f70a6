/* quote: no text ends its own quotes. */
#include "base/quote.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

/* What was appended, valid until the next call. */
static const char *
text_of(struct buf *out)
{
	static char text[512];

	CU_ASSERT_EQUAL(buf_status(out), ERR_OK);
	CU_ASSERT_TRUE_FATAL(out->length < sizeof(text));
	memcpy(text, out->data, out->length);
	text[out->length] = '\0';
	buf_fini(out);
	return text;
}

static void
escapes_strings(void)
{
	static const char *const cases[][2] = {
	    {"", "\"\""},
	    {"sm", "\"sm\""},
	    {"a b|c.*", "\"a b|c.*\""},
	    {"\"", "\"\\\"\""},
	    {"\\", "\"\\\\\""},
	    {"\\\"", "\"\\\\\\\"\""},
	    {"\n", "\"\\n\""},
	    {"'`{}", "\"'`{}\""},
	    {"x\"} or up{a=\"", "\"x\\\"} or up{a=\\\"\""},
	    {"\t\r\x01", "\"\t\r\x01\""},
	    {"\xc3\xb6\xe2\x82\xac", "\"\xc3\xb6\xe2\x82\xac\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out;

		buf_init(&out, 100);
		quote_append(&out, cases[i][0]);
		SUITE_EQUAL(text_of(&out), cases[i][1]);
	}
}

/* Whatever is in a value, no quote in it ends the string. */
static void
lets_no_byte_out_of_a_string(void)
{
	for (int first = 1; first < 256; first++)
		for (int second = 1; second < 256; second++) {
			char value[] = {(char)first, (char)second, '\0'};
			const char *at;
			struct buf out;

			buf_init(&out, 100);
			quote_append(&out, value);
			at = text_of(&out);
			CU_ASSERT_EQUAL(*at++, '"');
			while (*at != '"' && *at != '\n' && *at != '\0')
				at += *at == '\\' ? 2 : 1;
			CU_ASSERT_EQUAL(*at, '"');
			CU_ASSERT_EQUAL(at[1], '\0');
		}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"escapes strings", escapes_strings},
	    {"lets no byte out of a string", lets_no_byte_out_of_a_string},
	    {NULL, NULL}};

	return suite_run("quote", tests);
}
