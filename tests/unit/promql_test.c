#include "prom/promql.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <string.h>

#include "base/quote.h"
#include "support/suite.h"

static void
tells_names(void)
{
	static const struct {
		const char *text;
		bool is_metric, is_label;
	} cases[] = {{"a", true, true},
		     {"Z", true, true},
		     {"_", true, true},
		     {"__name__", true, true},
		     {"azAZ_09", true, true},
		     {"nvidia_gpu_utilization_percent", true, true},
		     {"DCGM_FI_DEV_GPU_UTIL", true, true},
		     {":", true, false},
		     {"job:rate:sum", true, false},
		     {"a:", true, false},
		     {"", false, false},
		     {"0", false, false},
		     {"9a", false, false},
		     {"a-b", false, false},
		     {"a.b", false, false},
		     {"a b", false, false},
		     {" a", false, false},
		     {"a ", false, false},
		     {"a\n", false, false},
		     {"a{b=\"c\"}", false, false},
		     {"a)", false, false},
		     {"a[5m]", false, false},
		     {"up or vector(1)", false, false},
		     {"\"", false, false},
		     {"\xc3\xa9", false, false},
		     {"a\xff", false, false},
		     {"a#", false, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(promql_is_metric_name(cases[i].text),
				cases[i].is_metric);
		CU_ASSERT_EQUAL(promql_is_label_name(cases[i].text),
				cases[i].is_label);
	}
}

static void
takes_no_other_character(void)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char digits[] = "0123456789";

	for (int byte = 1; byte < 256; byte++) {
		char first[] = {(char)byte, 'x', '\0'};
		char second[] = {'x', (char)byte, '\0'};
		bool is_letter = strchr(letters, byte) != NULL;
		bool is_digit = strchr(digits, byte) != NULL;
		bool is_colon = byte == ':';

		CU_ASSERT_EQUAL(promql_is_label_name(first), is_letter);
		CU_ASSERT_EQUAL(promql_is_label_name(second),
				is_letter || is_digit);
		CU_ASSERT_EQUAL(promql_is_metric_name(first),
				is_letter || is_colon);
		CU_ASSERT_EQUAL(promql_is_metric_name(second),
				is_letter || is_digit || is_colon);
	}
}

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
adds_conditions(void)
{
	struct buf out;

	buf_init(&out, 200);
	promql_add_condition(&out, "gpu", PROMQL_UNEQUAL, "");
	promql_add_condition(&out, "tile", PROMQL_EQUAL, "");
	promql_add_condition(&out, "type", PROMQL_EQUAL, "s\"m");
	promql_add_condition(&out, "_1", PROMQL_UNEQUAL, "a,b");
	SUITE_EQUAL(text_of(&out), "gpu!=\"\",tile=\"\",type=\"s\\\"m\","
				   "_1!=\"a,b\"");
}

static void
adds_selectors(void)
{
	static const char *const names[] = {"up", "job:up:sum", "_x"};
	static const struct {
		size_t count;
		const char *conditions, *expected;
	} cases[] = {
	    {1, "", "up"},
	    {1, "a=\"b\"", "up{a=\"b\"}"},
	    {2, "", "{__name__=~\"up|job:up:sum\"}"},
	    {3, "a!=\"\",c=\"\"",
	     "{__name__=~\"up|job:up:sum|_x\",a!=\"\",c=\"\"}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out;

		buf_init(&out, 200);
		promql_add_selector(&out, names, cases[i].count,
				    cases[i].conditions);
		SUITE_EQUAL(text_of(&out), cases[i].expected);
	}
}

/* What Prometheus 3 took in addition. */
static void
tells_any_utf8(void)
{
	CU_ASSERT_TRUE(promql_is_name("hw.gpu.utilization"));
	CU_ASSERT_TRUE(promql_is_name("9 \"\n\\"));
	CU_ASSERT_TRUE(promql_is_name("caf\xc3\xa9"));
	CU_ASSERT_FALSE(promql_is_name(""));
	CU_ASSERT_FALSE(promql_is_name("a\xff"));
	CU_ASSERT_FALSE(promql_is_name("\xed\xa0\x80"));
}

/* Labels alone are in quotes: by its __name__ each version takes a metric. */
static void
quotes_what_is_not_plain(void)
{
	static const char *const names[] = {"hw.gpu.utilization", "up",
					    "a\"\\\n|\xc3\xa9"};
	static const struct element_label labels[] = {{"hw.id", 0, NULL, false},
						      {"gpu", 0, NULL, false},
						      {"a\"b", 0, NULL, false}};
	struct buf out;

	buf_init(&out, 500);
	promql_add_selector(&out, names, 1, "");
	buf_append_text(&out, " ");
	promql_add_selector(&out, names, 1, "\"hw.id\"!=\"\"");
	buf_append_text(&out, " ");
	promql_add_selector(&out, names, 3, "a=\"\"");
	promql_add_by(&out, labels, 3);
	SUITE_EQUAL(text_of(&out),
		    "{__name__=\"hw.gpu.utilization\"} "
		    "{__name__=\"hw.gpu.utilization\",\"hw.id\"!=\"\"} "
		    "{__name__=~\"hw\\\\.gpu\\\\.utilization|up|"
		    "a\\\"\\\\\\\\\\n\\\\|\xc3\xa9\",a=\"\"}"
		    " by (\"hw.id\",gpu,\"a\\\"b\")");
	buf_init(&out, 500);
	promql_add_condition(&out, "gpu.id", PROMQL_EQUAL, "0");
	promql_add_condition(&out, "gpu", PROMQL_UNEQUAL, "");
	SUITE_EQUAL(text_of(&out), "\"gpu.id\"=\"0\",gpu!=\"\"");
}

/* It is a part of a longer query, most often. */
static void
appends(void)
{
	static const char *const names[] = {"up", "down"};
	struct buf out;

	buf_init(&out, 200);
	buf_append_text(&out, "count(");
	promql_add_selector(&out, names, 1, "");
	buf_append_text(&out, ") or ");
	promql_add_selector(&out, names, 2, "");
	buf_append_text(&out, " or ");
	quote_append(&out, "x");
	SUITE_EQUAL(text_of(&out),
		    "count(up) or {__name__=~\"up|down\"} or \"x\"");
}

static void
leaves_failures_to_the_buf(void)
{
	static const char *const names[] = {"up", "down"};

	for (size_t max_bytes = 1; max_bytes < 21; max_bytes++) {
		struct buf out;

		buf_init(&out, max_bytes);
		promql_add_selector(&out, names, 2, "");
		CU_ASSERT_EQUAL(buf_status(&out), ERR_TOO_BIG);
		buf_fini(&out);
		buf_init(&out, max_bytes);
		promql_add_condition(&out, "label", PROMQL_EQUAL,
				     "0123456789abcdef");
		CU_ASSERT_EQUAL(buf_status(&out), ERR_TOO_BIG);
		buf_fini(&out);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tells names", tells_names},
	    {"takes no other character", takes_no_other_character},
	    {"adds conditions", adds_conditions},
	    {"adds selectors", adds_selectors},
	    {"tells any UTF-8", tells_any_utf8},
	    {"quotes what is not plain", quotes_what_is_not_plain},
	    {"appends", appends},
	    {"leaves failures to the buf", leaves_failures_to_the_buf},
	    {NULL, NULL}};

	return suite_run("promql", tests);
}
