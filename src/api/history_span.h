/* From when to when a history is asked for. */
#ifndef API_HISTORY_SPAN_H
#define API_HISTORY_SPAN_H

#include <stdint.h>

#include "api/params.h"
#include "base/err.h"

/* Past times, Unix seconds. */
struct history_span {
	int64_t start_s, end_s;
};

/* What was said of it. */
struct history_span_asked {
	const struct params_value *start, *end, *range;
	const struct endpoint_parameter *range_parameter;
};

/* ERR_QUERY, whose text is for the client, if that is no span, or one that is
 * too long or too long ago. */
enum err_code history_span_read(const struct history_span_asked *asked,
				int64_t max_range_s, int64_t now_s,
				struct history_span *out, struct err *e);

/* Of a step that was given; the same if it is longer than the range, or makes
 * more points of it than that. */
enum err_code history_span_check_step(int64_t range_s, int64_t step_s,
				      int64_t points_max, struct err *e);

#endif
