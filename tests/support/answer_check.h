/* Whether prom/vector reads an answer as json-c does. */
#ifndef SUPPORT_ANSWER_CHECK_H
#define SUPPORT_ANSWER_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "support/answer.h"

bool answer_is_same(const struct answer *a, const struct answer *b);

/*
 * The same outcome and samples; or another failure, of a body that is broken
 * and says that it failed; or refused, where json-c 0.16 takes what is not
 * JSON: raw control characters in strings, characters past U+10FFFF, numbers
 * such as 1. or .5 or 007; or keys that come twice, of which it keeps the last.
 */
bool answer_agrees(const struct answer *got, const struct answer *json_c,
		   const char *body, size_t length);

#endif
