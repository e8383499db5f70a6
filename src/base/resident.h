/* How much of the machine's memory this process has. */
#ifndef BASE_RESIDENT_H
#define BASE_RESIDENT_H

#include <stdint.h>

/* 0 where /proc does not tell (proc(5), statm). */
uint64_t resident_bytes(void);

#endif
