/* One parameter of an endpoint's own: what may be said, and what was said. */
#ifndef API_PARAMETER_H
#define API_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum parameter_type {
	PARAMETER_INTEGER,
	PARAMETER_DURATION, /* in seconds: "90s", "1h30m", or a whole number */
	PARAMETER_TIME,	    /* RFC 3339, or Unix seconds: in milliseconds */
	PARAMETER_CHOICE    /* one of several names: its place among them */
};

/* What the query string of an endpoint may have, once: NAME=VALUE. */
struct endpoint_parameter {
	const char *name;
	enum parameter_type type;
	/* Of integers and durations, in a list that ends with NULL of choices:
	 * what may be said. min is not negative; a duration without max may be
	 * as long as it can be said. */
	long long min, max;
	const char *const *choices;
	long long standard; /* of a query string without it; */
	bool is_open;	    /* unless it depends on the other ones */
	const char *sentence;
};

enum { ENDPOINT_PARAMETERS_MAX = 8 };

/* Reads a value, decoded, that the parameter takes; false for any other. */
bool parameter_read(const struct endpoint_parameter *p, const char *text,
		    size_t length, long long *out);

enum { PARAMETER_TAKES_BYTES = 400 };

/* What it takes, for clients: "a whole number from 1 to 60". */
void parameter_write_takes(const struct endpoint_parameter *p,
			   char out[static PARAMETER_TAKES_BYTES]);

/*
 * "Query parameter NAME is VALUE: it takes ...", of one that is right by itself
 * and wrong with others: ERR_QUERY.
 */
enum err_code parameter_refuse(struct err *e, const char *name,
			       const char *value, const char *takes);

#endif
