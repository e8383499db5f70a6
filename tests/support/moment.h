/* What the four GPU endpoints answer at one moment, parsed. */
#ifndef SUPPORT_MOMENT_H
#define SUPPORT_MOMENT_H

#include "support/invariant.h"
#include "support/responder.h"

extern const char *const moment_paths[INVARIANT__MAX];

struct moment {
	unsigned status[INVARIANT__MAX];
	/* Without the keys of their rows that tell a time. */
	struct json_object *envelopes[INVARIANT__MAX];
};

/* One endpoint's answer, or all; to be emptied, also where one is missing. */
void moment_take_one(struct moment *out, const struct responder *r,
		     enum invariant_endpoint endpoint);
void moment_take(struct moment *out, const struct responder *r);
void moment_free(struct moment *m);

/* Its rows; ends the test if it is a failure. Borrowed. */
struct json_object *moment_rows(const struct moment *m,
				enum invariant_endpoint endpoint);

#endif
