#include "support/answer_check.h"

#include <stdlib.h>
#include <string.h>

bool
answer_is_same(const struct answer *a, const struct answer *b)
{
	return a->code == b->code && strcmp(a->text, b->text) == 0;
}

static bool
has_leading_zeros(const char *body, size_t length)
{
	for (size_t i = 1; i + 1 < length; i++)
		if (memchr("[,: -\t\r\n", body[i - 1], 8) != NULL &&
		    body[i] == '0' &&
		    memchr("0123456789", body[i + 1], 10) != NULL)
			return true;
	return false;
}

/* Refused for what json-c takes although it is not JSON. */
static bool
is_strict(const struct answer *got, const char *body, size_t length)
{
	const char *reason = got->err.text;

	return got->code == ERR_UPSTREAM &&
	       (strstr(reason, "control character") != NULL ||
		strstr(reason, "not UTF-8") != NULL ||
		strstr(reason, "malformed number") != NULL ||
		has_leading_zeros(body, length));
}

/* Of a key that comes twice json-c keeps the last: then it comes once. */
static bool
agrees_when_rewritten(const struct answer *json_c, const char *body,
		      size_t length)
{
	char *rewritten = answer_rewrite(body, length);
	struct answer again;
	bool is_same;

	if (rewritten == NULL)
		return false;
	answer_decode(&again, &answer_gpu, rewritten, strlen(rewritten),
		      answer_whole);
	is_same = answer_is_same(&again, json_c) ||
		  is_strict(&again, rewritten, strlen(rewritten));
	answer_free(&again);
	free(rewritten);
	return is_same;
}

bool
answer_agrees(const struct answer *got, const struct answer *json_c,
	      const char *body, size_t length)
{
	if (answer_is_same(got, json_c) ||
	    (got->code != ERR_OK && json_c->code == ERR_UPSTREAM))
		return true;
	return got->code == ERR_UPSTREAM &&
	       (is_strict(got, body, length) ||
		agrees_when_rewritten(json_c, body, length));
}
