/*
 * A growing text with a maximum. A failed append is remembered, later ones do
 * nothing, and the caller asks once, at the end: buf_status.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/budget.h"
#include "base/err.h"

/* A part of a text, not NUL-terminated. */
struct buf_piece {
	char *data;
	size_t length, capacity;
};

struct buf {
	char *data; /* not NUL-terminated; of a text in pieces the last one */
	size_t length;
	size_t capacity;
	size_t max_bytes;
	struct budget *budget; /* or NULL */
	enum err_code status;

	/* Of a text in pieces, those before the last. */
	bool is_in_pieces;
	struct buf_piece *pieces;
	size_t piece_count, piece_capacity;
	size_t pieces_bytes; /* of text */
};

/* Allocates nothing yet. */
void buf_init(struct buf *b, size_t max_bytes);

/* The same; the memory is taken of that budget, which outlives it. */
void buf_init_within(struct buf *b, size_t max_bytes, struct budget *budget);

/*
 * The same; a long text stands in pieces of one size, so that none of it is
 * moved while it grows, and that what it takes others could have left. What is
 * reserved at once stands in one piece.
 */
void buf_init_in_pieces(struct buf *b, size_t max_bytes, struct budget *budget);

/*
 * Writes into that storage, which is all there is: it cannot lack memory.
 * buf_fini is not for it.
 */
void buf_use(struct buf *b, char *storage, size_t bytes);

/* Frees the text. Safe on a zeroed or finished buf. */
void buf_fini(struct buf *b);

/* Empties the text and forgets a failure; keeps the memory. */
void buf_reset(struct buf *b);

/* How long the text is, whether or not it is in pieces. */
static inline size_t
buf_bytes(const struct buf *b)
{
	return b->pieces_bytes + b->length;
}

/* The text from its start on: one piece after the other, from 0 on, as long as
 * it is true. */
bool buf_piece(const struct buf *b, size_t number, struct buf_piece *out);

/* ERR_OK, ERR_TOO_BIG (past max_bytes) or ERR_MEMORY. */
enum err_code buf_status(const struct buf *b);

/* For buf_reserve: makes room, or records the failure and returns NULL. */
char *buf_grow(struct buf *b, size_t bytes);

/*
 * Room for bytes more at the end, or NULL after a failure. What was written
 * there counts once buf_commit is told how much of it was used.
 */
static inline char *
buf_reserve(struct buf *b, size_t bytes)
{
	/* Not even nothing may be added to NULL. */
	if (b->data != NULL && bytes <= b->capacity - b->length &&
	    b->status == ERR_OK)
		return b->data + b->length;
	return buf_grow(b, bytes);
}

static inline void
buf_commit(struct buf *b, size_t bytes)
{
	b->length += bytes;
}

static inline void
buf_append(struct buf *b, const char *text, size_t length)
{
	char *room = buf_reserve(b, length);

	if (room != NULL && length > 0) {
		memcpy(room, text, length);
		buf_commit(b, length);
	}
}

static inline void
buf_append_text(struct buf *b, const char *text)
{
	buf_append(b, text, strlen(text));
}

/* printf into the text: short, rare pieces; over 511 bytes are ERR_TOO_BIG. */
void buf_append_format(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
