/* GET /api/v1/gpu/history: what its parameters ask for. */
#ifndef API_HISTORY_H
#define API_HISTORY_H

#include <stdint.h>

#include "api/params.h"
#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/history.h"

/*
 * What the parameters mean at that moment (Unix time); what it refers to lives
 * in the arena and in the parameters. ERR_QUERY: they contradict each other, or
 * ask for more than the settings allow; the text is for the client.
 */
enum err_code history_read(const struct params *p,
			   const struct history_settings *settings,
			   double now_wall_s, struct arena *arena,
			   struct history_need *out, struct err *e);

/* Until when an answer that is made then is what would be told anew: the next
 * step, but for no longer than a minute; longer if its last step is over. */
int64_t history_expires_s(const struct history_need *need, double now_wall_s);

/* As parameters and answers have it: "gpu", "avg". */
const char *history_by_name(enum history_by by);
const char *history_aggregate_name(const struct history_need *need);

#endif
