#include "web/route.h"

#include <string.h>

static const struct endpoint *
find_path(const char *path, bool has_debug)
{
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct endpoint *endpoint = endpoint_table[i];

		if (strcmp(endpoint->path, path) == 0)
			return endpoint->access == ENDPOINT_FOR_ALL || has_debug
				   ? endpoint
				   : NULL;
	}
	return NULL;
}

enum err_code
route_find(const struct request *r, bool has_debug, const struct endpoint **out,
	   struct err *e)
{
	*out = find_path(r->path, has_debug);
	if (*out == NULL)
		return err_set(e, ERR_NOT_FOUND, "No such path: %.128s",
			       r->path);
	if ((*out)->access == ENDPOINT_FOR_DEBUGGING && !r->is_local)
		return err_set(e, ERR_FORBIDDEN,
			       "%s is for clients on this machine only",
			       (*out)->path);
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0)
		return err_set(e, ERR_METHOD,
			       "Method %.32s is not allowed here; use GET or "
			       "HEAD",
			       r->method);
	return ERR_OK;
}
