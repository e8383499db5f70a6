/*
 * Sockets of the small HTTP/1.1 servers that tests start: listen, one thread
 * per connection, read a request, send with a limit on time.
 */
#ifndef TEST_SUPPORT_TCP_H
#define TEST_SUPPORT_TCP_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TCP_METHOD_BYTES = 16,
	TCP_TARGET_BYTES = 16 * 1024,
	TCP_REQUEST_BYTES = 64 * 1024,
	TCP_TIMEOUT_MS = 10000,
};

/*
 * One request. body is NUL-terminated. raw and raw_length belong to
 * tcp_request_read(): they hold bytes that came after this request.
 */
struct tcp_request {
	char method[TCP_METHOD_BYTES];
	char target[TCP_TARGET_BYTES];
	char head[TCP_REQUEST_BYTES + 1];
	char body[TCP_REQUEST_BYTES + 1];
	bool keep_alive;
	char raw[TCP_REQUEST_BYTES];
	size_t raw_length;
};

/*
 * Makes SIGTERM and SIGINT end the process with exit status 0 at once, and a
 * peer that left no reason to die.
 */
void tcp_exit_on_signals(void);

/*
 * Listens on an IPv4 address. Port 0 lets the kernel choose; *port_bound is
 * the port in use. Returns the socket, or -1 with errno set (EINVAL for text
 * that is no address).
 */
int tcp_listen(const char *address, unsigned port, unsigned *port_bound);

/* Prints "listening on ADDRESS:PORT" on stdout and flushes it. */
void tcp_announce(const char *address, unsigned port);

/*
 * Accepts for ever; serve() gets each connection in a thread of its own, at
 * most connections_max of them, the rest wait. The socket is closed when
 * serve() returns. Returns only on failure, with errno set.
 */
int tcp_serve(int listener, unsigned connections_max,
	      void (*serve)(int fd, void *context), void *context);

/*
 * Reads the next request of a connection. Before the first call raw_length
 * must be 0. False when the peer left, said nothing for TCP_TIMEOUT_MS, or
 * sent what is not HTTP/1 or too large: the connection must be closed.
 */
bool tcp_request_read(struct tcp_request *request, int fd);

/*
 * Copies the value of a header, cut to size; an absent header is "".
 * Returns whether it was there.
 */
bool tcp_request_header(const struct tcp_request *request, const char *name,
			char *value, size_t size);

/* Sends everything. False when the peer left or took nothing for 10 s. */
bool tcp_send(int fd, const void *bytes, size_t length);

/* Waits. True when the time has passed, false when the peer left earlier. */
bool tcp_wait(int fd, unsigned wait_ms);

/* Makes the closing of this socket a reset (RST) instead of an orderly end. */
void tcp_reset_on_close(int fd);

#endif
