#include "support/public_paths.h"

#include <string.h>

#include "api/endpoint.h"

bool
public_paths_has(const char *path)
{
	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoint_table[i]->access == ENDPOINT_FOR_ALL &&
		    strcmp(endpoint_table[i]->path, path) == 0)
			return true;
	return false;
}

size_t
public_paths_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < endpoint_count; i++)
		count += endpoint_table[i]->access == ENDPOINT_FOR_ALL;
	return count;
}
