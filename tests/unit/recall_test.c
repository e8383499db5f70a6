/*
 * Requests that remember series: whatever comes, goes or changes between them,
 * each is answered as by a process that has just been started.
 */
#include "gpu/collect/recall.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/suite.h"

enum {
	ROUNDS = 400,
	FEW_ROUNDS = 10,
	CARDS = 10,
	MEMORY_BYTES = 1 << 20,
	BODY_BYTES = 16384
};

#define SPLIT "{gpu!=\"\",tile=\"\"}"
#define DESK  "{uuid!=\"\"}"

/* --- what is known of exporters and targets ------------------------------- */

#define COUNT(name) CANNED_SERIES(CANNED_LABEL("__name__", name), "1", "1000")
#define FOUND(name) CANNED_SERIES(CANNED_LABEL("exporter", name), "1", "1000")
#define CENSUS                                                                 \
	"label_replace(count(count by (cluster,node,gpu,uuid,instance) "       \
	"({__name__=~\"split_busy|split_active\",gpu!=\"\",tile=\"\"})),"      \
	"\"exporter\",\"split-exporter\",\"\",\"\") or "                       \
	"label_replace(count(count by (cluster,uuid,instance) "                \
	"(desk_info{uuid!=\"\"})),\"exporter\",\"desk-exporter\",\"\",\"\")"
#define INVENTORY(names) "count by (__name__) ({__name__=~\"" names "\"})"
#define SPLIT_INVENTORY                                                        \
	INVENTORY("split_busy|split_active|split_used_mib|split_free_mib|"     \
		  "split_reserved_mib|split_celsius|split_watts|"              \
		  "split_average_watts|split_limit_watts|split_memory_busy|"   \
		  "split_clock_mhz|split_clock_mhz|split_fan_ratio|"           \
		  "split_memory_celsius|split_millijoules_total|"              \
		  "split_xid_seconds|split_process_mib")
#define DESK_INVENTORY                                                         \
	INVENTORY(                                                             \
	    "desk_info|desk_index|desk_busy|desk_used_bytes|"                  \
	    "desk_memory_used_bytes|desk_used_ratio|desk_celsius|"             \
	    "desk_process_bytes|desk_process_cpu|desk_process_cpu_ratio")
#define OF_TARGETS                                                             \
	"exported_node_name,node_name,exported_nodename,nodename,"             \
	"exported_kubernetes_node,kubernetes_node,"                            \
	"exported_k8s_node_name,k8s_node_name,"                                \
	"exported_kubernetes_io_hostname,kubernetes_io_hostname,"              \
	"exported_host_name,host_name,exported_host,host,"
#define SPLIT_TARGETS                                                          \
	"group by (exported_cluster,cluster," OF_TARGETS                       \
	"exported_node,node,pod,instance,exported_instance) "                  \
	"({__name__=~\"split_busy|split_active\",gpu!=\"\",tile=\"\"})"
#define DESK_TARGETS                                                           \
	"group by (exported_cluster,cluster,exported_node,node," OF_TARGETS    \
	"instance,exported_instance) (desk_info{uuid!=\"\"})"
#define TARGET(more, instance)                                                 \
	CANNED_SERIES(more CANNED_LABEL("instance", instance), "1", "1")

/* All but one target were seen; that one is younger. */
static const struct canned_answer looked[] = {
    {CENSUS,
     CANNED_VECTOR(CANNED_TWO(FOUND("split-exporter"), FOUND("desk-exporter"))),
     ERR_OK, NULL},
    {SPLIT_INVENTORY,
     CANNED_VECTOR(CANNED_SIX(
	 COUNT("split_active"), COUNT("split_used_mib"),
	 COUNT("split_free_mib"), COUNT("split_reserved_mib"),
	 COUNT("split_celsius"),
	 CANNED_THREE(COUNT("split_watts"), COUNT("split_average_watts"),
		      COUNT("split_fan_ratio")))),
     ERR_OK, NULL},
    {DESK_INVENTORY,
     CANNED_VECTOR(CANNED_SIX(COUNT("desk_info"), COUNT("desk_index"),
			      COUNT("desk_busy"), COUNT("desk_used_bytes"),
			      COUNT("desk_used_ratio"), COUNT("desk_celsius"))),
     ERR_OK, NULL},
    {SPLIT_TARGETS,
     CANNED_VECTOR(CANNED_THREE(TARGET("\"node\":\"n-0\",", "10.0.0.0:9400"),
				TARGET("\"node\":\"n-1\",", "10.0.0.1:9400"),
				TARGET("\"node\":\"n-2\",", "10.0.0.2:9400"))),
     ERR_OK, NULL},
    {DESK_TARGETS,
     CANNED_VECTOR(CANNED_THREE(TARGET("", "n-0:9835"), TARGET("", "n-1:9835"),
				TARGET("", "n-2:9835"))),
     ERR_OK, NULL}};

enum { LOOKED = sizeof(looked) / sizeof(*looked) };

/* --- a fleet that changes ------------------------------------------------- */

/* How a card is told; the two exporters see the same cards. */
struct teller {
	unsigned slice; /* 0: of the whole card */
	bool has_uuid, has_pod, has_node;
	unsigned node;
};

static const struct metric {
	const char *name, *conditions;
	bool is_of_desk;
} metrics[] = {{"split_active", SPLIT, false},
	       {"split_used_mib", SPLIT, false},
	       {"split_free_mib", SPLIT, false},
	       {"split_reserved_mib", SPLIT, false},
	       {"split_celsius", SPLIT, false},
	       {"split_watts", SPLIT, false},
	       {"split_average_watts", SPLIT, false},
	       {"split_fan_ratio", SPLIT, false},
	       {"desk_info", DESK, true},
	       {"desk_index", DESK, true},
	       {"desk_busy", DESK, true},
	       {"desk_used_bytes", DESK, true},
	       {"desk_used_ratio", DESK, true},
	       {"desk_celsius", DESK, true}};

enum { METRICS = sizeof(metrics) / sizeof(*metrics) };

static struct teller tellers[CARDS];
static char queries[METRICS][128], bodies[METRICS][BODY_BYTES];
static struct canned_answer answers[LOOKED + METRICS + 1];
static struct canned_call call;
static unsigned seed;

static bool
happens_once_in(unsigned times)
{
	return (unsigned)rand_r(&seed) % times == 0;
}

static void
write_split(FILE *out, const struct metric *m, unsigned card)
{
	const struct teller *t = &tellers[card];

	fprintf(out, "{\"metric\":{\"__name__\":\"%s\",\"gpu\":\"%u\",",
		m->name, card % 4);
	fprintf(out, "\"instance\":\"10.0.0.%u:9400\",", t->node);
	fprintf(out, "\"model\":\"A100\"");
	if (t->has_node)
		fprintf(out, ",\"node\":\"n-%u\"", t->node);
	if (t->has_pod)
		fprintf(out, ",\"pod\":\"train-%u\"", card);
	if (t->slice > 0)
		fprintf(out, ",\"slice\":\"%u\",\"slice_profile\":\"3g.20gb\"",
			t->slice);
	if (t->has_uuid)
		fprintf(out, ",\"uuid\":\"GPU-0000%u\"", card);
	fprintf(out, "},\"value\":[1700000000.123,\"%u\"]}",
		(unsigned)rand_r(&seed) % 100);
}

static void
write_desk(FILE *out, const struct metric *m, unsigned card)
{
	fprintf(out,
		"{\"metric\":{\"__name__\":\"%s\",\"instance\":\"n-%u:9835\","
		"\"model\":\"A100\",\"uuid\":\"0000%u\",\"vendor\":\"%s\"},"
		"\"value\":[1700000000.123,\"%u\"]}",
		m->name, tellers[card].node, card,
		tellers[card].has_pod ? "NVIDIA" : "Intel",
		strcmp(m->name, "desk_index") == 0
		    ? card % 4
		    : (unsigned)rand_r(&seed) % 2);
}

/* Most often all cards in their order. */
static void
write_body(size_t number)
{
	const struct metric *m = &metrics[number];
	FILE *out = fmemopen(bodies[number], BODY_BYTES, "w");
	bool is_backwards = happens_once_in(10),
	     lacks_some = happens_once_in(3);
	const char *comma = "";

	if (out == NULL)
		abort();
	fputs("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
	      "\"result\":[",
	      out);
	for (unsigned i = 0; i < CARDS; i++) {
		if (lacks_some && happens_once_in(4))
			continue;
		fputs(comma, out);
		(m->is_of_desk ? write_desk : write_split)(
		    out, m, is_backwards ? CARDS - 1 - i : i);
		comma = ",";
	}
	fputs("]}}", out);
	fclose(out);
}

static void
change_fleet(void)
{
	for (unsigned i = 0; i < CARDS; i++) {
		struct teller *t = &tellers[i];

		if (happens_once_in(20))
			t->has_pod = !t->has_pod;
		if (happens_once_in(40))
			t->has_uuid = !t->has_uuid;
		if (happens_once_in(20))
			t->has_node = !t->has_node;
		if (happens_once_in(40))
			t->slice = (unsigned)rand_r(&seed) % 3;
		if (happens_once_in(60))
			t->node = (unsigned)rand_r(&seed) % 4;
	}
	for (size_t i = 0; i < METRICS; i++)
		write_body(i);
}

static void
start(void)
{
	memcpy(answers, looked, sizeof(looked));
	for (size_t i = 0; i < METRICS; i++) {
		snprintf(queries[i], sizeof(queries[i]), "%s%s",
			 metrics[i].name, metrics[i].conditions);
		answers[LOOKED + i] =
		    (struct canned_answer){queries[i], bodies[i], ERR_OK, NULL};
	}
	for (unsigned i = 0; i < CARDS; i++)
		tellers[i] = (struct teller){
		    .has_uuid = true, .has_node = true, .node = i / 4};
	seed = 1;
	canned_call_init_auto(&call, CANNED_CARDS, answers, CANNED_AMPLE_BYTES);
}

/* --- requests ------------------------------------------------------------- */

static size_t
count_known(struct memory *memory, size_t profile)
{
	struct memory_entry entry =
	    memory_get(memory, call.profiles.profiles[profile], false);
	size_t count = entry.known != NULL ? entry.known->count : 0;

	known_release(entry.known);
	return count;
}

static void
play(struct memory *memory, unsigned rounds)
{
	static const struct endpoint *const endpoints[] = {
	    &endpoint_metrics, &endpoint_nodes, &endpoint_utilization,
	    &endpoint_processes};

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	for (unsigned round = 0; round < rounds; round++) {
		change_fleet();
		for (int times = 0; times < 3; times++)
			canned_call_compare(
			    &call, endpoints[(unsigned)rand_r(&seed) % 4],
			    memory, round);
		canned_call_compare(&call, &endpoint_metrics, memory, round);
	}
}

static void
as_if_just_started(void)
{
	struct memory *memory = memory_new(MEMORY_BYTES, NULL);

	start();
	play(memory, ROUNDS);
	for (size_t i = 0; i < call.profiles.count; i++)
		CU_ASSERT_TRUE(count_known(memory, i) > 0);
	memory_free(memory);
	canned_call_fini(&call);
}

/* Too little for one exporter, for two, or for a set that replaces another. */
static void
in_little_memory(void)
{
	for (size_t bytes = 0; bytes < 80000; bytes += 3001) {
		struct budget budget;
		struct memory *memory;

		budget_init(&budget, MEMORY_BYTES);
		memory = memory_new(bytes, &budget);
		start();
		play(memory, FEW_ROUNDS);
		CU_ASSERT_TRUE(budget_used(&budget, MEMORY_BYTES) <= bytes);
		memory_free(memory);
		CU_ASSERT_EQUAL(budget_used(&budget, MEMORY_BYTES), 0);
		canned_call_fini(&call);
	}
}

#define HOT(metric, gpu)                                                       \
	CANNED_SERIES("\"__name__\":\"" metric "\",\"gpu\":\"" gpu             \
		      "\",\"node\":\"n\"",                                     \
		      "1700000000", "1")

/* Of a series that only one metric has, though not each request asks for that
 * metric. */
static void
learns_from_any_metric(void)
{
	static const struct canned_answer few[] = {
	    {"split_active" SPLIT, CANNED_VECTOR(HOT("split_active", "0")),
	     ERR_OK, NULL},
	    {"split_celsius" SPLIT,
	     CANNED_VECTOR(CANNED_TWO(HOT("split_celsius", "0"),
				      HOT("split_celsius", "1"))),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	struct memory *memory = memory_new(MEMORY_BYTES, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	canned_call_init(&call, CANNED_CARDS, few, CANNED_AMPLE_BYTES);
	for (unsigned round = 0; round < FEW_ROUNDS; round++)
		canned_call_compare(&call,
				    round % 2 == 0 ? &endpoint_metrics
						   : &endpoint_utilization,
				    memory, round);
	CU_ASSERT_EQUAL(count_known(memory, 0), 2);
	memory_free(memory);
	canned_call_fini(&call);
}

/* What it said before it failed is not all there is. */
static void
learns_nothing_from_a_failure(void)
{
	static const char all[] = CANNED_VECTOR(
	    CANNED_THREE(HOT("split_celsius", "0"), HOT("split_celsius", "1"),
			 HOT("split_celsius", "2"))),
			  some[] = CANNED_VECTOR(HOT("split_celsius", "1"));
	struct canned_answer few[] = {
	    {"split_active" SPLIT, CANNED_VECTOR(HOT("split_active", "0")),
	     ERR_OK, NULL},
	    {"split_celsius" SPLIT, all, ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	struct memory *memory = memory_new(MEMORY_BYTES, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	canned_call_init(&call, CANNED_CARDS, few, CANNED_AMPLE_BYTES);
	/* Of the first metric there is nothing, and then the most is wanted. */
	canned_call_compare(&call, &endpoint_metrics, memory, 0);
	CU_ASSERT_EQUAL(count_known(memory, 0), 0);
	few[1] = (struct canned_answer){few[1].promql, some, ERR_PROM, "cut"};
	canned_call_compare(&call, &endpoint_metrics, memory, 1);
	CU_ASSERT_EQUAL(count_known(memory, 0), 0);
	/* It is recorded once it answers again. */
	few[1] = (struct canned_answer){few[1].promql, all, ERR_OK, NULL};
	for (unsigned round = 2; round < FEW_ROUNDS; round++)
		canned_call_compare(&call, &endpoint_metrics, memory, round);
	CU_ASSERT_EQUAL(count_known(memory, 0), 3);
	memory_free(memory);
	canned_call_fini(&call);
}

#define AT(labels, value)                                                      \
	CANNED_SERIES(labels CANNED_LABEL("instance", "n-0:9835"), "1", value)
#define LATER_AT(labels, value)                                                \
	CANNED_SERIES(labels CANNED_LABEL("instance", "n-9:9835"), "1", value)
#define BOTH(labels, lost, fresh)                                              \
	CANNED_VECTOR(CANNED_TWO(AT(labels, lost), LATER_AT(labels, fresh)))
#define CARD(metric) "\"__name__\":\"" metric "\",\"uuid\":\"1\","

/* Of a card whose first target was lost, where a metric without values comes
 * first. */
static void
what_is_lost_does_not_count(void)
{
	static const struct canned_answer few[] = {
	    {CANNED_START "label_replace(count(",
	     CANNED_VECTOR(FOUND("desk-exporter")), ERR_OK, NULL},
	    {CANNED_START "count by (__name__)",
	     CANNED_VECTOR(CANNED_THREE(COUNT("desk_info"), COUNT("desk_busy"),
					COUNT("desk_used_bytes"))),
	     ERR_OK, NULL},
	    {CANNED_START "group by (", BOTH("", "1", "1"), ERR_OK, NULL},
	    {CANNED_START "stddev by (", BOTH("", "0", "0"), ERR_OK, NULL},
	    {CANNED_START "max by (", BOTH("", "1", "100000"), ERR_OK, NULL},
	    {"desk_info" DESK, BOTH(CARD("desk_info"), "1", "1"), ERR_OK, NULL},
	    {"desk_busy" DESK,
	     CANNED_VECTOR(CANNED_TWO(
		 CANNED_SERIES(CARD("desk_busy")
				   CANNED_LABEL("instance", "n-0:9835"),
			       "100000", "10"),
		 CANNED_SERIES(CARD("desk_busy")
				   CANNED_LABEL("instance", "n-9:9835"),
			       "100000", "90"))),
	     ERR_OK, NULL},
	    {"desk_used_bytes" DESK,
	     CANNED_VECTOR(CANNED_SERIES(
		 CARD("desk_used_bytes") CANNED_LABEL("instance", "n-0:9835"),
		 "100000", "1073741824")),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	struct memory *memory = memory_new(MEMORY_BYTES, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	canned_call_init_auto(&call, CANNED_CARDS, few, CANNED_AMPLE_BYTES);
	for (unsigned round = 0; round < FEW_ROUNDS; round++)
		canned_call_compare(&call, &endpoint_metrics, memory, round);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 1);
	CU_ASSERT_EQUAL(fleet_value(call.fleet.sorted[0], FIELD_UTILIZATION),
			90);
	memory_free(memory);
	canned_call_fini(&call);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as if just started", as_if_just_started},
	    {"in little memory as well", in_little_memory},
	    {"learns from any metric", learns_from_any_metric},
	    {"learns nothing from a failure", learns_nothing_from_a_failure},
	    {"what is lost does not count", what_is_lost_does_not_count},
	    {NULL, NULL}};

	return suite_run("recall", tests);
}
