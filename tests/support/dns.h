/* A DNS server of this machine that knows one address, or says nothing. */
#ifndef SUPPORT_DNS_H
#define SUPPORT_DNS_H

#include <stdbool.h>

/* Of loopback, where nobody else listens. */
#define DNS_ADDRESS "127.53.53.53"

/* False if it may not listen, which takes root. Says nothing at first. */
bool dns_start(void);
void dns_stop(void);

/* Whether every name is 127.0.0.1 from now on, or nobody answers. */
void dns_set_answering(bool is);

#endif
