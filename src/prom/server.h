/*
 * The servers that can be asked, and what is known of them. One that is dead is
 * passed over, and one that is silent is not asked at all, until it has
 * answered a probe.
 */
#ifndef PROM_SERVER_H
#define PROM_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "prom/remote_clock.h"

enum { SERVERS_MAX = 16 };

enum server_state {
	SERVER_ALIVE,
	SERVER_DEAD,   /* says so at once, or cannot answer queries */
	SERVER_SILENT, /* asking it takes as long as one waits */
	SERVER__MAX
};

struct server {
	char *url;	/* ready for a path behind it; may hold a password */
	char *safe_url; /* without */
	struct server_list *list;
	atomic_int state;
	atomic_bool is_suspect;	     /* late, and nothing known since */
	atomic_llong answered_at_ms; /* its last sign of life; clock_now_ms */
	struct remote_clock clock;   /* learnt by who probes it */
};

struct server_list {
	struct server servers[SERVERS_MAX];
	size_t count;
	char *safe_urls; /* all of them, for people */

	/* Private: for those that wait for something to probe. */
	pthread_mutex_t lock;
	pthread_cond_t trouble;
	bool is_initialized, is_closing;
};

/* A set of servers: bit 0 is the first. */
typedef uint32_t server_set;

/*
 * Reads URLs with commas between. ERR_SETTING says what is wrong with which,
 * by its number, since it may hold a password. To be freed either way.
 */
enum err_code server_init(struct server_list *list, const char *urls,
			  struct err *e);

/* Safe on a zeroed list. Nobody may wait. */
void server_fini(struct server_list *list);

/* The same check alone. */
enum err_code server_check(const char *urls, struct err *e);

/*
 * The one to ask next, of those that are not in tried: the first that is
 * alive, else the first that is not silent. NULL if there is none.
 */
struct server *server_choose(struct server_list *list, server_set tried);

/*
 * Of the servers that answered, the one whose answers to keep: rather one that
 * did not fail to answer others, and of those rather one that is alive.
 */
server_set server_to_keep(const struct server_list *list, server_set answered,
			  server_set failed);

/* How many of them, that are not in tried, are in that state. */
size_t server_count(const struct server_list *list, server_set tried,
		    enum server_state state);

/* Its bit. */
server_set server_bit(const struct server_list *list,
		      const struct server *server);

/* "alive", "dead" or "silent". */
const char *server_state_name(enum server_state state);

enum server_state server_state(const struct server *server);

/* What is known of it from now on. A change is logged. */
void server_set_state(struct server *server, enum server_state state);

/*
 * It is late: whoever probes is to find out whether it answers at all. It is
 * suspect until its state is set, to whatever.
 */
void server_suspect(struct server *server);
bool server_is_suspect(const struct server *server);

/* Whether it is not known to be alive and well. */
bool server_is_in_trouble(const struct server *server);

/* When it answered last, a query or a probe; clock_now_ms. */
int64_t server_answered_at_ms(const struct server *server);

/*
 * For the thread that probes it: returns when it is in trouble, but not before
 * that time (clock_now_ms), or else at the later one; false: the list is
 * closing.
 */
bool server_await_trouble(struct server *server, int64_t not_before_ms,
			  int64_t until_ms);

/* Ends those waits, also of the future. */
void server_close(struct server_list *list);

#endif
