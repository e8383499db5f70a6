/* matchers_read: which matchers a setting may have, and what is said of the
 * others; regex_fault. */
#include "prom/matchers.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "prom/regex.h"
#include "support/suite.h"

static struct err err;

/* The conditions; valid until the next call. */
static const char *
read_text(const char *text)
{
	static char storage[4 * MATCHERS_MAX_BYTES];
	struct buf out;

	buf_use(&out, storage, sizeof(storage));
	memset(&err, 0, sizeof(err));
	if (matchers_read(text, &out, &err) != ERR_OK)
		return NULL;
	buf_append(&out, "", 1);
	return out.data;
}

static void
reads_matchers(void)
{
	static const struct {
		const char *text, *conditions;
	} cases[] = {
	    {"{cluster=\"a\"}", "cluster=\"a\""},
	    {"{}", ""},
	    {" { } ", ""},
	    {" {\n\tcluster = 'a' , env\t!~\r`x|y` , } ",
	     "cluster=\"a\",env!~\"x|y\""},
	    {"{a=\"\",b!=\"\",c=~\"\",d!~\"\"}",
	     "a=\"\",b!=\"\",c=~\"\",d!~\"\""},
	    {"{a='\"'}", "a=\"\\\"\""},
	    {"{a=\"'\"}", "a=\"'\""},
	    {"{a='\\''}", "a=\"'\""},
	    {"{a=`\\n`}", "a=\"\\\\n\""},
	    {"{a=\"\\n\\\\\\\"\"}", "a=\"\\n\\\\\\\"\""},
	    {"{a=`1\n2`}", "a=\"1\\n2\""},
	    {"{a=\"\\x41\\101\\u00e9\\U0001f600\"}",
	     "a=\"AA\xc3\xa9\xf0\x9f\x98\x80\""},
	    {"{a=\"\\xc3\\xa9\"}", "a=\"\xc3\xa9\""},
	    {"{a=\"},{b=\"}", "a=\"},{b=\""},
	    {"{_1=\"\xe6\x97\xa5\"}", "_1=\"\xe6\x97\xa5\""},
	    {"{a=\"x\",a!=\"y\"}", "a=\"x\",a!=\"y\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *conditions = read_text(cases[i].text);

		CU_ASSERT_PTR_NOT_NULL_FATAL(conditions);
		SUITE_EQUAL(conditions, cases[i].conditions);
		CU_ASSERT_EQUAL(matchers_check(cases[i].text, &err), ERR_OK);
	}
}

static void
tells_what_is_wrong(void)
{
	static const struct {
		const char *text, *what;
	} cases[] = {
	    {"", "there is no { at byte 1"},
	    {"cluster=\"a\"", "there is no { at byte 1"},
	    {"up{a=\"b\"}", "there is no { at byte 1"},
	    {"{", "there is no label's name at byte 2"},
	    {"{,}", "there is no label's name at byte 2"},
	    {"{a=\"b\",,}", "there is no label's name at byte 8"},
	    {"{1=\"b\"}", "there is no label's name at byte 2"},
	    {"{a-b=\"c\"}", "there is none of =, !=, =~ and !~ at byte 3"},
	    {"{a}", "there is none of =, !=, =~ and !~ at byte 3"},
	    {"{a~\"b\"}", "there is none of =, !=, =~ and !~ at byte 3"},
	    {"{a!\"b\"}", "there is none of =, !=, =~ and !~ at byte 3"},
	    {"{a==\"b\"}", "the value of a is not in quotes"},
	    {"{a=b}", "the value of a is not in quotes"},
	    {"{a=}", "the value of a is not in quotes"},
	    {"{a=", "the value of a is not in quotes"},
	    {"{a=\"b}", "the value of a has no closing quote"},
	    {"{a=\"b'}", "the value of a has no closing quote"},
	    {"{a=\"b\n\"}", "the value of a has no closing quote"},
	    {"{a=\"b\\\"}", "the value of a has no closing quote"},
	    {"{a=\"b\\",
	     "the value of a has an escape that PromQL does not have"},
	    {"{a=\"\\d\"}",
	     "the value of a has an escape that PromQL does not have"},
	    {"{a=\"\\'\"}",
	     "the value of a has an escape that PromQL does not have"},
	    {"{a=\"\\x4\"}",
	     "the value of a has an escape that PromQL does not have"},
	    {"{a=\"\\400\"}",
	     "the value of a has an escape that PromQL does not have"},
	    {"{a=\"\\U00110000\"}",
	     "the value of a has an escape that PromQL does not have"},
	    {"{a=\"\\xff\"}", "the value of a is no text in UTF-8"},
	    {"{a=\"\\ud800\"}", "the value of a is no text in UTF-8"},
	    {"{a=\"\xff\"}", "the value of a is no text in UTF-8"},
	    {"{a=\"\\x00\"}", "the value of a is no text in UTF-8"},
	    {"{a=\"b\" c=\"d\"}", "there is neither , nor } at byte 8"},
	    {"{a=\"b\"", "there is neither , nor } at byte 7"},
	    {"{a=\"b\"} or up", "there is more behind the } at byte 9"},
	    {"{a=\"b\"}}", "there is more behind the } at byte 8"},
	    {"{__name__=\"up\"}", "there is __name__, which each query has of "
				  "its own, at byte 2"},
	    {"{\"host.name\"=\"x\"}", "there is a name in quotes, which is not "
				      "supported yet, at byte 2"},
	    {"{a=~\"x(\"}",
	     "the value of a is no regular expression: a ( has no )"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_PTR_NULL(read_text(cases[i].text));
		CU_ASSERT_EQUAL(err.code, ERR_SETTING);
		SUITE_EQUAL(err.text, cases[i].what);
	}
}

static void
has_limits(void)
{
	char text[MATCHERS_MAX_BYTES + 64];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT_PTR_NULL(read_text(text));
	SUITE_EQUAL(err.text, "there are more than 1024 bytes");
	text[0] = '{';
	text[300] = '\0';
	CU_ASSERT_PTR_NULL(read_text(text));
	SUITE_EQUAL(err.text,
		    "there is a name of more than 200 bytes at byte 2");
}

static void
knows_regular_expressions(void)
{
	static const char *const good[] = {
	    "",		".*",	 "a|b",	   "(a|b)+", "(?i)a",	    "(?i:a)b",
	    "(?P<x>a)", "[a-z]", "[]a]",   "[^]a]",  "[[:alpha:]]", "a*?",
	    "a+?b",	"a??",	 "\\(",	   "[(]",    "[\\]]",	    "\\Q(\\E",
	    "\\Q(",	"|a",	 "a{2,3}", "{",	     "prod-[0-9]+", "()",
	    "a|"};
	static const struct {
		const char *text, *fault;
	} bad[] = {
	    {"(", "a ( has no )"},
	    {"(a|(b)", "a ( has no )"},
	    {")", "a ) has no ("},
	    {"a)(", "a ) has no ("},
	    {"[", "a [ has no ]"},
	    {"[]", "a [ has no ]"},
	    {"[a\\]", "a [ has no ]"},
	    {"*", "there is nothing before *, + or ? to repeat"},
	    {"*a", "there is nothing before *, + or ? to repeat"},
	    {"a|*", "there is nothing before *, + or ? to repeat"},
	    {"(+)", "there is nothing before *, + or ? to repeat"},
	    {"a**", "what is repeated is repeated again"},
	    {"a*?+", "what is repeated is repeated again"},
	    {"a\\", "it ends with a backslash"},
	    {"(?!test).*", "it looks ahead or behind, which RE2 cannot"},
	    {"(?<=a)b", "it looks ahead or behind, which RE2 cannot"},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		CU_ASSERT_PTR_NULL(regex_fault(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		SUITE_EQUAL(regex_fault(bad[i].text), bad[i].fault);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads matchers", reads_matchers},
	    {"tells what is wrong", tells_what_is_wrong},
	    {"has limits", has_limits},
	    {"knows regular expressions", knows_regular_expressions},
	    {NULL, NULL}};

	return suite_run("matchers", tests);
}
