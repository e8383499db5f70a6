/* A text, most often JSON, that is changed a little, the same way each time. */
#ifndef SUPPORT_MUTATION_H
#define SUPPORT_MUTATION_H

#include <stddef.h>

enum { MUTATION_MAX_BYTES = 8192 };

struct mutation {
	size_t length;
	char text[MUTATION_MAX_BYTES];
};

void mutation_start(struct mutation *b, const char *text);

/* Nothing, if there is no room for it. */
void mutation_insert(struct mutation *b, size_t at, const char *text,
		     size_t length);

/* As many bytes as there are. */
void mutation_delete(struct mutation *b, size_t at, size_t length);

/* One byte, or a few that stand together, is changed, goes, comes or is
 * copied; as rand_r says. */
void mutation_of_bytes(struct mutation *b, unsigned *seed);

/* As a comment of TAP. */
void mutation_print(const struct mutation *b, unsigned number);

#endif
