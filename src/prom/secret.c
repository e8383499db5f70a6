#include "prom/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/regular.h"
#include "base/signature.h"

enum { LOOK_INTERVAL_MS = 1000, LOG_INTERVAL_MS = 60000 };

struct secret {
	char *path;
	pthread_mutex_t lock;
	char *text;
	struct signature signature;
	int64_t next_look_ms;
	atomic_llong next_log_ms;
};

static enum err_code
refuse(const char *path, const char *what, struct err *e)
{
	return err_set(e, ERR_SETTING, "%.200s %s", path, what);
}

/* Cuts the white space at the end; control characters would split a header. */
static enum err_code
check(const char *path, char *text, size_t length, struct err *e)
{
	while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
		length--;
	if (length == 0)
		return refuse(path, "is empty", e);
	if (strlen(text) < length)
		return refuse(path, "has a NUL in it", e);
	text[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return refuse(path, "has more than one line", e);
	return ERR_OK;
}

/* *out is to be freed. */
static enum err_code
read_file(const char *path, char **out, struct err *e)
{
	FILE *file = regular_open(path);
	char *text = malloc(SECRET_MAX_BYTES + 1);
	enum err_code code = ERR_OK;
	size_t length = 0;

	if (file == NULL)
		code = refuse(path, regular_reason(errno), e);
	else if (text == NULL)
		code = err_set_memory(e);
	else
		length = fread(text, 1, SECRET_MAX_BYTES + 1, file);
	if (code == ERR_OK && ferror(file))
		code = refuse(path, "cannot be read", e);
	if (code == ERR_OK && length > SECRET_MAX_BYTES)
		code = refuse(path, "is longer than 64 KiB", e);
	if (code == ERR_OK) {
		text[length] = '\0';
		code = check(path, text, length, e);
	}
	if (code == ERR_OK)
		*out = text;
	else
		free(text);
	if (file != NULL)
		fclose(file);
	return code;
}

static void
log_failure(struct secret *s, const struct err *e)
{
	struct log_line l;

	if (!log_is_due(&s->next_log_ms, LOG_INTERVAL_MS))
		return;
	log_start(&l, LOG_WARN, "a changed secret cannot be read");
	log_text(&l, "detail", e->text);
	log_write(&l);
}

/* Under the lock. The signature is taken first: a change in between is then
 * noticed the next time. */
static void
look(struct secret *s)
{
	struct signature now = {.size = -1};
	struct err e = {.code = ERR_OK};
	char *text = NULL;

	s->next_look_ms = clock_now_ms() + LOOK_INTERVAL_MS;
	if (signature_take(s->path, &now) &&
	    signature_is_same(&now, &s->signature))
		return;
	if (read_file(s->path, &text, &e) != ERR_OK) {
		log_failure(s, &e);
		return;
	}
	free(s->text);
	s->text = text;
	s->signature = now;
}

char *
secret_copy(struct secret *s)
{
	char *copy;

	pthread_mutex_lock(&s->lock);
	if (clock_now_ms() >= s->next_look_ms)
		look(s);
	copy = strdup(s->text);
	pthread_mutex_unlock(&s->lock);
	return copy;
}

enum err_code
secret_new(const char *path, struct secret **out, struct err *e)
{
	struct secret *s = calloc(1, sizeof(*s));
	enum err_code code;

	*out = NULL;
	if (s == NULL)
		return err_set_memory(e);
	pthread_mutex_init(&s->lock, NULL);
	s->path = strdup(path);
	signature_take(path, &s->signature);
	code =
	    s->path == NULL ? err_set_memory(e) : read_file(path, &s->text, e);
	if (code == ERR_OK)
		*out = s;
	else
		secret_free(s);
	return code;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s->text);
	free(s);
}
