#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { VALUE_MAX_BYTES = 512, ESCAPE_BYTES = 4 };

static enum log_level lowest = LOG_INFO;

const char *
log_level_name(enum log_level level)
{
	static const char *const names[LOG__MAX] = {"debug", "info", "warn",
						    "error"};

	return names[level];
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

/* One byte stays free for the newline. */
static void
add_pair(struct log_line *l, const char *key, const char *value, size_t length)
{
	size_t key_length = strlen(key);
	size_t needed = key_length + length + 2;

	if (!l->wanted || needed >= LOG_LINE_BYTES - l->length)
		return;
	if (l->length > 0)
		l->text[l->length++] = ' ';
	memcpy(l->text + l->length, key, key_length);
	l->length += key_length;
	l->text[l->length++] = '=';
	memcpy(l->text + l->length, value, length);
	l->length += length;
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

static bool
is_bare(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

static size_t
write_escaped(char *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	if (c == '"' || c == '\\') {
		out[1] = (char)c;
		return 2;
	}
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return ESCAPE_BYTES;
}

void
log_text(struct log_line *l, const char *key, const char *value)
{
	char quoted[VALUE_MAX_BYTES * ESCAPE_BYTES + 2];
	size_t length, bare = 0, at = 0;

	if (!l->wanted || value == NULL)
		return;
	length = strnlen(value, VALUE_MAX_BYTES);
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

/*
 * A description of our own of what stderr is, so that our writes need not
 * wait: O_NONBLOCK on stderr itself would be everybody's who shares it. For a
 * file, stderr will do. Under the lock.
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
	fd = open("/proc/self/fd/2",
		  O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 ? fd : STDERR_FILENO;
}

/* How many lines are missing, and whether the last one lacks its end. */
struct gap {
	unsigned long lines;
	bool is_cut;
};

static bool
write_line(const char *text, size_t length, struct gap *gap)
{
	ssize_t written =
	    send(STDERR_FILENO, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (written < 0 && errno == ENOTSOCK)
		written = write(own_description(), text, length);
	if (written > 0)
		gap->is_cut = (size_t)written < length;
	return written == (ssize_t)length;
}

/* As soon as there is room again it is told what is missing. Under the lock. */
static void
tell_lost(struct gap *gap)
{
	char text[96];
	int length = snprintf(text, sizeof(text),
			      "%slevel=warn msg=\"log lines were lost\" "
			      "count=%lu\n",
			      gap->is_cut ? "\n" : "", gap->lines);

	if (gap->lines > 0 && write_line(text, (size_t)length, gap))
		gap->lines = 0;
}

void
log_write(struct log_line *l)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct gap gap;

	if (!l->wanted)
		return;
	l->text[l->length++] = '\n';
	pthread_mutex_lock(&lock);
	tell_lost(&gap);
	if (gap.lines > 0 || !write_line(l->text, l->length, &gap))
		gap.lines++;
	pthread_mutex_unlock(&lock);
}
