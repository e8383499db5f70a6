/* /api/v1/gpu/workloads: whole envelopes, in tests/golden/api/. What real
 * exporters say is in integration/workloads_test. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/suite.h"

#define PROFILES "tests/golden/profiles/workloads"

#define OWN(name)      name "{gpu!=\"\"}"
#define SO_FAR(metric) "max_over_time(" metric "[900s])"
#define BEFORE(metric) metric " offset 900s"
#define UP	       "up and on (job,instance,exported_cluster,cluster) " OWN("busy")

#define OF_GPUS                                                                \
	"kube_pod_container_resource_requests{resource=~\""                    \
	"nvidia_com_gpu|nvidia_com_gpu_shared|nvidia_com_mig_.+|amd_com_gpu|"  \
	"gpu_intel_com_(i915|xe)|huawei_com_Ascend.+|habana_ai_gaudi|"         \
	"google_com_tpu|cambricon_com_.+|metax_tech_com_gpu|"                  \
	"k8s_amazonaws_com_vgpu\",resource!~\".+_(v?memory|v?cores?)\"}"
#define REQUESTS OF_GPUS " > 0"
#define OF_REQUESTS                                                            \
	" and on "                                                             \
	"(namespace,pod,exported_namespace,exported_pod,exported_cluster,"     \
	"cluster) " OF_GPUS
#define PHASES "kube_pod_status_phase{phase!=\"\"} == 1" OF_REQUESTS
#define OWNERS "kube_pod_owner{owner_is_controller=\"true\"}" OF_REQUESTS
#define STARTS "kube_pod_start_time{pod!=\"\"}" OF_REQUESTS

#define NOW "1700000000.123"
/* Sixteen minutes before, and a minute. */
#define LONG_AGO "1699999040"
#define JUST_NOW "1699999940"

#define L CANNED_LABEL
#define ON(node, gpu)                                                          \
	L("node", node) "," L("gpu", gpu) "," L("instance", node ":9400")
#define SERIES(labels, value)	     CANNED_SERIES(labels, NOW, value)
#define FREE(node, gpu, value)	     SERIES(ON(node, gpu), value)
#define HELD(node, gpu, more, value) SERIES(ON(node, gpu) "," more, value)
#define POD(name)		     L("exported_pod", name) "," L("exported_namespace", "ml")
#define JOB(id)			     L("job_id", id) "," L("job_user", "ann")

#define ANSWER(promql, body) {promql, CANNED_VECTOR(body), ERR_OK, NULL}
#define FAILURE(promql, code)                                                  \
	{promql, NULL, code, "http://10.0.0.1:9090: refused"}
/* Of what is there now the canned pool would make one of what was. */
#define NOBODY_BEFORE ANSWER(BEFORE(OWN("busy")), "")
#define LAST_ANSWER   {NULL, NULL, ERR_OK, NULL}

#define TARGET(node, more) SERIES(L("instance", node ":9400") more, "1")

/* One of each state, as far as exporters alone tell. */
#define BUSY                                                                   \
	CANNED_FIVE(HELD("n1", "0", POD("active-0"), "0"),                     \
		    HELD("n1", "1", POD("idle-0"), "0"),                       \
		    HELD("n1", "2", POD("new-0"), "0"), FREE("n1", "3", "9"),  \
		    HELD("n1", "4", JOB("12_3"), "0.5"))
static const struct canned_answer states[] = {
    ANSWER(OWN("busy"), BUSY),
    ANSWER(OWN("used"),
	   CANNED_TWO(HELD("n1", "0", POD("active-0"), "1073741824"),
		      HELD("n1", "5", POD("unmeasured-0"), "2147483648"))),
    ANSWER(OWN("watts"), HELD("n1", "0", POD("active-0"), "70")),
    ANSWER(UP, TARGET("n1", "")),
    /* Somebody else had the third one before, and was busy. */
    ANSWER(SO_FAR(OWN("busy")),
	   CANNED_SIX(HELD("n1", "0", POD("active-0"), "1"),
		      HELD("n1", "1", POD("idle-0"), "0.99"),
		      HELD("n1", "2", POD("gone-0"), "80"),
		      HELD("n1", "2", POD("new-0"), "0.5"),
		      HELD("n1", "4", JOB("12_3"), "0.7"),
		      HELD("n9", "0", POD("gone-1"), "80"))),
    ANSWER(BEFORE(OWN("busy")),
	   CANNED_THREE(HELD("n1", "1", POD("idle-0"), "0"),
			HELD("n1", "2", POD("gone-0"), "80"),
			HELD("n1", "4", JOB("12_3"), "0.5"))),
    LAST_ANSWER};

/* Who was there before nobody could tell, nor who was busy. */
static const struct canned_answer lacks_before[] = {
    ANSWER(OWN("busy"), BUSY), ANSWER(UP, TARGET("n1", "")),
    ANSWER(SO_FAR(OWN("busy")),
	   CANNED_TWO(HELD("n1", "0", POD("active-0"), "1"),
		      HELD("n1", "1", POD("idle-0"), "0.99"))),
    FAILURE(BEFORE(OWN("busy")), ERR_TIMEOUT), LAST_ANSWER};

/* Of one card whole copies; of another one each its own, beside the card's, and
 * of a third a part. */
static const struct canned_answer shared[] = {
    ANSWER(OWN("busy"),
	   CANNED_SIX(HELD("n1", "0", POD("a"), "50"),
		      HELD("n1", "0", POD("b"), "50"), FREE("n1", "1", "60"),
		      HELD("n1", "1", POD("a"), "60"),
		      HELD("n1", "1", POD("b"), "0"),
		      HELD("n1", "2", POD("a") "," L("part", "7"), "5"))),
    ANSWER(OWN("used"), CANNED_TWO(HELD("n1", "0", POD("a"), "4294967296"),
				   HELD("n1", "0", POD("b"), "4294967296"))),
    ANSWER(OWN("watts"), CANNED_TWO(HELD("n1", "0", POD("a"), "300"),
				    HELD("n1", "0", POD("b"), "300"))),
    ANSWER(UP, TARGET("n1", "")),
    ANSWER(SO_FAR(OWN("busy")),
	   CANNED_FIVE(HELD("n1", "0", POD("a"), "50"),
		       HELD("n1", "0", POD("b"), "50"), FREE("n1", "1", "60"),
		       HELD("n1", "1", POD("a"), "60"),
		       HELD("n1", "1", POD("b"), "0.2"))),
    NOBODY_BEFORE,
    LAST_ANSWER};

/* One whose target has no `up`, as behind another Prometheus: what stands
 * beside a renamed label is the target's. */
static const struct canned_answer own_pods[] = {
    ANSWER(OWN("busy"),
	   CANNED_SIX(
	       HELD("n1", "0", L("pod", "exporter-1"), "0"),
	       HELD("n1", "1", L("pod", "work-1"), "7"),
	       HELD("n2", "0", L("pod", "work-2"), "7"),
	       HELD("n3", "0", L("pod", "exporter-3"), "0"),
	       HELD("n3", "1", L("pod", "exporter-3") "," POD("work-3"), "7"),
	       HELD("n4", "0", L("pod", "work-4"), "7"))),
    ANSWER(UP, CANNED_TWO(TARGET("n1", "," L("pod", "exporter-1")),
			  TARGET("n4", ""))),
    NOBODY_BEFORE, LAST_ANSWER};

#define ASKS(pod, value)                                                       \
	SERIES(L("namespace", "ml") "," L("pod", pod) "," L(                   \
		   "container", "c") "," L("node", "n1") "," L("resource",     \
							       "nvidia_com_"   \
							       "gpu"),         \
	       value)
#define PHASE(pod, phase)                                                      \
	SERIES(L("namespace", "ml") "," L("pod", pod) "," L("phase", phase),   \
	       "1")
#define START(pod, time) SERIES(L("namespace", "ml") "," L("pod", pod), time)
static const struct canned_answer pods[] = {
    ANSWER(OWN("busy"), BUSY), ANSWER(UP, TARGET("n1", "")),
    ANSWER(SO_FAR(OWN("busy")),
	   CANNED_THREE(HELD("n1", "0", POD("active-0"), "1"),
			HELD("n1", "1", POD("idle-0"), "0"),
			HELD("n1", "2", POD("new-0"), "0"))),
    /* Two copies of one, and what is no number of GPUs. */
    ANSWER(REQUESTS, CANNED_SIX(ASKS("idle-0", "2"), ASKS("idle-0", "2"),
				ASKS("new-0", "0.5"), ASKS("waits-0", "4"),
				ASKS("ended-0", "1"), ASKS("ghost-0", "1"))),
    ANSWER(PHASES,
	   CANNED_FIVE(PHASE("idle-0", "Running"), PHASE("waits-0", "Pending"),
		       PHASE("ghost-0", "Pending"), PHASE("ghost-0", "Running"),
		       PHASE("new-0", "Running"))),
    ANSWER(OWNERS, SERIES(L("namespace", "ml") "," L("pod", "idle-0") "," L(
			      "owner_kind", "Job") "," L("owner_name", "idle"),
			  "1")),
    ANSWER(STARTS,
	   CANNED_TWO(START("idle-0", LONG_AGO), START("new-0", JUST_NOW))),
    /* Whoever had it then, it was measured. */
    ANSWER(BEFORE(OWN("busy")), FREE("n1", "1", "0")), LAST_ANSWER};

/* The same a minute after exporters were installed; and of a job it is known
 * that it had the GPU then, not how busy that was. */
static const struct canned_answer unmeasured[] = {
    ANSWER(OWN("busy"), HELD("n1", "1", POD("idle-0"), "0")),
    ANSWER(UP, TARGET("n1", "")),
    ANSWER(SO_FAR(OWN("busy")), HELD("n1", "1", POD("idle-0"), "0")),
    ANSWER(REQUESTS, ASKS("idle-0", "1")),
    ANSWER(PHASES, PHASE("idle-0", "Running")),
    ANSWER(STARTS, START("idle-0", LONG_AGO)),
    NOBODY_BEFORE,
    LAST_ANSWER};

/* An exporter still shows two pods that have ended, of one of which that is
 * told by its phase, and of the other by its having none. */
static const struct canned_answer ended[] = {
    ANSWER(OWN("busy"), CANNED_FIVE(HELD("n1", "0", POD("done-0"), "0"),
				    HELD("n1", "1", POD("gone-0"), "0"),
				    HELD("n1", "2", POD("gone-0"), "30"),
				    HELD("n1", "2", POD("runs-0"), "30"),
				    HELD("n1", "3", POD("unasked-0"), "5"))),
    ANSWER(UP, TARGET("n1", "")),
    ANSWER(REQUESTS, CANNED_THREE(ASKS("done-0", "1"), ASKS("gone-0", "1"),
				  ASKS("runs-0", "1"))),
    ANSWER(PHASES, CANNED_TWO(PHASE("done-0", "Succeeded"),
			      PHASE("runs-0", "Running"))),
    NOBODY_BEFORE,
    LAST_ANSWER};

/* Who has ended nobody tells, nor who waits. */
static const struct canned_answer untold[] = {
    ANSWER(OWN("busy"), HELD("n1", "0", POD("has-0"), "7")),
    ANSWER(UP, TARGET("n1", "")),
    ANSWER(REQUESTS, CANNED_TWO(ASKS("has-0", "1"), ASKS("where-0", "2"))),
    NOBODY_BEFORE, LAST_ANSWER};

/* Of a node that was lost, neither. */
static const struct canned_answer lost[] = {
    ANSWER(OWN("busy"), HELD("n1", "0", POD("has-0"), "7")),
    ANSWER(UP, TARGET("n1", "")),
    ANSWER(REQUESTS, ASKS("has-0", "1")),
    ANSWER(PHASES, PHASE("has-0", "Unknown")),
    NOBODY_BEFORE,
    LAST_ANSWER};

/* Who has a GPU is told all the same. */
static const struct canned_answer without_pods[] = {
    ANSWER(OWN("busy"), BUSY),
    ANSWER(UP, TARGET("n1", "")),
    FAILURE(REQUESTS, ERR_TIMEOUT),
    FAILURE(PHASES, ERR_PROM),
    FAILURE(OWNERS, ERR_PROM),
    FAILURE(STARTS, ERR_PROM),
    NOBODY_BEFORE,
    LAST_ANSWER};

/* Two exporters tell of one card: the one calls pods by fewer names. */
#define SHARE(pod)                                                             \
	L("node", "n1")                                                        \
	"," L("card", "0") "," L("podname", pod) "," L("podnamespace", "ml")
static const struct canned_answer two_exporters[] = {
    ANSWER(OWN("busy"), HELD("n1", "0", POD("a") "," L("container", "c"), "5")),
    ANSWER(UP, TARGET("n1", "")),
    ANSWER("share_used", CANNED_TWO(SERIES(SHARE("a"), "1073741824"),
				    SERIES(SHARE("b"), "2147483648"))),
    ANSWER("share_limit", SERIES(SHARE("a"), "4294967296")),
    NOBODY_BEFORE,
    LAST_ANSWER};

static const struct canned_answer nobody[] = {
    ANSWER(OWN("busy"), FREE("n1", "0", "5")), ANSWER(UP, TARGET("n1", "")),
    NOBODY_BEFORE, LAST_ANSWER};

/* Without it nobody knows whose pods are whose. */
static const struct canned_answer refused[] = {
    ANSWER(OWN("busy"), BUSY), FAILURE(UP, ERR_PROM), LAST_ANSWER};

/* One was at work, but not in the last minute. */
#define BOTH(first, second)                                                    \
	CANNED_TWO(HELD("n1", "0", POD("active-0"), first),                    \
		   HELD("n1", "1", POD("idle-0"), second))
static const struct canned_answer lately[] = {
    ANSWER(OWN("busy"), BOTH("0", "0")),
    ANSWER(UP, TARGET("n1", "")),
    ANSWER(SO_FAR(OWN("busy")), BOTH("7", "0.5")),
    ANSWER(BEFORE(OWN("busy")), BOTH("7", "0")),
    ANSWER("max_over_time(" OWN("busy") "[60s])", BOTH("0.25", "0")),
    ANSWER(OWN("busy") " offset 60s", BOTH("0", "0")),
    LAST_ANSWER};

static const struct {
	const char *golden;
	const struct canned_answer *answers;
	enum err_code outcome;
} cases[] = {{"states", states, ERR_OK},
	     {"lacks_before", lacks_before, ERR_OK},
	     {"shared", shared, ERR_OK},
	     {"own_pods", own_pods, ERR_OK},
	     {"pods", pods, ERR_OK},
	     {"without_pods", without_pods, ERR_OK},
	     {"two_exporters", two_exporters, ERR_OK},
	     {"nobody", nobody, ERR_OK},
	     {"empty", NULL, ERR_OK},
	     {"refused", refused, ERR_PROM}};

static struct canned_call call;

static void
answers_as_recorded(void)
{
	char path[64];

	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		canned_call_init(&call, PROFILES, cases[i].answers,
				 CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, &endpoint_workloads, 1 << 20),
		    cases[i].outcome);
		snprintf(path, sizeof(path), "api/workloads_%s.json",
			 cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
	}
	capture_end();
}

/* So many rows, with these texts. */
static void
expect_of(const struct canned_answer *answers, size_t rows,
	  const char *const *texts)
{
	size_t count = 0;
	const char *at;

	capture_start();
	canned_call_init(&call, PROFILES, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_workloads, 1 << 20),
			ERR_OK);
	for (size_t i = 0; texts[i] != NULL; i++)
		canned_call_expect(&call, texts[i]);
	at = call.body.data;
	while (
	    (at = memmem(at, call.body.length - (size_t)(at - call.body.data),
			 "\"state\"", 7)) != NULL) {
		count++;
		at++;
	}
	CU_ASSERT_EQUAL(count, rows);
	canned_call_fini(&call);
	capture_end();
}

static void
leaves_out_who_has_ended(void)
{
	static const char *const texts[] = {
	    "\"pod\":\"runs-0\"",
	    "\"state\":\"active\",\"shared_by\":1,\"utilization\":30",
	    "\"pod\":\"unasked-0\"",
	    "\"warnings\":[\"GPUs that exporters still show with a pod that "
	    "has ended, which is left out: 3\"]",
	    NULL};

	expect_of(ended, 2, texts);
}

/* Nobody is idle in a time in which nobody looked. */
static void
knows_not_who_was_idle(void)
{
	static const char *const texts[] = {
	    "\"pod\":\"idle-0\"",
	    "\"state\":\"unknown\",\"shared_by\":1,\"utilization\":0", NULL};

	expect_of(unmeasured, 1, texts);
}

static void
says_of_whom_no_phase_is_told(void)
{
	static const char *const none[] = {
	    "\"pod\":\"has-0\"", "\"requested\":1",
	    "\"warnings\":[\"Pods that ask for GPUs, of which "
	    "kube-state-metrics does not tell whether they hold any "
	    "(kube_pod_status_phase): 2\"]",
	    NULL};
	static const char *const unknown[] = {
	    "\"pod\":\"has-0\"", "(kube_pod_status_phase): 1\"]", NULL};

	expect_of(untold, 1, none);
	expect_of(lost, 1, unknown);
}

/* A GPU is one of its job, whatever number others of the node have; and of an
 * instance nobody knows which GPU it is of. */
static void
tells_gpus_by_their_jobs(void)
{
#define OF_JOB(job, gpu, user)                                                 \
	SERIES(L("instance", "n1:9798") "," L("jobid", job) "," L(             \
		   "gpu", gpu) "," L("user", user),                            \
	       "50")
	static const struct canned_answer of_jobs[] = {
	    ANSWER("job_busy{jobid!=\"\"}",
		   CANNED_FOUR(OF_JOB("7", "0", "ann"), OF_JOB("8", "0", "bob"),
			       OF_JOB("8", "1", "bob"),
			       OF_JOB("9",
				      "MIG-4f421ec4-5175-50ef-8452-"
				      "d6abb13cb1d2",
				      "cid"))),
	    LAST_ANSWER};
	static struct params params;

	capture_start();
	canned_call_init(&call, "tests/golden/profiles/jobs", of_jobs,
			 CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(&call, &endpoint_workloads,
			      "format=csv&fields=job_id,job_user,node_name,"
			      "gpu_index,uuid,shared_by,utilization",
			      &params),
	    ERR_OK);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_workloads, 1 << 20),
			ERR_OK);
	canned_call_expect(
	    &call, "node_name,gpu_index,uuid,shared_by,utilization,job_id,"
		   "job_user\r\nn1,,,1,50,7,ann\r\nn1,,,1,50,8,bob\r\n"
		   "n1,,,1,50,8,bob\r\n");
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 1);
	CU_ASSERT_STRING_EQUAL(call.call.collect.warnings[0],
			       "1 series of job_busy do not tell which GPU "
			       "they are of");
	canned_call_fini(&call);
	capture_end();
}

/* What the fleet's endpoints ask for is what it was. */
static void
asks_for_more(void)
{
	static const char *const asked[] = {UP,
					    SO_FAR(OWN("busy")),
					    BEFORE(OWN("busy")),
					    REQUESTS,
					    PHASES,
					    OWNERS,
					    STARTS,
					    "share_limit"};

	for (int k = 0; k < 2; k++) {
		canned_call_init(&call, PROFILES, states, CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(canned_call_answer(&call,
						   k == 0 ? &endpoint_metrics
							  : &endpoint_workloads,
						   1 << 20),
				ERR_OK);
		for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
			CU_ASSERT_EQUAL(strstr(canned_pool_asked(), asked[i]) !=
					    NULL,
					k == 1);
		canned_call_fini(&call);
	}
}

/* The settings say for how long, and below what. */
static void
is_idle_as_told(void)
{
	static const struct {
		struct workload_idle idle;
		const char *asked;
		bool has_active;
	} settings[] = {{{900, 1}, "[900s])", true},
			{{900, 2}, "[900s])", false},
			{{60, 1}, "[60s])", true}};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		canned_call_init(&call, PROFILES, states, CANNED_AMPLE_BYTES);
		call.collector.idle = settings[i].idle;
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, &endpoint_workloads, 1 << 20),
		    ERR_OK);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(canned_pool_asked(), settings[i].asked));
		CU_ASSERT_EQUAL(canned_call_says(&call, "\"active\""),
				settings[i].has_active);
		canned_call_fini(&call);
	}
}

/* Or whoever asks. */
static void
is_idle_as_asked(void)
{
	static const struct {
		const char *query, *rows;
	} asked[] = {
	    {"", "active-0,active,7\r\nidle-0,idle,0.5\r\n"},
	    {"&window=15m", "active-0,active,7\r\nidle-0,idle,0.5\r\n"},
	    {"&window=1m", "active-0,idle,0.25\r\nidle-0,idle,0\r\n"},
	    {"&window=60&state=idle&utilization_max=0.1..",
	     "active-0,idle,0.25\r\n"}};
	static struct params params;
	char query[128], expected[128];

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		snprintf(query, sizeof(query),
			 "format=csv&fields=pod,state,utilization_max%s",
			 asked[i].query);
		snprintf(expected, sizeof(expected),
			 "pod,state,utilization_max\r\n%s", asked[i].rows);
		canned_call_init(&call, PROFILES, lately, CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL_FATAL(canned_call_query(&call,
							&endpoint_workloads,
							query, &params),
				      ERR_OK);
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, &endpoint_workloads, 1 << 20),
		    ERR_OK);
		CU_ASSERT_EQUAL(call.body.length, strlen(expected));
		canned_call_expect(&call, expected);
		canned_call_fini(&call);
	}
}

static void
refuses_other_windows(void)
{
	static const char *const queries[] = {"window=59s", "window=25h",
					      "window=0", "window=1.5m"};
	static struct params params;

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		canned_call_init(&call, PROFILES, NULL, CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(canned_call_query(&call, &endpoint_workloads,
						  queries[i], &params),
				ERR_QUERY);
		CU_ASSERT_PTR_NOT_NULL(strstr(
		    call.err.text, "it takes a span of time from 1m to 1d"));
		canned_call_fini(&call);
	}
}

/* More than a GPU takes are not looked at, and that is told. */
static void
leaves_out_what_is_too_much(void)
{
	enum { PODS = WORKLOADS_OF_GPU_MAX + 2 };
	static char body[PODS * 160];
	struct canned_answer many[] = {{OWN("busy"), body, ERR_OK, NULL},
				       ANSWER(UP, TARGET("n1", "")),
				       LAST_ANSWER};
	size_t used =
	    (size_t)snprintf(body, sizeof(body), "%s",
			     "{\"status\":\"success\",\"data\":{"
			     "\"resultType\":\"vector\",\"result\":[");

	for (int i = 0; i < PODS; i++)
		used += (size_t)snprintf(
		    body + used, sizeof(body) - used,
		    "%s{\"metric\":{" ON("n1", "0") ",\"exported_pod\":\"p%d\""
						    "},\"value\":[1,\"5\"]}",
		    i > 0 ? "," : "", i);
	snprintf(body + used, sizeof(body) - used, "]}}");
	canned_call_init(&call, PROFILES, many, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_workloads, 1 << 20),
			ERR_OK);
	canned_call_expect(
	    &call, "\"warnings\":[\"Workloads left out of GPUs that have more "
		   "than 256 of them: 2\"]");
	canned_call_fini(&call);
}

static void
survives_a_lack_of_memory(void)
{
	canned_call_starve(PROFILES, pods, &endpoint_workloads, 256);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"leaves out who has ended", leaves_out_who_has_ended},
	    {"knows not who was idle", knows_not_who_was_idle},
	    {"says of whom no phase is told", says_of_whom_no_phase_is_told},
	    {"tells GPUs by their jobs", tells_gpus_by_their_jobs},
	    {"asks for more", asks_for_more},
	    {"is idle as told", is_idle_as_told},
	    {"is idle as asked", is_idle_as_asked},
	    {"refuses other windows", refuses_other_windows},
	    {"leaves out what is too much", leaves_out_what_is_too_much},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("workloads", tests);
}
