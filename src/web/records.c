#include "web/records.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	PROTOCOL_VERSION = 1,
	STDOUT = 6,
	HEAD_BYTES = 8,
	/* The most that its length can tell, in eights, as the specification
	 * recommends. */
	CONTENT_MAX_BYTES = 65528,
	VECTORS = 64
};

/* What is written at once: heads of records, and texts. */
struct writer {
	int fd, request_id;
	size_t left_bytes;   /* of all texts */
	size_t record_bytes; /* of these, what is left of the record */
	struct iovec vectors[VECTORS];
	unsigned char heads[VECTORS][HEAD_BYTES];
	size_t count;
};

/* Behind the first bytes, which were written. */
static void
drop(struct iovec **at, size_t *count, size_t bytes)
{
	for (; *count > 0 && bytes >= (*at)->iov_len; ++*at, --*count)
		bytes -= (*at)->iov_len;
	if (*count == 0)
		return;
	(*at)->iov_base = (char *)(*at)->iov_base + bytes;
	(*at)->iov_len -= bytes;
}

static bool
flush(struct writer *w)
{
	struct iovec *at = w->vectors;

	while (w->count > 0) {
		ssize_t bytes = writev(w->fd, at, (int)w->count);

		if (bytes >= 0)
			drop(&at, &w->count, (size_t)bytes);
		else if (errno != EINTR)
			return false;
	}
	return true;
}

static bool
add(struct writer *w, const void *bytes, size_t length)
{
	if (w->count == VECTORS && !flush(w))
		return false;
	/* Nobody writes there: writev has but one kind of vector. */
	w->vectors[w->count++] = (struct iovec){(void *)bytes, length};
	return true;
}

static bool
begin_record(struct writer *w)
{
	unsigned char *head;

	if (w->count == VECTORS && !flush(w))
		return false;
	w->record_bytes = w->left_bytes < CONTENT_MAX_BYTES
			      ? w->left_bytes
			      : (size_t)CONTENT_MAX_BYTES;
	head = w->heads[w->count];
	head[0] = PROTOCOL_VERSION;
	head[1] = STDOUT;
	head[2] = (unsigned char)(w->request_id >> 8);
	head[3] = (unsigned char)w->request_id;
	head[4] = (unsigned char)(w->record_bytes >> 8);
	head[5] = (unsigned char)w->record_bytes;
	head[6] = head[7] = 0;
	return add(w, head, HEAD_BYTES);
}

static bool
add_text(struct writer *w, const struct buf_piece *text)
{
	for (size_t at = 0, bytes; at < text->length; at += bytes) {
		if (w->record_bytes == 0 && !begin_record(w))
			return false;
		bytes = text->length - at;
		if (bytes > w->record_bytes)
			bytes = w->record_bytes;
		if (!add(w, text->data + at, bytes))
			return false;
		w->record_bytes -= bytes;
		w->left_bytes -= bytes;
	}
	return true;
}

static bool
add_all(struct writer *w, const struct buf *text)
{
	struct buf_piece piece;

	for (size_t i = 0; buf_piece(text, i, &piece); i++)
		if (!add_text(w, &piece))
			return false;
	return true;
}

bool
records_write(int fd, int request_id, const struct buf *header,
	      const struct buf *body)
{
	struct writer w = {.fd = fd,
			   .request_id = request_id,
			   .left_bytes = buf_bytes(header) + buf_bytes(body)};

	if (add_all(&w, header) && add_all(&w, body) && flush(&w))
		return true;
	shutdown(fd, SHUT_RDWR);
	return false;
}
