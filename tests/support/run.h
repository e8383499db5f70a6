/* The program, run to its end. */
#ifndef SUPPORT_RUN_H
#define SUPPORT_RUN_H

struct run {
	int status; /* as of process_wait */
	char *out, *err;
};

/* Arguments and settings (NAME=value) are lists that end with NULL; to be freed
 * with run_free. */
struct run run_program(const char *const *arguments,
		       const char *const *settings);

void run_free(struct run *r);

#endif
