#include "base/shared.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	/* Bytes that are locked, far behind those that are used: whoever makes
	 * or removes the file has the gate, each process its own one. */
	GATE_AT = 0x40000000,
	PROCESS_AT = GATE_AT + 1,
	GATE_WAIT_MS = 2000,
	GATE_STEP_MS = 2,
	OPEN_TRIES = 100,
	PATH_BYTES = 512,
	PAGE_BYTES = 4096,
	VERSION_BYTES = 64
};

#define KIND "memory that processes share"

/* What the file begins with. */
struct header {
	char kind[32];
	char version[VERSION_BYTES];
	size_t common_bytes, process_bytes;
};

struct shared {
	int fd; /* -1: nobody shares it */
	char path[PATH_BYTES];
	struct header header;
	size_t bytes; /* of all */
	char *memory;
	size_t own; /* this process' number */
};

static size_t
round_up(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static size_t
common_at(void)
{
	return round_up(sizeof(struct header));
}

static size_t
process_at(const struct shared *s, size_t number)
{
	return common_at() + s->header.common_bytes +
	       number * s->header.process_bytes;
}

/* --- locks --------------------------------------------------------------- */

/* Of the open file, not of the process: whoever dies has none any more. */
static struct flock
lock_of(off_t at, short type)
{
	return (struct flock){
	    .l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
}

static bool
try_lock(int fd, off_t at)
{
	struct flock lock = lock_of(at, F_WRLCK);

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static void
unlock(int fd, off_t at)
{
	struct flock lock = lock_of(at, F_UNLCK);

	fcntl(fd, F_OFD_SETLK, &lock);
}

/* By another process than ourselves. */
static bool
is_locked(int fd, off_t at)
{
	struct flock lock = lock_of(at, F_WRLCK);

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool
is_in_use(int fd)
{
	struct flock lock = lock_of(PROCESS_AT, F_WRLCK);

	lock.l_len = SHARED_PROCESSES_MAX;
	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool
enter_gate(int fd)
{
	const struct timespec step = {.tv_nsec = GATE_STEP_MS * 1000000L};
	int64_t until_ms = clock_now_ms() + GATE_WAIT_MS;

	while (!try_lock(fd, GATE_AT)) {
		if (clock_now_ms() > until_ms)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

/* --- the file ------------------------------------------------------------ */

static enum err_code
fail(struct err *why, const char *path, const char *what)
{
	return err_set(why, ERR_SETTING, "%.400s: %s", path, what);
}

static enum err_code
fail_errno(struct err *why, const char *path, int error)
{
	return fail(why, path, strerror(error));
}

static int
open_file(const char *path, int flags)
{
	return open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags,
		    0600);
}

/* Nobody else may write there, nor have put it there. */
static bool
is_ours(const struct stat *file)
{
	return S_ISREG(file->st_mode) && file->st_uid == geteuid() &&
	       (file->st_mode & 077) == 0;
}

/* Under its gate: it is the one of that name, which others will find. */
static bool
is_linked(int fd)
{
	struct stat file;

	return fstat(fd, &file) == 0 && file.st_nlink > 0;
}

static bool
is_same(const struct header *a, const struct header *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* New, or whoever made it was killed before it was done. */
static bool
is_blank(const struct header *found)
{
	return is_same(found, &(struct header){.kind = ""});
}

/*
 * Under the gate: whether this is the file to use. One of another version is
 * removed; those that have it open go on with it.
 */
static enum err_code
judge(const struct shared *s, bool *is_good, struct err *why)
{
	struct header found = {.kind = ""};

	*is_good = false;
	if (!is_linked(s->fd))
		return ERR_OK;
	if (pread(s->fd, &found, sizeof(found), 0) < 0)
		return fail_errno(why, s->path, errno);
	*is_good = is_blank(&found) || is_same(&found, &s->header);
	if (*is_good)
		return ERR_OK;
	if (memcmp(found.kind, s->header.kind, sizeof(found.kind)) != 0)
		return fail(why, s->path, "something else is in it");
	return unlink(s->path) == 0 ? ERR_OK : fail_errno(why, s->path, errno);
}

/* Opens the file and its gate; again if it was or is being removed. */
static enum err_code
open_gate(struct shared *s, struct err *why)
{
	struct stat file;
	bool is_good;

	for (int i = 0; i < OPEN_TRIES; i++) {
		s->fd = open_file(s->path, O_CREAT);
		if (s->fd < 0 || fstat(s->fd, &file) != 0)
			return fail_errno(why, s->path, errno);
		if (!is_ours(&file))
			return fail(why, s->path,
				    "it is not a file of this user alone");
		if (!enter_gate(s->fd))
			return fail(why, s->path,
				    "another process holds it for too long");
		if (judge(s, &is_good, why) != ERR_OK)
			return why->code;
		if (is_good)
			return ERR_OK;
		close(s->fd);
		s->fd = -1;
	}
	return fail(why, s->path, "it is removed again and again");
}

/* Really there: a full file system is told now, not by a SIGBUS later. */
static int
reserve(const struct shared *s, size_t at, size_t bytes)
{
	return posix_fallocate(s->fd, (off_t)at, (off_t)bytes);
}

/* Of its full length, and the common part is there. */
static int
extend(const struct shared *s)
{
	if (ftruncate(s->fd, (off_t)s->bytes) != 0)
		return errno;
	return reserve(s, 0, common_at() + s->header.common_bytes);
}

static enum err_code
map(struct shared *s, struct err *why)
{
	s->memory =
	    mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (s->memory != MAP_FAILED)
		return ERR_OK;
	s->memory = NULL;
	return fail_errno(why, s->path, errno);
}

/* Under the gate. */
static enum err_code
use_file(struct shared *s, struct err *why)
{
	int error = extend(s);

	if (error != 0)
		return fail_errno(why, s->path, error);
	if (map(s, why) != ERR_OK)
		return why->code;
	memcpy(s->memory, &s->header, sizeof(s->header));
	return ERR_OK;
}

/* Under the gate. Others look at what lies there once it is locked, and by
 * then it is in order. */
static enum err_code
take_number(struct shared *s, size_t own_bytes, struct err *why)
{
	int error;

	while (s->own < SHARED_PROCESSES_MAX &&
	       is_locked(s->fd, PROCESS_AT + (off_t)s->own))
		s->own++;
	if (s->own == SHARED_PROCESSES_MAX)
		return fail(why, s->path, "it has too many processes");
	error = reserve(s, process_at(s, s->own), own_bytes);
	if (error != 0)
		return fail_errno(why, s->path, error);
	memset(shared_own(s), 0, own_bytes);
	return try_lock(s->fd, PROCESS_AT + (off_t)s->own)
		   ? ERR_OK
		   : fail_errno(why, s->path, errno);
}

static enum err_code
join(struct shared *s, size_t own_bytes, struct err *why)
{
	enum err_code code = open_gate(s, why);

	if (code != ERR_OK)
		return code;
	code = use_file(s, why);
	if (code == ERR_OK)
		code = take_number(s, own_bytes, why);
	if (code != ERR_OK && !is_in_use(s->fd))
		unlink(s->path);
	unlock(s->fd, GATE_AT);
	return code;
}

/* Memory of our own instead. */
static enum err_code
stay_alone(struct shared *s)
{
	if (s->memory != NULL)
		munmap(s->memory, s->bytes);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->own = 0;
	s->bytes = process_at(s, 1);
	s->memory = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->memory != MAP_FAILED)
		return ERR_OK;
	s->memory = NULL;
	return ERR_MEMORY;
}

enum err_code
shared_open(const char *path, const struct shared_layout *layout,
	    struct shared **out, struct err *why, struct err *e)
{
	struct shared *s = calloc(1, sizeof(*s));
	enum err_code code;

	*out = s;
	*why = (struct err){.code = ERR_OK};
	if (s == NULL)
		return err_set_memory(e);
	s->fd = -1;
	snprintf(s->header.kind, sizeof(s->header.kind), "%s", KIND);
	snprintf(s->header.version, sizeof(s->header.version), "%s",
		 layout->version);
	s->header.common_bytes = round_up(layout->common_bytes);
	s->header.process_bytes = round_up(layout->process_bytes);
	s->bytes = process_at(s, SHARED_PROCESSES_MAX);
	if (snprintf(s->path, sizeof(s->path), "%s", path) < PATH_BYTES)
		code = join(s, layout->own_bytes, why);
	else
		code = fail(why, s->path, "the name is too long");
	if (code != ERR_OK && stay_alone(s) != ERR_OK) {
		shared_close(s);
		*out = NULL;
		return err_set_memory(e);
	}
	return ERR_OK;
}

/* Under the gate: the last one to leave removes it. */
static void
leave(const struct shared *s)
{
	if (!enter_gate(s->fd))
		return;
	unlock(s->fd, PROCESS_AT + (off_t)s->own);
	/* Somebody else may have removed it, and made another one. */
	if (!is_in_use(s->fd) && is_linked(s->fd))
		unlink(s->path);
}

void
shared_close(struct shared *s)
{
	if (s == NULL)
		return;
	if (s->memory != NULL)
		munmap(s->memory, s->bytes);
	if (s->fd >= 0) {
		leave(s);
		close(s->fd);
	}
	free(s);
}

void *
shared_common(struct shared *s)
{
	return s->memory + common_at();
}

void *
shared_own(struct shared *s)
{
	return s->memory + process_at(s, s->own);
}

void *
shared_process(struct shared *s, size_t number)
{
	bool is_there =
	    number == s->own ||
	    (s->fd >= 0 && is_locked(s->fd, PROCESS_AT + (off_t)number));

	return is_there ? s->memory + process_at(s, number) : NULL;
}

/* --- what is left over --------------------------------------------------- */

static void
remove_if_left(int directory, const char *name)
{
	struct stat file;
	int fd = openat(directory, name,
			O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	if (fstat(fd, &file) == 0 && is_ours(&file) && try_lock(fd, GATE_AT) &&
	    is_linked(fd) && !is_in_use(fd))
		unlinkat(directory, name, 0);
	close(fd);
}

void
shared_sweep(const char *directory, const char *prefix)
{
	DIR *all = opendir(directory);
	const struct dirent *file;

	if (all == NULL)
		return;
	while ((file = readdir(all)) != NULL)
		if (strncmp(file->d_name, prefix, strlen(prefix)) == 0)
			remove_if_left(dirfd(all), file->d_name);
	closedir(all);
}
