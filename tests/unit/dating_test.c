/* dating: when one card of a target tells for all of them. */
#include "gpu/site/dating.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "gpu/site/identify.h"
#include "support/canned_call.h"
#include "support/suite.h"

#define BUSY	"rack_gpu_busy_ratio"
#define PICKED	BUSY "{slot!=\"\"}"
#define TARGETS "exported_cluster,cluster,instance,exported_instance"
#define SPREAD	"stddev by (" TARGETS ") (timestamp(" PICKED "))"
#define INDEXES                                                                \
	"count by (exported_slot,slot) (group by (exported_slot,slot," TARGETS \
	") (" PICKED "))"

#define TARGET(name, spread)                                                   \
	CANNED_SERIES(CANNED_LABEL("instance", name), "1700000000", spread)
#define INDEX(slot, count)                                                     \
	CANNED_SERIES(CANNED_LABEL("slot", slot), "1700000000", count)

static struct canned_call call;

/* The query for the times of two targets, after these answers. */
static const char *
query_after(const char *spread, const char *indexes)
{
	const struct canned_answer answers[] = {
	    {SPREAD, spread, spread != NULL ? ERR_OK : ERR_TIMEOUT, "slow"},
	    {INDEXES, indexes, indexes != NULL ? ERR_OK : ERR_TIMEOUT, "slow"},
	    {NULL, NULL, ERR_OK, NULL}};
	static char text[1024];
	struct element_label labels[PROFILE_LABELS_MAX];
	unsigned char slots[PROFILE_LABEL__MAX];
	size_t count = 0, slot_count = 0;
	const struct profile *p;
	struct dating_question q;
	struct dating dating;
	struct intern strings;
	struct ask ask;
	struct buf out;

	canned_call_init(&call, CANNED_SEVERAL, answers, CANNED_AMPLE_BYTES);
	p = call.profiles.profiles[0];
	intern_init(&strings, &call.budget);
	CU_ASSERT_EQUAL_FATAL(call_ask(&call.call.collect, &ask,
				       DATING_QUESTIONS_MAX, &strings, 100,
				       &call.err),
			      ERR_OK);
	CU_ASSERT_EQUAL_FATAL(dating_ask(&ask, p, NULL, &q, &call.err), ERR_OK);
	CU_ASSERT_EQUAL(ask.count, 2);
	call_start(&call.call.collect, &ask, NULL);
	for (size_t i = 0; i < ask.count; i++)
		call_await(&call.call.collect, &ask, i);
	CU_ASSERT_EQUAL_FATAL(
	    dating_read(&ask, &q, 2, &call.arena, &dating, &call.err), ERR_OK);
	buf_init(&out, sizeof(text) - 1);
	if (dating.metric != NULL) {
		identify_add_labels(p, PROFILE_OF_TARGETS, slots, labels,
				    &count, &slot_count);
		dating_add_query(&out, &dating, labels, count);
	}
	memcpy(text, out.data != NULL ? out.data : "", out.length);
	text[out.length] = '\0';
	buf_fini(&out);
	ask_fini(&ask);
	intern_fini(&strings);
	canned_call_fini(&call);
	return text;
}

#define EVEN CANNED_VECTOR(CANNED_TWO(TARGET("a:1", "0"), TARGET("b:1", "0")))

static void
picks_an_index_that_is_everywhere(void)
{
	SUITE_EQUAL(query_after(EVEN, CANNED_VECTOR(CANNED_THREE(
					  INDEX("3", "1"), INDEX("1", "2"),
					  INDEX("2", "2")))),
		    "max by (" TARGETS ") (timestamp(" BUSY
		    "{slot!=\"\",exported_slot=\"\",slot=\"1\"}))");
}

static void
asks_all_cards_of_even_targets(void)
{
	static const char all[] =
	    "max by (" TARGETS ") (timestamp(" PICKED "))";

	SUITE_EQUAL(query_after(EVEN, CANNED_VECTOR(CANNED_TWO(
					  INDEX("0", "1"), INDEX("1", "1")))),
		    all);
	SUITE_EQUAL(query_after(EVEN, CANNED_VECTOR(INDEX("", "2"))), all);
	SUITE_EQUAL(query_after(EVEN, CANNED_PARTIAL(INDEX("1", "2"))), all);
	SUITE_EQUAL(query_after(EVEN, NULL), all);
}

/* Where it is not known of each target, cards are asked for one by one. */
static void
does_not_guess(void)
{
	static const char *const spreads[] = {
	    CANNED_VECTOR(CANNED_TWO(TARGET("a:1", "0"), TARGET("b:1", "0.5"))),
	    CANNED_VECTOR(CANNED_TWO(TARGET("a:1", "0"), TARGET("b:1", "NaN"))),
	    CANNED_VECTOR(TARGET("a:1", "0")),
	    CANNED_VECTOR(""),
	    CANNED_PARTIAL(CANNED_TWO(TARGET("a:1", "0"), TARGET("b:1", "0"))),
	    NULL};

	for (size_t i = 0; i < sizeof(spreads) / sizeof(*spreads); i++)
		SUITE_EQUAL(
		    query_after(spreads[i], CANNED_VECTOR(INDEX("1", "2"))),
		    "");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"picks an index that is everywhere",
	     picks_an_index_that_is_everywhere},
	    {"asks all cards of even targets", asks_all_cards_of_even_targets},
	    {"does not guess", does_not_guess},
	    {NULL, NULL}};

	return suite_run("dating", tests);
}
