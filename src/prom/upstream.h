/*
 * The servers that can be asked, and what is known of them. One that is dead is
 * passed over, and one that is silent is not asked at all, until it has
 * answered a probe.
 */
#ifndef PROM_UPSTREAM_H
#define PROM_UPSTREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { UPSTREAM_MAX = 16 };

enum upstream_state {
	UPSTREAM_ALIVE,
	UPSTREAM_DEAD,	 /* says so at once, or cannot answer queries */
	UPSTREAM_SILENT, /* asking it takes as long as one waits */
	UPSTREAM__MAX
};

struct upstream {
	char *url;	/* ready for a path behind it; may hold a password */
	char *safe_url; /* without */
	struct upstream_list *list;
	atomic_int state;
	atomic_bool is_suspect;	     /* late, and nothing known since */
	atomic_llong answered_at_ms; /* its last sign of life; clock_now_ms */
};

struct upstream_list {
	struct upstream servers[UPSTREAM_MAX];
	size_t count;
	char *safe_urls; /* all of them, for people */

	/* Private: for those that wait for something to probe. */
	pthread_mutex_t lock;
	pthread_cond_t trouble;
	bool is_initialized, is_closing;
};

/* A set of servers: bit 0 is the first. */
typedef uint32_t upstream_set;

/*
 * Reads URLs with commas between. ERR_SETTING says what is wrong with which,
 * by its number, since it may hold a password. To be freed either way.
 */
enum err_code upstream_init(struct upstream_list *list, const char *urls,
			    struct err *e);

/* Safe on a zeroed list. Nobody may wait. */
void upstream_fini(struct upstream_list *list);

/* The same check alone. */
enum err_code upstream_check(const char *urls, struct err *e);

/*
 * The one to ask next, of those that are not in tried: the first that is
 * alive, else the first that is not silent. NULL if there is none.
 */
struct upstream *upstream_choose(struct upstream_list *list,
				 upstream_set tried);

/* How many of them, that are not in tried, are in that state. */
size_t upstream_count(const struct upstream_list *list, upstream_set tried,
		      enum upstream_state state);

/* Its bit. */
upstream_set upstream_bit(const struct upstream_list *list,
			  const struct upstream *server);

/* "alive", "dead" or "silent". */
const char *upstream_state_name(enum upstream_state state);

enum upstream_state upstream_state(const struct upstream *server);

/* What is known of it from now on. A change is logged. */
void upstream_set_state(struct upstream *server, enum upstream_state state);

/*
 * It is late: whoever probes is to find out whether it answers at all. It is
 * suspect until its state is set, to whatever.
 */
void upstream_suspect(struct upstream *server);
bool upstream_is_suspect(const struct upstream *server);

/* Whether it is not known to be alive and well. */
bool upstream_is_in_trouble(const struct upstream *server);

/* When it answered last, a query or a probe; clock_now_ms. */
int64_t upstream_answered_at_ms(const struct upstream *server);

/*
 * For the thread that probes it: returns when it is in trouble, but not before
 * that time (clock_now_ms); false: the list is closing.
 */
bool upstream_await_trouble(struct upstream *server, int64_t not_before_ms);

/* Ends those waits, also of the future. */
void upstream_close(struct upstream_list *list);

#endif
