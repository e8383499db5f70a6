/*
 * All series of all exporters twice in one store, with other values: each row
 * is as if one of both were there alone, and all endpoints tell the same one.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>

#include "support/suite.h"
#include "support/twins.h"

static struct twins_store first, second;
static struct moment alone[2];

/* As if that one were alone. */
static bool
is_of(const struct moment *m, enum invariant_endpoint endpoint, size_t i,
      struct json_object *row)
{
	struct json_object *rows = moment_rows(m, endpoint);

	return i < json_object_array_length(rows) &&
	       json_object_equal(json_object_array_get_idx(rows, i), row);
}

static void
tell(const char *what, struct json_object *row)
{
	invariant_broken(what, "%s", json_object_to_json_string(row));
}

static void
expect_whole_rows(const struct moment *both, enum invariant_endpoint endpoint)
{
	struct json_object *rows = moment_rows(both, endpoint);
	size_t count = json_object_array_length(rows);

	CU_ASSERT_EQUAL(
	    count, json_object_array_length(moment_rows(&alone[0], endpoint)));
	for (size_t i = 0; i < count; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (is_of(&alone[0], endpoint, i, row) ||
		    is_of(&alone[1], endpoint, i, row))
			continue;
		tell("of two copies", row);
		for (size_t k = 0; k < 2; k++)
			tell("one of them",
			     json_object_array_get_idx(
				 moment_rows(&alone[k], endpoint), i));
	}
}

/* The row of a card says the same in both of the lists of cards. */
static void
expect_one_copy(const struct moment *both)
{
	struct json_object *metrics = moment_rows(both, INVARIANT_METRICS);
	struct json_object *busy = moment_rows(both, INVARIANT_UTILIZATION);

	CU_ASSERT_EQUAL(json_object_array_length(metrics),
			json_object_array_length(busy));
	for (size_t i = 0; i < json_object_array_length(metrics); i++) {
		struct json_object *row = json_object_array_get_idx(busy, i);
		struct json_object *same =
		    json_object_array_get_idx(metrics, i);

		if (!json_object_equal(
			json_object_object_get(row, "utilization"),
			json_object_object_get(same, "utilization"))) {
			tell("another copy", row);
			tell("than that of", same);
		}
	}
}

static void
check_and_stop(struct twins_store *s)
{
	struct moment both;

	twins_wait(s);
	twins_ask(&both, s, "auto");
	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		expect_whole_rows(&both, i);
	expect_one_copy(&both);
	invariant_site("copies", both.envelopes);
	invariant_expect();
	moment_free(&both);
	twins_stop(s);
}

static void
expect_the_fresh_one(const struct moment *both, const struct moment *fresh,
		     enum invariant_endpoint endpoint)
{
	struct json_object *rows = moment_rows(both, endpoint);
	size_t count = json_object_array_length(rows);

	CU_ASSERT_TRUE(count > 0);
	CU_ASSERT_EQUAL(count,
			json_object_array_length(moment_rows(fresh, endpoint)));
	for (size_t i = 0; i < count; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (!is_of(fresh, endpoint, i, row)) {
			tell("not the fresh one", row);
			tell("the fresh one",
			     json_object_array_get_idx(
				 moment_rows(fresh, endpoint), i));
		}
	}
}

static void
has_two_replicas(void)
{
	static struct twins_store s;

	twins_add(&s, TWIN_AS_IS, "replica: a");
	twins_add(&s, TWIN_HALF, "replica: b");
	twins_start(&s);
	check_and_stop(&s);
}

/* As the exporter's own chart has it scraped, and the job for all pods. */
static void
has_two_jobs(void)
{
	static struct twins_store s;

	twins_add(&s, TWIN_AS_IS, "service: exporter, endpoint: metrics");
	twins_add(&s, TWIN_HALF, "job: kubernetes-pods");
	twins_start(&s);
	check_and_stop(&s);
}

static void
has_a_federation(void)
{
	static struct twins_store s;

	twins_add(&s, TWIN_AS_IS, "");
	twins_start_above(&s, &second);
	check_and_stop(&s);
}

/*
 * Of exporters that name their nodes: what is of another address is of the same
 * card.
 */
static void
has_a_lost_target(void)
{
	static const char profiles[] =
	    "dcgm-exporter-4.9,telegraf-nvidia-smi,"
	    "amd-device-metrics-exporter,cambricon-mlu-exporter,"
	    "hygon-dcu-exporter,nvitop-exporter,hami";
	static struct twins_store s;
	struct moment both, fresh;

	twins_add(&s, TWIN_AS_IS, "pod: exporter-new");
	twins_add(&s, TWIN_LOST,
		  "instance: '10.99.0.#:9400', pod: exporter-old");
	twins_start(&s);
	twins_wait(&s);
	twins_ask(&fresh, &first, profiles);
	twins_ask(&both, &s, profiles);
	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		expect_the_fresh_one(&both, &fresh, i);
	invariant_expect();
	moment_free(&both);
	moment_free(&fresh);
	twins_stop(&s);
}

static void
one_is_alone(void)
{
	twins_wait(&first);
	twins_wait(&second);
	twins_ask(&alone[0], &first, "auto");
	twins_ask(&alone[1], &second, "auto");
	CU_ASSERT_FALSE(
	    json_object_equal(moment_rows(&alone[0], INVARIANT_METRICS),
			      moment_rows(&alone[1], INVARIANT_METRICS)));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"there are two states", one_is_alone},
	    {"two replicas", has_two_replicas},
	    {"two jobs on one exporter", has_two_jobs},
	    {"federated copies beside the originals", has_a_federation},
	    {"a target that was lost does not count", has_a_lost_target},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	twins_write();
	twins_add(&first, TWIN_AS_IS, "");
	twins_add(&second, TWIN_HALF, "");
	twins_start(&first);
	twins_start(&second);
	return suite_run("copies", tests);
}
