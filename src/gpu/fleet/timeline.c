#include "gpu/fleet/timeline.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

static int64_t
divide_up(int64_t a, int64_t b)
{
	return a / b + (a % b != 0);
}

int64_t
timeline_step(int64_t range_s, int64_t points, int64_t min_s)
{
	static const int64_t ladder[] = {1,
					 2,
					 5,
					 10,
					 15,
					 30,
					 MINUTE_S,
					 2 * MINUTE_S,
					 5 * MINUTE_S,
					 10 * MINUTE_S,
					 15 * MINUTE_S,
					 30 * MINUTE_S,
					 HOUR_S,
					 2 * HOUR_S,
					 3 * HOUR_S,
					 6 * HOUR_S,
					 12 * HOUR_S,
					 DAY_S};
	int64_t least = divide_up(range_s, points - 1);

	if (least < min_s)
		least = min_s;
	for (size_t i = 0; i < sizeof(ladder) / sizeof(*ladder); i++)
		if (ladder[i] >= least)
			return ladder[i];
	return divide_up(least, DAY_S) * DAY_S;
}

struct timeline
timeline_align(int64_t start_s, int64_t end_s, int64_t step_s)
{
	struct timeline t = {.start_s = start_s - start_s % step_s,
			     .end_s = end_s - end_s % step_s,
			     .step_s = step_s};

	if (t.start_s == t.end_s)
		t.start_s -= step_s;
	t.count = (size_t)((t.end_s - t.start_s) / step_s) + 1;
	return t;
}

int64_t
timeline_points(int64_t range_s, int64_t step_s)
{
	return divide_up(range_s, step_s) + 1;
}
