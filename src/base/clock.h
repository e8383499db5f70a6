/* Two clocks: one for deadlines, one for people. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLOCK_TEXT_BYTES = 32 };

/* Monotonic time: only differences mean something. */
int64_t clock_now_ms(void);
int64_t clock_now_us(void);

/* The same, going on while the machine sleeps. */
int64_t clock_boot_ms(void);

/*
 * A condition whose timed waits are told times of that clock, and such a wait:
 * false if the time came first. clock_cond_init fails only without memory.
 */
int clock_cond_init(pthread_cond_t *cond);
bool clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
		     int64_t until_ms);

/* Seconds since 1970-01-01T00:00:00Z, by the machine's clock. */
double clock_wall_s(void);

/*
 * RFC 3339 in UTC with milliseconds, "2026-01-02T03:04:05.678Z", into out.
 * Returns the length, or 0 if the time is not between the years 1970 and 9999.
 */
int clock_format(double wall_s, char out[static CLOCK_TEXT_BYTES]);

/*
 * Reads such a time, with whole seconds or decimals of them; false for anything
 * else.
 */
bool clock_read(const char *text, size_t length, double *wall_s);

/*
 * A time in HTTP (RFC 9110, section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT";
 * clock_read_http returns -1 for anything else.
 */
int clock_format_http(int64_t wall_s, char out[static CLOCK_TEXT_BYTES]);
int64_t clock_read_http(const char *text);

#endif
