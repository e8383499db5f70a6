/* /api/v1/gpu/problems of canned answers: what is asked, what is made of it,
 * what fails, and that it is asked once. With a real Prometheus it is in
 * integration/problems_test. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/suite.h"

#define PROFILES "tests/golden/profiles/problems"

enum { BODY_BYTES = 1 << 20, ANSWERS_MAX = 24 };

#define NOW_S "1700000000.123"
#define GPU(index, value)                                                      \
	CANNED_SERIES(                                                         \
	    CANNED_LABEL("node", "n1") "," CANNED_LABEL(                       \
		"gpu",                                                         \
		index) "," CANNED_LABEL("model",                               \
					"H100") "," CANNED_LABEL("instance",   \
								 "n1:9400"),   \
	    NOW_S, value)
#define XID(index, code, value)                                                \
	CANNED_SERIES(                                                         \
	    CANNED_LABEL("node", "n1") "," CANNED_LABEL(                       \
		"gpu",                                                         \
		index) "," CANNED_LABEL("code",                                \
					code) "," CANNED_LABEL("instance",     \
							       "n1:9400"),     \
	    NOW_S, value)

/* Where not every card is known to have a uuid. */
#define CORE                                                                   \
	"exported_cluster,cluster,exported_node_name,node_name,"               \
	"exported_nodename,nodename,exported_kubernetes_node,"                 \
	"kubernetes_node,exported_k8s_node_name,k8s_node_name,"                \
	"exported_kubernetes_io_hostname,kubernetes_io_hostname,"              \
	"exported_host_name,host_name,exported_host,host,exported_node,node,"  \
	"exported_gpu,gpu,exported_uuid,uuid,instance,exported_instance"

/* So long ago, to find out who was there. */
#define LOOKS                                                                  \
	"own_busy offset 600s or own_busy offset 3600s or own_busy offset "    \
	"21600s or own_busy offset 86400s"

static struct canned_call call;

static void
begin(const struct canned_answer *answers)
{
	canned_call_init(&call, PROFILES, answers, CANNED_AMPLE_BYTES);
}

static void
end(void)
{
	canned_call_fini(&call);
}

/* From now on what was found out lasts so long. */
static void
last(int ttl_s)
{
	const struct problems_settings settings = {.limits = {.stale_s = 1e12},
						   .ttl_s = ttl_s,
						   .alert_match = "off",
						   .max_bytes =
						       CANNED_AMPLE_BYTES,
						   .budget = &call.budget};

	problems_keeper_free(call.problems);
	CU_ASSERT_EQUAL_FATAL(
	    problems_keeper_new(&settings, &call.problems, &call.err), ERR_OK);
	call.collector.problems = call.problems;
}

static enum err_code
answer(void)
{
	buf_fini(&call.body);
	return canned_call_answer(&call, &endpoint_problems, BODY_BYTES);
}

static void
each_way_of_telling(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy",
	     CANNED_VECTOR(CANNED_FOUR(GPU("0", "50"), GPU("1", "50"),
				       GPU("2", "50"), GPU("3", "50"))),
	     ERR_OK, NULL},
	    {"own_heat",
	     CANNED_VECTOR(CANNED_TWO(GPU("0", "90"), GPU("1", "90.5"))),
	     ERR_OK, NULL},
	    /* 0x10 is of neither mask. */
	    {"own_bits >= 8",
	     CANNED_VECTOR(
		 CANNED_THREE(GPU("0", "8"), GPU("1", "16"), GPU("2", "144"))),
	     ERR_OK, NULL},
	    {"own_bits >= 32",
	     CANNED_VECTOR(CANNED_TWO(GPU("2", "144"), GPU("3", "64"))), ERR_OK,
	     NULL},
	    {"own_bits offset 600s >= 32",
	     CANNED_VECTOR(CANNED_TWO(GPU("2", "32"), GPU("3", "32"))), ERR_OK,
	     NULL},
	    {"own_health >= 1",
	     CANNED_VECTOR(CANNED_TWO(GPU("0", "1"), GPU("1", "2"))), ERR_OK,
	     NULL},
	    {"own_rows == 0", CANNED_VECTOR(GPU("3", "0")), ERR_OK, NULL},
	    {"own_rows > 0", CANNED_VECTOR(GPU("2", "1")), ERR_OK, NULL},
	    /* 79 is new, 13 was there; 94 and 31 are counted. */
	    {"own_xid > 0",
	     CANNED_VECTOR(CANNED_TWO(GPU("0", "79"), GPU("1", "13"))), ERR_OK,
	     NULL},
	    {"own_xid offset 3600s > 0",
	     CANNED_VECTOR(CANNED_TWO(GPU("0", "31"), GPU("1", "13"))), ERR_OK,
	     NULL},
	    {CANNED_START "max by (" CORE ",code) (own_xids) - ",
	     CANNED_VECTOR(CANNED_THREE(
		 XID("2", "31", "2"), XID("2", "94", "1"), XID("2", "x", "1"))),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const char *const rows[] = {
	    "\"severity\":\"critical\",\"kind\":\"xid\",\"node_name\":\"n1\","
	    "\"gpu_index\":0,",
	    "\"code\":79,\"summary\":\"GPU 0 of n1 had Xid 79 "
	    "(ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS)\",\"action\":"
	    "\"reboot_node\",\"source\":\"rules\",\"alert\":null,",
	    "\"kind\":\"power_brake\",\"node_name\":\"n1\",\"gpu_index\":0,",
	    "\"kind\":\"power_brake\",\"node_name\":\"n1\",\"gpu_index\":2,",
	    "\"severity\":\"critical\",\"kind\":\"thermal_slowdown\","
	    "\"node_name\":\"n1\",\"gpu_index\":3,",
	    "\"severity\":\"warning\",\"kind\":\"health\",\"node_name\":"
	    "\"n1\",\"gpu_index\":0,",
	    "\"severity\":\"critical\",\"kind\":\"health\",\"node_name\":"
	    "\"n1\",\"gpu_index\":1,",
	    "\"kind\":\"hot\",\"node_name\":\"n1\",\"gpu_index\":1,",
	    "\"value\":90.5,\"threshold\":90,\"unit\":\"celsius\",",
	    "\"kind\":\"row_remap_failed\",\"node_name\":\"n1\","
	    "\"gpu_index\":3,",
	    "\"kind\":\"row_remap_pending\",\"node_name\":\"n1\","
	    "\"gpu_index\":2,",
	    "\"value\":1,\"threshold\":null,\"unit\":\"errors\",\"code\":94,"
	    "\"summary\":\"GPU 2 of n1 had Xid 94 "
	    "(ROBUST_CHANNEL_CONTAINED_ERROR), and 31\","};
	size_t count = 0;

	begin(answers);
	CU_ASSERT_EQUAL(answer(), ERR_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		canned_call_expect(&call, rows[i]);
	for (size_t i = 0; i + 8 < call.body.length; i++)
		count += memcmp(call.body.data + i, "\"kind\":\"", 8) == 0;
	CU_ASSERT_EQUAL(count, 10);
	CU_ASSERT_FALSE(canned_call_says(&call, "\"warnings\""));
	end();
}

/* What the conditions are. */
static void
asks_in_promql(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy", CANNED_VECTOR(GPU("0", "50")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const char *const parts[] = {
	    "up and on (job,instance) group by (job,instance) (own_busy "
	    "or " LOOKS
	    ") or up == 0 and on (job) (group by (job) (own_busy) unless on "
	    "(job) (up == 1 unless on (job,instance) own_busy))",
	    "(own_busy offset 180s) unless on (%s) own_busy",
	    "(" LOOKS ") unless on (%s) own_busy",
	    "max by (%s) (own_ecc) - (max by (%s) (own_ecc offset 3600s) or "
	    "max by (%s) (own_ecc offset 1800s)) > 2 or (max by (%s) (own_ecc) "
	    "< (max by (%s) (own_ecc offset 3600s) or max by (%s) (own_ecc "
	    "offset 1800s))) > 2",
	    "max by (%s,code) (own_xids) - (max by (%s,code) (own_xids offset "
	    "600s) or max by (%s,code) (own_xids offset 300s)) > 0 or (max by "
	    "(%s,code) (own_xids) < (max by (%s,code) (own_xids offset 600s) "
	    "or max by (%s,code) (own_xids offset 300s))) > 0 or (max by "
	    "(%s,code) (own_xids) > 0 unless on (%s,code) own_xids offset "
	    "600s)"};

	begin(answers);
	CU_ASSERT_EQUAL(answer(), ERR_OK);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char expected[8192] = "";
		const char *at = parts[i];

		for (const char *hole; (hole = strstr(at, "%s")) != NULL;
		     at = hole + 2) {
			strncat(expected, at, (size_t)(hole - at));
			strcat(expected, CORE);
		}
		strcat(expected, at);
		CU_ASSERT_PTR_NOT_NULL(strstr(canned_pool_asked(), expected));
		if (strstr(canned_pool_asked(), expected) == NULL)
			printf("# no %s\n", expected);
	}
	end();
}

static void
a_failure_is_a_warning(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy", CANNED_VECTOR(GPU("0", "50")), ERR_OK, NULL},
	    {CANNED_START "ALERTS{", NULL, ERR_TIMEOUT, "late"},
	    {"own_health >= 1", NULL, ERR_TIMEOUT, "late"},
	    {"own_rows > 0", CANNED_VECTOR(GPU("0", "1")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	begin(answers);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(answer(), ERR_OK);
		canned_call_expect(&call, "row_remap_pending");
		canned_call_expect(&call,
				   "\"warnings\":[\"The query for own_health "
				   "failed (timeout)\",\"The query for ALERTS "
				   "failed (timeout)\"]");
	}
	end();
}

/* Else each code that an exporter shows for days would be new. */
static void
a_code_without_a_past_is_none(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy", CANNED_VECTOR(GPU("0", "50")), ERR_OK, NULL},
	    {"own_xid > 0", CANNED_VECTOR(GPU("0", "79")), ERR_OK, NULL},
	    {"own_xid offset 3600s > 0", NULL, ERR_TIMEOUT, "late"},
	    {NULL, NULL, ERR_OK, NULL}};

	begin(answers);
	CU_ASSERT_EQUAL(answer(), ERR_OK);
	canned_call_expect(&call, "\"data\":[],");
	canned_call_expect(
	    &call, "\"warnings\":[\"The query for own_xid failed (timeout)\"]");
	end();
}

/* An empty list would say that all is well. */
static void
all_failures_are_one(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy", CANNED_VECTOR(GPU("0", "50")), ERR_OK, NULL},
	    {CANNED_START "up ", NULL, ERR_PROM, "no"},
	    {CANNED_START "(own_busy offset", NULL, ERR_PROM, "no"},
	    {CANNED_START "max by", NULL, ERR_PROM, "no"},
	    {CANNED_START "own_bits", NULL, ERR_PROM, "no"},
	    {CANNED_START "own_rows", NULL, ERR_PROM, "no"},
	    {CANNED_START "own_health", NULL, ERR_PROM, "no"},
	    {CANNED_START "own_xid", NULL, ERR_PROM, "no"},
	    {NULL, NULL, ERR_OK, NULL}};

	begin(answers);
	CU_ASSERT_EQUAL(answer(), ERR_PROM);
	canned_call_expect(&call, "\"success\":false,\"data\":null");
	end();
}

/* Cards that nobody could tell are none. */
static void
needs_the_cards(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy", NULL, ERR_PROM, "no"}, {NULL, NULL, ERR_OK, NULL}};

	begin(answers);
	CU_ASSERT_EQUAL(answer(), ERR_PROM);
	end();
}

static void
asks_once(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy", CANNED_VECTOR(GPU("0", "50")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	for (int ttl_s = 0; ttl_s <= 3600; ttl_s += 3600) {
		size_t asked;

		begin(answers);
		last(ttl_s);
		CU_ASSERT_EQUAL(answer(), ERR_OK);
		asked = strlen(canned_pool_asked());
		CU_ASSERT_TRUE(asked > 0);
		CU_ASSERT_EQUAL(answer(), ERR_OK);
		/* What has no lifetime is found out anew. */
		CU_ASSERT_EQUAL(strlen(canned_pool_asked()) == asked,
				ttl_s > 0);
		end();
	}
}

/* Of every kind of thing that memory is taken for. */
static void
starves(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy",
	     CANNED_VECTOR(CANNED_TWO(GPU("0", "50"), GPU("1", "0"))), ERR_OK,
	     NULL},
	    {CANNED_START "up and",
	     CANNED_VECTOR(CANNED_SERIES(CANNED_LABEL("instance", "n2:9400"),
					 NOW_S, "0")),
	     ERR_OK, NULL},
	    {CANNED_START "(own_busy offset 600s", CANNED_VECTOR(GPU("2", "1")),
	     ERR_OK, NULL},
	    {"own_health >= 1", CANNED_VECTOR(GPU("0", "2")), ERR_OK, NULL},
	    {"own_xid > 0", CANNED_VECTOR(GPU("0", "79")), ERR_OK, NULL},
	    {CANNED_START "ALERTS{",
	     CANNED_VECTOR(CANNED_SERIES(CANNED_LABEL("alertname", "GPUOld"),
					 NOW_S, "1")),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};

	begin(answers);
	CU_ASSERT_EQUAL(answer(), ERR_OK);
	canned_call_expect(&call, "\"kind\":\"gpu_lost\"");
	canned_call_expect(&call, "\"kind\":\"exporter_down\"");
	canned_call_expect(&call, "\"kind\":\"prometheus_alert\"");
	end();
	canned_call_starve(PROFILES, answers, &endpoint_problems, 997);
}

static bool
is_hot(const void *context, const struct problem *p)
{
	const enum problem_kind *kind = context;

	return p->kind == *kind;
}

static void
is_counted_for_others(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy",
	     CANNED_VECTOR(CANNED_SERIES(
		 CANNED_LABEL("node", "n1") "," CANNED_LABEL(
		     "gpu", "0") "," CANNED_LABEL("uuid", "GPU-AB-1"),
		 NOW_S, "50")),
	     ERR_OK, NULL},
	    {"own_heat", CANNED_VECTOR(GPU("0", "95")), ERR_OK, NULL},
	    {"own_health >= 1", CANNED_VECTOR(GPU("0", "2")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	static const enum problem_kind hot = PROBLEM_HOT;
	const struct problems *found;
	const struct problem *const *list;
	size_t count;

	begin(answers);
	CU_ASSERT_EQUAL_FATAL(problems_get(&call.collector, &call.call.collect,
					   &found, &call.err),
			      ERR_OK);
	CU_ASSERT_EQUAL(
	    problem_count(&found->table, NULL, NULL).of[PROBLEM_CRITICAL], 1);
	CU_ASSERT_EQUAL(
	    problem_count(&found->table, NULL, NULL).of[PROBLEM_WARNING], 1);
	CU_ASSERT_EQUAL(
	    problem_count(&found->table, is_hot, &hot).of[PROBLEM_CRITICAL], 0);
	CU_ASSERT_EQUAL(
	    problem_count(&found->table, is_hot, &hot).of[PROBLEM_WARNING], 1);
	CU_ASSERT_EQUAL(problem_of_card(&found->table, "gpu-ab-1", 8,
					&call.arena, &list, &count, &call.err),
			ERR_OK);
	CU_ASSERT_EQUAL_FATAL(count, 2);
	CU_ASSERT_EQUAL(list[0]->kind, PROBLEM_HEALTH);
	CU_ASSERT_EQUAL(list[1]->kind, PROBLEM_HOT);
	CU_ASSERT_EQUAL(problem_of_card(&found->table, "ab-2", 4, &call.arena,
					&list, &count, &call.err),
			ERR_OK);
	CU_ASSERT_EQUAL(count, 0);
	problems_release(found);
	end();
}

/* Whatever makes it critical: no Xid is told here. */
static void
is_not_available(void)
{
	static const struct canned_answer answers[] = {
	    {"own_busy",
	     CANNED_VECTOR(CANNED_FOUR(GPU("0", "0"), GPU("1", "0"),
				       GPU("2", "0"), GPU("3", "0"))),
	     ERR_OK, NULL},
	    {"own_health >= 1",
	     CANNED_VECTOR(CANNED_TWO(GPU("0", "1"), GPU("1", "2"))), ERR_OK,
	     NULL},
	    {"own_rows == 0", CANNED_VECTOR(GPU("3", "0")), ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	struct params params;

	begin(answers);
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(&call, &endpoint_available,
			      "held=include&idle_for=0&fields=gpu_index",
			      &params),
	    ERR_OK);
	CU_ASSERT_EQUAL(
	    canned_call_answer(&call, &endpoint_available, BODY_BYTES), ERR_OK);
	canned_call_expect(&call,
			   "\"data\":[{\"gpu_index\":0},{\"gpu_index\":2}],");
	canned_call_expect(&call, "critical problem is told of them: 2\"");
	end();
}

/* What can be none of the words would find nothing, as if nothing were wrong.
 */
static void
refuses_what_is_no_word(void)
{
	static const struct canned_answer answers[] = {
	    {NULL, NULL, ERR_OK, NULL}};
	static const struct {
		const char *query, *text;
	} wrong[] = {
	    {"severity=critcal",
	     "Query parameter \"severity\" is \"critcal\", which is no such "
	     "word: it takes some of these with commas between, or parts of "
	     "them with * for what is left out: critical, warning, info"},
	    {"severity=info,CRITICAL",
	     "Query parameter \"severity\" has \"CRITICAL\", which is no such "
	     "word: it takes some of these with commas between, or parts of "
	     "them with * for what is left out: critical, warning, info"},
	    {"kind=gpulost", NULL},
	    {"action=reboot", NULL},
	    {"source=foo", NULL}};
	static const char *const right[] = {
	    "severity=critical,info", "severity=crit*",
	    "kind=xid,prometheus_alert", "action=none", "source=rules"};
	struct params params;

	begin(answers);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		CU_ASSERT_EQUAL(canned_call_query(&call, &endpoint_problems,
						  wrong[i].query, &params),
				ERR_QUERY);
		if (wrong[i].text != NULL)
			SUITE_EQUAL(call.err.text, wrong[i].text);
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
		CU_ASSERT_EQUAL(canned_call_query(&call, &endpoint_problems,
						  right[i], &params),
				ERR_OK);
	CU_ASSERT_EQUAL(canned_call_query(&call, &endpoint_workloads,
					  "state=idel", &params),
			ERR_QUERY);
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"each way of telling", each_way_of_telling},
	    {"asks in PromQL", asks_in_promql},
	    {"a failure is a warning", a_failure_is_a_warning},
	    {"a code without a past is none", a_code_without_a_past_is_none},
	    {"all failures are one", all_failures_are_one},
	    {"needs the cards", needs_the_cards},
	    {"asks once", asks_once},
	    {"starves", starves},
	    {"is counted for others", is_counted_for_others},
	    {"is not available", is_not_available},
	    {"refuses what is no word", refuses_what_is_no_word},
	    {NULL, NULL}};

	return suite_run("problems", tests);
}
