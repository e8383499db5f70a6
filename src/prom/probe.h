/*
 * Finds out whether servers in trouble answer, in a thread of its own: no
 * request has to wait for that.
 */
#ifndef PROM_PROBE_H
#define PROM_PROBE_H

#include "base/err.h"
#include "prom/upstream.h"

struct probe;

/* Asks a server the smallest thing, within a limit. */
typedef enum upstream_state (*probe_ask)(void *context,
					 struct upstream *server);

/* Starts the thread. What it is given must outlive it. */
enum err_code probe_new(struct upstream_list *servers, probe_ask ask,
			void *context, struct probe **out, struct err *e);

/* Ends the thread, after the probe that is under way. NULL is fine. */
void probe_free(struct probe *p);

#endif
