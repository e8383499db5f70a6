#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/spare.h"

enum { FIRST_BYTES = 1024, FIRST_PIECES = 16 };

void
buf_init(struct buf *b, size_t max_bytes)
{
	memset(b, 0, sizeof(*b));
	b->max_bytes = max_bytes;
}

void
buf_init_within(struct buf *b, size_t max_bytes, struct budget *budget)
{
	buf_init(b, max_bytes);
	b->budget = budget;
}

void
buf_use(struct buf *b, char *storage, size_t bytes)
{
	*b = (struct buf){
	    .data = storage, .capacity = bytes, .max_bytes = bytes};
}

void
buf_init_in_pieces(struct buf *b, size_t max_bytes, struct budget *budget)
{
	buf_init_within(b, max_bytes, budget);
	b->is_in_pieces = true;
}

static bool
take(const struct buf *b, size_t bytes)
{
	return b->budget == NULL || budget_take(b->budget, bytes);
}

static void
give(const struct buf *b, size_t bytes)
{
	if (b->budget != NULL)
		budget_give(b->budget, bytes);
}

static void
release(const struct buf *b, char *data, size_t capacity)
{
	give(b, capacity);
	spare_give(budget_blocks(b->budget), data, capacity);
}

static void
release_pieces(struct buf *b)
{
	for (size_t i = 0; i < b->piece_count; i++)
		release(b, b->pieces[i].data, b->pieces[i].capacity);
	give(b, b->piece_capacity * sizeof(*b->pieces));
	free(b->pieces);
	b->pieces = NULL;
	b->piece_count = b->piece_capacity = b->pieces_bytes = 0;
}

void
buf_fini(struct buf *b)
{
	release_pieces(b);
	release(b, b->data, b->capacity);
	b->data = NULL;
	b->length = b->capacity = 0;
}

void
buf_reset(struct buf *b)
{
	release_pieces(b);
	b->length = 0;
	b->status = ERR_OK;
}

bool
buf_piece(const struct buf *b, size_t number, struct buf_piece *out)
{
	if (number < b->piece_count)
		*out = b->pieces[number];
	else
		*out = (struct buf_piece){b->data, b->length, b->capacity};
	return number <= b->piece_count;
}

enum err_code
buf_status(const struct buf *b)
{
	return b->status;
}

static size_t
grown_capacity(const struct buf *b, size_t needed)
{
	size_t capacity = b->capacity > 0 ? b->capacity : FIRST_BYTES;

	while (capacity < needed && capacity <= b->max_bytes / 2)
		capacity *= 2;
	if (capacity < needed || capacity > b->max_bytes)
		capacity = b->max_bytes;
	return capacity;
}

static char *
resize(struct buf *b, size_t capacity)
{
	size_t more = capacity - b->capacity;
	char *data;

	if (!take(b, more))
		return NULL;
	spare_make_room(budget_blocks(b->budget), more);
	data = realloc(b->data, capacity);
	if (data == NULL)
		give(b, more);
	return data;
}

/* --- pieces ----------------------------------------------------------------
 */

/* Room for one piece more in the list; false if there is no memory. */
static bool
lengthen_list(struct buf *b)
{
	size_t more =
	    b->piece_capacity > 0 ? b->piece_capacity : (size_t)FIRST_PIECES;
	size_t more_bytes = more * sizeof(*b->pieces);
	struct buf_piece *pieces;

	if (b->piece_count < b->piece_capacity)
		return true;
	if (!take(b, more_bytes))
		return false;
	pieces = realloc(b->pieces,
			 b->piece_capacity * sizeof(*pieces) + more_bytes);
	if (pieces == NULL) {
		give(b, more_bytes);
		return false;
	}
	b->pieces = pieces;
	b->piece_capacity += more;
	return true;
}

/* For that much at least; there is no room beyond the maximum. */
static size_t
piece_capacity(const struct buf *b, size_t bytes)
{
	size_t most = b->max_bytes - b->pieces_bytes;

	if (bytes > SPARE_BLOCK_BYTES)
		return bytes;
	return most < SPARE_BLOCK_BYTES ? most : (size_t)SPARE_BLOCK_BYTES;
}

/* Behind the last piece, which is full now. */
static char *
add_piece(struct buf *b, size_t bytes)
{
	size_t capacity;
	char *data;

	if (!lengthen_list(b))
		return NULL;
	b->pieces[b->piece_count++] =
	    (struct buf_piece){b->data, b->length, b->capacity};
	b->pieces_bytes += b->length;
	b->data = NULL;
	b->length = b->capacity = 0;
	capacity = piece_capacity(b, bytes);
	if (!take(b, capacity))
		return NULL;
	data = spare_take(budget_blocks(b->budget), capacity);
	if (data != NULL)
		b->capacity = capacity;
	else
		give(b, capacity);
	return data;
}

/* What is short stands in one piece, which grows. */
static char *
grow(struct buf *b, size_t needed)
{
	size_t capacity = grown_capacity(b, needed);
	char *data;

	if (b->is_in_pieces && needed > SPARE_BLOCK_BYTES && b->length > 0)
		return add_piece(b, needed - b->length);
	if (b->is_in_pieces && needed <= SPARE_BLOCK_BYTES &&
	    2 * capacity > SPARE_BLOCK_BYTES)
		capacity = piece_capacity(b, needed);
	data = resize(b, capacity);
	if (data != NULL)
		b->capacity = capacity;
	return data;
}

char *
buf_grow(struct buf *b, size_t bytes)
{
	char *data;

	if (b->status != ERR_OK)
		return NULL;
	if (bytes > b->max_bytes - buf_bytes(b)) {
		b->status = ERR_TOO_BIG;
		return NULL;
	}
	if (bytes <= b->capacity - b->length && b->data != NULL)
		return b->data + b->length;
	data = grow(b, b->length + bytes);
	if (data == NULL) {
		b->status = ERR_MEMORY;
		return NULL;
	}
	b->data = data;
	return b->data + b->length;
}

void
buf_append_format(struct buf *b, const char *format, ...)
{
	va_list arguments;
	char text[512];
	int length;

	if (b->status != ERR_OK)
		return;
	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(text)) {
		b->status = ERR_TOO_BIG;
		return;
	}
	buf_append(b, text, (size_t)length);
}
