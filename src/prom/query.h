/*
 * What Prometheus is asked: the path and the parameters of an instant query and
 * of one over a range of time.
 *
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
#ifndef PROM_QUERY_H
#define PROM_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Points of time, in Unix seconds: start_s, start_s + step_s, ... end_s, which
 * is one of them. start_s is a multiple of step_s, or VictoriaMetrics moves
 * them.
 */
struct query_range {
	int64_t start_s, end_s;
	int64_t step_s; /* at least 1 */
};

/* How many points there are. */
static inline size_t
query_points(const struct query_range *range)
{
	return (size_t)((range->end_s - range->start_s) / range->step_s) + 1;
}

/* Where to ask: behind the server's URL. range is NULL for an instant query. */
const char *query_path(const struct query_range *range);

/*
 * Appends the parameters, as they stand in a URL's query string and in a form:
 * all but the time as of which an instant query is asked, and the time-out.
 * ERR_MEMORY, or what buf_status says of out.
 */
enum err_code query_write(const char *promql, const struct query_range *range,
			  struct buf *out) __attribute__((warn_unused_result));

#endif
