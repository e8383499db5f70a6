/* few, islands: who is asked for what has a name, and when all are. */
#include "gpu/collect/few.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/suite.h"

#define ROLL_WHERE(more) "split_used_mib{gpu!=\"\",tile=\"\"" more "}"
#define DESK_WHERE(more) "desk_info{uuid!=\"\"" more "}"

#define LABELED(...) CANNED_SERIES(__VA_ARGS__, "1700000000", "1024")

/* Of a target, on a node; MORE are further labels, each behind a comma. */
#define CARD_OF(target, host, index, id, more)                                 \
	LABELED(CANNED_LABEL("instance", target) "," CANNED_LABEL(             \
	    "node", host) "," CANNED_LABEL("gpu",                              \
					   index) "," CANNED_LABEL("uuid", id) \
		    more)
#define CARD(host, index, id) CARD_OF(host ":9400", host, index, id, "")

enum { TEXT_BYTES = 16384, ANSWERS = 10 };

static struct canned_call call;
static struct canned_answer answers[ANSWERS];

static void
answer(size_t place, const char *promql, const char *body)
{
	answers[place] = (struct canned_answer){promql, body, ERR_OK, NULL};
	canned_pool_use(answers, 61);
}

/* What the roll call finds is there, each time that it is asked for. */
static void
look_at(const char *body)
{
	const struct detection *found;

	call.call.collect.warning_count = 0;
	answers[0] = (struct canned_answer){ROLL_WHERE(""), body, ERR_OK, NULL};
	canned_pool_use(answers, 61);
	CU_ASSERT_EQUAL(
	    detect_look(call.detector, &call.call.collect, &found, &call.err),
	    ERR_OK);
	detect_release(found);
}

static void
start(const char *body)
{
	memset(answers, 0, sizeof(answers));
	canned_call_init_survey(&call, CANNED_CARDS, CANNED_AMPLE_BYTES);
	look_at(body);
}

/* Names with commas between; NULL: none. */
static void
read_names(const char *text, struct few_text room[static 128],
	   enum few_kind kind, struct few_names *out)
{
	while (text != NULL) {
		const char *end = strchr(text, ',');
		size_t count = out->of[kind].count++;

		room[count] = (struct few_text){
		    text, end != NULL ? (size_t)(end - text) : strlen(text)};
		text = end != NULL ? end + 1 : NULL;
	}
	out->of[kind].texts = room;
}

static struct few_names
names_of(const char *nodes, const char *uuids, const char *clusters)
{
	static struct few_text room[FEW__MAX][128];
	struct few_names names = {.of = {{NULL, 0}}};

	read_names(nodes, room[FEW_NODE], FEW_NODE, &names);
	read_names(uuids, room[FEW_UUID], FEW_UUID, &names);
	read_names(clusters, room[FEW_CLUSTER], FEW_CLUSTER, &names);
	return names;
}

/* Adds what further conditions a query has, unless it is told already. */
static void
note_more(const char *query, size_t length, char out[static TEXT_BYTES])
{
	const char *at = memmem(query, length, "instance", 8);
	const char *end = memrchr(query, '}', length);
	char more[TEXT_BYTES] = "all";

	if (at != NULL)
		snprintf(more, sizeof(more), "%.*s", (int)(end - at), at);
	if (strstr(out, more) == NULL)
		snprintf(out + strlen(out), TEXT_BYTES - strlen(out), "%s%s",
			 *out != '\0' ? ", then " : "", more);
}

/* Who was asked: "all", or by which conditions. */
static const char *
asked(void)
{
	static char text[TEXT_BYTES];
	const char *at = canned_pool_asked();

	text[0] = '\0';
	for (const char *end; (end = strchr(at, '}')) != NULL; at = end + 1)
		note_more(at, (size_t)(end + 1 - at), text);
	return text;
}

static enum err_code
collect(const struct few_names *names)
{
	struct plan_need need = endpoint_metrics.need;

	need.names = names;
	canned_pool_use(answers, 61);
	fleet_fini(&call.fleet);
	return collect_fleet(&call.collector, &need, &call.call.collect,
			     &call.fleet, &call.err);
}

/* Who is asked for these names, and how many rows that makes. */
static void
expect(const char *nodes, const char *uuids, const char *clusters,
       const char *who, size_t rows)
{
	const struct few_names names = names_of(nodes, uuids, clusters);

	CU_ASSERT_EQUAL(collect(&names), ERR_OK);
	SUITE_EQUAL(asked(), who);
	CU_ASSERT_EQUAL(call.fleet.count, rows);
}

#define N1	 CARD("n1", "0", "a0") "," CARD("n1", "1", "a1")
#define N2	 CARD("n2", "0", "b0")
#define AT(host) "instance=\"" host ":9400\""

static void
asks_the_target_of_a_name(void)
{
	start(CANNED_VECTOR(N1 "," N2));
	answer(1, ROLL_WHERE("," AT("n1")), CANNED_VECTOR(N1));
	answer(2, ROLL_WHERE("," AT("n2")), CANNED_VECTOR(N2));
	answer(3, ROLL_WHERE(",instance=~\"n1:9400|n2:9400\""),
	       CANNED_VECTOR(N1 "," N2));
	expect("n1", NULL, NULL, AT("n1"), 2);
	expect("n2", NULL, NULL, AT("n2"), 1);
	/* Of a card's neighbours is told as well. */
	expect(NULL, "a1", NULL, AT("n1"), 2);
	expect("n1,n2", NULL, NULL, "instance=~\"n1:9400|n2:9400\"", 3);
	expect(NULL, "b0,a0", NULL, "instance=~\"n1:9400|n2:9400\"", 3);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	canned_call_fini(&call);
}

/* A card that came with its node's target is told of, though nobody knew it. */
static void
tells_of_new_neighbours(void)
{
	start(CANNED_VECTOR(N2 "," CARD("n1", "0", "a0")));
	answer(1, ROLL_WHERE("," AT("n1")), CANNED_VECTOR(N1));
	expect("n1", NULL, NULL, AT("n1"), 2);
	canned_call_fini(&call);
}

static void
asks_all_where_it_is_not_sure(void)
{
	start(CANNED_VECTOR(N1 "," N2));
	/* A name that nobody has, or that is not the whole of one. */
	expect("n3", NULL, NULL, "all", 3);
	expect("n", NULL, NULL, "all", 3);
	expect(NULL, "c0", NULL, "all", 3);
	/* Nor beside one that somebody has: it may be new, or an instance's. */
	expect("n1,n3", NULL, NULL, "all", 3);
	expect(NULL, "a1,c0", NULL, "all", 3);
	expect("n1,none", "a0", NULL, "all", 3);
	expect("n1", "a1,b0", NULL, "all", 3);
	expect(NULL, NULL, "a", "all", 3);
	expect("n1", "b0", NULL, "all", 3);
	/* Part of the answer is missing, or none came. */
	look_at(CANNED_PARTIAL(N1));
	answer(0, ROLL_WHERE(""), CANNED_VECTOR(N1));
	expect("n1", NULL, NULL, "all", 2);
	canned_call_fini(&call);
	/* A card that no target tells of. */
	start(CANNED_VECTOR(N1 "," LABELED(
	    CANNED_LABEL("node", "n3") "," CANNED_LABEL("gpu", "0"))));
	expect("n1", NULL, NULL, "all", 3);
	canned_call_fini(&call);
}

/* The question about an exporter's targets, as the last look asked it. */
static void
find_question(char out[static TEXT_BYTES])
{
	static const char last[] =
	    "({__name__=~\"split_busy|split_active\",gpu!=\"\",tile=\"\"})";
	const char *asked = canned_pool_asked(), *end = strstr(asked, last);
	const char *start = asked;

	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	for (const char *at;
	     (at = strstr(start + 1, "group by (")) != NULL && at < end;)
		start = at;
	snprintf(out, TEXT_BYTES, "%.*s", (int)(end - start + strlen(last)),
		 start);
}

/* Another target has what the exporter is known by, and no card in the roll. */
static void
asks_all_where_somebody_else_is(void)
{
	static char targets[TEXT_BYTES];

	start(CANNED_VECTOR(N1 "," N2));
	find_question(targets);
	answer(1, targets, CANNED_VECTOR(N1 "," N2));
	answer(2, ROLL_WHERE("," AT("n1")), CANNED_VECTOR(N1));
	look_at(CANNED_VECTOR(N1 "," N2));
	expect("n1", NULL, NULL, AT("n1"), 2);
	answer(1, targets,
	       CANNED_VECTOR(N1 "," N2
				"," CARD_OF("edge:1", "n1", "0", "a0", "")));
	look_at(CANNED_VECTOR(N1 "," N2));
	expect("n1", NULL, NULL, "all", 3);
	canned_call_fini(&call);
}

static void
asks_all_of_missing_cards(void)
{
	start(CANNED_VECTOR(N1 "," N2));
	answer(1, ROLL_WHERE("," AT("n1")),
	       CANNED_VECTOR(CARD("n1", "0", "a0")));
	answer(2, ROLL_WHERE("," AT("n2")), CANNED_VECTOR(N2));
	/* Gone since the look: it may be anywhere, and all is told of it. */
	answer(0, ROLL_WHERE(""), CANNED_VECTOR(CARD("n1", "0", "a0") "," N2));
	answers[1] = (struct canned_answer){
	    ROLL_WHERE("," AT("n1")), CANNED_VECTOR(CARD("n1", "0", "a0")),
	    ERR_OK, NULL};
	expect("n1", NULL, NULL, AT("n1") ", then all", 2);
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, 1);
	SUITE_EQUAL(call.call.collect.warnings[0],
		    "GPUs missing on n1, silent for less than ten minutes: 1");
	/* Known to be missing. */
	look_at(CANNED_VECTOR(CARD("n1", "0", "a0") "," N2));
	answer(1, ROLL_WHERE("," AT("n2")), CANNED_VECTOR(N2));
	expect("n1", NULL, NULL, "all", 2);
	expect(NULL, "a1", NULL, "all", 2);
	call.call.collect.warning_count = 0;
	expect("n2", NULL, NULL, AT("n2"), 1);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	canned_call_fini(&call);
}

/* --- processes -------------------------------------------------------------
 */

#define PROCESS_WHERE(more) "split_process_mib{gpu!=\"\",tile=\"\"" more "}"
#define PROCESS(host, index, id, pid)                                          \
	CARD_OF(host ":9400", host, index, id, "," CANNED_LABEL("pid", pid))
#define INSTANCES	  "group by (instance) (split_process_mib)"
#define INSTANCE(target)  LABELED(CANNED_LABEL("instance", target))
#define INSTANCES_OF_BOTH INSTANCE("n1:9400") "," INSTANCE("n2:9400")

static void
expect_processes(const char *node, const char *who, size_t rows)
{
	const struct few_names names = names_of(node, NULL, NULL);
	struct process_table table;

	canned_pool_use(answers, 61);
	CU_ASSERT_EQUAL(collect_processes(&call.collector, &names,
					  &call.call.collect, &table,
					  &call.err),
			ERR_OK);
	SUITE_EQUAL(asked(), who);
	CU_ASSERT_EQUAL(table.count, rows);
	process_fini(&table);
}

/* Two nodes with a process each. */
static void
start_with_processes(void)
{
	static char targets[TEXT_BYTES];

	start(CANNED_VECTOR(N1 "," N2));
	find_question(targets);
	answer(5, targets, CANNED_VECTOR(N1 "," N2));
	answer(6, CANNED_START "count by (__name__) ({__name__=~\"split_busy|",
	       CANNED_VECTOR(
		   LABELED(CANNED_LABEL("__name__", "split_process_mib"))));
	answer(1, ROLL_WHERE("," AT("n1")), CANNED_VECTOR(N1));
	answer(2, PROCESS_WHERE("," AT("n1")),
	       CANNED_VECTOR(PROCESS("n1", "0", "a0", "7")));
	answer(3, PROCESS_WHERE(""),
	       CANNED_VECTOR(PROCESS("n1", "0", "a0",
				     "7") "," PROCESS("n2", "0", "b0", "8")));
	answer(4, INSTANCES, CANNED_VECTOR(INSTANCES_OF_BOTH));
	look_at(CANNED_VECTOR(N1 "," N2));
}

static void
asks_the_target_of_processes(void)
{
	start_with_processes();
	expect_processes("n1", AT("n1"), 1);
	expect_processes("n3", "all", 2);
	/* What it is of is not where it was: its processes are not, either. */
	answer(1, ROLL_WHERE("," AT("n1")),
	       CANNED_VECTOR(CARD("n1", "0", "a0")));
	expect_processes("n1", AT("n1") ", then all", 2);
	canned_call_fini(&call);
}

/* It may be at other instances, until a look has asked for it. */
static void
asks_all_where_another_metric_has_more(void)
{
	start_with_processes();
	answer(7, CANNED_START "count by (__name__) ({__name__=~\"desk_info|",
	       CANNED_VECTOR(
		   LABELED(CANNED_LABEL("__name__", "desk_process_cpu"))));
	look_at(CANNED_VECTOR(N1 "," N2));
	expect_processes("n1", "all", 2);
	look_at(CANNED_VECTOR(N1 "," N2));
	expect_processes("n1", AT("n1"), 1);
	canned_call_fini(&call);
}

/* Of processes alone, of which no card is known. */
static void
asks_all_where_processes_are_elsewhere(void)
{
	start_with_processes();
	answer(4, INSTANCES,
	       CANNED_VECTOR(INSTANCES_OF_BOTH "," INSTANCE("edge:1")));
	look_at(CANNED_VECTOR(N1 "," N2));
	expect_processes("n1", "all", 2);
	expect("n1", NULL, NULL, AT("n1"), 2);
	/* Whether there are any is not known. */
	answer(4, INSTANCES, CANNED_PARTIAL(INSTANCES_OF_BOTH));
	look_at(CANNED_VECTOR(N1 "," N2));
	expect_processes("n1", "all", 2);
	answers[4] =
	    (struct canned_answer){INSTANCES, NULL, ERR_TIMEOUT, "it is slow"};
	look_at(CANNED_VECTOR(N1 "," N2));
	expect_processes("n1", "all", 2);
	canned_call_fini(&call);
}

/* --- islands ---------------------------------------------------------------
 */

/* Each target that tells of a card, or of one that is on its node. */
static void
asks_all_that_belong_together(void)
{
#define BOTH			    "instance=~\"one:1|two:1\""
#define OF(target, host, index, id) CARD_OF(target, host, index, id, "")
	static const char *const sites[] = {
	    /* Two copies of a card; */
	    CANNED_VECTOR(N2 "," OF("one:1", "n1", "0",
				    "a0") "," OF("two:1", "n1", "0", "a0")),
	    /* two cards of a node; */
	    CANNED_VECTOR(N2 "," OF("one:1", "n1", "0",
				    "a0") "," OF("two:1", "n1", "1", "a1")),
	    /* a target of two nodes, one of which has another. */
	    CANNED_VECTOR(N2 "," OF("one:1", "n1", "0", "a0") "," OF(
		"one:1", "n3", "0", "c0") "," OF("two:1", "n3", "1", "c1"))};
	static const size_t rows[] = {1, 2, 3};

	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++) {
		start(sites[i]);
		answer(1, ROLL_WHERE("," BOTH), sites[i]);
		expect("n1", NULL, NULL, BOTH, rows[i] + 1);
		canned_call_fini(&call);
	}
#undef OF
#undef BOTH
}

/* A node of that name in two clusters is two. */
static void
keeps_clusters_apart(void)
{
#define OF_CLUSTER(target, cluster, id)                                        \
	CARD_OF(target, "n1", "0", id, "," CANNED_LABEL("cluster", cluster))
#define A OF_CLUSTER("10.0.0.1:1", "a", "a0")
#define B OF_CLUSTER("10.0.0.2:1", "b", "b0")
	start(CANNED_VECTOR(A "," B));
	answer(1, ROLL_WHERE(",instance=\"10.0.0.1:1\""), CANNED_VECTOR(A));
	answer(2,
	       ROLL_WHERE(",instance=~\"10\\\\.0\\\\.0\\\\.1:1|"
			  "10\\\\.0\\\\.0\\\\.2:1\""),
	       CANNED_VECTOR(A "," B));
	expect("n1", NULL, "a", "instance=\"10.0.0.1:1\"", 1);
	expect(NULL, NULL, "a", "instance=\"10.0.0.1:1\"", 1);
	expect("n1", NULL, NULL,
	       "instance=~\"10\\\\.0\\\\.0\\\\.1:1|10\\\\.0\\\\.0\\\\.2:1\"",
	       2);
	canned_call_fini(&call);
#undef A
#undef B
#undef OF_CLUSTER
}

/* What two exporters tell of is asked of both. */
static void
asks_both_exporters(void)
{
#define INFO                                                                   \
	CANNED_VECTOR(LABELED(CANNED_LABEL(                                    \
	    "instance", "desk:1") "," CANNED_LABEL("uuid", "a1")))
	start(CANNED_VECTOR(N1 "," N2));
	answer(1, DESK_WHERE(""), INFO);
	look_at(CANNED_VECTOR(N1 "," N2));
	answer(2, ROLL_WHERE("," AT("n1")), CANNED_VECTOR(N1));
	answer(3, DESK_WHERE(",instance=\"desk:1\""), INFO);
	answer(4, ROLL_WHERE("," AT("n2")), CANNED_VECTOR(N2));
	expect("n1", NULL, NULL, AT("n1") ", then instance=\"desk:1\"", 2);
	expect("n2", NULL, NULL, AT("n2"), 1);
	canned_call_fini(&call);
#undef INFO
}

/* --- limits ----------------------------------------------------------------
 */

static void
has_limits(void)
{
	static char body[TEXT_BYTES * 4], nodes[1024];
	size_t length = 0, names = 0;
	struct few_names few;

	length += (size_t)sprintf(
	    body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
		  "\"result\":[");
	for (int i = 0; i < FEW_CARDS_MAX + 1; i++) {
		length += (size_t)sprintf(
		    body + length,
		    "%s{\"metric\":{\"instance\":\"i%d\",\"node\":\"n%d\","
		    "\"gpu\":\"0\"},\"value\":[1700000000,\"1\"]}",
		    i > 0 ? "," : "", i, i);
		names += (size_t)sprintf(nodes + names, "%sn%d",
					 i > 0 ? "," : "", i);
	}
	sprintf(body + length, "]}}");
	start(body);
	expect(nodes, NULL, NULL, "all", FEW_CARDS_MAX + 1);
	/* One less is few: nobody has canned an answer. */
	*strrchr(nodes, ',') = '\0';
	few = names_of(nodes, NULL, NULL);
	CU_ASSERT_EQUAL(collect(&few), ERR_OK);
	CU_ASSERT_EQUAL(strncmp(asked(), "instance=~\"i0|i1|", 17), 0);
	canned_call_fini(&call);
}

/* Whatever Prometheus calls a target is a text in a query, and no more. */
static void
quotes_what_it_asks_by(void)
{
#define EVIL "a\\\"] or x{y=\\\"|.*\\\\"
	start(CANNED_VECTOR(CARD_OF(EVIL, "n1", "0", "a0", "") "," N2));
	expect("n1", NULL, NULL, "instance=\"" EVIL "\", then all", 2);
	canned_call_fini(&call);
#undef EVIL
}

static void
fails_as_all_do(void)
{
	const struct few_names names = names_of("n1", NULL, NULL);

	start(CANNED_VECTOR(N1 "," N2));
	answer(1, ROLL_WHERE("," AT("n1")), NULL);
	answers[1].code = ERR_TIMEOUT;
	answers[1].detail = "it did not answer in time";
	CU_ASSERT_EQUAL(collect(&names), ERR_TIMEOUT);
	SUITE_EQUAL(call.err.text, "it did not answer in time");
	SUITE_EQUAL(asked(), AT("n1"));
	/* What one metric fails of, all are told without. */
	answers[1].code = ERR_PROM;
	CU_ASSERT_EQUAL(collect(&names), ERR_OK);
	SUITE_EQUAL(asked(), AT("n1") ", then all");
	CU_ASSERT_EQUAL(call.fleet.count, 3);
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	answers[0].code = ERR_PROM;
	answers[0].detail = "it answered 500";
	CU_ASSERT_EQUAL(collect(&names), ERR_PROM);
	SUITE_EQUAL(call.err.text, "it answered 500");
	canned_call_fini(&call);
}

/* Without memory it is not said that all are to be asked. */
static void
runs_out_of_memory(void)
{
	enum { STEP_BYTES = 256, MOST_BYTES = 1 << 20 };
	const struct few_names names = names_of("n1,n2", "a0,b0", NULL);
	const struct detection *found;
	size_t bytes = 0, failures = 0;
	const struct few *few = NULL;

	start(CANNED_VECTOR(N1 "," N2));
	found = detect_current(call.detector);
	for (; few == NULL && bytes < MOST_BYTES; bytes += STEP_BYTES) {
		struct budget budget;
		struct arena arena;
		enum err_code code;

		budget_init(&budget, bytes);
		arena_init(&arena, &budget);
		code = few_find(&names, FEW_OF_CARDS, found, &arena, &few,
				&call.err);
		CU_ASSERT_EQUAL(code, few != NULL ? ERR_OK : ERR_MEMORY);
		failures += code != ERR_OK;
		arena_fini(&arena);
		CU_ASSERT_EQUAL(
		    few_are(&names, FEW_OF_CARDS, call.detector, &budget),
		    few != NULL);
	}
	CU_ASSERT_TRUE(failures > 0);
	CU_ASSERT_TRUE(bytes < MOST_BYTES);
	detect_release(found);
	canned_call_fini(&call);
}

static void
hashes_names(void)
{
	const struct few_names a = names_of("n1", NULL, NULL);
	const uint64_t hash = few_hash(&a);
	static const char *const others[][FEW__MAX] = {
	    {"n2", NULL, NULL},	  {"n1,n2", NULL, NULL}, {NULL, "n1", NULL},
	    {NULL, NULL, "n1"},	  {"n,1", NULL, NULL},	 {"n1", "a0", NULL},
	    {"n1,n1", NULL, NULL}};
	struct few_names names = names_of("n1", NULL, NULL);

	CU_ASSERT_EQUAL(few_hash(&names), hash);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		names = names_of(others[i][0], others[i][1], others[i][2]);
		CU_ASSERT_NOT_EQUAL(few_hash(&names), hash);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks the target of a name", asks_the_target_of_a_name},
	    {"tells of new neighbours", tells_of_new_neighbours},
	    {"asks all where it is not sure", asks_all_where_it_is_not_sure},
	    {"asks all where somebody else is",
	     asks_all_where_somebody_else_is},
	    {"asks the target of processes", asks_the_target_of_processes},
	    {"asks all where another metric has more",
	     asks_all_where_another_metric_has_more},
	    {"asks all where processes are elsewhere",
	     asks_all_where_processes_are_elsewhere},
	    {"asks all of missing cards", asks_all_of_missing_cards},
	    {"asks all that belong together", asks_all_that_belong_together},
	    {"keeps clusters apart", keeps_clusters_apart},
	    {"asks both exporters", asks_both_exporters},
	    {"has limits", has_limits},
	    {"quotes what it asks by", quotes_what_it_asks_by},
	    {"fails as all do", fails_as_all_do},
	    {"runs out of memory", runs_out_of_memory},
	    {"hashes names", hashes_names},
	    {NULL, NULL}};

	return suite_run("few", tests);
}
