/*
 * What each instance of a split card is of it, for all that count GPUs. Pure
 * arithmetic, as derive.h.
 */
#ifndef GPU_FLEET_SHARES_H
#define GPU_FLEET_SHARES_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/fleet/fleet.h"

/* What is known of the instances that there are, and of their card. */
struct shares_split {
	size_t count;
	unsigned slices[FLEET_INSTANCES_MAX]; /* slices_of_memory; 0 */
	double memory[FLEET_INSTANCES_MAX];   /* bytes; NaN */
	double memory_of_card;
};

/* Who told. */
enum shares_source { SHARES_OF_PROFILES, SHARES_OF_MEMORY, SHARES_EQUAL };

/*
 * By their profiles, if each has one; else by what each has of the card's
 * memory, if that is known and they do not have more together; else each is as
 * large as the others.
 */
enum shares_source shares_find(const struct shares_split *s,
			       double shares[static FLEET_INSTANCES_MAX]);

/* The same of a card's instances, in their order, in a finished fleet. */
enum shares_source shares_of_card(const struct fleet *f,
				  const struct fleet_gpu *card,
				  double shares[static FLEET_INSTANCES_MAX]);

/* Whether each of the card's instances tells the same memory in use, and that
 * is the card's. */
bool shares_repeat_memory(const struct fleet *f, const struct fleet_gpu *card);

/* Whether it is an instance of a card with others, and has all of its memory,
 * as they do. */
bool shares_have_one_memory(const struct fleet *f, const struct fleet_gpu *gpu);

/* What is to be said, with a size_t, of GPUs whose shares are not known. */
#define SHARES_EQUAL_WARNING                                                   \
	"GPUs of which nobody tells how large their instances are: %zu. Each " \
	"instance counts as an equal part"

/* Of such a card: whether its shares are told, or known by what it is. All but
 * NVIDIA's have partitions of one size. */
bool shares_are_known(enum shares_source source, const struct fleet *f,
		      const struct fleet_gpu *card);

#endif
