/* What can be known of a GPU, in the units that everything is kept in. */
#ifndef GPU_FIELD_H
#define GPU_FIELD_H

#include <stdbool.h>
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
	FIELD_SM_CLOCK,			     /* MHz */
	FIELD_MEMORY_CLOCK,		     /* MHz */
	FIELD_FAN_SPEED,		     /* percent */
	FIELD_MEMORY_TEMPERATURE,	     /* degrees Celsius */
	FIELD_ENERGY,			     /* joules, since some start */
	FIELD_XID,			     /* the last one's number */
	/* From these the others are computed. */
	FIELD_MEMORY_RESERVED,	 /* bytes */
	FIELD_MEMORY_USED_RATIO, /* of total, 0 to 1 */
	FIELD__MAX
};

/* What can be known of a process on a GPU. */
enum process_field {
	PROCESS_GPU_MEMORY, /* bytes */
	PROCESS_CPU,	    /* percent of one processor */
	PROCESS_MEMORY,	    /* percent of the host's memory */
	PROCESS_FIELD__MAX
};

/* A set of fields. */
typedef uint32_t field_set;
#define FIELD_BIT(field) (UINT32_C(1) << (field))

/* The name in profiles and answers: "memory_used". */
const char *field_name(enum field field);

/* The field of that name, or FIELD__MAX. */
enum field field_find(const char *name);

/* The same for what is known of a process. */
const char *field_process_name(enum process_field field);
enum process_field field_process_find(const char *name);

/*
 * The value as it is to be kept: NaN for what no GPU can have measured (an
 * exporter's mark for "unknown", a number far out of range), and utilizations
 * a little past 100 are 100.
 */
double field_clean(enum field field, double value);

/*
 * True if the sample, before it is scaled, is one of the numbers that stand
 * for "unknown": NaN, infinite, or one of DCGM's blank values
 * (dcgm_structs.h: DCGM_INT32_BLANK, DCGM_INT64_BLANK, DCGM_FP64_BLANK and the
 * three behind each).
 */
bool field_is_blank(double sample);

#endif
