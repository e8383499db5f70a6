#include "gpu/collect/goal.h"

#include "base/clock.h"

static enum err_code
finish_workloads(struct workload_table *t, struct err *e)
{
	enum err_code code = workload_finish(t, e);

	return code == ERR_OK && t->capacity.is_needed
		   ? capacity_finish(&t->capacity, t, e)
		   : code;
}

enum err_code
goal_finish(const struct goal *goal, struct err *e)
{
	enum err_code code;

	if (goal->processes != NULL)
		return process_finish(goal->processes, e);
	if (goal->workloads == NULL)
		return fleet_finish(goal->fleet, e);
	code = finish_workloads(goal->workloads, e);
	return code == ERR_OK && goal->problems != NULL
		   ? problem_finish(goal->problems, &goal->settings->limits,
				    clock_wall_s(), e)
		   : code;
}

void
goal_start_again(const struct goal *goal, struct arena *arena)
{
	if (goal->processes != NULL) {
		process_fini(goal->processes);
		process_init(goal->processes, arena);
	} else {
		fleet_fini(goal->fleet);
		fleet_init(goal->fleet, arena);
	}
}
