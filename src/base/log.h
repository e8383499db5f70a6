/*
 * One event, one line on stderr: time, level, msg, then more pairs, in logfmt
 * or as a JSON object. Either is printable ASCII. A line is built in the
 * caller's struct, without other memory, and written with one write.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG__MAX };

enum log_format { LOG_LOGFMT, LOG_JSON, LOG_FORMAT__MAX };

/* A pair that does not fit is left out. */
enum { LOG_LINE_BYTES = 4096 };

struct log_line {
	size_t length;
	bool wanted;
	char text[LOG_LINE_BYTES];
};

/* "debug", "info", "warn", "error". */
const char *log_level_name(enum log_level level);

/* "logfmt", "json". */
const char *log_format_name(enum log_format format);

/* How lines are written; LOG_LOGFMT until called. Like log_set_level. */
void log_set_format(enum log_format format);

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
 * in JSON by its UTF-16 code units, with U+FFFD for what is no UTF-8. A value
 * is cut at 512 bytes, in JSON before the character that has the next one.
 * NULL is left out.
 */
void log_text(struct log_line *l, const char *key, const char *value);
void log_number(struct log_line *l, const char *key, int64_t value);

/* Microseconds, not negative, written as milliseconds with three decimals. */
void log_duration(struct log_line *l, const char *key_ms, int64_t us);

/*
 * Writes the line. What cannot be written at once is lost, and a later line
 * says how much was: nobody waits for a log.
 */
void log_write(struct log_line *l);

#endif
