#include "gpu/field.h"

#include <math.h>
#include <string.h>

/* A percentage may be measured a little high; more than that is nonsense. */
#define PERCENT_NONSENSE 1000

const struct unit_info unit_table[UNIT__MAX] = {
    [UNIT_NUMBER] = {"a number", "", 1, 0},
    [UNIT_PERCENT] = {"percent", "percent", 1, 2},
    [UNIT_RATIO] = {"0 to 1, of the total", NULL, 1, 0},
    [UNIT_BYTES] = {"bytes", "GiB", 1 / (1024.0 * 1024.0 * 1024.0), 3},
    [UNIT_CELSIUS] = {"degrees Celsius", "°C", 1, 1},
    [UNIT_WATTS] = {"watts", "watts", 1, 2},
    [UNIT_MEGAHERTZ] = {"MHz", "MHz", 1, 0},
    [UNIT_JOULES] = {"joules", "joules", 1, 0},
    [UNIT_GPUS] = {NULL, "GPUs", 1, 3},
    [UNIT_SECONDS] = {"seconds", "hours", 1 / 3600.0, 3},
    [UNIT_BYTE_SECONDS] = {"byte seconds", "GiB hours",
			   1 / (1024.0 * 1024.0 * 1024.0 * 3600.0), 3},
    [UNIT_WORK] = {"joules", "kWh", 1 / 3.6e6, 3},
    [UNIT_SHARE] = {"0 to 1", "0 to 1", 1, 4},
    [UNIT_MONEY] = {NULL, "of its currency", 1, 4},
    [UNIT_OF_ROW] = {NULL, "the row's unit", 1, 2},
};

const struct field_info field_table[FIELD__MAX] = {
    [FIELD_UTILIZATION] =
	{
	    .name = "utilization",
	    .key = "utilization",
	    .sentence = "How busy the GPU was.",
	    .unit = UNIT_PERCENT,
	    .max = PERCENT_NONSENSE,
	    .clamp = 100,
	    .of_card = CARD_BY_SLICES,
	    .of_group = GROUP_AVG | GROUP_MAX,
	    .of_step = STEP_AVG,
	},
    [FIELD_MEMORY_USED] =
	{
	    .name = "memory_used",
	    .key = "memory_used",
	    .sentence = "Memory in use.",
	    .unit = UNIT_BYTES,
	    .max = 1e15,
	    .clamp = INFINITY,
	    .of_card = CARD_SUM,
	    .of_group = GROUP_SUM,
	    .of_step = STEP_AVG,
	    .made_of = FIELD_BIT(FIELD_MEMORY_TOTAL) |
		       FIELD_BIT(FIELD_MEMORY_USED_RATIO),
	},
    [FIELD_MEMORY_TOTAL] =
	{
	    .name = "memory_total",
	    .key = "memory_total",
	    .sentence = "Memory that the GPU has.",
	    .unit = UNIT_BYTES,
	    .max = 1e15,
	    .clamp = INFINITY,
	    .of_card = CARD_SUM,
	    .of_group = GROUP_SUM,
	    .of_step = STEP_LAST,
	    .made_of = FIELD_BIT(FIELD_MEMORY_USED) |
		       FIELD_BIT(FIELD_MEMORY_FREE) |
		       FIELD_BIT(FIELD_MEMORY_RESERVED) |
		       FIELD_BIT(FIELD_MEMORY_USED_RATIO),
	},
    [FIELD_MEMORY_FREE] =
	{
	    .name = "memory_free",
	    .key = "memory_free",
	    .sentence = "Memory that is left.",
	    .unit = UNIT_BYTES,
	    .max = 1e15,
	    .clamp = INFINITY,
	    .of_card = CARD_SUM,
	    .of_group = GROUP_SUM,
	    .of_step = STEP_AVG,
	    .made_of = FIELD_BIT(FIELD_MEMORY_USED) |
		       FIELD_BIT(FIELD_MEMORY_TOTAL) |
		       FIELD_BIT(FIELD_MEMORY_RESERVED),
	},
    [FIELD_MEMORY_UTILIZATION] =
	{
	    .name = "memory_utilization",
	    .key = "memory_utilization",
	    .sentence = "Used of total memory.",
	    .unit = UNIT_PERCENT,
	    .max = PERCENT_NONSENSE,
	    .clamp = 100,
	    .of_card = CARD_COMPUTED,
	    .of_group = GROUP_COMPUTED,
	    .of_step = STEP_AVG,
	    .made_of =
		FIELD_BIT(FIELD_MEMORY_USED) | FIELD_BIT(FIELD_MEMORY_TOTAL),
	    .is_computed = true,
	},
    [FIELD_TEMPERATURE] =
	{
	    .name = "temperature",
	    .key = "temperature",
	    .sentence = "Temperature of the GPU.",
	    .unit = UNIT_CELSIUS,
	    .min = -273.15,
	    .max = 1000,
	    .clamp = INFINITY,
	    .is_zero_unknown = true,
	    .of_group = GROUP_MAX,
	    .of_step = STEP_MAX,
	},
    [FIELD_POWER_DRAW] =
	{
	    .name = "power_draw",
	    .key = "power_draw",
	    .sentence = "Power that the GPU draws.",
	    .unit = UNIT_WATTS,
	    .max = 50000,
	    .clamp = INFINITY,
	    .is_zero_unknown = true,
	    .of_group = GROUP_SUM,
	    .of_step = STEP_AVG,
	},
    [FIELD_POWER_LIMIT] =
	{
	    .name = "power_limit",
	    .key = "power_limit",
	    .sentence = "Power that it may draw.",
	    .unit = UNIT_WATTS,
	    .max = 50000,
	    .clamp = INFINITY,
	    .is_zero_unknown = true,
	    .of_step = STEP_LAST,
	},
    [FIELD_SM_CLOCK] =
	{
	    .name = "sm_clock",
	    .key = "sm_clock_mhz",
	    .sentence = "Clock of the multiprocessors.",
	    .unit = UNIT_MEGAHERTZ,
	    .max = 50000,
	    .clamp = INFINITY,
	    .of_step = STEP_AVG,
	},
    [FIELD_MEMORY_CLOCK] =
	{
	    .name = "memory_clock",
	    .key = "memory_clock_mhz",
	    .sentence = "Clock of the memory.",
	    .unit = UNIT_MEGAHERTZ,
	    .max = 50000,
	    .clamp = INFINITY,
	    .of_step = STEP_AVG,
	},
    [FIELD_FAN_SPEED] =
	{
	    .name = "fan_speed",
	    .key = "fan_speed",
	    .sentence = "Speed of the fan, which may be above 100.",
	    .unit = UNIT_PERCENT,
	    .max = PERCENT_NONSENSE,
	    .clamp = INFINITY, /* fans do run above their nominal speed */
	    .of_step = STEP_AVG,
	},
    [FIELD_MEMORY_TEMPERATURE] =
	{
	    .name = "memory_temperature",
	    .key = "memory_temperature",
	    .sentence = "Temperature of the memory.",
	    .unit = UNIT_CELSIUS,
	    .min = -273.15,
	    .max = 1000,
	    .clamp = INFINITY,
	    .is_zero_unknown = true,
	    .of_step = STEP_MAX,
	},
    [FIELD_ENERGY] =
	{
	    .name = "energy",
	    .key = "energy_joules",
	    .sentence = "Energy since some start: a counter.",
	    .unit = UNIT_JOULES,
	    .max = 9e15,
	    .clamp = INFINITY,
	    .of_step = STEP_INCREASE,
	},
    [FIELD_XID] =
	{
	    .name = "xid",
	    .key = "xid",
	    .sentence = "Number of the last XID error; null if there was none.",
	    .unit = UNIT_NUMBER,
	    .min = 1, /* 0 is what exporters say before the first */
	    .max = 1e6,
	    .clamp = INFINITY,
	    .of_step = STEP_LAST,
	},
    [FIELD_MEMORY_CONTROLLER_UTILIZATION] =
	{
	    .name = "memory_controller_utilization",
	    .key = "memory_controller_utilization",
	    .sentence = "How busy the memory was, not how full.",
	    .unit = UNIT_PERCENT,
	    .max = PERCENT_NONSENSE,
	    .clamp = 100,
	    .of_card = CARD_BY_SLICES,
	    .of_step = STEP_AVG,
	},
    [FIELD_MEMORY_RESERVED] =
	{
	    .name = "memory_reserved",
	    .unit = UNIT_BYTES,
	    .max = 1e15,
	    .clamp = INFINITY,
	    .of_card = CARD_SUM,
	    .of_step = STEP_AVG,
	},
    [FIELD_MEMORY_USED_RATIO] =
	{
	    .name = "memory_used_ratio",
	    .unit = UNIT_RATIO,
	    .max = 1,
	    .clamp = INFINITY,
	    .of_card = CARD_COMPUTED,
	    .of_step = STEP_AVG,
	},
};

const struct process_field_info process_field_table[PROCESS_FIELD__MAX] = {
    [PROCESS_GPU_MEMORY] = {"gpu_memory", "Memory of the GPU that it uses.",
			    UNIT_BYTES},
    [PROCESS_CPU] = {"cpu", "Use of one processor.", UNIT_PERCENT},
    [PROCESS_MEMORY] = {"memory", "Used of the host's memory.", UNIT_PERCENT},
};

const struct workload_field_info workload_field_table[WORKLOAD_FIELD__MAX] = {
    [WORKLOAD_UTILIZATION] = {"utilization",
			      "Its own where somebody tells it, else the GPU's "
			      "if it alone has that.",
			      FIELD_UTILIZATION},
    [WORKLOAD_MEMORY_USED] = {"memory_used",
			      "Of the memory, as of the utilization.",
			      FIELD_MEMORY_USED},
    [WORKLOAD_MEMORY_LIMIT] = {"memory_limit",
			       "The most that it may use of the memory, where "
			       "somebody tells it.",
			       FIELD_MEMORY_TOTAL},
};

enum field
field_find(const char *name)
{
	int i = 0;

	while (i < FIELD__MAX && strcmp(field_table[i].name, name) != 0)
		i++;
	return (enum field)i;
}

enum process_field
field_process_find(const char *name)
{
	int i = 0;

	while (i < PROCESS_FIELD__MAX &&
	       strcmp(process_field_table[i].name, name) != 0)
		i++;
	return (enum process_field)i;
}

double
field_clean(enum field field, double value)
{
	const struct field_info *info = &field_table[field];

	if (!(value >= info->min && value <= info->max) ||
	    (info->is_zero_unknown && value == 0))
		return NAN;
	return value > info->clamp ? info->clamp : value;
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
