/* join: what series say of their GPU, by the rules and one odd profile. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/suite.h"

#define PROFILES      "tests/golden/profiles/join"
#define BUSY(l)	      CANNED_SERIES(l, "1700000000", "50")
#define SAMPLE(l, v)  CANNED_SERIES(l, "1700000000", v)
#define PLACE(n, i)   CANNED_LABEL("node", n) "," CANNED_LABEL("gpu", i)
#define AT(i, target) PLACE("n", i) "," CANNED_LABEL("instance", target)

static struct canned_call call;

/* Answers one metric with those series. */
static void
collect(const char *metric, const char *body)
{
	struct canned_answer answers[] = {{metric, body, ERR_OK, NULL},
					  {NULL, NULL, ERR_OK, NULL}};

	canned_call_init(&call, PROFILES, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(canned_call_collect(&call, &endpoint_metrics),
			      ERR_OK);
}

static const char *
text(uint32_t number)
{
	return number != FLEET_UNKNOWN ? canned_call_text(&call, number)
				       : "(none)";
}

static const struct fleet_gpu *
row(size_t i)
{
	CU_ASSERT_TRUE_FATAL(i < call.fleet.count);
	return call.fleet.sorted[i];
}

static void
expect_warning(const char *warning)
{
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, 1);
	SUITE_EQUAL(call.call.collect.warnings[0], warning);
}

static void
finds_the_node(void)
{
	static const struct {
		const char *body, *node;
	} cases[] = {
	    {CANNED_VECTOR(BUSY(PLACE("n", "0"))), "n"},
	    {CANNED_VECTOR(BUSY(PLACE("n", "0") ",\"hostname\":\"h\"")), "n"},
	    {CANNED_VECTOR(BUSY(PLACE("n", "0") ",\"exported_node\":\"e\"")),
	     "e"},
	    {CANNED_VECTOR(BUSY(PLACE("localhost", "0") ",\"instance\":"
							"\"10.0.0.1:9\"")),
	     "10.0.0.1"},
	    {CANNED_VECTOR(BUSY(PLACE("p", "0") ",\"pod\":\"p\",\"instance\":"
						"\"10.0.0.1:9\"")),
	     "10.0.0.1"},
	    {CANNED_VECTOR(BUSY(PLACE("n", "0") ",\"pod\":\"p\"")), "n"},
	    {CANNED_VECTOR(BUSY("\"gpu\":\"0\",\"instance\":\"[fd00::1]:9\"")),
	     "fd00::1"},
	    {CANNED_VECTOR(BUSY("\"gpu\":\"0\",\"instance\":\"10.0.0.9:9\","
				"\"exported_instance\":\"10.0.0.1:9\"")),
	     "10.0.0.1"},
	    /* Every machine is localhost: no name, but not another's either. */
	    {CANNED_VECTOR(BUSY("\"gpu\":\"0\",\"instance\":\"localhost:9\"")),
	     "\nlocalhost:9"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		collect("any_busy", cases[i].body);
		SUITE_EQUAL(text(row(0)->node), cases[i].node);
		canned_call_fini(&call);
	}
}

static void
finds_the_index(void)
{
	static const struct {
		const char *body;
		uint32_t index;
	} cases[] = {
	    {CANNED_VECTOR(BUSY(PLACE("n", "7"))), 7},
	    {CANNED_VECTOR(BUSY(PLACE("node-1", "node-1-3"))), 3},
	    {CANNED_VECTOR(BUSY(PLACE("n", "0") ",\"exported_gpu\":\"4\"")), 4},
	    /* A target's label of that name is somebody's word. */
	    {CANNED_VECTOR(BUSY(PLACE("n", "5") ",\"exported_gpu\":\"true\"")),
	     5},
	    {CANNED_VECTOR(BUSY(PLACE("n", "6") ",\"exported_gpu\":\"a100\"")),
	     6}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		collect("any_busy", cases[i].body);
		CU_ASSERT_EQUAL(row(0)->index, cases[i].index);
		canned_call_fini(&call);
	}
}

/* What stands for nothing is none, of whatever label. */
static void
passes_over_texts_that_say_nothing(void)
{
	static const char *const nothing[] = {
	    "",		  "[N/A]",
	    "N/A",	  "[Not Supported]",
	    "<<<NULL>>>", "<<<NOT_SUPPORTED>>>"};
	char body[512];

	for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++) {
		snprintf(
		    body, sizeof(body),
		    CANNED_VECTOR(BUSY(PLACE(
			"n", "0") ",\"exported_node\":\"%s\",\"uuid\":\"%s\","
				  "\"exported_model\":\"%s\",\"model\":\"M\","
				  "\"vendor\":\"%s\",\"slice\":\"%s\"")),
		    nothing[i], nothing[i], nothing[i], nothing[i], nothing[i]);
		collect("any_busy", body);
		SUITE_EQUAL(text(row(0)->node), "n");
		SUITE_EQUAL(text(row(0)->model), "M");
		SUITE_EQUAL(text(row(0)->uuid), "(none)");
		SUITE_EQUAL(text(row(0)->vendor), "(none)");
		CU_ASSERT_EQUAL(row(0)->mig_instance, FLEET_UNKNOWN);
		canned_call_fini(&call);
	}
}

static void
skips_what_tells_no_gpu(void)
{
	static const char *const bodies[] = {
	    CANNED_VECTOR(BUSY("")),
	    CANNED_VECTOR(BUSY(PLACE("n", "x"))),
	    CANNED_VECTOR(BUSY(PLACE("n", "1000001"))),
	    CANNED_VECTOR(BUSY(PLACE("n", "n-"))),
	    CANNED_VECTOR(BUSY("\"node\":\"n\"")),
	    CANNED_VECTOR(BUSY("\"gpu\":\"0\"")),
	    CANNED_VECTOR(BUSY(PLACE("n", "0") ",\"slice\":\"x\""))};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		collect("any_busy", bodies[i]);
		expect_warning("1 series of any_busy do not tell which GPU "
			       "they are of");
		canned_call_fini(&call);
	}
}

static void
normalises_uuids(void)
{
	collect("any_busy",
		CANNED_VECTOR(
		    BUSY(PLACE("n", "0") ",\"uuid\":\"GPU-ABC\"") "," BUSY(
			"\"uuid\":\"abc\"")));
	CU_ASSERT_EQUAL(call.fleet.count, 1);
	SUITE_EQUAL(text(row(0)->uuid), "abc");
	canned_call_fini(&call);
}

/* A part is an instance of its card, whatever it is called. */
static void
finds_parts_by_the_index(void)
{
	static const char body[] = CANNED_VECTOR(
	    CANNED_FOUR(BUSY(PLACE("n", "0") ",\"uuid\":\"GPU-ABC\""),
			BUSY(PLACE("n", "0:0") ",\"uuid\":\"MIG-1\""),
			BUSY(PLACE("n", "0:1") ",\"uuid\":\"MIG-2\""),
			/* Whose part it is nobody says. */
			BUSY(PLACE("n", "1") ",\"uuid\":\"MIG-3\"")));

	collect("any_busy", body);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(row(i)->index, 0);
		CU_ASSERT_EQUAL(row(i)->mig_instance, i);
		SUITE_EQUAL(text(row(i)->uuid), "abc");
	}
	expect_warning("1 series of any_busy do not tell which GPU they are "
		       "of");
	canned_call_fini(&call);
}

/* Of a card that its exporter names, where each part has an index. */
static void
finds_parts_by_their_card(void)
{
#define PART(gpu, serial, slice, how)                                          \
	PLACE("n", gpu)                                                        \
	",\"serial\":\"" serial "\",\"part\":\"" slice "\",\"how\":\"" how "\""
	static const char body[] = CANNED_VECTOR(
	    CANNED_FOUR(BUSY(PART("9", "S2", "1", "cpx") ",\"uuid\":\"U9\""),
			BUSY(PART("8", "S2", "0", "cpx")),
			BUSY(PART("0", "S1", "0", "spx")),
			BUSY(PART("1", "S3", "4294967295", "none"))));
	static const struct {
		uint32_t index, instance;
		const char *uuid;
	} expected[] = {{0, FLEET_UNKNOWN, "(none)"},
			{1, FLEET_UNKNOWN, "(none)"},
			{8, 0, "(none)"},
			{9, 1, "u9"}};

	collect("parted_busy", body);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct fleet_gpu *gpu = row(i);

		CU_ASSERT_EQUAL(gpu->index, expected[i].index);
		CU_ASSERT_EQUAL(gpu->mig_instance, expected[i].instance);
		SUITE_EQUAL(text(fleet_told_uuid(&call.fleet, gpu)),
			    expected[i].uuid);
	}
	CU_ASSERT_PTR_EQUAL(fleet_card(row(2)), fleet_card(row(3)));
	CU_ASSERT_EQUAL(call.call.collect.warning_count, 0);
	canned_call_fini(&call);
}

/* What is unique on its node only does not join cards of two nodes. */
static void
keeps_local_ids_apart(void)
{
	static const char body[] =
	    CANNED_VECTOR(BUSY("\"node\":\"a\",\"local_id\":\"gpu0\"") "," BUSY(
		"\"node\""
		":\"b\","
		"\"local_"
		"id\":"
		"\"gpu0"
		"\"") "," BUSY("\"node\":\"a\",\"uuid\":\"GPU-0000-"
			       "00\"") "," BUSY("\"node"
						"\":"
						"\"b\","
						"\"uuid"
						"\":"
						"\"GPU-"
						"0000-"
						"00"
						"\""));

	collect("any_busy", body);
	CU_ASSERT_EQUAL(call.fleet.count, 4);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(fleet_told_uuid(&call.fleet, row(i)),
				FLEET_UNKNOWN);
	canned_call_fini(&call);
}

/* A uuid that the exporter hides tells nothing where the index does. */
static void
tells_masked_cards_apart(void)
{
#define MASKED(node, gpu) PLACE(node, gpu) ",\"uuid\":\"GPU-00-00\""
	static const char body[] = CANNED_VECTOR(
	    CANNED_THREE(BUSY(MASKED("n", "0")), BUSY(MASKED("n", "1")),
			 BUSY(MASKED("m", "1"))));

	collect("any_busy", body);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 3);
	SUITE_EQUAL(text(row(0)->node), "m");
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(row(i)->index, i == 1 ? 0 : 1);
		CU_ASSERT_EQUAL(fleet_told_uuid(&call.fleet, row(i)),
				FLEET_UNKNOWN);
	}
	canned_call_fini(&call);
}

/* One card of each vendor may be the first on a node. */
static void
keeps_vendors_apart(void)
{
	collect(
	    "any_busy",
	    CANNED_VECTOR(BUSY(PLACE("n", "0") ",\"vendor\":\"A\"") "," BUSY(
		PLACE("n", "0") ",\"vendor\":\"B\"")));
	CU_ASSERT_EQUAL(call.fleet.count, 2);
	SUITE_EQUAL(text(row(0)->vendor), "A");
	SUITE_EQUAL(text(row(1)->vendor), "B");
	canned_call_fini(&call);
}

static void
expect_value(const char *metric, enum field field, const char *sample,
	     double expected)
{
	char body[512];
	double value;

	snprintf(body, sizeof(body),
		 CANNED_VECTOR(SAMPLE(PLACE("n", "0"), "%s")), sample);
	collect(metric, body);
	value = fleet_value(row(0), field);
	CU_ASSERT_TRUE(isnan(expected) ? isnan(value) : value == expected);
	canned_call_fini(&call);
}

static void
knows_blanks(void)
{
	expect_value("any_busy", FIELD_UTILIZATION, "50", 50);
	expect_value("any_busy", FIELD_UTILIZATION, "0", 0);
	expect_value("any_busy", FIELD_UTILIZATION, "NaN", NAN);
	expect_value("any_busy", FIELD_UTILIZATION, "+Inf", NAN);
	expect_value("any_busy", FIELD_UTILIZATION, "-1", NAN);
	expect_value("any_busy", FIELD_UTILIZATION, "101", 100);
	expect_value("any_used", FIELD_MEMORY_USED, "9223372036854775794", NAN);
	expect_value("any_used", FIELD_MEMORY_USED, "2147483632", NAN);
	expect_value("any_celsius", FIELD_TEMPERATURE, "0", NAN);
	expect_value("any_celsius", FIELD_TEMPERATURE, "-4", -4);
	expect_value("any_millicelsius", FIELD_MEMORY_TEMPERATURE, "-1", NAN);
	expect_value("any_millicelsius", FIELD_MEMORY_TEMPERATURE, "1", 0.001);
}

static void
expect_fans(const char *body, double first, double second)
{
	collect("any_fan", body);
	CU_ASSERT_DOUBLE_EQUAL(fleet_value(row(0), FIELD_FAN_SPEED), first,
			       1e-9);
	CU_ASSERT_DOUBLE_EQUAL(fleet_value(row(1), FIELD_FAN_SPEED), second,
			       1e-9);
	canned_call_fini(&call);
}

/* By what the target's own samples say, else by the profile: not by others. */
static void
tells_ratios_from_percent(void)
{
	expect_fans(CANNED_VECTOR(SAMPLE(AT("0", "a"),
					 "0.5") "," SAMPLE(AT("1", "a"), "1")),
		    50, 100);
	expect_fans(CANNED_VECTOR(SAMPLE(AT("0", "a"),
					 "42") "," SAMPLE(AT("1", "a"), "0.5")),
		    42, 0.5);
	expect_fans(CANNED_VECTOR(SAMPLE(AT("0", "a"),
					 "42") "," SAMPLE(AT("1", "b"), "0.5")),
		    42, 50);
	expect_fans(CANNED_VECTOR(SAMPLE(AT("0", "a"),
					 "42") "," SAMPLE(AT("1", "b"), "1")),
		    42, 100);
	expect_fans(CANNED_VECTOR(SAMPLE(AT("0", "a"),
					 "1") "," SAMPLE(AT("1", "b"), "0")),
		    100, 0);
	expect_fans(CANNED_VECTOR(SAMPLE(PLACE("n", "0"), "42") "," SAMPLE(
			PLACE("n", "1"), "1")),
		    42, 1);
}

/* The code is in a label, and the sample says when it came. */
static void
takes_values_from_labels(void)
{
	collect(
	    "any_xid_time",
	    CANNED_VECTOR(SAMPLE(
		PLACE("n", "0") ",\"code\":\"31\"",
		"170000010"
		"0") "," SAMPLE(PLACE("n", "0") ",\"code\":\"79\"",
				"1700000200") "," SAMPLE(PLACE("n",
							       "0") ",\"code\":"
								    "\"13\"",
							 "1700000150") "," SAMPLE(PLACE("n",
											"1") ","
											     "\"code\":\"x\"",
										  "1") "," SAMPLE(PLACE("n",
													"2"),
												  "1")));
	CU_ASSERT_EQUAL(fleet_value(row(0), FIELD_XID), 79);
	CU_ASSERT_TRUE(isnan(fleet_value(row(1), FIELD_XID)));
	CU_ASSERT_TRUE(isnan(fleet_value(row(2), FIELD_XID)));
	CU_ASSERT_EQUAL(row(0)->timestamp_s, 1700000000);
	canned_call_fini(&call);
}

#define TARGET	    "\"instance\":\"10.0.0.1:9\","
#define CARD(index) "\"gpu\":\"" index "\","

/*
 * Of all series of a target the best name is that of each of them, in whatever
 * order they come.
 */
static void
names_a_target_once(void)
{
	static const struct {
		const char *body, *node;
	} cases[] = {
	    /* By two jobs, of which one has the operator's label. */
	    {CANNED_VECTOR(BUSY(TARGET CARD("0") "\"hostname\":\"w\"") "," BUSY(
		 TARGET CARD("1") "\"hostname\":\"w\",\"node\":\"w.x\"")),
	     "w.x"},
	    {CANNED_VECTOR(BUSY(TARGET CARD(
		 "0") "\"hostname\":\"w\",\"node\":"
		      "\"w.x\"") "," BUSY(TARGET
					      CARD("1") "\"hostname\":\"w\"")),
	     "w.x"},
	    /* The name is the exporter's pod, which the idle card gives away.
	     */
	    {CANNED_VECTOR(BUSY(TARGET CARD(
		 "0") "\"hostname\":\"p\",\"pod\":"
		      "\"train\"") "," BUSY(TARGET
						CARD("1") "\"hostname\":\"p\","
							  "\"pod\":\"p\"")),
	     "10.0.0.1"},
	    /* One of the two says nothing. */
	    {CANNED_VECTOR(BUSY(TARGET CARD("0") "\"a\":\"b\"") "," BUSY(
		 TARGET CARD("1") "\"hostname\":\"w\"")),
	     "w"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		collect("any_busy", cases[i].body);
		CU_ASSERT_EQUAL(call.fleet.count, 2);
		SUITE_EQUAL(text(row(0)->node), cases[i].node);
		SUITE_EQUAL(text(row(1)->node), cases[i].node);
		canned_call_fini(&call);
	}
}

/* A federating Prometheus, or a gateway, is the target of all nodes. */
static void
keeps_the_nodes_of_a_target_apart(void)
{
	collect(
	    "any_busy",
	    CANNED_VECTOR(
		BUSY(TARGET CARD("0") "\"hostname\":\"a\"") "," BUSY(TARGET CARD("0") "\"hostname\":\"b\"") "," BUSY(
		    TARGET CARD(
			"1") "\"node\":\"c\"") "," BUSY(TARGET
							    CARD(
								"1") "\"node\":"
								     "\"d\"")));
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 4);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(text(row(i)->node)[0], "abcd"[i]);
	canned_call_fini(&call);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"finds the node", finds_the_node},
	    {"names a target once", names_a_target_once},
	    {"keeps the nodes of a target apart",
	     keeps_the_nodes_of_a_target_apart},
	    {"finds the index", finds_the_index},
	    {"passes over texts that say nothing",
	     passes_over_texts_that_say_nothing},
	    {"skips what tells no GPU", skips_what_tells_no_gpu},
	    {"normalises uuids", normalises_uuids},
	    {"finds parts by the index", finds_parts_by_the_index},
	    {"finds parts by their card", finds_parts_by_their_card},
	    {"keeps local ids, and hidden uuids, apart", keeps_local_ids_apart},
	    {"tells masked cards apart", tells_masked_cards_apart},
	    {"keeps vendors apart", keeps_vendors_apart},
	    {"knows blanks", knows_blanks},
	    {"tells ratios from percent", tells_ratios_from_percent},
	    {"takes values from labels", takes_values_from_labels},
	    {NULL, NULL}};

	return suite_run("join", tests);
}
