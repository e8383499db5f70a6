/*
 * What queries that are asked together have in common: at each server, one
 * time as of which it answers.
 */
#ifndef PROM_ROUND_H
#define PROM_ROUND_H

#include <stdatomic.h>
#include <stdint.h>

#include "prom/server.h"

/* Starts zeroed. Private. */
struct round {
	atomic_llong time_ms[SERVERS_MAX];
};

/*
 * The time to tell that server, by its own clock: the same for all queries of
 * the round, decided when it is asked the first. 0: none, since its clock is
 * not known.
 */
int64_t round_time_ms(struct round *r, struct server *server);

#endif
