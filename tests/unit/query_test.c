#include "web/query.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define SIXTEEN	   "0123456789abcdef"
#define SIXTY_FOUR SIXTEEN SIXTEEN SIXTEEN SIXTEEN

static const struct endpoint_parameter two[] = {
    {.name = "seconds", .min = 1, .max = 60, .standard = 5},
    {.name = "top", .min = 0, .max = 9223372036854775807LL, .standard = 10},
    {.name = NULL}};
static struct err err;

static enum err_code
read_all(const struct request *r, const struct params_table *table,
	 struct params *out)
{
	struct budget budget;
	struct arena arena;
	enum err_code code;

	memset(&err, 0, sizeof(err));
	budget_init(&budget, 1 << 20);
	arena_init(&arena, &budget);
	code = query_read(r, table, &arena, out, &err);
	arena_fini(&arena);
	return code;
}

/* Of an endpoint that takes no parameters. */
static enum err_code
read_none(const struct request *r)
{
	const struct params_table table = {.path = r->path};
	struct params params;

	return read_all(r, &table, &params);
}

static enum err_code
read_two(const char *query, long long values[static ENDPOINT_PARAMETERS_MAX])
{
	const struct request r = {.path = "/debug/some", .query = query};
	const struct params_table table = {.path = r.path, .parameters = two};
	struct params params;
	enum err_code code = read_all(&r, &table, &params);

	for (size_t i = 0; i < ENDPOINT_PARAMETERS_MAX; i++)
		values[i] = params.values[i].value;
	return code;
}

static void
accepts_an_empty_query(void)
{
	static const char *const queries[] = {"", "&", "&&&"};

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		struct request r = {.path = "/api/health", .query = queries[i]};

		CU_ASSERT_EQUAL(read_none(&r), ERR_OK);
	}
}

#define SIXTY	   SIXTEEN SIXTEEN SIXTEEN "0123456789ab"
#define UNKNOWN(n) "Unknown query parameter \"" n "\": /api/health takes none"
#define BROKEN(n)                                                              \
	"Query parameter \"" n "\" is malformed: a % must be followed by "     \
	"two hexadecimal digits"

static void
names_the_first_parameter(void)
{
	static const char *const cases[][2] = {
	    {"a=1", UNKNOWN("a")},
	    {"a", UNKNOWN("a")},
	    {"a=", UNKNOWN("a")},
	    {"=1", UNKNOWN("")},
	    {"=", UNKNOWN("")},
	    {"a=1&b=2", UNKNOWN("a")},
	    {"&&b=2&a", UNKNOWN("b")},
	    {"a=b=c", UNKNOWN("a")},
	    {"a?b", UNKNOWN("a?b")},
	    {"a;b=1", UNKNOWN("a;b")},
	    {"a=%41", UNKNOWN("a")},
	    {"a=%fF%00", UNKNOWN("a")},
	    {"%41=1", UNKNOWN("%41")},
	    {"a=1&b=%zz", UNKNOWN("a")},
	    {"a%2", BROKEN("a%2")},
	    {"a%", BROKEN("a%")},
	    {"%zz=1", BROKEN("%zz")},
	    {"a=%", BROKEN("a")},
	    {"a=%1", BROKEN("a")},
	    {"a=%1&2", BROKEN("a")},
	    {"a=%g1", BROKEN("a")},
	    {"a=%1g", BROKEN("a")},
	    {"a=%%41", BROKEN("a")},
	    {"a=%u0041", BROKEN("a")},
	    {SIXTY_FOUR "=1", UNKNOWN(SIXTY_FOUR)},
	    {SIXTY_FOUR "0=1", UNKNOWN(SIXTY_FOUR)},
	    {SIXTY_FOUR SIXTY_FOUR, UNKNOWN(SIXTY_FOUR)},
	    {SIXTY "%zz" SIXTY "=1", BROKEN(SIXTY "%zz0")},
	    {SIXTY_FOUR "%zz=1", BROKEN(SIXTY_FOUR)},
	    /* As they are: the envelope and the log escape them. */
	    {"<b>\"\\\n=1", UNKNOWN("<b>\"\\\n")},
	    {"\xff\x01=1", UNKNOWN("\xff\x01")},
	    {"%n%s=1", BROKEN("%n%s")},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct request r = {.path = "/api/health",
				    .query = cases[i][0]};

		CU_ASSERT_EQUAL(read_none(&r), ERR_QUERY);
		CU_ASSERT_EQUAL(err.code, ERR_QUERY);
		SUITE_EQUAL(err.text, cases[i][1]);
	}
}

static void
reads_values(void)
{
	static const struct {
		const char *query;
		long long seconds, top;
	} cases[] = {{"", 5, 10},
		     {"&&", 5, 10},
		     {"seconds=1", 1, 10},
		     {"seconds=60", 60, 10},
		     {"seconds=007", 7, 10},
		     {"seconds=%35", 5, 10},
		     {"top=0", 5, 0},
		     {"top=9223372036854775807", 5, 9223372036854775807LL},
		     {"seconds=3&top=4", 3, 4},
		     {"&top=4&&seconds=3&", 3, 4}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		long long values[ENDPOINT_PARAMETERS_MAX];

		CU_ASSERT_EQUAL(read_two(cases[i].query, values), ERR_OK);
		CU_ASSERT_EQUAL(values[0], cases[i].seconds);
		CU_ASSERT_EQUAL(values[1], cases[i].top);
		CU_ASSERT_EQUAL(values[2], 0);
	}
}

#define WRONG(v)                                                               \
	"Query parameter \"seconds\" is \"" v                                  \
	"\": it takes a whole number from 1 to 60"
#define EMPTY                                                                  \
	"Query parameter \"seconds\" is empty: it takes a whole number from "  \
	"1 "                                                                   \
	"to 60"

static void
says_what_it_takes(void)
{
	static const char *const cases[][2] = {
	    {"seconds", EMPTY},
	    {"seconds=", EMPTY},
	    {"seconds=0", WRONG("0")},
	    {"seconds=61", WRONG("61")},
	    {"seconds=-1", WRONG("-1")},
	    {"seconds=+1", WRONG("+1")},
	    {"seconds=1.5", WRONG("1.5")},
	    {"seconds=5s", WRONG("5s")},
	    {"seconds=5=5", WRONG("5=5")},
	    {"seconds= 5", WRONG(" 5")},
	    {"seconds=99999999999999999999", WRONG("99999999999999999999")},
	    {"seconds=" SIXTY_FOUR "0", WRONG(SIXTY_FOUR)},
	    {"top=1&seconds=x", WRONG("x")},
	    {"seconds=5&seconds=5", "Query parameter \"seconds\" is there "
				    "twice: it takes one value"},
	    {"seconds=%", "Query parameter \"seconds\" is malformed: a % must "
			  "be followed by two hexadecimal digits"},
	    {"Seconds=5", "Unknown query parameter \"Seconds\": /debug/some "
			  "takes seconds, top"},
	    {"second=5", "Unknown query parameter \"second\": /debug/some "
			 "takes seconds, top"},
	    {"seconds=5&a", "Unknown query parameter \"a\": /debug/some takes "
			    "seconds, top"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		long long values[ENDPOINT_PARAMETERS_MAX];

		CU_ASSERT_EQUAL(read_two(cases[i][0], values), ERR_QUERY);
		SUITE_EQUAL(err.text, cases[i][1]);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"accepts an empty query", accepts_an_empty_query},
	    {"names the first parameter", names_the_first_parameter},
	    {"reads values", reads_values},
	    {"says what it takes", says_what_it_takes},
	    {NULL, NULL}};

	return suite_run("query", tests);
}
