#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/utf8.h"

enum {
	VALUE_MAX_BYTES = 512,
	/* What one byte of a value takes at most: \xff, \ufffd. */
	ESCAPE_MAX_BYTES = 6,
	QUOTED_MAX_BYTES = VALUE_MAX_BYTES * ESCAPE_MAX_BYTES + 2
};

static enum log_level lowest = LOG_INFO;
static enum log_format written_as = LOG_LOGFMT;

const char *
log_level_name(enum log_level level)
{
	static const char *const names[LOG__MAX] = {"debug", "info", "warn",
						    "error"};

	return names[level];
}

const char *
log_format_name(enum log_format format)
{
	static const char *const names[LOG_FORMAT__MAX] = {"logfmt", "json"};

	return names[format];
}

void
log_set_format(enum log_format format)
{
	written_as = format;
}

void
log_set_level(enum log_level level)
{
	lowest = level;
}

bool
log_wants(enum log_level level)
{
	return level >= lowest;
}

bool
log_is_due(atomic_llong *next_ms, int64_t interval_ms)
{
	long long due_ms = atomic_load(next_ms), now_ms = clock_now_ms();

	return now_ms >= due_ms && atomic_compare_exchange_strong(
				       next_ms, &due_ms, now_ms + interval_ms);
}

/* --- pairs --------------------------------------------------------------- */

static void
append(struct log_line *l, const char *text, size_t length)
{
	memcpy(l->text + l->length, text, length);
	l->length += length;
}

/* Room stays free for what ends the line: a newline, a brace before it. */
static void
add_pair(struct log_line *l, const char *key, const char *value, size_t length)
{
	bool is_json = written_as == LOG_JSON, is_first = l->length == 0;
	size_t key_length = strlen(key);
	size_t needed = key_length + length + (is_json ? 5 : 2);

	if (!l->wanted || needed >= LOG_LINE_BYTES - l->length)
		return;
	if (is_json)
		append(l, is_first ? "{\"" : ",\"", 2);
	else if (!is_first)
		append(l, " ", 1);
	append(l, key, key_length);
	append(l, is_json ? "\":" : "=", is_json ? 2 : 1);
	append(l, value, length);
}

void
log_start(struct log_line *l, enum log_level level, const char *msg)
{
	char time[CLOCK_TEXT_BYTES];

	l->length = 0;
	l->wanted = log_wants(level);
	if (!l->wanted)
		return;
	clock_format(clock_wall_s(), time);
	log_text(l, "time", time);
	log_text(l, "level", log_level_name(level));
	log_text(l, "msg", msg);
}

/* Those that may stand in quotes as they are. */
static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static bool
is_bare(unsigned char c)
{
	return is_plain(c) && c != ' ' && c != '=';
}

static size_t
write_escaped(char *out, unsigned char c)
{
	if (is_plain(c)) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	if (c == '"' || c == '\\') {
		out[1] = (char)c;
		return 2;
	}
	out[1] = 'x';
	out[2] = hex_digits[c >> 4];
	out[3] = hex_digits[c & 15];
	return 4;
}

static void
add_logfmt(struct log_line *l, const char *key, const char *value)
{
	char quoted[QUOTED_MAX_BYTES];
	size_t length = strnlen(value, VALUE_MAX_BYTES), bare = 0, at = 0;

	while (bare < length && is_bare((unsigned char)value[bare]))
		bare++;
	if (bare == length && length > 0) {
		add_pair(l, key, value, length);
		return;
	}
	quoted[at++] = '"';
	for (size_t i = 0; i < length; i++)
		at += write_escaped(quoted + at, (unsigned char)value[i]);
	quoted[at++] = '"';
	add_pair(l, key, quoted, at);
}

static size_t
write_unit(char *out, unsigned unit)
{
	out[0] = '\\';
	out[1] = 'u';
	for (int i = 0; i < 4; i++)
		out[2 + i] = hex_digits[unit >> (12 - 4 * i) & 15];
	return 6;
}

static size_t
write_character(char *out, unsigned code_point)
{
	if (code_point < 0x80 && is_plain((unsigned char)code_point)) {
		out[0] = (char)code_point;
		return 1;
	}
	if (code_point == '"' || code_point == '\\') {
		out[0] = '\\';
		out[1] = (char)code_point;
		return 2;
	}
	if (code_point < 0x10000)
		return write_unit(out, code_point);
	code_point -= 0x10000;
	return write_unit(out, 0xd800 | code_point >> 10) +
	       write_unit(out + 6, 0xdc00 | (code_point & 0x3ff));
}

static void
add_json(struct log_line *l, const char *key, const char *value)
{
	char quoted[QUOTED_MAX_BYTES];
	/* All of the character that the limit may cut. */
	size_t length = strnlen(value, VALUE_MAX_BYTES + UTF8_MAX_BYTES - 1);
	size_t at = 0, step;

	quoted[at++] = '"';
	for (size_t i = 0; i < length; i += step) {
		unsigned code_point;

		step = utf8_next(value + i, length - i, &code_point);
		if (i + step > VALUE_MAX_BYTES)
			break;
		at += write_character(quoted + at, code_point);
	}
	quoted[at++] = '"';
	add_pair(l, key, quoted, at);
}

void
log_text(struct log_line *l, const char *key, const char *value)
{
	if (!l->wanted || value == NULL)
		return;
	if (written_as == LOG_JSON)
		add_json(l, key, value);
	else
		add_logfmt(l, key, value);
}

void
log_number(struct log_line *l, const char *key, int64_t value)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%" PRId64, value);

	add_pair(l, key, text, (size_t)length);
}

void
log_duration(struct log_line *l, const char *key_ms, int64_t us)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%" PRId64 ".%03d", us / 1000,
			      (int)(us % 1000));

	add_pair(l, key_ms, text, (size_t)length);
}

/* --- writing ------------------------------------------------------------- */

/* Another user's terminal is closed to us, but as the one that controls us it
 * has a name that all may open. */
static int
open_terminal(int flags)
{
	int fd = open("/dev/tty", flags);
	unsigned ours, stderrs;

	if (fd < 0 ||
	    (ioctl(fd, TIOCGDEV, &ours) == 0 &&
	     ioctl(STDERR_FILENO, TIOCGDEV, &stderrs) == 0 && ours == stderrs))
		return fd;
	close(fd);
	return -1;
}

static int
open_anew(void)
{
	static const int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open("/proc/self/fd/2", flags);

	return fd < 0 && isatty(STDERR_FILENO) ? open_terminal(flags) : fd;
}

/*
 * A description of our own of what stderr is, so that our writes need not
 * wait: O_NONBLOCK on stderr itself would be everybody's who shares it. For a
 * file, stderr will do. -1: there is none, as for another user's pipe. Under
 * the lock.
 */
static int
own_description(void)
{
	static int fd = -1;
	static struct stat of;
	struct stat now;

	if (fstat(STDERR_FILENO, &now) != 0 ||
	    (!S_ISFIFO(now.st_mode) && !S_ISCHR(now.st_mode)))
		return STDERR_FILENO;
	if (fd >= 0 && now.st_dev == of.st_dev && now.st_ino == of.st_ino)
		return fd;
	if (fd >= 0)
		close(fd);
	of = now;
	fd = open_anew();
	return fd;
}

/*
 * A pipe that has room has it for a whole line. Others who share it may have
 * taken that in the meantime; since Linux 6.5 we do not wait then, either.
 */
static ssize_t
write_with_others(const char *text, size_t length)
{
	struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
	const struct iovec line = {.iov_base = (void *)(uintptr_t)text,
				   .iov_len = length};
	ssize_t written;

	if (poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0)
		return -1;
	written = pwritev2(STDERR_FILENO, &line, 1, -1, RWF_NOWAIT);
	return written < 0 && errno != EAGAIN
		   ? write(STDERR_FILENO, text, length)
		   : written;
}

static ssize_t
write_at_once(const char *text, size_t length)
{
	ssize_t written =
	    send(STDERR_FILENO, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	int fd;

	if (written >= 0 || errno != ENOTSOCK)
		return written;
	fd = own_description();
	return fd >= 0 ? write(fd, text, length)
		       : write_with_others(text, length);
}

/* How many lines are missing, and whether the last one lacks its end. */
struct gap {
	unsigned long lines;
	bool is_cut;
};

static bool
write_line(const char *text, size_t length, struct gap *gap)
{
	ssize_t written = write_at_once(text, length);

	if (written > 0)
		gap->is_cut = (size_t)written < length;
	return written == (ssize_t)length;
}

static int
describe_gap(const struct gap *gap, char *out, size_t size)
{
	const char *separator = gap->is_cut ? "\n" : "";
	char time[CLOCK_TEXT_BYTES];

	if (written_as == LOG_LOGFMT)
		return snprintf(out, size,
				"%slevel=warn msg=\"log lines were lost\" "
				"count=%lu\n",
				separator, gap->lines);
	clock_format(clock_wall_s(), time);
	return snprintf(out, size,
			"%s{\"time\":\"%s\",\"level\":\"warn\",\"msg\":\"log "
			"lines were lost\",\"count\":%lu}\n",
			separator, time, gap->lines);
}

/* As soon as there is room again it is told what is missing. Under the lock. */
static void
tell_lost(struct gap *gap)
{
	char text[160];
	int length;

	if (gap->lines == 0)
		return;
	length = describe_gap(gap, text, sizeof(text));
	if (write_line(text, (size_t)length, gap))
		gap->lines = 0;
}

void
log_write(struct log_line *l)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct gap gap;

	if (!l->wanted)
		return;
	if (written_as == LOG_JSON)
		l->text[l->length++] = '}';
	l->text[l->length++] = '\n';
	pthread_mutex_lock(&lock);
	tell_lost(&gap);
	if (gap.lines > 0 || !write_line(l->text, l->length, &gap))
		gap.lines++;
	pthread_mutex_unlock(&lock);
}
