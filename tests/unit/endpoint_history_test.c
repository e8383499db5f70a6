/* /api/v1/gpu/history: whole envelopes, byte for byte, in tests/golden/api/. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/suite.h"

/* Four points, from 2023-11-14T22:10:00Z on. */
#define SPAN "start=1699999800&end=1700000700&step=300"
#define T0   "1699999800"
#define T1   "1700000100"
#define T2   "1700000400"
#define T3   "1700000700"
/* One before the first, for counters. */
#define TB "1699999500"

#define AT(time, value)	     "[" time ",\"" value "\"]"
#define FOUR(a, b, c, d)     AT(T0, a) "," AT(T1, b) "," AT(T2, c) "," AT(T3, d)
#define ROLL		     "split_used_mib{gpu!=\"\",tile=\"\"}"
#define ANSWER(promql, body) {promql, body, ERR_OK, NULL}
#define LAST_ANSWER	     {NULL, NULL, ERR_OK, NULL}
/* How queries begin. */
#define LAST		      "last_over_time("
#define SUMS		      "sum_over_time("
#define COUNTS		      "count_over_time("
#define RANGE(start, part, b) ANSWER(CANNED_RANGE start "..." part, b)

#define ON(node, index, id)                                                    \
	CANNED_LABEL("node", node)                                             \
	"," CANNED_LABEL("gpu", index) "," CANNED_LABEL(                       \
	    "uuid", "GPU-" id) "," CANNED_LABEL("model",                       \
						"NVIDIA A100-SXM4-80GB")
#define SLICE(number, profile)                                                 \
	CANNED_LABEL("slice", number) "," CANNED_LABEL("slice_profile", profile)
#define NOW(labels)                                                            \
	CANNED_SERIES(CANNED_LABEL("instance", "h:9400") "," labels,           \
		      "1700000000", "1024")

/* Any metric may be there. */
#define NO_INVENTORY                                                           \
	{CANNED_START "count by (__name__) (", NULL, ERR_PROM, "refused"}

/* How many series some of them have. */
#define HAS(name, count)                                                       \
	CANNED_SERIES(CANNED_LABEL("__name__", name), "1700000000", count)
#define INVENTORY(series)                                                      \
	ANSWER(CANNED_START "count by (__name__) (", CANNED_VECTOR(series))
#define MEMORY_INVENTORY(used, free)                                           \
	INVENTORY(CANNED_TWO(HAS("split_used_mib", used),                      \
			     HAS("split_free_mib", free)))

/* Two nodes with two cards each. */
#define WHOLE_ROLL                                                             \
	ANSWER(ROLL, CANNED_VECTOR(CANNED_FOUR(                                \
			 NOW(ON("n1", "0", "aa")), NOW(ON("n1", "1", "bb")),   \
			 NOW(ON("n2", "0", "cc")), NOW(ON("n2", "1", "dd")))))

/* Its second series is that after a restart, with another model's name, and in
 * one step are both; of another card half of the points are missing, and of one
 * there is nothing. */
#define BEFORE ON("n1", "0", "aa")
#define AFTER                                                                  \
	CANNED_LABEL("node", "n1")                                             \
	"," CANNED_LABEL("gpu", "0") "," CANNED_LABEL("uuid", "GPU-aa")
static const struct canned_answer gpus[] = {
    NO_INVENTORY, WHOLE_ROLL,
    RANGE(
	SUMS, "split_busy{",
	CANNED_MATRIX(CANNED_FOUR(
	    CANNED_LINE(BEFORE, AT(T0, "100") "," AT(T1, "202")),
	    CANNED_LINE(AFTER,
			AT(T1, "3") "," AT(T2, "300") "," AT(T3, "400.05")),
	    CANNED_LINE(ON("n1", "1", "bb"), AT(T1, "990") "," AT(T3, "10010")),
	    CANNED_LINE(ON("n2", "0", "cc"), FOUR("0", "0", "NaN", "1040"))))),
    RANGE(
	COUNTS, "split_busy{",
	CANNED_MATRIX(CANNED_FOUR(
	    CANNED_LINE(ON("n2", "0", "cc"), FOUR("10", "10", "10", "10")),
	    CANNED_LINE(AFTER, AT(T1, "1") "," AT(T2, "10") "," AT(T3, "10")),
	    CANNED_LINE(BEFORE, AT(T0, "10") "," AT(T1, "9")),
	    CANNED_LINE(ON("n1", "1", "bb"), AT(T1, "10") "," AT(T3, "10"))))),
    LAST_ANSWER};

/* The first card was whole, then split, then whole again; the other one is
 * split now. The free memory of an instance is known half of the time. */
#define SPLIT_ROLL                                                             \
	ANSWER(ROLL, CANNED_VECTOR(CANNED_THREE(                               \
			 NOW(ON("n1", "0", "aa")),                             \
			 NOW(ON("n1", "1", "bb") "," SLICE("3", "3g.40gb")),   \
			 NOW(ON("n1", "1", "bb") "," SLICE("5", "1g.10gb")))))

static const struct canned_answer split[] = {
    NO_INVENTORY, SPLIT_ROLL,
    RANGE(LAST, "split_busy{",
	  CANNED_MATRIX(
	      CANNED_LINE(ON("n1", "0", "aa"), AT(T0, "10") "," AT(T3, "40")))),
    RANGE(LAST, "split_active{",
	  CANNED_MATRIX(CANNED_FOUR(
	      CANNED_LINE(ON("n1", "0", "aa") "," SLICE("1", "2g.20gb"),
			  AT(T1, "0.5") "," AT(T2, "0.25")),
	      CANNED_LINE(ON("n1", "1", "bb") "," SLICE("3", "3g.40gb"),
			  FOUR("1", "1", "0", "0.125")),
	      CANNED_LINE(ON("n1", "1", "bb") "," SLICE("5", "1g.10gb"),
			  FOUR("0", "1", "0", "1")),
	      CANNED_LINE(ON("n9", "0", "zz"), AT(T0, "0.75"))))),
    LAST_ANSWER};

/* The card alone is measured, of which each instance is a part. */
static const struct canned_answer watts_of_card[] = {
    NO_INVENTORY, SPLIT_ROLL,
    RANGE(LAST, "split_watts{",
	  CANNED_MATRIX(
	      CANNED_TWO(CANNED_LINE(ON("n1", "0", "aa"), AT(T0, "50")),
			 CANNED_LINE(ON("n1", "1", "bb"), AT(T1, "300"))))),
    LAST_ANSWER};

/* Each instance repeats what is the card's. */
static const struct canned_answer watts_of_parts[] = {
    NO_INVENTORY, SPLIT_ROLL,
    RANGE(LAST, "split_watts{",
	  CANNED_MATRIX(CANNED_THREE(
	      CANNED_LINE(ON("n1", "0", "aa"), AT(T0, "50")),
	      CANNED_LINE(ON("n1", "1", "bb") "," SLICE("3", "3g.40gb"),
			  AT(T1, "300")),
	      CANNED_LINE(ON("n1", "1", "bb") "," SLICE("5", "1g.10gb"),
			  AT(T1, "300"))))),
    LAST_ANSWER};

/* Of one card the free memory is missing at the third point. */
static const struct canned_answer memory[] = {
    MEMORY_INVENTORY("4", "4"), WHOLE_ROLL,
    RANGE(LAST, "split_used_mib{",
	  CANNED_MATRIX(
	      CANNED_THREE(CANNED_LINE(ON("n1", "0", "aa"),
				       FOUR("5120", "10240", "16384", "20480")),
			   CANNED_LINE(ON("n1", "1", "bb"),
				       FOUR("5120", "10240", "14336", "20480")),
			   CANNED_LINE(ON("n2", "0", "cc"), AT(T0, "1024"))))),
    RANGE(LAST, "split_free_mib{",
	  CANNED_MATRIX(CANNED_THREE(
	      CANNED_LINE(ON("n1", "0", "aa"),
			  FOUR("15360", "10240", "4096", "0")),
	      CANNED_LINE(ON("n1", "1", "bb"),
			  AT(T0, "15360") "," AT(T1, "10240") "," AT(T3, "0")),
	      CANNED_LINE(ON("n2", "0", "cc"), AT(T0, "1024"))))),
    LAST_ANSWER};

/* One card of four has no free memory: what the others have counts. */
#define ONE_LACKS(inventory)                                                   \
	inventory, WHOLE_ROLL,                                                 \
	    RANGE(LAST, "split_used_mib{",                                     \
		  CANNED_MATRIX(CANNED_FOUR(                                   \
		      CANNED_LINE(ON("n1", "0", "aa"),                         \
				  FOUR("1024", "2048", "1024", "1024")),       \
		      CANNED_LINE(ON("n1", "1", "bb"), AT(T0, "1024")),        \
		      CANNED_LINE(ON("n2", "0", "cc"), AT(T1, "1024")),        \
		      CANNED_LINE(ON("n2", "1", "dd"),                         \
				  FOUR("1024", "1024", "1024", "1024"))))),    \
	    RANGE(LAST, "split_free_mib{",                                     \
		  CANNED_MATRIX(CANNED_THREE(                                  \
		      CANNED_LINE(ON("n1", "0", "aa"),                         \
				  FOUR("7168", "6144", "7168", "7168")),       \
		      CANNED_LINE(ON("n1", "1", "bb"), AT(T0, "7168")),        \
		      CANNED_LINE(ON("n2", "0", "cc"), AT(T1, "3072"))))),     \
	    LAST_ANSWER

static const struct canned_answer one_lacks[] = {
    ONE_LACKS(MEMORY_INVENTORY("4", "3"))};
static const struct canned_answer one_may_lack[] = {ONE_LACKS(NO_INVENTORY)};

/* Of two cards there is what is used, and of two others what is free. */
static const struct canned_answer two_lack[] = {
    ONE_LACKS(MEMORY_INVENTORY("2", "2"))};

#define DESK(id, instance)                                                     \
	CANNED_LABEL("uuid", "GPU-" id) "," CANNED_LABEL("instance", instance)
#define DESK_ROLL(id, instance)                                                \
	ANSWER(                                                                \
	    CANNED_START "{__name__=~\"desk_info|desk_index",                  \
	    CANNED_VECTOR(CANNED_SERIES(                                       \
		CANNED_LABEL("__name__", "desk_info") "," DESK(id, instance),  \
		"1700000000", "1")))

/* The second exporter has a card of the first one's node, and was there alone
 * at first: each point is whose it is. */
static const struct canned_answer shared[] = {
    NO_INVENTORY,
    WHOLE_ROLL,
    DESK_ROLL("aa", "n1:9200"),
    RANGE(
	LAST, "split_busy{",
	CANNED_MATRIX(CANNED_TWO(
	    CANNED_LINE(ON("n1", "0", "aa"), AT(T2, "30") "," AT(T3, "40")),
	    CANNED_LINE(ON("n1", "1", "bb"), AT(T1, "10") "," AT(T3, "20"))))),
    RANGE(LAST, "desk_busy{",
	  CANNED_MATRIX(CANNED_LINE(DESK("aa", "n1:9200"),
				    FOUR("50", "60", "70", "80")))),
    LAST_ANSWER};

/* Its pod had another address before, of which nobody tells the node now. */
static const struct canned_answer moved[] = {
    NO_INVENTORY, DESK_ROLL("ee", "10.0.0.7:9200"),
    ANSWER(
	CANNED_START "(group by (pod_ip,node",
	CANNED_VECTOR(CANNED_SERIES(
	    CANNED_LABEL("pod_ip", "10.0.0.7") "," CANNED_LABEL("node", "n3"),
	    "1700000000", "1"))),
    RANGE(
	LAST, "desk_busy{",
	CANNED_MATRIX(CANNED_TWO(CANNED_LINE(DESK("ee", "10.0.0.6:9200"),
					     AT(T0, "10") "," AT(T1, "20")),
				 CANNED_LINE(DESK("ee", "10.0.0.7:9200"),
					     AT(T2, "30") "," AT(T3, "40"))))),
    LAST_ANSWER};

static const struct canned_answer nodes[] = {
    NO_INVENTORY, WHOLE_ROLL,
    RANGE(LAST, "split_busy{",
	  CANNED_MATRIX(
	      CANNED_LINE(ON("n10", "0", "jj"), AT(T3, "7")) "," CANNED_FOUR(
		  CANNED_LINE(ON("n2", "0", "cc"), FOUR("6", "0", "12", "3")),
		  CANNED_LINE(ON("n2", "1", "dd"),
			      AT(T0, "4") "," AT(T1, "0") "," AT(T2, "8")),
		  CANNED_LINE(ON("n1", "0", "aa"), AT(T1, "80")),
		  CANNED_LINE(ON("n1", "1", "bb"), AT(T1, "70"))))),
    LAST_ANSWER};

/* It began anew, and then its series changed. */
static const struct canned_answer energy[] = {
    NO_INVENTORY, WHOLE_ROLL,
    RANGE(LAST, "split_millijoules_total{",
	  CANNED_MATRIX(CANNED_TWO(
	      CANNED_LINE(
		  ON("n1", "0", "aa"),
		  AT(TB, "1000000") "," AT(T0, "1500000") "," AT(T1, "200000")),
	      CANNED_LINE(CANNED_LABEL("uuid", "GPU-aa") "," CANNED_LABEL(
			      "node", "n1") "," CANNED_LABEL("gpu", "0"),
			  AT(T2, "450000") "," AT(T3, "450000"))))),
    LAST_ANSWER};

static const struct canned_answer refused[] = {
    NO_INVENTORY,
    WHOLE_ROLL,
    {CANNED_RANGE "sum_over_time(...split_busy{", NULL, ERR_TIMEOUT,
     "no answer from http://10.0.0.1:9090"},
    LAST_ANSWER};

static const struct {
	const char *golden, *query;
	const struct canned_answer *answers;
	enum err_code outcome;
} cases[] = {
    {"history_gpu.json", "by=gpu&" SPAN, gpus, ERR_OK},
    {"history_page.json", "by=gpu&limit=1&offset=1&" SPAN, gpus, ERR_OK},
    {"history_split.json", "by=gpu&node_name=n1,n9&aggregate=sample&" SPAN,
     split, ERR_OK},
    {"history_split_model.json", "by=model&" SPAN, split, ERR_OK},
    {"history_node.json", "by=node&" SPAN, nodes, ERR_OK},
    {"history_node_some.json", "by=node&node_name=n1*&" SPAN, nodes, ERR_OK},
    {"history_memory.json", "by=node&field=memory_utilization&" SPAN, memory,
     ERR_OK},
    {"history_all_memory.json", "by=all&field=memory_total&" SPAN, memory,
     ERR_OK},
    {"history_one_lacks.json", "by=all&field=memory_total&" SPAN, one_lacks,
     ERR_OK},
    {"history_one_lacks.json", "by=all&field=memory_total&" SPAN, one_may_lack,
     ERR_OK},
    {"history_one_lacks.json", "by=all&field=memory_total&" SPAN, two_lack,
     ERR_OK},
    {"history_shared.json", "by=node&" SPAN, shared, ERR_OK},
    {"history_moved.json", "by=node&" SPAN, moved, ERR_OK},
    {"history_watts_of_card.json",
     "by=gpu&field=power_draw&aggregate=sample&" SPAN, watts_of_card, ERR_OK},
    {"history_watts_of_parts.json",
     "by=node&field=power_draw&mig_instance_id=0..9&" SPAN, watts_of_parts,
     ERR_OK},
    {"history_watts_of_parts.json",
     "by=node&field=power_draw&mig_instance_id=0..9&" SPAN, watts_of_card,
     ERR_OK},
    {"history_energy.json",
     "by=gpu&field=energy_joules&gpu_index=0&"
     "node_name=n1&" SPAN,
     energy, ERR_OK},
    {"history_empty.json", "by=node&uuid=nobody&" SPAN, nodes, ERR_OK},
    {"history_refused.json", "by=gpu&" SPAN, refused, ERR_TIMEOUT},
    {"history_too_many.json",
     "by=gpu&range=30d&points=2000&aggregate=sample&limit=256", gpus,
     ERR_QUERY}};

static void
start(struct canned_call *call, const struct canned_answer *answers)
{
	canned_call_init(call, CANNED_CARDS, answers, CANNED_AMPLE_BYTES);
	canned_call_survey(call);
}

static void
read_params(struct canned_call *call, struct params *params, const char *query)
{
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(call, &endpoint_history, query, params), ERR_OK);
}

static enum err_code
ask(struct canned_call *call, struct params *params, const char *query)
{
	read_params(call, params, query);
	return canned_call_answer(call, &endpoint_history, 1 << 20);
}

static void
answers_as_recorded(void)
{
	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct canned_call call;
		struct params params;
		char path[64];

		start(&call, cases[i].answers);
		CU_ASSERT_EQUAL(ask(&call, &params, cases[i].query),
				cases[i].outcome);
		if (call.err.code != cases[i].outcome)
			printf("# %s: %s\n", cases[i].query, call.err.text);
		snprintf(path, sizeof(path), "api/%s", cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
	}
	capture_end();
}

/* However long it waited for its turn: others are given it by the times that
 * it asked for. */
static void
answers_as_of_when_it_was_asked(void)
{
	struct canned_call call;
	struct params params;

	capture_start();
	start(&call, gpus);
	call.call.asked_s = 1700000705.5;
	CU_ASSERT_EQUAL(ask(&call, &params, "by=gpu&range=15m&step=5m"),
			ERR_OK);
	GOLDEN_EQUAL("api/history_gpu.json", call.body.data, call.body.length);
	CU_ASSERT_EQUAL(call.call.expires_s, 1700000705 + 60);
	canned_call_fini(&call);
	capture_end();
}

/* The text by which others are given the answer, to be freed. */
static char *
key_of(const char *query)
{
	struct canned_call call;
	struct params params;
	struct buf key;
	char *text;

	start(&call, gpus);
	call.call.asked_s = 1700000705.5;
	read_params(&call, &params, query);
	buf_init(&key, 1024);
	CU_ASSERT_EQUAL_FATAL(
	    endpoint_history.write_key(&call.call, &key, &call.err), ERR_OK);
	text = strndup(key.data, key.length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	buf_fini(&key);
	canned_call_fini(&call);
	return text;
}

static void
shares_what_is_the_same(void)
{
	static const struct {
		const char *one, *other;
		bool is_same;
	} pairs[] = {
	    {"by=node&range=15m&step=5m", "by=node&" SPAN, true},
	    {"by=node&range=15m&step=5m", "by=node&range=900&step=300", true},
	    {"by=node", "by=node&limit=1000", false},
	    {"by=node&limit=1000", "by=node&limit=1000&offset=0", true},
	    {"by=node&limit=7", "by=node&limit=8", false},
	    {"by=node", "by=node&format=csv", false},
	    {"by=node&node_name=a,b", "by=node&node_name=a", false}};

	capture_start();
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *one = key_of(pairs[i].one),
		     *other = key_of(pairs[i].other);

		if ((strcmp(one, other) == 0) != pairs[i].is_same)
			printf("# %s: %s\n# %s: %s\n", pairs[i].one, one,
			       pairs[i].other, other);
		CU_ASSERT_EQUAL(strcmp(one, other) == 0, pairs[i].is_same);
		free(one);
		free(other);
	}
	capture_end();
}

static void
expect_csv(const char *query, const struct canned_answer *answers,
	   const char *expected)
{
	struct canned_call call;
	struct params params;
	char *text;

	capture_start();
	start(&call, answers);
	CU_ASSERT_EQUAL(ask(&call, &params, query), ERR_OK);
	text = strndup(call.body.data, call.body.length);
	SUITE_EQUAL(text, expected);
	free(text);
	canned_call_fini(&call);
	capture_end();
}

/* What is not known is nothing, also where it is all that tells series apart.
 */
static void
writes_csv(void)
{
	expect_csv("format=csv&by=gpu&node_name=n1&" SPAN, gpus,
		   "time,node_name,gpu_index,mig_instance_id,uuid,cluster,value"
		   "\r\n"
		   "2023-11-14T22:10:00.000Z,n1,0,,aa,,10\r\n"
		   "2023-11-14T22:15:00.000Z,n1,0,,aa,,20.5\r\n"
		   "2023-11-14T22:20:00.000Z,n1,0,,aa,,30\r\n"
		   "2023-11-14T22:25:00.000Z,n1,0,,aa,,40.01\r\n"
		   "2023-11-14T22:10:00.000Z,n1,1,,bb,,\r\n"
		   "2023-11-14T22:15:00.000Z,n1,1,,bb,,99\r\n"
		   "2023-11-14T22:20:00.000Z,n1,1,,bb,,\r\n"
		   "2023-11-14T22:25:00.000Z,n1,1,,bb,,\r\n");
	expect_csv("format=csv&by=cluster&node_name=n10&" SPAN, nodes,
		   "time,cluster,value\r\n"
		   "2023-11-14T22:10:00.000Z,,\r\n"
		   "2023-11-14T22:15:00.000Z,,\r\n"
		   "2023-11-14T22:20:00.000Z,,\r\n"
		   "2023-11-14T22:25:00.000Z,,7\r\n");
}

/* Whether the body says so of that query. */
static void
expect_said(const char *query, const struct canned_answer *answers,
	    const char *part)
{
	struct canned_call call;
	struct params params;

	capture_start();
	start(&call, answers);
	CU_ASSERT_EQUAL(ask(&call, &params, query), ERR_OK);
	canned_call_expect(&call, part);
	canned_call_fini(&call);
	capture_end();
}

/* A card of another page is not one that is gone. */
static void
pages_named_gpus(void)
{
	static const char *const filters[] = {"node_name=n1", "uuid=aa,bb",
					      "node_name=n1&uuid=aa,bb"};
	static const char *const pages[] = {
	    "\"page\":{\"total\":2,\"limit\":1,\"offset\":0,"
	    "\"next_offset\":1}",
	    "\"page\":{\"total\":2,\"limit\":1,\"offset\":1,"
	    "\"next_offset\":null}",
	    "\"page\":{\"total\":2,\"limit\":1,\"offset\":2,"
	    "\"next_offset\":null}"};

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		for (size_t k = 0; k < sizeof(pages) / sizeof(*pages); k++) {
			char query[160];

			snprintf(query, sizeof(query),
				 "by=gpu&limit=1&offset=%zu&%s&" SPAN, k,
				 filters[i]);
			expect_said(query, gpus, pages[k]);
		}
}

/* Twenty nodes with the names of a cloud, of a counter: four times each. */
static void
names_many_nodes(void)
{
	char query[1600];
	int length =
	    snprintf(query, sizeof(query), "by=node&field=energy_joules&" SPAN);

	for (int i = 0; i < 20; i++)
		length +=
		    snprintf(query + length, sizeof(query) - (size_t)length,
			     "%sgpu-worker-%03d.rack-1.cluster.example",
			     i == 0 ? "&node_name=" : ",", i);
	expect_said(query, nodes, "\"series\":[]");
	expect_said("by=gpu&node_name=n1,n7,n8&uuid=aa,cc,yy,zz&" SPAN, gpus,
		    "\"uuid\":\"aa\"");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(canned_pool_asked(), "instance=~\"(n1|n7|n8)(:[0-9]+)?\""));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(canned_pool_asked(), "node=~\"n1|n7|n8\""));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(canned_pool_asked(), "uuid=~\"(?i:(GPU-)?(cc|yy|zz))\""));
}

/* A part has a number and a uuid of its own, which its card has not. */
#define PART(number, index, id)                                                             \
	CANNED_LABEL("instance", "n1:9400")                                                 \
	"," CANNED_LABEL("serial", "s1") "," CANNED_LABEL("part", number) "," CANNED_LABEL( \
	    "gpu", index) "," CANNED_LABEL("uuid", id) "," CANNED_LABEL("how",              \
									"CPX")

static const struct canned_answer parted[] = {
    NO_INVENTORY,
    ANSWER(CANNED_START "parted_busy",
	   CANNED_VECTOR(CANNED_TWO(
	       CANNED_SERIES(PART("0", "40", "a0"), "1700000000", "1"),
	       CANNED_SERIES(PART("1", "41", "a1"), "1700000000", "1")))),
    RANGE(LAST, "parted_busy",
	  CANNED_MATRIX(CANNED_TWO(
	      CANNED_LINE(PART("0", "40", "a0"), AT(T0, "10")),
	      CANNED_LINE(PART("1", "41", "a1"), FOUR("1", "2", "3", "4"))))),
    LAST_ANSWER};

static void
groups_parts_by_their_names(void)
{
	static const char *const queries[] = {
	    "by=node&uuid=a1&" SPAN, "by=node&node_name=n1&gpu_index=41&" SPAN};

	capture_start();
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		struct canned_call call;
		struct params params;

		canned_call_init(&call, "tests/golden/profiles/join", parted,
				 CANNED_AMPLE_BYTES);
		canned_call_survey(&call);
		CU_ASSERT_EQUAL(ask(&call, &params, queries[i]), ERR_OK);
		GOLDEN_EQUAL("api/history_parted.json", call.body.data,
			     call.body.length);
		canned_call_fini(&call);
	}
	capture_end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"answers as of when it was asked",
	     answers_as_of_when_it_was_asked},
	    {"shares what is the same", shares_what_is_the_same},
	    {"groups parts by their names", groups_parts_by_their_names},
	    {"writes CSV", writes_csv},
	    {"pages named GPUs", pages_named_gpus},
	    {"names many nodes", names_many_nodes},
	    {NULL, NULL}};

	return suite_run("endpoint_history", tests);
}
