#include "base/profiler.h"

#include <errno.h>
#include <gperftools/heap-profiler.h>
#include <gperftools/profiler.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * gperftools writes the heap's profile to files of that name whenever so much
 * has been allocated; nobody wants them, and there none can be.
 */
#define NO_FILE "/dev/null/heap"

/* gperftools has one of each kind for the process, and the heap's would be most
 * of what the other one sees. */
static atomic_flag is_running = ATOMIC_FLAG_INIT;

const char *
profiler_kind_name(enum profiler_kind kind)
{
	static const char *const names[PROFILER_KIND__MAX] = {"cpu", "heap"};

	return names[kind];
}

/* It wants a name. What this is works without a directory to write to, and
 * with prctl's PR_SET_DUMPABLE: one's own descriptors can always be opened. */
static enum err_code
begin_cpu(struct profiler *p, struct err *e)
{
	char path[32];

	p->fd = memfd_create(PACKAGE_NAME " cpu profile", MFD_CLOEXEC);
	if (p->fd < 0)
		return err_set(e, ERR_SETTING, "no file in memory: %s",
			       strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->fd);
	if (ProfilerStart(path))
		return ERR_OK;
	close(p->fd);
	return ProfilingIsEnabledForAllThreads()
		   ? err_set(e, ERR_BUSY,
			     "A profile is being taken since the start of the "
			     "process: CPUPROFILE is set")
		   : err_set(e, ERR_SETTING, "gperftools cannot write to %s",
			     path);
}

static void
begin_heap(struct profiler *p)
{
	p->is_another = IsHeapProfilerRunning();
	if (!p->is_another)
		HeapProfilerStart(NO_FILE);
}

enum err_code
profiler_begin(struct profiler *p, enum profiler_kind kind, struct err *e)
{
	*p = (struct profiler){.kind = kind, .fd = -1};
	if (atomic_flag_test_and_set(&is_running))
		return err_set(
		    e, ERR_BUSY,
		    "This process takes a profile already; try again "
		    "when it is done");
	if (kind == PROFILER_HEAP)
		begin_heap(p);
	else if (begin_cpu(p, e) != ERR_OK) {
		atomic_flag_clear(&is_running);
		return e->code;
	}
	return ERR_OK;
}

static enum err_code
append_file(int fd, struct buf *out, struct err *e)
{
	struct stat file = {.st_size = 0};
	off_t at = 0;
	char *room;
	ssize_t n;

	if (fstat(fd, &file) != 0 || file.st_size == 0)
		return err_set(e, ERR_SETTING, "gperftools wrote no profile");
	while (at < file.st_size &&
	       (room = buf_reserve(out, (size_t)(file.st_size - at))) != NULL) {
		n = pread(fd, room, (size_t)(file.st_size - at), at);
		if (n <= 0)
			return err_set(e, ERR_SETTING,
				       "cannot read the profile: %s",
				       strerror(errno));
		buf_commit(out, (size_t)n);
		at += n;
	}
	return ERR_OK;
}

static enum err_code
end_cpu(struct profiler *p, struct buf *out, struct err *e)
{
	enum err_code code;

	ProfilerStop();
	code = append_file(p->fd, out, e);
	close(p->fd);
	return code;
}

static enum err_code
end_heap(struct profiler *p, struct buf *out, struct err *e)
{
	char *text = GetHeapProfile();

	if (!p->is_another)
		HeapProfilerStop();
	if (text == NULL)
		return err_set_memory(e);
	buf_append_text(out, text);
	free(text);
	return ERR_OK;
}

enum err_code
profiler_end(struct profiler *p, struct buf *out, struct err *e)
{
	enum err_code code =
	    p->kind == PROFILER_HEAP ? end_heap(p, out, e) : end_cpu(p, out, e);

	atomic_flag_clear(&is_running);
	return code;
}
