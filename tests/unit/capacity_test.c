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

static const struct canned_answer all[] = {
    BUSY,  UP,	 PAST,	   CAPACITY, ALLOCATABLE, CORDONED,
    READY, PODS, REQUESTS, PHASES,   LAST_ANSWER};
enum { ALL = sizeof(all) / sizeof(*all) - 1, INSTEAD_MAX = 3 };

/* The same, but for what is answered instead; valid until the next call. */
static const struct canned_answer *
all_but(const struct canned_answer instead[static INSTEAD_MAX])
{
	static struct canned_answer answers[ALL + 1];

	memcpy(answers, all, sizeof(all));
	for (size_t k = 0; k < INSTEAD_MAX && instead[k].promql != NULL; k++) {
		size_t i = 0;

		while (i < ALL &&
		       strcmp(answers[i].promql, instead[k].promql) != 0)
			i++;
		CU_ASSERT_FATAL(i < ALL);
		answers[i] = instead[k];
	}
	return answers;
}

/* That nothing works now does not tell that nothing did. */
static const struct canned_answer without_past[INSTEAD_MAX] = {
    FAILS("max_over_time(busy")};
static const struct canned_answer without_allocatable[INSTEAD_MAX] = {
    FAILS("kube_node_status_allocatable")};

/* No pod asks for processors. */
#define NO_PODS	     STARTS("group by (exported_cluster,cluster)", "")
#define UNTOLD_READY FAILS("kube_node_status_condition")

#define ROW(numbers, rest)                                                     \
	"{\"node_name\":\"n1\",\"resource\":\"nvidia_com_gpu\"," numbers       \
	",\"gpu_count\":2,\"mig_instance_count\":0,\"gpus_in_use\":1," rest    \
	",\"timestamp\":\"2023-11-14T22:13:20.123Z\",\"cluster\":null}]"

#define CARD_1(more)                                                           \
	OF(L("gpu", "1") "," L("instance", "n1:9400") "," more, "0")
#define OF_BUSY(first, second)                                                 \
	ANSWER(                                                                \
	    "busy{gpu!=\"\"}",                                                 \
	    CANNED_THREE(OF(L("gpu", "0") "," L("instance", "n1:9400"), "0"),  \
			 first, second))

/* Twice as many as there are cards: each is handed out twice, or half of them
 * are lost. */
static const struct {
	struct canned_answer instead[INSTEAD_MAX];
	const char *row, *warning;
} cases[] = {
    {{{.promql = NULL}},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     NULL},
    {{FAILS("kube_node_status_capacity")},
     ROW("\"capacity\":null,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     "kube_node_status_capacity failed"},
    {{FAILS("kube_pod_status_phase")},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":null,\"free\":null",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     "kube_pod_status_phase failed"},
    /* Nobody tells of pods. */
    {{NO_PODS, STARTS("kube_pod_container_resource_requests{resource=~", ""),
      STARTS("kube_pod_status_phase", "")},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":null,\"free\":null",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     NULL},
    /* No phase of any pod is told: nobody knows whether they hold what they ask
       for. */
    {{STARTS("kube_pod_status_phase", "")},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":null,\"free\":null",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     "does not tell whether they hold any (kube_pod_status_phase): 1"},
    {{STARTS("kube_pod_status_phase",
	     CANNED_SERIES(POD "," L("phase", "Succeeded"), NOW, "1"))},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":0,\"free\":4",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     NULL},
    {{NO_PODS},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     NULL},
    {{UNTOLD_READY},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":null,\"ready\":null,\"schedulable\":true"),
     "kube_node_status_condition failed"},
    {{STARTS("kube_node_spec_unschedulable", CANNED_SERIES(NODE, NOW, "1")),
      UNTOLD_READY},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":0,\"ready\":null,\"schedulable\":false"),
     "kube_node_status_condition failed"},
    /* A card that two pods have is handed out more than once. */
    {{OF_BUSY(CARD_1(L("exported_pod", "a")), CARD_1(L("exported_pod", "b")))},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":0,\"ready\":true,\"schedulable\":true"),
     NULL},
    /* Containers of one pod have it as one. */
    {{OF_BUSY(CARD_1(L("exported_pod", "a") "," L("exported_container", "x")),
	      CARD_1(L("exported_pod", "a") "," L("exported_container", "y")))},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":3,\"free\":1",
	 "\"largest_free\":null,\"ready\":true,\"schedulable\":true"),
     NULL},
    /* All of it is held, whatever it is. */
    {{STARTS("kube_pod_container_resource_requests{resource=~",
	     OF(POD "," L("container", "c") "," L("resource", "nvidia_com_gpu"),
		"4"))},
     ROW("\"capacity\":4,\"allocatable\":4,\"requested\":4,\"free\":0",
	 "\"largest_free\":0,\"ready\":true,\"schedulable\":true"),
     NULL}};

static struct canned_call call;

static void
tells_what_is_known(void)
{
	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		canned_call_init(&call, PROFILES, all_but(cases[i].instead),
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

static void
expect_of(const char *profiles, const struct canned_answer *answers,
	  const char *const *texts)
{
	capture_start();
	canned_call_init(&call, profiles, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_capacity, 1 << 20),
			ERR_OK);
	for (size_t i = 0; texts[i] != NULL; i++)
		canned_call_expect(&call, texts[i]);
	canned_call_fini(&call);
	capture_end();
}

static void
tells_not_who_was_busy(void)
{
	static const char *const texts[] = {
	    "\"gpu_count\":2,\"mig_instance_count\":0,\"gpus_in_use\":null",
	    "The query for who was idle before failed", NULL};

	expect_of(PROFILES, all_but(without_past), texts);
}

/* --- split GPUs, whose node nobody tells the capacity of ------------------ */

#define SLICE L("part", "1") "," L("part_profile", "1g.10gb")
static const struct canned_answer split[] = {
    ANSWER("held_busy{gpu!=\"\"}",
	   CANNED_TWO(
	       OF(L("gpu", "0") "," L("instance", "n1:9400"), "0"),
	       OF(L("gpu", "1") "," L("instance", "n1:9400") "," SLICE, "0"))),
    FAILS("kube_node_status_capacity"),
    STARTS("kube_node_status_allocatable",
	   CANNED_TWO(GPUS("1"),
		      OF(L("resource", "nvidia_com_mig_1g_10gb"), "1"))),
    CORDONED,
    READY,
    PODS,
    LAST_ANSWER};

static void
counts_without_capacity(void)
{
	static const char *const texts[] = {
	    "\"resource\":\"nvidia_com_gpu\",\"capacity\":null,"
	    "\"allocatable\":1,\"requested\":0,\"free\":1,\"gpu_count\":1,"
	    "\"mig_instance_count\":0",
	    "\"resource\":\"nvidia_com_mig_1g_10gb\",\"capacity\":null,"
	    "\"allocatable\":1,\"requested\":0,\"free\":1,\"gpu_count\":1,"
	    "\"mig_instance_count\":1",
	    NULL};

	expect_of("tests/golden/profiles/ledger", split, texts);
}

/* --- Ascend's vNPUs ------------------------------------------------------- */

#define NPU(gpu)                                                               \
	OF(L("gpu", gpu) "," L("vendor", "Huawei") "," L("instance",           \
							 "n1:9400"),           \
	   "0")
#define OF_NPUS(name, value) OF(L("resource", name), value)
static const struct canned_answer vnpus[] = {
    ANSWER("held_busy{gpu!=\"\"}", CANNED_TWO(NPU("0"), NPU("1"))),
    STARTS("kube_node_status_capacity",
	   CANNED_THREE(OF_NPUS("huawei_com_Ascend310P", "2"),
			OF_NPUS("huawei_com_Ascend310P_2c", "4"),
			OF_NPUS("huawei_com_Ascend310P_4c_3cpu", "0"))),
    STARTS("kube_node_status_allocatable",
	   CANNED_THREE(OF_NPUS("huawei_com_Ascend310P", "2"),
			OF_NPUS("huawei_com_Ascend310P_2c", "4"),
			OF_NPUS("huawei_com_Ascend310P_4c_3cpu", "1"))),
    CORDONED,
    READY,
    PODS,
    LAST_ANSWER};

/* A part is no whole card, and which card it is of nobody tells. */
static void
tells_parts_of_ascend(void)
{
	static const char *const texts[] = {
	    "\"resource\":\"huawei_com_Ascend310P\",\"capacity\":2,"
	    "\"allocatable\":2,\"requested\":0,\"free\":2,\"gpu_count\":2,"
	    "\"mig_instance_count\":0,\"gpus_in_use\":0,"
	    "\"largest_free\":2",
	    "\"resource\":\"huawei_com_Ascend310P_2c\",\"capacity\":4,"
	    "\"allocatable\":4,\"requested\":0,\"free\":4,\"gpu_count\":null,"
	    "\"mig_instance_count\":null,\"gpus_in_use\":null,"
	    "\"largest_free\":0",
	    "\"resource\":\"huawei_com_Ascend310P_4c_3cpu\",\"capacity\":0,"
	    "\"allocatable\":1,\"requested\":0,\"free\":1,\"gpu_count\":null,"
	    "\"mig_instance_count\":null,\"gpus_in_use\":null,"
	    "\"largest_free\":0",
	    NULL};

	expect_of("tests/golden/profiles/ledger", vnpus, texts);
}

/* --- nodes of one name ---------------------------------------------------- */

#define IN(cluster, gpu)                                                       \
	OF(L("cluster", cluster) "," L("gpu", gpu) "," L("instance",           \
							 "n1:9400"),           \
	   "0")
#define TWO_CLUSTERS                                                           \
	ANSWER(                                                                \
	    "busy{gpu!=\"\"}",                                                 \
	    CANNED_THREE(IN("east", "0"), IN("west", "0"), IN("west", "1")))

static const struct canned_answer of_no_cluster[] = {
    TWO_CLUSTERS, UP,	CAPACITY, ALLOCATABLE, CORDONED,
    READY,	  PODS, REQUESTS, PHASES,      LAST_ANSWER};
static const struct canned_answer of_clusters[] = {
    TWO_CLUSTERS, UP,
    STARTS(
	"kube_node_status_allocatable",
	CANNED_TWO(
	    OF(L("cluster", "east") "," L("resource", "nvidia_com_gpu"), "1"),
	    OF(L("cluster", "west") "," L("resource", "nvidia_com_gpu"), "2"))),
    LAST_ANSWER};

static void
tells_clusters_apart(void)
{
	static const char *const apart[] = {
	    "\"gpu_count\":1,\"mig_instance_count\":0,\"gpus_in_use\":0,"
	    "\"largest_free\":null,\"ready\":null,\"schedulable\":null,"
	    "\"timestamp\":\"2023-11-14T22:13:20.123Z\",\"cluster\":\"east\"",
	    "\"gpu_count\":2,\"mig_instance_count\":0,\"gpus_in_use\":0,"
	    "\"largest_free\":null,\"ready\":null,\"schedulable\":null,"
	    "\"timestamp\":\"2023-11-14T22:13:20.123Z\",\"cluster\":\"west\"",
	    NULL};
	/* Which of them it is, nobody tells. */
	static const char *const unclear[] = {
	    "\"free\":1,\"gpu_count\":null,\"mig_instance_count\":null,"
	    "\"gpus_in_use\":null,\"largest_free\":null",
	    NULL};

	expect_of(PROFILES, of_clusters, apart);
	expect_of(PROFILES, of_no_cluster, unclear);
}

/* --- no exporter, and too many resources ---------------------------------- */

/* Nobody was asked about nodes then. */
static void
tells_that_no_exporter_was_found(void)
{
	static const struct canned_answer none[] = {LAST_ANSWER};

	capture_start();
	canned_call_init_auto(&call, PROFILES, none, CANNED_AMPLE_BYTES);
	canned_call_look(&call);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_capacity, 1 << 20),
			ERR_OK);
	canned_call_expect(&call, "No GPU exporter was found");
	CU_ASSERT_FALSE(canned_call_says(&call, "No kube-state-metrics"));
	canned_call_fini(&call);
	capture_end();
}

static void
limits_resources(void)
{
	enum { RESOURCES = 70 };
	static char body[RESOURCES * 120];
	const struct canned_answer many[] = {
	    BUSY,
	    UP,
	    {CANNED_START "kube_node_status_allocatable", body, ERR_OK, NULL},
	    LAST_ANSWER};
	static const char *const texts[] = {
	    "\"nvidia_com_mig_63\"",
	    "Resources left out of nodes that have more than 64 of them: 6",
	    NULL};
	size_t used =
	    (size_t)snprintf(body, sizeof(body),
			     "{\"status\":\"success\",\"data\":{"
			     "\"resultType\":\"vector\",\"result\":[");

	for (int i = 0; i < RESOURCES; i++)
		used += (size_t)snprintf(
		    body + used, sizeof(body) - used,
		    "%s{\"metric\":{\"node\":\"n1\",\"resource\":"
		    "\"nvidia_com_mig_%d\"},\"value\":[" NOW ",\"1\"]}",
		    i > 0 ? "," : "", i);
	snprintf(body + used, sizeof(body) - used, "]}}");
	expect_of(PROFILES, many, texts);
}

/* That there is nothing nobody said. */
static void
fails_without_what_there_is(void)
{
	capture_start();
	canned_call_init(&call, PROFILES, all_but(without_allocatable),
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
	    {"tells not who was busy", tells_not_who_was_busy},
	    {"counts without capacity", counts_without_capacity},
	    {"tells parts of Ascend's", tells_parts_of_ascend},
	    {"tells clusters apart", tells_clusters_apart},
	    {"tells that no exporter was found",
	     tells_that_no_exporter_was_found},
	    {"limits resources", limits_resources},
	    {"fails without what there is", fails_without_what_there_is},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("capacity", tests);
}
