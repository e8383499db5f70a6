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
