/*
 * The table of GPUs: samples of several metrics joined on node and index,
 * completed with what can be computed, and sorted.
 */
#ifndef GPU_FLEET_H
#define GPU_FLEET_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/intern.h"
#include "gpu/field.h"
#include "gpu/profile.h"
#include "prom/vector.h"

struct fleet_reading {
	double value; /* in the field's unit; NaN if nobody measured it */
	double timestamp_s;
};

struct fleet_gpu {
	const char *node;  /* NUL-terminated; may also contain NULs */
	const char *model; /* the same; NULL if unknown */
	uint32_t node_length;
	uint32_t model_length;
	uint32_t node_number;
	uint32_t index;
	double timestamp_s; /* of the newest reading */
	struct fleet_reading readings[FIELD__MAX];
};

struct fleet {
	/* By node name in natural order, then by index; after fleet_finish. */
	struct fleet_gpu **sorted;
	size_t count;

	/* Private. */
	struct arena *arena;
	struct intern nodes, models;
	struct fleet_gpu **gpus; /* in the order of arrival */
	size_t capacity;
	uint32_t *slots; /* gpu number + 1, 0 is free */
	size_t slot_count;
};

/* An empty fleet. All of it lives in the arena. */
void fleet_init(struct fleet *f, struct arena *arena);

/*
 * Joins the samples of one metric. Of several for one GPU the newest counts,
 * then the greatest. If it is not finite the field is left unmeasured.
 * *skipped is the number of series without a usable node or index. scratch is
 * for memory that is not needed after the call.
 */
enum err_code fleet_add(struct fleet *f, enum field field, double scale,
			const struct vector *v, struct arena *scratch,
			size_t *skipped, struct err *e);

/* Computes, sorts. Nothing may be added afterwards. */
enum err_code fleet_finish(struct fleet *f, struct err *e);

/* NaN if nobody measured it. */
static inline double
fleet_value(const struct fleet_gpu *gpu, enum field field)
{
	return gpu->readings[field].value;
}

#endif
