/* The endpoints: cards split by MIG, cards that two exporters see, and every
 * field that a row can have; in tests/golden/api/. */
#include "api/endpoint.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

#include "support/canned_call.h"
#include "support/golden.h"
#include "support/suite.h"

#define NOW   "1700000000.123"
#define LATER "1700000005"

#define SPLIT_WHERE(more) "{gpu!=\"\",tile=\"\"" more "}"
#define SPLIT(metric)	  metric SPLIT_WHERE("")
#define SPLIT_BUSY	  "split_busy" SPLIT_WHERE(",slice=\"\"")
#define SPLIT_CLOCK(what) "split_clock_mhz" SPLIT_WHERE(",clock=\"" what "\"")
#define SPLIT_POWER                                                            \
	"{__name__=~\"split_watts|split_average_watts\",gpu!=\"\",tile=\"\"}"
#define DESK(metric) metric "{uuid!=\"\"}"
#define DESK_USED                                                              \
	"{__name__=~\"desk_used_bytes|desk_memory_used_bytes\",uuid!=\"\"}"

#define SPLIT_CARD(gpu, uuid)                                                  \
	CANNED_FOUR(CANNED_LABEL("node", "node-1"), CANNED_LABEL("gpu", gpu),  \
		    CANNED_LABEL("uuid", uuid),                                \
		    CANNED_LABEL("model", "NVIDIA A100-SXM4-40GB"))
#define SLICE(instance, profile)                                               \
	"," CANNED_TWO(CANNED_LABEL("slice", instance),                        \
		       CANNED_LABEL("slice_profile", profile))
#define CALLED(name) "," CANNED_LABEL("__name__", name)
#define CLOCK(what)  "," CANNED_LABEL("clock", what)
#define XID(number)  "," CANNED_LABEL("xid", number)

/* The card that is split in two, and one that is whole. */
#define S1(more, value)                                                        \
	CANNED_SERIES(SPLIT_CARD("0", "GPU-aaaa") SLICE("1", "3g.20gb") more,  \
		      NOW, value)
#define S2(more, value)                                                        \
	CANNED_SERIES(SPLIT_CARD("0", "GPU-aaaa") SLICE("2", "4g.20gb") more,  \
		      NOW, value)
#define CARD(more, value)                                                      \
	CANNED_SERIES(SPLIT_CARD("0", "GPU-aaaa") more, NOW, value)
#define WHOLE(more, value)                                                     \
	CANNED_SERIES(SPLIT_CARD("1", "GPU-BBBB") more, NOW, value)

/* That exporter sees the whole card too, and one at home on its desk. */
#define BOTH(more, value)                                                      \
	CANNED_SERIES(CANNED_TWO(CANNED_LABEL("uuid", "bbbb"),                 \
				 CANNED_LABEL("instance", "10.0.0.1:9835"))    \
			  more,                                                \
		      LATER, value)
#define DESKTOP(more, value)                                                   \
	CANNED_SERIES(CANNED_FOUR(CANNED_LABEL("uuid", "0001-CC"),             \
				  CANNED_LABEL("instance", "desktop:9835"),    \
				  CANNED_LABEL("model", "Arc A770"),           \
				  CANNED_LABEL("vendor", "Intel")) more,       \
		      LATER, value)

#define ANSWER(promql, body) {promql, CANNED_VECTOR(body), ERR_OK, NULL}
#define LAST_ANSWER	     {NULL, NULL, ERR_OK, NULL}

static const struct canned_answer cards[] = {
    /* A card in MIG mode says of itself that it is idle. */
    ANSWER(SPLIT_BUSY, CANNED_TWO(CARD("", "0"), WHOLE("", "55"))),
    ANSWER(SPLIT("split_active"),
	   CANNED_THREE(S2("", "0.75"), S1("", "0.25"), WHOLE("", "0.9"))),
    ANSWER(SPLIT("split_used_mib"),
	   CANNED_THREE(S1("", "10240"), S2("", "2048"), WHOLE("", "30720"))),
    ANSWER(SPLIT("split_free_mib"),
	   CANNED_THREE(S1("", "10240"), S2("", "18432"), WHOLE("", "9216"))),
    ANSWER(SPLIT("split_reserved_mib"), WHOLE("", "1024")),
    /* The card's own, repeated for each instance; or for the card alone. */
    ANSWER(SPLIT("split_celsius"),
	   CANNED_THREE(S1("", "61"), S2("", "61"), WHOLE("", "50"))),
    ANSWER(SPLIT_POWER,
	   CANNED_TWO(CARD(CALLED("split_watts"), "250.5"),
		      WHOLE(CALLED("split_average_watts"), "301.25"))),
    ANSWER(SPLIT("split_limit_watts"),
	   CANNED_TWO(CARD("", "400"), WHOLE("", "2147483632"))),
    ANSWER(SPLIT("split_memory_busy"),
	   CANNED_TWO(S1("", "12.5"), WHOLE("", "101"))),
    ANSWER(SPLIT_CLOCK("sm"),
	   CANNED_TWO(CARD(CLOCK("sm"), "1410"), WHOLE(CLOCK("sm"), "1095.4"))),
    ANSWER(SPLIT_CLOCK("memory"), WHOLE(CLOCK("memory"), "1215")),
    /* No ratio: one is above 1. */
    ANSWER(SPLIT("split_fan_ratio"),
	   CANNED_TWO(CARD("", "1"), WHOLE("", "45"))),
    ANSWER(SPLIT("split_memory_celsius"),
	   CANNED_TWO(CARD("", "0"), WHOLE("", "71.5"))),
    ANSWER(SPLIT("split_millijoules_total"),
	   CANNED_TWO(CARD("", "123456789"), WHOLE("", "987654321987"))),
    /* The newest of them. */
    ANSWER(SPLIT("split_xid_seconds"),
	   CANNED_THREE(WHOLE(XID("31"), "1699990000"),
			WHOLE(XID("79"), "1699999000"),
			WHOLE(XID("13"), "1699000000"))),
    ANSWER(DESK("desk_info"), CANNED_TWO(BOTH("", "1"), DESKTOP("", "1"))),
    ANSWER(DESK("desk_index"), CANNED_TWO(BOTH("", "5"), DESKTOP("", "3"))),
    /* The first exporter's word counts, if it has one. */
    ANSWER(DESK("desk_busy"), CANNED_TWO(BOTH("", "56"), DESKTOP("", "7.25"))),
    ANSWER(DESK_USED,
	   CANNED_TWO(BOTH(CALLED("desk_used_bytes"), "1"),
		      DESKTOP(CALLED("desk_memory_used_bytes"), "4294967296"))),
    ANSWER(DESK("desk_used_ratio"),
	   CANNED_TWO(BOTH("", "0.5"), DESKTOP("", "0.25"))),
    ANSWER(DESK("desk_celsius"),
	   CANNED_TWO(BOTH("", "99"), DESKTOP("", "NaN"))),
    LAST_ANSWER};

/* A node and its only card, of which there is nothing but its name. */
static const struct canned_answer named[] = {
    ANSWER(DESK("desk_info"), DESKTOP("", "1")), LAST_ANSWER};

/* Instances in the order of their numbers, and one that is no number. */
#define SLICES(node, gpu, instance, value)                                     \
	CANNED_SERIES(                                                         \
	    CANNED_TWO(CANNED_LABEL("node", node), CANNED_LABEL("gpu", gpu))   \
		SLICE(instance, "1g.5gb"),                                     \
	    NOW, value)
static const struct canned_answer slices[] = {
    ANSWER(SPLIT("split_active"),
	   CANNED_SIX(
	       SLICES("n", "0", "10", "0.1"), SLICES("n", "1", "3", "0.3"),
	       SLICES("n", "0", "2", "0.02"), SLICES("m", "7", "0", "1"),
	       SLICES("n", "0", "1", "0.01"), SLICES("n", "0", "x", "0.5"))),
    ANSWER(SPLIT_BUSY, CANNED_SERIES("\"node\":\"n\",\"gpu\":\"0\"", NOW, "0")),
    ANSWER(SPLIT("split_used_mib"), SLICES("n", "0", "10", "1024")),
    LAST_ANSWER};

static const struct {
	const char *golden;
	const struct endpoint *endpoint;
	const struct canned_answer *answers;
} cases[] = {
    {"metrics_cards", &endpoint_metrics, cards},
    {"metrics_named", &endpoint_metrics, named},
    {"metrics_slices", &endpoint_metrics, slices},
    {"nodes_cards", &endpoint_nodes, cards},
    {"nodes_named", &endpoint_nodes, named},
    {"nodes_slices", &endpoint_nodes, slices},
    {"utilization_cards", &endpoint_utilization, cards},
    {"utilization_slices", &endpoint_utilization, slices},
};

static void
answers_as_recorded(void)
{
	struct canned_call call;
	char path[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		canned_call_init(&call, CANNED_CARDS, cases[i].answers,
				 CANNED_AMPLE_BYTES);
		CU_ASSERT_EQUAL(
		    canned_call_answer(&call, cases[i].endpoint, 1 << 20),
		    ERR_OK);
		snprintf(path, sizeof(path), "api/%s.json", cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
	}
}

static void
survives_a_lack_of_memory(void)
{
	canned_call_starve(CANNED_CARDS, cards, &endpoint_metrics, 512);
	canned_call_starve(CANNED_CARDS, cards, &endpoint_nodes, 512);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("endpoint_cards", tests);
}
