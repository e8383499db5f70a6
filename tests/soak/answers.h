/* What may come back during the soak, and what is wrong. */
#ifndef SOAK_ANSWERS_H
#define SOAK_ANSWERS_H

#include "support/fleet_expect.h"
#include "support/http.h"

enum answers_kind {
	ANSWERS_RIGHT, /* 200 and all of it */
	ANSWERS_ERROR, /* an envelope of the program: 502, 503 or 504 */
	ANSWERS_LOST,  /* an envelope of nginx: the program did not answer */
	ANSWERS_WRONG  /* anything else */
};

enum answers_path {
	ANSWERS_METRICS,
	ANSWERS_NODES,
	ANSWERS_UTILIZATION,
	ANSWERS_HEALTH,
	ANSWERS_LIVEZ,
	ANSWERS_PATH__MAX
};

extern const char *const answers_paths[ANSWERS_PATH__MAX];

/* Works out what the fleet's answers have to be, until answers_fini. */
void answers_init(const struct fleet_expect *fleet);
void answers_fini(void);

enum answers_kind answers_check(const struct http_reply *r,
				enum answers_path path);

#endif
