/* What can be known of a GPU, in the units that everything is kept in. */
#ifndef GPU_FIELD_H
#define GPU_FIELD_H

#include <stdint.h>

enum field {
	FIELD_UTILIZATION,		     /* percent */
	FIELD_MEMORY_USED,		     /* bytes */
	FIELD_MEMORY_TOTAL,		     /* bytes */
	FIELD_MEMORY_FREE,		     /* bytes */
	FIELD_MEMORY_UTILIZATION,	     /* percent of total; computed */
	FIELD_TEMPERATURE,		     /* degrees Celsius */
	FIELD_POWER_DRAW,		     /* watts */
	FIELD_POWER_LIMIT,		     /* watts */
	FIELD_MEMORY_CONTROLLER_UTILIZATION, /* percent of time */
	FIELD__MAX
};

/* A set of fields. */
typedef uint32_t field_set;
#define FIELD_BIT(field) (UINT32_C(1) << (field))

/* The name in profiles and answers: "memory_used". */
const char *field_name(enum field field);

/* The field of that name, or FIELD__MAX. */
enum field field_find(const char *name);

#endif
