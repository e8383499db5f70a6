#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/spare.h"

enum { FIRST_BYTES = 1024 };

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
buf_fini(struct buf *b)
{
	if (b->budget != NULL)
		budget_give(b->budget, b->capacity);
	free(b->data);
	b->data = NULL;
	b->length = b->capacity = 0;
}

void
buf_reset(struct buf *b)
{
	b->length = 0;
	b->status = ERR_OK;
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

	if (b->budget != NULL && !budget_take(b->budget, more))
		return NULL;
	if (b->budget != NULL)
		spare_make_room(budget_spare(b->budget), more);
	data = realloc(b->data, capacity);
	if (data == NULL && b->budget != NULL)
		budget_give(b->budget, more);
	return data;
}

char *
buf_grow(struct buf *b, size_t bytes)
{
	size_t capacity;
	char *data;

	if (b->status != ERR_OK)
		return NULL;
	if (bytes > b->max_bytes - b->length) {
		b->status = ERR_TOO_BIG;
		return NULL;
	}
	if (bytes <= b->capacity - b->length && b->data != NULL)
		return b->data + b->length;
	capacity = grown_capacity(b, b->length + bytes);
	data = resize(b, capacity);
	if (data == NULL) {
		b->status = ERR_MEMORY;
		return NULL;
	}
	b->data = data;
	b->capacity = capacity;
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
