#include "prom/promql.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <string.h>

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

static void
builds_queries(void)
{
	struct buf out;

	buf_init(&out, 100);
	promql_add_metric(&out, "up");
	buf_append_text(&out, " ");
	promql_add_count(&out, "job:up:sum");
	buf_append(&out, "", 1);
	CU_ASSERT_EQUAL(buf_status(&out), ERR_OK);
	SUITE_EQUAL(out.data, "up count(job:up:sum)");
	buf_fini(&out);
}

static void
leaves_failures_to_the_buf(void)
{
	struct buf out;

	buf_init(&out, 5);
	promql_add_count(&out, "up");
	CU_ASSERT_EQUAL(buf_status(&out), ERR_TOO_BIG);
	buf_fini(&out);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tells names", tells_names},
	    {"takes no other character", takes_no_other_character},
	    {"builds queries", builds_queries},
	    {"leaves failures to the buf", leaves_failures_to_the_buf},
	    {NULL, NULL}};

	return suite_run("promql", tests);
}
