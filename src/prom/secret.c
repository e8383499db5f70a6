#include "prom/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/regular.h"
#include "base/watched.h"

struct secret {
	struct watched file; /* its text */
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
read_file(const char *path, void **out, struct err *e)
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

static const struct watched_kind kind = {.read = read_file,
					 .free = free,
					 .trouble =
					     "a changed secret cannot be read"};

char *
secret_copy(struct secret *s)
{
	char *copy = strdup(watched_take(&s->file));

	watched_return(&s->file);
	return copy;
}

enum err_code
secret_new(const char *path, struct secret **out, struct err *e)
{
	struct secret *s = malloc(sizeof(*s));

	*out = NULL;
	if (s == NULL)
		return err_set_memory(e);
	if (watched_init(&s->file, path, &kind, e) != ERR_OK) {
		secret_free(s);
		return e->code;
	}
	*out = s;
	return ERR_OK;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	watched_fini(&s->file);
	free(s);
}
