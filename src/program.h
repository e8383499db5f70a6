/* The parts of the program, put together. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/err.h"
#include "base/progress.h"
#include "base/spare.h"
#include "config.h"
#include "gpu/collect/collect.h"
#include "web/share.h"

/* All that a running program holds. All zero to begin with. */
struct program {
	struct config config;
	struct profile_set profiles;
	struct client *client;
	struct pool *pool;
	struct price_list *prices; /* or NULL */
	struct xids *xids;
	struct problems_keeper *problems;
	struct detector *detector;
	struct collector collector;
	struct share *share;
	struct progress_desk *desk; /* or NULL */
	struct stats *stats;	    /* NULL: it does not serve */
	struct budget budget;
	struct spare *spare;	/* its blocks */
	uint64_t waited_before; /* when memory was last returned */
	struct budget waiting;	/* the part of it for requests that wait */
	atomic_bool is_stopping;
	/* Of --explain-profile, the only profile then; or NULL. */
	const char *explained_file;
};

/* Reads the settings, and makes what they ask for; threads run from here on.
 * serves: as a responder, whose socket is fd 0. program_fini in any case. */
enum err_code program_init(struct program *p, bool serves, struct err *e);

void program_fini(struct program *p);

/* As serve_run. */
enum err_code program_serve(struct program *p, struct err *e);

#endif
