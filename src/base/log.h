/*
 * One event, one line on stderr, in logfmt: time, level, msg, then key=value
 * pairs. A line is built in the caller's struct and written with one write.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG__MAX };

/* Longer lines are cut at the last whole pair that fits. */
enum { LOG_LINE_BYTES = 4096 };

struct log_line {
	size_t length;
	bool wanted;
	char text[LOG_LINE_BYTES];
};

/* "debug", "info", "warn", "error". */
const char *log_level_name(enum log_level level);

/* Lines below that level are dropped; LOG_INFO until called. Not for use
 * while other threads log. */
void log_set_level(enum log_level level);

/* True if lines of that level are written: for work worth skipping. */
bool log_wants(enum log_level level);

/* For troubles that last: true once in each interval, by whoever asks first. */
bool log_is_due(atomic_llong *next_ms, int64_t interval_ms);

void log_start(struct log_line *l, enum log_level level, const char *msg);

/*
 * Adds key=value; the key is ours, the value may come from anywhere: what is
 * not printable ASCII or could be taken for another pair is escaped in quotes,
 * and a value is cut at 512 bytes. NULL is left out.
 */
void log_text(struct log_line *l, const char *key, const char *value);
void log_number(struct log_line *l, const char *key, int64_t value);

/* Microseconds, written as milliseconds with three decimals. */
void log_duration(struct log_line *l, const char *key_ms, int64_t us);

/*
 * Writes the line. What cannot be written at once is lost, and a later line
 * says how much was: nobody waits for a log.
 */
void log_write(struct log_line *l);

#endif
