/*
 * The endpoints and the table that lists them. An endpoint says which fields
 * it needs and writes the value of "data"; it knows nothing of HTTP.
 */
#ifndef API_ENDPOINT_H
#define API_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "api/column.h"
#include "api/kinds.h"
#include "api/member.h"
#include "api/params.h"
#include "api/table.h"
#include "base/buf.h"
#include "base/json.h"
#include "gpu/collect/collect.h"
#include "gpu/collect/snapshot.h"

struct stats;

/* Which of the two deadlines of the settings applies. */
enum endpoint_deadline { ENDPOINT_DEADLINE_REQUEST, ENDPOINT_DEADLINE_HEALTH };

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

/* One request, as an endpoint sees it. */
struct endpoint_call {
	const struct collector *collector;
	const struct endpoint_self *self;
	enum endpoint_command command;
	const struct params *params; /* of rows; NULL: none were given */
	double asked_s; /* Unix time; what "now" means in the parameters */
	struct call collect;

	/* Set by who writes data: of which these are a part, and when they are
	 * to be told anew (Unix time); 0: as the endpoint has it. */
	struct table_page page;
	bool has_page;
	int64_t expires_s;
};

enum endpoint_access {
	ENDPOINT_FOR_ALL,
	ENDPOINT_FOR_DEBUGGING /* if the settings say so, and from loopback */
};

struct endpoint {
	const char *path;
	const char
	    *operation; /* its name in OpenAPI, of what is public; or NULL */
	const char *sentence;
	enum endpoint_access access;
	const char *message; /* of a success */
	const char *failure; /* what clients are told if Prometheus fails */
	const char *late;    /* NULL: the same, if it takes too long */
	bool is_shared;	   /* asks Prometheus: one answer a second is enough */
	bool is_slow;	   /* takes one of few seats: HISTORY_CONCURRENCY */
	bool is_cacheable; /* by HTTP, for about a second, ... */
	int lasts_s;	   /* ... or that long */
	enum endpoint_deadline deadline;
	/* The last one has no name; NULL: it takes none. */
	const struct endpoint_parameter *parameters;
	/* Of data that are no rows: what may be filtered by, or NULL, and words
	 * that it takes besides. */
	void (*describe_filters)(struct column_list *list);
	unsigned words;			  /* PARAMS_WORD_BIT */
	const struct params_limit *limit; /* NULL: that of rows */
	const struct kinds *kinds;	  /* of rows; NULL: they are of one */
	/* Names, in a list that ends with NULL, of which a value may be right
	 * by itself and wrong with others; or NULL. */
	const char *const *dependent;
	/* Of one that does not answer a request without any: a query string
	 * that is right; or NULL. */
	const char *example;
	/* Whether parameters that are right, each by itself, are so together;
	 * NULL: they are. */
	enum err_code (*check)(const struct params *p, struct err *e);

	/* Of data that are rows: what is needed for all of it, the columns, and
	 * the rows in the order of the contract, in the call's arena; the call
	 * has parameters then, be they of nothing. */
	struct plan_need need;
	/* What the parameters make of that, or NULL. */
	void (*read_need)(const struct params *p, struct plan_need *need);
	/* Or NULL: what of the parameters is about rows, when those that
	 * list_rows goes by are done with. */
	void (*leave)(const struct params *p, struct params *rest);
	void (*describe)(struct column_list *list);
	enum err_code (*list_rows)(struct endpoint_call *call,
				   const struct snapshot *snapshot,
				   struct rows *out, struct err *e);

	/* Or one object that is made of the same: its members, and "data". */
	void (*describe_object)(struct member_list *list);
	enum err_code (*write_object)(struct endpoint_call *call,
				      const struct snapshot *snapshot,
				      struct json *j, struct err *e);

	/* Or the whole answer, made of the same, of the content_type below. */
	enum err_code (*write_of_snapshot)(struct endpoint_call *call,
					   const struct snapshot *snapshot,
					   struct buf *body, struct err *e);

	/* Or writes the value of "data"; and with format=csv, or NULL. */
	enum err_code (*write_data)(struct endpoint_call *call, struct json *j,
				    struct err *e);
	enum err_code (*write_csv)(struct endpoint_call *call, struct buf *body,
				   struct err *e);
	/* Of such data: a text that those parameters alone have which are
	 * answered with the same. NULL: all are. */
	enum err_code (*write_key)(const struct endpoint_call *call,
				   struct buf *out, struct err *e);

	/* Or the whole answer: of that type instead of an envelope. */
	const char *content_type;
	enum err_code (*write_text)(struct endpoint_call *call,
				    struct buf *body, struct err *e);
};

extern const struct endpoint endpoint_available;
extern const struct endpoint endpoint_capacity;
extern const struct endpoint endpoint_debug_requests;
extern const struct endpoint endpoint_debug_vars;
extern const struct endpoint endpoint_detail;
extern const struct endpoint endpoint_fleet_metrics;
extern const struct endpoint endpoint_health;
extern const struct endpoint endpoint_history;
extern const struct endpoint endpoint_livez;
extern const struct endpoint endpoint_metrics;
extern const struct endpoint endpoint_namespaces;
extern const struct endpoint endpoint_nodes;
extern const struct endpoint endpoint_openapi;
extern const struct endpoint endpoint_own_metrics;
extern const struct endpoint endpoint_pprof_cpu;  /* --enable-profiling */
extern const struct endpoint endpoint_pprof_heap; /* --enable-profiling */
extern const struct endpoint endpoint_problems;
extern const struct endpoint endpoint_processes;
extern const struct endpoint endpoint_summary;
extern const struct endpoint endpoint_usage;
extern const struct endpoint endpoint_utilization;
extern const struct endpoint endpoint_workloads;

/* The GPU that a row of theirs is of. */
const struct fleet_gpu *endpoint_problems_gpu_of(const void *row);
const struct fleet_gpu *endpoint_workloads_gpu_of(const void *row);

/* All of them. */
extern const struct endpoint *const endpoint_table[];
extern const size_t endpoint_count;

/* Its place in the table. */
size_t endpoint_number(const struct endpoint *endpoint);

/* What its query string may have; list is room for its columns. */
struct params_table endpoint_params(const struct endpoint *endpoint,
				    struct column_list *list);

/* Whether parameters that are right, each by itself, are so together; else
 * ERR_QUERY. */
enum err_code endpoint_check(const struct endpoint *endpoint,
			     const struct params *p, struct err *e);

/* What the parameters need of that: fewer columns need less. */
struct plan_need endpoint_need(const struct endpoint *endpoint,
			       const struct params *p,
			       const struct column_list *list);

/*
 * Writes the whole answer of a success into body, which must be empty. After
 * a failure *e has the details, and the body is of no use.
 */
enum err_code endpoint_answer(const struct endpoint *endpoint,
			      struct endpoint_call *call, struct buf *body,
			      struct err *e);

/* Whether its answer is made of a snapshot. */
bool endpoint_is_of_snapshot(const struct endpoint *endpoint);

/* The same as endpoint_answer, of such a one, which has what it needs. */
enum err_code endpoint_answer_of(const struct endpoint *endpoint,
				 struct endpoint_call *call,
				 const struct snapshot *snapshot,
				 struct buf *body, struct err *e);

/* What clients are told where the error's own text is not for them; of NULL, of
 * a request for no endpoint. */
const char *endpoint_failure(const struct endpoint *endpoint,
			     enum err_code code);

/*
 * Writes a failure's envelope over whatever is in the body: the error's own
 * text if it was written for clients, the fallback otherwise.
 */
void endpoint_write_error(struct buf *body, const struct err *e,
			  const char *fallback);

#endif
