/*
 * Valid answers with a few bytes changed: however they arrive, the outcome is
 * the same, and nothing passes that json-c refuses.
 */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/answer.h"
#include "support/mutation.h"
#include "support/suite.h"

enum { MUTATIONS = 20000, PIECE_MAX_BYTES = 40 };

static const char *const vectors[] = {
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
    "{\"metric\":{\"hostname\":\"node-1\",\"gpu_id\":\"0\",\"gpu_name\":"
    "\"A100\"},\"value\":[1700000000.123,\"42\"]},"
    "{\"metric\":{\"hostname\":\"node-1\",\"gpu_id\":\"1\",\"gpu_name\":"
    "\"A100\"},\"value\":[1700000000.123,\"1e3\"]},"
    "{\"metric\":{\"hostname\":\"node-2\",\"gpu_id\":\"0\",\"gpu_name\":"
    "\"H100\"},\"value\":[1700000000.123,\"NaN\"]}]}}",

    "{\"status\":\"success\",\"warnings\":[\"w\\\"1\",\"w2\"],\"infos\":[],"
    "\"data\":{\"stats\":{\"a\":[1,-2.5e3,true,false,null,{\"b\":[]}]},"
    "\"result\":[{\"value\":[1,\"+Inf\"],\"metric\":{\"node\":\"\xc3\xa9"
    "\\u00e9\\ud83d\\ude00\\n\",\"gpu\":\"0\",\"UUID\":\"\xf0\x9f\x98\x80\"}},"
    "{\"metric\":{\"node\":\"\\\\\",\"gpu\":\"1\"},\"histogram\":[1,{}]},"
    "{\"metric\":{},\"value\":[2,\"-0.5\"]}],\"resultType\":\"vector\"}}",

    (" { \"data\" : { \"resultType\" : \"vector\" , \"result\" : [ ] } ,\n"
     "\t\"status\" : \"success\" }\r\n"),

    "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"too slow\"}"};

static const char *const matrices[] = {
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
    "{\"metric\":{\"hostname\":\"node-1\",\"gpu_id\":\"0\"},\"values\":["
    "[1700000010,\"42\"],[1700000025,\"0.5\"],[1700000070,\"1e3\"]]},"
    "{\"metric\":{\"hostname\":\"node-1\",\"gpu_id\":\"1\"},\"values\":["
    "[1700000040.000,\"NaN\"],[1700000055,\"33.333333333333336\"]]}]}}",

    "{\"status\":\"success\",\"isPartial\":true,\"data\":{\"result\":["
    "{\"values\":[[1700000010.001,\"+Inf\"],[1700000039.999,\"-0\"]],"
    "\"metric\":{\"node\":\"\xc3\xa9\\u00e9\\n\",\"UUID\":\"GPU-1\"}},"
    "{\"metric\":{},\"histograms\":[[1700000010,{\"count\":\"1\"}]]},"
    "{\"histograms\":[],\"values\":[]}],\"resultType\":\"matrix\"}}",

    (" { \"data\" : { \"resultType\" : \"matrix\" , \"result\" : [ {\n"
     "\"values\" : [ [ 1700000010 , \"1\" ] ,\n[ 1700000025 , \"2\" ] ] ,\r\n"
     "\"metric\" : { \"gpu\" : \"0\" } } ] } ,\t\"status\" : \"success\" }"),

    "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"too slow\"}"};

/* Of which kind. */
struct origin {
	const struct answer_setup *setup;
	const char *const *bodies;
	size_t count;
};

static const struct origin of_vectors = {&answer_gpu, vectors,
					 sizeof(vectors) / sizeof(*vectors)},
			   of_matrices = {&answer_history, matrices,
					  sizeof(matrices) / sizeof(*matrices)};

static void
make_mutation(struct mutation *b, const struct origin *origin, unsigned number)
{
	const char *valid = origin->bodies[number % origin->count];
	unsigned seed = number + 1;

	mutation_start(b, valid);
	for (int times = 1 + rand_r(&seed) % 3; times > 0; times--)
		mutation_of_bytes(b, &seed);
}

static void
check_cuts(const struct origin *origin)
{
	struct mutation b;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		struct answer whole, random, single;
		bool is_good;

		make_mutation(&b, origin, i);
		answer_decode(&whole, origin->setup, b.text, b.length,
			      answer_whole);
		answer_decode(&random, origin->setup, b.text, b.length,
			      (struct answer_cut){PIECE_MAX_BYTES, i + 1});
		answer_decode(&single, origin->setup, b.text, b.length,
			      (struct answer_cut){1, 0});
		is_good = answer_is_same(&whole, &random) &&
			  answer_is_same(&whole, &single);
		CU_ASSERT_TRUE(is_good);
		if (!is_good)
			mutation_print(&b, i);
		answer_free(&whole);
		answer_free(&random);
		answer_free(&single);
	}
}

static void
check_against_json_c(const struct origin *origin)
{
	unsigned accepted = 0;
	struct mutation b;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		struct answer got, expected;
		bool is_good;

		make_mutation(&b, origin, i);
		answer_decode(&got, origin->setup, b.text, b.length,
			      answer_whole);
		answer_expect(&expected, origin->setup, b.text, b.length);
		accepted += got.code == ERR_OK;
		is_good = answer_agrees(&got, &expected, b.text, b.length);
		CU_ASSERT_TRUE(is_good);
		if (!is_good) {
			mutation_print(&b, i);
			printf("# got %s (%s)\n# json-c %s\n",
			       err_name(got.code), got.err.text,
			       err_name(expected.code));
		}
		answer_free(&got);
		answer_free(&expected);
	}
	/* Neither outcome may be rare, or little has been shown. */
	CU_ASSERT_TRUE(accepted > MUTATIONS / 20);
	CU_ASSERT_TRUE(accepted < MUTATIONS - MUTATIONS / 20);
}

static void
cuts_change_no_vector(void)
{
	check_cuts(&of_vectors);
}

static void
cuts_change_no_matrix(void)
{
	check_cuts(&of_matrices);
}

static void
agrees_with_json_c_on_vectors(void)
{
	check_against_json_c(&of_vectors);
}

static void
agrees_with_json_c_on_matrices(void)
{
	check_against_json_c(&of_matrices);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"cuts change no vector", cuts_change_no_vector},
	    {"cuts change no matrix", cuts_change_no_matrix},
	    {"agrees with json-c on vectors", agrees_with_json_c_on_vectors},
	    {"agrees with json-c on matrices", agrees_with_json_c_on_matrices},
	    {NULL, NULL}};

	return suite_run("answer_mutation", tests);
}
