/* /api/v1/gpu/capacity, where something of what it is made of is missing. What
 * there is otherwise is in integration/capacity_test. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

#define PROFILES "tests/golden/profiles/workloads"

#define NOW		"1700000000.123"
#define L		CANNED_LABEL
#define NODE		L("node", "n1")
#define OF(more, value) CANNED_SERIES(NODE "," more, NOW, value)
#define GPUS(value)	OF(L("resource", "nvidia_com_gpu"), value)

#define ANSWER(promql, body) {promql, CANNED_VECTOR(body), ERR_OK, NULL}
#define STARTS(promql, body) ANSWER(CANNED_START promql, body)
#define FAILS(promql)                                                          \
	{CANNED_START promql, NULL, ERR_PROM, "http://10.0.0.1:9090: refused"}
#define LAST_ANSWER {NULL, NULL, ERR_OK, NULL}

/* Two GPUs, of which one has worked; nobody tells whose they are. */
#define BUSY                                                                   \
	ANSWER(                                                                \
	    "busy{gpu!=\"\"}",                                                 \
	    CANNED_TWO(OF(L("gpu", "0") "," L("instance", "n1:9400"), "0"),    \
		       OF(L("gpu", "1") "," L("instance", "n1:9400"), "0")))
#define UP                                                                     \
	STARTS("up and on", CANNED_SERIES(L("instance", "n1:9400"), NOW, "1"))
#define PAST                                                                   \
	STARTS("max_over_time(busy",                                           \
	       OF(L("gpu", "1") "," L("instance", "n1:9400"), "7")),           \
	    ANSWER("busy{gpu!=\"\"} offset 900s", "")
#define CAPACITY    STARTS("kube_node_status_capacity", GPUS("4"))
#define ALLOCATABLE STARTS("kube_node_status_allocatable", GPUS("4"))
#define CORDONED                                                               \
	STARTS("kube_node_spec_unschedulable", CANNED_SERIES(NODE, NOW, "0"))
#define READY                                                                  \
	STARTS("kube_node_status_condition", CANNED_SERIES(NODE, NOW, "1"))
#define PODS                                                                   \
	STARTS("group by (exported_cluster,cluster)",                          \
	       CANNED_SERIES("", NOW, "1"))

#define POD L("namespace", "ml") "," L("pod", "train-0")
#define REQUESTS                                                               \
	STARTS("kube_pod_container_resource_requests{resource=~",              \
	       OF(POD                                                          \
		  "," L("container", "c") "," L("resource", "nvidia_com_gpu"), \
		  "3"))
#define PHASES                                                                 \
	STARTS("kube_pod_status_phase",                                        \
	       CANNED_SERIES(POD "," L("phase", "Running"), NOW, "1"))

#define COMMON BUSY, UP, PAST, CAPACITY

static const struct canned_answer all[] = {
    COMMON, ALLOCATABLE, CORDONED, READY, PODS, REQUESTS, PHASES, LAST_ANSWER};
static const struct canned_answer without_capacity[] = {
    BUSY,   UP,		 FAILS("kube_node_status_capacity"),
    PAST,   ALLOCATABLE, CORDONED,
    READY,  PODS,	 REQUESTS,
    PHASES, LAST_ANSWER};
static const struct canned_answer without_phases[] = {
    COMMON,
    ALLOCATABLE,
    CORDONED,
    READY,
    PODS,
    REQUESTS,
    FAILS("kube_pod_status_phase"),
    LAST_ANSWER};
static const struct canned_answer without_pods[] = {
    COMMON, ALLOCATABLE, CORDONED, READY, STARTS("group by", ""), LAST_ANSWER};
static const struct canned_answer without_conditions[] = {
    COMMON, ALLOCATABLE, CORDONED, FAILS("kube_node_status_condition"),
    PODS,   REQUESTS,	 PHASES,   LAST_ANSWER};
static const struct canned_answer cordoned[] = {
    COMMON,
    ALLOCATABLE,
    STARTS("kube_node_spec_unschedulable", CANNED_SERIES(NODE, NOW, "1")),
    FAILS("kube_node_status_condition"),
    PODS,
    REQUESTS,
    PHASES,
    LAST_ANSWER};
static const struct canned_answer without_allocatable[] = {
    COMMON,   FAILS("kube_node_status_allocatable"),
    CORDONED, READY,
    PODS,     REQUESTS,
    PHASES,   LAST_ANSWER};

#define ROW(numbers, rest)                                                     \
	"{\"node_name\":\"n1\",\"resource\":\"nvidia_com_gpu\"," numbers       \
	",\"gpu_count\":2,\"mig_instance_count\":0,\"gpus_in_use\":1," rest    \
	",\"timestamp\":\"2023-11-14T22:13:20.123Z\",\"cluster\":null}]"

/* Twice as many as there are cards: each is handed out twice. */
static const struct {
	const struct canned_answer *answers;
	const char *row, *warning;
} cases[] = {
    {all,
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":0,\"ready\":true,\"schedulable\":true"),
     NULL},
    {without_capacity,
     ROW("\"capacity\":null,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     "kube_node_status_capacity failed"},
    {without_phases,
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":null,\"free\":null",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     "kube_pod_status_phase failed"},
    {without_pods,
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":null,\"free\":null",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     NULL},
    {without_conditions,
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":null,\"ready\":null,\"schedulable\":true"),
     "kube_node_status_condition failed"},
    {cordoned,
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":0,\"ready\":null,\"schedulable\":false"),
     "kube_node_status_condition failed"}};

static struct canned_call call;

static void
tells_what_is_known(void)
{
	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		canned_call_init(&call, PROFILES, cases[i].answers,
				 CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, &endpoint_capacity, 1 << 20),
		    ERR_OK);
		canned_call_expect(&call, cases[i].row);
		CU_ASSERT_EQUAL(canned_call_says(&call, "\"warnings\""),
				cases[i].warning != NULL);
		if (cases[i].warning != NULL)
			canned_call_expect(&call, cases[i].warning);
		canned_call_fini(&call);
	}
	capture_end();
}

/* That there is nothing nobody said. */
static void
fails_without_what_there_is(void)
{
	capture_start();
	canned_call_init(&call, PROFILES, without_allocatable,
			 CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_capacity, 1 << 20),
			ERR_PROM);
	canned_call_expect(&call, "Failed to retrieve GPU capacity");
	canned_call_fini(&call);
	capture_end();
}

static void
survives_a_lack_of_memory(void)
{
	canned_call_starve(PROFILES, all, &endpoint_capacity, 256);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tells what is known", tells_what_is_known},
	    {"fails without what there is", fails_without_what_there_is},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("capacity", tests);
}
