/*
 * Prometheus' answers over a range of time: two bytes that say how the rest is
 * cut, and the rest. However it arrives the outcome is the same, and it is
 * json-c's.
 */
#include "fuzz/fuzz.h"
#include "support/answer.h"

enum { CUT_BYTES = 2 };

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
	answer_decode(&pieces, &answer_history, body, size, cut);
	answer_decode(&whole, &answer_history, body, size, answer_whole);
	answer_expect(&expected, &answer_history, body, size);
	FUZZ_REQUIRE(answer_is_equal(&pieces, &whole));
	FUZZ_REQUIRE(answer_agrees(&whole, &expected, body, size));
	answer_free(&pieces);
	answer_free(&whole);
	answer_free(&expected);
	return 0;
}
