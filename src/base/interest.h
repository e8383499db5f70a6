/*
 * Whether anybody still waits for what is being made. What takes long asks now
 * and then, and gives up if nobody does: ERR_GONE.
 */
#ifndef BASE_INTEREST_H
#define BASE_INTEREST_H

#include <stdbool.h>
#include <stddef.h>

/* Any number of threads may ask at a time. */
struct interest {
	bool (*is_lost)(const void *context);
	const void *context;
};

/* Whether all who waited have left. NULL: somebody waits until the end. */
static inline bool
interest_is_lost(const struct interest *i)
{
	return i != NULL && i->is_lost(i->context);
}

/* Whether the peer of that connection has closed it, or its half. */
bool interest_has_hung_up(int fd);

#endif
