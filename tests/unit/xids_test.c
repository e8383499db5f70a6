/* The table of Xids: what is wrong in a file, and what the shipped one says. */
#include "gpu/profile/xids.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/canned_call.h"
#include "support/suite.h"

static char path[] = "/tmp/xids_test.XXXXXX";

static enum err_code
load(const char *text, struct xids **out, struct err *e)
{
	FILE *file = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	CU_ASSERT_EQUAL(fclose(file), 0);
	*e = (struct err){.code = ERR_OK};
	return xids_load(path, out, e);
}

static void
reads_a_table(void)
{
	struct xids *x;
	struct xid xid;
	struct err e;

	CU_ASSERT_EQUAL_FATAL(
	    load("{\"source\":\"us\",\"xids\":{\"79\":{\"name\":\"BUS\","
		 "\"severity\":\"critical\",\"action\":\"reboot_node\"},"
		 "\"1023\":{\"name\":\"LAST\",\"severity\":\"info\","
		 "\"action\":\"none\"}}}",
		 &x, &e),
	    ERR_OK);
	xid = xid_find(&x->table, 79);
	SUITE_EQUAL(xid.name, "BUS");
	CU_ASSERT_EQUAL(xid.severity, PROBLEM_CRITICAL);
	CU_ASSERT_EQUAL(xid.action, PROBLEM_REBOOT_NODE);
	CU_ASSERT_EQUAL(xid_find(&x->table, 1023).severity, PROBLEM_INFO);
	CU_ASSERT_TRUE(xid_is_critical(&x->table, 79));
	CU_ASSERT_FALSE(xid_is_critical(&x->table, 1023));
	xids_free(x);
}

/* Nothing is made up of it, and nothing breaks for it. */
static void
knows_what_it_does_not_know(void)
{
	static const double numbers[] = {1, 0, -1, 1024, 1e300, NAN, INFINITY};
	struct xids *x;
	struct err e;

	CU_ASSERT_EQUAL_FATAL(
	    load("{\"xids\":{\"79\":{\"name\":\"BUS\",\"severity\":"
		 "\"critical\",\"action\":\"reboot_node\"}}}",
		 &x, &e),
	    ERR_OK);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct xid xid = xid_find(&x->table, numbers[i]);

		CU_ASSERT_PTR_NULL(xid.name);
		CU_ASSERT_EQUAL(xid.severity, PROBLEM_WARNING);
		CU_ASSERT_EQUAL(xid.action, PROBLEM_CONTACT_SUPPORT);
		CU_ASSERT_FALSE(xid_is_critical(&x->table, numbers[i]));
	}
	CU_ASSERT_PTR_NULL(xid_find(NULL, 79).name);
	xids_free(x);
	xids_free(NULL);
}

#define ONE(key, text) "{\"xids\":{\"" key "\":{" text "}}}"
#define NUMBER_WRONG   " is not the number of an Xid, which is from 1 to 1023"

static void
says_what_is_wrong(void)
{
	static const char *const cases[][2] = {
	    {"{}", "xids is missing or empty"},
	    {"{\"xids\":[]}", "xids is missing or empty"},
	    {"{\"xids\":{}}", "xids is missing or empty"},
	    {"{\"xid\":{}}", "xid is not a known key (source, xids)"},
	    {ONE("0", ""), "xids.0" NUMBER_WRONG},
	    {ONE("079", ""), "xids.079" NUMBER_WRONG},
	    {ONE("1024", ""), "xids.1024" NUMBER_WRONG},
	    {ONE("x", ""), "xids.x" NUMBER_WRONG},
	    {ONE("79", "\"nmae\":\"a\""),
	     "xids.79.nmae is not a known key (name, severity, action)"},
	    {ONE("79", "\"name\":\"\""),
	     "xids.79 name must be a text of 1 to 200 bytes"},
	    {ONE("79", "\"name\":\"a\",\"severity\":\"bad\""),
	     "xids.79 severity must be one of critical, warning, info"},
	    {ONE("79", "\"name\":\"a\",\"severity\":\"info\",\"action\":7"),
	     "xids.79 action must be one of none, restart_workload, reset_gpu, "
	     "reboot_node, drain_node, check_cooling, check_power, "
	     "check_nvlink, update_software, contact_support, release_gpu, "
	     "check_exporter"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char expected[512];
		struct xids *x;
		struct err e;

		CU_ASSERT_EQUAL(load(cases[i][0], &x, &e), ERR_SETTING);
		CU_ASSERT_PTR_NULL(x);
		snprintf(expected, sizeof(expected), "%s: %s", path,
			 cases[i][1]);
		SUITE_EQUAL(e.text, expected);
	}
}

static void
needs_a_file(void)
{
	struct xids *x;
	struct err e = {.code = ERR_OK};

	CU_ASSERT_EQUAL(xids_load("/no/such/xids.json", &x, &e), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "/no/such/xids.json"));
}

/* By NVIDIA's catalog: a few of each bucket. */
static void
ships_the_catalog(void)
{
	static const struct {
		double number;
		enum problem_severity severity;
		enum problem_action action;
	} some[] = {{13, PROBLEM_INFO, PROBLEM_RESTART_WORKLOAD},
		    {31, PROBLEM_INFO, PROBLEM_RESTART_WORKLOAD},
		    {43, PROBLEM_INFO, PROBLEM_NONE},
		    {48, PROBLEM_CRITICAL, PROBLEM_RESET_GPU},
		    {54, PROBLEM_CRITICAL, PROBLEM_CHECK_POWER},
		    {63, PROBLEM_WARNING, PROBLEM_RESET_GPU},
		    {74, PROBLEM_CRITICAL, PROBLEM_CHECK_NVLINK},
		    {78, PROBLEM_WARNING, PROBLEM_UPDATE_SOFTWARE},
		    {79, PROBLEM_CRITICAL, PROBLEM_REBOOT_NODE},
		    {92, PROBLEM_INFO, PROBLEM_NONE},
		    {94, PROBLEM_WARNING, PROBLEM_RESTART_WORKLOAD},
		    {95, PROBLEM_CRITICAL, PROBLEM_RESET_GPU},
		    {119, PROBLEM_CRITICAL, PROBLEM_RESET_GPU},
		    {160, PROBLEM_INFO, PROBLEM_NONE},
		    {61, PROBLEM_WARNING, PROBLEM_CONTACT_SUPPORT}};
	struct xids *x;
	struct err e = {.code = ERR_OK};

	CU_ASSERT_EQUAL_FATAL(
	    xids_load(canned_call_path("conf/xids.json"), &x, &e), ERR_OK);
	for (int i = 1; i <= 172; i++)
		CU_ASSERT_PTR_NOT_NULL(xid_find(&x->table, i).name);
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct xid xid = xid_find(&x->table, some[i].number);

		CU_ASSERT_EQUAL(xid.severity, some[i].severity);
		CU_ASSERT_EQUAL(xid.action, some[i].action);
	}
	xids_free(x);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads a table", reads_a_table},
	    {"knows what it does not know", knows_what_it_does_not_know},
	    {"says what is wrong", says_what_is_wrong},
	    {"needs a file", needs_a_file},
	    {"ships the catalog", ships_the_catalog},
	    {NULL, NULL}};
	int file = mkstemp(path), result;

	if (file < 0 || close(file) != 0)
		return 1;
	result = suite_run("xids", tests);
	unlink(path);
	return result;
}
