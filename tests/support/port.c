#include "support/port.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/harness.h"

enum { PORT_FIRST = 20000, PORT_COUNT = 12000 };

static bool
is_free(unsigned port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address,
				     sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return bound;
}

unsigned
port_free(void)
{
	static unsigned next;
	unsigned port, tries = 0;

	/* Test programs run at the same time: each starts elsewhere. */
	if (next == 0)
		next = (unsigned)getpid() * 61;
	do {
		harness_require(tries++ < PORT_COUNT, "no free port");
		port = PORT_FIRST + next++ % PORT_COUNT;
	} while (!is_free(port));
	return port;
}
