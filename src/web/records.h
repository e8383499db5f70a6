/*
 * An answer as FastCGI records, as long as these may be, of the text where it
 * stands. libfcgi would copy it into a buffer of 8 KiB, and write each of these
 * by itself.
 */
#ifndef WEB_RECORDS_H
#define WEB_RECORDS_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Writes both as the standard output of that request, whose end is the
 * caller's to write; waits for the peer to read, as libfcgi does. False: the
 * peer is gone, or a record broke off; the connection is shut down then, so
 * that nothing behind it is taken for the rest.
 */
bool records_write(int fd, int request_id, const struct buf *header,
		   const struct buf *body);

#endif
