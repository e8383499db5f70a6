/* table: which rows, in which order, and how they are written. */
#include "api/table.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/text.h"
#include "base/clock.h"
#include "support/suite.h"

enum { ARENA_BYTES = 1 << 20, TEXT_BYTES = 8192 };

struct row {
	const char *name;
	double heat; /* NaN: null */
	int64_t count;
	double time_s;
	const char *models[3];
};

static const struct row hosts[] = {
    {"node-10", 80.04, 3, 1700000000, {"A100", "H100"}},
    {"node-2", NAN, 1, 1700000001.5, {NULL}},
    {"=cmd", 79.96, 2, 0, {"A,\"100\""}},
    {"a\r\nb", -5, 2, 1700000002, {"-x", "y"}},
    {NULL, 80, 0, 1700000003, {"h\xff"}},
};
enum { HOSTS = sizeof(hosts) / sizeof(*hosts) };

static struct budget budget;
static struct arena arena;
static struct intern texts;
static const struct intern_string *models[HOSTS][3];
static struct rows rows;
static struct params params;
static struct table_page page;
static struct err err;

static struct cell
get_name(const struct rows *r, const void *row, const struct column *c)
{
	(void)r, (void)c;
	return cell_text(((const struct row *)row)->name);
}

static struct cell
get_heat(const struct rows *r, const void *row, const struct column *c)
{
	(void)r;
	return cell_value(c->unit, ((const struct row *)row)->heat);
}

static struct cell
get_count(const struct rows *r, const void *row, const struct column *c)
{
	(void)r, (void)c;
	return (struct cell){.integer = ((const struct row *)row)->count};
}

static struct cell
get_time(const struct rows *r, const void *row, const struct column *c)
{
	(void)r, (void)c;
	return cell_time(((const struct row *)row)->time_s);
}

static struct cell
get_models(const struct rows *r, const void *row, const struct column *c)
{
	size_t i = (size_t)((const struct row *)row - hosts), count = 0;

	(void)r, (void)c;
	while (count < 3 && models[i][count] != NULL)
		count++;
	return (struct cell){.texts = {models[i], count}};
}

static const struct column_list list = {
    .columns = {{.name = "name", .type = COLUMN_TEXT, .get = get_name},
		{.name = "heat",
		 .type = COLUMN_DECIMAL,
		 .unit = UNIT_CELSIUS,
		 .get = get_heat},
		{.name = "count", .type = COLUMN_INTEGER, .get = get_count},
		{.name = "time", .type = COLUMN_TIME, .get = get_time},
		{.name = "models", .type = COLUMN_TEXTS, .get = get_models}},
    .count = 5};
enum { NAME, HEAT, COUNT, TIME, MODELS };

static void
start(void)
{
	static const struct params_table table = {.path = "/",
						  .columns = &list};

	budget_init(&budget, ARENA_BYTES);
	arena_init(&arena, &budget);
	intern_init(&texts, &budget);
	rows =
	    (struct rows){.list = arena_alloc(&arena, sizeof(void *) * HOSTS),
			  .count = HOSTS};
	for (size_t i = 0; i < HOSTS; i++) {
		rows.list[i] = &hosts[i];
		for (size_t k = 0; k < 3; k++) {
			const char *model = hosts[i].models[k];

			models[i][k] =
			    model != NULL
				? intern_text(&texts, intern_add(&texts, model,
								 strlen(model)))
				: NULL;
		}
	}
	params_init(&params, &table);
}

static void
end(void)
{
	intern_fini(&texts);
	arena_fini(&arena);
}

static void
choose(void)
{
	CU_ASSERT_EQUAL_FATAL(
	    table_choose(&rows, &list, &params, &arena, INT64_MAX, &page, &err),
	    ERR_OK);
}

/* The places of the rows that were chosen, as "02". */
static const char *
chosen(void)
{
	static char places[HOSTS + 1];

	choose();
	for (size_t i = 0; i < rows.count; i++)
		places[i] =
		    (char)('0' + ((const struct row *)rows.list[i] - hosts));
	places[rows.count] = '\0';
	return places;
}

static void
filter_by(size_t column, double min, double max)
{
	params.filters[params.filter_count++] =
	    (struct params_filter){.column = column, .min = min, .max = max};
}

static void
filter_by_text(size_t column, const char *text)
{
	static struct cell_text like;

	like = (struct cell_text){text, strlen(text)};
	params.filters[params.filter_count++] = (struct params_filter){
	    .column = column, .texts = &like, .text_count = 1};
}

/* As it is told: 80.04 and 79.96 are 80 with one decimal. */
static void
filters_numbers(void)
{
	static const struct {
		size_t column;
		double min, max;
		const char *places;
	} cases[] = {
	    {HEAT, 80, 80, "024"},
	    {HEAT, -INFINITY, 0, "3"},
	    {HEAT, -INFINITY, INFINITY, "0234"},
	    {COUNT, 2, 3, "023"},
	    {COUNT, 0, 0, "4"},
	    {TIME, 1700000001, 1700000002, "13"},
	    {TIME, -INFINITY, INFINITY, "0134"},
	    {COUNT, 9, 10, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start();
		filter_by(cases[i].column, cases[i].min, cases[i].max);
		SUITE_EQUAL(chosen(), cases[i].places);
		end();
	}
}

static void
filters_texts(void)
{
	static const struct {
		size_t column;
		const char *like, *places;
	} cases[] = {
	    {NAME, "node-*", "01"},  {NAME, "node-2", "1"},
	    {NAME, "*", "0123"},     {NAME, "NODE-2", ""},
	    {MODELS, "*100*", "02"}, {MODELS, "y", "3"},
	    {MODELS, "*", "0234"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start();
		filter_by_text(cases[i].column, cases[i].like);
		SUITE_EQUAL(chosen(), cases[i].places);
		end();
	}
	start();
	filter_by_text(NAME, "node-*");
	filter_by(HEAT, 0, 100);
	SUITE_EQUAL(chosen(), "0");
	end();
}

/* What is null comes last either way; ties stay as they were. */
static void
sorts(void)
{
	static const struct {
		size_t first, second;
		bool first_descends, second_descends;
		const char *places;
	} cases[] = {
	    {HEAT, HEAT, false, false, "30241"},
	    {HEAT, HEAT, true, true, "02431"},
	    {COUNT, NAME, false, false, "41230"},
	    {COUNT, NAME, true, true, "03214"},
	    {NAME, NAME, false, false, "23104"},
	    {NAME, NAME, true, true, "01324"},
	    {TIME, TIME, true, true, "43102"},
	    {MODELS, MODELS, false, false, "13204"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start();
		params.sort_count = 2;
		params.sort[0].column = cases[i].first;
		params.sort[0].descends = cases[i].first_descends;
		params.sort[1].column = cases[i].second;
		params.sort[1].descends = cases[i].second_descends;
		SUITE_EQUAL(chosen(), cases[i].places);
		end();
	}
}

static struct cell
get_start_of_name(const struct rows *r, const void *row, const struct column *c)
{
	struct cell cell = get_name(r, row, c);

	if (!cell.is_null)
		cell.text.length = 1;
	return cell;
}

/* What is behind the part that is told, and may be a secret, orders nothing. */
static void
sorts_by_what_is_told(void)
{
	struct column_list hidden = list;

	hidden.columns[NAME].get = get_start_of_name;
	start();
	params.sort_count = 1;
	params.sort[0].column = NAME;
	CU_ASSERT_EQUAL(table_choose(&rows, &hidden, &params, &arena, INT64_MAX,
				     &page, &err),
			ERR_OK);
	/* "=", "a", and of the two "n" first the first. */
	CU_ASSERT_PTR_EQUAL(rows.list[2], &hosts[0]);
	CU_ASSERT_PTR_EQUAL(rows.list[3], &hosts[1]);
	end();
}

/* Whoever wants all as they are has them at any time. */
static void
looks_at_the_time(void)
{
	struct params_filter any = {
	    .column = COUNT, .min = -INFINITY, .max = INFINITY};
	int64_t now_ms = clock_now_ms();

	for (int i = 0; i < 3; i++) {
		start();
		params.filters[0] = any;
		params.filter_count = i == 1;
		params.sort[0].column = COUNT;
		params.sort_count = i == 2;
		CU_ASSERT_EQUAL(table_choose(&rows, &list, &params, &arena,
					     now_ms, &page, &err),
				i == 0 ? ERR_OK : ERR_TIMEOUT);
		end();
	}
	SUITE_EQUAL(err.text,
		    "the time was over before all rows were looked at");
}

/* 61.55 is told as 61.5, and 1.075 as 1.07: that is what finds them. */
static void
filters_by_what_is_told(void)
{
	static const struct {
		double value;
		unsigned decimals;
		double told;
	} cases[] = {{61.55, 1, 61.5}, {1.075, 2, 1.07}, {-5, 1, -5},
		     {0.999, 2, 1},    {79.96, 1, 80},	 {1e16, 2, 1e16}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct json j;
		struct buf b;

		CU_ASSERT_EQUAL(json_rounded(cases[i].value, cases[i].decimals),
				cases[i].told);
		buf_init(&b, TEXT_BYTES);
		json_init(&j, &b);
		json_decimal(&j, cases[i].value, cases[i].decimals);
		buf_append(&b, "", 1);
		CU_ASSERT_EQUAL(strtod(b.data, NULL), cases[i].told);
		buf_fini(&b);
	}
}

static void
cuts_pages(void)
{
	static const struct {
		long long limit, offset, next;
		const char *places;
	} cases[] = {
	    {-1, 0, -1, "01234"}, {2, 0, 2, "01"},	{2, 3, -1, "34"},
	    {2, 2, 4, "23"},	  {5, 0, -1, "01234"},	{9, 4, -1, "4"},
	    {1, 5, -1, ""},	  {1, 1000000, -1, ""}, {-1, 3, -1, "34"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start();
		params.limit = cases[i].limit;
		params.offset = cases[i].offset;
		SUITE_EQUAL(chosen(), cases[i].places);
		CU_ASSERT_EQUAL(page.total, HOSTS);
		CU_ASSERT_EQUAL(page.limit, cases[i].limit);
		CU_ASSERT_EQUAL(page.offset, cases[i].offset);
		CU_ASSERT_EQUAL(page.next_offset, cases[i].next);
		end();
	}
}

static const char *
text_of(struct buf *b)
{
	static char text[TEXT_BYTES];

	CU_ASSERT_EQUAL(buf_status(b), ERR_OK);
	CU_ASSERT_TRUE_FATAL(b->length < sizeof(text));
	memcpy(text, b->data, b->length);
	text[b->length] = '\0';
	buf_fini(b);
	return text;
}

static void
writes_json(void)
{
	struct json j;
	struct buf b;

	start();
	choose();
	rows.count = 2;
	buf_init(&b, TEXT_BYTES);
	json_init(&j, &b);
	table_write_json(&rows, &list, column_all(&list), &j);
	SUITE_EQUAL(text_of(&b),
		    "[{\"name\":\"node-10\",\"heat\":80,\"count\":3,"
		    "\"time\":\"2023-11-14T22:13:20.000Z\","
		    "\"models\":[\"A100\",\"H100\"]},"
		    "{\"name\":\"node-2\",\"heat\":null,\"count\":1,"
		    "\"time\":\"2023-11-14T22:13:21.500Z\",\"models\":[]}]");
	buf_init(&b, TEXT_BYTES);
	json_init(&j, &b);
	table_write_json(&rows, &list, COLUMN_BIT(HEAT), &j);
	SUITE_EQUAL(text_of(&b), "[{\"heat\":80},{\"heat\":null}]");
	end();
}

static struct cell
get_is_hot(const struct rows *r, const void *row, const struct column *c)
{
	double heat = ((const struct row *)row)->heat;

	(void)r, (void)c;
	return isnan(heat) ? cell_null() : cell_boolean(heat > 0);
}

/* Without brackets. */
static void
add_json(struct buf *out, const void **of, size_t count, column_set columns)
{
	const struct rows some = {.list = of, .count = count};
	char storage[TEXT_BYTES];
	struct buf text;
	struct json j;

	buf_use(&text, storage, sizeof(storage));
	json_init(&j, &text);
	table_write_json(&some, &list, columns, &j);
	CU_ASSERT_EQUAL_FATAL(buf_status(&text), ERR_OK);
	buf_append(out, text.data + 1, text.length - 2);
}

/* Alone a row has all of it alike. */
static void
check_as_each_alone(const void **of, size_t count, column_set columns)
{
	char together_storage[TEXT_BYTES], alone_storage[TEXT_BYTES];
	struct buf together, alone;

	buf_use(&together, together_storage, sizeof(together_storage));
	buf_use(&alone, alone_storage, sizeof(alone_storage));
	add_json(&together, of, count, columns);
	for (size_t i = 0; i < count; i++) {
		buf_append_text(&alone, i > 0 ? "," : "");
		add_json(&alone, of + i, 1, columns);
	}
	CU_ASSERT_EQUAL(buf_status(&together), ERR_OK);
	CU_ASSERT_EQUAL(buf_status(&alone), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(together.length, alone.length);
	CU_ASSERT_TRUE(memcmp(together.data, alone.data, alone.length) == 0);
}

/* Rows that have something alike, or nothing, or all of it. */
static void
writes_rows_as_each_alone(void)
{
	static const struct row cold = {"node-10", -0.0, 3, 1700000000, {NULL}};
	static const struct row warm = {"node-10", 0.0, 3, 0, {NULL}};
	const void *three[3] = {&cold, &warm, &cold};

	start();
	for (column_set columns = 1; columns < COLUMN_BIT(5); columns++)
		for (size_t i = 0; i < HOSTS * HOSTS * HOSTS; i++) {
			const void *of[3] = {&hosts[i % HOSTS],
					     &hosts[i / HOSTS % HOSTS],
					     &hosts[i / HOSTS / HOSTS]};

			check_as_each_alone(of, 3, columns);
		}
	for (column_set columns = 1; columns < COLUMN_BIT(MODELS); columns++)
		check_as_each_alone(three, 3, columns);
	end();
}

static void
knows_what_is_so(void)
{
	static const struct column_list hot = {
	    .columns = {{.name = "hot",
			 .type = COLUMN_BOOLEAN,
			 .is_nullable = true,
			 .get = get_is_hot}},
	    .count = 1};
	struct json j;
	struct buf b;

	start();
	params.sort_count = 1;
	CU_ASSERT_EQUAL(
	    table_choose(&rows, &hot, &params, &arena, INT64_MAX, &page, &err),
	    ERR_OK);
	buf_init(&b, TEXT_BYTES);
	json_init(&j, &b);
	table_write_json(&rows, &hot, COLUMN_BIT(0), &j);
	SUITE_EQUAL(text_of(&b), "[{\"hot\":false},{\"hot\":true},"
				 "{\"hot\":true},{\"hot\":true},"
				 "{\"hot\":null}]");
	filter_by(0, 0, 0);
	CU_ASSERT_EQUAL(
	    table_choose(&rows, &hot, &params, &arena, INT64_MAX, &page, &err),
	    ERR_OK);
	buf_init(&b, TEXT_BYTES);
	table_write_csv(&rows, &hot, COLUMN_BIT(0), &b);
	SUITE_EQUAL(text_of(&b), "hot\r\nfalse\r\n");
	end();
}

static void
writes_csv(void)
{
	struct buf b;

	start();
	choose();
	buf_init(&b, TEXT_BYTES);
	table_write_csv(&rows, &list, column_all(&list), &b);
	SUITE_EQUAL(text_of(&b),
		    "name,heat,count,time,models\r\n"
		    "node-10,80,3,2023-11-14T22:13:20.000Z,A100;H100\r\n"
		    "node-2,,1,2023-11-14T22:13:21.500Z,\r\n"
		    "'=cmd,80,2,,\"A,\"\"100\"\"\"\r\n"
		    "\"a\r\nb\",-5,2,2023-11-14T22:13:22.000Z,'-x;y\r\n"
		    ",80,0,2023-11-14T22:13:23.000Z,h\xef\xbf\xbd\r\n");
	/* A line with nothing in it would be no line. */
	buf_init(&b, TEXT_BYTES);
	table_write_csv(&rows, &list, COLUMN_BIT(HEAT), &b);
	SUITE_EQUAL(text_of(&b), "heat\r\n80\r\n\"\"\r\n80\r\n-5\r\n80\r\n");
	rows.count = 0;
	buf_init(&b, TEXT_BYTES);
	table_write_csv(&rows, &list, COLUMN_BIT(NAME), &b);
	SUITE_EQUAL(text_of(&b), "name\r\n");
	end();
}

static void
compares_patterns(void)
{
	static const struct {
		const char *text, *pattern;
		bool is_like;
	} cases[] = {
	    {"", "", true},
	    {"", "*", true},
	    {"a", "", false},
	    {"abc", "a*c", true},
	    {"abc", "a*b", false},
	    {"abcbc", "a*bc", true},
	    {"aXbXc", "*X*X*", true},
	    {"aXbc", "*X*X*", false},
	    {"a*c", "a*c", true},
	    {"aaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*c", false},
	    {"abc", "**", true},
	    {"abc", "abcd", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct cell_text text = {cases[i].text,
					       strlen(cases[i].text)};
		const struct cell_text pattern = {cases[i].pattern,
						  strlen(cases[i].pattern)};

		CU_ASSERT_EQUAL(text_is_like(&text, &pattern),
				cases[i].is_like);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"filters numbers", filters_numbers},
	    {"filters texts", filters_texts},
	    {"sorts", sorts},
	    {"looks at the time", looks_at_the_time},
	    {"sorts by what is told", sorts_by_what_is_told},
	    {"filters by what is told", filters_by_what_is_told},
	    {"cuts pages", cuts_pages},
	    {"writes JSON", writes_json},
	    {"writes rows as each alone", writes_rows_as_each_alone},
	    {"knows what is so", knows_what_is_so},
	    {"writes CSV", writes_csv},
	    {"compares patterns", compares_patterns},
	    {NULL, NULL}};

	return suite_run("table", tests);
}
