/* collect: when nobody knows yet which exporters are there. */
#include "gpu/collect/collect.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "gpu/site/nodemap.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

#define RACK_BUSY "rack_gpu_busy_ratio{slot!=\"\"}"

#define FOUND(exporter, value)                                                 \
	CANNED_SERIES(CANNED_LABEL("exporter", exporter), "1700000000", value)
#define ANSWER(promql, series) {promql, CANNED_VECTOR(series), ERR_OK, NULL}
#define LAST_ANSWER	       {NULL, NULL, ERR_OK, NULL}

#define RACK_INVENTORY                                                         \
	"count by (__name__) ({__name__=~\"rack_gpu_busy_ratio|"               \
	"rack_gpu_memory_used_mib|rack_gpu_memory_mib|"                        \
	"rack_gpu_power_milliwatts\",slot!=\"\"})"
#define BENCH_INVENTORY                                                        \
	"count by (__name__) ({__name__=~\"bench_gpu_celsius|bench:gpu:busy\"" \
	"})"

/* What targets call their node, but for what the profiles name themselves. */
#define OF_TARGETS                                                             \
	"exported_node_name,node_name,exported_nodename,nodename,"             \
	"exported_kubernetes_node,kubernetes_node,"                            \
	"exported_k8s_node_name,k8s_node_name,"                                \
	"exported_kubernetes_io_hostname,kubernetes_io_hostname,"              \
	"exported_host_name,host_name,"
#define RACK_TARGETS                                                           \
	"group by (exported_cluster,cluster,exported_node,node," OF_TARGETS    \
	"exported_host,host,instance,exported_instance) "                      \
	"(rack_gpu_busy_ratio{slot!=\"\"})"
#define BENCH_TARGETS                                                          \
	"group by (exported_cluster,cluster," OF_TARGETS "exported_host,host," \
	"exported_node,node,instance,exported_instance) "                      \
	"({__name__=~\"bench_gpu_celsius|bench:gpu:busy\"})"

/* Which targets have cards that were measured at different times, and how many
 * have a card of each index: whether one tells for others. */
#define TARGETS "exported_cluster,cluster,instance,exported_instance"
#define EVENLY(index, metric)                                                  \
	"stddev by (" TARGETS ") (timestamp(" metric ")) "                     \
	"count by (" index ") (group by (" index "," TARGETS ") (" metric "))"
#define RACK_EVENLY  EVENLY("exported_slot,slot", RACK_BUSY)
#define BENCH_EVENLY EVENLY("exported_gpu,gpu", "bench_gpu_celsius")
/* Nothing is known of targets here. */
#define RACK_MEASURED  "timestamp(" RACK_BUSY ")"
#define BENCH_MEASURED "timestamp(bench_gpu_celsius)"

static const struct canned_answer rack[] = {
    ANSWER(CANNED_SEVERAL_CENSUS, FOUND("rack-exporter", "1")),
    ANSWER(RACK_BUSY,
	   CANNED_SERIES("\"instance\":\"10.0.0.7:9400\",\"slot\":\"2\"",
			 "1700000000", "0.5")),
    LAST_ANSWER};

static const struct canned_answer both[] = {
    ANSWER(CANNED_SEVERAL_CENSUS,
	   FOUND("bench-exporter", "4") "," FOUND("rack-exporter", "1")),
    ANSWER(BENCH_INVENTORY,
	   CANNED_SERIES(CANNED_LABEL("__name__", "bench:gpu:busy"), "1", "4")),
    LAST_ANSWER};

static struct canned_call call;

static void
start(const struct canned_answer *answers)
{
	canned_call_init_auto(&call, CANNED_SEVERAL, answers,
			      CANNED_AMPLE_BYTES);
}

/* The query for the nodes of those with these metrics. */
static const char *
nodes_query(const char *selector)
{
	static const struct profile names = {
	    .labels = {{"exported_cluster", PROFILE_CLUSTER},
		       {"cluster", PROFILE_CLUSTER}},
	    .label_count = 2};
	static char text[2048];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	nodemap_add_query(&out, selector, &names);
	CU_ASSERT_EQUAL_FATAL(buf_status(&out), ERR_OK);
	memcpy(text, out.data, out.length);
	text[out.length] = '\0';
	buf_fini(&out);
	return text;
}

/* The census, what there is of each exporter, the query for the nodes, those
 * for the targets, and what follows. */
static void
check_asked(const char *inventories, const char *selector, const char *targets,
	    const char *more)
{
	char expected[4096];

	snprintf(expected, sizeof(expected), "%s %s %s %s %s",
		 CANNED_SEVERAL_CENSUS, inventories, nodes_query(selector),
		 targets, more);
	SUITE_EQUAL(canned_pool_asked(), expected);
}

static enum err_code
collect(void)
{
	enum err_code code;

	call.call.collect.query_count = 0;
	call.call.collect.warning_count = 0;
	capture_start();
	code = canned_call_collect(&call, &endpoint_utilization);
	capture_end();
	return code;
}

static void
asks_for_what_was_found(void)
{
	start(rack);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	check_asked(RACK_INVENTORY, "rack_gpu_busy_ratio",
		    RACK_TARGETS " " RACK_EVENLY, RACK_MEASURED " " RACK_BUSY);
	CU_ASSERT_EQUAL(call.call.collect.query_count, 8);
	CU_ASSERT_EQUAL(canned_pool_deadline_ms(), CANNED_DEADLINE_MS);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 1);
	SUITE_EQUAL(call.fleet.sorted[0]->exporter, "rack-exporter");
	canned_call_fini(&call);
	start(both);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	check_asked(RACK_INVENTORY " " BENCH_INVENTORY,
		    "{__name__=~\"rack_gpu_busy_ratio|bench_gpu_celsius|"
		    "bench:gpu:busy\"}",
		    RACK_TARGETS " " RACK_EVENLY " " BENCH_TARGETS
				 " " BENCH_EVENLY,
		    RACK_MEASURED " " RACK_BUSY " "
				  "timestamp(bench:gpu:busy)"
				  " bench:gpu:busy");
	canned_call_fini(&call);
}

/* What a partial inventory does not tell of may be there. */
static void
asks_for_what_may_be_there(void)
{
	static const struct canned_answer partial[] = {
	    ANSWER(CANNED_SEVERAL_CENSUS, FOUND("bench-exporter", "4")),
	    {BENCH_INVENTORY, CANNED_PARTIAL(""), ERR_OK, NULL},
	    LAST_ANSWER};
	static const struct canned_answer whole[] = {
	    ANSWER(CANNED_SEVERAL_CENSUS, FOUND("bench-exporter", "4")),
	    LAST_ANSWER};

	start(partial);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	check_asked(
	    BENCH_INVENTORY, "{__name__=~\"bench_gpu_celsius|bench:gpu:busy\"}",
	    BENCH_TARGETS " " BENCH_EVENLY, BENCH_MEASURED " bench:gpu:busy");
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, 1);
	SUITE_EQUAL(call.call.collect.warnings[0],
		    "Prometheus' answer is partial");
	canned_call_fini(&call);
	start(whole);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	CU_ASSERT_PTR_NULL(strstr(canned_pool_asked(), "}) bench:gpu:busy"));
	canned_call_fini(&call);
}

/* The next requests find the answer waiting. */
static void
asks_once(void)
{
	start(rack);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	canned_pool_use(rack, 7);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	SUITE_EQUAL(canned_pool_asked(), RACK_MEASURED " " RACK_BUSY);
	CU_ASSERT_EQUAL(call.call.collect.query_count, 2);
	CU_ASSERT_EQUAL(call.fleet.count, 1);
	canned_call_fini(&call);
}

static void
finds_nothing(void)
{
	static const char expected[] =
	    "No GPU exporter was found; looked for rack-exporter, "
	    "bench-exporter";

	start(NULL);
	for (int i = 0; i < 2; i++) {
		canned_pool_use(NULL, 7);
		CU_ASSERT_EQUAL(collect(), ERR_OK);
		SUITE_EQUAL(canned_pool_asked(), CANNED_SEVERAL_CENSUS);
		CU_ASSERT_EQUAL(call.fleet.count, 0);
		CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, 1);
		SUITE_EQUAL(call.call.collect.warnings[0], expected);
	}
	/* Until something is there. */
	canned_pool_use(rack, 7);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	CU_ASSERT_EQUAL(call.fleet.count, 1);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	canned_call_fini(&call);
}

static void
answers_that_nothing_was_found(void)
{
	static const char *const paths[] = {"metrics", "nodes", "processes",
					    "utilization"};
	static const struct endpoint *const endpoints[] = {
	    &endpoint_metrics, &endpoint_nodes, &endpoint_processes,
	    &endpoint_utilization};

	for (size_t i = 0; i < 4; i++) {
		char expected[512], got[512];

		start(NULL);
		capture_start();
		CU_ASSERT_EQUAL(canned_call_answer(&call, endpoints[i], 1024),
				ERR_OK);
		capture_end();
		snprintf(expected, sizeof(expected),
			 "{\"success\":true,\"data\":[],\"message\":\"GPU %s "
			 "retrieved successfully\",\"error\":null,"
			 "\"warnings\":[\"No GPU exporter was found; looked "
			 "for rack-exporter, bench-exporter\"]}",
			 paths[i]);
		snprintf(got, sizeof(got), "%.*s", (int)call.body.length,
			 call.body.data);
		SUITE_EQUAL(got, expected);
		canned_call_fini(&call);
	}
}

/* Not known is not the same as not there. */
static void
fails_if_it_cannot_find_out(void)
{
	static const enum err_code codes[] = {ERR_PROM, ERR_TIMEOUT,
					      ERR_NOT_READY};
	struct process_table table;

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct canned_answer answers[] = {
		    {CANNED_SEVERAL_CENSUS, NULL, codes[i], "no answer"},
		    LAST_ANSWER};

		start(answers);
		CU_ASSERT_EQUAL(collect(), codes[i]);
		SUITE_EQUAL(call.err.text, "no answer");
		memset(&call.err, 0, sizeof(call.err));
		CU_ASSERT_EQUAL(collect_processes(&call.collector, NULL,
						  &call.call.collect, &table,
						  &call.err),
				codes[i]);
		SUITE_EQUAL(canned_pool_asked(),
			    CANNED_SEVERAL_CENSUS " " CANNED_SEVERAL_CENSUS);
		/* The next one asks anew. */
		canned_pool_use(rack, 7);
		CU_ASSERT_EQUAL(collect(), ERR_OK);
		CU_ASSERT_EQUAL(call.fleet.count, 1);
		canned_call_fini(&call);
	}
}

static const char *
first_node(void)
{
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 1);
	return fleet_text(&call.fleet, call.fleet.sorted[0]->node)->text;
}

static void
turns_addresses_into_nodes(void)
{
	struct canned_answer answers[] = {
	    rack[0], rack[1],
	    ANSWER(nodes_query("rack_gpu_busy_ratio"),
		   CANNED_SERIES(
		       CANNED_LABEL("pod_ip", "10.0.0.7") "," CANNED_LABEL(
			   "node", "gpu-node-7"),
		       "1700000000", "1")),
	    LAST_ANSWER};

	start(answers);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	SUITE_EQUAL(first_node(), "gpu-node-7");
	/* Kept for the next request. */
	canned_pool_use(rack, 7);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	SUITE_EQUAL(first_node(), "gpu-node-7");
	canned_call_fini(&call);
}

static void
does_without_nodes(void)
{
	struct canned_answer answers[] = {
	    rack[0],
	    rack[1],
	    {nodes_query("rack_gpu_busy_ratio"), NULL, ERR_TIMEOUT, "too slow"},
	    LAST_ANSWER};

	start(answers);
	CU_ASSERT_EQUAL(collect(), ERR_OK);
	SUITE_EQUAL(first_node(), "10.0.0.7");
	canned_call_fini(&call);
}

static void
survives_a_lack_of_memory(void)
{
	size_t bytes = 0, failures = 0;
	enum err_code code;

	do {
		canned_call_init_auto(&call, CANNED_SEVERAL, rack, bytes);
		code = collect();
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		CU_ASSERT_EQUAL(call.err.code, code);
		canned_call_fini(&call);
		CU_ASSERT_EQUAL(call.budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 128;
	} while (code != ERR_OK && bytes < CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks for what was found", asks_for_what_was_found},
	    {"asks for what may be there", asks_for_what_may_be_there},
	    {"asks once", asks_once},
	    {"finds nothing", finds_nothing},
	    {"answers that nothing was found", answers_that_nothing_was_found},
	    {"fails if it cannot find out", fails_if_it_cannot_find_out},
	    {"turns addresses into nodes", turns_addresses_into_nodes},
	    {"does without nodes", does_without_nodes},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("collect_detect", tests);
}
