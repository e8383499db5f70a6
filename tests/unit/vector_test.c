#include "prom/vector.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

#define ANSWER(members)                                                        \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","         \
	"\"result\":[" members "]}}"

static const struct element_label labels[] = {{"node", 0, NULL, false},
					      {"hostname", 0, NULL, false},
					      {"gpu", 1, NULL, false},
					      {"gpu_id", 1, NULL, false},
					      {"gpu_name", 2, NULL, false}};

struct fixture {
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct vector vector;
	struct err err;
};

static void
setup(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	budget_init(&f->budget, 1 << 20);
	arena_init(&f->arena, &f->budget);
	intern_init(&f->strings, &f->budget);
	vector_init(&f->vector, &f->arena, &f->strings, labels,
		    sizeof(labels) / sizeof(*labels), 3, 100);
}

static void
teardown(struct fixture *f)
{
	vector_fini(&f->vector);
	intern_fini(&f->strings);
	arena_fini(&f->arena);
}

static enum err_code
decode(struct fixture *f, const char *body)
{
	enum err_code code =
	    vector_feed(&f->vector, body, strlen(body), &f->err);

	return code == ERR_OK ? vector_end(&f->vector, &f->err) : code;
}

/* The only sample of an answer. */
static const struct sample *
decode_one(struct fixture *f, const char *body)
{
	struct samples_cursor at = {NULL, 0};

	setup(f);
	CU_ASSERT_EQUAL_FATAL(decode(f, body), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(f->vector.samples.count, 1);
	return samples_next(&f->vector.samples, &at);
}

static void
check_error(const char *body, enum err_code code, const char *text)
{
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(decode(&f, body), code);
	CU_ASSERT_EQUAL(f.err.code, code);
	SUITE_EQUAL(f.err.text, text);
	teardown(&f);
}

static void
keeps_value_time_and_wanted_labels(void)
{
	struct fixture f;
	const struct sample *s = decode_one(
	    &f, ANSWER("{\"metric\":{\"__name__\":\"u\",\"gpu\":\"7\",\"node\":"
		       "\"n-1\",\"job\":\"x\"},\"value\":[1700000000.125,"
		       "\"42.5\"]}"));

	CU_ASSERT_EQUAL(s->value, 42.5);
	CU_ASSERT_EQUAL(s->timestamp_s, 1700000000.125);
	CU_ASSERT_NOT_EQUAL(s->source, 0);
	SUITE_EQUAL(vector_text(&f.vector, s, 0)->text, "n-1");
	SUITE_EQUAL(vector_text(&f.vector, s, 1)->text, "7");
	CU_ASSERT_PTR_NULL(vector_text(&f.vector, s, 2));
	CU_ASSERT_EQUAL(s->label[2], INTERN_NONE);
	CU_ASSERT_EQUAL(intern_count(&f.strings), 2);
	CU_ASSERT_EQUAL(f.vector.result.warning_count, 0);
	teardown(&f);
}

static void
fills_a_slot_by_the_first_name_listed(void)
{
	static const struct {
		const char *metric, *node, *gpu;
	} cases[] = {
	    {"\"node\":\"a\",\"hostname\":\"b\"", "a", NULL},
	    {"\"hostname\":\"b\",\"node\":\"a\"", "a", NULL},
	    {"\"hostname\":\"b\"", "b", NULL},
	    {"\"gpu_id\":\"1\",\"hostname\":\"b\",\"gpu\":\"0\"", "b", "0"},
	    {"\"gpu\":\"0\",\"gpu_id\":\"1\",\"node\":\"a\"", "a", "0"},
	    {"\"gpu\":\"0\",\"gpu\":\"1\"", NULL, "1"},
	    {"\"Node\":\"a\",\"node \":\"b\",\"nod\":\"c\"", NULL, NULL}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct sample *s;
		struct fixture f;
		char body[512];

		snprintf(body, sizeof(body),
			 ANSWER("{\"metric\":{%s},\"value\":[1,\"2\"]}"),
			 cases[i].metric);
		s = decode_one(&f, body);
		if (cases[i].node != NULL)
			SUITE_EQUAL(vector_text(&f.vector, s, 0)->text,
				    cases[i].node);
		else
			CU_ASSERT_PTR_NULL(vector_text(&f.vector, s, 0));
		if (cases[i].gpu != NULL)
			SUITE_EQUAL(vector_text(&f.vector, s, 1)->text,
				    cases[i].gpu);
		else
			CU_ASSERT_PTR_NULL(vector_text(&f.vector, s, 1));
		teardown(&f);
	}
}

static void
keeps_samples_in_their_order(void)
{
	struct samples_cursor at = {NULL, 0};
	const struct sample *s;
	struct fixture f;
	double expected = 0;

	setup(&f);
	CU_ASSERT_EQUAL(decode(&f, ANSWER("{\"value\":[1,\"0\"]},"
					  "{\"value\":[1,\"1\"]},"
					  "{\"histogram\":[1,{}]},"
					  "{\"value\":[1,\"2\"]}")),
			ERR_OK);
	while ((s = samples_next(&f.vector.samples, &at)) != NULL)
		CU_ASSERT_EQUAL(s->value, expected++);
	CU_ASSERT_EQUAL(expected, 3);
	CU_ASSERT_EQUAL(f.vector.samples.count, 3);
	teardown(&f);
}

static void
shares_the_number_of_equal_strings(void)
{
	struct samples_cursor at = {NULL, 0};
	const struct sample *a, *b, *c;
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(
	    decode(&f, ANSWER("{\"metric\":{\"node\":\"x\"},\"value\":[1,\"0\"]"
			      "},{\"metric\":{\"gpu\":\"0\",\"hostname\":"
			      "\"\\u0078\"},\"value\":[1,\"1\"]},{\"metric\":{"
			      "\"node\":\"y\"},\"value\":[1,\"2\"]}")),
	    ERR_OK);
	a = samples_next(&f.vector.samples, &at);
	b = samples_next(&f.vector.samples, &at);
	c = samples_next(&f.vector.samples, &at);
	CU_ASSERT_EQUAL(a->label[0], b->label[0]);
	CU_ASSERT_NOT_EQUAL(a->label[0], c->label[0]);
	teardown(&f);
}

static void
keeps_the_first_ten_warnings(void)
{
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(
	    decode(&f, "{\"warnings\":[\"a\\u0062\",\"2\",\"3\",\"4\",\"5\","
		       "\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"],"
		       "\"data\":{\"result\":[],\"resultType\":\"vector\"},"
		       "\"status\":\"success\"}"),
	    ERR_OK);
	CU_ASSERT_EQUAL(f.vector.result.warning_count, RESULT_WARNINGS_MAX);
	SUITE_EQUAL(f.vector.result.warnings[0], "ab");
	SUITE_EQUAL(f.vector.result.warnings[9], "10");
	teardown(&f);
}

static void
tells_the_errors_of_prometheus(void)
{
	check_error("{\"status\":\"error\",\"errorType\":\"timeout\","
		    "\"error\":\"too slow\"}",
		    ERR_TIMEOUT,
		    "Prometheus answered an error: timeout: too slow");
	check_error("{\"error\":\"line\\nbreak\",\"data\":null,\"errorType\":"
		    "\"bad_data\",\"status\":\"error\"}",
		    ERR_PROM,
		    "Prometheus answered an error: bad_data: line\nbreak");
	check_error("{\"status\":\"error\",\"errorType\":\"timeout\",\"data\":{"
		    "\"resultType\":\"vector\",\"result\":[]}}",
		    ERR_TIMEOUT, "Prometheus answered an error: timeout: ");
}

static void
refuses_other_types(void)
{
	check_error("{\"status\":\"success\",\"data\":{\"resultType\":"
		    "\"matrix\",\"result\":[]}}",
		    ERR_PROM, "Prometheus answered a matrix, not a vector");
	check_error("{\"status\":\"success\",\"data\":{\"result\":[1,\"2\"],"
		    "\"resultType\":\"scalar\"}}",
		    ERR_PROM,
		    "Prometheus' answer is malformed: unexpected character");
	check_error("{\"status\":\"success\",\"data\":{\"resultType\":"
		    "\"string\",\"result\":[1,\"2\"]}}",
		    ERR_PROM, "Prometheus answered a string, not a vector");
	check_error("{\"status\":\"success\",\"data\":{\"result\":[],"
		    "\"resultType\":\"matrix\"}}",
		    ERR_PROM, "Prometheus' answer holds no vector");
	check_error("{\"status\":\"success\",\"data\":{\"resultType\":"
		    "\"vector\"}}",
		    ERR_PROM, "Prometheus' answer holds no vector");
	check_error("{\"status\":\"success\"}", ERR_PROM,
		    "Prometheus' answer holds no vector");
}

static void
refuses_an_empty_type(void)
{
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(
	    decode(&f, "{\"status\":\"success\",\"data\":{\"resultType\":"
		       "\"\",\"result\":[]}}"),
	    ERR_PROM);
	teardown(&f);
}

/* Two results must not add up: the last one counts, or it is an error. */
static void
does_not_add_up_two_results(void)
{
	static const char *const bodies[] = {
	    "{\"status\":\"success\",\"data\":{\"result\":[{\"value\":[1,\"1\"]"
	    "}],\"result\":[{\"value\":[1,\"2\"]}]}}",
	    "{\"status\":\"success\",\"data\":{\"result\":[{\"value\":[1,\"1\"]"
	    "}]},\"data\":{\"result\":[{\"value\":[1,\"2\"]}]}}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct fixture f;

		setup(&f);
		CU_ASSERT_TRUE(decode(&f, bodies[i]) == ERR_PROM ||
			       f.vector.samples.count == 1);
		teardown(&f);
	}
}

static void
takes_empty_pieces(void)
{
	const char *body = ANSWER("{\"value\":[1,\"0\"]}");
	struct fixture f;

	setup(&f);
	for (size_t i = 0; i < strlen(body); i++) {
		CU_ASSERT_EQUAL(vector_feed(&f.vector, body, 0, &f.err),
				ERR_OK);
		CU_ASSERT_EQUAL(vector_feed(&f.vector, body + i, 1, &f.err),
				ERR_OK);
	}
	CU_ASSERT_EQUAL(vector_end(&f.vector, &f.err), ERR_OK);
	CU_ASSERT_EQUAL(f.vector.samples.count, 1);
	teardown(&f);
}

static void
fini_is_safe_on_a_zeroed_vector(void)
{
	struct vector zeroed = {0};

	vector_fini(&zeroed);
	CU_PASS("did not crash");
}

/* Prometheus quotes queries in them. */
static void
cuts_long_warnings(void)
{
	char body[4096], quoted[1200];
	struct fixture f;

	memset(quoted, 'x', sizeof(quoted));
	memcpy(quoted, "the query \\\"", 12);
	quoted[sizeof(quoted) - 1] = '\0';
	snprintf(body, sizeof(body),
		 "{\"warnings\":[\"%s\"],\"status\":\"success\","
		 "\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
		 quoted);
	setup(&f);
	CU_ASSERT_EQUAL(decode(&f, body), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(f.vector.result.warning_count, 1);
	CU_ASSERT_EQUAL(
	    strncmp(f.vector.result.warnings[0], "the query \"xxx", 14), 0);
	CU_ASSERT_TRUE(strlen(f.vector.result.warnings[0]) > 200);
	teardown(&f);
}

/* Answers wait for each other: what read them is not kept meanwhile. */
static void
returns_the_memory_of_reading(void)
{
	enum { BUDGET_BYTES = 1 << 20, LABEL_BYTES = 100000 };
	char *body = NULL;
	size_t before, after;
	struct fixture f;

	CU_ASSERT_TRUE_FATAL(
	    asprintf(&body,
		     ANSWER("{\"metric\":{\"node\":\"\\u0030%0*d\"},"
			    "\"value\":[1,\"2\"]}"),
		     LABEL_BYTES, 0) > 0);
	setup(&f);
	CU_ASSERT_EQUAL(vector_feed(&f.vector, body, strlen(body), &f.err),
			ERR_OK);
	before = budget_used(&f.budget, BUDGET_BYTES);
	CU_ASSERT_EQUAL(vector_end(&f.vector, &f.err), ERR_OK);
	after = budget_used(&f.budget, BUDGET_BYTES);
	/* The text without its escapes was a copy. */
	CU_ASSERT_TRUE(before >= after + LABEL_BYTES);
	CU_ASSERT_EQUAL(f.vector.samples.count, 1);
	teardown(&f);
	CU_ASSERT_EQUAL(budget_used(&f.budget, BUDGET_BYTES), 0);
	free(body);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"keeps value, time and wanted labels",
	     keeps_value_time_and_wanted_labels},
	    {"fills a slot by the first name listed",
	     fills_a_slot_by_the_first_name_listed},
	    {"keeps samples in their order", keeps_samples_in_their_order},
	    {"shares the number of equal strings",
	     shares_the_number_of_equal_strings},
	    {"keeps the first ten warnings", keeps_the_first_ten_warnings},
	    {"cuts long warnings", cuts_long_warnings},
	    {"tells the errors of Prometheus", tells_the_errors_of_prometheus},
	    {"refuses other types", refuses_other_types},
	    {"refuses an empty type", refuses_an_empty_type},
	    {"does not add up two results", does_not_add_up_two_results},
	    {"takes empty pieces", takes_empty_pieces},
	    {"fini is safe on a zeroed vector",
	     fini_is_safe_on_a_zeroed_vector},
	    {"returns the memory of reading", returns_the_memory_of_reading},
	    {NULL, NULL}};

	return suite_run("vector", tests);
}
