/*
 * A request's parameters, a line each: method, path, query, request id,
 * If-None-Match and CACHED_SINCE. Whatever they are, the id is fit for headers
 * and logs, and the failure's envelope is JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "fuzz/target.h"
#include "support/body.h"
#include "web/caching.h"
#include "web/request.h"
#include "web/route.h"

enum { BUDGET_BYTES = 1 << 20, BODY_MAX_BYTES = 8192 };

static const char *const names[] = {"REQUEST_METHOD",	  "DOCUMENT_URI",
				    "QUERY_STRING",	  "REQUEST_ID",
				    "HTTP_IF_NONE_MATCH", "CACHED_SINCE"};
enum { NAME_COUNT = sizeof(names) / sizeof(*names) };

static const char *
get(const void *context, const char *name)
{
	char *const *lines = context;

	for (size_t i = 0; i < NAME_COUNT; i++)
		if (strcmp(name, names[i]) == 0)
			return lines[i];
	return NULL;
}

static void
check_id(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t length = strlen(id);

	target_require(length > 0 && length <= REQUEST_ID_MAX_BYTES &&
			   strspn(id, allowed) == length,
		       "the id is not fit for a header");
}

static void
check_failure(const struct err *e)
{
	struct buf body;

	buf_init(&body, BODY_MAX_BYTES);
	endpoint_write_error(&body, e, "Request failed");
	target_require(buf_status(&body) == ERR_OK &&
			   body_is_json(body.data, body.length),
		       "the envelope is not JSON");
	buf_fini(&body);
}

static void
check_caching(const struct request *r)
{
	struct caching c = {.tag = "\"0123456789abcdef\""};

	if (caching_matches(&c, r->if_none_match))
		target_require(strchr(r->if_none_match, '*') != NULL ||
				   strstr(r->if_none_match, c.tag) != NULL,
			       "it matches a tag that is not there");
	target_require(!caching_may_stand_in(r->cached_since, -1),
		       "an answer may stand in that never may");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = target_text(data, size), *rest = text;
	char *lines[NAME_COUNT];
	const struct endpoint *endpoint;
	struct err e = {.code = ERR_OK};
	struct request request;
	struct budget budget;
	struct arena arena;

	for (size_t i = 0; i < NAME_COUNT; i++)
		lines[i] = strsep(&rest, "\n");
	budget_init(&budget, BUDGET_BYTES);
	arena_init(&arena, &budget);
	if (request_parse(get, lines, &arena, &request, &e) == ERR_OK) {
		check_id(request.id);
		if (route_find(&request, &endpoint, &e) == ERR_OK)
			request_check_query(&request, &e);
		check_caching(&request);
	}
	if (e.code != ERR_OK)
		check_failure(&e);
	arena_fini(&arena);
	free(text);
	return 0;
}
