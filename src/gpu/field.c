#include "gpu/field.h"

#include <string.h>

static const char *const names[FIELD__MAX] = {
    [FIELD_UTILIZATION] = "utilization",
    [FIELD_MEMORY_USED] = "memory_used",
    [FIELD_MEMORY_TOTAL] = "memory_total",
    [FIELD_MEMORY_FREE] = "memory_free",
    [FIELD_MEMORY_UTILIZATION] = "memory_utilization",
    [FIELD_TEMPERATURE] = "temperature",
    [FIELD_POWER_DRAW] = "power_draw",
    [FIELD_POWER_LIMIT] = "power_limit",
    [FIELD_MEMORY_CONTROLLER_UTILIZATION] = "memory_controller_utilization",
};

const char *
field_name(enum field field)
{
	return names[field];
}

enum field
field_find(const char *name)
{
	for (int i = 0; i < FIELD__MAX; i++)
		if (strcmp(names[i], name) == 0)
			return (enum field)i;
	return FIELD__MAX;
}
