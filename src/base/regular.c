#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *
regular_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	FILE *file = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		errno = EINVAL;
	else
		file = fdopen(fd, "r");
	if (file == NULL)
		close(fd);
	return file;
}

const char *
regular_reason(int error)
{
	return error == EINVAL ? "is no regular file" : strerror(error);
}

enum err_code
regular_read(const char *path, const char *what, struct buf *out, struct err *e)
{
	FILE *file = regular_open(path);
	enum err_code code = ERR_OK;
	char piece[4096];
	size_t n;

	if (file == NULL)
		return err_set(e, ERR_SETTING, "%s: cannot be read: %s", path,
			       regular_reason(errno));
	/* No further than it may go: a file may be endless. */
	while (buf_status(out) == ERR_OK &&
	       (n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_append(out, piece, n);
	buf_append(out, "", 1);
	if (ferror(file))
		code = err_set(e, ERR_SETTING, "%s: cannot be read", path);
	else if (buf_status(out) == ERR_TOO_BIG)
		code = err_set(e, ERR_SETTING,
			       "%s: is longer than %zu KiB, which no %s is",
			       path, out->max_bytes / 1024, what);
	else if (buf_status(out) != ERR_OK)
		code = err_set_memory(e);
	fclose(file);
	return code;
}
