/*
 * What can be known of a GPU: the one table of its fields, in the units that
 * everything is kept in. Rows, nodes, plans, profiles and READMEs follow it.
 */
#ifndef GPU_FIELD_H
#define GPU_FIELD_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of answers. */
enum field {
	FIELD_UTILIZATION,
	FIELD_MEMORY_USED,
	FIELD_MEMORY_TOTAL,
	FIELD_MEMORY_FREE,
	FIELD_MEMORY_UTILIZATION,
	FIELD_TEMPERATURE,
	FIELD_POWER_DRAW,
	FIELD_POWER_LIMIT,
	FIELD_SM_CLOCK,
	FIELD_MEMORY_CLOCK,
	FIELD_FAN_SPEED,
	FIELD_MEMORY_TEMPERATURE,
	FIELD_ENERGY,
	FIELD_XID,
	FIELD_MEMORY_CONTROLLER_UTILIZATION,
	/* From these the others are computed; no answer has them. */
	FIELD_MEMORY_RESERVED,
	FIELD_MEMORY_USED_RATIO,
	FIELD__MAX
};

/* What can be known of a process on a GPU. */
enum process_field {
	PROCESS_GPU_MEMORY,
	PROCESS_CPU,
	PROCESS_MEMORY,
	PROCESS_FIELD__MAX
};

/* What can be known of one of those who have a GPU. */
enum workload_field {
	WORKLOAD_UTILIZATION,
	WORKLOAD_MEMORY_USED,
	WORKLOAD_MEMORY_LIMIT,
	WORKLOAD_FIELD__MAX
};

/* A set of fields. */
typedef uint32_t field_set;
typedef uint32_t process_field_set;
#define FIELD_BIT(field) (UINT32_C(1) << (field))

/* Those with a key in answers, and those that groups of cards have. */
#define FIELDS_TOLD	 (FIELD_BIT(FIELD_MEMORY_RESERVED) - 1)
#define FIELDS_OF_GROUPS (FIELD_BIT(FIELD_POWER_LIMIT) - 1)

/* Who measures GPUs has one of these: what else there is says little without
 * them. */
#define FIELDS_MAIN                                                            \
	(FIELD_BIT(FIELD_UTILIZATION) | FIELD_BIT(FIELD_MEMORY_USED) |         \
	 FIELD_BIT(FIELD_MEMORY_FREE) | FIELD_BIT(FIELD_MEMORY_USED_RATIO))

/* All that is computed from each other: values of one moment and one source. */
#define FIELDS_OF_MEMORY                                                       \
	(FIELD_BIT(FIELD_MEMORY_USED) | FIELD_BIT(FIELD_MEMORY_TOTAL) |        \
	 FIELD_BIT(FIELD_MEMORY_FREE) | FIELD_BIT(FIELD_MEMORY_UTILIZATION) |  \
	 FIELD_BIT(FIELD_MEMORY_RESERVED) |                                    \
	 FIELD_BIT(FIELD_MEMORY_USED_RATIO))

/* Of these what changes from one moment to the next: not what a GPU has, but
 * how it is divided. */
#define FIELDS_OF_ONE_MOMENT (FIELDS_OF_MEMORY & ~FIELD_BIT(FIELD_MEMORY_TOTAL))

enum unit {
	UNIT_NUMBER,
	UNIT_PERCENT,
	UNIT_RATIO, /* 0 to 1 */
	UNIT_BYTES, /* told in GiB */
	UNIT_CELSIUS,
	UNIT_WATTS,
	UNIT_MEGAHERTZ,
	UNIT_JOULES,
	UNIT_GPUS, /* cards, and parts of them */
	/* Of what was used over a span of time: */
	UNIT_SECONDS,	   /* told in hours */
	UNIT_BYTE_SECONDS, /* told in GiB hours */
	UNIT_WORK,	   /* joules, told in kWh */
	UNIT_SHARE,	   /* 0 to 1, and told */
	UNIT_MONEY,	   /* of a currency that is told beside it */
	UNIT_OF_ROW,	   /* the row tells which */
	UNIT__MAX
};

struct unit_info {
	const char *kept; /* its word in conf/profiles/README.md */
	const char *told; /* its word in src/api/README.md */
	double factor;	  /* from what is kept to what is told */
	unsigned decimals;
};

extern const struct unit_info unit_table[UNIT__MAX];

/* How a card's value follows from those of the instances it is split into. */
enum field_of_card {
	CARD_OWN, /* its own, which each instance may repeat */
	CARD_SUM,
	CARD_BY_SLICES, /* each instance has its share of the card's slices */
	CARD_COMPUTED	/* of the card's other values */
};

/* How a group's values follow from those of its cards: a set. */
enum field_of_group {
	GROUP_NONE = 0,
	GROUP_AVG = 1,
	GROUP_MAX = 2,
	GROUP_SUM = 4,
	GROUP_COMPUTED = 8 /* of the group's sums */
};

/* How the value of a span of time follows from the samples in it. */
enum field_of_step { STEP_AVG, STEP_MAX, STEP_LAST, STEP_INCREASE };

struct field_info {
	const char *name;     /* in profiles: "sm_clock" */
	const char *key;      /* in answers: "sm_clock_mhz"; or NULL */
	const char *sentence; /* what it says, for readers of answers */
	enum unit unit;
	double min, max; /* beyond, nobody measured it */
	double clamp;	 /* what is more counts as this */
	/* A 0 is what exporters say where there is no sensor. */
	bool is_zero_unknown;
	enum field_of_card of_card;
	unsigned of_group; /* enum field_of_group */
	enum field_of_step of_step;
	/* Where it was not measured, it is computed from some of these: their
	 * values must be of one moment and one source. */
	field_set made_of;
	bool is_computed; /* always: it takes no metric */
};

extern const struct field_info field_table[FIELD__MAX];

struct process_field_info {
	const char *name; /* in profiles and answers */
	const char *sentence;
	enum unit unit;
};

extern const struct process_field_info process_field_table[PROCESS_FIELD__MAX];

struct workload_field_info {
	const char *name; /* in profiles and answers */
	const char *sentence;
	enum field field; /* of the GPU; it has the unit */
};

extern const struct workload_field_info
    workload_field_table[WORKLOAD_FIELD__MAX];

/* The field of that name, or FIELD__MAX. */
enum field field_find(const char *name);

/* The same for what is known of a process. */
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
