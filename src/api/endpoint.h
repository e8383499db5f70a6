/*
 * The endpoints and the table that lists them. An endpoint says which fields
 * it needs and writes the value of "data"; it knows nothing of HTTP.
 */
#ifndef API_ENDPOINT_H
#define API_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/json.h"
#include "gpu/collect/collect.h"

struct stats;

/* Which of the two deadlines of the settings applies. */
enum endpoint_deadline { ENDPOINT_DEADLINE_REQUEST, ENDPOINT_DEADLINE_HEALTH };

/* How much of a process' command line is shown: it may hold secrets. */
enum endpoint_command {
	ENDPOINT_COMMAND_NAME, /* the program's name */
	ENDPOINT_COMMAND_FULL,
	ENDPOINT_COMMAND_NONE
};

/* What the program knows of itself. */
struct endpoint_self {
	struct stats *stats;
	const atomic_bool *is_stopping; /* requests are to end early */
	void *program;			/* what these are told */
	/* Has this process say how it is doing: stats_set_state. */
	void (*publish_state)(void *program);
	/* Writes an object with all settings, without secrets. */
	void (*write_settings)(const void *program, struct json *j);
};

/* What the query string may have, once: NAME=NUMBER, a whole one. */
struct endpoint_parameter {
	const char *name;
	long long min, max; /* min is not negative */
	long long standard; /* of a query string without it */
};

enum { ENDPOINT_PARAMETERS_MAX = 4 };

/* One request, as an endpoint sees it. */
struct endpoint_call {
	const struct collector *collector;
	const struct endpoint_self *self;
	enum endpoint_command command;
	const long long *parameters; /* the values, in the endpoint's order */
	struct call collect;
};

enum endpoint_access {
	ENDPOINT_FOR_ALL,
	ENDPOINT_FOR_DEBUGGING /* if the settings say so, and from loopback */
};

struct endpoint {
	const char *path;
	enum endpoint_access access;
	const char *message; /* of a success */
	const char *failure; /* what clients are told if Prometheus fails */
	bool is_shared;	   /* asks Prometheus: one answer a second is enough */
	bool is_cacheable; /* by HTTP, for about a second; is shared, too */
	enum endpoint_deadline deadline;
	/* The last one has no name; NULL: it takes none. */
	const struct endpoint_parameter *parameters;
	struct plan_need need; /* nothing needed: no fleet is collected */

	/* Writes the value of "data". fleet is NULL if nothing is needed. */
	enum err_code (*write_data)(struct endpoint_call *call,
				    const struct fleet *fleet, struct json *j,
				    struct err *e);

	/* Or the whole answer: of that type instead of an envelope. */
	const char *content_type;
	enum err_code (*write_text)(struct endpoint_call *call,
				    struct buf *body, struct err *e);
};

extern const struct endpoint endpoint_debug_requests;
extern const struct endpoint endpoint_debug_vars;
extern const struct endpoint endpoint_health;
extern const struct endpoint endpoint_livez;
extern const struct endpoint endpoint_metrics;
extern const struct endpoint endpoint_nodes;
extern const struct endpoint endpoint_own_metrics;
extern const struct endpoint endpoint_pprof_cpu;  /* --enable-profiling */
extern const struct endpoint endpoint_pprof_heap; /* --enable-profiling */
extern const struct endpoint endpoint_processes;
extern const struct endpoint endpoint_utilization;

/* All of them. */
extern const struct endpoint *const endpoint_table[];
extern const size_t endpoint_count;

/* Its place in the table. */
size_t endpoint_number(const struct endpoint *endpoint);

/*
 * Writes the whole answer of a success into body, which must be empty. After
 * a failure *e has the details, and the body is of no use.
 */
enum err_code endpoint_answer(const struct endpoint *endpoint,
			      struct endpoint_call *call, struct buf *body,
			      struct err *e);

/*
 * Writes a failure's envelope over whatever is in the body: the error's own
 * text if it was written for clients, the fallback otherwise.
 */
void endpoint_write_error(struct buf *body, const struct err *e,
			  const char *fallback);

#endif
