/* Which metrics the profiles of conf/profiles ask for, read by json-c. */
#ifndef SUPPORT_SHIPPED_H
#define SUPPORT_SHIPPED_H

#include <json-c/json.h>
#include <stddef.h>

enum { SHIPPED_METRICS_MAX = 128 };

struct shipped_profile {
	const char *name;
	const char *metrics[SHIPPED_METRICS_MAX]; /* each once */
	size_t metric_count;
	struct json_object *root; /* has the texts */
};

/* Bails out if no profile has that name. To be emptied by shipped_free(). */
void shipped_read(struct shipped_profile *out, const char *name);
void shipped_free(struct shipped_profile *p);

#endif
