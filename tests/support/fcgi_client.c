#include "support/fcgi_client.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/harness.h"
#include "support/invariant.h"

enum {
	PROTOCOL_VERSION = 1,
	END_REQUEST = 3,
	STDOUT = 6,
	ROLE_RESPONDER = 1,
	KEEP_CONN = 1,
	HEADER_BYTES = 8,
	TIMEOUT_S = 30
};

static int
open_socket(const char *socket_path, int flags)
{
	const struct timeval timeout = {.tv_sec = TIMEOUT_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

int
fcgi_client_connect(const char *socket_path)
{
	int fd = open_socket(socket_path, 0);

	harness_require(fd >= 0, "%s: %s", socket_path, strerror(errno));
	return fd;
}

int
fcgi_client_try_connect(const char *socket_path)
{
	int fd = open_socket(socket_path, SOCK_NONBLOCK);

	if (fd >= 0)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

bool
fcgi_client_send_raw(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		length -= (size_t)sent;
	}
	return true;
}

bool
fcgi_client_send(int fd, unsigned type, const void *content, size_t length)
{
	const unsigned char header[HEADER_BYTES] = {
	    PROTOCOL_VERSION,
	    (unsigned char)type,
	    0,
	    1,
	    (unsigned char)(length >> 8),
	    (unsigned char)(length & 0xff),
	    0,
	    0};

	return fcgi_client_send_raw(fd, header, sizeof(header)) &&
	       fcgi_client_send_raw(fd, content, length);
}

bool
fcgi_client_begin(int fd, bool keeps_connection)
{
	const unsigned char content[8] = {0, ROLE_RESPONDER,
					  keeps_connection ? KEEP_CONN : 0};

	return fcgi_client_send(fd, FCGI_CLIENT_BEGIN, content,
				sizeof(content));
}

/* In one byte, or in four of which the first says so. */
static size_t
add_length(char *out, size_t length)
{
	if (length <= 127) {
		out[0] = (char)length;
		return 1;
	}
	out[0] = (char)0x80;
	out[1] = 0;
	out[2] = (char)(length >> 8);
	out[3] = (char)length;
	return 4;
}

static size_t
add_param(char *out, const char *name, const char *value)
{
	size_t name_length = strlen(name), value_length = strlen(value);
	size_t used = add_length(out, name_length);

	used += add_length(out + used, value_length);
	memcpy(out + used, name, name_length);
	memcpy(out + used + name_length, value, value_length);
	return used + name_length + value_length;
}

size_t
fcgi_client_params(char out[static 512], const char *path)
{
	const char *query = path + strcspn(path, "?");
	size_t length = add_param(out, "REQUEST_METHOD", "GET");
	char *alone = strndup(path, (size_t)(query - path));

	harness_require(alone != NULL, "no memory");
	length += add_param(out + length, "DOCUMENT_URI", alone);
	length +=
	    add_param(out + length, "QUERY_STRING", query + (*query == '?'));
	free(alone);
	return length;
}

bool
fcgi_client_get(int fd, const char *path)
{
	char params[512];
	size_t length = fcgi_client_params(params, path);

	return fcgi_client_begin(fd, false) &&
	       fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params, length) &&
	       fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0) &&
	       fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0);
}

static bool
receive_exactly(int fd, void *bytes, size_t length)
{
	char *at = bytes;

	while (length > 0) {
		ssize_t got = recv(fd, at, length, 0);

		if (got <= 0)
			return false;
		at += got;
		length -= (size_t)got;
	}
	return true;
}

char *
fcgi_client_receive_status(int fd, long *status)
{
	unsigned char header[HEADER_BYTES], content[65536 + 256];
	char *text = NULL;
	size_t length, padded, text_length;
	FILE *out = open_memstream(&text, &text_length);

	harness_require(out != NULL, "out of memory");
	*status = -1;
	while (*status < 0 && receive_exactly(fd, header, sizeof(header))) {
		length = (size_t)header[4] << 8 | header[5];
		padded = length + header[6];
		if (!receive_exactly(fd, content, padded))
			break;
		if (header[1] == STDOUT)
			fwrite(content, 1, length, out);
		if (header[1] == END_REQUEST)
			*status = (long)content[0] << 24 | content[1] << 16 |
				  content[2] << 8 | content[3];
	}
	fclose(out);
	return text;
}

char *
fcgi_client_receive(int fd)
{
	long status;

	return fcgi_client_receive_status(fd, &status);
}

static void
check_answer(const char *socket_path, const char *path, const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");

	if (end != NULL)
		invariant_answer(socket_path, path, end + 4);
}

char *
fcgi_client_fetch(const char *socket_path, const char *path)
{
	int fd = fcgi_client_connect(socket_path);
	char *text;

	harness_require(fcgi_client_get(fd, path), "%s: %s", socket_path,
			strerror(errno));
	text = fcgi_client_receive(fd);
	close(fd);
	check_answer(socket_path, path, text);
	return text;
}

char *
fcgi_client_fetch_from(const char *socket, const char *path,
		       const char *address, long *status)
{
	int fd = fcgi_client_connect(socket);
	char params[512], *text;
	size_t length = fcgi_client_params(params, path);

	length += add_param(params + length, "REMOTE_ADDR", address);
	fcgi_client_begin(fd, false);
	fcgi_client_send(fd, FCGI_CLIENT_PARAMS, params, length);
	fcgi_client_send(fd, FCGI_CLIENT_PARAMS, "", 0);
	fcgi_client_send(fd, FCGI_CLIENT_STDIN, "", 0);
	text = fcgi_client_receive_status(fd, status);
	close(fd);
	check_answer(socket, path, text);
	return text;
}

struct json_object *
fcgi_client_fetch_json(const char *socket, const char *path, unsigned status)
{
	struct json_object *envelope;
	char line[32], *text;
	const char *body;

	snprintf(line, sizeof(line), "Status: %u ", status);
	text = fcgi_client_fetch(socket, path);
	if (strstr(text, line) == NULL)
		printf("# %s: %.400s\n", path, text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(text, line));
	body = strstr(text, "\r\n\r\n");
	harness_require(body != NULL, "no body for %s", path);
	envelope = json_tokener_parse(body + 4);
	harness_require(envelope != NULL, "no JSON for %s", path);
	free(text);
	return envelope;
}
