/* collect: several exporters at once: which queries are asked, and what
 * becomes of their answers. */
#include "gpu/collect/collect.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

#define RACK_BUSY  "rack_gpu_busy_ratio{slot!=\"\"}"
#define RACK_USED  "rack_gpu_memory_used_mib{slot!=\"\"}"
#define RACK_TOTAL "rack_gpu_memory_mib{slot!=\"\"}"
#define RACK_POWER "rack_gpu_power_milliwatts{slot!=\"\"}"

#define SPLIT_WHERE(more) "{gpu!=\"\",tile=\"\"" more "}"
#define SPLIT(metric)	  metric SPLIT_WHERE("")
#define SPLIT_BUSY	  "split_busy" SPLIT_WHERE(",slice=\"\"")
#define SPLIT_CLOCK(what) "split_clock_mhz" SPLIT_WHERE(",clock=\"" what "\"")
#define SPLIT_POWER                                                            \
	"{__name__=~\"split_watts|split_average_watts\",gpu!=\"\",tile=\"\"}"

#define DESK(metric)	metric "{uuid!=\"\"}"
#define DESK_BOTH(a, b) "{__name__=~\"" a "|" b "\",uuid!=\"\"}"
#define DESK_USED	DESK_BOTH("desk_used_bytes", "desk_memory_used_bytes")
#define DESK_MEMORY                                                            \
	DESK_BOTH("desk_used_bytes", "desk_memory_used_bytes|desk_used_ratio")
#define RACK_USED  "rack_gpu_memory_used_mib{slot!=\"\"}"
#define RACK_TOTAL "rack_gpu_memory_mib{slot!=\"\"}"
#define SPLIT_MEMORY                                                           \
	"{__name__=~\"split_used_mib|split_free_mib|split_reserved_mib\","     \
	"gpu!=\"\",tile=\"\"}"
#define DESK_CPU DESK_BOTH("desk_process_cpu", "desk_process_cpu_ratio")

/* When it was measured, by the metric that each of the kind has. */
#define RACK_MEASURED  "timestamp(" RACK_BUSY ")"
#define BENCH_MEASURED "timestamp(bench_gpu_celsius)"
#define SPLIT_MEASURED "timestamp(" SPLIT("split_used_mib") ")"
#define DESK_MEASURED  "timestamp(" DESK("desk_info") ")"

#define RACK_GPU(node, value)                                                  \
	CANNED_VECTOR(CANNED_SERIES(                                           \
	    CANNED_LABEL("host", node) "," CANNED_LABEL(                       \
		"slot", "0") "," CANNED_LABEL("product", "MI300X"),            \
	    "1700000000", value))
#define BENCH_GPU(node, value)                                                 \
	CANNED_VECTOR(CANNED_SERIES(                                           \
	    CANNED_LABEL("node", node) "," CANNED_LABEL("gpu", "0"),           \
	    "1700000001", value))

#define ANSWER(promql, body)	      {promql, body, ERR_OK, NULL}
#define FAILURE(promql, code, detail) {promql, NULL, code, detail}
#define LAST_ANSWER		      {NULL, NULL, ERR_OK, NULL}

static struct canned_call call;

static void
start(const char *profiles, const struct canned_answer *answers)
{
	canned_call_init(&call, profiles, answers, CANNED_AMPLE_BYTES);
}

static enum err_code
collect_processes_of(struct process_table *table)
{
	return collect_processes(&call.collector, NULL, &call.call.collect,
				 table, &call.err);
}

static const char *
text_of(uint32_t number)
{
	const struct intern_string *text = fleet_text(&call.fleet, number);

	return text != NULL ? text->text : "(none)";
}

static void
check_warnings(const char *const *expected, size_t count)
{
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, count);
	for (size_t i = 0; i < count; i++)
		SUITE_EQUAL(call.call.collect.warnings[i], expected[i]);
}

/* The queries, in their order, up to a NULL. */
static void
check_asked(const char *const *queries)
{
	char expected[4096] = "";
	size_t length = 0, count = 0;

	for (; queries[count] != NULL; count++)
		length += (size_t)snprintf(
		    expected + length, sizeof(expected) - length, "%s%s",
		    count > 0 ? " " : "", queries[count]);
	SUITE_EQUAL(canned_pool_asked(), expected);
	CU_ASSERT_EQUAL(call.call.collect.query_count, count);
}

static const char *const several_metrics[] = {
    RACK_MEASURED,	 RACK_BUSY,	   RACK_USED,
    RACK_TOTAL,		 RACK_POWER,	   BENCH_MEASURED,
    "bench_gpu_celsius", "bench:gpu:busy", NULL};
/* What tells of all cards as well: nobody knows yet what there is. */
static const char *const several_utilization[] = {
    RACK_MEASURED,	 RACK_BUSY,	   BENCH_MEASURED,
    "bench_gpu_celsius", "bench:gpu:busy", NULL};
static const char *const cards_metrics[] = {SPLIT_MEASURED,
					    SPLIT_BUSY,
					    SPLIT("split_active"),
					    SPLIT_MEMORY,
					    SPLIT("split_celsius"),
					    SPLIT_POWER,
					    SPLIT("split_limit_watts"),
					    SPLIT("split_memory_busy"),
					    SPLIT_CLOCK("sm"),
					    SPLIT_CLOCK("memory"),
					    SPLIT("split_fan_ratio"),
					    SPLIT("split_memory_celsius"),
					    SPLIT("split_millijoules_total"),
					    SPLIT("split_xid_seconds"),
					    DESK_MEASURED,
					    DESK("desk_info"),
					    DESK("desk_index"),
					    DESK("desk_busy"),
					    DESK_MEMORY,
					    DESK("desk_celsius"),
					    NULL};
/* What the total is computed from, and no limits, clocks ... */
static const char *const cards_nodes[] = {SPLIT_MEASURED,
					  SPLIT_BUSY,
					  SPLIT("split_active"),
					  SPLIT_MEMORY,
					  SPLIT("split_celsius"),
					  SPLIT_POWER,
					  DESK_MEASURED,
					  DESK("desk_info"),
					  DESK("desk_index"),
					  DESK("desk_busy"),
					  DESK_MEMORY,
					  DESK("desk_celsius"),
					  NULL};
/* Identities are always needed, ingredients are not. */
static const char *const cards_utilization[] = {
    SPLIT_MEASURED,	     SPLIT_BUSY,	SPLIT("split_active"),
    SPLIT("split_used_mib"), DESK_MEASURED,	DESK("desk_info"),
    DESK("desk_index"),	     DESK("desk_busy"), NULL};

/* Each only for what it has: file by file, in their order. */
static void
asks_every_exporter(void)
{
	static const struct {
		const char *profiles;
		const struct endpoint *endpoint;
		const char *const *asked;
	} cases[] = {
	    {CANNED_SEVERAL, &endpoint_metrics, several_metrics},
	    {CANNED_SEVERAL, &endpoint_utilization, several_utilization},
	    {CANNED_CARDS, &endpoint_metrics, cards_metrics},
	    {CANNED_CARDS, &endpoint_nodes, cards_nodes},
	    {CANNED_CARDS, &endpoint_utilization, cards_utilization},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(cases[i].profiles, NULL);
		CU_ASSERT_EQUAL(canned_call_collect(&call, cases[i].endpoint),
				ERR_OK);
		check_asked(cases[i].asked);
		CU_ASSERT_EQUAL(call.fleet.count, 0);
		check_warnings(NULL, 0);
		canned_call_fini(&call);
	}
}

static void
asks_for_processes(void)
{
	static const char *const cards[] = {SPLIT_MEASURED,
					    SPLIT("split_used_mib"),
					    SPLIT("split_process_mib"),
					    DESK_MEASURED,
					    DESK("desk_info"),
					    DESK("desk_index"),
					    DESK("desk_process_bytes"),
					    DESK_CPU,
					    NULL};
	static const char *const one[] = {
	    "timestamp(nvidia_gpu_utilization_percent)",
	    "nvidia_gpu_process_gpu_memory_bytes",
	    "nvidia_gpu_process_cpu_percent",
	    "nvidia_gpu_process_memory_percent", NULL};
	/* Who has none: only whether it can be asked. */
	static const char *const several[] = {CANNED_SEVERAL_CENSUS, NULL};
	static const struct {
		const char *profiles;
		const char *const *asked;
	} cases[] = {{CANNED_CARDS, cards},
		     {CANNED_ONE, one},
		     {CANNED_SEVERAL, several}};
	struct process_table table;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(cases[i].profiles, NULL);
		CU_ASSERT_EQUAL(collect_processes_of(&table), ERR_OK);
		check_asked(cases[i].asked);
		CU_ASSERT_EQUAL(table.count, 0);
		check_warnings(NULL, 0);
		process_fini(&table);
		canned_call_fini(&call);
	}
}

/* An empty list would say that nothing runs. */
static void
fails_though_there_is_nothing_to_ask(void)
{
	static const struct canned_answer answers[] = {
	    FAILURE(CANNED_SEVERAL_CENSUS, ERR_PROM, "refused"), LAST_ANSWER};
	struct process_table table;

	start(CANNED_SEVERAL, answers);
	CU_ASSERT_EQUAL(collect_processes_of(&table), ERR_PROM);
	SUITE_EQUAL(call.err.text, "refused");
	process_fini(&table);
	canned_call_fini(&call);
}

static void
joins_every_exporter(void)
{
	static const struct canned_answer answers[] = {
	    ANSWER(RACK_BUSY, RACK_GPU("b", "0.5")),
	    ANSWER(RACK_USED, RACK_GPU("b", "256")),
	    ANSWER(RACK_TOTAL, RACK_GPU("b", "1024")),
	    ANSWER(RACK_POWER, RACK_GPU("b", "250000")),
	    ANSWER("bench:gpu:busy", BENCH_GPU("a", "30")),
	    ANSWER("bench_gpu_celsius", BENCH_GPU("b", "61")),
	    LAST_ANSWER};
	const struct fleet_gpu *a, *b;

	start(CANNED_SEVERAL, answers);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 2);
	a = call.fleet.sorted[0];
	b = call.fleet.sorted[1];
	SUITE_EQUAL(text_of(a->node), "a");
	SUITE_EQUAL(text_of(a->model), "(none)");
	SUITE_EQUAL(a->exporter, "bench-exporter");
	CU_ASSERT_EQUAL(fleet_value(a, FIELD_UTILIZATION), 30);
	CU_ASSERT_TRUE(isnan(fleet_value(a, FIELD_TEMPERATURE)));
	SUITE_EQUAL(text_of(b->node), "b");
	SUITE_EQUAL(text_of(b->model), "MI300X");
	SUITE_EQUAL(b->exporter, "rack-exporter");
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_UTILIZATION), 50);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_MEMORY_USED), 268435456);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_MEMORY_UTILIZATION), 25);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_POWER_DRAW), 250);
	CU_ASSERT_EQUAL(fleet_value(b, FIELD_TEMPERATURE), 61);
	CU_ASSERT_EQUAL(b->timestamp_s, 1700000001);
	check_warnings(NULL, 0);
	canned_call_fini(&call);
}

/* Of alternatives in one answer the first counts, not the newest. */
static void
prefers_the_first_alternative(void)
{
#define WATTS(name, gpu, time, value)                                          \
	CANNED_SERIES(CANNED_THREE(CANNED_LABEL("__name__", name),             \
				   CANNED_LABEL("node", "n"),                  \
				   CANNED_LABEL("gpu", gpu)),                  \
		      time, value)
#define LATER "1700000009"
#define NOW   "1700000000"
	static const struct canned_answer answers[] = {
	    ANSWER(SPLIT_POWER,
		   CANNED_VECTOR(CANNED_SIX(
		       WATTS("split_average_watts", "0", LATER, "90"),
		       WATTS("split_watts", "0", NOW, "100"),
		       WATTS("split_average_watts", "1", NOW, "80"),
		       WATTS("split_watts", "2", NOW, "NaN"),
		       WATTS("split_average_watts", "2", NOW, "70"),
		       /* Nobody asked for this one. */
		       WATTS("split_other_watts", "3", NOW, "60")))),
	    LAST_ANSWER};
	static const double watts[] = {100, 80, 70};
	static const char *const warnings[] = {
	    "1 series of split_watts and others do not tell which GPU they "
	    "are of"};

	start(CANNED_CARDS, answers);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_nodes), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 3);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(
		    fleet_value(call.fleet.sorted[i], FIELD_POWER_DRAW),
		    watts[i]);
	check_warnings(warnings, 1);
	canned_call_fini(&call);
}

/* The profile may say that the exporter does well without it. */
static void
lets_a_profile_make_a_metric_optional(void)
{
	static const struct canned_answer fails[] = {
	    ANSWER(RACK_BUSY, RACK_GPU("b", "0.5")),
	    FAILURE("bench:gpu:busy", ERR_PROM, "reset"), LAST_ANSWER};
	static const struct canned_answer required_fails[] = {
	    FAILURE(RACK_BUSY, ERR_PROM, "refused"),
	    ANSWER("bench:gpu:busy", BENCH_GPU("a", "30")), LAST_ANSWER};
	static const char *const warnings[] = {
	    "The query for utilization failed (upstream)"};

	start(CANNED_SEVERAL, fails);
	capture_start();
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_OK);
	capture_end();
	CU_ASSERT_EQUAL(call.fleet.count, 1);
	check_warnings(warnings, 1);
	canned_call_fini(&call);
	start(CANNED_SEVERAL, required_fails);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_PROM);
	SUITE_EQUAL(call.err.text, "refused");
	canned_call_fini(&call);
}

/* What one of the queries' failure costs. NULL: the whole answer. */
static void
knows_what_is_required(void)
{
	static const struct {
		const char *promql;
		const struct endpoint *endpoint;
		const char *warning;
	} cases[] = {
	    {SPLIT_BUSY, &endpoint_metrics, NULL},
	    /* Or others would stand for it. */
	    {SPLIT("split_active"), &endpoint_metrics, NULL},
	    {SPLIT("split_used_mib"), &endpoint_nodes, NULL},
	    /* The total is computed from these. */
	    {SPLIT("split_free_mib"), &endpoint_metrics, NULL},
	    {SPLIT("split_reserved_mib"), &endpoint_metrics, NULL},
	    {DESK("desk_used_ratio"), &endpoint_nodes, NULL},
	    {SPLIT_POWER, &endpoint_nodes,
	     "The query for power_draw failed (timeout)"},
	    /* One of the two is required. */
	    {DESK_USED, &endpoint_metrics, NULL},
	    /* They tell which card it is. */
	    {DESK("desk_info"), &endpoint_metrics, NULL},
	    {DESK("desk_index"), &endpoint_utilization, NULL},
	    {DESK_MEASURED, &endpoint_metrics,
	     "The query for measured_at failed (timeout)"},
	    {SPLIT_CLOCK("memory"), &endpoint_metrics,
	     "The query for memory_clock failed (timeout)"},
	    /* It tells which cards there are. */
	    {"bench_gpu_celsius", &endpoint_metrics, NULL},
	    /* Not optional in the profile, but not needed either. */
	    {RACK_POWER, &endpoint_nodes,
	     "The query for power_draw failed (timeout)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct canned_answer answers[] = {
		    FAILURE(cases[i].promql, ERR_TIMEOUT, "too slow"),
		    LAST_ANSWER};
		enum err_code code;

		start(i < 12 ? CANNED_CARDS : CANNED_SEVERAL, answers);
		capture_start();
		code = canned_call_collect(&call, cases[i].endpoint);
		capture_end();
		CU_ASSERT_EQUAL(code, cases[i].warning != NULL ? ERR_OK
							       : ERR_TIMEOUT);
		if (code != ERR_OK)
			SUITE_EQUAL(call.err.text, "too slow");
		else
			check_warnings(&cases[i].warning, 1);
		canned_call_fini(&call);
	}
}

static void
knows_what_processes_require(void)
{
	static const struct {
		const char *promql, *warning;
	} cases[] = {
	    {DESK("desk_process_bytes"), NULL},
	    /* It need not be there, but where it is it may not fail. */
	    {SPLIT("split_process_mib"), NULL},
	    {DESK_CPU, "The query for cpu failed (upstream)"},
	    {DESK("desk_info"), NULL},
	    {DESK_MEASURED, "The query for measured_at failed (upstream)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct canned_answer answers[] = {
		    FAILURE(cases[i].promql, ERR_PROM, "reset"), LAST_ANSWER};
		struct process_table table;
		enum err_code code;

		start(CANNED_CARDS, answers);
		capture_start();
		code = collect_processes_of(&table);
		capture_end();
		CU_ASSERT_EQUAL(code,
				cases[i].warning != NULL ? ERR_OK : ERR_PROM);
		if (code == ERR_OK)
			check_warnings(&cases[i].warning, 1);
		process_fini(&table);
		canned_call_fini(&call);
	}
}

/* Each metric is optional, but not all of them at once: no answer is no empty
 * list. */
static void
fails_if_all_fail(void)
{
#define LENIENT(metric) metric "{uuid!=\"\"}"
	static const struct canned_answer answers[] = {
	    FAILURE(LENIENT("lenient_bytes"), ERR_PROM, "refused"),
	    FAILURE(LENIENT("lenient_cpu"), ERR_PROM, "refused"),
	    FAILURE(LENIENT("lenient_busy"), ERR_TIMEOUT, "too slow"),
	    LAST_ANSWER};
	struct process_table table;

	start(CANNED_LENIENT, answers);
	capture_start();
	CU_ASSERT_EQUAL(collect_processes_of(&table), ERR_PROM);
	SUITE_EQUAL(call.err.text, "refused");
	process_fini(&table);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_TIMEOUT);
	SUITE_EQUAL(call.err.text, "too slow");
	capture_end();
	canned_call_fini(&call);
	start(CANNED_LENIENT, answers + 1);
	capture_start();
	CU_ASSERT_EQUAL(collect_processes_of(&table), ERR_OK);
	capture_end();
	process_fini(&table);
	canned_call_fini(&call);
}

/* Both exporters' metrics of one field fail for the same reason. */
static void
warns_once_of_one_field(void)
{
	static const struct canned_answer answers[] = {
	    FAILURE(SPLIT("split_celsius"), ERR_PROM, "reset"),
	    FAILURE(SPLIT("split_fan_ratio"), ERR_PROM, "reset"),
	    FAILURE(DESK("desk_celsius"), ERR_PROM, "reset"), LAST_ANSWER};
	static const char *const warnings[] = {
	    "The query for temperature failed (upstream)",
	    "The query for fan_speed failed (upstream)"};

	start(CANNED_CARDS, answers);
	capture_start();
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	capture_end();
	check_warnings(warnings, 2);
	canned_call_fini(&call);
}

/* A uuid alone makes a card, but not a row. */
static void
warns_of_cards_without_a_node(void)
{
#define NOWHERE(uuid, value)                                                   \
	CANNED_SERIES(CANNED_LABEL("uuid", uuid), "1700000000", value)
	static const struct canned_answer answers[] = {
	    ANSWER(DESK("desk_busy"),
		   CANNED_VECTOR(NOWHERE("a", "1") "," NOWHERE("b", "2"))),
	    ANSWER(DESK("desk_process_bytes"),
		   CANNED_VECTOR(CANNED_SERIES(
		       CANNED_LABEL("uuid", "a") "," CANNED_LABEL("pid", "7"),
		       "1700000000", "5"))),
	    LAST_ANSWER};
	static const char *const warnings[] = {
	    "GPUs left out, since no label tells their node: 2",
	    "GPUs left out, since no label tells their node: 1"};
	struct process_table table;

	start(CANNED_CARDS, answers);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_utilization),
			ERR_OK);
	CU_ASSERT_EQUAL(call.fleet.count, 0);
	check_warnings(warnings, 1);
	call.call.collect.warning_count = 0;
	CU_ASSERT_EQUAL(collect_processes_of(&table), ERR_OK);
	CU_ASSERT_EQUAL(table.count, 0);
	check_warnings(warnings + 1, 1);
	process_fini(&table);
	canned_call_fini(&call);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks every exporter", asks_every_exporter},
	    {"asks for processes", asks_for_processes},
	    {"fails though there is nothing to ask",
	     fails_though_there_is_nothing_to_ask},
	    {"joins every exporter", joins_every_exporter},
	    {"prefers the first alternative", prefers_the_first_alternative},
	    {"lets a profile make a metric optional",
	     lets_a_profile_make_a_metric_optional},
	    {"knows what is required", knows_what_is_required},
	    {"knows what processes require", knows_what_processes_require},
	    {"fails if all fail", fails_if_all_fail},
	    {"warns once of one field", warns_once_of_one_field},
	    {"warns of cards without a node", warns_of_cards_without_a_node},
	    {NULL, NULL}};

	return suite_run("collect_profiles", tests);
}
