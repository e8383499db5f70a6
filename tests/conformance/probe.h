/*
 * Single requests and what each web server answers: the same from all of them,
 * but for the deviations, which are facts to be asserted as well.
 */
#ifndef CONFORMANCE_PROBE_H
#define CONFORMANCE_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* Those of the table in conf/README.md that probes fill. */
enum probe_row {
	PROBE_REFUSED,
	PROBE_UNKNOWN_METHOD,
	PROBE_NO_LENGTH,
	PROBE_LARGE_BODY,
	PROBE_SMALL_BODY,
	PROBE_CHUNKED,
	PROBE_DOTS,
	PROBE_SLASHES,
	PROBE_ENCODED_SLASH,
	PROBE_MALFORMED,
	PROBE_LONG,
	PROBE_OUTAGE,
	PROBE_STOPPED,
	PROBE_HANGING,
	PROBE_NOT_ALLOWED,
	PROBE_ROW__MAX
};

/* What an answer may lack, besides the envelope. */
enum {
	PROBE_CORS = 1, /* and the headers for security */
	PROBE_ID = 2,
	PROBE_NO_STORE = 4,
	PROBE_ALL = PROBE_CORS | PROBE_ID | PROBE_NO_STORE,
	/* A page or an envelope, with or without the rest. */
	PROBE_ANY_FORM = 8
};

struct probe_expected {
	long status;
	const char *error; /* of the envelope, escaped; NULL: there is none */
	unsigned lacks;
};

struct probe {
	const char *name;
	enum probe_row row;
	const char *method; /* NULL: GET, or POST with a body */
	const char *path;
	unsigned path_bytes; /* x are added up to as many */
	unsigned body_bytes; /* as many x are sent */
	bool is_chunked;
	const char *fake; /* how Prometheus behaves; NULL: well */
	struct probe_expected expected;
};

struct probe_deviation {
	const char *server;
	const char *probe;
	const char *shown; /* in conf/README.md */
	const char *reason;
	struct probe_expected expected;
};

/* All end with one without a name. */
extern const struct probe probes[];
extern const struct probe_deviation probe_deviations[];

/* The label of a row in conf/README.md. */
const char *probe_row_label(enum probe_row row);

/* NULL: it does as all do. */
const struct probe_deviation *probe_deviation_of(const char *server,
						 const char *probe);

#endif
