#include "web/route.h"

#include <string.h>

static const struct endpoint *
find_path(const char *path)
{
	for (size_t i = 0; i < endpoint_count; i++)
		if (strcmp(endpoint_table[i]->path, path) == 0)
			return endpoint_table[i];
	return NULL;
}

enum err_code
route_find(const struct request *r, const struct endpoint **out, struct err *e)
{
	*out = find_path(r->path);
	if (*out == NULL)
		return err_set(e, ERR_NOT_FOUND, "No such path: %.128s",
			       r->path);
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0)
		return err_set(e, ERR_METHOD,
			       "Method %.32s is not allowed here; use GET or "
			       "HEAD",
			       r->method);
	return ERR_OK;
}
