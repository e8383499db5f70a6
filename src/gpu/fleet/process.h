/* What exporters know of the processes on the GPUs. */
#ifndef GPU_FLEET_PROCESS_H
#define GPU_FLEET_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/field.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/reading.h"

struct process {
	const struct fleet_gpu *gpu; /* the card */
	uint32_t pid;
	uint32_t mig_instance; /* of the card; FLEET_UNKNOWN */
	/* Numbers of the fleet's texts. */
	uint32_t name;
	uint32_t user;
	uint32_t command;
	struct sheet_origin origin; /* of whom, and which way it was told */
	double timestamp_s;	    /* of the newest reading */
	double lost_s; /* not measured since then; 0: it is there */
	struct reading readings[PROCESS_FIELD__MAX];
};

struct process_table {
	/* By the card's place in the fleet, its instance, then by pid; after
	 * finish. */
	struct process **sorted;
	size_t count;
	struct fleet fleet;

	/* Private. */
	struct process_sighting *newest;
	size_t sighting_count;
};

/* An empty table. It lives in the arena, but for the fleet's texts. */
void process_init(struct process_table *t, struct arena *arena);

/* Safe on a zeroed table. */
void process_fini(struct process_table *t);

/* Adds what one sample says of a process; its card is of the table's fleet. */
enum err_code process_add(struct process_table *t, const struct process *seen,
			  struct err *e);

/*
 * Finishes the fleet, brings together what is of one process, sorts. Within one
 * exporter a process is what has the same id, name, user and command, as far as
 * they are known: of an id that was used twice it may tell both. What another
 * exporter tells of that id fills what is open, if it can be of one row alone.
 * Of copies one counts for all fields, as in sheet_settle.
 */
enum err_code process_finish(struct process_table *t, struct err *e);

#endif
