#include "prom/matrix.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

#define ANSWER(series)                                                         \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","         \
	"\"result\":[" series "]}}"
#define SERIES(labels, values)                                                 \
	"{\"metric\":{" labels "},\"values\":[" values "]}"

enum { POINTS = 4, TAKEN_MAX = 8, MAX_SERIES = 4 };

/* 1000, 1010, 1020 and 1030. */
static const struct query_range range = {1000, 1030, 10};

static const struct element_label labels[] = {{"node", 0, NULL, false},
					      {"hostname", 0, NULL, false},
					      {"gpu", 1, NULL, false}};

struct fixture {
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct matrix matrix;
	struct err err;

	/* What the sink was told. */
	unsigned begun;
	size_t taken;
	double rows[TAKEN_MAX][POINTS];
	char texts[TAKEN_MAX][64];
	uint32_t source[TAKEN_MAX], rank[TAKEN_MAX];
	/* What it says to the one of that number, and at the beginning. */
	enum err_code refusal, begin_refusal;
	size_t refused;
};

static enum err_code
begin(void *context, struct err *e)
{
	struct fixture *f = context;

	f->begun++;
	f->taken = 0;
	return f->begin_refusal == ERR_OK
		   ? ERR_OK
		   : err_set(e, f->begin_refusal, "not now");
}

static const char *
text(const struct fixture *f, uint32_t number)
{
	const struct intern_string *s =
	    intern_text_or_null(&f->strings, number);

	return s != NULL ? s->text : "-";
}

static enum err_code
take(void *context, const struct matrix_series *series, struct err *e)
{
	struct fixture *f = context;
	size_t i = f->taken;

	CU_ASSERT_TRUE_FATAL(i < TAKEN_MAX);
	if (f->refusal != ERR_OK && i == f->refused)
		return err_set(e, f->refusal, "no room");
	memcpy(f->rows[i], series->values, sizeof(f->rows[i]));
	snprintf(f->texts[i], sizeof(f->texts[i]), "%s/%s",
		 text(f, series->label[0]), text(f, series->label[1]));
	f->source[i] = series->source;
	f->rank[i] = series->rank;
	f->taken++;
	return ERR_OK;
}

static void
setup_over(struct fixture *f, size_t budget_bytes,
	   const struct query_range *asked, const struct matrix_sink *sink)
{
	memset(f, 0, sizeof(*f));
	budget_init(&f->budget, budget_bytes);
	arena_init(&f->arena, &f->budget);
	intern_init(&f->strings, &f->budget);
	matrix_init(&f->matrix, &f->arena, &f->strings, labels, 3, 2,
		    MAX_SERIES, asked, sink);
}

static void
setup_within(struct fixture *f, size_t budget_bytes)
{
	static struct matrix_sink sink;

	sink = (struct matrix_sink){begin, take, f};
	setup_over(f, budget_bytes, &range, &sink);
}

static void
setup(struct fixture *f)
{
	setup_within(f, 1 << 20);
}

static void
teardown(struct fixture *f)
{
	matrix_fini(&f->matrix);
	intern_fini(&f->strings);
	arena_fini(&f->arena);
}

/* In pieces of that many bytes. */
static enum err_code
decode_cut(struct fixture *f, const char *body, size_t piece)
{
	size_t length = strlen(body);
	enum err_code code = ERR_OK;

	for (size_t at = 0; at < length && code == ERR_OK; at += piece)
		code = matrix_feed(&f->matrix, body + at,
				   length - at < piece ? length - at : piece,
				   &f->err);
	return code == ERR_OK ? matrix_end(&f->matrix, &f->err) : code;
}

static enum err_code
decode(struct fixture *f, const char *body)
{
	return decode_cut(f, body, strlen(body));
}

/* NaN is as good as NaN. */
static void
check_row(const struct fixture *f, size_t row, const double *expected)
{
	for (size_t i = 0; i < POINTS; i++)
		CU_ASSERT_TRUE(f->rows[row][i] == expected[i] ||
			       (isnan(f->rows[row][i]) && isnan(expected[i])));
}

static void
puts_values_where_their_times_are(void)
{
	static const double expected[2][POINTS] = {{1, NAN, 0.25, 4},
						   {NAN, 5, NAN, NAN}};
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(
	    decode(
		&f,
		ANSWER(SERIES(
		    "\"gpu\":\"0\",\"hostname\":\"n-1\"",
		    "[1000,\"1\"],[1020,\"0.25\"],"
		    "[1030,\"4\"]") "," SERIES("\"gpu\":\"1\",\"node\":\"n-2\"",
					       "[1010,\"5\"]"))),
	    ERR_OK);
	CU_ASSERT_EQUAL_FATAL(f.taken, 2);
	CU_ASSERT_EQUAL(f.begun, 1);
	check_row(&f, 0, expected[0]);
	check_row(&f, 1, expected[1]);
	SUITE_EQUAL(f.texts[0], "n-1/0");
	SUITE_EQUAL(f.texts[1], "n-2/1");
	CU_ASSERT_EQUAL(f.rank[0], 1);
	CU_ASSERT_EQUAL(f.rank[1], 0);
	CU_ASSERT_NOT_EQUAL(f.source[0], 0);
	CU_ASSERT_NOT_EQUAL(f.source[0], f.source[1]);
	teardown(&f);
}

/* Of more points than a row of the fixture has. */
enum { LONG_POINTS = 201 };
static const struct query_range long_range = {1699999000, 1700001000, 10};
static double long_row[LONG_POINTS];

static enum err_code
take_long(void *context, const struct matrix_series *series, struct err *e)
{
	(void)context, (void)e;
	memcpy(long_row, series->values, sizeof(long_row));
	return ERR_OK;
}

/* Sevenths at all points but that in the middle. */
static void
write_long(char *body, size_t size, const char *middle)
{
	FILE *out = fmemopen(body, size, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fputs("{\"status\":\"success\",\"data\":{\"result\":[{\"values\":[",
	      out);
	for (int k = 0; k < LONG_POINTS; k++) {
		fputs(k > 0 ? "," : "", out);
		if (k == LONG_POINTS / 2)
			fputs(middle, out);
		else
			fprintf(out, "[%d,\"%.17g\"]", 1699999000 + k * 10,
				k / 7.0);
	}
	fputs("]}]}}", out);
	CU_ASSERT_EQUAL_FATAL(fclose(out), 0);
}

static void
check_long(const char *middle, size_t piece)
{
	const struct matrix_sink sink = {NULL, take_long, NULL};
	struct fixture f;
	char body[8192];

	CU_ASSERT_EQUAL_FATAL(query_points(&long_range), LONG_POINTS);
	write_long(body, sizeof(body), middle);
	setup_over(&f, 1 << 20, &long_range, &sink);
	memset(long_row, 0, sizeof(long_row));
	CU_ASSERT_EQUAL(decode_cut(&f, body, piece), ERR_OK);
	for (int k = 0; k < LONG_POINTS; k++)
		if (k != LONG_POINTS / 2)
			CU_ASSERT_EQUAL(long_row[k], k / 7.0);
	CU_ASSERT_EQUAL(isnan(long_row[LONG_POINTS / 2]) != 0,
			strstr(middle, "NaN") != NULL);
	teardown(&f);
}

/* Each value may be cut off at any place, also one that is long. */
static void
reads_pieces_of_any_size(void)
{
	static const char body[] = ANSWER(SERIES(
	    "\"gpu\":\"0\"",
	    "[1000,\"33.333333333333336\"],[1010,\"2\"],[1030.000,\"0\"]"));
	static const double expected[] = {33.333333333333336, 2, NAN, 0};

	for (size_t piece = 1; piece < sizeof(body); piece++) {
		struct fixture f;

		setup(&f);
		CU_ASSERT_EQUAL(decode_cut(&f, body, piece), ERR_OK);
		CU_ASSERT_EQUAL_FATAL(f.taken, 1);
		check_row(&f, 0, expected);
		SUITE_EQUAL(f.texts[0], "-/0");
		teardown(&f);
	}
}

/* Many values as servers write them, and one that is not, wherever it stands
 * and whatever the pieces are. */
static void
reads_an_unusual_value_among_others(void)
{
	static const char *const unusual[] = {
	    "[1700000000,\"NaN\"]",
	    "[1700000000,\"1e-7\"]",
	    "[1700000000.0,\"2\"]",
	    "[1700000000 ,\"-2.5\"]",
	    "[17e8,\"\\u0032\"]",
	    "[1699999999.999,\"1\"]",
	    "[1700000000,\"184467440737095516150\"]"};

	for (size_t i = 0; i < sizeof(unusual) / sizeof(*unusual); i++)
		for (size_t piece = 1; piece < 300; piece += 7)
			check_long(unusual[i], piece);
}

static void
knows_the_labels_behind_the_values(void)
{
	static const double expected[] = {NAN, NAN, NAN, 9};
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(
	    decode(&f, ANSWER("{\"values\":[[1030,\"9\"]],\"x\":[1],"
			      "\"metric\":{\"node\":\"n\"}}")),
	    ERR_OK);
	CU_ASSERT_EQUAL_FATAL(f.taken, 1);
	check_row(&f, 0, expected);
	SUITE_EQUAL(f.texts[0], "n/-");
	teardown(&f);
}

/* Neither what is no number, nor a native histogram, is a value. */
static void
leaves_out_what_is_no_value(void)
{
	static const double expected[2][POINTS] = {{NAN, NAN, NAN, 1},
						   {NAN, NAN, NAN, NAN}};
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(
	    decode(&f, ANSWER(SERIES(
			   "", "[1000,\"NaN\"],[1010,\"+Inf\"],"
			       "[1020,\"-Inf\"],[1030,\"1\"]") ","
							       "{\"metric\":{},"
							       "\"histograms\":"
							       "[[1000,{}]]}")),
	    ERR_OK);
	CU_ASSERT_EQUAL_FATAL(f.taken, 2);
	check_row(&f, 0, expected[0]);
	check_row(&f, 1, expected[1]);
	teardown(&f);
}

static void
check_values(const char *values, enum err_code code, const char *error)
{
	struct fixture f;
	char body[512];

	snprintf(body, sizeof(body), ANSWER(SERIES("", "%s")), values);
	setup(&f);
	CU_ASSERT_EQUAL(decode(&f, body), code);
	CU_ASSERT_EQUAL(f.err.code, code);
	SUITE_EQUAL(f.err.text, error);
	CU_ASSERT_EQUAL(f.taken, code == ERR_OK);
	teardown(&f);
}

#define NOT_ALIGNED(time, next)                                                \
	"Prometheus' answer is not aligned: a value of " time                  \
	", where the next one is of " next                                     \
	" or later, in steps of 10 s up to 1030"

static void
refuses_times_that_were_not_asked_for(void)
{
	check_values("[1000.001,\"1\"],[1009.999,\"2\"]", ERR_OK, "");
	check_values("[1000.002,\"1\"]", ERR_PROM,
		     NOT_ALIGNED("1000.002", "1000"));
	check_values("[1000,\"1\"],[1019.998,\"2\"]", ERR_PROM,
		     NOT_ALIGNED("1019.998", "1010"));
	check_values("[1005,\"1\"]", ERR_PROM, NOT_ALIGNED("1005.000", "1000"));
	check_values("[990,\"1\"]", ERR_PROM, NOT_ALIGNED("990.000", "1000"));
	check_values("[-1000,\"1\"]", ERR_PROM,
		     NOT_ALIGNED("-1000.000", "1000"));
	check_values("[1000,\"1\"],[1040,\"2\"]", ERR_PROM,
		     NOT_ALIGNED("1040.000", "1010"));
	check_values("[1e999,\"1\"]", ERR_PROM, NOT_ALIGNED("inf", "1000"));
}

static void
refuses_times_that_go_back(void)
{
	check_values("[1010,\"1\"],[1000,\"2\"]", ERR_PROM,
		     NOT_ALIGNED("1000.000", "1020"));
	check_values("[1010,\"1\"],[1010,\"2\"]", ERR_PROM,
		     NOT_ALIGNED("1010.000", "1020"));
	check_values("[1030,\"1\"],[1030,\"2\"]", ERR_PROM,
		     NOT_ALIGNED("1030.000", "1040"));
}

static void
check_error(const char *body, enum err_code code, const char *error)
{
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(decode(&f, body), code);
	SUITE_EQUAL(f.err.text, error);
	teardown(&f);
}

static void
refuses_what_is_no_matrix(void)
{
	static const char *const values[] = {"1",
					     "[]",
					     "[1000]",
					     "[1000,1]",
					     "[1000,\"1\",2]",
					     "[1000,\"1\"",
					     "[1000,\"1\"],",
					     "[1000,\"\"]",
					     "[1000,\"one\"]",
					     "[1000,\"1 \"]",
					     "[1000,\"0x1\"]",
					     "[\"1000\",\"1\"]",
					     "[01000,\"1\"]",
					     "[1000.,\"1\"]",
					     "[1000,\"1\"][1010,\"2\"]",
					     "[1000,\"1\"],,[1010,\"2\"]",
					     "[1000,\"\\x31\"]",
					     "[1000,\"1\t\"]"};
	char body[256];

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct fixture f;

		snprintf(body, sizeof(body), ANSWER(SERIES("", "%s")),
			 values[i]);
		setup(&f);
		CU_ASSERT_EQUAL(decode(&f, body), ERR_PROM);
		if (f.err.code != ERR_PROM)
			printf("# taken: %s\n", values[i]);
		CU_ASSERT_EQUAL(f.taken, 0);
		teardown(&f);
	}
	check_error(ANSWER("{\"metric\":{}}"), ERR_PROM,
		    "Prometheus' answer is malformed: a series without values");
	check_error(ANSWER("{\"metric\":{},\"values\":null}"), ERR_PROM,
		    "Prometheus' answer is malformed: unexpected "
		    "character");
	check_error("{\"status\":\"success\",\"data\":{\"resultType\":"
		    "\"vector\",\"result\":[]}}",
		    ERR_PROM, "Prometheus answered a vector, not a matrix");
	check_error("{\"status\":\"success\",\"data\":{}}", ERR_PROM,
		    "Prometheus' answer holds no matrix");
	check_error("{\"status\":\"success\",\"data\":{\"result\":[", ERR_PROM,
		    "Prometheus' answer is cut off");
}

static void
passes_on_what_the_sink_says(void)
{
	static const char body[] =
	    ANSWER(SERIES("", "[1000,\"1\"]") "," SERIES("", "[1000,\"2\"]"));
	struct fixture f;

	setup(&f);
	f.refusal = ERR_TOO_BIG;
	f.refused = 1;
	CU_ASSERT_EQUAL(decode(&f, body), ERR_TOO_BIG);
	SUITE_EQUAL(f.err.text, "no room");
	CU_ASSERT_EQUAL(f.taken, 1);
	teardown(&f);
	setup(&f);
	f.begin_refusal = ERR_MEMORY;
	CU_ASSERT_EQUAL(decode(&f, body), ERR_MEMORY);
	SUITE_EQUAL(f.err.text, "not now");
	CU_ASSERT_EQUAL(f.taken, 0);
	teardown(&f);
}

static void
refuses_more_series_than_are_allowed(void)
{
#define ONE  SERIES("", "[1000,\"1\"]")
#define FOUR ONE "," ONE "," ONE "," ONE
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(decode(&f, ANSWER(FOUR)), ERR_OK);
	CU_ASSERT_EQUAL(f.taken, MAX_SERIES);
	teardown(&f);
	setup(&f);
	CU_ASSERT_EQUAL(decode(&f, ANSWER(FOUR "," ONE)), ERR_TOO_BIG);
	SUITE_EQUAL(f.err.text, "One metric has more than 4 series; "
				"MAX_SERIES sets this limit");
	teardown(&f);
}

/* A label is a piece, a series is not. */
static void
refuses_pieces_without_end(void)
{
	static const char start[] = "{\"status\":\"success\",\"data\":{"
				    "\"result\":[{\"metric\":{\"a\":\"";
	static char filler[1 << 16];
	struct fixture f;
	enum err_code code;

	memset(filler, 'x', sizeof(filler));
	setup_within(&f, (size_t)64 << 20);
	code = matrix_feed(&f.matrix, start, sizeof(start) - 1, &f.err);
	for (size_t fed = 0; code == ERR_OK && fed <= RESULT_PIECE_MAX_BYTES;
	     fed += sizeof(filler))
		code = matrix_feed(&f.matrix, filler, sizeof(filler), &f.err);
	CU_ASSERT_EQUAL(code, ERR_PROM);
	SUITE_EQUAL(f.err.text,
		    "Prometheus' answer has a series of more than 4194304 "
		    "bytes");
	teardown(&f);
}

/* Whatever its budget is: a clean failure, or the answer. */
static void
survives_any_budget(void)
{
	static const char body[] = ANSWER(
	    SERIES("\"node\":\"n\\n\",\"gpu\":\"0\"", "[1000,\"\\u0031\"]"));
	size_t answers = 0;

	for (size_t bytes = 0; bytes < 32768; bytes += 64) {
		struct fixture f;
		enum err_code code;

		setup_within(&f, bytes);
		code = decode_cut(&f, body, 7);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		answers += code == ERR_OK;
		CU_ASSERT_EQUAL(f.taken, code == ERR_OK);
		teardown(&f);
		CU_ASSERT_EQUAL(f.budget.left_bytes, bytes);
	}
	CU_ASSERT_TRUE(answers > 0 && answers < 512);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"puts values where their times are",
	     puts_values_where_their_times_are},
	    {"reads pieces of any size", reads_pieces_of_any_size},
	    {"reads an unusual value among others",
	     reads_an_unusual_value_among_others},
	    {"knows the labels behind the values",
	     knows_the_labels_behind_the_values},
	    {"leaves out what is no value", leaves_out_what_is_no_value},
	    {"refuses times that were not asked for",
	     refuses_times_that_were_not_asked_for},
	    {"refuses times that go back", refuses_times_that_go_back},
	    {"refuses what is no matrix", refuses_what_is_no_matrix},
	    {"passes on what the sink says", passes_on_what_the_sink_says},
	    {"refuses more series than are allowed",
	     refuses_more_series_than_are_allowed},
	    {"refuses pieces without end", refuses_pieces_without_end},
	    {"survives any budget", survives_any_budget},
	    {NULL, NULL}};

	return suite_run("matrix", tests);
}
