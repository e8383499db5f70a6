#include "fake_wire.h"

#include "../support/tcp.h"
#include "fake_body.h"
#include "fake_fleet.h"
#include "fake_gzip.h"
#include "fake_reply.h"

#include <stdlib.h>
#include <string.h>

enum {
	RESET_DELAY_MS = 50, /* so that the client has what came before */
	CHUNK_BYTES = 16 * 1024,
};

/* The whole correct answer; *half is where half of the body ends. */
static char *
correct_answer(const struct fake_call *call, size_t *length, size_t *half)
{
	size_t body_length;
	char *body = fake_body_text(fake_body_ok, call, &body_length);
	char *text =
	    fake_reply_text(200, NULL, NULL, body, body_length, length);

	*half = *length - body_length + body_length / 2;
	free(body);
	return text;
}

bool
fake_wire_slow_header(const struct fake_call *call)
{
	size_t length, half;
	char *text = correct_answer(call, &length, &half);
	bool stay = tcp_wait(call->fd, call->wait_ms) &&
		    tcp_send(call->fd, text, length);

	free(text);
	return stay;
}

bool
fake_wire_slow_body(const struct fake_call *call)
{
	size_t length, half;
	char *text = correct_answer(call, &length, &half);
	bool stay = tcp_send(call->fd, text, half) &&
		    tcp_wait(call->fd, call->wait_ms) &&
		    tcp_send(call->fd, text + half, length - half);

	free(text);
	return stay;
}

bool
fake_wire_drip(const struct fake_call *call)
{
	size_t length, half;
	char *text = correct_answer(call, &length, &half);
	bool stay = true;

	for (size_t i = 0; stay && i < length; i++)
		stay = tcp_send(call->fd, text + i, 1) &&
		       tcp_wait(call->fd, call->wait_ms);
	free(text);
	return stay;
}

static bool
send_half(const struct fake_call *call)
{
	size_t length, half;
	char *text = correct_answer(call, &length, &half);
	bool sent = tcp_send(call->fd, text, half);

	free(text);
	return sent;
}

bool
fake_wire_reset(const struct fake_call *call)
{
	if (send_half(call))
		tcp_wait(call->fd, RESET_DELAY_MS);
	tcp_reset_on_close(call->fd);
	return false;
}

bool
fake_wire_reset_header(const struct fake_call *call)
{
	tcp_reset_on_close(call->fd);
	return false;
}

bool
fake_wire_close_early(const struct fake_call *call)
{
	send_half(call);
	return false;
}

bool
fake_wire_chunked(const struct fake_call *call)
{
	size_t length, size, sent = 0;
	char *body = fake_body_text(fake_body_ok, call, &length);
	bool stay = fake_reply_chunked(call->fd);

	for (unsigned i = 0; stay && sent < length; i++) {
		size = i % 7 + 1;
		if (size > length - sent)
			size = length - sent;
		stay = fake_reply_chunk(call->fd, body + sent, size);
		sent += size;
	}
	free(body);
	return stay && fake_reply_chunk(call->fd, "", 0);
}

/* Fills a chunk with elements; *row is the number of the next one. */
static size_t
fill_elements(char *chunk, const struct fake_call *call, unsigned long *row)
{
	size_t length = 0;
	char before[64] = "\"value\":[" FAKE_FLEET_TIME;
	const char *after = "]}";

	if (call->range != NULL) {
		snprintf(before, sizeof(before), "\"values\":[[%lld",
			 call->range->start_s);
		after = "]]}";
	}
	while (length < CHUNK_BYTES - 256) {
		length += (size_t)snprintf(
		    chunk + length, 256,
		    "%s{\"metric\":{\"gpu_id\":\"%lu\",\"gpu_name\":\"Endless\""
		    ",\"hostname\":\"node-%lu\"},%s,\"%lu\"%s",
		    *row == 0 ? "" : ",", *row % 8, *row / 8 + 1, before,
		    *row % 101, after);
		++*row;
	}
	return length;
}

bool
fake_wire_endless(const struct fake_call *call)
{
	static const char start[] =
	    "{\"status\":\"success\",\"data\":{\"result\":[";
	char chunk[CHUNK_BYTES];
	unsigned long row = 0;

	if (!fake_reply_chunked(call->fd) ||
	    !fake_reply_chunk(call->fd, start, sizeof(start) - 1))
		return false;
	while (
	    fake_reply_chunk(call->fd, chunk, fill_elements(chunk, call, &row)))
		;
	return false;
}

bool
fake_wire_endless_whitespace(const struct fake_call *call)
{
	static const char start[] = "{\"status\":\"success\",";
	char chunk[CHUNK_BYTES];

	memset(chunk, ' ', sizeof(chunk));
	if (!fake_reply_chunked(call->fd) ||
	    !fake_reply_chunk(call->fd, start, sizeof(start) - 1))
		return false;
	while (fake_reply_chunk(call->fd, chunk, sizeof(chunk)))
		;
	return false;
}

/* A body of one brace, and then header lines behind it. */
bool
fake_wire_endless_trailers(const struct fake_call *call)
{
	char trailers[CHUNK_BYTES];
	size_t length = 0;

	while (length + 128 < sizeof(trailers))
		length += (size_t)snprintf(trailers + length, 128,
					   "T-%zu: %0100d\r\n", length, 0);
	if (!fake_reply_chunked(call->fd) ||
	    !tcp_send(call->fd, "1\r\n{\r\n0\r\n", 9))
		return false;
	while (tcp_send(call->fd, trailers, length))
		;
	return false;
}

bool
fake_wire_gzip_bomb(const struct fake_call *call)
{
	size_t length;
	char *bomb = fake_gzip_bomb(&length);
	bool sent = fake_reply(call->fd, 200, NULL,
			       "Content-Encoding: gzip\r\n", bomb, length);

	free(bomb);
	return sent;
}
