/* fleet: which card is meant, and which reading of it counts. */
#include "gpu/fleet/fleet.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

enum { AMPLE_BYTES = 1 << 24, NOBODY = -1 };

static struct budget budget;
static struct arena arena;
static struct fleet fleet;

static void
start_with(size_t budget_bytes)
{
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
end(void)
{
	fleet_fini(&fleet);
	arena_fini(&arena);
	CU_ASSERT_EQUAL(budget.left_bytes, AMPLE_BYTES);
}

static uint32_t
text(const char *s)
{
	return s == NULL ? FLEET_UNKNOWN : fleet_intern(&fleet, s, strlen(s));
}

/* NULL and NOBODY stand for what is not known. */
static struct fleet_gpu *
find(const char *uuid, const char *node, int index, const char *vendor)
{
	struct identity id = {.cluster = FLEET_UNKNOWN,
			      .uuid = text(uuid),
			      .node = text(node),
			      .index = index == NOBODY ? FLEET_UNKNOWN
						       : (uint32_t)index,
			      .vendor = text(vendor)};

	return fleet_find(&fleet, &id);
}

static struct fleet_gpu *
find_doubtful(const char *uuid, const char *node, unsigned doubt)
{
	struct identity id = {.cluster = FLEET_UNKNOWN,
			      .uuid = text(uuid),
			      .node = text(node),
			      .index = FLEET_UNKNOWN,
			      .vendor = FLEET_UNKNOWN,
			      .node_doubt = doubt};

	return fleet_find(&fleet, &id);
}

static struct fleet_gpu *
find_in(const char *cluster, const char *uuid, const char *node, int index)
{
	struct identity id = {.cluster = text(cluster),
			      .uuid = text(uuid),
			      .node = text(node),
			      .index = index == NOBODY ? FLEET_UNKNOWN
						       : (uint32_t)index,
			      .vendor = FLEET_UNKNOWN};

	return fleet_find(&fleet, &id);
}

static void
clusters_have_the_same_places(void)
{
	struct fleet_gpu *a, *b, *none;

	start();
	none = find_in(NULL, NULL, "n", 0);
	a = find_in("a", NULL, "n", 0);
	b = find_in("b", NULL, "n", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	CU_ASSERT_PTR_NOT_EQUAL(none, a);
	CU_ASSERT_PTR_NOT_EQUAL(none, b);
	CU_ASSERT_PTR_EQUAL(find_in("a", NULL, "n", 0), a);
	CU_ASSERT_PTR_EQUAL(find_in("b", NULL, "n", 0), b);
	CU_ASSERT_PTR_EQUAL(find_in(NULL, NULL, "n", 0), none);
	end();
}

static void
uuids_are_of_one_cluster(void)
{
	struct fleet_gpu *a, *b, *late;

	start();
	a = find_in("a", "u", "n", 0);
	b = find_in("b", "u", "n", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	CU_ASSERT_PTR_EQUAL(find_in("a", "u", NULL, NOBODY), a);
	CU_ASSERT_PTR_EQUAL(find_in("b", "u", NULL, NOBODY), b);
	/* A uuid tells of a card also where no label tells the cluster. */
	late = find_in(NULL, "v", "n", 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(late);
	CU_ASSERT_PTR_EQUAL(find_in("a", "v", NULL, NOBODY), late);
	CU_ASSERT_EQUAL(late->cluster, text("a"));
	CU_ASSERT_PTR_EQUAL(find_in("a", NULL, "n", 1), late);
	CU_ASSERT_PTR_EQUAL(find_in(NULL, "v", NULL, NOBODY), late);
	CU_ASSERT_PTR_NOT_EQUAL(find_in("b", "v", NULL, NOBODY), late);
	end();
}

/* What was made of the node's name is unique in its cluster only. */
static void
made_uuids_are_of_one_cluster(void)
{
	struct fleet_gpu *a, *none;

	start();
	a = find_in("a", "0\nn", "n", NOBODY);
	none = find_in(NULL, "0\nn", "n", NOBODY);
	CU_ASSERT_PTR_NOT_NULL_FATAL(none);
	CU_ASSERT_PTR_NOT_EQUAL(a, none);
	CU_ASSERT_PTR_EQUAL(find_in("a", "0\nn", "n", NOBODY), a);
	CU_ASSERT_PTR_EQUAL(find_in(NULL, "0\nn", "n", NOBODY), none);
	end();
}

static void
same_place_is_the_same_card(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = find(NULL, "a", 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gpu);
	CU_ASSERT_PTR_EQUAL(find(NULL, "a", 0, NULL), gpu);
	CU_ASSERT_PTR_NOT_EQUAL(find(NULL, "a", 1, NULL), gpu);
	CU_ASSERT_PTR_NOT_EQUAL(find(NULL, "b", 0, NULL), gpu);
	CU_ASSERT_EQUAL(fleet.card_count, 3);
	end();
}

static void
same_uuid_is_the_same_card(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = find("u", "a", 0, NULL);
	CU_ASSERT_PTR_EQUAL(find("u", NULL, NOBODY, NULL), gpu);
	CU_ASSERT_PTR_EQUAL(find("u", "10.0.0.1", NOBODY, NULL), gpu);
	/* Another number for it, as the minor number of a device, is not
	 * another place. */
	CU_ASSERT_PTR_EQUAL(find("u", "a", 5, NULL), gpu);
	CU_ASSERT_EQUAL(gpu->index, 0);
	CU_ASSERT_EQUAL(fleet.card_count, 1);
	end();
}

static void
contradictions_make_two(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = find("u", "a", 0, "NVIDIA");
	CU_ASSERT_PTR_NOT_EQUAL(find("w", "a", 0, "NVIDIA"), gpu);
	CU_ASSERT_PTR_NOT_EQUAL(find(NULL, "a", 0, "AMD"), gpu);
	CU_ASSERT_PTR_EQUAL(find(NULL, "a", 0, "NVIDIA"), gpu);
	CU_ASSERT_PTR_EQUAL(find(NULL, "a", 0, NULL), gpu);
	end();
}

/* What one exporter knows the next one can use. */
static void
learns(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = find(NULL, "a", 0, NULL);
	CU_ASSERT_PTR_EQUAL(find("u", "a", 0, "NVIDIA"), gpu);
	CU_ASSERT_EQUAL(gpu->uuid, text("u"));
	CU_ASSERT_EQUAL(gpu->vendor, text("NVIDIA"));
	CU_ASSERT_PTR_EQUAL(find("u", NULL, NOBODY, NULL), gpu);
	gpu = find("w", NULL, NOBODY, NULL);
	CU_ASSERT_PTR_EQUAL(find("w", "b", 3, NULL), gpu);
	CU_ASSERT_PTR_EQUAL(find(NULL, "b", 3, NULL), gpu);
	end();
}

static void
surer_names_of_nodes_count(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = find_doubtful("u", "10.0.0.1", 2);
	find_doubtful("u", "10.0.0.2", 2);
	CU_ASSERT_EQUAL(gpu->node, text("10.0.0.1"));
	find_doubtful("u", "resolved", 1);
	CU_ASSERT_EQUAL(gpu->node, text("resolved"));
	find_doubtful("u", "said", 0);
	CU_ASSERT_EQUAL(gpu->node, text("said"));
	find_doubtful("u", "10.0.0.3", 2);
	CU_ASSERT_EQUAL(gpu->node, text("said"));
	end();
}

/* Whoever knows a card by the address that it had before finds it there. */
static void
is_found_where_it_was(void)
{
	struct identity id;
	struct fleet_gpu *gpu;

	start();
	id = (struct identity){.cluster = FLEET_UNKNOWN,
			       .uuid = text("u"),
			       .node = text("10.0.0.1"),
			       .vendor = FLEET_UNKNOWN,
			       .node_doubt = 2};
	gpu = fleet_find(&fleet, &id);
	id.node = text("a");
	id.node_doubt = 0;
	CU_ASSERT_PTR_EQUAL(fleet_find(&fleet, &id), gpu);
	CU_ASSERT_EQUAL(gpu->node, text("a"));
	/* Also after the table has grown. */
	for (int i = 1; i < 200; i++)
		find(NULL, "b", i, NULL);
	CU_ASSERT_PTR_EQUAL(find(NULL, "10.0.0.1", 0, NULL), gpu);
	CU_ASSERT_PTR_EQUAL(find(NULL, "a", 0, NULL), gpu);
	end();
}

static void
take(struct fleet_gpu *gpu, unsigned exporter, enum field field, double value)
{
	const struct sheet_origin origin = {exporter, 1};
	struct reading reading = reading_of(value, 1, 0);

	CU_ASSERT_TRUE_FATAL(fleet_take(&fleet, gpu, &origin, field, &reading));
}

/* The uuid of one and the place of the other turn out to be one card's. */
static void
merges(void)
{
	struct fleet_gpu *by_uuid, *by_place, *gpu, *instance;
	struct err e = {0};

	start();
	by_uuid = find("u", "10.0.0.1", NOBODY, NULL);
	by_uuid->node_doubt = 2;
	take(by_uuid, 1, FIELD_UTILIZATION, 10);
	by_place = find(NULL, "a", 0, NULL);
	by_place->model = text("A100");
	fleet_note_exporter(by_place, "first", 0);
	take(by_place, 0, FIELD_UTILIZATION, 20);
	take(by_place, 0, FIELD_TEMPERATURE, 50);
	CU_ASSERT_EQUAL(fleet_find_instance(&fleet, by_place, 7, &instance, &e),
			ERR_OK);
	gpu = find("u", "a", 0, NULL);
	CU_ASSERT_PTR_EQUAL(fleet_settled(by_uuid), gpu);
	CU_ASSERT_PTR_EQUAL(fleet_settled(by_place), gpu);
	CU_ASSERT_PTR_EQUAL(find(NULL, "a", 0, NULL), gpu);
	CU_ASSERT_EQUAL(gpu->model, text("A100"));
	SUITE_EQUAL(gpu->exporter, "first");
	CU_ASSERT_EQUAL(fleet_finish(&fleet, &e), ERR_OK);
	CU_ASSERT_EQUAL(fleet_value(gpu, FIELD_TEMPERATURE), 50);
	CU_ASSERT_PTR_EQUAL(fleet_card(instance), gpu);
	end();
}

static double
taken(const double readings[][3], size_t count)
{
	struct reading r = reading_none();

	for (size_t i = 0; i < count; i++) {
		struct reading other = reading_of(
		    readings[i][0], readings[i][1], (unsigned)readings[i][2]);

		reading_take(&r, &other);
	}
	return r.value;
}

/* value, time, rank */
static void
the_right_reading_counts(void)
{
	static const double newest[][3] = {{5, 10, 0}, {3, 11, 0}, {9, 9, 0}};
	static const double greatest[][3] = {
	    {5, 10, 0}, {7, 10, 0}, {6, 10, 0}};
	static const double none[][3] = {{5, 10, 0}, {NAN, 11, 0}};
	static const double preferred[][3] = {
	    {5, 99, 1}, {3, 10, 0}, {4, 99, 2}};
	static const double fallback[][3] = {{NAN, 10, 0}, {4, 10, 1}};
	static const double better[][3] = {{4, 10, 1}, {NAN, 10, 0}};
	static const double odd[][3] = {{1, -1e300, 0}, {2, 1e300, 0}};

	CU_ASSERT_TRUE(isnan(taken(newest, 0)));
	CU_ASSERT_EQUAL(taken(newest, 3), 3);
	CU_ASSERT_EQUAL(taken(greatest, 3), 7);
	CU_ASSERT_TRUE(isnan(taken(none, 2)));
	CU_ASSERT_EQUAL(taken(preferred, 3), 3);
	CU_ASSERT_EQUAL(taken(fallback, 2), 4);
	CU_ASSERT_EQUAL(taken(better, 2), 4);
	CU_ASSERT_EQUAL(taken(odd, 2), 2);
}

static void
instances_have_a_limit(void)
{
	struct fleet_gpu *card, *instance, *again;
	struct err e = {0};

	start();
	card = find("u", "a", 0, NULL);
	for (uint32_t i = 0; i < FLEET_INSTANCES_MAX; i++) {
		CU_ASSERT_EQUAL(
		    fleet_find_instance(&fleet, card, i, &instance, &e),
		    ERR_OK);
		CU_ASSERT_PTR_NOT_NULL_FATAL(instance);
		fleet_find_instance(&fleet, card, i, &again, &e);
		CU_ASSERT_PTR_EQUAL(again, instance);
	}
	CU_ASSERT_EQUAL(fleet_find_instance(&fleet, card, 9999, &instance, &e),
			ERR_OK);
	CU_ASSERT_PTR_NULL(instance);
	end();
}

static void
hidden_uuids_are_not_told(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = find("0000\nnode", "node", 0, NULL);
	CU_ASSERT_EQUAL(fleet_told_uuid(&fleet, gpu), FLEET_UNKNOWN);
	gpu = find("abc", "node", 1, NULL);
	CU_ASSERT_EQUAL(fleet_told_uuid(&fleet, gpu), text("abc"));
	end();
}

/* Many cards, so that the tables grow. */
static void
finds_each_of_many(void)
{
	enum { MANY = 5000 };
	char uuid[32];

	start();
	for (int i = 0; i < MANY; i++) {
		snprintf(uuid, sizeof(uuid), "uuid-%d", i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(
		    find(i % 2 ? uuid : NULL, "node", i, "NVIDIA"));
	}
	CU_ASSERT_EQUAL(fleet.card_count, MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(uuid, sizeof(uuid), "uuid-%d", i);
		CU_ASSERT_EQUAL(find(NULL, "node", i, NULL)->index, i);
		CU_ASSERT_EQUAL(find(uuid, "node", i, NULL)->index, i);
	}
	CU_ASSERT_EQUAL(fleet.card_count, MANY);
	end();
}

static void
fails_without_memory(void)
{
	size_t bytes = 0, failures = 0;
	bool has_room = false;

	while (!has_room && bytes < AMPLE_BYTES) {
		struct fleet_gpu *gpu = NULL, *instance = NULL;
		struct err e = {0};

		start_with(bytes);
		gpu = find("u", "a", 0, "NVIDIA");
		if (gpu != NULL)
			fleet_find_instance(&fleet, gpu, 1, &instance, &e);
		has_room = instance != NULL;
		failures += !has_room;
		fleet_fini(&fleet);
		arena_fini(&arena);
		CU_ASSERT_EQUAL(budget.left_bytes, bytes);
		bytes += 256;
	}
	CU_ASSERT_TRUE(has_room);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"clusters have the same places", clusters_have_the_same_places},
	    {"uuids are of one cluster", uuids_are_of_one_cluster},
	    {"made uuids are of one cluster", made_uuids_are_of_one_cluster},
	    {"the same place is the same card", same_place_is_the_same_card},
	    {"the same uuid is the same card", same_uuid_is_the_same_card},
	    {"contradictions make two cards", contradictions_make_two},
	    {"learns what was not known", learns},
	    {"surer names of nodes count", surer_names_of_nodes_count},
	    {"is found where it was", is_found_where_it_was},
	    {"merges what turns out to be one card", merges},
	    {"the right reading counts", the_right_reading_counts},
	    {"instances have a limit", instances_have_a_limit},
	    {"hidden uuids are not told", hidden_uuids_are_not_told},
	    {"finds each of many", finds_each_of_many},
	    {"fails without memory", fails_without_memory},
	    {NULL, NULL}};

	return suite_run("fleet", tests);
}
