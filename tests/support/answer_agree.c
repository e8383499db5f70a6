#include <string.h>

#include "support/answer.h"

bool
answer_is_same(const struct answer *a, const struct answer *b)
{
	return a->code == b->code && strcmp(a->text, b->text) == 0;
}

bool
answer_is_equal(const struct answer *a, const struct answer *b)
{
	return answer_is_same(a, b) && a->origins == b->origins &&
	       strcmp(a->err.text, b->err.text) == 0;
}

static bool
has_leading_zeros(const char *body, size_t length)
{
	for (size_t i = 1; i + 1 < length; i++)
		if (memchr("[,: -", body[i - 1], 5) != NULL && body[i] == '0' &&
		    memchr("0123456789", body[i + 1], 10) != NULL)
			return true;
	return false;
}

bool
answer_agrees(const struct answer *got, const struct answer *expected,
	      const char *body, size_t length)
{
	const char *reason = got->err.text;

	return answer_is_same(got, expected) ||
	       (got->code == ERR_PROM &&
		(strstr(reason, "control character") != NULL ||
		 strstr(reason, "not UTF-8") != NULL ||
		 strstr(reason, "malformed number") != NULL ||
		 has_leading_zeros(body, length) ||
		 expected->has_repeated_keys));
}
