#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	int is_public;
} kinds[ERR__MAX] = {
    [ERR_OK] = {"ok", 0},	    [ERR_SETTING] = {"setting", 0},
    [ERR_QUERY] = {"query", 1},	    [ERR_NOT_FOUND] = {"not_found", 1},
    [ERR_METHOD] = {"method", 1},   [ERR_FORBIDDEN] = {"forbidden", 1},
    [ERR_BUSY] = {"busy", 1},	    [ERR_UPSTREAM] = {"upstream", 0},
    [ERR_TIMEOUT] = {"timeout", 0}, [ERR_NOT_READY] = {"not_ready", 0},
    [ERR_TOO_BIG] = {"too_big", 1}, [ERR_MEMORY] = {"memory", 1},
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

int
err_is_public(enum err_code code)
{
	return code < ERR__MAX && kinds[code].is_public;
}
