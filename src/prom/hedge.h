/*
 * Asks one of several servers, and the next one as well while that one says
 * nothing: who begins to answer first is listened to, the others are hung up
 * on. So a server that is silent costs a part of the time, and one that is slow
 * costs nothing.
 */
#ifndef PROM_HEDGE_H
#define PROM_HEDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "prom/server.h"
#include "prom/transfer.h"

/* The connections to the servers, kept; for one thread at a time. */
struct hedge;

/* The list is borrowed. NULL if there is no memory. */
struct hedge *hedge_new(struct server_list *servers);

/* NULL is fine. */
void hedge_free(struct hedge *h);

struct hedge_outcome {
	server_set asked;    /* empty: all servers are silent */
	server_set answered; /* the one whose answer was fed, if any was */
	size_t received_bytes;
};

/*
 * Asks until a server answers, be it with an error, or the plan's deadline is
 * over. A server that is down is passed over as long as nothing of an answer
 * has been fed. Each server is asked once. ERR_NOT_READY if none can be asked;
 * ERR_GONE, within a quarter of a second, once the plan's interest is lost.
 */
enum err_code hedge_ask(struct hedge *h, const struct transfer_plan *plan,
			struct hedge_outcome *outcome, struct err *e);

#endif
