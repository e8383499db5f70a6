/*
 * Answers of the same series as before: they are not joined anew, and whatever
 * is another in one of them, nobody can tell that from what is answered.
 */
#include "gpu/collect/repeat.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/suite.h"

enum {
	TIMES = 60,
	ROUNDS = 40,
	CARDS = 8,
	NODES = 4,
	MEMORY_BYTES = 1 << 20,
	BODY_BYTES = 8192
};

/* --- what is there ---------------------------------------------------------
 */

/* Of few series all metrics are one query, of many each has its own. */
#define COUNT(name, count)                                                     \
	CANNED_SERIES(CANNED_LABEL("__name__", name), "1", count)
#define INVENTORY(count)                                                       \
	CANNED_VECTOR(CANNED_FIVE(                                             \
	    COUNT("split_active", count), COUNT("split_used_mib", count),      \
	    COUNT("split_free_mib", count), COUNT("split_celsius", count),     \
	    COUNT("split_watts", count)))
#define FOUND                                                                  \
	CANNED_SERIES(CANNED_LABEL("exporter", "split-exporter"), "1", "8")
static const char *const metrics[] = {"split_active", "split_used_mib",
				      "split_free_mib", "split_celsius",
				      "split_watts"};

enum { METRICS = sizeof(metrics) / sizeof(*metrics), LOOKED = 6 };

/* What the series say, and how they come. */
struct told {
	unsigned first_card;  /* which comes first */
	unsigned last_metric; /* one that lacks the last card */
	unsigned doubled;     /* a metric that has the first card twice */
	unsigned cut;	      /* a metric whose answer ends early */
	unsigned empty;	      /* of which there is nothing */
	unsigned lost_cards;  /* so many of the last ones */
	bool has_uuid, has_slices, has_node, has_cluster, is_late;
	bool is_uneven; /* cards of a target have times of their own */
	unsigned pod;
	unsigned node; /* that targets are of, where series do not say it */
};

enum { NO_METRIC = METRICS + 1 };

static struct canned_answer answers[LOOKED + METRICS + 1];
static char bodies[METRICS][BODY_BYTES], names[METRICS][64];
static char targets[BODY_BYTES], spread[BODY_BYTES], times[BODY_BYTES],
    times_of_cards[BODY_BYTES];
static struct canned_call call;
static unsigned seed = 1;

static unsigned
random_below(unsigned end)
{
	return (unsigned)rand_r(&seed) % end;
}

/* name: "__name__":"x", or "". The second card is a part of the first one,
 * which tells of itself as well; the third one is a part alone. */
static void
write_series(FILE *out, const char *name, const struct told *t, unsigned card,
	     unsigned value)
{
	unsigned node = card * NODES / CARDS;
	bool is_part = t->has_slices && (card == 1 || card == 2);
	unsigned of = is_part && card == 1 ? 0 : card;

	fprintf(out, "{\"metric\":{%s", name);
	if (t->has_cluster)
		fputs("\"cluster\":\"east\",", out);
	fprintf(out, "\"gpu\":\"%u\",\"instance\":\"10.0.0.%u:9400\",",
		of % (CARDS / NODES), node);
	fputs("\"model\":\"NVIDIA A100-SXM4-40GB\"", out);
	if (t->has_node)
		fprintf(out, ",\"node\":\"n-%u\"", node);
	if (t->pod > 0)
		fprintf(out, ",\"pod\":\"train-%u\"", t->pod);
	if (is_part)
		fprintf(out, ",\"slice\":\"%u\",\"slice_profile\":\"3g.20gb\"",
			card);
	if (t->has_uuid)
		fprintf(out, ",\"uuid\":\"GPU-0000%u\"", of);
	fprintf(out, "},\"value\":[1700000%03u.123,\"%u\"]}",
		t->is_late ? card : 0, value);
}

/* Of metric number; METRICS: of the times of cards. */
static unsigned
make_value(size_t number)
{
	return number < METRICS ? random_below(100)
				: 1699990000 + random_below(9999);
}

static void
write_body(char body[static BODY_BYTES], size_t number, const struct told *t)
{
	FILE *out = fmemopen(body, BODY_BYTES, "w");
	unsigned count = CARDS - t->lost_cards - (number == t->last_metric);
	const char *comma = "";
	char name[64] = "";

	if (out == NULL)
		abort();
	if (number < METRICS)
		snprintf(name, sizeof(name), "\"__name__\":\"%s\",",
			 metrics[number]);
	fputs("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
	      "\"result\":[",
	      out);
	for (unsigned i = 0; number != t->empty && i < count; i++) {
		fputs(comma, out);
		write_series(out, name, t, (t->first_card + i) % CARDS,
			     make_value(number));
		comma = ",";
	}
	if (number == t->doubled) {
		fputs(",", out);
		write_series(out, name, t, t->first_card, make_value(number));
	}
	fputs(number == t->cut ? "" : "]}}", out);
	fclose(out);
}

/* What a look is told: of each target that, and what varies with it. */
static void
write_targets(const struct told *t, unsigned value, unsigned more,
	      char body[static BODY_BYTES])
{
	FILE *out = fmemopen(body, BODY_BYTES, "w");

	if (out == NULL)
		abort();
	fputs("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
	      "\"result\":[",
	      out);
	for (unsigned i = 0; i < NODES; i++)
		fprintf(out,
			"%s{\"metric\":{%s\"instance\":\"10.0.0.%u:9400\","
			"\"node\":\"n-%u\"},\"value\":[1,\"%u\"]}",
			i > 0 ? "," : "",
			t->has_cluster ? "\"cluster\":\"east\"," : "", i,
			i + t->node, value + i * more);
	fputs("]}}", out);
	fclose(out);
}

static void
write_all(const struct told *t)
{
	for (size_t i = 0; i < METRICS; i++)
		write_body(bodies[i], i, t);
	write_body(times_of_cards, METRICS, t);
	write_targets(t, 0, 0, targets);
	write_targets(t, t->is_uneven, 0, spread);
	/* The first ones were lost. */
	write_targets(t, 1699990000 + random_below(100), 3000, times);
}

static void
start(bool is_large)
{
	const struct canned_answer looked[LOOKED] = {
	    {CANNED_START "label_replace(count(", CANNED_VECTOR(FOUND), ERR_OK,
	     NULL},
	    {CANNED_START "count by (__name__)",
	     is_large ? INVENTORY("900") : INVENTORY("8"), ERR_OK, NULL},
	    {CANNED_START "group by (", targets, ERR_OK, NULL},
	    {CANNED_START "stddev by (", spread, ERR_OK, NULL},
	    {CANNED_START "max by (", times, ERR_OK, NULL},
	    {CANNED_START "timestamp(", times_of_cards, ERR_OK, NULL}};

	memcpy(answers, looked, sizeof(looked));
	for (size_t i = 0; i < METRICS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s{gpu!=\"\",tile=\"\"}",
			 metrics[i]);
		answers[LOOKED + i] =
		    (struct canned_answer){names[i], bodies[i], ERR_OK, NULL};
	}
	canned_call_init_auto_survey(&call, CANNED_CARDS, answers,
				     CANNED_AMPLE_BYTES);
}

static const struct told usual = {.last_metric = NO_METRIC,
				  .doubled = NO_METRIC,
				  .cut = NO_METRIC,
				  .empty = NO_METRIC,
				  .has_uuid = true,
				  .has_node = true};

/* --- tests -----------------------------------------------------------------
 */

/* Of what answer one more request's is made; NULL: it was joined anew. */
static const struct shape *
find_shape(struct memory *memory, const struct endpoint *endpoint)
{
	call.collector.memory = memory;
	return canned_call_collect(&call, endpoint) == ERR_OK ? call.fleet.shape
							      : NULL;
}

/* Whether one more request is answered as the one before. */
static bool
is_repeated(struct memory *memory)
{
	return find_shape(memory, &endpoint_metrics) != NULL;
}

/* Of series that nobody knows, then of known ones, then as before. */
static bool
is_repeated_soon(struct memory *memory, const struct told *t)
{
	bool is = false;

	for (unsigned i = 0; i < 4; i++) {
		write_all(t);
		canned_call_compare(&call, &endpoint_metrics, memory, i);
		is = is_repeated(memory);
	}
	return is;
}

static struct memory *
begin(const struct told *t, bool is_large)
{
	struct memory *memory = memory_new(MEMORY_BYTES, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	write_all(t);
	start(is_large);
	canned_call_look(&call);
	return memory;
}

static void
end(struct memory *memory)
{
	canned_call_fini(&call);
	memory_free(memory);
}

static void
repeats_the_same_series(void)
{
	struct memory *memory = begin(&usual, true);

	CU_ASSERT_TRUE(is_repeated_soon(memory, &usual));
	CU_ASSERT_TRUE(call.fleet.sorted[CARDS - 1]->measured_s > 1699990000);
	end(memory);
}

/* Who asks now for this and now for that: all is remembered, and the rows that
 * all are of are there once. */
static void
whatever_is_asked_in_turn(void)
{
	static const struct endpoint *const endpoints[] = {
	    &endpoint_metrics, &endpoint_nodes, &endpoint_utilization};
	struct memory *memory = begin(&usual, true);
	const struct shape *shape = NULL;

	for (unsigned i = 0; i < 12; i++)
		canned_call_compare(&call, endpoints[i % 3], memory, i);
	for (unsigned i = 0; i < 3; i++) {
		const struct shape *found = find_shape(memory, endpoints[i]);

		CU_ASSERT_PTR_NOT_NULL(found);
		CU_ASSERT_TRUE(shape == NULL || found == shape);
		shape = found;
	}
	end(memory);
}

static void
of_split_cards_as_well(void)
{
	struct told split = usual;
	struct memory *memory;

	split.has_slices = true;
	memory = begin(&split, true);
	CU_ASSERT_TRUE(is_repeated_soon(memory, &split));
	end(memory);
}

static void
of_cards_with_times_of_their_own(void)
{
	struct told uneven = usual;
	struct memory *memory;

	uneven.has_slices = uneven.is_uneven = true;
	memory = begin(&uneven, true);
	CU_ASSERT_TRUE(is_repeated_soon(memory, &uneven));
	CU_ASSERT_TRUE_FATAL(call.fleet.count > 0);
	CU_ASSERT_TRUE(call.fleet.sorted[0]->measured_s > 1699990000);
	end(memory);
}

/* Names are asked for again, once. */
static void
after_another_look(void)
{
	struct memory *memory = begin(&usual, true);
	struct told moved = usual;

	moved.has_node = false;
	CU_ASSERT_TRUE(is_repeated_soon(memory, &moved));
	canned_call_look(&call);
	CU_ASSERT_TRUE(is_repeated(memory));
	moved.node = 10;
	write_all(&moved);
	canned_call_look(&call);
	CU_ASSERT_FALSE(is_repeated(memory));
	CU_ASSERT_TRUE(is_repeated_soon(memory, &moved));
	end(memory);
}

static void
change(struct told *t)
{
	*t = (struct told){.last_metric = NO_METRIC,
			   .doubled = NO_METRIC,
			   .cut = NO_METRIC,
			   .empty = NO_METRIC,
			   .has_uuid = t->has_uuid,
			   .has_slices = t->has_slices,
			   .has_node = t->has_node,
			   .has_cluster = t->has_cluster,
			   .is_uneven = t->is_uneven,
			   .lost_cards = t->lost_cards,
			   .pod = t->pod,
			   .node = t->node};
	switch (random_below(14)) {
	case 0:
		t->first_card = random_below(CARDS);
		break;
	case 1:
		t->last_metric = random_below(METRICS + 1);
		t->first_card = random_below(CARDS);
		break;
	case 2:
		t->doubled = random_below(METRICS + 1);
		break;
	case 3:
		t->cut = random_below(METRICS + 1);
		break;
	case 4:
		t->empty = random_below(METRICS + 1);
		break;
	case 5:
		t->has_uuid = !t->has_uuid;
		break;
	case 6:
		t->has_slices = !t->has_slices;
		break;
	case 7:
		t->has_node = !t->has_node;
		break;
	case 8:
		t->has_cluster = !t->has_cluster;
		break;
	case 9:
		t->pod = random_below(3);
		break;
	case 10:
		t->node = random_below(3);
		break;
	case 11:
		t->lost_cards = random_below(3);
		break;
	case 12:
		t->is_uneven = !t->is_uneven;
		break;
	default:
		t->is_late = true;
		break;
	}
}

/* Most rounds differ from the one before in nothing but values. Returns how
 * many were repeated. */
static unsigned
play(struct memory *memory)
{
	static const struct endpoint *const endpoints[] = {
	    &endpoint_metrics, &endpoint_nodes, &endpoint_utilization};
	struct told told = usual;
	unsigned repeated = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		if (random_below(5) == 0)
			change(&told);
		write_all(&told);
		if (random_below(10) == 0)
			canned_call_look(&call);
		canned_call_compare(&call, endpoints[random_below(3)], memory,
				    round);
		repeated += is_repeated(memory);
	}
	return repeated;
}

/* Each time by a process that has just been started: one that cannot remember
 * an answer does not try again for a while. */
static void
whatever_changes(void)
{
	unsigned repeated = 0;

	for (unsigned i = 1; i <= TIMES; i++) {
		struct memory *memory = begin(&usual, i % 2 == 0);

		seed = i;
		repeated += play(memory);
		end(memory);
	}
	CU_ASSERT_TRUE(repeated > TIMES * ROUNDS / 4);
	CU_ASSERT_TRUE(repeated < TIMES * ROUNDS * 9 / 10);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"repeats the same series", repeats_the_same_series},
	    {"whatever is asked in turn", whatever_is_asked_in_turn},
	    {"of split cards as well", of_split_cards_as_well},
	    {"of cards with times of their own",
	     of_cards_with_times_of_their_own},
	    {"after another look", after_another_look},
	    {"whatever changes", whatever_changes},
	    {NULL, NULL}};

	return suite_run("repeat", tests);
}
