#include "gpu/field.h"

#include <math.h>
#include <string.h>

/* A percentage may be measured a little high; more than that is nonsense. */
static const double percent_nonsense = 1000;

static const struct {
	const char *name;
	double min, max; /* beyond, nobody measured it */
	double clamp;	 /* what is more counts as this */
} fields[FIELD__MAX] = {
    [FIELD_UTILIZATION] = {"utilization", 0, percent_nonsense, 100},
    [FIELD_MEMORY_USED] = {"memory_used", 0, 1e15, INFINITY},
    [FIELD_MEMORY_TOTAL] = {"memory_total", 1, 1e15, INFINITY},
    [FIELD_MEMORY_FREE] = {"memory_free", 0, 1e15, INFINITY},
    [FIELD_MEMORY_UTILIZATION] = {"memory_utilization", 0, percent_nonsense,
				  INFINITY},
    [FIELD_TEMPERATURE] = {"temperature", -273.15, 1000, INFINITY},
    [FIELD_POWER_DRAW] = {"power_draw", 0, 50000, INFINITY},
    [FIELD_POWER_LIMIT] = {"power_limit", 0, 50000, INFINITY},
    [FIELD_MEMORY_CONTROLLER_UTILIZATION] = {"memory_controller_utilization", 0,
					     percent_nonsense, 100},
    [FIELD_SM_CLOCK] = {"sm_clock", 0, 50000, INFINITY},
    [FIELD_MEMORY_CLOCK] = {"memory_clock", 0, 50000, INFINITY},
    /* Fans do run above their nominal speed. */
    [FIELD_FAN_SPEED] = {"fan_speed", 0, percent_nonsense, INFINITY},
    [FIELD_MEMORY_TEMPERATURE] = {"memory_temperature", -273.15, 1000,
				  INFINITY},
    [FIELD_ENERGY] = {"energy", 0, 9e15, INFINITY},
    /* 0 is what exporters say before the first XID. */
    [FIELD_XID] = {"xid", 1, 1e6, INFINITY},
    [FIELD_MEMORY_RESERVED] = {"memory_reserved", 0, 1e15, INFINITY},
    [FIELD_MEMORY_USED_RATIO] = {"memory_used_ratio", 0, 1, INFINITY},
};

static const char *const process_names[PROCESS_FIELD__MAX] = {
    [PROCESS_GPU_MEMORY] = "gpu_memory",
    [PROCESS_CPU] = "cpu",
    [PROCESS_MEMORY] = "memory",
};

const char *
field_name(enum field field)
{
	return fields[field].name;
}

enum field
field_find(const char *name)
{
	for (int i = 0; i < FIELD__MAX; i++)
		if (strcmp(fields[i].name, name) == 0)
			return (enum field)i;
	return FIELD__MAX;
}

const char *
field_process_name(enum process_field field)
{
	return process_names[field];
}

enum process_field
field_process_find(const char *name)
{
	for (int i = 0; i < PROCESS_FIELD__MAX; i++)
		if (strcmp(process_names[i], name) == 0)
			return (enum process_field)i;
	return PROCESS_FIELD__MAX;
}

double
field_clean(enum field field, double value)
{
	if (!(value >= fields[field].min && value <= fields[field].max))
		return NAN;
	return fmin(value, fields[field].clamp);
}

bool
field_is_blank(double sample)
{
	static const double int32_blank = 0x7ffffff0,
			    int64_blank = 9223372036854775792.0,
			    fp64_blank = 140737488355328.0;

	return !isfinite(sample) || sample >= int64_blank ||
	       (sample >= int32_blank && sample <= int32_blank + 3) ||
	       (sample >= fp64_blank && sample <= fp64_blank + 3);
}
