#include "api/history_span.h"

#include "base/duration.h"

static const int64_t oldest_s = 3653LL * 86400; /* ten years */

/* Of a time that was given. */
static enum err_code
refuse_time(struct err *e, const char *name, const char *why)
{
	return err_set(e, ERR_QUERY, "Query parameter \"%s\" is %s", name, why);
}

static enum err_code
check_past(const char *name, int64_t time_s, int64_t now_s, struct err *e)
{
	return time_s >= now_s - oldest_s
		   ? ERR_OK
		   : refuse_time(e, name, "more than ten years ago");
}

/* A time that nobody means: a thousand times as many seconds. */
static enum err_code
check_unit(const char *name, int64_t time_s, int64_t now_s, struct err *e)
{
	return time_s <= now_s + 10 * oldest_s
		   ? ERR_OK
		   : refuse_time(e, name,
				 "more than a hundred years from now: Unix "
				 "times are in seconds, not in milliseconds");
}

static enum err_code
check_start(const struct history_span *span, int64_t max_range_s, int64_t now_s,
	    struct err *e)
{
	char longest[DURATION_TEXT_BYTES];
	enum err_code code = check_unit("start", span->start_s, now_s, e);

	if (code != ERR_OK)
		return code;
	if (span->start_s > now_s)
		return refuse_time(e, "start", "in the future");
	if (span->start_s >= span->end_s)
		return refuse_time(e, "start", "not before \"end\"");
	code = check_past("start", span->start_s, now_s, e);
	if (code != ERR_OK || span->end_s - span->start_s <= max_range_s)
		return code;
	duration_write(max_range_s, longest);
	return err_set(e, ERR_QUERY,
		       "Query parameter \"start\" is more than %s before "
		       "\"end\": take %s or less",
		       longest, longest);
}

static enum err_code
check_range(const struct history_span_asked *asked, int64_t max_range_s,
	    struct err *e)
{
	char value[DURATION_TEXT_BYTES], takes[PARAMETER_TAKES_BYTES];
	struct endpoint_parameter p = *asked->range_parameter;
	long long value_s = asked->range->value;

	if (value_s <= max_range_s)
		return ERR_OK;
	p.max = max_range_s;
	parameter_write_takes(&p, takes);
	duration_write(value_s, value);
	return parameter_refuse(e, "range", value, takes);
}

/* What is to come has not been measured. */
enum err_code
history_span_read(const struct history_span_asked *asked, int64_t max_range_s,
		  int64_t now_s, struct history_span *out, struct err *e)
{
	const struct params_value *start = asked->start, *end = asked->end;
	enum err_code code;

	if (start->is_given && asked->range->is_given)
		return err_set(e, ERR_QUERY,
			       "Query parameter \"range\" is there, and so is "
			       "\"start\": it takes one of them");
	out->end_s = end->is_given ? end->value / 1000 : now_s;
	code = check_unit("end", out->end_s, now_s, e);
	if (code == ERR_OK)
		code = check_past("end", out->end_s, now_s, e);
	if (code != ERR_OK)
		return code;
	if (out->end_s > now_s)
		out->end_s = now_s;
	if (!start->is_given) {
		out->start_s = out->end_s - asked->range->value;
		return check_range(asked, max_range_s, e);
	}
	out->start_s = start->value / 1000;
	return check_start(out, max_range_s, now_s, e);
}

enum err_code
history_span_check_step(int64_t range_s, int64_t step_s, int64_t points_max,
			struct err *e)
{
	int64_t points = range_s / step_s;
	char least[DURATION_TEXT_BYTES], longest[DURATION_TEXT_BYTES];

	if (step_s > range_s) {
		duration_write(range_s, longest);
		return err_set(e, ERR_QUERY,
			       "Query parameter \"step\" is longer than the "
			       "time that is asked for: take %s or less",
			       longest);
	}
	if (points <= points_max)
		return ERR_OK;
	duration_write((range_s + points_max - 1) / points_max, least);
	return err_set(e, ERR_QUERY,
		       "Query parameter \"step\" gives %lld points, %lld at "
		       "most: take %s or more",
		       (long long)points, (long long)points_max, least);
}
