#include "torture/allocations.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

static struct allocations own;
struct allocations *allocations = &own;

__attribute__((constructor)) static void
find_director(void)
{
	const char *path = getenv("ALLOCATIONS_FILE");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared;

	if (fd < 0)
		return;
	shared = mmap(NULL, sizeof(*allocations), PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		abort();
	allocations = shared;
}

void
allocations_fail(struct allocations *a, unsigned long at, bool is_lasting)
{
	atomic_store(&a->fails_at, 0);
	atomic_store(&a->is_lasting, is_lasting);
	atomic_store(&a->count, 0);
	atomic_store(&a->fails_at, at);
}

static bool
is_to_fail(void)
{
	unsigned long number = atomic_fetch_add(&allocations->count, 1) + 1;
	unsigned long at = atomic_load(&allocations->fails_at);

	return at != 0 &&
	       (number == at ||
		(number > at && atomic_load(&allocations->is_lasting)));
}

void *
__wrap_malloc(size_t bytes)
{
	return is_to_fail() ? NULL : __real_malloc(bytes);
}

void *
__wrap_calloc(size_t count, size_t bytes)
{
	return is_to_fail() ? NULL : __real_calloc(count, bytes);
}

void *
__wrap_realloc(void *old, size_t bytes)
{
	return is_to_fail() ? NULL : __real_realloc(old, bytes);
}

char *
__wrap_strdup(const char *text)
{
	return is_to_fail() ? NULL : __real_strdup(text);
}

char *
__wrap_strndup(const char *text, size_t length)
{
	return is_to_fail() ? NULL : __real_strndup(text, length);
}
