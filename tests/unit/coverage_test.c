/* coverage, strangers: what exporters have and lack, and who has no profile. */
#include "gpu/site/coverage.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "gpu/site/strangers.h"
#include "support/canned_call.h"
#include "support/file.h"
#include "support/suite.h"

#define CENSUS                                                                 \
	"label_replace(count(count by (cluster,node,gpu,instance) "            \
	"({__name__=~\"bench_gpu_celsius|bench:gpu:busy\"})),\"exporter\","    \
	"\"bench-exporter\",\"\",\"\")"
#define INVENTORY                                                              \
	"count by (__name__) ({__name__=~\"bench_gpu_celsius|bench:gpu:busy\"" \
	"})"
#define NAMED(name) CANNED_SERIES(CANNED_LABEL("__name__", name), "1", "4")

static struct canned_call call;

static void
look(const char *inventory, enum err_code code)
{
	const struct detection *found;
	const struct canned_answer answers[] = {
	    {CANNED_SEVERAL_CENSUS,
	     CANNED_VECTOR(CANNED_SERIES(
		 CANNED_LABEL("exporter", "bench-exporter"), "1", "4")),
	     ERR_OK, NULL},
	    {INVENTORY, inventory, code, "refused"},
	    {NULL, NULL, ERR_OK, NULL}};

	canned_call_init_auto(&call, CANNED_SEVERAL, answers,
			      CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(
	    detect_look(call.detector, &call.call.collect, &found, &call.err),
	    ERR_OK);
	detect_release(found);
}

/* "has; lacks; warnings" of the one that was found. */
static const char *
told(void)
{
	static char text[2048];
	char has[COVERAGE_NAMES_BYTES], lacks[COVERAGE_NAMES_BYTES];
	const struct detection *found = detect_current(call.detector);
	const struct coverage *c = &found->coverage[0];

	CU_ASSERT_EQUAL_FATAL(found->count, 1);
	coverage_write(has, c->fields);
	coverage_write(lacks, coverage_of(found->profiles[0]) & ~c->fields);
	call.call.collect.warning_count = 0;
	coverage_warn(&call.call.collect, found);
	snprintf(text, sizeof(text), "%s%s; %s; %.200s",
		 c->is_known ? "" : "not known ", has, lacks,
		 call.call.collect.warning_count > 0
		     ? call.call.collect.warnings[0]
		     : "");
	detect_release(found);
	canned_call_fini(&call);
	return text;
}

static void
tells_what_exporters_have(void)
{
	look(CANNED_VECTOR(
		 NAMED("bench_gpu_celsius") "," NAMED("bench:gpu:busy")),
	     ERR_OK);
	SUITE_EQUAL(told(), "utilization, temperature; ; ");
	look(CANNED_VECTOR(NAMED("bench:gpu:busy")), ERR_OK);
	SUITE_EQUAL(told(), "utilization; temperature; ");
}

static void
warns_of_who_has_nothing_of_use(void)
{
	look(CANNED_VECTOR(NAMED("bench_gpu_celsius")), ERR_OK);
	SUITE_EQUAL(told(), "temperature; utilization; bench-exporter was "
			    "found, but has none of its main fields: "
			    "utilization");
	/* Who was not answered knows nothing. */
	look(NULL, ERR_TIMEOUT);
	SUITE_EQUAL(told(), "not known ; utilization, temperature; ");
}

/* --- conditions of a metric's own ---------------------------------------- */

static struct profile_set set;

static const struct profile *
shipped(const char *file)
{
	char path[256];
	struct err e = {.code = ERR_OK};

	snprintf(path, sizeof(path), "conf/profiles/%s", file);
	CU_ASSERT_EQUAL_FATAL(
	    profile_load_file(canned_call_path(path), &set, &e), ERR_OK);
	return set.profiles[0];
}

/* Memory temperature and the card's are of one name. */
static void
asks_for_conditions(void)
{
	const struct profile *p = shipped("43-opentelemetry-hw-gpu.json");
	struct coverage_question q;
	uint64_t series[PROFILE_METRICS_MAX];
	struct err e = {.code = ERR_OK};
	struct intern strings;
	struct ask ask;
	field_set fields;

	canned_call_init(&call, CANNED_ONE, NULL, CANNED_AMPLE_BYTES);
	intern_init(&strings, NULL);
	for (size_t i = 0; i < p->metric_count; i++)
		series[i] = 1;
	CU_ASSERT_EQUAL_FATAL(
	    call_ask(&call.call.collect, &ask, 4, &strings, 100, &e), ERR_OK);
	CU_ASSERT_EQUAL(coverage_ask(&ask, p, &q, &e), ERR_OK);
	CU_ASSERT_EQUAL(q.count, 1);
	CU_ASSERT_EQUAL(q.metric_end, p->metric_count);
	call_start(&call.call.collect, &ask, call.collector.pool);
	fields = coverage_read(&call.call.collect, &ask, p, &q, series).fields;
	/* Nothing meets them: what has none of its own is there. */
	CU_ASSERT_TRUE(fields & FIELD_BIT(FIELD_MEMORY_USED));
	CU_ASSERT_FALSE(fields & FIELD_BIT(FIELD_UTILIZATION));
	CU_ASSERT_FALSE(fields & FIELD_BIT(FIELD_TEMPERATURE));
	ask_fini(&ask);
	intern_fini(&strings);
	canned_call_fini(&call);
	profile_free(&set);
}

/* --- the list of names ---------------------------------------------------- */

static const char *
read_list(const char *text)
{
	static char told_text[512];
	struct strangers_names names;
	struct err e = {.code = ERR_OK};
	struct budget budget;
	struct arena arena;
	char path[] = "strangers_test.txt";

	budget_init(&budget, CANNED_AMPLE_BYTES);
	arena_init(&arena, &budget);
	file_write(path, text);
	if (strangers_read(path, &arena, &names, &e) == ERR_OK)
		snprintf(told_text, sizeof(told_text), "%s %s", names.like,
			 names.unlike);
	else
		snprintf(told_text, sizeof(told_text), "%s", e.text);
	remove(path);
	arena_fini(&arena);
	return told_text;
}

static void
reads_the_list(void)
{
	SUITE_EQUAL(read_list("# a\n\na_.+\n!a_b\nb|c\n"), "a_.+|b|c a_b");
	SUITE_EQUAL(read_list("a\n(b\n"),
		    "strangers_test.txt: line 2: is no regular expression: "
		    "a ( has no )");
	SUITE_EQUAL(read_list("a\n!\n"), "strangers_test.txt: line 2: is no "
					 "regular expression: it is empty");
	SUITE_EQUAL(read_list("!a\n"), "strangers_test.txt: has no regular "
				       "expression of names");
}

static void
reads_the_list_that_is_shipped(void)
{
	struct strangers_names names;
	struct err e = {.code = ERR_OK};
	struct budget budget;
	struct arena arena;

	budget_init(&budget, CANNED_AMPLE_BYTES);
	arena_init(&arena, &budget);
	CU_ASSERT_EQUAL(
	    strangers_read(canned_call_path("conf/profiles/" STRANGERS_FILE),
			   &arena, &names, &e),
	    ERR_OK);
	SUITE_EQUAL(e.text, "");
	arena_fini(&arena);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tells what exporters have", tells_what_exporters_have},
	    {"warns of who has nothing of use",
	     warns_of_who_has_nothing_of_use},
	    {"asks for conditions", asks_for_conditions},
	    {"reads the list of names", reads_the_list},
	    {"reads the one that is shipped", reads_the_list_that_is_shipped},
	    {NULL, NULL}};

	return suite_run("coverage", tests);
}
