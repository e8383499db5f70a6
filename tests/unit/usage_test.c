/* /api/v1/gpu/usage, of an hour of few GPUs. What a month of a site comes to is
 * in integration/usage_test. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"
#include "web/query.h"

#define PROFILES "tests/golden/profiles/ledger"
#define L	 CANNED_LABEL

/* Twelve steps, from 2023-11-14T21:00:00Z on: a point is told for the step that
 * ends there. */
enum { FROM_S = 1699995600, STEP_S = 300, STEPS = 12, HALF = STEPS / 2 };
#define HOUR "start=1699995600&end=1699999200"

#define ON(node, gpu)                                                          \
	L("node", node) "," L("gpu", gpu) "," L("instance", node ":9400")
#define CARD	  ON("n1", "0")
#define POD(name) L("pod", name) "," L("namespace", "ml")
#define JOB(id)	  L("job", id)

/* --- what is there -------------------------------------------------------- */

enum { METRICS_MAX = 16, BODY_BYTES = 1 << 16 };

/* What there is of one metric; or who is asked instead. */
static struct {
	char promql[80], series[BODY_BYTES], body[BODY_BYTES + 100];
	size_t used;
} metrics[METRICS_MAX];
static size_t metric_count;
static struct canned_answer answers[METRICS_MAX + 1];

static size_t
place_of(const char *promql)
{
	size_t i = 0;

	while (i < metric_count && strcmp(metrics[i].promql, promql) != 0)
		i++;
	if (i == metric_count) {
		CU_ASSERT_FATAL(metric_count < METRICS_MAX);
		snprintf(metrics[i].promql, sizeof(metrics[i].promql), "%s",
			 promql);
		metrics[i].series[0] = '\0';
		metrics[i].used = 0;
		metric_count++;
	}
	return i;
}

static void
append(size_t place, const char *text)
{
	size_t *used = &metrics[place].used;

	*used += (size_t)snprintf(metrics[place].series + *used,
				  BODY_BYTES - *used, "%s", text);
	CU_ASSERT_FATAL(*used < BODY_BYTES);
}

/* A series, from one point to another, both included. */
static void
told_as(const char *promql, const char *labels, int first, int last,
	const char *value)
{
	size_t place = place_of(promql);
	char text[600];

	snprintf(text, sizeof(text), "%s{\"metric\":{%s},\"values\":[",
		 metrics[place].used > 0 ? "," : "", labels);
	append(place, text);
	for (int i = first; i <= last; i++) {
		snprintf(text, sizeof(text), "%s[%d,\"%s\"]",
			 i > first ? "," : "", FROM_S + i * STEP_S, value);
		append(place, text);
	}
	append(place, "]}");
}

static void
told(const char *metric, const char *labels, int first, int last,
     const char *value)
{
	char promql[80];

	snprintf(promql, sizeof(promql), CANNED_RANGE "last_over_time(...%s{",
		 metric);
	told_as(promql, labels, first, last, value);
}

/* All of the hour. */
static void
always(const char *metric, const char *labels, const char *value)
{
	told(metric, labels, 0, STEPS, value);
}

/* The target's own labels. */
static void
target(const char *labels)
{
	told_as(CANNED_RANGE "up and on...held_busy", labels, 0, STEPS, "1");
}

/* As the look sees it, now. */
static void
seen(const char *labels)
{
	size_t place = place_of("held_busy{gpu!=\"\"}");
	char text[600];

	snprintf(text, sizeof(text),
		 "%s{\"metric\":{%s},\"value\":[1699999200,\"1\"]}",
		 metrics[place].used > 0 ? "," : "", labels);
	append(place, text);
}

static void
nothing_yet(void)
{
	metric_count = 0;
	/* Any metric may be there. */
	metrics[place_of(CANNED_START "count by (__name__) (")].used = 0;
	target(L("instance", "n1:9400"));
}

static const struct canned_answer *
make_answers(void)
{
	answers[0] = (struct canned_answer){metrics[0].promql, NULL, ERR_PROM,
					    "refused"};
	for (size_t i = 1; i < metric_count; i++) {
		bool is_span = strncmp(metrics[i].promql, CANNED_RANGE,
				       strlen(CANNED_RANGE)) == 0;

		snprintf(metrics[i].body, sizeof(metrics[i].body),
			 "{\"status\":\"success\",\"data\":{\"resultType\":"
			 "\"%s\",\"result\":[%s]}}",
			 is_span ? "matrix" : "vector", metrics[i].series);
		answers[i] = (struct canned_answer){
		    metrics[i].promql, metrics[i].body, ERR_OK, NULL};
	}
	answers[metric_count] = (struct canned_answer){.promql = NULL};
	return answers;
}

/* --- what is told of it --------------------------------------------------- */

static struct canned_call call;
static struct params params;

static enum err_code
read_params(const char *query, struct arena *arena, struct err *e)
{
	const struct request r = {.path = endpoint_usage.path, .query = query};
	struct column_list columns;
	struct params_table table = endpoint_params(&endpoint_usage, &columns);

	return query_read(&r, &table, arena, &params, e);
}

static void
start(void)
{
	canned_call_init(&call, PROFILES, make_answers(), CANNED_AMPLE_BYTES);
	call.call.asked_s = FROM_S + STEPS * STEP_S + 5;
	canned_call_survey(&call);
}

static enum err_code
ask(const char *query)
{
	CU_ASSERT_EQUAL_FATAL(read_params(query, &call.arena, &call.err),
			      ERR_OK);
	call.call.params = &params;
	return canned_call_answer(&call, &endpoint_usage, 1 << 20);
}

/* The rows, and the warnings if there are to be any. */
static void
expect(const char *query, const char *rows, const char *warnings)
{
	char text[1024];

	capture_start();
	start();
	CU_ASSERT_EQUAL(ask(query), ERR_OK);
	snprintf(text, sizeof(text),
		 "\"data\":[%s],\"message\":\"GPU usage retrieved "
		 "successfully\",\"error\":null%s%s%s}",
		 rows, warnings != NULL ? ",\"warnings\":[" : "",
		 warnings != NULL ? warnings : "", warnings != NULL ? "]" : "");
	canned_call_expect(&call, text);
	canned_call_fini(&call);
	capture_end();
}

/* --- tests ---------------------------------------------------------------- */

static void
all_columns(void)
{
	nothing_yet();
	seen(CARD);
	told("held_busy", CARD "," POD("a"), 0, HALF, "80");
	told("held_busy", CARD "," POD("a"), HALF + 1, STEPS, "0");
	always("held_used", CARD "," POD("a"), "17179869184");
	always("held_watts", CARD "," POD("a"), "400");
	expect(HOUR,
	       "{\"namespace\":\"ml\",\"gpu_hours\":1,\"busy_gpu_hours\":0.5,"
	       "\"idle_gpu_hours\":0.5,\"idle_share\":0.5,"
	       "\"gpu_memory_gib_hours\":16,\"energy_kwh\":0.4,"
	       "\"cost\":null,\"currency\":null,"
	       "\"start\":\"2023-11-14T21:00:00.000Z\","
	       "\"end\":\"2023-11-14T22:00:00.000Z\",\"step_s\":300,"
	       "\"cluster\":null}",
	       NULL);
}

static void
one_after_the_other(void)
{
	nothing_yet();
	seen(CARD);
	told("held_busy", CARD "," POD("a"), 0, 3, "80");
	told("held_busy", CARD "," POD("b"), 4, STEPS, "80");
	expect(HOUR "&by=pod&fields=pod,gpu_hours",
	       "{\"pod\":\"a\",\"gpu_hours\":0.25},"
	       "{\"pod\":\"b\",\"gpu_hours\":0.75}",
	       NULL);
}

static void
shared_by_pods(void)
{
	nothing_yet();
	seen(CARD);
	always("held_busy", CARD "," POD("a"), "50");
	always("held_busy", CARD "," POD("b"), "50");
	told("held_busy", CARD "," POD("c"), HALF + 1, STEPS, "50");
	expect(HOUR "&by=pod&fields=pod,gpu_hours",
	       "{\"pod\":\"a\",\"gpu_hours\":0.417},"
	       "{\"pod\":\"b\",\"gpu_hours\":0.417},"
	       "{\"pod\":\"c\",\"gpu_hours\":0.167}",
	       NULL);
	expect(HOUR "&fields=namespace,gpu_hours",
	       "{\"namespace\":\"ml\",\"gpu_hours\":1}", NULL);
}

/* A pod is one, however many of its containers have the GPU; what they use is
 * its own, added up, and of two copies of one it is one. */
static void
containers_of_a_pod(void)
{
	static const char first[] = CARD "," POD("a") "," L("container", "x");
	static const char copy[] =
	    CARD "," POD("a") "," L("container", "x") "," L("job_name", "two");
	static const char second[] = CARD "," POD("a") "," L("container", "y");

	nothing_yet();
	seen(CARD);
	always("held_busy", CARD, "90");
	always("held_used", CARD, "8589934592");
	always("held_pod_used", first, "4294967296");
	always("held_pod_used", copy, "4294967296");
	always("held_pod_used", second, "2147483648");
	always("held_pod_busy", first, "70");
	always("held_pod_busy", second, "40");
	always("held_pod_used", CARD "," POD("b") "," L("container", "x"),
	       "1073741824");
	always("held_pod_busy", CARD "," POD("b") "," L("container", "x"), "0");
	expect(HOUR "&by=pod&fields=pod,gpu_hours,busy_gpu_hours,"
		    "gpu_memory_gib_hours",
	       "{\"pod\":\"a\",\"gpu_hours\":0.5,\"busy_gpu_hours\":0.5,"
	       "\"gpu_memory_gib_hours\":6},"
	       "{\"pod\":\"b\",\"gpu_hours\":0.5,\"busy_gpu_hours\":0,"
	       "\"gpu_memory_gib_hours\":1}",
	       NULL);
}

/* The target's own pod has no GPU; of whose target nobody tells, that is said
 * once. */
static void
pods_of_exporters(void)
{
	nothing_yet();
	seen(CARD);
	target(L("instance", "n1:9400") "," POD("exporter-1"));
	told("held_busy", CARD "," POD("exporter-1"), 0, HALF, "0");
	told("held_busy", CARD "," POD("a"), HALF + 1, STEPS, "50");
	expect(HOUR "&by=pod&fields=pod,gpu_hours",
	       "{\"pod\":\"a\",\"gpu_hours\":0.5}", NULL);
}

/* Both know who has it: what the first one says of him counts. */
static void
rank_of_exporters(void)
{
	static const char other[] =
	    L("node", "n1") "," L("card", "0") "," L("podname", "a") "," L(
		"podnamespace", "ml") "," L("instance", "n1:9500");

	nothing_yet();
	seen(CARD);
	always("held_busy", CARD "," POD("a"), "80");
	told("other_busy", other, 0, HALF, "0");
	told("other_watts", other, 0, STEPS, "100");
	told("held_watts", CARD "," POD("a"), HALF + 1, STEPS, "300");
	expect(HOUR "&by=pod&fields=pod,gpu_hours,busy_gpu_hours,energy_kwh",
	       "{\"pod\":\"a\",\"gpu_hours\":1,\"busy_gpu_hours\":1,"
	       "\"energy_kwh\":0.2}",
	       NULL);
}

#define PART(number, profile)                                                  \
	CARD "," L("part", number) "," L("part_profile", profile)

static void
instances(void)
{
	nothing_yet();
	seen(PART("1", "3g.40gb"));
	seen(PART("2", "1g.10gb"));
	always("held_busy", PART("1", "3g.40gb") "," POD("a"), "80");
	always("held_busy", PART("2", "1g.10gb") "," POD("b"), "80");
	always("held_busy", PART("3", "1g.10gb"), "0");
	expect(HOUR "&by=pod&fields=pod,gpu_hours",
	       "{\"pod\":\"a\",\"gpu_hours\":0.5},"
	       "{\"pod\":\"b\",\"gpu_hours\":0.125}",
	       NULL);
}

/* Each is as much of its card as the others are. */
static void
partitions(void)
{
#define AMD(part) CARD "," L("vendor", "AMD") "," L("part", part)
	nothing_yet();
	seen(AMD("0"));
	always("held_busy", AMD("0") "," POD("a"), "80");
	always("held_busy", AMD("1"), "0");
	always("held_busy", AMD("2") "," POD("a"), "80");
	always("held_busy", AMD("3"), "0");
	always("held_busy", ON("n1", "1") "," POD("b"), "80");
	expect(HOUR "&by=pod&fields=pod,gpu_hours",
	       "{\"pod\":\"a\",\"gpu_hours\":0.5},"
	       "{\"pod\":\"b\",\"gpu_hours\":1}",
	       NULL);
}

/* Where each tells all of the card's memory for its own, it is there once, also
 * while one of them has no series; of others, what each says is its own. */
static void
partitions_that_repeat_memory(void)
{
	static const char *const parts[] = {"0", "1", "2", "3"};
	char labels[300];

	nothing_yet();
	seen(AMD("0"));
	for (size_t i = 0; i < 4; i++) {
		snprintf(labels, sizeof(labels),
			 CARD
			 "," L("vendor",
			       "AMD") ",\"part\":\"%s\","
				      "\"pod\":\"p%s\",\"namespace\":\"ml\"",
			 parts[i], parts[i]);
		told("held_busy", labels, 0, i == 3 ? HALF : STEPS, "80");
		told("held_used", labels, 0, i == 3 ? HALF : STEPS,
		     "10737418240");
	}
	expect(HOUR "&fields=gpu_memory_gib_hours",
	       "{\"gpu_memory_gib_hours\":10}", NULL);
	expect(HOUR "&by=pod&fields=pod,gpu_memory_gib_hours",
	       "{\"pod\":\"p0\",\"gpu_memory_gib_hours\":2.917},"
	       "{\"pod\":\"p1\",\"gpu_memory_gib_hours\":2.917},"
	       "{\"pod\":\"p2\",\"gpu_memory_gib_hours\":2.917},"
	       "{\"pod\":\"p3\",\"gpu_memory_gib_hours\":1.25}",
	       NULL);
	nothing_yet();
	seen(AMD("0"));
	always("held_used", AMD("0") "," POD("a"), "10737418240");
	always("held_used", AMD("1") "," POD("b"), "21474836480");
	expect(HOUR "&fields=gpu_memory_gib_hours",
	       "{\"gpu_memory_gib_hours\":30}", NULL);
	/* Instances of NVIDIA's have memory of their own. */
	nothing_yet();
	seen(PART("1", "3g.40gb"));
	always("held_used", PART("1", "3g.40gb") "," POD("a"), "10737418240");
	always("held_used", PART("2", "3g.40gb") "," POD("b"), "10737418240");
	expect(HOUR "&fields=gpu_memory_gib_hours",
	       "{\"gpu_memory_gib_hours\":20}", NULL);
}

/* Of a clusters' parts, whose sizes may differ, nobody tells what they are. */
static void
parts_of_unknown_size(void)
{
#define SLICE(part) CARD "," L("vendor", "NVIDIA") "," L("part", part)
	nothing_yet();
	seen(SLICE("1"));
	always("held_busy", SLICE("1") "," POD("a"), "80");
	always("held_busy", SLICE("2"), "0");
	always("held_busy", ON("n1", "1") "," POD("a"), "80");
	expect(HOUR "&by=pod&fields=pod,gpu_hours",
	       "{\"pod\":\"a\",\"gpu_hours\":1.5}",
	       "\"GPUs of which nobody tells how large their instances are: 1. "
	       "Each instance counts as an equal part\"");
}

static void
clusters(void)
{
#define OF_CLUSTER(name, pod)                                                  \
	CARD "," L("cluster", name) "," POD(pod) "," JOB("7") "," L(           \
	    "job_user", "ann") "," L("model", "H100")
	static const struct {
		const char *by, *key, *value;
	} kinds[] = {
	    {"namespace", "namespace", "ml"}, {"pod", "pod", "a"},
	    {"job", "job_id", "7"},	      {"user", "job_user", "ann"},
	    {"node", "node_name", "n1"},      {"model", "gpu_name", "H100"}};

	nothing_yet();
	target(L("instance", "n1:9400") "," L("cluster", "east"));
	target(L("instance", "n1:9400") "," L("cluster", "west"));
	seen(CARD "," L("cluster", "east"));
	seen(CARD "," L("cluster", "west"));
	told("held_busy", OF_CLUSTER("east", "a"), 0, HALF, "80");
	always("held_busy", OF_CLUSTER("west", "a"), "80");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char query[200], rows[300];

		snprintf(query, sizeof(query),
			 HOUR "&by=%s&fields=%s,gpu_hours,cluster", kinds[i].by,
			 kinds[i].key);
		snprintf(rows, sizeof(rows),
			 "{\"%s\":\"%s\",\"gpu_hours\":0.5,\"cluster\":"
			 "\"east\"},"
			 "{\"%s\":\"%s\",\"gpu_hours\":1,\"cluster\":\"west\"}",
			 kinds[i].key, kinds[i].value, kinds[i].key,
			 kinds[i].value);
		expect(query, rows, NULL);
	}
	expect(HOUR "&cluster=west&fields=namespace,gpu_hours",
	       "{\"namespace\":\"ml\",\"gpu_hours\":1}", NULL);
}

static void
users(void)
{
	/* By a job's labels, and by numbers beside it. */
	nothing_yet();
	seen(CARD);
	always("held_busy", CARD "," JOB("7") "," L("job_user", "ann"), "80");
	always("held_busy", CARD "," JOB("8") "," L("job_user", "bob"), "80");
	always("held_job", ON("n1", "1"), "9");
	always("held_uid", ON("n1", "1"), "1000");
	always("held_busy", ON("n1", "1"), "50");
	expect(HOUR "&by=user&fields=job_user,gpu_hours",
	       "{\"job_user\":\"1000\",\"gpu_hours\":1},"
	       "{\"job_user\":\"ann\",\"gpu_hours\":0.5},"
	       "{\"job_user\":\"bob\",\"gpu_hours\":0.5}",
	       NULL);
	/* Whose of two it is, nobody tells. */
	nothing_yet();
	seen(CARD);
	always("held_busy", CARD "," JOB("7"), "80");
	always("held_busy", CARD "," JOB("8"), "80");
	always("held_uid", CARD, "1000");
	expect(HOUR "&by=user&fields=job_user,gpu_hours",
	       "{\"job_user\":null,\"gpu_hours\":1}", NULL);
	/* Each one's own, one after the other, with a job that stays. */
	nothing_yet();
	seen(CARD);
	told("held_job", CARD, 0, HALF, "7");
	told("held_job", CARD, HALF + 1, STEPS, "8");
	told("held_uid", CARD, 0, HALF, "1000");
	told("held_uid", CARD, HALF + 1, STEPS, "1001");
	expect(HOUR "&by=user&fields=job_user,gpu_hours",
	       "{\"job_user\":\"1000\",\"gpu_hours\":0.5},"
	       "{\"job_user\":\"1001\",\"gpu_hours\":0.5}",
	       NULL);
	/* Who was there for longest, be it with a pause. */
	nothing_yet();
	seen(CARD);
	always("held_job", CARD, "7");
	told("held_uid", CARD, 0, 2, "1000");
	told("held_uid", CARD, 3, 6, "1001");
	told("held_uid", CARD, 9, STEPS, "1000");
	expect(HOUR "&by=user&fields=job_user,gpu_hours",
	       "{\"job_user\":\"1000\",\"gpu_hours\":1}", NULL);
	/* Two who were there for as long. */
	nothing_yet();
	seen(CARD);
	always("held_job", CARD, "7");
	told("held_uid", CARD, 0, 2, "1000");
	told("held_uid", CARD, 3, 5, "1001");
	expect(HOUR "&by=user&fields=job_user,gpu_hours",
	       "{\"job_user\":null,\"gpu_hours\":1}", NULL);
}

/* --- over time, by namespace ---------------------------------------------- */

#define HISTORY		   "by=namespace&step=5m&" HOUR
#define OF(namespace, pod) L("namespace", namespace) "," L("pod", pod)
#define SERIES(name, gpus, value)                                              \
	"{\"namespace\":" name ",\"cluster\":null,\"gpu_count\":" gpus         \
	",\"min\":" value ",\"avg\":" value ",\"max\":" value                  \
	",\"last\":" value "}"

static void
expect_history(const char *query, const char *series, const char *more)
{
	char text[1024];

	capture_start();
	start();
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(&call, &endpoint_history, query, &params),
	    ERR_OK);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_history, 1 << 20),
			ERR_OK);
	snprintf(text, sizeof(text), "\"series\":[%s],\"columns\":[", series);
	canned_call_expect(&call, text);
	canned_call_expect(&call, more);
	canned_call_fini(&call);
	capture_end();
}

/* Who has it at a point has it alone; and what nobody has is told of. */
static void
namespaces_one_after_the_other(void)
{
	nothing_yet();
	seen(CARD);
	seen(ON("n1", "1"));
	seen(ON("n1", "2"));
	told("held_busy", CARD "," OF("ml", "a"), 0, 3, "80");
	told("held_busy", CARD "," OF("ml", "b"), 4, HALF, "80");
	told("held_busy", CARD "," OF("ops", "c"), HALF + 1, STEPS, "40");
	always("held_busy", ON("n1", "1"), "10");
	always("held_busy", ON("n1", "2") "," JOB("7"), "20");
	expect_history(
	    HISTORY,
	    SERIES("\"ml\"", "1", "80") "," SERIES(
		"\"ops\"", "1", "40") "," SERIES("null", "2", "15"),
	    ",[80,80,80,80,80,80,80,null,null,null,null,null,null],[null,null,"
	    "null,null,null,null,null,40,40,40,40,40,40],[15,15,15,15,15,15,15,"
	    "15,15,15,15,15,15]]}");
	expect_history(HISTORY "&node_name=n2", "", "\"error\":null");
	expect_history(HISTORY "&format=json&limit=1&offset=1",
		       SERIES("\"ops\"", "1", "40"), "\"total\":3");
}

/* Of what several have, each has what is told of it alone. */
static void
namespaces_that_share(void)
{
	nothing_yet();
	seen(CARD);
	always("held_busy", CARD "," OF("ml", "a"), "50");
	always("held_busy", CARD "," OF("ml", "b"), "50");
	always("held_busy", CARD "," OF("ops", "c"), "50");
	always("held_used", CARD, "8589934592");
	always("held_pod_used", CARD "," OF("ml", "a"), "1073741824");
	always("held_pod_used", CARD "," OF("ml", "b"), "2147483648");
	always("held_pod_used", CARD "," OF("ops", "c"), "4294967296");
	expect_history(HISTORY, "", "\"error\":null");
	expect_history(
	    HISTORY "&field=memory_used",
	    SERIES("\"ml\"", "1", "3") "," SERIES("\"ops\"", "1", "4"),
	    "\"error\":null");
}

/* What the card draws is nobody's, unless one has all of it. */
static void
namespaces_on_instances(void)
{
	static const char *const owners[] = {"ops", "ml"};

	for (size_t i = 0; i < 2; i++) {
		char labels[300];

		nothing_yet();
		seen(PART("1", "3g.40gb"));
		seen(PART("2", "1g.10gb"));
		always("held_busy", PART("1", "3g.40gb") "," OF("ml", "a"),
		       "80");
		snprintf(labels, sizeof(labels),
			 PART("2", "1g.10gb") ",\"namespace\":\"%s\",\"pod\":"
					      "\"b\"",
			 owners[i]);
		always("held_busy", labels, "40");
		always("held_watts", CARD, "300");
		expect_history(HISTORY,
			       i == 0 ? SERIES("\"ml\"", "1", "80") "," SERIES(
					    "\"ops\"", "1", "40")
				      : SERIES("\"ml\"", "2", "60"),
			       "\"error\":null");
		expect_history(HISTORY "&field=power_draw",
			       i == 0 ? "" : SERIES("\"ml\"", "1", "300"),
			       "\"error\":null");
	}
}

/* A Prometheus keeps what it has for some days, and had nothing before it came.
 */
static void
begins_when_it_is_told(void)
{
	nothing_yet();
	seen(CARD);
	told("held_busy", CARD "," OF("ml", "a"), HALF + 1, STEPS, "80");
	expect(HOUR "&fields=namespace,gpu_hours",
	       "{\"namespace\":\"ml\",\"gpu_hours\":0.5}",
	       "\"No exporter tells of any GPU before "
	       "2023-11-14T21:35:00.000Z: what was then is not in these "
	       "sums\"");
	nothing_yet();
	seen(CARD);
	expect(HOUR, "", "\"No exporter tells of any GPU in that time\"");
}

/* What is still told of who has left is not of who came: neither of the next
 * one, nor of nobody. */
static void
namespaces_that_come_and_go(void)
{
	static const char points[] =
	    ",[null,null,null,80,80,80,80,null,null,null,null,null,null],[null,"
	    "null,null,null,null,null,null,10,10,10,10,10,10],[0,0,0,null,null,"
	    "null,null,null,null,null,null,null,null]]}";

	nothing_yet();
	seen(CARD);
	told("held_busy", CARD, 0, 3, "0");
	told("held_busy", CARD "," OF("ml", "a"), 3, 7, "80");
	told("held_busy", CARD "," OF("ops", "b"), 7, STEPS, "10");
	expect_history(HISTORY,
		       SERIES("\"ml\"", "1", "80") "," SERIES(
			   "\"ops\"", "1", "10") "," SERIES("null", "1", "0"),
		       points);
	nothing_yet();
	seen(CARD);
	told("held_busy", CARD "," OF("ml", "a"), 0, 3, "80");
	told("held_busy", CARD, 3, STEPS, "0");
	expect_history(
	    HISTORY, SERIES("\"ml\"", "1", "80") "," SERIES("null", "1", "0"),
	    ",[80,80,80,null,null,null,null,null,null,null,null,null,"
	    "null],[null,null,null,0,0,0,0,0,0,0,0,0,0]]}");
}

/* Who come together to a GPU that was free share it at once. */
static void
namespaces_that_come_together(void)
{
	nothing_yet();
	seen(CARD);
	told("held_used", CARD, 0, 3, "0");
	told("held_used", CARD "," OF("ml", "a"), 3, STEPS, "8589934592");
	told("held_used", CARD "," OF("ops", "b"), 3, STEPS, "8589934592");
	expect_history(HISTORY "&field=memory_used", SERIES("null", "1", "0"),
		       "\"error\":null");
}

/* Partitions that repeat their card's memory have it together. */
static void
namespaces_on_partitions_that_repeat_memory(void)
{
	char labels[300];

	nothing_yet();
	seen(AMD("0"));
	for (int i = 0; i < 4; i++) {
		snprintf(labels, sizeof(labels),
			 CARD "," L("vendor",
				    "AMD") ",\"part\":\"%d\",\"pod\":\"p%d\","
					   "\"namespace\":\"%s\"",
			 i, i, i == 0 ? "ops" : "ml");
		always("held_busy", labels, "80");
		always("held_used", labels, "8589934592");
	}
	expect_history(
	    HISTORY "&field=memory_used",
	    SERIES("\"ml\"", "3", "6") "," SERIES("\"ops\"", "1", "2"),
	    "\"error\":null");
	expect_history("by=all&step=5m&" HOUR "&field=memory_used",
		       "{\"gpu_count\":1,\"min\":8,\"avg\":8,\"max\":8,"
		       "\"last\":8}",
		       "\"error\":null");
}

/* What instances there are later says nothing of whose the card was before. */
static void
namespaces_of_a_card_split_anew(void)
{
	nothing_yet();
	seen(PART("3", "7g.80gb"));
	told("held_busy", PART("1", "3g.40gb") "," OF("ml", "a"), 0, HALF,
	     "80");
	told("held_busy", PART("2", "3g.40gb") "," OF("ml", "b"), 0, HALF,
	     "80");
	told("held_busy", PART("3", "7g.80gb") "," OF("ops", "c"), HALF + 1,
	     STEPS, "80");
	always("held_watts", CARD, "300");
	expect_history(
	    HISTORY "&field=power_draw",
	    SERIES("\"ml\"", "1", "300") "," SERIES("\"ops\"", "1", "300"),
	    ",[300,300,300,300,300,300,300,null,null,null,null,null,"
	    "null],[null,null,null,null,null,null,null,300,300,300,"
	    "300,300,300]]}");
}

/* Many pods on one card are many series: less of the time is read at once. */
static void
namespaces_of_shared_gpus(void)
{
	nothing_yet();
	seen(CARD);
	for (int i = 0; i < 10; i++) {
		char labels[200];

		snprintf(labels, sizeof(labels),
			 CARD ",\"namespace\":\"ml\",\"pod\":\"%d\"", i);
		always("held_busy", labels, "80");
	}
	capture_start();
	start();
	call.collector.history.max_points = 40;
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(&call, &endpoint_history, HISTORY, &params),
	    ERR_OK);
	CU_ASSERT_EQUAL(canned_call_answer(&call, &endpoint_history, 1 << 20),
			ERR_OK);
	canned_call_expect(&call, SERIES("\"ml\"", "1", "80"));
	canned_call_fini(&call);
	capture_end();
}

static void
namespaces_of_what_cannot_be(void)
{
	static const struct {
		const char *query, *text;
	} asked[] = {
	    {"&aggregate=avg", "\"aggregate\" is \"avg\": it takes "
			       "sample with by=namespace"},
	    {"&field=energy_joules", "\"field\" is \"energy_joules\""}};
	char query[200];

	nothing_yet();
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		start();
		snprintf(query, sizeof(query), HISTORY "%s", asked[i].query);
		CU_ASSERT_EQUAL_FATAL(
		    canned_call_query(&call, &endpoint_history, query, &params),
		    ERR_OK);
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, &endpoint_history, 1 << 20),
		    ERR_QUERY);
		CU_ASSERT_PTR_NOT_NULL(strstr(call.err.text, asked[i].text));
		canned_call_fini(&call);
	}
}

/* --- when to end ---------------------------------------------------------- */

static bool
is_lost(const void *context)
{
	(void)context;
	return true;
}

/* What was told is put together as long as somebody waits for it. */
static void
ends_in_time(void)
{
	static const struct interest nobody = {.is_lost = is_lost};

	nothing_yet();
	seen(CARD);
	always("held_busy", CARD "," POD("a"), "80");
	capture_start();
	start();
	call.call.collect.deadline_ms = 1;
	CU_ASSERT_EQUAL(ask(HOUR), ERR_TIMEOUT);
	canned_call_fini(&call);
	start();
	call.call.collect.interest = &nobody;
	CU_ASSERT_EQUAL(ask(HOUR), ERR_GONE);
	canned_call_fini(&call);
	capture_end();
}

/* --- prices --------------------------------------------------------------- */

/* Split, shared and whole ones, each by its part; and one without a price. */
static void
costs(void)
{
#define OF_MODEL(gpu, name) ON("n1", gpu) "," L("model", name)
	static const char slice[] = OF_MODEL("0", "NVIDIA H100") "," L(
	    "part", "1") "," L("part_profile", "3g.40gb") "," POD("a");
	char path[] = "/tmp/usage_test.XXXXXX";
	struct price_list *prices;
	struct err e = {0};
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	dprintf(fd, "{\"currency\":\"EUR\",\"gpu_hour\":{\"*H100*\":2.5,"
		    "\"*A100*\":1.6}}");
	close(fd);
	CU_ASSERT_EQUAL_FATAL(price_list_new(path, &prices, &e), ERR_OK);
	nothing_yet();
	seen(CARD);
	always("held_busy", slice, "80");
	always("held_busy", OF_MODEL("1", "NVIDIA A100") "," POD("a"), "80");
	always("held_busy", OF_MODEL("1", "NVIDIA A100") "," POD("b"), "80");
	always("held_busy", OF_MODEL("2", "NVIDIA H100") "," POD("b"), "80");
	always("held_busy", OF_MODEL("3", "NVIDIA T4") "," POD("b"), "80");
	always("held_busy", OF_MODEL("3", "NVIDIA T4") "," POD("c"), "80");
	capture_start();
	start();
	call.collector.prices = prices;
	CU_ASSERT_EQUAL(ask(HOUR "&by=pod&fields=pod,gpu_hours,cost,currency"),
			ERR_OK);
	canned_call_expect(&call,
			   "{\"pod\":\"a\",\"gpu_hours\":1,\"cost\":2.05,"
			   "\"currency\":\"EUR\"},"
			   "{\"pod\":\"b\",\"gpu_hours\":2,\"cost\":3.3,"
			   "\"currency\":\"EUR\"},"
			   "{\"pod\":\"c\",\"gpu_hours\":0.5,\"cost\":null,"
			   "\"currency\":\"EUR\"}");
	canned_call_expect(&call, "\"Of 1.000 of 3.500 GPU hours PRICES_FILE "
				  "has no price: cost is of the others\"");
	canned_call_fini(&call);
	capture_end();
	price_list_free(prices);
	unlink(path);
}

/* --- slices of the time --------------------------------------------------- */

/* Of so many GPUs, each with seven instances that pods have. */
static void
many_parts(int gpus)
{
	nothing_yet();
	for (int i = 0; i < gpus * 7; i++) {
		char gpu[16], part[16], labels[400];

		snprintf(gpu, sizeof(gpu), "%d", i / 7);
		snprintf(part, sizeof(part), "%d", i % 7);
		snprintf(labels, sizeof(labels),
			 "\"node\":\"n1\",\"gpu\":\"%s\",\"instance\":"
			 "\"n1:9400\",\"part\":\"%s\",\"part_profile\":"
			 "\"1g.10gb\"",
			 gpu, part);
		seen(labels);
		strcat(labels, "," POD("a"));
		always("held_busy", labels, "80");
	}
}

static enum err_code
ask_within(const char *query, size_t max_points)
{
	start();
	call.collector.history.max_points = max_points;
	return ask(query);
}

/* However little is read at once, it is the same. */
static void
limits_of_points(void)
{
	static const size_t most[] = {4000, 200, 100, 63};

	many_parts(3);
	capture_start();
	for (size_t i = 0; i < sizeof(most) / sizeof(*most); i++) {
		CU_ASSERT_EQUAL(
		    ask_within(HOUR "&by=pod&fields=pod,gpu_hours", most[i]),
		    ERR_OK);
		canned_call_expect(
		    &call, "\"data\":[{\"pod\":\"a\",\"gpu_hours\":2.625}]");
		canned_call_fini(&call);
	}
	/* Three points of each are too many: not the client's fault. */
	CU_ASSERT_EQUAL(ask_within(HOUR, 62), ERR_TOO_BIG);
	canned_call_expect(&call, "HISTORY_MAX_POINTS is 62: ");
	canned_call_fini(&call);
	capture_end();
}

/* What was read before it was too much is not read again. */
static void
goes_on_in_smaller_slices(void)
{
	size_t whole, cut;

	nothing_yet();
	seen(CARD);
	told("held_busy", CARD "," POD("first"), 0, 8, "80");
	for (int i = 0; i < 10; i++) {
		char labels[200];

		snprintf(labels, sizeof(labels),
			 CARD ",\"namespace\":\"ml\",\"pod\":\"%d\"", i);
		told("held_busy", labels, 9, STEPS, "80");
	}
	capture_start();
	CU_ASSERT_EQUAL(ask_within(HOUR "&fields=gpu_hours", 4000), ERR_OK);
	canned_call_expect(&call, "\"data\":[{\"gpu_hours\":1}]");
	whole = call.call.collect.query_count;
	canned_call_fini(&call);
	/* Of nine points; of the next four; of two and two of these. */
	CU_ASSERT_EQUAL(ask_within(HOUR "&fields=gpu_hours", 36), ERR_OK);
	canned_call_expect(&call, "\"data\":[{\"gpu_hours\":1}]");
	cut = call.call.collect.query_count;
	canned_call_fini(&call);
	/* Whose pods are whose is asked once. */
	CU_ASSERT_EQUAL(cut - 1, 4 * (whole - 1));
	capture_end();
}

/* Six pods on each instance are six times as many series as there are
 * instances: that shows when they are read. */
static void
limits_of_shared_gpus(void)
{
	nothing_yet();
	for (int i = 0; i < 7 * 6; i++) {
		char labels[300];

		snprintf(labels, sizeof(labels),
			 CARD ",\"part\":\"%d\",\"part_profile\":\"1g.10gb\","
			      "\"namespace\":\"ml\",\"pod\":\"%d\"",
			 i / 6, i);
		seen(labels);
		always("held_busy", labels, "80");
	}
	capture_start();
	CU_ASSERT_EQUAL(ask_within(HOUR "&fields=namespace,gpu_hours", 400),
			ERR_OK);
	canned_call_expect(
	    &call, "\"data\":[{\"namespace\":\"ml\",\"gpu_hours\":0.875}]");
	canned_call_fini(&call);
	capture_end();
}

static void
says_each_thing_once(void)
{
	static const char *const warnings =
	    "\"warnings\":[\"2 series of held_busy do not tell which GPU they "
	    "are of\",\"Pods left out, since no `up` of their target tells "
	    "whether they are the exporter's own: 2\"]}";

	nothing_yet();
	seen(CARD);
	always("held_busy", CARD "," POD("a"), "80");
	always("held_busy", L("instance", "n1:9400") "," L("gpu", "x"), "1");
	told("held_busy", L("instance", "n1:9400") "," L("gpu", "y"), HALF,
	     STEPS, "1");
	told("held_busy",
	     L("node", "n2") "," L("gpu", "0") "," L("instance",
						     "n2:9400") "," POD("b"),
	     0, 3, "80");
	told("held_busy",
	     L("node", "n2") "," L("gpu", "0") "," L("instance",
						     "n2:9400") "," POD("c"),
	     4, STEPS, "80");
	capture_start();
	CU_ASSERT_EQUAL(ask_within(HOUR "&fields=namespace", 20), ERR_OK);
	canned_call_expect(&call, warnings);
	canned_call_fini(&call);
	capture_end();
}

/* Of the targets nothing but their labels is kept. */
static void
takes_little_for_targets(void)
{
	enum { TARGETS = 150, WEEK_S = 7 * 86400, ENOUGH_BYTES = 1 << 20 };
	const int end_s = FROM_S + STEPS * STEP_S;
	size_t place;

	nothing_yet();
	seen(CARD);
	place = place_of(CANNED_RANGE "up and on...held_busy");
	for (int i = 0; i < TARGETS; i++) {
		char text[120];

		snprintf(text, sizeof(text),
			 ",{\"metric\":{\"instance\":\"%d\"},\"values\":[[%d,"
			 "\"1\"],[%d,\"1\"]]}",
			 i, end_s - WEEK_S, end_s);
		append(place, text);
	}
	capture_start();
	canned_call_init(&call, PROFILES, make_answers(), ENOUGH_BYTES);
	call.call.asked_s = end_s;
	canned_call_survey(&call);
	call.collector.history.max_points = 100000;
	CU_ASSERT_EQUAL(ask("range=7d"), ERR_OK);
	canned_call_fini(&call);
	capture_end();
}

/* Who came and went is remembered over all of a slice, be there little memory
 * for that: then slices are smaller. */
static void
takes_little_for_many_pods(void)
{
	enum { PODS = 400, WEEK_S = 7 * 86400, ENOUGH_BYTES = 1 << 20 };

	nothing_yet();
	seen(CARD);
	for (int i = 0; i < PODS; i++) {
		char labels[200];

		snprintf(labels, sizeof(labels),
			 CARD ",\"namespace\":\"ml\",\"pod\":\"%d\"", i);
		told("held_busy", labels, 5 * i + 1, 5 * i + 1, "80");
	}
	capture_start();
	canned_call_init(&call, PROFILES, make_answers(), ENOUGH_BYTES);
	call.call.asked_s = FROM_S + WEEK_S;
	canned_call_survey(&call);
	call.collector.history.max_points = 100000;
	CU_ASSERT_EQUAL(ask("range=7d&fields=namespace,gpu_hours"), ERR_OK);
	canned_call_expect(&call, "\"gpu_hours\":33.333}");
	canned_call_fini(&call);
	capture_end();
}

/* --- times ---------------------------------------------------------------- */

/* The text by which others are given the answer begins with its times. */
static void
expect_times(const char *query, int64_t max_range_s, long long start_s,
	     long long step_s)
{
	char text[100];
	struct buf key;

	start();
	call.collector.history.max_range_s = max_range_s;
	CU_ASSERT_EQUAL_FATAL(read_params(query, &call.arena, &call.err),
			      ERR_OK);
	call.call.params = &params;
	buf_init(&key, 1024);
	CU_ASSERT_EQUAL(endpoint_usage.write_key(&call.call, &key, &call.err),
			ERR_OK);
	snprintf(text, sizeof(text), "usage 0 %lld ", start_s);
	CU_ASSERT_TRUE(key.length > strlen(text) &&
		       memcmp(key.data, text, strlen(text)) == 0);
	snprintf(text, sizeof(text), " %lld ", step_s);
	CU_ASSERT_PTR_NOT_NULL(
	    memmem(key.data, key.length, text, strlen(text)));
	buf_fini(&key);
	canned_call_fini(&call);
}

static void
steps_and_spans(void)
{
	enum { END_S = FROM_S + STEPS * STEP_S, DAY_S = 86400 };
	const int64_t month_s = 31 * DAY_S;

	nothing_yet();
	seen(CARD);
	expect_times("", month_s, END_S - DAY_S, 300);
	expect_times("range=7d", month_s, END_S - 7 * DAY_S, 300);
	expect_times("range=8d", month_s, END_S - 8 * DAY_S, 900);
	expect_times("range=31d", month_s, END_S - month_s, 900);
	expect_times("range=60d", 60 * DAY_S, END_S - 60 * DAY_S, 1800);
	expect_times("range=31d&step=1h", month_s, END_S - month_s, 3600);
	/* Who asks for nothing asks for nothing that there may not be. */
	expect_times("", 7200, END_S - 7200, 300);
	expect_times("", 600, END_S - 600, 300);
}

/* --- memory --------------------------------------------------------------- */

static void
survives_a_lack_of_memory(void)
{
	enum { STEP_BYTES = 2048, ARENA_BYTES = 1 << 16 };
	size_t bytes = 0, failures = 0;
	struct budget budget;
	struct arena arena;
	struct err e = {0};
	enum err_code code;

	nothing_yet();
	seen(PART("1", "3g.40gb"));
	target(L("instance", "n1:9400") "," POD("exporter-1"));
	told("held_busy", PART("1", "3g.40gb") "," POD("a"), 0, HALF, "80");
	always("held_busy", CARD "," POD("b"), "0");
	always("held_pod_used", CARD "," POD("b"), "1");
	budget_init(&budget, ARENA_BYTES);
	arena_init(&arena, &budget);
	capture_start();
	CU_ASSERT_EQUAL_FATAL(read_params(HOUR, &arena, &e), ERR_OK);
	do {
		canned_call_init(&call, PROFILES, make_answers(), bytes);
		canned_call_survey(&call);
		call.call.params = &params;
		code = canned_call_answer(&call, &endpoint_usage, 1 << 20);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		canned_call_fini(&call);
		CU_ASSERT_EQUAL(call.budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += STEP_BYTES;
	} while (code != ERR_OK && bytes < CANNED_AMPLE_BYTES);
	capture_end();
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
	arena_fini(&arena);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"all columns", all_columns},
	    {"one after the other", one_after_the_other},
	    {"shared by pods", shared_by_pods},
	    {"containers of a pod", containers_of_a_pod},
	    {"pods of exporters", pods_of_exporters},
	    {"rank of exporters", rank_of_exporters},
	    {"instances", instances},
	    {"partitions", partitions},
	    {"partitions that repeat memory", partitions_that_repeat_memory},
	    {"parts of unknown size", parts_of_unknown_size},
	    {"clusters", clusters},
	    {"begins when it is told", begins_when_it_is_told},
	    {"users", users},
	    {"namespaces, one after the other", namespaces_one_after_the_other},
	    {"namespaces that share", namespaces_that_share},
	    {"namespaces on instances", namespaces_on_instances},
	    {"namespaces that come and go", namespaces_that_come_and_go},
	    {"namespaces that come together", namespaces_that_come_together},
	    {"namespaces on partitions that repeat memory",
	     namespaces_on_partitions_that_repeat_memory},
	    {"namespaces of a card split anew",
	     namespaces_of_a_card_split_anew},
	    {"namespaces of shared GPUs", namespaces_of_shared_gpus},
	    {"namespaces of what cannot be", namespaces_of_what_cannot_be},
	    {"ends in time", ends_in_time},
	    {"costs", costs},
	    {"limits of points", limits_of_points},
	    {"goes on in smaller slices", goes_on_in_smaller_slices},
	    {"limits of shared GPUs", limits_of_shared_gpus},
	    {"says each thing once", says_each_thing_once},
	    {"takes little for targets", takes_little_for_targets},
	    {"takes little for many pods", takes_little_for_many_pods},
	    {"steps and spans", steps_and_spans},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("usage", tests);
}
