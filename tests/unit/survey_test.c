/* survey, missing, silent: which cards there are, and which there were. */
#include "gpu/collect/survey.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "gpu/collect/missing.h"
#include "gpu/site/coverage.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

/* How the roll of split-exporter is called. */
#define ROLL "split_used_mib{gpu!=\"\",tile=\"\"}"
#define DESK "desk_info{uuid!=\"\"}"

#define LABELED(...) CANNED_SERIES(__VA_ARGS__, "1700000000", "1024")
#define TARGET(host) CANNED_LABEL("instance", host ":9400")

/* A card that has a uuid, one that has none, a part of one. */
#define CARD(host, index, id) CARD_AT(host, host, index, id)
#define CARD_AT(target, host, index, id)                                       \
	LABELED(                                                               \
	    TARGET(target) "," CANNED_LABEL("node", host) "," CANNED_LABEL(    \
		"gpu", index) "," CANNED_LABEL("uuid", "GPU-" id))
#define PLAIN(host, index)                                                     \
	LABELED(TARGET(host) "," CANNED_LABEL("node", host) "," CANNED_LABEL(  \
	    "gpu", index))
#define NAMELESS(host, index)                                                  \
	LABELED(TARGET(host) "," CANNED_LABEL("gpu", index))
#define PART(host, index, id, slice)                                           \
	LABELED(TARGET(host) "," CANNED_LABEL("node", host) "," CANNED_LABEL(  \
	    "gpu",                                                             \
	    index) "," CANNED_LABEL("uuid",                                    \
				    "GPU-" id) "," CANNED_LABEL("slice",       \
								slice))

#define MISSING_ON(node, cards)                                                \
	"GPUs missing on " node ", silent for less than ten minutes: " cards   \
	"\n"

enum { TEXT_BYTES = 8192 };

static struct canned_call call;

static void
start(void)
{
	canned_call_init_survey(&call, CANNED_CARDS, CANNED_AMPLE_BYTES);
}

/* From now on that is the answer to the roll call; NULL: there is none. */
static void
answer(const char *body)
{
	static struct canned_answer answers[2];

	answers[0] = (struct canned_answer){
	    ROLL, body, body != NULL ? ERR_OK : ERR_PROM, "refused"};
	canned_pool_use(answers, 61);
	call.call.collect.warning_count = 0;
}

static void
look_at(const char *body)
{
	const struct detection *found;

	answer(body);
	capture_start();
	CU_ASSERT_EQUAL(
	    detect_look(call.detector, &call.call.collect, &found, &call.err),
	    ERR_OK);
	CU_ASSERT_EQUAL(strstr(capture_end(), "which GPUs there are") != NULL,
			body == NULL);
	detect_release(found);
}

/* The warnings of a request that is answered so, a line for each. */
static const char *
warnings_of(const char *body)
{
	static char text[TEXT_BYTES];
	size_t length = 0;

	answer(body);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	text[0] = '\0';
	for (size_t i = 0; i < call.call.collect.warning_count; i++)
		length +=
		    (size_t)snprintf(text + length, sizeof(text) - length,
				     "%s\n", call.call.collect.warnings[i]);
	return text;
}

#define LOOK(series) look_at(CANNED_VECTOR(series))
#define WARNS(series, text)                                                    \
	SUITE_EQUAL(warnings_of(CANNED_VECTOR(series)), text)

/* --- who is known --------------------------------------------------------- */

/* Whatever way its series come, a card is one. */
static void
lists_the_cards(void)
{
	const struct detection *found;
	const struct cards *cards;

	start();
	LOOK(CARD("n2", "0", "c0") "," PART("n1", "1", "a1", "7") "," CARD(
	    "n1", "0", "a0") "," CARD_AT("10.0.0.9", "n1", "0", "a0"));
	found = detect_current(call.detector);
	cards = &found->roster->cards;
	CU_ASSERT_EQUAL_FATAL(cards->count, 3);
	SUITE_EQUAL(cards->cards[0].node->text, "n1");
	SUITE_EQUAL(cards->cards[0].uuid->text, "a0");
	SUITE_EQUAL(cards->cards[0].vendor->text, "NVIDIA");
	CU_ASSERT_PTR_NULL(cards->cards[0].cluster);
	CU_ASSERT_EQUAL(cards->cards[1].index, 1);
	SUITE_EQUAL(cards->cards[2].node->text, "n2");
	CU_ASSERT_EQUAL(
	    found->gpu_counts[site_find(found, call.profiles.profiles[0])] +
		found->gpu_counts[1],
	    3);
	CU_ASSERT_PTR_NOT_NULL(strstr(canned_pool_asked(), DESK));
	detect_release(found);
	canned_call_fini(&call);
}

/* What coverage_warn says of it but for its fields; "" for nothing. */
static const char *
warning_of_look(const char *body)
{
	const struct detection *found;

	look_at(body);
	call.call.collect.warning_count = 0;
	found = detect_current(call.detector);
	coverage_warn(&call.call.collect, found);
	detect_release(found);
	for (size_t i = 0; i < call.call.collect.warning_count; i++)
		if (strstr(call.call.collect.warnings[i], "fields") == NULL)
			return call.call.collect.warnings[i];
	return "";
}

/* An exporter is there, its cards are not: its labels have other names. */
static void
warns_of_cards_that_nobody_tells_apart(void)
{
	static const char other[] =
	    CANNED_VECTOR(LABELED(TARGET("n1") "," CANNED_LABEL(
		"node", "n1") "," CANNED_LABEL("number", "0")));

	start();
	SUITE_EQUAL(warning_of_look(other),
		    "split-exporter was found, but its GPUs have no rows: no "
		    "series says by its labels which GPU it is of; its profile "
		    "looks for gpu, uuid");
	/* One that does is enough. */
	SUITE_EQUAL(warning_of_look(CANNED_VECTOR(PLAIN("n1", "0") "," LABELED(
			TARGET("n1") "," CANNED_LABEL("number", "0")))),
		    "");
	/* There is none; or nobody knows. */
	SUITE_EQUAL(warning_of_look(CANNED_VECTOR("")), "");
	SUITE_EQUAL(warning_of_look(NULL), "");
	canned_call_fini(&call);
}

/* --- who is silent -------------------------------------------------------- */

static void
tells_who_is_silent(void)
{
	start();
	LOOK(CARD("n1", "0", "a0") "," CARD("n1", "1", "a1") "," PLAIN(
	    "n2", "0") "," PLAIN("n2", "1"));
	/* Who is gone since the look. */
	WARNS(CARD("n1", "0", "a0"),
	      MISSING_ON("n1", "1") MISSING_ON("n2", "0, 1"));
	LOOK(CARD("n1", "0", "a0") "," PLAIN("n2", "0"));
	WARNS(CARD("n1", "0", "a0") "," PLAIN("n2", "0"),
	      MISSING_ON("n1", "1") MISSING_ON("n2", "1"));
	/* Who is in the answer is not. */
	WARNS(CARD("n1", "1", "a1") "," PLAIN("n2", "0"),
	      MISSING_ON("n1", "0") MISSING_ON("n2", "1"));
	WARNS(PLAIN("n2", "1"), MISSING_ON("n1", "0, 1") MISSING_ON("n2", "0"));
	LOOK(CARD("n1", "0", "a0") "," CARD("n1", "1", "a1") "," PLAIN(
	    "n2", "0") "," PLAIN("n2", "1"));
	WARNS("", MISSING_ON("n1", "0, 1") MISSING_ON("n2", "0, 1"));
	LOOK("");
	WARNS("", MISSING_ON("n1", "0, 1") MISSING_ON("n2", "0, 1"));
	canned_call_fini(&call);
}

static void
says_it_in_few_words(void)
{
	start();
	LOOK(CANNED_SIX(PLAIN("n10", "0"), PLAIN("n3", "0"), PLAIN("n4", "0"),
			PLAIN("n5", "0"), PLAIN("n6", "0"),
			PLAIN("n7", "0")) "," PLAIN("n1", "9") "," PLAIN("n1",
									 "10"));
	LOOK("");
	WARNS("", MISSING_ON("n1", "9, 10") MISSING_ON("n3", "0")
		      MISSING_ON("n4", "0") MISSING_ON("n5", "0")
			  MISSING_ON("n6", "0") MISSING_ON("other nodes", "2"));
	canned_call_fini(&call);
}

/* --- who is not ----------------------------------------------------------- */

static void
expect_nobody_silent(const char *before, const char *after)
{
	start();
	look_at(before);
	look_at(after);
	SUITE_EQUAL(warnings_of(after), "");
	canned_call_fini(&call);
}

#define NOBODY(before, after)                                                  \
	expect_nobody_silent(CANNED_VECTOR(before), CANNED_VECTOR(after))

static void
knows_who_has_changed(void)
{
	/* It gets a uuid, loses it, or has another place. */
	NOBODY(PLAIN("n1", "0"), CARD("n1", "0", "a0"));
	NOBODY(CARD("n1", "0", "a0"), PLAIN("n1", "0"));
	NOBODY(CARD("n1", "0", "a0"), CARD("n2", "3", "a0"));
	/* Another one has been put in its place. */
	NOBODY(CARD("n1", "0", "a0"), CARD("n1", "0", "b0"));
	/* It is cut in another way, or no longer. */
	NOBODY(PART("n1", "0", "a0", "1") "," PART("n1", "0", "a0", "2"),
	       PART("n1", "0", "a0", "5"));
	NOBODY(PART("n1", "0", "a0", "1"), CARD("n1", "0", "a0"));
	/* The address of before, or the pod's. */
	NOBODY(NAMELESS("10.0.0.7", "0") "," NAMELESS("10.0.0.7", "1"),
	       PLAIN("n1", "0") "," PLAIN("n1", "1"));
}

/* But not who looks like another. */
static void
knows_who_has_not(void)
{
	/* Fallen off the bus: those behind it have moved up. */
	start();
	LOOK(CARD("n1", "0", "a0") "," CARD("n1", "1", "a1") "," CARD("n1", "2",
								      "a2"));
	LOOK(CARD("n1", "0", "a0") "," CARD("n1", "1", "a2"));
	WARNS(CARD("n1", "0", "a0") "," CARD("n1", "1", "a2"),
	      MISSING_ON("n1", "a1"));
	WARNS(CARD("n1", "0", "a0") "," CARD("n1", "1", "a1"),
	      MISSING_ON("n1", "a2"));
	canned_call_fini(&call);
	/* One new card is the successor of one at most. */
	start();
	LOOK(PLAIN("n1", "0") "," PLAIN("n2", "0") "," PLAIN("n3", "0"));
	LOOK(PLAIN("n3", "0") "," PLAIN("n4", "0"));
	WARNS(PLAIN("n3", "0") "," PLAIN("n4", "0"), MISSING_ON("n2", "0"));
	canned_call_fini(&call);
}

/* What no answer tells of any more is not what nobody told. */
static void
takes_nobody_for_another(void)
{
#define OF_A(labels)                                                           \
	LABELED(TARGET("other") "," CANNED_LABEL("cluster", "a") "," labels)
	start();
	LOOK(PLAIN("n1", "0") "," OF_A(
	    CANNED_LABEL("node", "n1") "," CANNED_LABEL("gpu", "0")));
	LOOK(PLAIN("n1", "0"));
	WARNS(PLAIN("n1", "0"), MISSING_ON("n1 of cluster a", "0"));
	canned_call_fini(&call);
#undef OF_A
}

/* In a fleet of one card, of which no cluster is told. */
static void
knows_who_is_back(void)
{
#define TEXT(s) {s, sizeof(s) - 1, 0}
	static const struct intern_string a = TEXT("a"), n1 = TEXT("n1"),
					  n2 = TEXT("n2"),
					  hidden = TEXT("0\nn1"),
					  nvidia = TEXT("NVIDIA"),
					  amd = TEXT("AMD");
	static const struct {
		struct card card;
		bool is_back;
	} cases[] = {
	    {{.node = &n1, .index = 0}, true},
	    {{.node = &n1, .index = 0, .vendor = &amd}, true},
	    {{.node = &n1, .index = 0, .vendor = &nvidia}, false},
	    {{.node = &n1, .index = 0, .cluster = &a}, false},
	    {{.node = &n2, .index = 0}, false},
	    {{.uuid = &hidden, .index = FLEET_UNKNOWN}, true},
	    {{.uuid = &hidden, .index = FLEET_UNKNOWN, .cluster = &a}, false}};
	struct identity id = {.cluster = FLEET_UNKNOWN,
			      .part = FLEET_UNKNOWN,
			      .part_index = FLEET_UNKNOWN,
			      .part_uuid = FLEET_UNKNOWN};
	struct fleet f;

	start();
	fleet_init(&f, &call.arena);
	id.node = fleet_intern(&f, n1.text, n1.length);
	id.uuid = fleet_intern(&f, hidden.text, hidden.length);
	id.vendor = fleet_intern(&f, amd.text, amd.length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fleet_find(&f, &id));
	CU_ASSERT_EQUAL(fleet_finish(&f, &call.err), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CU_ASSERT_EQUAL(missing_is_back(&f, &cases[i].card),
				cases[i].is_back);
	fleet_fini(&f);
	canned_call_fini(&call);
#undef TEXT
}

static void
calls_nobody_silent_in_doubt(void)
{
	static const char both[] =
	    CANNED_VECTOR(CARD("n1", "0", "a0") "," CARD("n1", "1", "a1")),
			  one[] = CANNED_VECTOR(CARD("n1", "0", "a0"));

	start();
	look_at(both);
	look_at(CANNED_PARTIAL(CARD("n1", "0", "a0")));
	SUITE_EQUAL(warnings_of(one), "");
	look_at(CANNED_WARNING("\"slow\"", CARD("n1", "0", "a0")));
	SUITE_EQUAL(warnings_of(one), "");
	look_at(NULL);
	SUITE_EQUAL(warnings_of(one), "");
	look_at(one);
	SUITE_EQUAL(warnings_of(one), MISSING_ON("n1", "1"));
	SUITE_EQUAL(warnings_of(CANNED_PARTIAL("")),
		    "Prometheus' answer is partial\n");
	canned_call_fini(&call);
}

static void
forgets_after_ten_minutes(void)
{
	const struct detection *found;
	struct fleet empty;
	unsigned char *out;
	int64_t seen_ms;

	start();
	LOOK(CARD("n1", "0", "a0"));
	found = detect_current(call.detector);
	seen_ms = found->roster->cards.cards[0].seen_ms;
	fleet_init(&empty, &call.arena);
	CU_ASSERT_EQUAL(fleet_finish(&empty, &call.err), ERR_OK);
	CU_ASSERT_EQUAL(missing_find(found, found, &empty, seen_ms + 599999,
				     &call.arena, &out, &call.err),
			ERR_OK);
	CU_ASSERT_EQUAL(out[0], MISSING);
	CU_ASSERT_EQUAL(missing_find(found, found, &empty, seen_ms + 600000,
				     &call.arena, &out, &call.err),
			ERR_OK);
	CU_ASSERT_EQUAL(out[0], MISSING_NOT);
	fleet_fini(&empty);
	detect_release(found);
	canned_call_fini(&call);
}

/* The GPUs of a job that has ended are not missing. */
static void
tells_of_no_ended_job(void)
{
#define OF_JOB(job)                                                            \
	LABELED(TARGET("n1") "," CANNED_LABEL("jobid", job) "," CANNED_LABEL(  \
	    "gpu", "0"))
#define JOBS(series)                                                           \
	{"job_busy{jobid!=\"\"}", CANNED_VECTOR(series), ERR_OK, NULL},        \
	{                                                                      \
		NULL, NULL, ERR_OK, NULL                                       \
	}
	static const struct canned_answer before[] = {
	    JOBS(OF_JOB("7") "," OF_JOB("8"))};
	static const struct canned_answer now[] = {JOBS(OF_JOB("8"))};
	const struct detection *found;

	canned_call_init_survey(&call, "tests/golden/profiles/jobs",
				CANNED_AMPLE_BYTES);
	for (int looks = 0; looks < 2; looks++) {
		canned_pool_use(looks == 0 ? before : now, 61);
		CU_ASSERT_EQUAL(detect_look(call.detector, &call.call.collect,
					    &found, &call.err),
				ERR_OK);
		CU_ASSERT_EQUAL(found->roster->cards.count, 2);
		detect_release(found);
		canned_pool_use(now, 61);
		CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics),
				ERR_OK);
		CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	}
	canned_call_fini(&call);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"lists the cards", lists_the_cards},
	    {"warns of cards that nobody tells apart",
	     warns_of_cards_that_nobody_tells_apart},
	    {"tells who is silent", tells_who_is_silent},
	    {"says it in few words", says_it_in_few_words},
	    {"knows who has changed", knows_who_has_changed},
	    {"knows who has not", knows_who_has_not},
	    {"takes nobody for another", takes_nobody_for_another},
	    {"knows who is back", knows_who_is_back},
	    {"calls nobody silent in doubt", calls_nobody_silent_in_doubt},
	    {"forgets after ten minutes", forgets_after_ten_minutes},
	    {"tells of no ended job", tells_of_no_ended_job},
	    {NULL, NULL}};

	return suite_run("survey", tests);
}
