/* A file that somebody may replace while we run, and what was read from it. */
#ifndef BASE_WATCHED_H
#define BASE_WATCHED_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "base/signature.h"

/* What is made of such a file. */
struct watched_kind {
	/* *out is to be freed by the next; *e says what is wrong. */
	enum err_code (*read)(const char *path, void **out, struct err *e);
	void (*free)(void *content); /* NULL is fine */
	const char *trouble; /* what the log says if it cannot be read again */
};

/* Private. */
struct watched {
	const struct watched_kind *kind;
	char *path;
	pthread_mutex_t lock;
	void *content;
	struct signature signature;
	int64_t next_look_ms;
	atomic_llong next_log_ms;
};

/* Reads it. The kind is borrowed; due to watched_fini either way. */
enum err_code watched_init(struct watched *w, const char *path,
			   const struct watched_kind *kind, struct err *e);

void watched_fini(struct watched *w);

/*
 * What it says now, until watched_return. Looks once a second at most whether
 * the file has changed; if it cannot be read then, what it said last stays, and
 * a log line says so once a minute. Any thread; others wait meanwhile.
 */
void *watched_take(struct watched *w);
void watched_return(struct watched *w);

#endif
