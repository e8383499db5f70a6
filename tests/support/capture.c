#include "support/capture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *file;
static int saved_fd = -1;

void
capture_start(void)
{
	file = tmpfile();
	saved_fd = dup(STDERR_FILENO);
	if (file != NULL)
		dup2(fileno(file), STDERR_FILENO);
}

const char *
capture_end(void)
{
	static char text[65536];
	ssize_t length = 0;

	fflush(stderr);
	dup2(saved_fd, STDERR_FILENO);
	close(saved_fd);
	if (file != NULL) {
		length = pread(fileno(file), text, sizeof(text) - 1, 0);
		fclose(file);
	}
	text[length > 0 ? length : 0] = '\0';
	return text;
}
