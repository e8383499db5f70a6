#include "support/canned_call.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 61, MAX_SERIES = 1000 };

const char *
canned_call_path(const char *below_top)
{
	const char *top = getenv("top_srcdir");
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".",
		 below_top);
	return path;
}

void
canned_call_init(struct canned_call *c, const char *profile_dir,
		 const struct canned_answer *answers, size_t budget_bytes)
{
	memset(c, 0, sizeof(*c));
	CU_ASSERT_EQUAL_FATAL(
	    profile_load(canned_call_path(profile_dir), &c->profiles, &c->err),
	    ERR_OK);
	budget_init(&c->budget, budget_bytes);
	arena_init(&c->arena, &c->budget);
	c->collector.profiles = &c->profiles;
	c->collector.max_series = MAX_SERIES;
	c->call.collector = &c->collector;
	c->call.collect.arena = &c->arena;
	c->call.collect.request_id = "test-1";
	c->call.collect.deadline_ms = 12345;
	canned_pool_use(answers, CHUNK_BYTES);
}

void
canned_call_fini(struct canned_call *c)
{
	buf_fini(&c->body);
	arena_fini(&c->arena);
	profile_free(&c->profiles);
}

enum err_code
canned_call_collect(struct canned_call *c, const struct endpoint *endpoint)
{
	return collect_fleet(&c->collector, &endpoint->need, &c->call.collect,
			     &c->fleet, &c->err);
}

enum err_code
canned_call_answer(struct canned_call *c, const struct endpoint *endpoint,
		   size_t max_bytes)
{
	buf_init(&c->body, max_bytes);
	return endpoint_answer(endpoint, &c->call, &c->body, &c->err);
}
