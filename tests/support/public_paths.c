#include "support/public_paths.h"

#include <string.h>

#include "api/endpoint.h"

static const struct endpoint *
find(const char *path)
{
	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoint_table[i]->access == ENDPOINT_FOR_ALL &&
		    strcmp(endpoint_table[i]->path, path) == 0)
			return endpoint_table[i];
	return NULL;
}

bool
public_paths_has(const char *path)
{
	return find(path) != NULL;
}

long
public_paths_status(const char *path)
{
	const struct endpoint *endpoint = find(path);

	return endpoint != NULL && endpoint->example != NULL ? 400 : 200;
}

size_t
public_paths_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < endpoint_count; i++)
		count += endpoint_table[i]->access == ENDPOINT_FOR_ALL;
	return count;
}
