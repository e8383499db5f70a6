/*
 * What an hour of a GPU costs, by its model: a file that somebody may replace
 * while we run.
 *
 *   {"currency": "EUR", "gpu_hour": {"*H100*": 2.5, "*A100*": 1.6, "*": 0.5}}
 */
#ifndef GPU_PROFILE_PRICES_H
#define GPU_PROFILE_PRICES_H

#include "base/err.h"
#include "base/intern.h"

struct price_list; /* the file */
struct prices;	   /* what it says, immutable and counted */

enum { PRICES_RULES_MAX = 256, PRICES_FILE_MAX_BYTES = 64 * 1024 };

/* Reads the file. ERR_SETTING: it cannot be read, or what is wrong in it. */
enum err_code price_list_new(const char *path, struct price_list **out,
			     struct err *e);

/* NULL is fine. */
void price_list_free(struct price_list *l);

/*
 * What it says now, due to prices_release; NULL of NULL. Looks once a second at
 * most whether the file has changed; if it cannot be read then, or is wrong,
 * what it said last stays, and a log line says so once a minute. Any thread.
 */
const struct prices *price_list_get(struct price_list *l);

/* NULL is fine. */
void prices_release(const struct prices *p);

const char *prices_currency(const struct prices *p);

/*
 * What an hour of a whole GPU of that model costs, NULL of one that nobody
 * knows. Of several patterns that it is like the one with the most characters
 * beside * counts, of those that have as many the first. NaN: it is like none.
 */
double prices_find(const struct prices *p, const struct intern_string *model);

#endif
