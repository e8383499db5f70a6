/*
 * The endpoints and the table that lists them. An endpoint says which fields
 * it needs and writes the value of "data"; it knows nothing of HTTP.
 */
#ifndef API_ENDPOINT_H
#define API_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/json.h"
#include "gpu/collect.h"

/* Which of the two deadlines of the settings applies. */
enum endpoint_deadline { ENDPOINT_DEADLINE_REQUEST, ENDPOINT_DEADLINE_HEALTH };

/* How much of a process' command line is shown: it may hold secrets. */
enum endpoint_command {
	ENDPOINT_COMMAND_NAME, /* the program's name */
	ENDPOINT_COMMAND_FULL,
	ENDPOINT_COMMAND_NONE
};

/* One request, as an endpoint sees it. */
struct endpoint_call {
	const struct collector *collector;
	enum endpoint_command command;
	struct call collect;
};

struct endpoint {
	const char *path;
	const char *message; /* of a success */
	const char *failure; /* what clients are told if Prometheus fails */
	bool is_cacheable;   /* for about a second */
	enum endpoint_deadline deadline;
	struct plan_need need; /* nothing needed: no fleet is collected */

	/* Writes the value of "data". fleet is NULL if nothing is needed. */
	enum err_code (*write_data)(struct endpoint_call *call,
				    const struct fleet *fleet, struct json *j,
				    struct err *e);
};

extern const struct endpoint endpoint_health;
extern const struct endpoint endpoint_livez;
extern const struct endpoint endpoint_metrics;
extern const struct endpoint endpoint_nodes;
extern const struct endpoint endpoint_processes;
extern const struct endpoint endpoint_utilization;

/* All of them. */
extern const struct endpoint *const endpoint_table[];
extern const size_t endpoint_count;

/* Its place in the table. */
size_t endpoint_number(const struct endpoint *endpoint);

/*
 * Writes the whole envelope of a success into body, which must be empty. After
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
