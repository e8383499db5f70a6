/*
 * Finds out whether servers in trouble answer, and now and then what their
 * clocks show, in threads of their own: no request has to wait for that, and no
 * server for another.
 */
#ifndef PROM_PROBE_H
#define PROM_PROBE_H

#include "base/err.h"
#include "prom/server.h"

struct probe;

/*
 * Asks a server the smallest thing, within a limit; learns its clock. At any
 * time one thread asks about each server.
 */
typedef enum server_state (*probe_ask)(void *context, struct server *server);

/* Starts the threads. What it is given must outlive it. */
enum err_code probe_new(struct server_list *servers, probe_ask ask,
			void *context, struct probe **out, struct err *e);

/* Ends the threads, after the probes that are under way. NULL is fine. */
void probe_free(struct probe *p);

#endif
