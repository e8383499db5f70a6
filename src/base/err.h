/* What can go wrong, as one enum and one text. Zero is success. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_code {
	ERR_OK = 0,
	ERR_SETTING,   /* a setting, a profile or the command line is wrong */
	ERR_QUERY,     /* the client's query string is malformed */
	ERR_NOT_FOUND, /* no such path */
	ERR_METHOD,    /* the path exists, the method does not */
	ERR_FORBIDDEN, /* not for that client */
	ERR_BUSY,      /* for one client at a time, and that is another one */
	ERR_PROM,      /* Prometheus is unreachable or answered nonsense */
	ERR_TIMEOUT,   /* Prometheus did not answer within the deadline */
	ERR_NOT_READY, /* Prometheus says that it cannot serve yet */
	ERR_TOO_BIG,   /* more data than the settings allow */
	ERR_LIMIT,     /* more than Prometheus may do for one query */
	ERR_GONE,      /* nobody waits for it any more */
	ERR_MEMORY, /* the request's memory budget, or the machine's, is spent
		     */
	ERR__MAX
};

enum { ERR_TEXT_BYTES = 512 };

/* The first failure of an operation. Callers start from a zeroed struct. */
struct err {
	enum err_code code;
	char text[ERR_TEXT_BYTES];
};

/*
 * Records a failure and returns its code, so that callers can write
 * `return err_set(e, ERR_..., "...")`. Text that does not fit is cut.
 */
enum err_code err_set(struct err *e, enum err_code code, const char *format,
		      ...) __attribute__((format(printf, 3, 4)));

/* The text for spent memory, the same wherever an allocation fails. */
enum err_code err_set_memory(struct err *e);

/* A short name for logs: "upstream", "timeout", ... Never NULL. */
const char *err_name(enum err_code code);

/*
 * True if the text of such an error was written for the client. The text of
 * the others may name hosts or quote Prometheus: it belongs in the log only.
 */
bool err_is_public(enum err_code code);

#endif
