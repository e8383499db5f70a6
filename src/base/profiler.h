/*
 * What this process spends its time and memory on, by gperftools, for
 * google-pprof and go tool pprof. Only in a build with --enable-profiling.
 */
#ifndef BASE_PROFILER_H
#define BASE_PROFILER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum profiler_kind {
	PROFILER_CPU,
	PROFILER_HEAP, /* what is allocated meanwhile; what is not freed */
	PROFILER_KIND__MAX
};

/* "cpu", "heap". */
const char *profiler_kind_name(enum profiler_kind kind);

struct profiler {
	enum profiler_kind kind;
	int fd;		 /* of a file in memory, for PROFILER_CPU */
	bool is_another; /* the heap's was started with the process */
};

/*
 * From now on the process is watched, all of its threads. ERR_BUSY while there
 * is another one, of any kind; else profiler_end has to follow.
 */
enum err_code profiler_begin(struct profiler *p, enum profiler_kind kind,
			     struct err *e);

/* Ends it and appends what was seen, whatever the buffer's status. */
enum err_code profiler_end(struct profiler *p, struct buf *out, struct err *e);

#endif
