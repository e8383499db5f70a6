/*
 * Any query string, of each endpoint with rows: it is taken, and what was made
 * of it is within its limits; or it is refused, with a text that says why.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "api/text.h"
#include "fuzz/fuzz.h"
#include "web/query.h"

enum { BUDGET_BYTES = 1 << 20 };

static void
check_filter(const struct params_filter *f, const struct column_list *list)
{
	FUZZ_REQUIRE(f->column < list->count);
	FUZZ_REQUIRE(f->min <= f->max && !isnan(f->min) && !isnan(f->max));
	for (size_t i = 0; i < f->text_count; i++) {
		FUZZ_REQUIRE(f->texts[i].length > 0);
		/* A star is like a star. */
		FUZZ_REQUIRE(text_is_like(&f->texts[i], &f->texts[i]));
	}
}

static void
check_params(const struct params *p, const struct params_table *table,
	     const struct column_list *list)
{
	FUZZ_REQUIRE(p->filter_count <= PARAMS_MAX);
	for (size_t i = 0; i < p->filter_count; i++)
		check_filter(&p->filters[i], list);
	FUZZ_REQUIRE(p->sort_count <= PARAMS_SORT_MAX);
	for (size_t i = 0; i < p->sort_count; i++)
		FUZZ_REQUIRE(p->sort[i].column < list->count);
	FUZZ_REQUIRE(p->fields != 0 && (p->fields & ~column_all(list)) == 0);
	FUZZ_REQUIRE(p->limit == -1 ||
		     (p->limit >= 1 && p->limit <= table->limit->max));
	FUZZ_REQUIRE(p->offset >= 0 && p->offset <= PARAMS_OFFSET_MAX);
}

static void
check_endpoint(const struct endpoint *endpoint, const char *query)
{
	const struct request r = {.path = endpoint->path, .query = query};
	struct column_list list;
	struct params_table table = endpoint_params(endpoint, &list);
	struct err e = {.code = ERR_OK};
	struct params params;
	struct budget budget;
	struct arena arena;

	budget_init(&budget, BUDGET_BYTES);
	arena_init(&arena, &budget);
	if (query_read(&r, &table, &arena, &params, &e) == ERR_OK)
		check_params(&params, &table, &list);
	if (e.code == ERR_OK)
		endpoint_check(endpoint, &params, &e);
	if (e.code != ERR_OK) {
		FUZZ_REQUIRE(e.code == ERR_QUERY);
		FUZZ_REQUIRE(strstr(e.text, "arameter") != NULL ||
			     strlen(query) > QUERY_MAX_BYTES);
	}
	arena_fini(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *query = fuzz_text(data, size);

	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoint_table[i]->describe != NULL)
			check_endpoint(endpoint_table[i], query);
	free(query);
	return 0;
}
