/*
 * Connections that have been answered while their peer still sends: a client
 * may be slow at its request's body. Closed under its hands, they would cost it
 * the answer; so one thread reads what comes, of all of them, until the peer
 * closes, and no thread that answers waits for any.
 */
#ifndef WEB_CLOSER_H
#define WEB_CLOSER_H

#include <stdint.h>

#include "base/err.h"

struct closer;

/* Starts the thread. Each connection is closed after limit_ms at the latest. */
enum err_code closer_new(int64_t limit_ms, struct closer **out, struct err *e);

/* Closes what is left, and ends the thread. NULL is fine. */
void closer_free(struct closer *l);

/* The socket belongs to it from now on, and nothing more is sent. It is closed
 * at once if there are too many. */
void closer_take(struct closer *l, int fd);

#endif
