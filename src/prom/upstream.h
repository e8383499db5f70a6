/*
 * The servers that can be asked, and which of them are dead: those are passed
 * over for a while, and then tried by one query at a time.
 */
#ifndef PROM_UPSTREAM_H
#define PROM_UPSTREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { UPSTREAM_MAX = 16, UPSTREAM_DEAD_MS = 10000 };

struct upstream {
	char *url;	/* ready for a path behind it; may hold a password */
	char *safe_url; /* without */
	atomic_llong dead_until_ms; /* 0 while it is alive */
};

struct upstream_list {
	struct upstream servers[UPSTREAM_MAX];
	size_t count;
	char *safe_urls; /* all of them, for people */
};

/* A set of servers: bit 0 is the first. */
typedef uint32_t upstream_set;

/*
 * Reads URLs with commas between. ERR_SETTING says what is wrong with which,
 * by its number, since it may hold a password. To be freed either way.
 */
enum err_code upstream_init(struct upstream_list *list, const char *urls,
			    struct err *e);

/* Safe on a zeroed list. */
void upstream_fini(struct upstream_list *list);

/* The same check alone. */
enum err_code upstream_check(const char *urls, struct err *e);

/*
 * The one to ask next, of those that are not in tried: the first that is
 * alive, or whose time is up, else the first. NULL if all were tried.
 */
struct upstream *upstream_choose(struct upstream_list *list, upstream_set tried,
				 int64_t now_ms);

/* Its bit. */
upstream_set upstream_bit(const struct upstream_list *list,
			  const struct upstream *server);

/* Whether it was found dead, and not alive since. */
bool upstream_is_dead(const struct upstream *server);

/* What came of asking it. A change is logged. */
void upstream_mark_dead(struct upstream *server, int64_t now_ms);
void upstream_mark_alive(struct upstream *server);

#endif
