#include "base/like.h"

#include <string.h>

/* Looks behind *at for the part between two stars, and moves past it. */
static bool
find_part(const char **at, const char *end, const char *part, size_t length)
{
	const char *found =
	    length == 0 ? *at : memmem(*at, (size_t)(end - *at), part, length);

	if (found != NULL)
		*at = found + length;
	return found != NULL;
}

/* What stands before the first star and behind the last one is at the ends; of
 * what stands between two the first place is always good enough. */
bool
like_matches(const char *text, size_t length, const char *pattern,
	     size_t pattern_length)
{
	const char *at = text, *end = at + length;
	const char *part = pattern, *part_end = part + pattern_length;
	const char *first = memchr(part, '*', pattern_length);
	const char *last = memrchr(part, '*', pattern_length);
	size_t before, behind;

	if (first == NULL)
		return length == pattern_length &&
		       memcmp(at, part, pattern_length) == 0;
	before = (size_t)(first - part);
	behind = (size_t)(part_end - last - 1);
	if (length < before + behind || memcmp(at, part, before) != 0 ||
	    memcmp(end - behind, last + 1, behind) != 0)
		return false;
	at += before;
	end -= behind;
	while (first < last) {
		part = first + 1;
		first = memchr(part, '*', (size_t)(last + 1 - part));
		if (!find_part(&at, end, part, (size_t)(first - part)))
			return false;
	}
	return true;
}
