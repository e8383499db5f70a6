/*
 * Answers as FastCGI records: who reads them finds the bytes of the answer,
 * however they stood, and however they were written.
 */
#include "web/records.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/suite.h"

enum { REQUEST_ID = 258, HEAD_BYTES = 8, CONTENT_MAX_BYTES = 65528 };

/* Reads all there is, a little at a time. */
struct peer {
	int fd;
	size_t bytes_at_once;
	struct buf read;
};

static void *
read_all(void *context)
{
	struct peer *p = context;
	char *room;
	ssize_t bytes;

	while ((room = buf_reserve(&p->read, p->bytes_at_once)) != NULL &&
	       (bytes = read(p->fd, room, p->bytes_at_once)) > 0)
		buf_commit(&p->read, (size_t)bytes);
	return NULL;
}

/* Behind this record, whose content is added to out. */
static size_t
take_record(const struct buf *stream, size_t at, struct buf *out)
{
	const unsigned char *head = (const unsigned char *)stream->data + at;
	size_t content;

	CU_ASSERT_TRUE_FATAL(stream->length - at >= HEAD_BYTES);
	content = (size_t)head[4] << 8 | head[5];
	CU_ASSERT_EQUAL(head[0], 1);
	CU_ASSERT_EQUAL(head[1], 6);
	CU_ASSERT_EQUAL(head[2] << 8 | head[3], REQUEST_ID);
	CU_ASSERT_EQUAL(head[6], 0);
	/* Of nothing would be the stream's end. */
	CU_ASSERT_TRUE(content > 0 && content <= CONTENT_MAX_BYTES);
	CU_ASSERT_TRUE_FATAL(stream->length - at - HEAD_BYTES >= content);
	/* All but the last one are as long as they may be. */
	CU_ASSERT_TRUE(content == CONTENT_MAX_BYTES ||
		       at + HEAD_BYTES + content == stream->length);
	buf_append(out, stream->data + at + HEAD_BYTES, content);
	return at + HEAD_BYTES + content;
}

static void
check_stream(const struct buf *stream, const struct buf *header,
	     const struct buf *body)
{
	size_t bytes = header->length;
	struct buf content;
	struct buf_piece piece;

	buf_init(&content, SIZE_MAX / 4);
	for (size_t at = 0; at < stream->length;)
		at = take_record(stream, at, &content);
	CU_ASSERT_TRUE_FATAL(content.length ==
			     header->length + buf_bytes(body));
	CU_ASSERT_TRUE(memcmp(content.data, header->data, bytes) == 0);
	/* Where there is no text, there is no place to compare. */
	for (size_t i = 0; buf_piece(body, i, &piece) && piece.length > 0;
	     i++) {
		CU_ASSERT_TRUE(memcmp(content.data + bytes, piece.data,
				      piece.length) == 0);
		bytes += piece.length;
	}
	CU_ASSERT_EQUAL(bytes, content.length);
	buf_fini(&content);
}

static void
write_text(struct buf *out, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_append(out, &(char){(char)('a' + i * 7919 % 26)}, 1);
	CU_ASSERT_TRUE_FATAL(buf_status(out) == ERR_OK);
}

static void
check(size_t body_bytes, bool is_in_pieces, size_t bytes_at_once)
{
	struct peer peer = {.bytes_at_once = bytes_at_once};
	char text[] = "Status: 200 OK\r\n\r\n";
	const struct buf header = {.data = text, .length = sizeof(text) - 1};
	struct buf body;
	pthread_t thread;
	int fds[2];

	CU_ASSERT_TRUE_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	buf_init(&peer.read, SIZE_MAX / 4);
	if (is_in_pieces)
		buf_init_in_pieces(&body, SIZE_MAX / 4, NULL);
	else
		buf_init(&body, SIZE_MAX / 4);
	write_text(&body, body_bytes);
	peer.fd = fds[1];
	CU_ASSERT_TRUE_FATAL(pthread_create(&thread, NULL, read_all, &peer) ==
			     0);
	CU_ASSERT_TRUE(records_write(fds[0], REQUEST_ID, &header, &body));
	close(fds[0]);
	pthread_join(thread, NULL);
	check_stream(&peer.read, &header, &body);
	close(fds[1]);
	buf_fini(&body);
	buf_fini(&peer.read);
}

static void
tells_bodies_of_any_length(void)
{
	static const size_t lengths[] = {0,
					 1,
					 5000,
					 CONTENT_MAX_BYTES - 19,
					 CONTENT_MAX_BYTES - 18,
					 CONTENT_MAX_BYTES - 17,
					 CONTENT_MAX_BYTES,
					 3 * CONTENT_MAX_BYTES + 5};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		check(lengths[i], false, 65536);
		check(lengths[i], true, 65536);
	}
}

/* Of more vectors than are written at once. */
static void
tells_long_bodies(void)
{
	check(7000000, true, 65536);
	check(7000000, false, 65536);
}

/* So the socket is full again and again, and takes a part of what is written.
 */
static void
waits_for_who_reads_slowly(void)
{
	check(1000000, true, 1000);
}

static void
a_peer_that_leaves_ends_the_connection(void)
{
	char text[] = "Status: 200 OK\r\n\r\n";
	const struct buf header = {.data = text, .length = sizeof(text) - 1};
	struct buf body;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_TRUE_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	buf_init_in_pieces(&body, SIZE_MAX / 4, NULL);
	write_text(&body, 1000000);
	close(fds[1]);
	CU_ASSERT_FALSE(records_write(fds[0], REQUEST_ID, &header, &body));
	CU_ASSERT_EQUAL(write(fds[0], "", 1), -1);
	close(fds[0]);
	buf_fini(&body);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tells bodies of any length", tells_bodies_of_any_length},
	    {"tells long bodies", tells_long_bodies},
	    {"waits for who reads slowly", waits_for_who_reads_slowly},
	    {"a peer that leaves ends the connection",
	     a_peer_that_leaves_ends_the_connection},
	    {NULL, NULL}};

	return suite_run("records", tests);
}
