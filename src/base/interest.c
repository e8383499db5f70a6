#include "base/interest.h"

#include <poll.h>

bool
interest_has_hung_up(int fd)
{
	struct pollfd peer = {.fd = fd, .events = POLLRDHUP};

	return poll(&peer, 1, 0) > 0;
}
