/*
 * Prometheus' answers: two bytes that say how the rest is cut, and the rest.
 * However it arrives the outcome is the same, and it is json-c's; and so it is
 * for who knows its series, or those of another answer.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "support/answer.h"

enum { CUT_BYTES = 2 };

static const char usual[] =
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
    "{\"metric\":{\"UUID\":\"GPU-1\",\"__name__\":\"busy\",\"gpu\":\"0\","
    "\"node\":\"n-1\"},\"value\":[1700000000.123,\"42\"]},"
    "{\"metric\":{\"UUID\":\"GPU-2\",\"__name__\":\"busy\",\"gpu\":\"1\","
    "\"node\":\"n-1\"},\"value\":[1700000000.123,\"7\"]},"
    "{\"metric\":{\"__name__\":\"heat\",\"gpu\":\"0\",\"pod\":\"\"},"
    "\"value\":[1700000000.123,\"NaN\"]}]}}";

/* The body, read by who knows nothing, the other one's series, or its own. */
static void
compare(const struct answer_setup *setup, const char *body, size_t size,
	const char *known_body, size_t known_size, struct answer_cut cut)
{
	struct known *known = answer_record(setup, known_body, known_size);
	struct known *recorded = answer_known(setup);
	struct answer strict, whole, pieces, again;

	answer_decode(&strict, setup, body, size, answer_whole);
	answer_recall(&whole, setup, body, size, answer_whole, known, recorded);
	answer_recall(&pieces, setup, body, size, cut, known, NULL);
	answer_recall(&again, setup, body, size, answer_whole, recorded, NULL);
	FUZZ_REQUIRE(answer_is_equal(&strict, &whole));
	FUZZ_REQUIRE(answer_is_equal(&strict, &pieces));
	FUZZ_REQUIRE(answer_is_equal(&strict, &again));
	answer_free(&strict);
	answer_free(&whole);
	answer_free(&pieces);
	answer_free(&again);
	known_release(known);
	known_release(recorded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer pieces, whole, expected;
	struct answer_cut cut;
	const char *body;

	if (size < CUT_BYTES)
		return 0;
	cut = (struct answer_cut){1 + (size_t)data[0], data[1]};
	body = (const char *)data + CUT_BYTES;
	size -= CUT_BYTES;
	answer_decode(&pieces, &answer_gpu, body, size, cut);
	answer_decode(&whole, &answer_gpu, body, size, answer_whole);
	answer_expect(&expected, &answer_gpu, body, size);
	FUZZ_REQUIRE(answer_is_same(&pieces, &whole));
	FUZZ_REQUIRE(answer_agrees(&whole, &expected, body, size));
	answer_free(&pieces);
	answer_free(&whole);
	answer_free(&expected);
	compare(&answer_gpu_named, body, size, body, size, cut);
	compare(&answer_gpu_named, body, size, usual, strlen(usual), cut);
	compare(&answer_gpu, usual, strlen(usual), body, size, cut);
	return 0;
}
