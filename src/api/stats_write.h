/* What the program counted of itself, written for others. */
#ifndef API_STATS_WRITE_H
#define API_STATS_WRITE_H

#include "api/stats.h"
#include "base/exposition.h"
#include "base/json.h"
#include "gpu/site/detect.h"

/* All metrics. The exporters are those that this process found last, the
 * servers as it sees them. */
void stats_write_metrics(struct stats *s, struct detector *detector,
			 struct exposition *x);

/* An array: each process, its threads and its memory. */
void stats_write_processes(const struct stats *s, struct json *j);

/* Arrays: the requests in flight; and the slowest of the last minute, of all
 * processes, the slowest first. */
void stats_write_in_flight(const struct stats *s, struct json *j);
void stats_write_slowest(const struct stats *s, struct json *j);

#endif
