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
