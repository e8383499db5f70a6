/* The census of exporters whose labels need quotes: an older Prometheus refuses
 * a whole query for one. */
#include "gpu/site/census.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gpu/site/given.h"
#include "support/canned_call.h"
#include "support/suite.h"

#define QUOTED "tests/golden/profiles/quoted"
#define COUNT_OF(metric, name)                                                 \
	"label_replace(count(count by (cluster,node,gpu,instance) (" metric    \
	")),\"exporter\",\"" name "\",\"\",\"\")"
#define FIRST                                                                  \
	COUNT_OF("plain_busy", "plain")                                        \
	" or label_replace(count({__name__=\"gpu.busy\"}),\"exporter\","       \
	"\"dotted\",\"\",\"\") or " COUNT_OF("other_busy", "other")
#define SECOND                                                                 \
	"label_replace(count(count by "                                        \
	"(cluster,\"host.name\",\"gpu.id\",instance) ("                        \
	"{__name__=\"gpu.busy\",\"gpu.id\"!=\"\"})),\"exporter\","             \
	"\"dotted\",\"\",\"\")"
#define FOUND(exporter, value)                                                 \
	CANNED_SERIES(CANNED_LABEL("exporter", exporter), "1", value)
#define PLAIN_ALONE CANNED_VECTOR(FOUND("plain", "2") "," FOUND("other", "3"))
#define ALL                                                                    \
	CANNED_VECTOR(FOUND("plain", "2") "," FOUND("dotted", "90") "," FOUND( \
	    "other", "3"))

static struct canned_call call;

/* "plain 2 dotted 4", and what was asked for that. */
static void
expect(const struct canned_answer *answers, const char *expected,
       const char *asked)
{
	char text[512] = "";
	struct census_count *seen;
	size_t count, used = 0;

	canned_call_init(&call, QUOTED, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(census_take(call.collector.pool, &call.profiles, 100,
				    &call.call.collect, &seen, &count,
				    &call.err),
			ERR_OK);
	for (size_t i = 0; i < count && used < sizeof(text); i++)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%s %" PRIu64 " ",
		    seen[i].profile->name, seen[i].gpu_count);
	SUITE_EQUAL(text, expected);
	SUITE_EQUAL(canned_pool_asked(), asked);
}

static void
asks_for_no_quotes_where_there_are_none(void)
{
	static const struct canned_answer answers[] = {
	    {FIRST, PLAIN_ALONE, ERR_OK, NULL}, {NULL, NULL, ERR_OK, NULL}};

	expect(answers, "plain 2 other 3 ", FIRST);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	canned_call_fini(&call);
}

static void
counts_whose_names_were_seen(void)
{
	static const struct canned_answer answers[] = {
	    {FIRST, ALL, ERR_OK, NULL},
	    {SECOND, CANNED_VECTOR(FOUND("dotted", "4")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	expect(answers, "plain 2 dotted 4 other 3 ", FIRST " " SECOND);
	canned_call_fini(&call);
}

/* Others have the metric, too, but not the label. */
static void
leaves_out_who_is_another(void)
{
	static const struct canned_answer answers[] = {
	    {FIRST, ALL, ERR_OK, NULL}, {NULL, NULL, ERR_OK, NULL}};

	expect(answers, "plain 2 other 3 ", FIRST " " SECOND);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	canned_call_fini(&call);
}

static void
does_without_who_is_refused(void)
{
	static const struct canned_answer answers[] = {
	    {FIRST, ALL, ERR_OK, NULL},
	    {SECOND, NULL, ERR_PROM, "parse error"},
	    {NULL, NULL, ERR_OK, NULL}};

	expect(answers, "plain 2 other 3 ", FIRST " " SECOND);
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, 1);
	SUITE_EQUAL(call.call.collect.warnings[0],
		    "The query for dotted failed (upstream)");
	canned_call_fini(&call);
}

/* GPU_PROFILES says that they are there. */
static void
takes_the_plain_ones_as_given(void)
{
	canned_call_init(&call, QUOTED, NULL, CANNED_AMPLE_BYTES);
	CU_ASSERT_FALSE(given_are_all(true, &call.profiles));
	CU_ASSERT_TRUE(given_is(true, call.profiles.profiles[0]));
	CU_ASSERT_FALSE(given_is(true, call.profiles.profiles[1]));
	CU_ASSERT_FALSE(given_is(false, call.profiles.profiles[0]));
	canned_call_fini(&call);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks for no quotes where there are none",
	     asks_for_no_quotes_where_there_are_none},
	    {"counts whose names were seen", counts_whose_names_were_seen},
	    {"leaves out who is another", leaves_out_who_is_another},
	    {"does without who is refused", does_without_who_is_refused},
	    {"takes the plain ones as given", takes_the_plain_ones_as_given},
	    {NULL, NULL}};

	return suite_run("census", tests);
}
