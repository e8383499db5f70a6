#include "prom/query.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

static void
check(const char *promql, const struct query_range *range, const char *expected)
{
	char text[512];
	struct buf out;

	buf_use(&out, text, sizeof(text) - 1);
	CU_ASSERT_EQUAL(query_write(promql, range, &out), ERR_OK);
	text[out.length] = '\0';
	SUITE_EQUAL(text, expected);
}

static void
asks_for_now(void)
{
	SUITE_EQUAL(query_path(NULL), "/api/v1/query");
	check("up", NULL, "query=up&nocache=1");
	check("a{b=~\"c+ d&e\"}", NULL,
	      "query=a%7Bb%3D~%22c%2B%20d%26e%22%7D&nocache=1");
}

static void
asks_for_a_range(void)
{
	const struct query_range hour = {1767322800, 1767326400, 15};

	SUITE_EQUAL(query_path(&hour), "/api/v1/query_range");
	check("up", &hour,
	      "query=up&start=1767322800&end=1767326400&step=15&nocache=1");
}

/* From steps of an hour on Thanos may take what it has of each. */
static void
lets_thanos_take_less(void)
{
	const struct query_range week = {1767322800, 1767927600, 3600};
	const struct query_range finer = {1767322800, 1767924001, 3599};

	check("up", &week,
	      "query=up&start=1767322800&end=1767927600&step=3600"
	      "&max_source_resolution=auto&nocache=1");
	check("up", &finer,
	      "query=up&start=1767322800&end=1767924001&step=3599&nocache=1");
}

static void
counts_the_points(void)
{
	CU_ASSERT_EQUAL(query_points(&(struct query_range){60, 60, 15}), 1);
	CU_ASSERT_EQUAL(query_points(&(struct query_range){60, 75, 15}), 2);
	CU_ASSERT_EQUAL(query_points(&(struct query_range){0, 86400, 300}),
			289);
}

static void
needs_room(void)
{
	char text[32];
	struct buf out;

	buf_use(&out, text, sizeof(text));
	CU_ASSERT_EQUAL(query_write("a_metric_with_a_long_name", NULL, &out),
			ERR_TOO_BIG);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"asks for now", asks_for_now},
	    {"asks for a range", asks_for_a_range},
	    {"lets Thanos take less", lets_thanos_take_less},
	    {"counts the points", counts_the_points},
	    {"needs room", needs_room},
	    {NULL, NULL}};

	return suite_run("prom_query", tests);
}
