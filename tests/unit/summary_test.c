/* /api/v1/gpu/summary: whole envelopes, in tests/golden/api/; what is free is
 * what /available says; and where something of what it is made of is missing.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/stock.h"
#include "support/suite.h"

#define PROFILES "tests/golden/profiles/available"

enum { BODY_BYTES = 1 << 20, MORE_ANSWERS = 3 };

#define A100	 .model = "NVIDIA A100-SXM4-80GB"
#define H100	 .model = "NVIDIA H100 80GB HBM3"
#define MI300	 .model = "AMD Instinct MI300X"
#define MEMORY	 .used_gib = 0, .free_gib = 80
#define BUSY(n)	 .busy = (n), .busiest = {(n), (n), (n)}
#define AT(n, i) .node = (n), .index = (i)
#define SLICE(id, name, gib)                                                   \
	.part = (id), .profile = (name), .used_gib = 0, .free_gib = (gib)

/* k1 is Kubernetes'; on s1 nobody tells who has what; k2 has a split card. */
static const struct stock_gpu gpus[] = {
    {AT("k1", 0), A100, MEMORY, BUSY(0.9)},
    {AT("k1", 1), A100, MEMORY, BUSY(0)},
    {AT("k1", 2), A100, .used_gib = 40, .free_gib = 40, BUSY(80), .pods = 1,
     .asks = "nvidia_com_gpu"},
    {AT("k1", 3), A100, .used_gib = 60, .free_gib = 20, BUSY(1), .pods = 2},
    {AT("k2", 0), H100, MEMORY, BUSY(NAN)},
    {AT("k2", 1), H100, SLICE(1, "1g.10gb", 10), BUSY(0)},
    {AT("k2", 1), H100, SLICE(2, "1g.10gb", 10), BUSY(50), .pods = 1,
     .asks = "nvidia_com_mig_1g_10gb"},
    {AT("s1", 0), H100, MEMORY, BUSY(0), .is_plain = true},
    {AT("s1", 1), H100, MEMORY, BUSY(0), .is_plain = true},
    {AT("s1", 2), MI300, MEMORY, BUSY(0), .is_plain = true}};

static const struct stock_node nodes[] = {
    {.name = "k1", .is_ready = STOCK_YES, .is_cordoned = STOCK_NO},
    {.name = "k2", .is_ready = STOCK_YES, .is_cordoned = STOCK_NO}};

static const struct stock_resource resources[] = {
    {.node = "k1", .name = "nvidia_com_gpu", .capacity = 4, .allocatable = 4},
    {.node = "k2", .name = "nvidia_com_gpu", .capacity = 1, .allocatable = 1},
    {.node = "k2",
     .name = "nvidia_com_mig_1g_10gb",
     .capacity = 2,
     .allocatable = 2}};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct stock stock = {.gpus = gpus,
				   .gpu_count = COUNT(gpus),
				   .nodes = nodes,
				   .node_count = COUNT(nodes),
				   .resources = resources,
				   .resource_count = COUNT(resources),
				   .tells_pods = true};

#define K1(gpu, value)                                                         \
	CANNED_SERIES(CANNED_LABEL("node", "k1") "," CANNED_LABEL(             \
			  "gpu", gpu) "," CANNED_LABEL("model",                \
						       "NVIDIA A100-SXM4-"     \
						       "80GB"),                \
		      "1700000000.123", value)

/* One draws of no limit that is told, and of one limit nobody tells what is
 * drawn. */
static const struct canned_answer more[MORE_ANSWERS] = {
    {"celsius{gpu!=\"\"}",
     CANNED_VECTOR(CANNED_TWO(K1("0", "41"), K1("1", "96.25"))), ERR_OK, NULL},
    {"watts{gpu!=\"\"}",
     CANNED_VECTOR(
	 CANNED_THREE(K1("0", "60.5"), K1("1", "70"), K1("2", "300"))),
     ERR_OK, NULL},
    {"limit_watts{gpu!=\"\"}",
     CANNED_VECTOR(
	 CANNED_THREE(K1("0", "400"), K1("2", "400"), K1("3", "400"))),
     ERR_OK, NULL}};

static struct canned_answer of_stock[STOCK_ANSWERS];
static struct canned_answer answers[MORE_ANSWERS + STOCK_ANSWERS];
static struct canned_call call;
static struct params params;

static void
begin(const struct stock *s)
{
	stock_answer(s, of_stock);
	memcpy(answers, more, sizeof(more));
	memcpy(answers + MORE_ANSWERS, of_stock, sizeof(of_stock));
}

static enum err_code
ask(const struct endpoint *endpoint, const char *query)
{
	canned_call_init(&call, PROFILES, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(&call, endpoint, query, &params), ERR_OK);
	return canned_call_answer(&call, endpoint, BODY_BYTES);
}

static void
end(void)
{
	stock_free(of_stock);
}

static void
answers_as_recorded(void)
{
	static const struct {
		const char *query, *golden;
	} cases[] = {
	    {"", "all"},
	    {"node_name=k2", "node"},
	    {"gpu_count=3", "nodes"},
	    {"gpu_name=*H100*&gpu_count=2&exporter=plain-exporter", "cards"},
	    {"vendor=Intel", "none"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char path[64];

		begin(&stock);
		CU_ASSERT_EQUAL(ask(&endpoint_summary, cases[i].query), ERR_OK);
		snprintf(path, sizeof(path), "api/summary_%s.json",
			 cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
		end();
	}
}

static void
of_no_fleet_as_recorded(void)
{
	static const struct canned_answer nothing[] = {
	    {NULL, NULL, ERR_OK, NULL}};

	canned_call_init(&call, PROFILES, nothing, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(
	    canned_call_answer(&call, &endpoint_summary, BODY_BYTES), ERR_OK);
	GOLDEN_EQUAL("api/summary_empty.json", call.body.data,
		     call.body.length);
	canned_call_fini(&call);
}

/* --- what is free --------------------------------------------------------- */

enum { SUMS = 5 }; /* free_count, and what fits */

/* The columns of all models' rows. */
static void
add_up_models(const char *query, unsigned long sums[static SUMS])
{
	char whole[256], *text, *line;

	snprintf(whole, sizeof(whole),
		 "by=model&format=csv&fields=free_count,fits_1,fits_2,fits_4,"
		 "fits_8%s%s",
		 *query != '\0' ? "&" : "", query);
	CU_ASSERT_EQUAL(ask(&endpoint_available, whole), ERR_OK);
	text = strndup(call.body.data, call.body.length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(sums, 0, SUMS * sizeof(*sums));
	for (line = strchr(text, '\n') + 1; *line != '\0';) {
		for (int i = 0; i < SUMS; i++)
			sums[i] += strtoul(line, &line, 10), line++;
		line++;
	}
	free(text);
	canned_call_fini(&call);
}

/* What both endpoints can be asked for. */
static void
says_what_available_says(void)
{
	static const char *const queries[] = {"",
					      "node_name=k1",
					      "node_name=k*",
					      "node_name=s1",
					      "gpu_name=*H100*",
					      "vendor=NVIDIA",
					      "vendor=AMD"};
	unsigned long total = 0;

	for (size_t i = 0; i < COUNT(queries); i++) {
		unsigned long sums[SUMS];
		char text[128];

		begin(&stock);
		add_up_models(queries[i], sums);
		total += sums[0];
		CU_ASSERT_EQUAL(ask(&endpoint_summary, queries[i]), ERR_OK);
		if (strstr(queries[i], "s1") == NULL &&
		    strstr(queries[i], "AMD") == NULL) {
			snprintf(text, sizeof(text),
				 "\"free_gpu_count\":%lu,\"fits\":{\"1\":%lu,"
				 "\"2\":%lu,\"4\":%lu,\"8\":%lu}",
				 sums[0], sums[1], sums[2], sums[3], sums[4]);
			canned_call_expect(&call, text);
		} else {
			/* Of none of these anybody tells whose they are. */
			CU_ASSERT_NOT_EQUAL(sums[0], 0);
			canned_call_expect(
			    &call, "\"held_gpu_count\":null,"
				   "\"free_gpu_count\":null,\"fits\":null,");
		}
		canned_call_fini(&call);
		end();
	}
	CU_ASSERT_TRUE(total > 10);
}

/* --- what is not known ---------------------------------------------------- */

static void
expect_with(const char *start, enum err_code expected)
{
	begin(&stock);
	for (size_t i = 0; answers[i].promql != NULL; i++)
		if (strstr(answers[i].promql, start) != NULL) {
			answers[i].body = NULL;
			answers[i].code = ERR_PROM;
			answers[i].detail = "refused";
		}
	CU_ASSERT_EQUAL(ask(&endpoint_summary, ""), expected);
	end();
}

static void
tells_no_less_than_there_is(void)
{
	static const char *const of_free[] = {
	    "max_over_time(plain_busy",	    "plain_busy{gpu!=\"\"} offset",
	    "kube_node_status_allocatable", "kube_node_status_condition",
	    "kube_pod_status_phase",	    "group by ("};

	capture_start();
	for (size_t i = 0; i < COUNT(of_free); i++) {
		expect_with(of_free[i], ERR_OK);
		canned_call_expect(&call, "\"gpu_count\":9,");
		canned_call_expect(&call,
				   "\"held_gpu_count\":null,"
				   "\"free_gpu_count\":null,\"fits\":null,");
		canned_call_expect(&call,
				   "\"What is held and free is not known: a "
				   "query for it failed (upstream)\"");
		canned_call_fini(&call);
	}
	expect_with("celsius", ERR_OK);
	canned_call_expect(&call, "\"temperature_max\":null,");
	canned_call_expect(&call, "\"warnings\":[");
	canned_call_fini(&call);
	expect_with("used_mib", ERR_PROM);
	canned_call_expect(&call,
			   "\"error\":\"Failed to retrieve the GPU summary\"");
	canned_call_fini(&call);
	capture_end();
}

static void
survives_a_lack_of_memory(void)
{
	begin(&stock);
	canned_call_starve_query(PROFILES, answers, &endpoint_summary,
				 "gpu_name=*A100*,*H100*&gpu_count=1..", 1024);
	end();
}

static void
refuses_what_makes_no_sense(void)
{
	static const struct {
		const char *query, *text;
	} cases[] = {{"fields=gpu_count",
		      "Unknown query parameter \"fields\": "
		      "/api/v1/gpu/summary takes node_name, "},
		     {"format=csv", "Unknown query parameter \"format\""},
		     {"gpu_count=many", "is no number"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		canned_call_init(&call, PROFILES, NULL, CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(canned_call_query(&call, &endpoint_summary,
						  cases[i].query, &params),
				ERR_QUERY);
		CU_ASSERT_PTR_NOT_NULL(strstr(call.err.text, cases[i].text));
		canned_call_fini(&call);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"of no fleet as recorded", of_no_fleet_as_recorded},
	    {"says what /available says", says_what_available_says},
	    {"tells no less than there is", tells_no_less_than_there_is},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {"refuses what makes no sense", refuses_what_makes_no_sense},
	    {NULL, NULL}};

	return suite_run("summary", tests);
}
