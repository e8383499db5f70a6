#include "fake_reply.h"

#include "../support/tcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 302:
		return "Found";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 422:
		return "Unprocessable Entity";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

char *
fake_reply_text(int status, const char *type, const char *headers,
		const char *body, size_t length, size_t *text_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, text_length);

	if (out == NULL)
		abort();
	fprintf(out,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s"
		"Content-Length: %zu\r\n\r\n",
		status, reason(status), type ? type : "application/json",
		headers ? headers : "", length);
	fwrite(body, 1, length, out);
	if (fclose(out) != 0)
		abort();
	return text;
}

bool
fake_reply(int fd, int status, const char *type, const char *headers,
	   const char *body, size_t length)
{
	size_t text_length;
	char *text =
	    fake_reply_text(status, type, headers, body, length, &text_length);
	bool sent = tcp_send(fd, text, text_length);

	free(text);
	return sent;
}

bool
fake_reply_chunked(int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
				   "Content-Type: application/json\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";

	return tcp_send(fd, head, sizeof(head) - 1);
}

bool
fake_reply_chunk(int fd, const char *bytes, size_t length)
{
	char size[32];
	int size_length = snprintf(size, sizeof(size), "%zx\r\n", length);

	return tcp_send(fd, size, (size_t)size_length) &&
	       tcp_send(fd, bytes, length) && tcp_send(fd, "\r\n", 2);
}
