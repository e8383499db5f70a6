/* From what is wrong, as exporters and Prometheus tell it, to a table of
 * problems: the questions, beside those of a plan, and their answers. */
#ifndef GPU_COLLECT_PROBLEM_ASK_H
#define GPU_COLLECT_PROBLEM_ASK_H

#include <stddef.h>

#include "base/err.h"
#include "gpu/collect/plan.h"
#include "gpu/collect/problems.h"
#include "gpu/fleet/problem.h"

struct problem_question;

struct problem_ask {
	const struct problems_settings *settings;
	struct problem_table *table;
	struct plan *plan;
	struct problem_question *questions;
	size_t count, first; /* and which of the ask's is the first */
	size_t first_alert, alert_count;
	size_t failed;
};

/* At most so many questions. */
size_t problem_ask_count(const struct detection *found);

/* Adds them to the plan's, which is begun; all is borrowed until its end, and
 * lives in the call's arena. */
enum err_code problem_ask_add(struct problem_ask *a, struct plan *plan,
			      const struct problems_settings *settings,
			      struct problem_table *table, struct err *e);

/* Once all cards are there: takes the answers. One that failed is a warning;
 * if all have, so has this. */
enum err_code problem_ask_read(struct problem_ask *a, struct err *e);

#endif
