/* params: what query strings of rows may say, and what is wrong with others. */
#include "api/params.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "api/named.h"
#include "support/suite.h"
#include "web/query.h"

#define METRICS "/api/v1/gpu/metrics"

enum { ARENA_BYTES = 1 << 20 };

static struct budget budget;
static struct arena arena;
static struct column_list columns;
static struct params params;
static struct err err;

static enum err_code
read_query(const char *query)
{
	const struct request r = {.path = METRICS, .query = query};
	struct params_table table =
	    endpoint_params(&endpoint_metrics, &columns);

	memset(&err, 0, sizeof(err));
	arena_fini(&arena);
	budget_init(&budget, ARENA_BYTES);
	arena_init(&arena, &budget);
	return query_read(&r, &table, &arena, &params, &err);
}

static size_t
place_of(const char *name)
{
	return column_find(&columns, name, strlen(name));
}

static const struct params_filter *
filter_of(const char *query, const char *name)
{
	CU_ASSERT_EQUAL_FATAL(read_query(query), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(params.filter_count, 1);
	CU_ASSERT_EQUAL(params.filters[0].column, place_of(name));
	return &params.filters[0];
}

static bool
is_text(const struct cell_text *text, const char *expected)
{
	return text->length == strlen(expected) &&
	       memcmp(text->text, expected, text->length) == 0;
}

static bool
begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void
takes_nothing(void)
{
	CU_ASSERT_EQUAL(read_query(""), ERR_OK);
	CU_ASSERT_TRUE(params.are_none);
	CU_ASSERT_EQUAL(params.fields, column_all(&columns));
	CU_ASSERT_FALSE(params.has_fields);
	CU_ASSERT_FALSE(params.has_page);
	CU_ASSERT_EQUAL(params.limit, -1);
	CU_ASSERT_EQUAL(params.offset, 0);
	CU_ASSERT_FALSE(params.is_csv);
}

/* Commas part a list before escapes are decoded. */
static void
reads_texts(void)
{
	const struct params_filter *f =
	    filter_of("node_name=a,b%2Cc,d+e*", "node_name");

	CU_ASSERT_EQUAL_FATAL(f->text_count, 3);
	CU_ASSERT_TRUE(is_text(&f->texts[0], "a"));
	CU_ASSERT_TRUE(is_text(&f->texts[1], "b,c"));
	CU_ASSERT_TRUE(is_text(&f->texts[2], "d e*"));
	f = filter_of("gpu%5Fname=%e6%97%a5", "gpu_name");
	CU_ASSERT_TRUE(is_text(&f->texts[0], "\xe6\x97\xa5"));
	f = filter_of("uuid=GPU-ABC*,gpu-d,E", "uuid");
	CU_ASSERT_EQUAL_FATAL(f->text_count, 3);
	CU_ASSERT_TRUE(is_text(&f->texts[0], "abc*"));
	CU_ASSERT_TRUE(is_text(&f->texts[1], "d"));
	CU_ASSERT_TRUE(is_text(&f->texts[2], "e"));
}

static void
reads_ranges(void)
{
	static const struct {
		const char *query, *name;
		double min, max;
	} cases[] = {
	    {"temperature=80", "temperature", 80, 80},
	    {"temperature=80..", "temperature", 80, INFINITY},
	    {"temperature=..80.5", "temperature", -INFINITY, 80.5},
	    {"temperature=-10..80", "temperature", -10, 80},
	    {"gpu_index=0..3", "gpu_index", 0, 3},
	    {"measured_at=1700000000..", "measured_at", 1700000000, INFINITY},
	    {"timestamp=2023-11-14T22:13:20Z..2023-11-14T22:13:20.5Z",
	     "timestamp", 1700000000, 1700000000.5},
	    {"timestamp=2023-11-14T22%3A13%3A20.123Z", "timestamp",
	     1700000000.123, 1700000000.123},
	    /* As clients' libraries write it. */
	    {"timestamp=2023-11-14T22%3A13%3A20.000000Z..2023-11-14T22%3A13%"
	     "3A20.500000Z",
	     "timestamp", 1700000000, 1700000000.5},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct params_filter *f =
		    filter_of(cases[i].query, cases[i].name);

		CU_ASSERT_DOUBLE_EQUAL(isinf(f->min) ? 0 : f->min,
				       isinf(cases[i].min) ? 0 : cases[i].min,
				       1e-6);
		CU_ASSERT_EQUAL(isinf(f->min), isinf(cases[i].min));
		CU_ASSERT_EQUAL(isinf(f->max), isinf(cases[i].max));
		CU_ASSERT_DOUBLE_EQUAL(isinf(f->max) ? 0 : f->max,
				       isinf(cases[i].max) ? 0 : cases[i].max,
				       1e-6);
	}
}

static void
reads_the_rest(void)
{
	CU_ASSERT_EQUAL(read_query("sort=-temperature%2Cnode_name&limit=100000&"
				   "offset=1000000&format=csv&"
				   "fields=uuid,node_name"),
			ERR_OK);
	CU_ASSERT_EQUAL(params.sort_count, 2);
	CU_ASSERT_EQUAL(params.sort[0].column, place_of("temperature"));
	CU_ASSERT_TRUE(params.sort[0].descends);
	CU_ASSERT_EQUAL(params.sort[1].column, place_of("node_name"));
	CU_ASSERT_FALSE(params.sort[1].descends);
	CU_ASSERT_EQUAL(params.limit, 100000);
	CU_ASSERT_EQUAL(params.offset, 1000000);
	CU_ASSERT_TRUE(params.is_csv);
	CU_ASSERT_TRUE(params.has_fields);
	CU_ASSERT_EQUAL(params.fields, COLUMN_BIT(place_of("uuid")) |
					   COLUMN_BIT(place_of("node_name")));
	CU_ASSERT_EQUAL(read_query("format=json"), ERR_OK);
	CU_ASSERT_FALSE(params.is_csv);
	CU_ASSERT_EQUAL(read_query("format=%63sv&limit=%31"), ERR_OK);
	CU_ASSERT_TRUE(params.is_csv);
	CU_ASSERT_EQUAL(params.limit, 1);
	CU_ASSERT_FALSE(params.are_none);
}

/* What is told, filtered or sorted by. */
static void
needs_what_it_tells(void)
{
	static const struct {
		const char *query;
		field_set required, optional;
		bool has_times;
	} cases[] = {
	    {"fields=node_name", 0, 0, false},
	    {"fields=node_name,measured_at", 0, 0, true},
	    {"fields=node_name&sort=-measured_at", 0, 0, true},
	    {"fields=node_name&measured_at=1..", 0, 0, true},
	    {"fields=node_name,timestamp", 0, 0, false},
	    {"fields=node_name,temperature", 0, FIELD_BIT(FIELD_TEMPERATURE),
	     false},
	    {"fields=utilization", FIELD_BIT(FIELD_UTILIZATION),
	     FIELD_BIT(FIELD_UTILIZATION), false},
	    {"fields=node_name&sort=xid", 0, FIELD_BIT(FIELD_XID), false},
	    /* Whether one can be is told by the others. */
	    {"fields=node_name&memory_free=1..",
	     FIELD_BIT(FIELD_MEMORY_USED) | FIELD_BIT(FIELD_MEMORY_TOTAL),
	     FIELDS_OF_MEMORY & FIELDS_TOLD, false},
	    {"temperature=80..",
	     FIELD_BIT(FIELD_UTILIZATION) | FIELD_BIT(FIELD_MEMORY_USED) |
		 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     FIELDS_TOLD, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan_need need;

		CU_ASSERT_EQUAL_FATAL(read_query(cases[i].query), ERR_OK);
		need = endpoint_need(&endpoint_metrics, &params, &columns);
		CU_ASSERT_EQUAL(need.required, cases[i].required);
		CU_ASSERT_EQUAL(need.optional, cases[i].optional);
		CU_ASSERT_EQUAL(need.without_times, !cases[i].has_times);
		CU_ASSERT_FALSE(need.roll_call);
	}
}

/* The names of a kind, with commas between. */
static const char *
names_text(const struct few_names *names, enum few_kind kind)
{
	static char text[256];
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < names->of[kind].count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%s%.*s", i > 0 ? "," : "",
					   (int)names->of[kind].texts[i].length,
					   names->of[kind].texts[i].text);
	return text;
}

/* Whole names alone: a pattern, or what is no name, may be of any card. */
static void
names_what_it_filters_by(void)
{
	static const struct {
		const char *query;
		bool has_names;
		const char *nodes, *uuids, *clusters;
	} cases[] = {{"node_name=a", true, "a", "", ""},
		     {"node_name=a,b%2Cc", true, "a,b,c", "", ""},
		     {"uuid=GPU-AB,cd", true, "", "ab,cd", ""},
		     {"cluster=x&node_name=a&gpu_index=1", true, "a", "", "x"},
		     {"cluster=x&node_name=a*", true, "", "", "x"},
		     {"node_name=a,b*", false, "", "", ""},
		     {"gpu_name=a&temperature=80..", false, "", "", ""},
		     {"limit=1", false, "", "", ""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct few_names names;

		CU_ASSERT_EQUAL_FATAL(read_query(cases[i].query), ERR_OK);
		CU_ASSERT_EQUAL(named_find(&params, &columns, &arena, &names),
				cases[i].has_names);
		SUITE_EQUAL(names_text(&names, FEW_NODE), cases[i].nodes);
		SUITE_EQUAL(names_text(&names, FEW_UUID), cases[i].uuids);
		SUITE_EQUAL(names_text(&names, FEW_CLUSTER), cases[i].clusters);
	}
}

#define TEXTS "texts with commas between, in which * stands for any characters"
#define RANGE "one number, or a range of them: a..b, a.. or ..b"
#define TIMES                                                                  \
	"one time, or a range of them: a..b, a.. or ..b, as "                  \
	"2026-01-02T03:04:05Z or in Unix seconds"
#define WRONG(name, value, takes)                                              \
	"Query parameter \"" name "\" is \"" value "\": it takes " takes
#define EMPTY(name, takes)                                                     \
	"Query parameter \"" name "\" is empty: it takes " takes
/* why: ", which is not UTF-8" */
#define WHY(name, value, why, takes)                                           \
	"Query parameter \"" name "\" is \"" value "\"" why ": it "            \
	"takes " takes
#define HAS(name, item, why, takes)                                            \
	"Query parameter \"" name "\" has \"" item "\"" why ": it "            \
	"takes " takes
#define TO_100000 "a whole number from 1 to 100000"

static void
says_what_is_wrong(void)
{
	static const char *const cases[][2] = {
	    {"limit=0", WRONG("limit", "0", TO_100000)},
	    {"limit=100001", WRONG("limit", "100001", TO_100000)},
	    {"limit=1,2", WRONG("limit", "1,2", TO_100000)},
	    {"limit=99999999999999999999",
	     WRONG("limit", "99999999999999999999", TO_100000)},
	    {"limit=%00",
	     WHY("limit", "%00", ", which has a control character", TO_100000)},
	    {"offset=-1",
	     WRONG("offset", "-1", "a whole number from 0 to 1000000")},
	    {"format=xml", WRONG("format", "xml", "json or csv")},
	    {"format", EMPTY("format", "json or csv")},
	    {"node_name=", EMPTY("node_name", TEXTS)},
	    {"node_name=a,,b",
	     WHY("node_name", "a,,b", ", with an empty item", TEXTS)},
	    {"node_name=a,",
	     WHY("node_name", "a,", ", with an empty item", TEXTS)},
	    {"node_name=%00",
	     WHY("node_name", "%00", ", which has a control character", TEXTS)},
	    {"node_name=%ff",
	     WHY("node_name", "%ff", ", which is not UTF-8", TEXTS)},
	    {"node_name=b,a%0ab",
	     HAS("node_name", "a%0ab", ", which has a control character",
		 TEXTS)},
	    {"temperature=", EMPTY("temperature", RANGE)},
	    {"temperature=..", WRONG("temperature", "..", RANGE)},
	    {"temperature=hot",
	     WHY("temperature", "hot", ", which is no number", RANGE)},
	    {"temperature=1e3",
	     WHY("temperature", "1e3", ", which is no number", RANGE)},
	    {"temperature=nan",
	     WHY("temperature", "nan", ", which is no number", RANGE)},
	    {"temperature=%ff",
	     WHY("temperature", "%ff", ", which is not UTF-8", RANGE)},
	    {"temperature=+1",
	     WHY("temperature", " 1", ", which is no number", RANGE)},
	    {"temperature=80..2O",
	     HAS("temperature", "2O", ", which is no number", RANGE)},
	    {"temperature=8O..20",
	     HAS("temperature", "8O", ", which is no number", RANGE)},
	    {"temperature=2..1",
	     WHY("temperature", "2..1", ", a range that ends before it begins",
		 RANGE)},
	    {"temperature=1..2..3",
	     HAS("temperature", "2..3", ", which is no number", RANGE)},
	    {"gpu_index=0,1",
	     WHY("gpu_index", "0,1", ", which is no number", RANGE)},
	    {"timestamp=today",
	     WHY("timestamp", "today", ", which is no time in UTC", TIMES)},
	    {"timestamp=2026-01-02T03:04:05-09:00",
	     WHY("timestamp", "2026-01-02T03:04:05-09:00",
		 ", which is no time in UTC", TIMES)},
	    {"timestamp=1..today",
	     HAS("timestamp", "today", ", which is no time in UTC", TIMES)},
	    {"sort=%00", WHY("sort", "%00", ", which has a control character",
			     "names of columns, - before one for descending "
			     "order")},
	    {"fields=uuid,%ff",
	     WHY("fields", "uuid,%ff", ", which is not UTF-8",
		 "names of columns")},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(read_query(cases[i][0]), ERR_QUERY);
		SUITE_EQUAL(err.text, cases[i][1]);
	}
}

#define FORTY "0123456789012345678901234567890123456789"
#define NAMES "names of columns: node_name, gpu_index, "
#define ORDER                                                                  \
	"names of columns, - before one for descending order: node_name, "     \
	"gpu_index, "

static void
says_which_name_is_wrong(void)
{
	static const char *const cases[][2] = {
	    {"sort=", EMPTY("sort", ORDER)},
	    {"sort=-", WHY("sort", "-", ", which is no column", ORDER)},
	    {"sort=--temperature",
	     WHY("sort", "--temperature", ", which is no column", ORDER)},
	    {"sort=-heat,uuid",
	     HAS("sort", "-heat", ", which is no column", ORDER)},
	    {"sort=uuid%2Cheat",
	     HAS("sort", "heat", ", which is no column", ORDER)},
	    {"sort=a&limit=1", WHY("sort", "a", ", which is no column", ORDER)},
	    /* There is room for all names. */
	    {"%73%6f%72%74=uuid," FORTY FORTY,
	     "Query parameter \"%73%6f%72%74\" has \"" FORTY "\", which is no "
	     "column: it takes " ORDER},
	    {"fields=", EMPTY("fields", NAMES)},
	    {"fields=node_name,",
	     WHY("fields", "node_name,", ", with an empty item", NAMES)},
	    {"fields=node_name,foo",
	     HAS("fields", "foo", ", which is no column", NAMES)},
	    {"fields=Node_name",
	     WHY("fields", "Node_name", ", which is no column", NAMES)},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(read_query(cases[i][0]), ERR_QUERY);
		CU_ASSERT_TRUE(begins(err.text, cases[i][1]));
		/* All of them are told. */
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ", measured_at"));
	}
	CU_ASSERT_EQUAL(read_query("foo=1"), ERR_QUERY);
	CU_ASSERT_TRUE(begins(err.text,
			      "Unknown query parameter \"foo\": " METRICS
			      " takes node_name, gpu_index, "));
	/* All of it is told. */
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(err.text, "measured_at, sort, fields, limit, offset, "
			     "format"));
}

static void
takes_each_once(void)
{
	static const char *const queries[][2] = {
	    {"node_name=a&node_name=b", "node_name"},
	    {"limit=1&temperature=1&limit=1", "limit"},
	    {"fields=uuid&fields=uuid", "fields"},
	    {"sort=uuid&%73ort=uuid", "sort"}};

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		char text[128];

		snprintf(text, sizeof(text),
			 "Query parameter \"%s\" is there twice: it takes one "
			 "value",
			 queries[i][1]);
		CU_ASSERT_EQUAL(read_query(queries[i][0]), ERR_QUERY);
		SUITE_EQUAL(err.text, text);
	}
}

static void
has_limits(void)
{
	char query[2 * QUERY_MAX_BYTES] = "";

	for (int i = 0; i < PARAMS_MAX + 1; i++)
		strcat(query, "&limit=1");
	/* The first that is wrong is told. */
	CU_ASSERT_EQUAL(read_query(query), ERR_QUERY);
	SUITE_EQUAL(err.text, "Query parameter \"limit\" is there twice: it "
			      "takes one value");
	strcpy(query, "node_name=");
	memset(query + 10, 'x', QUERY_MAX_BYTES - 10);
	query[QUERY_MAX_BYTES] = '\0';
	CU_ASSERT_EQUAL(read_query(query), ERR_OK);
	strcat(query, "x");
	CU_ASSERT_EQUAL(read_query(query), ERR_QUERY);
	SUITE_EQUAL(err.text, "The query string has more than 2048 bytes");
	strcpy(query, "node_name=x");
	for (int i = 0; i < 64; i++)
		strcat(query, ",x");
	CU_ASSERT_EQUAL(read_query(query), ERR_QUERY);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "64 texts at most"));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"takes nothing", takes_nothing},
	    {"reads texts", reads_texts},
	    {"reads ranges", reads_ranges},
	    {"reads the rest", reads_the_rest},
	    {"needs what it tells", needs_what_it_tells},
	    {"names what it filters by", names_what_it_filters_by},
	    {"says what is wrong", says_what_is_wrong},
	    {"says which name is wrong", says_which_name_is_wrong},
	    {"takes each once", takes_each_once},
	    {"has limits", has_limits},
	    {NULL, NULL}};
	int status = suite_run("params", tests);

	arena_fini(&arena);
	return status;
}
