/*
 * Whose jobs they are, where an exporter tells users' numbers beside those of
 * jobs: a number without a job's is that of who alone was there with a job; of
 * several nobody tells whose it is.
 */
#ifndef GPU_COLLECT_USAGE_USERS_H
#define GPU_COLLECT_USAGE_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "gpu/collect/usage_points.h"

struct usage_holding;

/* A user's number, and when it was told of a GPU. */
struct usage_user {
	uint32_t user;
	const usage_points *points;
};

/*
 * Gives each job of the GPU that has no user the one who was there with it for
 * longest: where they changed, one of before may still be seen. Of two who were
 * there for as long it is neither. False if there is no memory.
 */
bool usage_users_find(const struct usage_user *users, size_t count,
		      struct usage_holding *holding, size_t point_count,
		      struct arena *arena);

#endif
