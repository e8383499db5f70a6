/* /api/v1/gpu/detail: whole envelopes, in tests/golden/api/; and who is asked
 * for nobody. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/suite.h"

#define PROFILES "tests/golden/profiles/available"
#define NOW	 "1700000000.123"

enum { BODY_BYTES = 1 << 20 };

#define CARD(node, gpu, pod, value)                                            \
	CANNED_SERIES(CANNED_LABEL("node", node) "," CANNED_LABEL(             \
			  "gpu", gpu) "," CANNED_LABEL("model", "H100") pod,   \
		      NOW, value)
#define POD                                                                    \
	"," CANNED_LABEL("exported_pod", "train-0") "," CANNED_LABEL(          \
	    "exported_namespace", "ml")
#define FOUR(a, b, c, d)                                                       \
	CANNED_VECTOR(                                                         \
	    CANNED_FOUR(CARD("n1", "0", POD, a), CARD("n1", "1", "", b),       \
			CARD("n1", "2", "", c), CARD("n2", "0", "", d)))

/* Hot, and slower than its neighbours. */
static const struct canned_answer answers[] = {
    {"busy{gpu!=\"\"}", FOUR("99", "40", "60", "1"), ERR_OK, NULL},
    {"used_mib{gpu!=\"\"}", FOUR("1024", "0", "2048", "0"), ERR_OK, NULL},
    {"free_mib{gpu!=\"\"}", FOUR("7168", "8192", "6144", "8192"), ERR_OK, NULL},
    {"celsius{gpu!=\"\"}", FOUR("94", "61", "65", "30"), ERR_OK, NULL},
    {"watts{gpu!=\"\"}",
     CANNED_VECTOR(
	 CANNED_TWO(CARD("n1", "0", POD, "400"), CARD("n1", "1", "", "200.5"))),
     ERR_OK, NULL},
    {NULL, NULL, ERR_OK, NULL}};

static struct canned_call call;
static struct params params;

static enum err_code
ask_of(const char *query, const struct canned_answer *of)
{
	enum err_code code;

	canned_call_init(&call, PROFILES, of, CANNED_AMPLE_BYTES);
	code = canned_call_query(&call, &endpoint_detail, query, &params);
	if (code == ERR_OK)
		code = canned_call_answer(&call, &endpoint_detail, BODY_BYTES);
	return code;
}

/* Nobody has looked yet which GPUs there are, which a history goes by. */
static void
answers_as_recorded(void)
{
	static const struct {
		const char *query, *golden;
	} cases[] = {{"node_name=n1&gpu_index=0", "hot"},
		     {"node_name=n2&gpu_index=0", "alone"}};

	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char path[64];

		CU_ASSERT_EQUAL(ask_of(cases[i].query, answers), ERR_OK);
		snprintf(path, sizeof(path), "api/detail_%s.json",
			 cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
	}
	capture_end();
}

static void
refuses_who_names_none(void)
{
	static const struct {
		const char *query;
		enum err_code code;
		const char *text;
	} cases[] = {
	    {"", ERR_QUERY, "Which GPU is not said: /api/v1/gpu/detail takes"},
	    {"node_name=n1", ERR_QUERY, "Which GPU is not said"},
	    {"gpu_index=0", ERR_QUERY, "Which GPU is not said"},
	    {"cluster=a", ERR_QUERY, "Which GPU is not said"},
	    {"uuid=*", ERR_QUERY, "Which GPU is not said"},
	    {"uuid=a,b", ERR_QUERY, "Which GPU is not said"},
	    {"node_name=n*&gpu_index=0", ERR_QUERY, "Which GPU is not said"},
	    {"node_name=n1&gpu_index=0..1", ERR_QUERY, "Which GPU is not said"},
	    {"node_name=n1&gpu_index=0&fields=uuid", ERR_QUERY,
	     "Unknown query parameter \"fields\""},
	    {"node_name=n1&gpu_index=7", ERR_NOT_FOUND,
	     "No exporter tells of such a GPU"},
	    {"uuid=GPU-1", ERR_NOT_FOUND, "No exporter tells of such a GPU"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(ask_of(cases[i].query, answers), cases[i].code);
		CU_ASSERT_PTR_NOT_NULL(strstr(call.err.text, cases[i].text));
		canned_call_fini(&call);
	}
}

static void
survives_a_lack_of_memory(void)
{
	canned_call_starve_query(PROFILES, answers, &endpoint_detail,
				 "node_name=n1&gpu_index=0", 1024);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"refuses who names none", refuses_who_names_none},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("detail", tests);
}
