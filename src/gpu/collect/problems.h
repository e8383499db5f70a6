/*
 * What is wrong, asked of Prometheus no more than once in PROBLEMS_TTL_S
 * seconds, whoever wants to know: /problems, /summary, /detail.
 */
#ifndef GPU_COLLECT_PROBLEMS_H
#define GPU_COLLECT_PROBLEMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/err.h"
#include "gpu/call.h"
#include "gpu/fleet/problem.h"

struct collector;
struct problems_keeper;

/* What was found out; does not change any more. */
struct problems {
	struct problem_table table;
	/* What whoever tells of it has to tell besides. */
	const char *warnings[CALL_WARNINGS_MAX];
	size_t warning_count;
	int64_t expires_s; /* Unix time: then it is found out anew */
};

struct problems_settings {
	struct problem_limits limits;
	int ttl_s;
	const char *alert_match; /* "auto", "off", or matchers of ALERTS */
	size_t max_bytes;	 /* of one */
	struct budget *budget;	 /* of all */
};

/* Knows nothing yet. */
enum err_code problems_keeper_new(const struct problems_settings *settings,
				  struct problems_keeper **out, struct err *e);

/* Nobody may hold any. NULL is fine. */
void problems_keeper_free(struct problems_keeper *k);

/*
 * What is known, if it is young enough; else it is found out, on the call's
 * behalf: queries, deadline. *out is due to problems_release, and has the
 * warnings: the call gets none. While somebody finds out, others get what was
 * known, for another PROBLEMS_TTL_S; who comes when nothing is known finds out
 * for himself. A failure is nobody else's. Any thread.
 */
enum err_code problems_get(const struct collector *c, struct call *call,
			   const struct problems **out, struct err *e);

/*
 * The same for who can do without: if it cannot be found out *out is NULL, and
 * a warning says so, behind a text of what is not known then, "How many there
 * are is not known". ERR_MEMORY and ERR_GONE are failures: our own trouble is
 * not Prometheus'.
 */
enum err_code problems_try(const struct collector *c, struct call *call,
			   const char *unknown, const struct problems **out,
			   struct err *e);

/* NULL is fine. */
void problems_release(const struct problems *p);

#endif
