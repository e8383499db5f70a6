/* Ports of this machine for servers that cannot choose one themselves. */
#ifndef SUPPORT_PORT_H
#define SUPPORT_PORT_H

/*
 * A port of 127.0.0.1 that nobody uses, below those that the kernel hands to
 * outgoing connections, so that none of them takes it meanwhile. Each call
 * gives another one.
 */
unsigned port_free(void);

#endif
