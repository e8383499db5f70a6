/*
 * Answers that change between one request and the next, in series, in labels or
 * in any byte: who knows the series of one of them reads the same in another as
 * who knows nothing, and nothing passes that json-c refuses.
 */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/answer.h"
#include "support/mutation.h"
#include "support/suite.h"

enum {
	MUTATIONS = 6000,
	PIECE_MAX_BYTES = 300,
	SERIES_BYTES = 160,
	SERIES = 12,
	SERIES_MAX = SERIES + 4
};

struct list {
	char series[SERIES_MAX][SERIES_BYTES];
	size_t count;
};

/* --- what is changed ------------------------------------------------------ */

static void
write_series(char *out, unsigned card, const char *name, unsigned value,
	     bool is_victoria)
{
	if (is_victoria)
		snprintf(out, SERIES_BYTES,
			 "{\"metric\":{\"__name__\":\"%s\",\"node\":\"n-%u\","
			 "\"gpu\":\"%u\",\"instance\":\"n-%u:9400\"},"
			 "\"value\":[1700000000,\"%u\"]}",
			 name, card / 2, card % 2, card / 2, value);
	else
		snprintf(out, SERIES_BYTES,
			 "{\"metric\":{\"Hostname\":\"n-%u\",\"UUID\":\"GPU-%u"
			 "\",\"__name__\":\"%s\",\"gpu\":\"%u\",\"pod\":\"\"},"
			 "\"value\":[1700000000.123,\"%u\"]}",
			 card / 2, card, name, card % 2, value);
}

/* One metric, or three by card. */
static void
make_list(struct list *l, unsigned number)
{
	static const char *const names[] = {"busy", "busy_time", "heat"};
	unsigned per_card = number / 2 % 2 == 0 ? 1 : 3;

	l->count = SERIES;
	for (unsigned i = 0; i < SERIES; i++)
		write_series(l->series[i], i / per_card, names[i % per_card], i,
			     number % 2 == 1);
}

static void
swap(struct list *l, size_t a, size_t b)
{
	char copy[SERIES_BYTES];

	memcpy(copy, l->series[a], SERIES_BYTES);
	memcpy(l->series[a], l->series[b], SERIES_BYTES);
	memcpy(l->series[b], copy, SERIES_BYTES);
}

static void
change_list(struct list *l, unsigned *seed)
{
	size_t one = (size_t)rand_r(seed) % l->count;
	size_t other = (size_t)rand_r(seed) % l->count;

	switch (rand_r(seed) % 6) {
	case 0:
		swap(l, one, other);
		break;
	case 1: /* another value, or other labels */
		memcpy(l->series[one], l->series[other], SERIES_BYTES);
		break;
	case 2:
		if (l->count == SERIES_MAX)
			break;
		memcpy(l->series[l->count], l->series[one], SERIES_BYTES);
		swap(l, l->count++, other);
		break;
	case 3:
		if (l->count > 1)
			swap(l, one, --l->count);
		break;
	case 4:
		for (size_t i = 0; i < l->count; i++)
			swap(l, i, (size_t)rand_r(seed) % l->count);
		break;
	default:
		break;
	}
}

static void
join(const struct list *l, struct mutation *out)
{
	static const char end[] = "]}}";

	mutation_start(out, "{\"status\":\"success\",\"data\":{\"resultType\":"
			    "\"vector\",\"result\":[");
	for (size_t i = 0; i < l->count; i++) {
		if (i > 0)
			mutation_insert(out, out->length, ",", 1);
		mutation_insert(out, out->length, l->series[i],
				strlen(l->series[i]));
	}
	mutation_insert(out, out->length, end, strlen(end));
}

/* Members, labels and series, where one may stand: JSON all the same. */
static void
insert_member(struct mutation *m, unsigned *seed)
{
	static const char *const members[] = {
	    "\"__name__\":\"busy\",",
	    "\"__name__\":\"heat\",",
	    "\"node\":\"n-1\",",
	    "\"gpu\":\"1\",",
	    "\"metric\":{\"node\":\"n-1\",\"gpu\":\"1\"},",
	    "\"metric\":{\"__name__\":\"busy\",\"node\":\"n-0\"},",
	    "\"more\":{\"__name__\":\"busy\"},",
	    "\"value\":[1,\"2\"],",
	    "\"histogram\":[1,{}],",
	    "{\"metric\":{},\"value\":[1,\"1\"]},",
	    " "};
	const char *member = members[(size_t)rand_r(seed) %
				     (sizeof(members) / sizeof(*members))];
	size_t length = strlen(member);
	size_t at = (size_t)rand_r(seed) % m->length;

	while (at < m->length && strchr("{,}[", m->text[at]) == NULL)
		at++;
	if (at == m->length)
		return;
	if (m->text[at] != '}') {
		mutation_insert(m, at + 1, member, length);
	} else if (length > 1) { /* the comma comes first */
		mutation_insert(m, at, member, length - 1);
		mutation_insert(m, at, ",", 1);
	}
}

static void
change_text(struct mutation *m, unsigned *seed)
{
	switch (rand_r(seed) % 8) {
	case 0:
	case 1:
		mutation_of_bytes(m, seed);
		break;
	case 2:
	case 3:
	case 4:
		insert_member(m, seed);
		break;
	case 5:
		m->length = 1 + (size_t)rand_r(seed) % m->length;
		break;
	default:
		break;
	}
}

static void
make_original(struct mutation *out, unsigned number)
{
	struct list l;

	make_list(&l, number);
	join(&l, out);
}

static void
make_mutation(struct mutation *out, unsigned number)
{
	unsigned seed = number + 1;
	struct list l;

	make_list(&l, number);
	for (int times = rand_r(&seed) % 4; times > 0; times--)
		change_list(&l, &seed);
	join(&l, out);
	for (int times = rand_r(&seed) % 4; times > 0; times--)
		change_text(out, &seed);
}

/* --- how it is read ------------------------------------------------------- */

static const struct answer_setup *
setup_of(unsigned number)
{
	return number / 4 % 2 == 0 ? &answer_gpu : &answer_gpu_named;
}

struct tally {
	unsigned accepted;
	size_t samples_known;
};

/* With what is known of another body, whole and in pieces; what is recorded
 * meanwhile is as good. */
static bool
reads_the_same(const struct mutation *m, const struct known *known,
	       unsigned number, struct tally *tally)
{
	const struct answer_setup *setup = setup_of(number);
	const struct answer_cut cut = {PIECE_MAX_BYTES, number + 1};
	struct known *recorded = answer_known(setup);
	struct answer strict, whole, pieces, again;
	bool is_good;

	answer_decode(&strict, setup, m->text, m->length, answer_whole);
	answer_recall(&whole, setup, m->text, m->length, answer_whole, known,
		      recorded);
	answer_recall(&pieces, setup, m->text, m->length, cut, known, NULL);
	answer_recall(&again, setup, m->text, m->length, answer_whole, recorded,
		      NULL);
	is_good = answer_is_equal(&strict, &whole) &&
		  answer_is_equal(&strict, &pieces) &&
		  answer_is_equal(&strict, &again);
	tally->accepted += strict.code == ERR_OK;
	tally->samples_known += whole.known_count;
	answer_free(&strict);
	answer_free(&whole);
	answer_free(&pieces);
	answer_free(&again);
	known_release(recorded);
	return is_good;
}

static void
expect_same(const struct mutation *read, const struct mutation *known_of,
	    unsigned number, struct tally *tally)
{
	struct known *known =
	    answer_record(setup_of(number), known_of->text, known_of->length);
	bool is_good = reads_the_same(read, known, number, tally);

	CU_ASSERT_TRUE(is_good);
	if (!is_good) {
		mutation_print(known_of, number);
		mutation_print(read, number);
	}
	known_release(known);
}

static void
changes_are_seen(void)
{
	struct tally tally = {0, 0};

	for (unsigned i = 0; i < MUTATIONS; i++) {
		struct mutation original, changed;

		make_original(&original, i);
		make_mutation(&changed, i);
		expect_same(&changed, &original, i, &tally);
	}
	/* Neither outcome may be rare, or little has been shown. */
	CU_ASSERT_TRUE(tally.accepted > MUTATIONS / 5);
	CU_ASSERT_TRUE(tally.accepted < MUTATIONS - MUTATIONS / 20);
	CU_ASSERT_TRUE(tally.samples_known > MUTATIONS);
}

static void
nothing_wrong_is_learned(void)
{
	struct tally tally = {0, 0};

	for (unsigned i = 0; i < MUTATIONS; i++) {
		struct mutation original, changed;

		make_original(&original, i);
		make_mutation(&changed, i);
		expect_same(&original, &changed, i, &tally);
	}
	CU_ASSERT_EQUAL(tally.accepted, MUTATIONS);
	CU_ASSERT_TRUE(tally.samples_known > MUTATIONS);
}

static void
agrees_with_json_c(void)
{
	for (unsigned i = 0; i < MUTATIONS; i++) {
		const struct answer_setup *setup = setup_of(i);
		struct mutation original, m;
		struct answer got, expected;
		struct known *known;

		make_original(&original, i);
		make_mutation(&m, i);
		known = answer_record(setup, original.text, original.length);
		answer_recall(&got, setup, m.text, m.length, answer_whole,
			      known, NULL);
		answer_expect(&expected, setup, m.text, m.length);
		CU_ASSERT_TRUE(
		    expected.has_repeated_keys ||
		    answer_agrees(&got, &expected, m.text, m.length));
		answer_free(&got);
		answer_free(&expected);
		known_release(known);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"who knows the series before a change sees the change",
	     changes_are_seen},
	    {"who knows changed series reads others as they are",
	     nothing_wrong_is_learned},
	    {"agrees with json-c", agrees_with_json_c},
	    {NULL, NULL}};

	return suite_run("known_mutation", tests);
}
