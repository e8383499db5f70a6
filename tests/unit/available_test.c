/* /api/v1/gpu/available: whole envelopes, in tests/golden/api/; and where
 * something of what it is made of is missing. Any fleet is in
 * unit/available_random_test. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/stock.h"
#include "support/suite.h"

#define PROFILES "tests/golden/profiles/available"

enum { BODY_BYTES = 1 << 20 };

#define A100   .model = "NVIDIA A100-SXM4-80GB"
#define H100   .model = "NVIDIA H100 80GB HBM3"
#define MEMORY .used_gib = 0, .free_gib = 80
#define BUSY(now, minute, window, hour)                                        \
	.busy = (now), .busiest = {(minute), (window), (hour)}
#define IDLE	 BUSY(0, 0, 0, 0)
#define AT(n, i) .node = (n), .index = (i)
#define NODE(n, ready, cordoned)                                               \
	.name = (n), .is_ready = (ready), .is_cordoned = (cordoned)
#define RESOURCE(n, what, all, good, by_unseen)                                \
	.node = (n), .name = (what), .capacity = (all), .allocatable = (good), \
	.unseen = (by_unseen)
#define SLICE(id, name, gib)                                                   \
	.part = (id), .profile = (name), .used_gib = 0, .free_gib = (gib)

static const struct stock_gpu gpus[] = {
    /* Free; idle and held; at work; at work a while ago. */
    {AT("k1", 0), A100, MEMORY, BUSY(0.9, 0.9, 0.9, 30)},
    {AT("k1", 1), A100, .used_gib = 40, .free_gib = 40, IDLE, .pods = 1,
     .asks = "nvidia_com_gpu"},
    {AT("k1", 2), A100, MEMORY, BUSY(50, 50, 50, 50)},
    {AT("k1", 3), A100, MEMORY, BUSY(0.4, 0.4, 35, 35)},
    /* Cordoned; not ready; and nobody tells whether it is. */
    {AT("k2", 0), A100, MEMORY, IDLE},
    {AT("k3", 0), A100, MEMORY, IDLE},
    {AT("k4", 0), A100, MEMORY, IDLE},
    /* Whoever holds it, or half of it, is shown by nobody. */
    {AT("k5", 0), A100, MEMORY, IDLE},
    {AT("k6", 0), A100, MEMORY, IDLE},
    {AT("k6", 1), A100, MEMORY, IDLE},
    /* Whole, and split in two of which one is held. */
    {AT("k7", 0), A100, MEMORY, IDLE},
    {AT("k7", 1), A100, SLICE(1, "1g.10gb", 10), IDLE},
    {AT("k7", 1), A100, SLICE(2, "1g.10gb", 10), IDLE, .pods = 1,
     .asks = "nvidia_com_mig_1g_10gb"},
    {AT("k7", 1), A100, SLICE(5, "3g.40gb", 40), BUSY(99, 99, 99, 99)},
    /* None of Kubernetes': nobody tells who has it. Two are free, as far as is
     * known; one has something in its memory; of the others is not known how
     * busy they are, now, and before, and how much memory is in use. */
    {AT("s1", 0), H100, .used_gib = 0.5, .free_gib = 79.5, IDLE,
     .is_plain = true},
    {AT("s1", 1), H100, MEMORY, IDLE, .is_plain = true},
    {AT("s1", 2), H100, .used_gib = 5, .free_gib = 75, IDLE, .is_plain = true},
    {AT("s1", 3), H100, MEMORY, BUSY(NAN, NAN, NAN, NAN), .is_plain = true},
    {AT("s1", 4), H100, MEMORY, IDLE, .is_plain = true, .is_new = true},
    {AT("s1", 5), H100, .used_gib = NAN, .free_gib = NAN, IDLE,
     .is_plain = true},
    /* The exporter tells who has others of the node. */
    {AT("s2", 0), H100, .used_gib = 5, .free_gib = 75, IDLE},
    {AT("s2", 1), H100, .used_gib = 79, .free_gib = 1, BUSY(90, 90, 90, 90),
     .pods = 2}};

static const struct stock_node nodes[] = {
    {NODE("k1", STOCK_YES, STOCK_NO)}, {NODE("k2", STOCK_YES, STOCK_YES)},
    {NODE("k3", STOCK_NO, STOCK_NO)},  {NODE("k4", STOCK_UNTOLD, STOCK_NO)},
    {NODE("k5", STOCK_YES, STOCK_NO)}, {NODE("k6", STOCK_YES, STOCK_NO)},
    {NODE("k7", STOCK_YES, STOCK_NO)}};

static const struct stock_resource resources[] = {
    {RESOURCE("k1", "nvidia_com_gpu", 4, 4, 0)},
    {RESOURCE("k2", "nvidia_com_gpu", 1, 1, 0)},
    {RESOURCE("k3", "nvidia_com_gpu", 1, 1, 0)},
    {RESOURCE("k4", "nvidia_com_gpu", 1, 1, 0)},
    {RESOURCE("k5", "nvidia_com_gpu", 1, 1, 1)},
    {RESOURCE("k6", "nvidia_com_gpu", 2, 2, 1)},
    {RESOURCE("k7", "nvidia_com_gpu", 1, 1, 0)},
    {RESOURCE("k7", "nvidia_com_mig_1g_10gb", 2, 2, 0)},
    {RESOURCE("k7", "nvidia_com_mig_3g_40gb", 1, 1, 0)}};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct stock stock = {.gpus = gpus,
				   .gpu_count = COUNT(gpus),
				   .nodes = nodes,
				   .node_count = COUNT(nodes),
				   .resources = resources,
				   .resource_count = COUNT(resources),
				   .tells_pods = true};

static struct canned_answer answers[STOCK_ANSWERS];
static struct canned_call call;
static struct params params;

static enum err_code
ask(const struct stock *s, const char *query)
{
	stock_answer(s, answers);
	canned_call_init(&call, PROFILES, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(&call, &endpoint_available, query, &params),
	    ERR_OK);
	return canned_call_answer(&call, &endpoint_available, BODY_BYTES);
}

static void
end(void)
{
	canned_call_fini(&call);
	stock_free(answers);
}

static void
expect(const struct stock *s, const char *query, const char *golden)
{
	char path[64];

	CU_ASSERT_EQUAL(ask(s, query), ERR_OK);
	snprintf(path, sizeof(path), "api/available_%s.json", golden);
	GOLDEN_EQUAL(path, call.body.data, call.body.length);
	end();
}

static void
answers_as_recorded(void)
{
	static const struct {
		const char *query, *golden;
	} cases[] = {{"", "gpus"},
		     {"order=spread&limit=2", "spread"},
		     {"by=node", "nodes"},
		     {"by=model", "models"},
		     {"by=node&count=2&order=spread", "pairs"},
		     {"held=include&idle_for=0&utilization=..100", "held"},
		     {"by=node&mig_profile=1g.*", "instances"},
		     {"vendor=AMD", "none"}};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(&stock, cases[i].query, cases[i].golden);
}

static void
expect_csv(const char *query, const char *rows)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s&format=csv&limit=1000", query);
	CU_ASSERT_EQUAL(ask(&stock, whole), ERR_OK);
	canned_call_expect(&call, rows);
	CU_ASSERT_EQUAL(call.body.length, strlen(rows));
	end();
}

/* The hour has seen k1's first GPU at work, and not the minute the last one. */
static void
looks_back_as_far_as_asked(void)
{
	static const char fields[] =
	    "fields=node_name,gpu_index,idle_s&node_name=k1&idle_for=";
	static const struct {
		const char *idle_for, *rows;
	} cases[] = {{"1m", "k1,0,60\r\nk1,3,60\r\n"},
		     {"900", "k1,0,900\r\n"},
		     {"15m", "k1,0,900\r\n"},
		     {"1h", ""},
		     {"0", "k1,0,900\r\nk1,3,0\r\n"}};
	char query[128], rows[128];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(query, sizeof(query), "%s%s", fields,
			 cases[i].idle_for);
		snprintf(rows, sizeof(rows), "node_name,gpu_index,idle_s\r\n%s",
			 cases[i].rows);
		expect_csv(query, rows);
	}
}

/* A file of some rows would look as if it had all. */
static void
limits_what_says_so_alone(void)
{
	enum { MANY = 24 };
	static const struct stock_gpu one = {AT("s1", 0), H100, MEMORY, IDLE};
	static char models[MANY][8];
	struct stock_gpu many[MANY];
	const struct stock s = {.gpus = many, .gpu_count = MANY};
	char rows[MANY * 16];
	size_t length = 0;

	for (unsigned i = 0; i < MANY; i++) {
		many[i] = one;
		many[i].index = i;
		many[i].model = models[i];
		snprintf(models[i], sizeof(models[i]), "M%u", i);
		length += (size_t)snprintf(rows + length, sizeof(rows) - length,
					   "%s%u\r\n",
					   i == 0 ? "gpu_index\r\n" : "", i);
	}
	CU_ASSERT_EQUAL(ask(&s, "fields=gpu_index&format=csv"), ERR_OK);
	canned_call_expect(&call, rows);
	end();
	CU_ASSERT_EQUAL(ask(&s, "fields=gpu_index&format=csv&limit=1"), ERR_OK);
	canned_call_expect(&call, "gpu_index\r\n0\r\n");
	CU_ASSERT_FALSE(canned_call_says(&call, "1\r\n"));
	end();
	CU_ASSERT_EQUAL(ask(&s, "by=model"), ERR_OK);
	canned_call_expect(&call, "\"gpu_name\":\"M23\"");
	CU_ASSERT_FALSE(canned_call_says(&call, "\"page\""));
	end();
	CU_ASSERT_EQUAL(ask(&s, ""), ERR_OK);
	canned_call_expect(&call, "\"page\":{\"total\":24,\"limit\":10,");
	end();
}

/* Nobody can be idle for longer than was looked back. */
static void
refuses_what_never_is(void)
{
	CU_ASSERT_EQUAL(ask(&stock, "idle_s=1000.."), ERR_QUERY);
	canned_call_expect(&call,
			   "Query parameter \\\"idle_s\\\" is "
			   "\\\"1000..\\\": it takes 900 at most, as far "
			   "as was looked back: see idle_for");
	end();
	CU_ASSERT_EQUAL(ask(&stock, "idle_s=3601..&idle_for=1h"), ERR_QUERY);
	end();
	expect_csv("idle_s=900..&node_name=k1&fields=gpu_index",
		   "gpu_index\r\n0\r\n");
}

static void
chooses_and_sorts(void)
{
	expect_csv("memory_free=79..79.9&fields=node_name,gpu_index,held",
		   "node_name,gpu_index,held\r\ns1,0,\r\n");
	expect_csv("utilization=0.9&fields=node_name,gpu_index",
		   "node_name,gpu_index\r\nk1,0\r\n");
	expect_csv("utilization=..50&count=2&fields=node_name,gpu_index",
		   "node_name,gpu_index\r\ns1,0\r\ns1,1\r\nk1,0\r\nk1,2\r\n"
		   "k1,3\r\n");
	expect_csv("by=node&gpu_indexes=1&sort=-node_name&"
		   "fields=node_name,gpu_indexes",
		   "node_name,gpu_indexes\r\ns1,0;1\r\nk6,0;1\r\n");
	expect_csv("by=model&count=2&fields=gpu_name,free_count,node_count",
		   "gpu_name,free_count,node_count\r\n"
		   "NVIDIA A100-SXM4-80GB,0,0\r\n"
		   "NVIDIA H100 80GB HBM3,2,1\r\n");
	expect_csv("by=model&free_count=3..3&fields=gpu_name",
		   "gpu_name\r\nNVIDIA A100-SXM4-80GB\r\n");
}

/* --- other nodes ---------------------------------------------------------- */

/* A card that would be free, if its node had it to give. */
#define CARD(n, i) AT(n, i), A100, MEMORY, IDLE
#define GPUS	   "nvidia_com_gpu"
#define HALF	   .used_gib = 40, .free_gib = 40

enum { PLACES = 4 };

static const struct place {
	struct stock_gpu gpus[PLACES];
	struct stock_node nodes[PLACES];
	struct stock_resource resources[PLACES];
	const char *rows, *warning;
} places[] = {
    /* Kubernetes and the exporter call it something else. */
    {{{CARD("n1.example.com", 0)}},
     {{NODE("n1", STOCK_YES, STOCK_YES)}},
     {{RESOURCE("n1", GPUS, 2, 2, 2)}},
     "",
     "Kubernetes' nodes they are in: 1"},
    /* And so it may be where another one is as it should be; but not if that
     * has none, or another vendor's, or is in another cluster. */
    {{{CARD("k1", 0)}, {CARD("s1", 0)}},
     {{NODE("k1", STOCK_YES, STOCK_NO)}, {NODE("k2", STOCK_YES, STOCK_NO)}},
     {{RESOURCE("k1", GPUS, 1, 1, 0)}, {RESOURCE("k2", GPUS, 1, 1, 0)}},
     "k1,0\r\n",
     "Kubernetes' nodes they are in: 1"},
    {{{CARD("s1", 0)}},
     {{NODE("k1", STOCK_YES, STOCK_NO)}, {NODE("k2", STOCK_YES, STOCK_NO)}},
     {{RESOURCE("k1", GPUS, 0, 0, 0)},
      {RESOURCE("k2", "amd_com_gpu", 1, 1, 0)}},
     "s1,0\r\n",
     NULL},
    {{{CARD("s1", 0), .cluster = "a"}},
     {{NODE("k1", STOCK_YES, STOCK_NO), .cluster = "b"}},
     {{RESOURCE("k1", GPUS, 1, 1, 0), .cluster = "b"}},
     "s1,0\r\n",
     NULL},
    /* A node that takes no pods does not, by whatever its GPUs are handed
     * out. */
    {{{CARD("t3", 0)}, {CARD("t4", 0)}, {CARD("t5", 0)}},
     {{NODE("t3", STOCK_NO, STOCK_YES)},
      {NODE("t4", STOCK_UNTOLD, STOCK_NO)},
      {NODE("t5", STOCK_YES, STOCK_NO)}},
     {{.name = NULL}},
     "t5,0\r\n",
     "nodes are ready, or what is left there: 1"},
    /* Namesakes of several clusters, where one side does not tell which. */
    {{{CARD("n1", 0), .cluster = "a"}, {CARD("n1", 0), .cluster = "b"}},
     {{NODE("n1", STOCK_YES, STOCK_YES)}},
     {{RESOURCE("n1", GPUS, 1, 1, 0)}},
     "",
     "Kubernetes' nodes they are in: 2"},
    {{{CARD("x1", 0)}},
     {{NODE("x1", STOCK_YES, STOCK_YES), .cluster = "a"},
      {NODE("x1", STOCK_NO, STOCK_NO), .cluster = "b"}},
     {{RESOURCE("x1", GPUS, 1, 1, 1), .cluster = "a"},
      {RESOURCE("x1", GPUS, 1, 1, 0), .cluster = "b"}},
     "",
     "Kubernetes' nodes they are in: 1"},
    /* Of that one only a pod tells, which may be on either. */
    {{{CARD("m1", 0)}, {AT("m1", 1), A100, HALF, IDLE}},
     {{.name = NULL}},
     {{.node = "m1", .name = GPUS, .unseen = 1, .is_of_pods_alone = true}},
     "",
     "nodes are ready, or what is left there: 1"},
    /* Whoever is shown beside it does not stand for a pod that is not. */
    {{{CARD("t1", 0), .pods = 1}, {AT("t1", 1), A100, HALF, IDLE}},
     {{NODE("t1", STOCK_YES, STOCK_NO)}},
     {{RESOURCE("t1", GPUS, 2, 2, 1)}},
     "",
     NULL},
    /* Who asks for two and is shown on one is on another one, too. */
    {{{CARD("t1", 0), .pods = 1, .asks = GPUS},
      {AT("t1", 1), A100, HALF, IDLE},
      {CARD("t1", 2), .pods = 1}},
     {{NODE("t1", STOCK_YES, STOCK_NO)}},
     {{RESOURCE("t1", GPUS, 4, 4, 1)}},
     "",
     NULL}};

static size_t
count_named(const void *list, size_t bytes)
{
	const char *const *name = list;
	size_t count = 0;

	while (count < PLACES && *name != NULL) {
		name = (const void *)((const char *)name + bytes);
		count++;
	}
	return count;
}

static void
offers_nothing_of_a_node_that_it_does_not_know(void)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		const struct place *p = &places[i];
		struct stock s = {
		    .gpus = p->gpus,
		    .gpu_count = count_named(p->gpus, sizeof(*p->gpus)),
		    .nodes = p->nodes,
		    .node_count = count_named(p->nodes, sizeof(*p->nodes)),
		    .resources = p->resources,
		    .resource_count =
			count_named(p->resources, sizeof(*p->resources)),
		    .tells_pods = true};
		char rows[128];

		snprintf(rows, sizeof(rows), "node_name,gpu_index\r\n%s",
			 p->rows);
		CU_ASSERT_EQUAL(
		    ask(&s, "fields=node_name,gpu_index&format=csv"), ERR_OK);
		canned_call_expect(&call, rows);
		CU_ASSERT_EQUAL(call.body.length, strlen(rows));
		end();
		CU_ASSERT_EQUAL(ask(&s, ""), ERR_OK);
		if (p->warning != NULL)
			canned_call_expect(&call, p->warning);
		else
			CU_ASSERT_FALSE(canned_call_says(&call, "left out"));
		end();
	}
}

/* --- what is no sign of being free -----------------------------------------
 */

#define CPX(id)                                                                \
	AT("a1", 0), .model = "AMD Instinct MI300X", .part = (id),             \
	    .profile = "cpx", .used_gib = 0.3, .free_gib = 191.7, IDLE

static const struct sign {
	struct stock_gpu gpus[PLACES];
	const char *query, *rows, *warning;
} signs[] = {
    /* Nobody knows what it did before it was measured. */
    {{{CARD("s1", 0), .is_new = true}},
     "",
     "",
     "how busy they are, or were for so long: 1"},
    {{{CARD("s1", 0), .is_new = true}}, "&idle_for=0", "0,,\r\n", NULL},
    {{{AT("s1", 0), A100, MEMORY, BUSY(0, 0, 2, 2), .is_new = true}},
     "&idle_for=0",
     "0,0,\r\n",
     NULL},
    /* The last sample stands for a window without. */
    {{{AT("s1", 0), A100, MEMORY, BUSY(0, NAN, 0, 0)},
      {AT("s1", 1), A100, MEMORY, BUSY(2, NAN, 0, 0)}},
     "&idle_for=1m",
     "0,60,\r\n",
     NULL},
    /* Idle is below IDLE_UTILIZATION, as everywhere. */
    {{{AT("s1", 0), A100, MEMORY, BUSY(1, 1, 1, 1)},
      {AT("s1", 1), A100, MEMORY, BUSY(0.996, 0.996, 0.996, 1)}},
     "",
     "1,900,\r\n",
     NULL},
    {{{AT("s1", 0), A100, MEMORY, BUSY(1, 1, 1, 1)},
      {AT("s1", 1), A100, MEMORY, BUSY(0.996, 0.996, 0.996, 1)}},
     "&utilization=..1",
     "0,0,\r\n1,900,\r\n",
     NULL},
    /* Somebody uses memory whom no exporter shows, or may. */
    {{{AT("s1", 0), A100, HALF, IDLE}, {CARD("s1", 1), .pods = 1}},
     "",
     "",
     NULL},
    {{{AT("s1", 0), A100, .used_gib = NAN, .free_gib = NAN, IDLE},
      {CARD("s1", 1), .pods = 1}},
     "",
     "",
     "nobody tells how much of their memory is in use: 1"},
    /* It has fallen off the bus; a fault of a program does not matter. */
    {{{CARD("s1", 0), .xid = 79}, {CARD("s1", 1), .xid = 13}},
     "&held=include",
     "1,900,\r\n",
     "after which a GPU does not work, or another critical problem is told of "
     "them: 1"},
    /* Each one who tells of a holder could tell of another. */
    {{{CARD("s1", 0), .pods = 1, .is_twice = true},
      {CARD("s1", 1), .is_plain = true}},
     "",
     "1,900,false\r\n",
     NULL},
    /* Partitions that share a memory do not have it each for itself. */
    {{{CPX(1)}, {CPX(2)}, {CPX(3)}, {CPX(4)}},
     "&memory_free=150..",
     "0,900,\r\n",
     NULL},
    {{{CPX(1)}, {CPX(2)}, {CPX(3)}, {CPX(4)}},
     "&memory_free=90..",
     "0,900,\r\n0,900,\r\n",
     NULL},
    {{{CPX(1)}, {CPX(2)}, {CPX(3)}, {CPX(4)}},
     "&memory_free=150..&count=2",
     "",
     NULL},
    {{{CPX(1)}, {CPX(2)}}, "&memory_free=..150", "", NULL}};

static void
takes_nothing_for_a_sign(void)
{
	for (size_t i = 0; i < COUNT(signs); i++) {
		const struct sign *sign = &signs[i];
		struct stock s = {
		    .gpus = sign->gpus,
		    .gpu_count = count_named(sign->gpus, sizeof(*sign->gpus))};
		char text[128];

		snprintf(text, sizeof(text),
			 "fields=gpu_index,idle_s,held&format=csv%s",
			 sign->query);
		CU_ASSERT_EQUAL(ask(&s, text), ERR_OK);
		snprintf(text, sizeof(text), "gpu_index,idle_s,held\r\n%s",
			 sign->rows);
		canned_call_expect(&call, text);
		CU_ASSERT_EQUAL(call.body.length, strlen(text));
		end();
		CU_ASSERT_EQUAL(ask(&s, sign->query), ERR_OK);
		if (sign->warning != NULL)
			canned_call_expect(&call, sign->warning);
		else
			CU_ASSERT_FALSE(canned_call_says(&call, "left out"));
		end();
	}
}

/* --- what is missing ------------------------------------------------------ */

/* That a pod holds all is not what is known of a node without. */
static void
knows_what_it_does_not_know(void)
{
	struct stock partial = stock;

	partial.tells_pods = false;
	CU_ASSERT_EQUAL(ask(&partial, "node_name=k*"), ERR_OK);
	canned_call_expect(&call, "\"data\":[]");
	canned_call_expect(&call,
			   "GPUs left out, since it is not known whether "
			   "their nodes are ready, or what is left "
			   "there: ");
	end();
	partial = stock;
	partial.resource_count = partial.node_count = 0;
	CU_ASSERT_EQUAL(ask(&partial, "by=node&node_name=k2,k5"), ERR_OK);
	canned_call_expect(&call, "\"node_name\":\"k2\"");
	canned_call_expect(&call, "\"node_name\":\"k5\"");
	end();
}

/* The answer that begins with that did not come. */
static void
expect_failure(const char *promql, const char *query, enum err_code outcome)
{
	struct canned_answer broken[STOCK_ANSWERS];

	stock_answer(&stock, answers);
	memcpy(broken, answers, sizeof(broken));
	for (size_t i = 0; i < STOCK_ANSWERS; i++)
		if (broken[i].promql != NULL &&
		    strstr(broken[i].promql, promql) != NULL) {
			broken[i].body = NULL;
			broken[i].code = ERR_PROM;
			broken[i].detail = "http://10.0.0.1:9090: refused";
		}
	canned_call_init(&call, PROFILES, broken, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(&call, &endpoint_available, query, &params),
	    ERR_OK);
	CU_ASSERT_EQUAL(
	    canned_call_answer(&call, &endpoint_available, BODY_BYTES),
	    outcome);
	if (outcome != ERR_OK)
		canned_call_expect(&call, "Failed to retrieve available GPUs");
	end();
}

static void
fails_without_what_it_is_made_of(void)
{
	capture_start();
	expect_failure("kube_node_status_allocatable", "", ERR_PROM);
	expect_failure("max_over_time(plain_busy", "", ERR_PROM);
	expect_failure("max_over_time(plain_busy", "idle_for=1h", ERR_PROM);
	expect_failure("plain_busy{gpu!=\"\"} offset", "", ERR_PROM);
	expect_failure("xid", "", ERR_PROM);
	/* Now is enough. */
	expect_failure("plain_busy{gpu!=\"\"} offset", "idle_for=0", ERR_OK);
	expect_failure("max_over_time(plain_busy", "idle_for=0", ERR_OK);
	expect_failure("free_mib", "", ERR_PROM);
	expect_failure("kube_node_status_condition", "", ERR_PROM);
	expect_failure("kube_node_status_capacity", "", ERR_PROM);
	expect_failure("kube_node_spec_unschedulable", "", ERR_PROM);
	expect_failure("kube_pod_container_resource_requests{", "", ERR_PROM);
	expect_failure("kube_pod_status_phase", "", ERR_PROM);
	expect_failure("group by (", "", ERR_PROM);
	capture_end();
}

static void
survives_a_lack_of_memory(void)
{
	static const char *const queries[] = {
	    "", "by=node&gpu_name=*A100*,*H100*", "by=model"};

	stock_answer(&stock, answers);
	for (size_t i = 0; i < COUNT(queries); i++)
		canned_call_starve_query(PROFILES, answers, &endpoint_available,
					 queries[i], 1024);
	stock_free(answers);
}

/* --- what is refused ------------------------------------------------------ */

static void
refuses_what_makes_no_sense(void)
{
	static const struct {
		const char *query, *text;
	} cases[] = {
	    {"count=0", "Query parameter \"count\" is \"0\": it takes a whole "
			"number from 1 to 64"},
	    {"count=65", "a whole number from 1 to 64"},
	    {"by=card", "one of gpu, node, model"},
	    {"held=maybe", "one of exclude, include"},
	    {"order=best", "one of pack, spread"},
	    {"limit=1001", "a whole number from 1 to 1000"},
	    {"idle_for=25h", "a span of time from 0s to 1d"},
	    {"idle_for=-1", "a span of time from 0s to 1d"},
	    {"idle_for=0.5", "a span of time from 0s to 1d"},
	    {"idle_for=900s%5D)", "a span of time from 0s to 1d"},
	    {"memory_free=lots", "is no number"},
	    {"fields=free_count", "Query parameter \"fields\" has "
				  "\"free_count\": rows by gpu do not have "
				  "that"},
	    {"by=node&sort=uuid", "Query parameter \"sort\" has \"uuid\": rows "
				  "by node do not have that"},
	    {"by=model&memory_free_min=1..",
	     "Query parameter \"memory_free_min\" is there: rows by model do "
	     "not have that"},
	    {"size=4", "Unknown query parameter \"size\": "
		       "/api/v1/gpu/available takes by, count, held, "}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool is_told;

		canned_call_init(&call, PROFILES, NULL, CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(canned_call_query(&call, &endpoint_available,
						  cases[i].query, &params),
				ERR_QUERY);
		is_told = strstr(call.err.text, cases[i].text) != NULL;
		CU_ASSERT_TRUE(is_told);
		if (!is_told)
			printf("# %s: %s\n", cases[i].query, call.err.text);
		canned_call_fini(&call);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"looks back as far as asked", looks_back_as_far_as_asked},
	    {"limits what says so alone", limits_what_says_so_alone},
	    {"refuses what never is", refuses_what_never_is},
	    {"chooses and sorts", chooses_and_sorts},
	    {"offers nothing of a node that it does not know",
	     offers_nothing_of_a_node_that_it_does_not_know},
	    {"takes nothing for a sign", takes_nothing_for_a_sign},
	    {"knows what it does not know", knows_what_it_does_not_know},
	    {"fails without what it is made of",
	     fails_without_what_it_is_made_of},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {"refuses what makes no sense", refuses_what_makes_no_sense},
	    {NULL, NULL}};

	return suite_run("available", tests);
}
