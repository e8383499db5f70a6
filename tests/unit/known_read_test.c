/*
 * Answers whose series are known: they are read as by who knows nothing, and
 * faster.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prom/known.h"
#include "support/answer.h"
#include "support/suite.h"

enum { MANY = 5000, FEW_STRINGS = 40 };

#define RESULT(series)                                                         \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","         \
	"\"result\":[" series "]}}"
#define SERIES(labels) "{\"metric\":{" labels "},\"value\":[1700000000,\"1\"]}"
#define NAME	       "\"__name__\":\"busy\""

/*
 * What knows the series of one body reads the other one as who knows nothing;
 * so many of the samples are known. Where all are, no label is read but those
 * of the first.
 */
static void
expect_after(struct known *known, const struct answer_setup *setup,
	     const char *body, size_t known_count)
{
	struct answer strict, recalled;

	answer_decode(&strict, setup, body, strlen(body), answer_whole);
	answer_recall(&recalled, setup, body, strlen(body), answer_whole, known,
		      NULL);
	CU_ASSERT_EQUAL(strict.code, ERR_OK);
	CU_ASSERT_TRUE(answer_is_equal(&strict, &recalled));
	CU_ASSERT_EQUAL(recalled.known_count, known_count);
	if (recalled.known_count != known_count)
		printf("# %zu are known of %.200s\n", recalled.known_count,
		       body);
	answer_free(&strict);
	answer_free(&recalled);
	known_release(known);
}

static void
expect_of(const struct answer_setup *setup, const char *before,
	  const char *body, size_t known_count)
{
	expect_after(answer_record(setup, before, strlen(before)), setup, body,
		     known_count);
}

/* body has no names. */
static void
expect_nameless(const char *before, const char *body, size_t known_count)
{
	expect_after(answer_record(&answer_gpu, before, strlen(before)),
		     &answer_gpu_nameless, body, known_count);
}

static void
expect(const char *body, size_t known_count)
{
	expect_of(&answer_gpu, body, body, known_count);
	expect_of(&answer_gpu_named, body, body, known_count);
}

enum form { PROMETHEUS, VICTORIA };

static void
write_series(FILE *out, enum form form, unsigned card, const char *name,
	     double value)
{
	if (form == VICTORIA)
		fprintf(out,
			"{\"metric\":{\"__name__\":\"%s\",\"node\":\"n-%u\","
			"\"gpu\":\"%u\",\"uuid\":\"%u\"},\"value\":"
			"[1700000000,\"%.17g\"]}",
			name, card / 8, card % 8, card, value);
	else
		fprintf(out,
			"{\"metric\":{\"Hostname\":\"n-%u\",\"UUID\":\"%u\","
			"\"__name__\":\"%s\",\"gpu\":\"%u\",\"pod\":\"\"},"
			"\"value\":[1700000000.781,\"%.17g\"]}",
			card / 8, card, name, card % 8, value);
}

/* Sorted by metric, or by card; to be freed. */
static char *
many(enum form form, const char *const *names, unsigned name_count,
     bool is_by_card, double scale)
{
	unsigned cards = MANY / name_count;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (out == NULL)
		abort();
	fputs("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
	      "\"result\":[",
	      out);
	for (unsigned i = 0; i < cards * name_count; i++) {
		unsigned card = is_by_card ? i / name_count : i % cards;
		unsigned name = is_by_card ? i % name_count : i / cards;

		fputs(i > 0 ? "," : "", out);
		write_series(out, form, card, names[name], i * scale);
	}
	fputs("]}}", out);
	fclose(out);
	return text;
}

/* And all but a few without a look at their labels: those would be strings. */
static void
expect_fast(const struct answer_setup *setup, const char *before,
	    const char *body, unsigned count)
{
	const struct answer_cut cut = {16384, 1};
	struct known *known = answer_record(setup, before, strlen(before));
	struct answer strict, whole, pieces;

	answer_decode(&strict, setup, body, strlen(body), answer_whole);
	answer_recall(&whole, setup, body, strlen(body), answer_whole, known,
		      NULL);
	answer_recall(&pieces, setup, body, strlen(body), cut, known, NULL);
	CU_ASSERT_EQUAL(strict.code, ERR_OK);
	CU_ASSERT_TRUE(answer_is_equal(&strict, &whole));
	CU_ASSERT_TRUE(answer_is_equal(&strict, &pieces));
	CU_ASSERT_EQUAL(whole.known_count, count);
	CU_ASSERT_TRUE(strict.string_count > MANY / 8);
	CU_ASSERT_TRUE(whole.string_count < FEW_STRINGS);
	if (whole.string_count >= FEW_STRINGS)
		printf("# %zu strings\n", whole.string_count);
	/* Nor of those that the pieces cut. */
	CU_ASSERT_EQUAL(pieces.string_count, whole.string_count);
	answer_free(&strict);
	answer_free(&whole);
	answer_free(&pieces);
	known_release(known);
}

static void
another_metric_of_the_same_series(void)
{
	static const char *const busy[] = {"busy"}, *const heat[] = {"heat"};

	for (enum form form = PROMETHEUS; form <= VICTORIA; form++) {
		char *before = many(form, busy, 1, false, 1);
		char *body = many(form, heat, 1, false, 0.1);

		expect_fast(&answer_gpu, before, body, MANY);
		free(before);
		free(body);
	}
}

/* One of the names is the beginning of others. */
static void
several_metrics_in_one_answer(void)
{
	static const char *const names[] = {"busy", "busy_time", "heat",
					    "busy_t"};

	for (enum form form = PROMETHEUS; form <= VICTORIA; form++)
		for (int is_by_card = 0; is_by_card < 2; is_by_card++) {
			char *before = many(form, names + 2, 1, is_by_card, 1);
			char *body = many(form, names, 4, is_by_card, 0.3);

			expect_fast(&answer_gpu_named, before, body, MANY);
			expect_fast(&answer_gpu_named, body, body, MANY);
			free(before);
			free(body);
		}
}

/* Of several metrics one, and of each series once. */
static void
is_recorded_once(void)
{
	static const char *const names[] = {"busy", "heat"};
	char *body = many(PROMETHEUS, names, 2, false, 1);
	struct known *known =
	    answer_record(&answer_gpu_named, body, strlen(body));
	struct known *again = answer_known(&answer_gpu_named);
	struct answer a;

	CU_ASSERT_EQUAL(known->count, MANY / 2);
	answer_recall(&a, &answer_gpu_named, body, strlen(body), answer_whole,
		      known, again);
	answer_free(&a);
	CU_ASSERT_EQUAL(again->count, MANY / 2);
	for (size_t i = 0; i < known->count; i++)
		CU_ASSERT_TRUE(known_has(again, &known->series[i]));
	known_release(known);
	known_release(again);
	free(body);
}

static void
the_name_stands_anywhere(void)
{
	expect(RESULT(SERIES(NAME ",\"node\":\"n\",\"gpu\":\"0\"")), 1);
	expect(RESULT(SERIES("\"node\":\"n\"," NAME ",\"gpu\":\"0\"")), 1);
	expect(RESULT(SERIES("\"node\":\"n\",\"gpu\":\"0\"," NAME)), 1);
	expect(RESULT(SERIES(NAME)), 1);
	expect(RESULT(SERIES(NAME) "," SERIES(NAME) "," SERIES(NAME)), 3);
	expect(RESULT(SERIES("")), 0);
	expect(RESULT(SERIES("\"node\":\"n\"")), 0);
	/* Not that of another place. */
	expect_of(&answer_gpu, RESULT(SERIES(NAME ",\"node\":\"n\"")),
		  RESULT(SERIES("\"node\":\"n\"," NAME)), 0);
}

#define NODE(n) "\"node\":\"" n "\""
#define GPU(n)	"\"gpu\":\"" n "\""

/* As functions leave them. */
static void
without_names(void)
{
	static const char
	    first[] = RESULT(SERIES(NAME "," NODE("a") "," GPU("0")) "," SERIES(
		NAME "," NODE("a") "," GPU("1"))),
	    second[] = RESULT(SERIES(NODE("a") "," NAME "," GPU(
		"0")) "," SERIES(NODE("a") "," NAME "," GPU("1"))),
	    last[] = RESULT(SERIES(NODE("a") "," GPU("0") "," NAME) "," SERIES(
		NODE("a") "," GPU("1") "," NAME)),
	    none[] = RESULT(SERIES(NODE("a") "," GPU("0")) "," SERIES(
		NODE("a") "," GPU("1")));

	expect_nameless(first, none, 2);
	expect_nameless(second, none, 2);
	expect_nameless(last, none, 2);
	/* With names, in another order, more, fewer, other ones. */
	expect_nameless(second, second, 0);
	expect_nameless(second,
			RESULT(SERIES(NODE("a") "," GPU("1")) "," SERIES(
			    NODE("a") "," GPU("0"))),
			1);
	expect_nameless(second, RESULT(SERIES(NODE("a") "," GPU("0"))), 1);
	expect_nameless(
	    second,
	    RESULT(SERIES(NODE("a") "," GPU("0")) "," SERIES(
		NODE("a") "," GPU("1")) "," SERIES(NODE("a") "," GPU("2"))),
	    2);
	expect_nameless(RESULT(SERIES(NAME)), RESULT(SERIES("")), 0);
}

static void
texts_of_any_kind(void)
{
	/* Equal in two labels, within others, as a label's name, empty. */
	expect(RESULT(SERIES("\"gpu\":\"0\"," NAME ",\"node\":\"0\"")), 1);
	expect(RESULT(SERIES("\"gpu\":\"1\",\"node\":\"11\",\"uuid\":\"1\","
			     "\"x\":\"1\"," NAME)),
	       1);
	expect(RESULT(SERIES(NAME ",\"gpu\":\"node\",\"node\":\"gpu\"")), 1);
	expect(RESULT(SERIES("\"gpu\":\"\",\"node\":\"\"," NAME)), 1);
	expect(RESULT(SERIES(NAME ",\"gpu\":\"\"")), 1);
	expect(RESULT(SERIES("\"gpu\":\",\"," NAME)), 1);
	expect(RESULT(SERIES(NAME ",\"gpu\":\",\"")), 1);
	expect(RESULT(SERIES(NAME ",\"gpu\":\"},\",\"node\":\"[{\"")), 1);
	expect(RESULT(SERIES("\"a\":\"__name__\",\"node\":\"__name__\"," NAME)),
	       1);
	expect(RESULT(SERIES(NAME ",\"node\":\"\xc3\xa9\"")), 1);
	/* The slot's first name counts, and of one name twice the last. */
	expect(RESULT(SERIES("\"UUID\":\"U\",\"hostname\":\"h\",\"node\":\"n\","
			     "\"uuid\":\"u\"," NAME)),
	       1);
	expect(RESULT(SERIES("\"node\":\"n\",\"node\":\"m\"," NAME)), 1);
	/* Escapes are read each time. */
	expect(RESULT(SERIES(NAME ",\"node\":\"\\u0041\"")), 0);
	expect(RESULT(SERIES(NAME ",\"a\":\"\\\"\",\"node\":\"n\"")), 0);
	expect(RESULT(SERIES("\"__n\\u0061me__\":\"x\",\"node\":\"n\"")), 0);
}

static void
another_text_is_another_series(void)
{
	static const char before[] =
	    RESULT(SERIES("\"gpu\":\"0\",\"node\":\"n-1\"," NAME));

	expect_of(&answer_gpu, before,
		  RESULT(SERIES("\"gpu\":\"0\",\"node\":\"n-2\"," NAME)), 0);
	expect_of(
	    &answer_gpu, before,
	    RESULT(SERIES("\"gpu\":\"0\",\"node\":\"n-1\",\"x\":\"\"," NAME)),
	    0);
	expect_of(&answer_gpu, before,
		  RESULT(SERIES("\"gpu\":\"0\",\"node\":\"n-1 \"," NAME)), 0);
	expect_of(&answer_gpu, before,
		  RESULT(SERIES("\"node\":\"n-1\",\"gpu\":\"0\"," NAME)), 0);
	expect_of(&answer_gpu, before, RESULT(""), 0);
}

/* Neither is an element that says more, or the same in another way. */
static void
only_the_usual_form(void)
{
#define LABELS "\"gpu\":\"0\",\"node\":\"n-1\"," NAME
#define VALUE  "\"value\":[1700000000,\"1\"]"
	static const char *const others[] = {
	    "{\"metric\":{" LABELS "}," VALUE ",\"more\":{}}",
	    "{\"more\":{" NAME "},\"metric\":{" LABELS "}," VALUE "}",
	    "{\"metric\":{" LABELS "},\"more\":{}," VALUE "}",
	    "{\"metric\":{" LABELS "}," VALUE
	    ",\"metric\":{\"gpu\":\"7\",\"node\":\"0\"," NAME "}}",
	    "{\"metric\":{" LABELS "}," VALUE ",\"value\":[5,\"2\"]}",
	    "{\"metric\":{" NAME "," LABELS "}," VALUE "}",
	    "{\"metric\":{\"gpu\":\"0\"},\"more\":{" NAME "}," VALUE "}",
	    "{" VALUE ",\"metric\":{" LABELS "}}",
	    "{\"metric\": {" LABELS "}," VALUE "}",
	    "{\"metric\":{" LABELS " }," VALUE "}",
	    "{\"metric\":{" LABELS "}," VALUE " }"};
	static const char usual[] = "{\"metric\":{" LABELS "}," VALUE "}";

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		char before[1024], body[2048];

		snprintf(before, sizeof(before), RESULT("%s"), others[i]);
		expect(before, 0);
		snprintf(body, sizeof(body), RESULT("%s,%s,%s"), usual,
			 others[i], usual);
		expect(body, 2);
		expect_of(&answer_gpu_named, before, body, 0);
	}
#undef LABELS
#undef VALUE
}

static void
long_texts(void)
{
	static const size_t lengths[] = {90, 100, 1900, 2100, 70000};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		size_t length = lengths[i];
		char *label = malloc(length + 1), *body = NULL;

		memset(label, 'x', length);
		label[length] = '\0';
		if (asprintf(
			&body,
			RESULT(SERIES(
			    "\"node\":\"%s\"," NAME
			    ",\"gpu\":\"0\"") "," SERIES(NAME
							 ",\"gpu\":\"1\"")),
			label) < 0)
			abort();
		expect(body, length < KNOWN_TEXT_MAX_BYTES ? 2 : 1);
		free(label);
		free(body);
	}
}

/* Each as the value of two series, of which the second is read without a look
 * at its labels. */
static void
values_of_any_kind(void)
{
	static const char *const values[] = {
	    "NaN",
	    "+Inf",
	    "-Inf",
	    "Inf",
	    "-0",
	    "0",
	    "1e308",
	    "1e-320",
	    "0.1",
	    "1e400",
	    "-12.5",
	    "9007199254740993",
	    "00000000000000000000000000000000000000000000000001"};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char body[512];

		snprintf(body, sizeof(body),
			 RESULT("{\"metric\":{" NAME
				",\"gpu\":\"0\"},\"value\":"
				"[1,\"%s\"]},{\"metric\":{" NAME
				",\"gpu\":\"1\"},\"value\":[1,\"%s\"]}"),
			 values[i], values[i]);
		expect(body, 2);
	}
}

static void
times_differ(void)
{
#define AT(time, gpu)                                                          \
	"{\"metric\":{" NAME ",\"gpu\":\"" gpu "\"},\"value\":[" time ",\"5\"" \
	"]}"
	expect(RESULT(AT("1700000000", "0") "," AT("1700000000.5", "1") "," AT(
		   "1700000000", "2") "," AT("17000000005", "3")),
	       4);
	expect(RESULT(AT("1e9", "0") "," AT("1e9", "1") "," AT("-0", "2")), 3);
	expect_of(&answer_gpu, RESULT(AT("1", "0") "," AT("1", "1")),
		  RESULT(AT("2", "0") "," AT("2", "1")), 2);
#undef AT
}

/* Wrong in a value or time behind labels that are known. */
static void
what_is_wrong_is_refused(void)
{
	static const char before[] = RESULT(
	    SERIES(NAME ",\"gpu\":\"0\"") "," SERIES(NAME ",\"gpu\":\"1\""));
	static const char *const values[] = {
	    "[1700000000,\"\"]",    "[1700000000,\"x\"]",
	    "[1700000000,\"0x1\"]", "[1700000000,\" 1\"]",
	    "[1700000000,\"1\",2]", "[1700000000,1]",
	    "[1700000000 \"1\"]",   "[1700000000,\"1]",
	    "[1700000000x,\"1\"]",  "[1700000000,\"1\"",
	    "[1700000000,\"1\"]]",  "[1700000000,\"\\u0031\\u\"]",
	    "[1700000000,\"1\n\"]"};
	struct known *known =
	    answer_record(&answer_gpu, before, strlen(before));

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct answer strict, recalled;
		char body[512];

		snprintf(body, sizeof(body),
			 RESULT("%s,{\"metric\":{" NAME
				",\"gpu\":\"1\"},\"value\":%s}"),
			 SERIES(NAME ",\"gpu\":\"0\""), values[i]);
		answer_decode(&strict, &answer_gpu, body, strlen(body),
			      answer_whole);
		answer_recall(&recalled, &answer_gpu, body, strlen(body),
			      answer_whole, known, NULL);
		CU_ASSERT_EQUAL(recalled.code, ERR_PROM);
		CU_ASSERT_TRUE(answer_is_equal(&strict, &recalled));
		answer_free(&strict);
		answer_free(&recalled);
	}
	known_release(known);
}

static void
too_many_are_too_many(void)
{
	static const char *const names[] = {"busy"};
	struct answer_setup setup = answer_gpu;
	char *body = many(PROMETHEUS, names, 1, false, 1);
	struct known *known = answer_record(&setup, body, strlen(body));
	struct answer a;

	for (unsigned less = 0; less < 2; less++) {
		setup.max_samples = MANY - less;
		answer_recall(&a, &setup, body, strlen(body), answer_whole,
			      known, NULL);
		CU_ASSERT_EQUAL(a.code, less == 0 ? ERR_OK : ERR_TOO_BIG);
		answer_free(&a);
	}
	known_release(known);
	free(body);
}

/* Only the first ones, and they are read as ever. */
static void
a_full_set_is_left_alone(void)
{
	static const char *const names[] = {"busy"};
	char *body = many(VICTORIA, names, 1, false, 1);
	struct budget budget = {.left_bytes = 100000};
	struct known *known = known_new(answer_gpu.known_slots, &budget);
	struct answer strict, recording, recalled;

	CU_ASSERT_PTR_NOT_NULL_FATAL(known);
	answer_decode(&strict, &answer_gpu, body, strlen(body), answer_whole);
	answer_recall(&recording, &answer_gpu, body, strlen(body), answer_whole,
		      NULL, known);
	answer_recall(&recalled, &answer_gpu, body, strlen(body), answer_whole,
		      known, NULL);
	CU_ASSERT_TRUE(known->count > 0 && known->count < MANY);
	CU_ASSERT_TRUE(answer_is_equal(&strict, &recording));
	CU_ASSERT_TRUE(answer_is_equal(&strict, &recalled));
	CU_ASSERT_EQUAL(recording.known_count, 0);
	CU_ASSERT_EQUAL(recalled.known_count, known->count);
	answer_free(&strict);
	answer_free(&recording);
	answer_free(&recalled);
	known_release(known);
	free(body);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"another metric of the same series",
	     another_metric_of_the_same_series},
	    {"several metrics in one answer", several_metrics_in_one_answer},
	    {"each series is recorded once", is_recorded_once},
	    {"the name stands anywhere", the_name_stands_anywhere},
	    {"without names", without_names},
	    {"texts of any kind", texts_of_any_kind},
	    {"another text is another series", another_text_is_another_series},
	    {"only the usual form is known", only_the_usual_form},
	    {"long texts", long_texts},
	    {"values of any kind", values_of_any_kind},
	    {"times that differ", times_differ},
	    {"what is wrong is refused", what_is_wrong_is_refused},
	    {"too many are too many", too_many_are_too_many},
	    {"a full set is left alone", a_full_set_is_left_alone},
	    {NULL, NULL}};

	return suite_run("known_read", tests);
}
