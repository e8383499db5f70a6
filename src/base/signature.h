/* Whether a file is another one than before, without reading it. */
#ifndef BASE_SIGNATURE_H
#define BASE_SIGNATURE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What tells one content of a file from the next. */
struct signature {
	struct timespec modified;
	off_t size;
	ino_t inode;
};

static inline bool
signature_is_same(const struct signature *a, const struct signature *b)
{
	return a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec &&
	       a->size == b->size && a->inode == b->inode;
}

/* That of the file now; false: there is none. */
static inline bool
signature_take(const char *path, struct signature *out)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	*out = (struct signature){st.st_mtim, st.st_size, st.st_ino};
	return true;
}

#endif
