#include "prom/query.h"

#include <inttypes.h>

#include "prom/url.h"

/* Or VictoriaMetrics answers as of half a minute ago, and what it has in its
 * cache; others ignore it. */
#define NO_CACHE "&nocache=1"

/* Thanos then takes what it has of an hour instead of each sample of it; others
 * ignore it. */
#define DOWNSAMPLED "&max_source_resolution=auto"

enum { DOWNSAMPLED_STEP_S = 3600 };

const char *
query_path(const struct query_range *range)
{
	return range != NULL ? "/api/v1/query_range" : "/api/v1/query";
}

static void
write_range(const struct query_range *range, struct buf *out)
{
	buf_append_format(out,
			  "&start=%" PRId64 "&end=%" PRId64 "&step=%" PRId64,
			  range->start_s, range->end_s, range->step_s);
	if (range->step_s >= DOWNSAMPLED_STEP_S)
		buf_append_text(out, DOWNSAMPLED);
}

enum err_code
query_write(const char *promql, const struct query_range *range,
	    struct buf *out)
{
	enum err_code code;

	buf_append_text(out, "query=");
	if ((code = url_append_escaped(out, promql)) != ERR_OK)
		return code;
	if (range != NULL)
		write_range(range, out);
	buf_append_text(out, NO_CACHE);
	return buf_status(out);
}
