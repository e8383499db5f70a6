/*
 * What every integration test starts with: a directory of its own, removed at
 * the end together with all processes, however the test ends.
 */
#ifndef SUPPORT_HARNESS_H
#define SUPPORT_HARNESS_H

#include <stdbool.h>

/* A UNIX socket's path has at most 107 bytes. */
enum { HARNESS_PATH_BYTES = 108 };

/*
 * Makes the directory, and leaves none of the program's settings in the
 * environment but PROFILE_DIR and XIDS_FILE, which it points at conf/. To be
 * called first in main().
 */
void harness_start(void);

/* NAME in the directory, into path. */
void harness_path(char path[static HARNESS_PATH_BYTES], const char *name);

/* NAME in the directory of the build, or of the sources; never freed. */
const char *harness_built(const char *name);
const char *harness_source(const char *name);

/*
 * Ends the whole test program ("Bail out!" in TAP) unless it holds: for what
 * must work before anything can be tested.
 */
void harness_require(bool holds, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A test, to be the last of every program: all processes still run, end with
 * exit status 0 when told to, and wrote no sanitizer report and no [alert],
 * [crit] or [emerg]; and what the test's clients got held (invariant.h).
 */
void harness_finish(void);
#define HARNESS_FINISH                                                         \
	{"all processes ended well and logged no alarm", harness_finish}

#endif
