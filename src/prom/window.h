/*
 * Bytes that arrive cut anywhere, for a reader that needs each piece of a text
 * whole: what it could not use yet is shown again, with more behind it.
 */
#ifndef PROM_WINDOW_H
#define PROM_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads all that is whole; *used is what need not be seen again. */
typedef enum err_code (*window_reader)(void *context, const char *bytes,
				       size_t length, size_t *used,
				       struct err *e);

struct window {
	window_reader read;
	void *context;

	/* Private. */
	size_t piece_max_bytes;
	struct buf tail; /* the start of a piece that is not whole yet */
	size_t retry_at; /* the tail's length from which to try again */
};

/* No piece is longer than that; nothing is allocated yet. */
void window_init(struct window *w, window_reader read, void *context,
		 size_t piece_max_bytes, struct budget *budget);

/* Safe on a zeroed one. */
void window_fini(struct window *w);

/* The next bytes. ERR_TOO_BIG, without a text: a piece is too long; ERR_MEMORY;
 * or what the reader says. */
enum err_code window_feed(struct window *w, const char *bytes, size_t length,
			  struct err *e) __attribute__((warn_unused_result));

/* There are no more: what is left is read once more. */
enum err_code window_end(struct window *w, struct err *e)
    __attribute__((warn_unused_result));

/* Whether there is something that the reader did not use. */
bool window_has_rest(const struct window *w);

#endif
