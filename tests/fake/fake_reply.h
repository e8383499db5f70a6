/*
 * HTTP answers of the fake Prometheus.
 */
#ifndef TEST_FAKE_REPLY_H
#define TEST_FAKE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes a whole answer, head and body, in memory that the caller frees. type
 * NULL means application/json; headers are more header lines, or NULL.
 */
char *fake_reply_text(int status, const char *type, const char *headers,
		      const char *body, size_t length, size_t *text_length);

/* Sends such an answer; false when the client left. */
bool fake_reply(int fd, int status, const char *type, const char *headers,
		const char *body, size_t length);

/* Sends the head of a chunked answer in JSON; false when the client left. */
bool fake_reply_chunked(int fd);

/* Sends one chunk; length 0 ends the body. False when the client left. */
bool fake_reply_chunk(int fd, const char *bytes, size_t length);

#endif
