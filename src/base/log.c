#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
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

void
log_write(struct log_line *l)
{
	if (!l->wanted)
		return;
	l->text[l->length++] = '\n';
	if (write(STDERR_FILENO, l->text, l->length) < 0)
		return;
}
