/* /metrics/gpus: whole expositions, in tests/golden/api/. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/suite.h"

#define UTILIZATION "nvidia_gpu_utilization_percent"
#define USED	    "nvidia_gpu_used_memory_bytes"
#define TOTAL	    "nvidia_gpu_total_memory_bytes"
#define POWER_DRAW  "nvidia_gpu_power_draw_watts"
#define NOW	    "1700000000.123"

enum { BODY_BYTES = 1 << 20 };

#define GPU(gpu, model, value)                                                 \
	CANNED_SERIES(CANNED_GPU("node-1", gpu, model), NOW, value)
#define IN_CLUSTER(gpu, value)                                                 \
	CANNED_SERIES(CANNED_TWO(CANNED_LABEL("cluster", "b"),                 \
				 CANNED_GPU("node-1", gpu, "H100")),           \
		      NOW, value)
#define ANSWER(promql, body) {promql, CANNED_VECTOR(body), ERR_OK, NULL}
#define LAST_ANSWER	     {NULL, NULL, ERR_OK, NULL}

/* What is not told is no sample; names are any text. */
static const struct canned_answer several[] = {
    ANSWER(UTILIZATION,
	   CANNED_THREE(GPU("0", "a\\\"b\\\\c\\nd", "33.336"),
			GPU("1", "H100", "NaN"), IN_CLUSTER("0", "0"))),
    ANSWER(USED, CANNED_TWO(GPU("0", "a\\\"b\\\\c\\nd", "1073741824"),
			    GPU("1", "H100", "0"))),
    ANSWER(TOTAL, GPU("0", "a\\\"b\\\\c\\nd", "85899345920")), LAST_ANSWER};

static const struct canned_answer refused[] = {
    {UTILIZATION, NULL, ERR_PROM, "refused"}, LAST_ANSWER};

static const struct canned_answer lacking[] = {
    ANSWER(UTILIZATION, GPU("0", "H100", "1")),
    {POWER_DRAW, NULL, ERR_TIMEOUT, "too late"},
    LAST_ANSWER};

/* Of the relay's card another exporter tells, too; of its other one nobody. */
#define RELAYED(node, gpu)                                                     \
	CANNED_FOUR(CANNED_LABEL("node", node),                                \
		    CANNED_LABEL("gpu_index", gpu),                            \
		    CANNED_LABEL("exporter", "some"),                          \
		    CANNED_LABEL("gpu_name", "NVIDIA L4"))
#define RELAY(node, gpu, value) CANNED_SERIES(RELAYED(node, gpu), NOW, value)
static const struct canned_answer echoed[] = {
    ANSWER("gpu_info{exporter!=\"\"}",
	   CANNED_THREE(RELAY("n1", "0", "1"), RELAY("n1", "1", "1"),
			RELAY("n2", "0", "1"))),
    ANSWER("gpu_utilization_percent{exporter!=\"\"}",
	   CANNED_THREE(RELAY("n1", "0", "77"), RELAY("n1", "1", "88"),
			RELAY("n2", "0", "99"))),
    ANSWER("gpu_power_draw_watts{exporter!=\"\"}", RELAY("n1", "0", "111")),
    ANSWER("own_busy{gpu!=\"\"}",
	   CANNED_SERIES(
	       CANNED_TWO(CANNED_LABEL("node", "n1"), CANNED_LABEL("gpu", "0")),
	       NOW, "5")),
    LAST_ANSWER};

static const struct {
	const char *golden, *profiles;
	const struct canned_answer *answers;
	enum err_code outcome;
} cases[] = {{"several.prom", CANNED_ONE, several, ERR_OK},
	     {"empty.prom", CANNED_ONE, NULL, ERR_OK},
	     {"lacking.prom", CANNED_ONE, lacking, ERR_OK},
	     {"refused.json", CANNED_ONE, refused, ERR_PROM},
	     {"echoed.prom", "tests/golden/profiles/relay", echoed, ERR_OK}};

static void
answers_as_recorded(void)
{
	struct canned_call call;
	char path[64];

	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		canned_call_init(&call, cases[i].profiles, cases[i].answers,
				 CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(canned_call_answer(
				    &call, &endpoint_fleet_metrics, BODY_BYTES),
				cases[i].outcome);
		snprintf(path, sizeof(path), "api/fleet_metrics_%s",
			 cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
	}
	capture_end();
}

/* The rows have what it alone tells, and nothing that it tells beside others.
 */
static void
counts_where_nobody_else_tells(void)
{
	struct canned_call call;

	canned_call_init(&call, "tests/golden/profiles/relay", echoed,
			 CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(
	    canned_call_answer(&call, &endpoint_metrics, BODY_BYTES), ERR_OK);
	GOLDEN_EQUAL("api/metrics_echoed.json", call.body.data,
		     call.body.length);
	canned_call_fini(&call);
}

static void
survives_a_lack_of_memory(void)
{
	canned_call_starve("tests/golden/profiles/relay", echoed,
			   &endpoint_fleet_metrics, 512);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"counts where nobody else tells", counts_where_nobody_else_tells},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("fleet_metrics", tests);
}
