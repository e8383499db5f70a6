/*
 * Request headers of the settings: `Name=value,Name=value`, the values
 * percent-encoded where they must be, as OTEL_EXPORTER_OTLP_HEADERS has them
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
 */
#ifndef PROM_HEADERS_H
#define PROM_HEADERS_H

#include "base/err.h"

enum { HEADERS_MAX_BYTES = 16 * 1024 };

/* Takes one as it is sent, "Name: value". */
typedef enum err_code (*headers_take)(void *context, const char *header,
				      struct err *e);

/*
 * Hands each one to take, unless that is NULL. ERR_SETTING says which one is
 * wrong, by its number, and what is: never the text, it may hold a secret.
 */
enum err_code headers_read(const char *text, headers_take take, void *context,
			   struct err *e);

/* The same check alone. */
enum err_code headers_check(const char *text, struct err *e);

#endif
