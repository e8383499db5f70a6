/* fleet: samples of several metrics, joined on node and index. */
#include "gpu/fleet.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "support/canned_pool.h"
#include "support/suite.h"

enum { AMPLE_BYTES = 1 << 24, MAX_SAMPLES = 100 };

static const struct element_label labels[] = {
    {"node", PROFILE_NODE},	 {"hostname", PROFILE_NODE},
    {"gpu", PROFILE_INDEX},	 {"gpu_id", PROFILE_INDEX},
    {"gpu_name", PROFILE_MODEL},
};
enum { LABEL_COUNT = sizeof(labels) / sizeof(*labels) };

static struct budget budget;
static struct arena arena;
static struct fleet fleet;
static struct err err;

static void
start_with(size_t budget_bytes)
{
	memset(&err, 0, sizeof(err));
	budget_init(&budget, budget_bytes);
	arena_init(&arena, &budget);
	fleet_init(&fleet, &arena);
}

static void
start(void)
{
	start_with(AMPLE_BYTES);
}

/* Joins an answer's body; its samples and strings are gone afterwards. */
static enum err_code
add_scaled(enum field field, double scale, const char *body, size_t *skipped)
{
	struct arena scratch;
	struct vector v;
	enum err_code code;

	*skipped = 0;
	arena_init(&scratch, &budget);
	vector_init(&v, &scratch, labels, LABEL_COUNT, PROFILE_LABEL__MAX,
		    MAX_SAMPLES);
	code = vector_feed(&v, body, strlen(body), &err);
	if (code == ERR_OK)
		code = vector_end(&v, &err);
	if (code == ERR_OK)
		code = fleet_add(&fleet, field, scale, &v, &scratch, skipped,
				 &err);
	vector_fini(&v);
	arena_fini(&scratch);
	return code;
}

/* Returns how many were skipped. */
static size_t
add(enum field field, const char *body)
{
	size_t skipped;

	CU_ASSERT_EQUAL(add_scaled(field, 1, body, &skipped), ERR_OK);
	return skipped;
}

static void
finish(size_t expected_count)
{
	CU_ASSERT_EQUAL_FATAL(fleet_finish(&fleet, &err), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(fleet.count, expected_count);
}

static void
check_gpu(size_t at, const char *node, uint32_t index)
{
	SUITE_EQUAL(fleet.sorted[at]->node, node);
	CU_ASSERT_EQUAL(fleet.sorted[at]->index, index);
}

static double
value(size_t at, enum field field)
{
	return fleet_value(fleet.sorted[at], field);
}

#define GPU(node, gpu) CANNED_LABEL("node", node) "," CANNED_LABEL("gpu", gpu)
#define FIELD_GPU(node, gpu)                                                   \
	CANNED_LABEL("hostname", node) "," CANNED_LABEL("gpu_id", gpu)
#define AT(time, labels, value) CANNED_SERIES(labels, time, value)
#define NOW(labels, value)	AT("1700000000", labels, value)

static void
is_empty_without_samples(void)
{
	start();
	finish(0);
	arena_fini(&arena);
	start();
	CU_ASSERT_EQUAL(add(FIELD_UTILIZATION, CANNED_VECTOR("")), 0);
	finish(0);
	arena_fini(&arena);
}

/* An arena of its own, from which nothing was taken yet. */
static void
joins_an_empty_vector_with_fresh_scratch(void)
{
	struct arena own, scratch;
	struct vector v;
	size_t skipped = 7;

	start();
	arena_init(&own, &budget);
	arena_init(&scratch, &budget);
	vector_init(&v, &own, labels, LABEL_COUNT, PROFILE_LABEL__MAX,
		    MAX_SAMPLES);
	CU_ASSERT_EQUAL(fleet_add(&fleet, FIELD_POWER_DRAW, 1, &v, &scratch,
				  &skipped, &err),
			ERR_OK);
	CU_ASSERT_EQUAL(skipped, 0);
	vector_fini(&v);
	arena_fini(&scratch);
	arena_fini(&own);
	arena_fini(&arena);
}

static void
joins_metrics_by_node_and_index(void)
{
	start();
	add(FIELD_UTILIZATION,
	    CANNED_VECTOR(NOW(GPU("a", "0"), "10") "," NOW(
		GPU("a", "1"), "11") "," NOW(GPU("b", "0"), "20")));
	add(FIELD_TEMPERATURE,
	    CANNED_VECTOR(NOW(GPU("b", "0"), "60") "," NOW(
		GPU("a", "0"), "50") "," NOW(GPU("c", "3"), "70")));
	finish(4);
	check_gpu(0, "a", 0);
	check_gpu(1, "a", 1);
	check_gpu(2, "b", 0);
	check_gpu(3, "c", 3);
	CU_ASSERT_EQUAL(value(0, FIELD_UTILIZATION), 10);
	CU_ASSERT_EQUAL(value(0, FIELD_TEMPERATURE), 50);
	CU_ASSERT_EQUAL(value(1, FIELD_UTILIZATION), 11);
	CU_ASSERT_TRUE(isnan(value(1, FIELD_TEMPERATURE)));
	CU_ASSERT_EQUAL(value(2, FIELD_UTILIZATION), 20);
	CU_ASSERT_EQUAL(value(2, FIELD_TEMPERATURE), 60);
	CU_ASSERT_TRUE(isnan(value(3, FIELD_UTILIZATION)));
	CU_ASSERT_EQUAL(value(3, FIELD_TEMPERATURE), 70);
	CU_ASSERT_TRUE(isnan(value(0, FIELD_POWER_DRAW)));
	arena_fini(&arena);
}

static void
joins_both_label_styles(void)
{
	start();
	/* Both in one vector, and one GPU in both styles. */
	add(FIELD_UTILIZATION, CANNED_VECTOR(NOW(GPU("a", "0"), "10") "," NOW(
				   FIELD_GPU("b", "1"), "21")));
	add(FIELD_TEMPERATURE,
	    CANNED_VECTOR(
		NOW(FIELD_GPU("a", "0"), "50") "," NOW(GPU("b", "1"), "61")));
	/* Of several names the first that is listed counts. */
	add(FIELD_POWER_DRAW,
	    CANNED_VECTOR(NOW(FIELD_GPU("x", "9") "," GPU("b", "1"), "300")));
	finish(2);
	check_gpu(0, "a", 0);
	check_gpu(1, "b", 1);
	CU_ASSERT_EQUAL(value(0, FIELD_UTILIZATION), 10);
	CU_ASSERT_EQUAL(value(0, FIELD_TEMPERATURE), 50);
	CU_ASSERT_EQUAL(value(1, FIELD_UTILIZATION), 21);
	CU_ASSERT_EQUAL(value(1, FIELD_TEMPERATURE), 61);
	CU_ASSERT_EQUAL(value(1, FIELD_POWER_DRAW), 300);
	arena_fini(&arena);
}

/* The newest counts, then the greatest, in whatever order they come. */
static void
chooses_among_duplicates(void)
{
#define OLD(value)                                                             \
	AT("1700000000", GPU("a", "0") ",\"job\":\"" value "\"", value)
#define NEW(value)                                                             \
	AT("1700000009.5", GPU("a", "0") ",\"job\":\"n" value "\"", value)
	static const struct {
		const char *body;
		double expected;
	} cases[] = {
	    {CANNED_VECTOR(OLD("5") "," OLD("7")), 7},
	    {CANNED_VECTOR(OLD("7") "," OLD("5")), 7},
	    {CANNED_VECTOR(OLD("-7") "," OLD("-5")), -5},
	    {CANNED_VECTOR(OLD("99") "," NEW("1")), 1},
	    {CANNED_VECTOR(NEW("1") "," OLD("99")), 1},
	    {CANNED_VECTOR(NEW("1") "," OLD("99") "," NEW("3")), 3},
	    {CANNED_VECTOR(NEW("3") "," NEW("1") "," OLD("99")), 3},
	    {CANNED_VECTOR(OLD("NaN") "," OLD("5")), 5},
	    {CANNED_VECTOR(OLD("5") "," OLD("NaN")), 5},
	    {CANNED_VECTOR(OLD("5") "," OLD("+Inf")), 5},
	    {CANNED_VECTOR(OLD("5") "," OLD("5")), 5},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start();
		add(FIELD_UTILIZATION, cases[i].body);
		finish(1);
		CU_ASSERT_EQUAL(value(0, FIELD_UTILIZATION), cases[i].expected);
		arena_fini(&arena);
	}
	/* Two exporters, or two calls, are duplicates just the same. */
	start();
	add(FIELD_UTILIZATION, CANNED_VECTOR(NEW("5")));
	add(FIELD_UTILIZATION, CANNED_VECTOR(OLD("7")));
	finish(1);
	CU_ASSERT_EQUAL(value(0, FIELD_UTILIZATION), 5);
	CU_ASSERT_EQUAL(fleet.sorted[0]->timestamp_s, 1700000009.5);
	arena_fini(&arena);
#undef OLD
#undef NEW
}

static void
leaves_what_is_not_finite_unmeasured(void)
{
	static const char *const values[] = {"NaN", "+Inf", "-Inf"};
	char body[512];

	for (size_t i = 0; i < 3; i++) {
		start();
		snprintf(body, sizeof(body),
			 CANNED_VECTOR(NOW(GPU("a", "0"), "%s")), values[i]);
		CU_ASSERT_EQUAL(add(FIELD_UTILIZATION, body), 0);
		finish(1);
		CU_ASSERT_TRUE(isnan(value(0, FIELD_UTILIZATION)));
		arena_fini(&arena);
	}
	/* So does what the scale takes past all numbers. */
	start();
	{
		size_t skipped;

		CU_ASSERT_EQUAL(
		    add_scaled(FIELD_UTILIZATION, 1e10,
			       CANNED_VECTOR(NOW(GPU("a", "0"), "1e305")),
			       &skipped),
		    ERR_OK);
	}
	finish(1);
	CU_ASSERT_TRUE(isnan(value(0, FIELD_UTILIZATION)));
	arena_fini(&arena);
}

static void
scales_to_the_unit_of_the_field(void)
{
	size_t skipped;

	start();
	add_scaled(FIELD_POWER_DRAW, 0.001,
		   CANNED_VECTOR(NOW(GPU("a", "0"), "250000")), &skipped);
	add_scaled(FIELD_MEMORY_USED, 1048576,
		   CANNED_VECTOR(NOW(GPU("a", "0"), "2.5")), &skipped);
	finish(1);
	CU_ASSERT_EQUAL(value(0, FIELD_POWER_DRAW), 250);
	CU_ASSERT_EQUAL(value(0, FIELD_MEMORY_USED), 2621440);
	arena_fini(&arena);
}

static void
keeps_the_newest_time(void)
{
	start();
	add(FIELD_UTILIZATION,
	    CANNED_VECTOR(AT("1700000005.25", GPU("a", "0"), "1")));
	add(FIELD_TEMPERATURE,
	    CANNED_VECTOR(AT("1700000003", GPU("a", "0"), "2")));
	finish(1);
	CU_ASSERT_EQUAL(fleet.sorted[0]->timestamp_s, 1700000005.25);
	CU_ASSERT_EQUAL(
	    fleet.sorted[0]->readings[FIELD_TEMPERATURE].timestamp_s,
	    1700000003);
	arena_fini(&arena);
}

static void
skips_what_names_no_gpu(void)
{
	static const char *const unusable[] = {
	    CANNED_LABEL("gpu", "0"),
	    GPU("", "0"),
	    CANNED_LABEL("node", "a"),
	    "",
	    GPU("a", ""),
	    GPU("a", "abc"),
	    GPU("a", "-1"),
	    GPU("a", "+1"),
	    GPU("a", " 1"),
	    GPU("a", "1 "),
	    GPU("a", "1.0"),
	    GPU("a", "0x1"),
	    GPU("a", "1000001"),
	    GPU("a", "99999999"),
	    GPU("a", "4294967296"),
	    GPU("a", "18446744073709551616"),
	    CANNED_LABEL("instance", "a") "," CANNED_LABEL("minor", "0"),
	};
	char body[1024];

	for (size_t i = 0; i < sizeof(unusable) / sizeof(*unusable); i++) {
		start();
		/* Twice: what a string means is found out once. */
		snprintf(body, sizeof(body),
			 CANNED_VECTOR("%s," NOW(GPU("a", "1"), "5") ",%s"),
			 "{\"metric\":{},\"value\":[1,\"3\"]}",
			 "{\"metric\":{},\"value\":[1,\"3\"]}");
		CU_ASSERT_EQUAL(add(FIELD_TEMPERATURE, body), 2);
		snprintf(body, sizeof(body),
			 CANNED_VECTOR(NOW("%s", "9") "," NOW(
			     GPU("a", "1"), "5") "," NOW("%s", "9")),
			 unusable[i], unusable[i]);
		CU_ASSERT_EQUAL(add(FIELD_UTILIZATION, body), 2);
		finish(1);
		check_gpu(0, "a", 1);
		CU_ASSERT_EQUAL(value(0, FIELD_UTILIZATION), 5);
		arena_fini(&arena);
	}
}

static void
keeps_names_with_a_nul_apart(void)
{
	start();
	CU_ASSERT_EQUAL(
	    add(FIELD_UTILIZATION,
		CANNED_VECTOR(NOW(GPU("a\\u0000b", "0"),
				  "1") "," NOW(GPU("a\\u0000c", "0"), "2"))),
	    0);
	finish(2);
	for (size_t i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(fleet.sorted[i]->node_length, 3);
	CU_ASSERT_EQUAL(memcmp(fleet.sorted[0]->node, "a\0b", 4), 0);
	CU_ASSERT_EQUAL(memcmp(fleet.sorted[1]->node, "a\0c", 4), 0);
	arena_fini(&arena);
}

static void
takes_every_index(void)
{
	start();
	CU_ASSERT_EQUAL(
	    add(FIELD_UTILIZATION,
		CANNED_VECTOR(NOW(GPU("a", "1000000"), "1") "," NOW(
		    GPU("a", "15"), "2") "," NOW(GPU("a", "007"), "3"))),
	    0);
	add(FIELD_TEMPERATURE, CANNED_VECTOR(NOW(GPU("a", "7"), "4")));
	finish(3);
	check_gpu(0, "a", 7);
	CU_ASSERT_EQUAL(value(0, FIELD_TEMPERATURE), 4);
	check_gpu(1, "a", 15);
	check_gpu(2, "a", 1000000);
	arena_fini(&arena);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"is empty without samples", is_empty_without_samples},
	    {"joins an empty vector with fresh scratch",
	     joins_an_empty_vector_with_fresh_scratch},
	    {"joins metrics by node and index",
	     joins_metrics_by_node_and_index},
	    {"joins both label styles", joins_both_label_styles},
	    {"chooses among duplicates", chooses_among_duplicates},
	    {"leaves what is not finite unmeasured",
	     leaves_what_is_not_finite_unmeasured},
	    {"scales to the unit of the field",
	     scales_to_the_unit_of_the_field},
	    {"keeps the newest time", keeps_the_newest_time},
	    {"skips what names no GPU", skips_what_names_no_gpu},
	    {"keeps names with a NUL apart", keeps_names_with_a_nul_apart},
	    {"takes every index", takes_every_index},
	    {NULL, NULL}};

	return suite_run("fleet", tests);
}
