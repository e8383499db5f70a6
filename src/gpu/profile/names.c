#include "gpu/profile/names.h"

#include <stdio.h>

void
names_write(char out[static NAMES_BYTES], const struct profile *const *profiles,
	    size_t count)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && used < NAMES_BYTES; i++)
		used += (size_t)snprintf(out + used, NAMES_BYTES - used, "%s%s",
					 i > 0 ? ", " : "", profiles[i]->name);
}

void
names_log(enum log_level level, const char *msg, const char *key,
	  const struct profile *const *profiles, size_t count)
{
	char names[NAMES_BYTES];
	struct log_line l;

	names_write(names, profiles, count);
	log_start(&l, level, msg);
	log_text(&l, key, names);
	log_write(&l);
}
