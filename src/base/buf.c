#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BYTES = 1024 };

void
buf_init(struct buf *b, size_t max_bytes)
{
	memset(b, 0, sizeof(*b));
	b->max_bytes = max_bytes;
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
	data = realloc(b->data, capacity);
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
