/* What tests were answered, kept for tests/contract. */
#ifndef SUPPORT_RECORD_H
#define SUPPORT_RECORD_H

#include <stddef.h>

/*
 * Adds a line of JSON to a file of this process in the directory ANSWERS_DIR,
 * if that is set: {"path":...,"status":...,"text":...}. Large ones, and more
 * than some hundreds, are left out. The path may have a query string.
 */
void record_answer(const char *path, long status, const char *text,
		   size_t length);

/* From now on nothing of this process is kept: what answers is no API. */
void record_stop(void);

#endif
