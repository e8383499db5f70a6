#include "gpu/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WARNING_MAX_BYTES = 1024 };

void
call_warn(struct call *call, const char *format, ...)
{
	char text[WARNING_MAX_BYTES];
	const char *copy;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (size_t i = 0; i < call->warning_count; i++)
		if (strcmp(call->warnings[i], text) == 0)
			return;
	if (call->warning_count == CALL_WARNINGS_MAX)
		return;
	copy = arena_copy(call->arena, text, strlen(text));
	if (copy != NULL)
		call->warnings[call->warning_count++] = copy;
	else
		call->lacks_warning = true;
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
