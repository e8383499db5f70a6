#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	bool is_public;
} kinds[ERR__MAX] = {
    [ERR_OK] = {"ok", false},		[ERR_SETTING] = {"setting", false},
    [ERR_QUERY] = {"query", true},	[ERR_NOT_FOUND] = {"not_found", true},
    [ERR_METHOD] = {"method", true},	[ERR_FORBIDDEN] = {"forbidden", true},
    [ERR_BUSY] = {"busy", true},	[ERR_PROM] = {"upstream", false},
    [ERR_TIMEOUT] = {"timeout", false}, [ERR_NOT_READY] = {"not_ready", false},
    [ERR_TOO_BIG] = {"too_big", true},	[ERR_LIMIT] = {"limit", true},
    [ERR_GONE] = {"gone", false},	[ERR_MEMORY] = {"memory", true},
};

enum err_code
err_set(struct err *e, enum err_code code, const char *format, ...)
{
	va_list arguments;

	e->code = code;
	va_start(arguments, format);
	vsnprintf(e->text, sizeof(e->text), format, arguments);
	va_end(arguments);
	return code;
}

enum err_code
err_set_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY,
		       "Out of memory: the request needs more than "
		       "MAX_REQUEST_MEMORY_BYTES, all requests more than "
		       "MAX_MEMORY_BYTES, or the machine has no more");
}

const char *
err_name(enum err_code code)
{
	return code < ERR__MAX ? kinds[code].name : "unknown";
}

bool
err_is_public(enum err_code code)
{
	return code < ERR__MAX && kinds[code].is_public;
}
