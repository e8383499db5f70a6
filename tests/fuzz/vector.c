/*
 * Prometheus' answers: the decoder reads them alike however they are cut, and
 * as json-c does.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "fuzz/target.h"
#include "support/answer.h"
#include "support/answer_check.h"

enum { PIECE_MAX_BYTES = 40 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer whole, cut, json_c;
	char *body = target_text(data, size);
	struct answer_cut pieces = {PIECE_MAX_BYTES,
				    (unsigned)hash_bytes(0, body, size) | 1};

	answer_decode(&whole, &answer_gpu, body, size, answer_whole);
	answer_decode(&cut, &answer_gpu, body, size, pieces);
	answer_expect(&json_c, &answer_gpu, body, size);
	target_require(answer_is_same(&whole, &cut),
		       "cut in pieces it is another answer");
	target_require(answer_agrees(&whole, &json_c, body, size),
		       "json-c reads it in another way");
	answer_free(&whole);
	answer_free(&cut);
	answer_free(&json_c);
	free(body);
	return 0;
}
