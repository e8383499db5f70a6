#include "base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Without O_CLOEXEC: the command of --validate is to have them, too. */
enum err_code
descriptors_fill_standard(struct err *e)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		/* open takes the lowest that is free: that one. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return err_set(e, ERR_SETTING,
				       "fd %d is closed, and cannot be "
				       "/dev/null: %s",
				       fd, strerror(errno));
	return ERR_OK;
}
