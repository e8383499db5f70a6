/* fleet: what is computed, how it is sorted, and what becomes of no memory. */
#include "gpu/fleet.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/canned_pool.h"
#include "support/suite.h"

enum { AMPLE_BYTES = 1 << 26, MAX_SAMPLES = 10000, NODES = 1000, GPUS = 8 };

static const struct element_label labels[] = {{"node", PROFILE_NODE},
					      {"gpu", PROFILE_INDEX},
					      {"gpu_name", PROFILE_MODEL}};

static struct budget budget;
static struct arena arena;
static struct fleet fleet;
static struct err err;

static void
start(size_t budget_bytes)
{
	memset(&err, 0, sizeof(err));
	budget_init(&budget, budget_bytes);
	arena_init(&arena, &budget);
	fleet_init(&fleet, &arena);
}

static enum err_code
try_add(enum field field, const char *body)
{
	struct arena scratch;
	struct vector v;
	enum err_code code;
	size_t skipped;

	arena_init(&scratch, &budget);
	vector_init(&v, &scratch, labels, 3, PROFILE_LABEL__MAX, MAX_SAMPLES);
	code = vector_feed(&v, body, strlen(body), &err);
	if (code == ERR_OK)
		code = vector_end(&v, &err);
	if (code == ERR_OK)
		code =
		    fleet_add(&fleet, field, 1, &v, &scratch, &skipped, &err);
	vector_fini(&v);
	arena_fini(&scratch);
	return code;
}

/* One GPU's value; NULL: no such series. */
static void
add_value(enum field field, const char *value)
{
	char body[256];

	if (value == NULL)
		return;
	snprintf(body, sizeof(body),
		 CANNED_VECTOR(
		     CANNED_SERIES(CANNED_GPU("a", "0", "A100"), "1", "%s")),
		 value);
	CU_ASSERT_EQUAL(try_add(field, body), ERR_OK);
}

static void
check_value(enum field field, double expected)
{
	double value = fleet_value(fleet.sorted[0], field);

	if (isnan(expected))
		CU_ASSERT_TRUE(isnan(value));
	if (!isnan(expected))
		CU_ASSERT_DOUBLE_EQUAL(value, expected, 1e-9);
}

static void
computes_memory(void)
{
	static const struct {
		const char *used, *total, *free, *utilization;
		double expected_free, expected_utilization;
	} cases[] = {
	    {"25", "100", NULL, NULL, 75, 25},
	    {"0", "100", NULL, NULL, 100, 0},
	    {"100", "100", NULL, NULL, 0, 100},
	    /* What was measured stands; used + free may be less than total. */
	    {"25", "100", "70", NULL, 70, 25},
	    /* A series of that name is not what is computed. */
	    {"25", "100", NULL, "99", 75, 25},
	    {NULL, "100", "70", NULL, 70, NAN},
	    {NULL, "100", NULL, NULL, NAN, NAN},
	    {"25", NULL, NULL, NULL, NAN, NAN},
	    {"25", NULL, "70", NULL, 70, NAN},
	    {"NaN", "100", NULL, NULL, NAN, NAN},
	    {"25", "+Inf", NULL, NULL, NAN, NAN},
	    {"0", "0", NULL, NULL, 0, NAN},
	    {"5", "0", NULL, NULL, NAN, NAN},
	    /* Never less than nothing. */
	    {"120", "100", NULL, NULL, NAN, 120},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(AMPLE_BYTES);
		add_value(FIELD_TEMPERATURE, "1");
		add_value(FIELD_MEMORY_USED, cases[i].used);
		add_value(FIELD_MEMORY_TOTAL, cases[i].total);
		add_value(FIELD_MEMORY_FREE, cases[i].free);
		add_value(FIELD_MEMORY_UTILIZATION, cases[i].utilization);
		CU_ASSERT_EQUAL_FATAL(fleet_finish(&fleet, &err), ERR_OK);
		check_value(FIELD_MEMORY_FREE, cases[i].expected_free);
		check_value(FIELD_MEMORY_UTILIZATION,
			    cases[i].expected_utilization);
		arena_fini(&arena);
	}
}

static const char *
model_after(const char *first, const char *second)
{
	start(AMPLE_BYTES);
	CU_ASSERT_EQUAL(try_add(FIELD_UTILIZATION, first), ERR_OK);
	CU_ASSERT_EQUAL(try_add(FIELD_TEMPERATURE, second), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(fleet_finish(&fleet, &err), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(fleet.count, 1);
	return fleet.sorted[0]->model;
}

static void
takes_the_model_from_any_vector(void)
{
	static const char named[] = CANNED_VECTOR(
	    CANNED_SERIES(CANNED_GPU("a", "0", "A100"), "1", "1"));
	static const char other[] = CANNED_VECTOR(
	    CANNED_SERIES(CANNED_GPU("a", "0", "H100"), "1", "1"));
	static const char empty[] =
	    CANNED_VECTOR(CANNED_SERIES(CANNED_GPU("a", "0", ""), "1", "1"));
	static const char unnamed[] = CANNED_VECTOR(
	    CANNED_SERIES("\"node\":\"a\",\"gpu\":\"0\"", "1", "1"));

	SUITE_EQUAL(model_after(named, unnamed), "A100");
	arena_fini(&arena);
	SUITE_EQUAL(model_after(unnamed, named), "A100");
	arena_fini(&arena);
	SUITE_EQUAL(model_after(empty, named), "A100");
	arena_fini(&arena);
	/* The first that is known stays. */
	SUITE_EQUAL(model_after(named, other), "A100");
	arena_fini(&arena);
	CU_ASSERT_PTR_NULL(model_after(unnamed, empty));
	arena_fini(&arena);
}

/* GPU number n of the shuffled order: 3 has no divisor in common with it. */
static size_t
shuffled(size_t n)
{
	return (n * 4999 + 17) % (NODES * GPUS);
}

/* All GPUs of node-0 to node-999, none in its place. Freed by the caller. */
static char *
write_shuffled(void)
{
	size_t size = (size_t)NODES * GPUS * 128, at = 0;
	char *body = malloc(size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	at += (size_t)snprintf(body, size,
			       "{\"status\":\"success\",\"data\":{"
			       "\"resultType\":\"vector\",\"result\":[");
	for (size_t n = 0; n < NODES * GPUS; n++) {
		size_t gpu = shuffled(n);

		at += (size_t)snprintf(
		    body + at, size - at,
		    "%s{\"metric\":{\"node\":\"node-%zu\",\"gpu\":\"%zu\"},"
		    "\"value\":[1,\"%zu\"]}",
		    n > 0 ? "," : "", gpu / GPUS, gpu % GPUS, gpu);
	}
	snprintf(body + at, size - at, "]}}");
	return body;
}

static void
sorts_by_node_then_index(void)
{
	char *body = write_shuffled(), name[32];
	size_t wrong = 0;

	start(AMPLE_BYTES);
	CU_ASSERT_EQUAL(try_add(FIELD_UTILIZATION, body), ERR_OK);
	CU_ASSERT_EQUAL(try_add(FIELD_TEMPERATURE, body), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(fleet_finish(&fleet, &err), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(fleet.count, NODES * GPUS);
	for (size_t i = 0; i < fleet.count; i++) {
		const struct fleet_gpu *gpu = fleet.sorted[i];

		snprintf(name, sizeof(name), "node-%zu", i / GPUS);
		wrong += strcmp(gpu->node, name) != 0 ||
			 gpu->index != i % GPUS ||
			 fleet_value(gpu, FIELD_UTILIZATION) != (double)i ||
			 fleet_value(gpu, FIELD_TEMPERATURE) != (double)i;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	arena_fini(&arena);
	free(body);
}

static void
sorts_names_as_people_do(void)
{
	static const char *const names[] = {"node-1",  "node-02",  "node-2",
					    "node-10", "node-10a", "rack"};
	static const size_t order[] = {3, 5, 1, 4, 0, 2};
	char body[256];

	start(AMPLE_BYTES);
	for (size_t i = 0; i < 6; i++) {
		snprintf(body, sizeof(body),
			 CANNED_VECTOR(CANNED_SERIES(
			     "\"node\":\"%s\",\"gpu\":\"0\"", "1", "1")),
			 names[order[i]]);
		CU_ASSERT_EQUAL(try_add(FIELD_UTILIZATION, body), ERR_OK);
	}
	CU_ASSERT_EQUAL_FATAL(fleet_finish(&fleet, &err), ERR_OK);
	for (size_t i = 0; i < 6; i++)
		SUITE_EQUAL(fleet.sorted[i]->node, names[i]);
	arena_fini(&arena);
}

static void
fails_when_the_budget_is_spent(void)
{
	static const char body[] = CANNED_VECTOR(CANNED_SERIES(
	    CANNED_GPU("a", "0", "A100"), "1",
	    "1") "," CANNED_SERIES(CANNED_GPU("b", "0", "H100"), "1", "1"));
	size_t bytes = 0, failures = 0;
	enum err_code code;

	do {
		start(bytes);
		code = try_add(FIELD_UTILIZATION, body);
		if (code == ERR_OK)
			code = fleet_finish(&fleet, &err);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		CU_ASSERT_EQUAL(err.code, code);
		arena_fini(&arena);
		CU_ASSERT_EQUAL(budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 16;
	} while (code != ERR_OK && bytes < 1 << 20);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_EQUAL(fleet.count, 2);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"computes memory", computes_memory},
	    {"takes the model from any vector",
	     takes_the_model_from_any_vector},
	    {"sorts 8,000 GPUs by node, then index", sorts_by_node_then_index},
	    {"sorts names as people do", sorts_names_as_people_do},
	    {"fails when the budget is spent", fails_when_the_budget_is_spent},
	    {NULL, NULL}};

	return suite_run("fleet_finish", tests);
}
