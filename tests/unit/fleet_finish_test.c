/* fleet: what is computed, numbered and sorted at the end. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gpu/fleet/fleet.h"
#include "support/suite.h"

enum { AMPLE_BYTES = 1 << 24, NODES = 1000, GPUS = 8 };

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

static void
finish(size_t count)
{
	CU_ASSERT_EQUAL_FATAL(fleet_finish(&fleet, &err), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(fleet.count, count);
}

static uint32_t
text(const char *s)
{
	return s == NULL ? FLEET_UNKNOWN : fleet_intern(&fleet, s, strlen(s));
}

static struct fleet_gpu *
card(const char *uuid, const char *node, uint32_t index)
{
	struct identity id = {.cluster = FLEET_UNKNOWN,
			      .uuid = text(uuid),
			      .node = text(node),
			      .index = index,
			      .vendor = FLEET_UNKNOWN};

	return fleet_find(&fleet, &id);
}

static void
take(struct fleet_gpu *gpu, enum field field, double value)
{
	const struct sheet_origin origin = {0, 1};
	struct reading reading = reading_of(value, 1, 0);

	CU_ASSERT_TRUE_FATAL(fleet_take(&fleet, gpu, &origin, field, &reading));
}

static struct fleet_gpu *
instance(struct fleet_gpu *of, uint32_t number)
{
	struct fleet_gpu *gpu = NULL;

	CU_ASSERT_EQUAL(fleet_find_instance(&fleet, of, number, &gpu, &err),
			ERR_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gpu);
	return gpu;
}

static void
expect(const struct fleet_gpu *gpu, enum field field, double expected)
{
	double value = fleet_value(gpu, field);

	if (isnan(expected))
		CU_ASSERT_TRUE(isnan(value));
	if (!isnan(expected))
		CU_ASSERT_DOUBLE_EQUAL(value, expected, 1e-9);
}

static const char *
node_of(size_t row)
{
	return fleet_text(&fleet, fleet.sorted[row]->node)->text;
}

/* Instances instead of the card, with what belongs to all of it. */
static void
splits_a_card(void)
{
	struct fleet_gpu *gpu, *one, *two;

	start();
	gpu = card("u", "a", 3);
	gpu->model = text("A100");
	fleet_note_exporter(gpu, "x", 0);
	take(gpu, FIELD_TEMPERATURE, 40);
	take(gpu, FIELD_POWER_DRAW, 200);
	take(gpu, FIELD_UTILIZATION, 0);
	two = instance(gpu, 13);
	two->mig_profile = text("1g.10gb");
	one = instance(gpu, 2);
	one->mig_profile = text("3g.40gb");
	take(one, FIELD_UTILIZATION, 50);
	take(one, FIELD_MEMORY_USED, 10);
	take(one, FIELD_MEMORY_FREE, 30);
	take(one, FIELD_TEMPERATURE, 41);
	take(two, FIELD_UTILIZATION, 100);
	take(two, FIELD_MEMORY_USED, 5);
	take(two, FIELD_MEMORY_FREE, 5);
	finish(2);
	CU_ASSERT_PTR_EQUAL(fleet.sorted[0], one);
	CU_ASSERT_PTR_EQUAL(fleet.sorted[1], two);
	CU_ASSERT_PTR_EQUAL(fleet_card(one), gpu);
	CU_ASSERT_EQUAL(two->index, 3);
	CU_ASSERT_EQUAL(two->model, gpu->model);
	SUITE_EQUAL(two->exporter, "x");
	expect(one, FIELD_TEMPERATURE, 41);
	expect(two, FIELD_TEMPERATURE, 40);
	expect(two, FIELD_POWER_DRAW, 200);
	expect(one, FIELD_MEMORY_TOTAL, 40);
	expect(two, FIELD_MEMORY_UTILIZATION, 50);
	/* The card, as its node counts it. */
	expect(gpu, FIELD_UTILIZATION, 50.0 * 3 / 7 + 100.0 / 7);
	expect(gpu, FIELD_MEMORY_USED, 15);
	expect(gpu, FIELD_MEMORY_TOTAL, 50);
	expect(gpu, FIELD_MEMORY_UTILIZATION, 30);
	expect(gpu, FIELD_POWER_DRAW, 200);
	fleet_fini(&fleet);
	arena_fini(&arena);
}

/* NVIDIA's have memory of their own, also where the model alone tells whose
 * they are, and how they are split is not told. */
static void
knows_the_maker_before_it_adds_up(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = card("u", "a", 0);
	gpu->model = text("NVIDIA A100-SXM4-40GB");
	for (uint32_t i = 1; i <= 2; i++) {
		take(instance(gpu, i), FIELD_MEMORY_USED, 10);
		take(instance(gpu, i), FIELD_MEMORY_FREE, 90);
	}
	finish(2);
	expect(gpu, FIELD_MEMORY_USED, 20);
	fleet_fini(&fleet);
	arena_fini(&arena);
}

/* Utilization and memory are an instance's own, or nobody's. */
static void
inherits_no_share(void)
{
	struct fleet_gpu *gpu, *one;

	start();
	gpu = card("u", "a", 0);
	take(gpu, FIELD_UTILIZATION, 70);
	take(gpu, FIELD_MEMORY_USED, 10);
	take(gpu, FIELD_MEMORY_FREE, 30);
	take(gpu, FIELD_MEMORY_CONTROLLER_UTILIZATION, 20);
	one = instance(gpu, 1);
	take(one, FIELD_MEMORY_TOTAL, 20);
	finish(1);
	expect(one, FIELD_UTILIZATION, NAN);
	expect(one, FIELD_MEMORY_USED, NAN);
	expect(one, FIELD_MEMORY_UTILIZATION, NAN);
	expect(one, FIELD_MEMORY_CONTROLLER_UTILIZATION, NAN);
	expect(gpu, FIELD_UTILIZATION, NAN);
	/* Its own used and free, not what its instances add up to. */
	expect(gpu, FIELD_MEMORY_TOTAL, 40);
	fleet_fini(&fleet);
	arena_fini(&arena);
}

static void
numbers_by_bus(void)
{
	static const char *const buses[] = {"0000:9a:00.0", "0000:4d:00.0",
					    "0000:10:00.0"};
	struct fleet_gpu *cards[3], *known;
	char uuid[8];

	start();
	for (int i = 0; i < 3; i++) {
		snprintf(uuid, sizeof(uuid), "u%d", i);
		cards[i] = card(uuid, "a", FLEET_UNKNOWN);
		cards[i]->bus = text(buses[i]);
	}
	known = card("w", "a", 1);
	finish(4);
	CU_ASSERT_EQUAL(cards[2]->index, 0);
	CU_ASSERT_EQUAL(known->index, 1);
	CU_ASSERT_EQUAL(cards[1]->index, 2);
	CU_ASSERT_EQUAL(cards[0]->index, 3);
	fleet_fini(&fleet);
	arena_fini(&arena);
}

/* The number of a node's card, or of all, where one's place is not known. */
static void
numbers_nobody_by_chance(void)
{
	static const struct {
		const char *bus[3];
		uint32_t index[3];
	} cases[] = {
	    {{NULL, NULL, NULL}, {FLEET_UNKNOWN, FLEET_UNKNOWN, FLEET_UNKNOWN}},
	    {{"0000:4d:00.0", NULL, "0000:10:00.0"},
	     {FLEET_UNKNOWN, FLEET_UNKNOWN, FLEET_UNKNOWN}},
	    {{"0000:4D:00.0", "0000:4d:00.0", "0000:10:00.0"},
	     {FLEET_UNKNOWN, FLEET_UNKNOWN, FLEET_UNKNOWN}},
	    {{"0000:4D:00.0", "0000:4e:00.0", "0000:10:00.0"}, {1, 2, 0}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fleet_gpu *cards[3], *other, *known;
		char uuid[8];

		start();
		/* Another node's, and another maker's, are no matter. */
		other = card("o", "b", FLEET_UNKNOWN);
		for (int k = 0; k < 3; k++) {
			snprintf(uuid, sizeof(uuid), "u%d", 2 - k);
			cards[k] = card(uuid, "a", FLEET_UNKNOWN);
			cards[k]->bus = text(cases[i].bus[k]);
			cards[k]->vendor = text("Intel");
		}
		known = card("w", "a", 0);
		known->vendor = text("NVIDIA");
		finish(5);
		for (int k = 0; k < 3; k++)
			CU_ASSERT_EQUAL(cards[k]->index, cases[i].index[k]);
		CU_ASSERT_EQUAL(other->index, FLEET_UNKNOWN);
		/* Without an index they stand behind, by their uuids. */
		if (cases[i].index[0] == FLEET_UNKNOWN) {
			CU_ASSERT_PTR_EQUAL(fleet.sorted[0], known);
			CU_ASSERT_PTR_EQUAL(fleet.sorted[1], cards[2]);
			CU_ASSERT_PTR_EQUAL(fleet.sorted[3], cards[0]);
		}
		CU_ASSERT_PTR_EQUAL(fleet.sorted[4], other);
		fleet_fini(&fleet);
		arena_fini(&arena);
	}
}

static void
leaves_out_who_has_no_node(void)
{
	start();
	card("u", NULL, FLEET_UNKNOWN);
	card("v", NULL, 0);
	card("w", "a", 0);
	finish(1);
	CU_ASSERT_EQUAL(fleet.homeless_count, 2);
	SUITE_EQUAL(node_of(0), "a");
	fleet_fini(&fleet);
	arena_fini(&arena);
}

/* GPU number n of the shuffled order: 8000 has no divisor in common. */
static uint32_t
shuffled(uint32_t n)
{
	return (n * 4999 + 17) % (NODES * GPUS);
}

static void
sorts_by_node_then_index(void)
{
	char name[32];
	size_t wrong = 0;

	start();
	for (uint32_t n = 0; n < NODES * GPUS; n++) {
		snprintf(name, sizeof(name), "node-%u", shuffled(n) / GPUS);
		take(card(NULL, name, shuffled(n) % GPUS), FIELD_UTILIZATION,
		     shuffled(n));
	}
	finish(NODES * GPUS);
	for (size_t i = 0; i < fleet.count; i++) {
		snprintf(name, sizeof(name), "node-%zu", i / GPUS);
		wrong += strcmp(node_of(i), name) != 0 ||
			 fleet.sorted[i]->index != i % GPUS ||
			 fleet_value(fleet.sorted[i], FIELD_UTILIZATION) !=
			     (double)i;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	fleet_fini(&fleet);
	arena_fini(&arena);
}

static void
sorts_names_as_people_do(void)
{
	static const char *const names[] = {"node-1",  "node-02",  "node-2",
					    "node-10", "node-10a", "rack"};
	static const size_t order[] = {3, 5, 1, 4, 0, 2};

	start();
	for (size_t i = 0; i < 6; i++)
		card(NULL, names[order[i]], 0);
	finish(6);
	for (size_t i = 0; i < 6; i++)
		SUITE_EQUAL(node_of(i), names[i]);
	fleet_fini(&fleet);
	arena_fini(&arena);
}

static void
fails_when_the_budget_is_spent(void)
{
	size_t bytes = 0, failures = 0;
	enum err_code code;

	do {
		bool has_cards;

		start_with(bytes);
		has_cards = card("u", "a", FLEET_UNKNOWN) != NULL &&
			    card(NULL, "b", 0) != NULL;
		code = has_cards ? fleet_finish(&fleet, &err) : ERR_MEMORY;
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		failures += code != ERR_OK && has_cards;
		fleet_fini(&fleet);
		arena_fini(&arena);
		CU_ASSERT_EQUAL(budget.left_bytes, bytes);
		bytes += 16;
	} while (code != ERR_OK && bytes < 1 << 20);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

/* What found cards goes back; rows, their values and texts stay. */
static void
closes(void)
{
	size_t left;

	start();
	for (uint32_t i = 0; i < NODES; i++)
		take(card(NULL, "n", i), FIELD_TEMPERATURE, i);
	finish(NODES);
	left = budget_left(&budget);
	fleet_close(&fleet);
	CU_ASSERT_TRUE(budget_left(&budget) >
		       left + NODES * sizeof(struct fleet_place_entry));
	for (uint32_t i = 0; i < NODES; i++) {
		const struct fleet_gpu *gpu = fleet.sorted[i];

		CU_ASSERT_EQUAL(gpu->index, i);
		CU_ASSERT_EQUAL(fleet_value(gpu, FIELD_TEMPERATURE), i);
		SUITE_EQUAL(fleet_text(&fleet, gpu->node)->text, "n");
	}
	CU_ASSERT_PTR_NULL(fleet_find_place(
	    &fleet,
	    &(struct fleet_place){FLEET_UNKNOWN, fleet.sorted[0]->node, 0},
	    FLEET_UNKNOWN));
	fleet_fini(&fleet);
	arena_fini(&arena);
	CU_ASSERT_EQUAL(budget_left(&budget), AMPLE_BYTES);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"a split card: its instances, and what they share", splits_a_card},
	    {"knows the maker before it adds up",
	     knows_the_maker_before_it_adds_up},
	    {"closes", closes},
	    {"inherits no share", inherits_no_share},
	    {"numbers by bus who has no index", numbers_by_bus},
	    {"numbers nobody by chance", numbers_nobody_by_chance},
	    {"leaves out who has no node", leaves_out_who_has_no_node},
	    {"sorts 8,000 GPUs by node, then index", sorts_by_node_then_index},
	    {"sorts names as people do", sorts_names_as_people_do},
	    {"fails when the budget is spent", fails_when_the_budget_is_spent},
	    {NULL, NULL}};

	return suite_run("fleet_finish", tests);
}
