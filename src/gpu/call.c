#include "gpu/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interest.h"

enum { WARNING_MAX_BYTES = 1024 };

/* Adds the text; or in that place, of a text that was given before. */
static void
put(struct call *call, size_t place, const char *text)
{
	const char *copy;

	if (place == CALL_WARNINGS_MAX)
		return;
	copy = arena_copy(call->arena, text, strlen(text));
	if (copy == NULL) {
		call->lacks_warning = true;
		return;
	}
	call->warnings[place] = copy;
	call->warning_count += place == call->warning_count;
}

void
call_warn(struct call *call, const char *format, ...)
{
	char text[WARNING_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (size_t i = 0; i < call->warning_count; i++)
		if (strcmp(call->warnings[i], text) == 0)
			return;
	put(call, call->warning_count, text);
}

void
call_warn_of_some(struct call *call, size_t count, const char *format, ...)
{
	char what[WARNING_MAX_BYTES], text[WARNING_MAX_BYTES];
	va_list arguments;
	size_t i;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(text, sizeof(text), "%zu %.*s", count, (int)sizeof(text) - 24,
		 what);
	for (i = 0; i < call->warning_count; i++) {
		const char *old = call->warnings[i];
		size_t digits = strspn(old, "0123456789");

		if (digits > 0 && strcmp(old + digits, strchr(text, ' ')) == 0)
			break;
	}
	if (i == call->warning_count ||
	    strtoull(call->warnings[i], NULL, 10) < count)
		put(call, i, text);
}

enum err_code
call_ask(struct call *call, struct ask *ask, size_t capacity,
	 struct intern *strings, size_t max_series, struct err *e)
{
	const struct ask_asker asker = {call->arena, call->request_id,
					call->deadline_ms, call->interest};

	return ask_init(ask, capacity, &asker, strings, max_series, e);
}

void
call_start(struct call *call, struct ask *ask, struct pool *pool)
{
	call->query_count += ask->count;
	ask_start(ask, pool);
}

const struct err *
call_await(struct call *call, struct ask *ask, size_t number)
{
	const struct ask_question *q = &ask->questions[number];
	bool is_first = !q->is_read;
	const struct err *outcome;

	if (is_first)
		progress_enter(call->progress, STAGE_ASK);
	outcome = ask_await(ask, number);
	if (is_first)
		call->decode_us += q->decode_us;
	return outcome;
}

void
call_take_warnings(struct call *call, const struct ask *ask, size_t number)
{
	const char *warning;

	for (size_t i = 0; (warning = ask_warning(ask, number, i)) != NULL; i++)
		call_warn(call, "%s", warning);
}

enum err_code
call_go_on(struct call *call, struct err *e)
{
	enum { LOOK_INTERVAL_MS = 250 };
	int64_t now_ms = clock_now_ms();

	if (now_ms >= call->deadline_ms)
		return err_set(e, ERR_TIMEOUT,
			       "the answer was not put together in time");
	if (now_ms < call->next_look_ms)
		return ERR_OK;
	call->next_look_ms = now_ms + LOOK_INTERVAL_MS;
	return interest_is_lost(call->interest)
		   ? err_set(e, ERR_GONE,
			     "nobody waits for the answer any more")
		   : ERR_OK;
}
