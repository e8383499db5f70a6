#include "prom/window.h"

#include <string.h>

enum {
	/* How much of a new piece goes behind the tail to complete it. */
	BRIDGE_BYTES = 1024,
	/* Longer tails are not tried again for every few bytes. */
	TAIL_EAGER_BYTES = 4096
};

void
window_init(struct window *w, window_reader read, void *context,
	    size_t piece_max_bytes, struct budget *budget)
{
	*w = (struct window){.read = read,
			     .context = context,
			     .piece_max_bytes = piece_max_bytes};
	buf_init_within(&w->tail, piece_max_bytes, budget);
}

void
window_fini(struct window *w)
{
	buf_fini(&w->tail);
}

static enum err_code
extend_tail(struct window *w, const char *bytes, size_t length, struct err *e)
{
	buf_append(&w->tail, bytes, length);
	return buf_status(&w->tail) == ERR_MEMORY ? err_set_memory(e)
						  : buf_status(&w->tail);
}

static void
drop_from_tail(struct window *w, size_t used)
{
	size_t left = w->tail.length - used;

	memmove(w->tail.data, w->tail.data + used, left);
	w->tail.length = left;
	w->retry_at = left < TAIL_EAGER_BYTES ? left + 1 : left + left / 2;
	/* A full tail is the last chance of what is in it. */
	if (w->retry_at > w->piece_max_bytes)
		w->retry_at = w->piece_max_bytes;
}

/*
 * Puts enough of the new bytes behind the tail to complete it, most often a
 * few; *used of them are then done with, and the rest is read in place.
 */
static enum err_code
feed_tail(struct window *w, const char *bytes, size_t length, size_t *used,
	  struct err *e)
{
	size_t before = w->tail.length;
	size_t piece = before > BRIDGE_BYTES ? before : BRIDGE_BYTES;
	size_t done;
	enum err_code code;

	if (before < w->piece_max_bytes && piece > w->piece_max_bytes - before)
		piece = w->piece_max_bytes - before;
	if (piece > length)
		piece = length;
	*used = piece;
	if ((code = extend_tail(w, bytes, piece, e)) != ERR_OK ||
	    w->tail.length < w->retry_at)
		return code;
	code = w->read(w->context, w->tail.data, w->tail.length, &done, e);
	if (code != ERR_OK)
		return code;
	if (done >= before) {
		*used = done - before;
		w->tail.length = 0;
	} else {
		drop_from_tail(w, done);
	}
	return ERR_OK;
}

enum err_code
window_feed(struct window *w, const char *bytes, size_t length, struct err *e)
{
	enum err_code code;
	size_t used;

	while (w->tail.length > 0 && length > 0) {
		code = feed_tail(w, bytes, length, &used, e);
		if (code != ERR_OK)
			return code;
		bytes += used;
		length -= used;
	}
	if (length == 0)
		return ERR_OK;
	code = w->read(w->context, bytes, length, &used, e);
	if (code != ERR_OK || used == length)
		return code;
	code = extend_tail(w, bytes + used, length - used, e);
	if (code == ERR_OK)
		drop_from_tail(w, 0);
	return code;
}

/* A long tail may still be waiting for its next try. */
enum err_code
window_end(struct window *w, struct err *e)
{
	enum err_code code = ERR_OK;
	size_t used;

	if (w->tail.length > 0) {
		code =
		    w->read(w->context, w->tail.data, w->tail.length, &used, e);
		if (code == ERR_OK)
			drop_from_tail(w, used);
	}
	return code;
}

bool
window_has_rest(const struct window *w)
{
	return w->tail.length > 0;
}
