/* GET /api/v1/gpu/usage: what its parameters ask for. */
#ifndef API_USAGE_H
#define API_USAGE_H

#include "api/params.h"
#include "base/arena.h"
#include "base/err.h"
#include "gpu/collect/usage.h"

/*
 * What the parameters mean at that moment (Unix time), and those of them that
 * are about rows; what they refer to lives in the arena and in the parameters.
 * ERR_QUERY: they contradict each other, or ask for more than the settings
 * allow; the text is for the client.
 */
enum err_code usage_read(const struct params *p,
			 const struct history_settings *settings,
			 double now_wall_s, struct arena *arena,
			 struct usage_need *out, struct params *rest,
			 struct err *e);

#endif
