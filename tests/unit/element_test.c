#include "prom/element.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static const struct element_label labels[] = {{"node", 0, NULL, false},
					      {"hostname", 0, NULL, false},
					      {"gpu", 1, NULL, false},
					      {"gpu_id", 1, NULL, false},
					      {"uuid", 7, NULL, false}};

struct fixture {
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct element_reader reader;
};

static void
setup(struct fixture *f, size_t budget_bytes)
{
	memset(f, 0, sizeof(*f));
	budget_init(&f->budget, budget_bytes);
	arena_init(&f->arena, &f->budget);
	intern_init(&f->strings, &f->budget);
	element_init(&f->reader, labels, sizeof(labels) / sizeof(*labels),
		     ELEMENT_SLOTS_MAX, &f->strings, &f->arena);
}

static void
teardown(struct fixture *f)
{
	element_fini(&f->reader);
	intern_fini(&f->strings);
	arena_fini(&f->arena);
}

/* From a heap block of just that length; *used is how far it went. */
static enum scan_result
read_window(struct fixture *f, const char *text, size_t length,
	    struct element *out, size_t *used)
{
	char *window = malloc(length + 1);
	struct scan s = {window + 1, window + 1 + length, NULL};
	enum scan_result r;

	memcpy(window + 1, text, length);
	r = element_read(&f->reader, &s, out);
	CU_ASSERT_EQUAL(r == SCAN_BAD, s.reason != NULL);
	*used = (size_t)(s.at - (window + 1));
	free(window);
	return r;
}

static void
check_label(const struct fixture *f, const struct element *e, unsigned slot,
	    const char *expected)
{
	CU_ASSERT_EQUAL(e->label[slot] == INTERN_NONE, expected == NULL);
	if (e->label[slot] != INTERN_NONE && expected != NULL)
		SUITE_EQUAL(intern_text(&f->strings, e->label[slot])->text,
			    expected);
}

/* Read after each other by one reader, so each meets what it remembers. */
static const struct {
	const char *text, *node, *gpu, *uuid;
	double value;
} series[] = {
    {"{\"metric\":{\"node\":\"a\",\"gpu\":\"0\"},\"value\":[1.5,\"1\"]}", "a",
     "0", NULL, 1},
    {"{\"metric\":{\"node\":\"a\",\"gpu\":\"1\"},\"value\":[1.5,\"2\"]}", "a",
     "1", NULL, 2},
    {"{\"metric\":{\"node\":\"a1\",\"gpu\":\"1\"},\"value\":[1.5,\"3\"]}", "a1",
     "1", NULL, 3},
    {"{\"metric\":{\"node\":\"a\",\"gpu\":\"\"},\"value\":[1.5,\"4\"]}", "a",
     "", NULL, 4},
    {"{\"metric\":{\"gpu\":\"7\",\"node\":\"b\"},\"value\":[1.5,\"5\"]}", "b",
     "7", NULL, 5},
    {"{\"metric\":{\"node\":\"b\",\"gpu\":\"7\"},\"value\":[1.5,\"6\"]}", "b",
     "7", NULL, 6},
    {"{\"metric\":{},\"value\":[1.5,\"7\"]}", NULL, NULL, NULL, 7},
    {"{\"value\":[1.5,\"8\"]}", NULL, NULL, NULL, 8},
    {"{\"value\":[1.5,\"9\"],\"metric\":{\"uuid\":\"u\"}}", NULL, NULL, "u", 9},
    {"{\"metric\":{\"nodes\":\"b\",\"gpu\":\"7\"},\"value\":[1.5,\"10\"]}",
     NULL, "7", NULL, 10},
    {"{ \"metric\" : { \"node\" : \"c\" , \"gpu\" : \"8\" } , \"value\" : [ "
     "1.5 , \"11\" ] }",
     "c", "8", NULL, 11},
    {"{\"metric\":{\"n\\u006fde\":\"\\u0063\",\"gpu\":\"\\\\\"},\"value\":[1.5,"
     "\"1\\u0032\"]}",
     "c", "\\", NULL, 12},
    {"{\"metric\":{\"n\\u006fde\":\"\\u0063\",\"gpu\":\"\\\\\\\"\"},\"value\":["
     "1.5,\"13\"]}",
     "c", "\\\"", NULL, 13},
    {"{\"metric\":{\"hostname\":\"h\",\"gpu_id\":\"1\"},\"value\":[1.5,\"14\"]"
     "}",
     "h", "1", NULL, 14},
    {"{\"metric\":{\"hostname\":\"h\",\"node\":\"n\",\"gpu_id\":\"1\",\"gpu\":"
     "\"2\"},\"value\":[1.5,\"15\"]}",
     "n", "2", NULL, 15},
    {"{\"metric\":{\"node\":\"n\",\"hostname\":\"h\",\"gpu\":\"2\",\"gpu_id\":"
     "\"1\"},\"value\":[1.5,\"16\"]}",
     "n", "2", NULL, 16},
    {"{\"metric\":{\"node\":\"x\",\"node\":\"y\"},\"value\":[1.5,\"17\"]}", "y",
     NULL, NULL, 17},
    {"{\"metric\":{\"node\":\"x\"},\"metric\":{\"gpu\":\"1\"},\"value\":[9,"
     "\"9\"],\"value\":[1.5,\"18\"]}",
     NULL, "1", NULL, 18},
    {"{\"a\":[{}],\"metric\":{\"node\":\"z\"},\"b\":null,\"value\":[1.5,"
     "\"19\"],\"c\":\"}\"}",
     "z", NULL, NULL, 19}};

static void
reads_series_after_each_other(void)
{
	struct fixture f;

	setup(&f, 1 << 20);
	for (size_t i = 0; i < sizeof(series) / sizeof(*series); i++) {
		struct element e;
		size_t used;

		CU_ASSERT_EQUAL(read_window(&f, series[i].text,
					    strlen(series[i].text), &e, &used),
				SCAN_OK);
		CU_ASSERT_EQUAL(used, strlen(series[i].text));
		CU_ASSERT_TRUE(e.has_value);
		CU_ASSERT_EQUAL(e.value, series[i].value);
		CU_ASSERT_EQUAL(e.timestamp_s, 1.5);
		check_label(&f, &e, 0, series[i].node);
		check_label(&f, &e, 1, series[i].gpu);
		check_label(&f, &e, 7, series[i].uuid);
		CU_ASSERT_EQUAL(e.label[2], INTERN_NONE);
	}
	teardown(&f);
}

static bool
is_number(const char *text, size_t length)
{
	return length > 0 && strspn(text, "0123456789") >= length;
}

/* By one reader: what it remembers is not accepted either. */
static void
passes_over_texts_that_are_not_accepted(void)
{
	static const struct element_label names[] = {
	    {"gpu", 0, is_number, false},
	    {"gpu_id", 0, is_number, false},
	    {"node", 1, NULL, false}};
	static const struct {
		const char *labels, *gpu;
	} cases[] = {{"\"gpu\":\"true\",\"gpu_id\":\"3\"", "3"},
		     {"\"gpu\":\"true\",\"gpu_id\":\"4\"", "4"},
		     {"\"gpu_id\":\"5\",\"gpu\":\"true\"", "5"},
		     {"\"gpu\":\"1\",\"gpu_id\":\"5\"", "1"},
		     {"\"gpu\":\"true\",\"gpu_id\":\"false\"", NULL},
		     {"\"gpu\":\"true\",\"gpu_id\":\"\\u0037\"", "7"},
		     {"\"gpu\":\"\",\"node\":\"\"", NULL},
		     {"\"gpu\":\"8\",\"gpu\":\"x\"", "8"}};
	struct fixture f;

	setup(&f, 1 << 20);
	f.reader.labels = names;
	f.reader.label_count = sizeof(names) / sizeof(*names);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct element e;
		char text[256];
		size_t used;

		snprintf(text, sizeof(text),
			 "{\"metric\":{%s},\"value\":[1,\"2\"]}",
			 cases[i].labels);
		CU_ASSERT_EQUAL(read_window(&f, text, strlen(text), &e, &used),
				SCAN_OK);
		check_label(&f, &e, 0, cases[i].gpu);
	}
	teardown(&f);
}

/* A beginning changes nothing about what comes out in the end. */
static void
asks_for_more_at_every_cut(void)
{
	for (size_t i = 0; i < sizeof(series) / sizeof(*series); i++) {
		size_t length = strlen(series[i].text), used;
		struct element e;
		struct fixture f;

		setup(&f, 1 << 20);
		for (size_t cut = 0; cut < length; cut++)
			CU_ASSERT_EQUAL(
			    read_window(&f, series[i].text, cut, &e, &used),
			    SCAN_MORE);
		CU_ASSERT_EQUAL(
		    read_window(&f, series[i].text, length, &e, &used),
		    SCAN_OK);
		CU_ASSERT_EQUAL(e.value, series[i].value);
		check_label(&f, &e, 0, series[i].node);
		check_label(&f, &e, 1, series[i].gpu);
		teardown(&f);
	}
}

/* The source of a series with those labels, read by that reader. */
static uint32_t
source_of(struct fixture *f, const char *metric)
{
	struct element e = {.source = 1};
	char text[1024];
	size_t used;

	snprintf(text, sizeof(text), "{\"metric\":{%s},\"value\":[1,\"2\"]}",
		 metric);
	CU_ASSERT_EQUAL(read_window(f, text, strlen(text), &e, &used), SCAN_OK);
	return e.source;
}

/* By a reader that remembers what it read, and by one that has read nothing. */
static void
check_sources(const char *a, const char *b, bool are_equal)
{
	struct fixture f, fresh;
	uint32_t first, second;

	setup(&f, 1 << 20);
	setup(&fresh, 1 << 20);
	first = source_of(&f, a);
	second = source_of(&f, b);
	CU_ASSERT_EQUAL(source_of(&f, a), first);
	CU_ASSERT_EQUAL(source_of(&f, a), first);
	CU_ASSERT_EQUAL(source_of(&fresh, b), second);
	if ((first == second) != are_equal)
		fprintf(stderr, "{%s} and {%s}: %s\n", a, b,
			are_equal ? "different" : "equal");
	CU_ASSERT_EQUAL(first == second, are_equal);
	teardown(&f);
	teardown(&fresh);
}

#define LONG_VALUE                                                             \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"7890123456789012345678901234567890123456789"

/* What is set aside tells of no other source, however it is spelt. */
static void
sets_labels_aside(void)
{
	static const char *const aside[] = {"pod", "exported_pod", NULL};
	struct fixture f;
	uint32_t bare;

	setup(&f, 1 << 20);
	f.reader.aside = aside;
	bare = source_of(&f, "\"gpu\":\"0\"");
	CU_ASSERT_EQUAL(source_of(&f, "\"gpu\":\"0\",\"p\\u006fd\":\"x\""),
			bare);
	CU_ASSERT_EQUAL(source_of(&f, "\"exported_pod\":\"y\",\"gpu\":\"0\""),
			bare);
	CU_ASSERT_NOT_EQUAL(source_of(&f, "\"gpu\":\"0\",\"pods\":\"x\""),
			    bare);
	CU_ASSERT_NOT_EQUAL(source_of(&f, "\"gpu\":\"0\",\"po\":\"x\""), bare);
	teardown(&f);
}

/* What copies differ in, whatever else a series has: before and behind it. */
static void
adds_up_labels(void)
{
	static const char *const more[] = {
	    "\"gpu\":\"0\"", "\"gpu\":\"0\",\"engine\":\"x\\\\\"",
	    "\"a\":\"b\",\"replicas\":\"a\",\"zone\":\"" LONG_VALUE "\""};
	struct fixture f;
	uint32_t difference;

	setup(&f, 1 << 20);
	difference = source_of(&f, "\"replica\":\"a\"") -
		     source_of(&f, "\"replica\":\"b\"");
	CU_ASSERT_NOT_EQUAL(difference, 0);
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		char a[512], b[512];

		snprintf(a, sizeof(a), "%s,\"replica\":\"a\"", more[i]);
		snprintf(b, sizeof(b), "\"replica\":\"b\",%s", more[i]);
		CU_ASSERT_EQUAL(source_of(&f, a) - source_of(&f, b),
				difference);
	}
	teardown(&f);
}

static void
tells_sources_apart_by_their_labels(void)
{
	static const struct {
		const char *a, *b;
		bool are_equal;
	} cases[] = {
	    {"\"gpu\":\"0\",\"job\":\"x\"", "\"job\":\"x\",\"gpu\":\"0\"",
	     true},
	    {"\"__name__\":\"used\",\"gpu\":\"0\"",
	     "\"__name__\":\"free\",\"gpu\":\"0\"", true},
	    {"\"__name__\":\"used\",\"gpu\":\"0\"", "\"gpu\":\"0\"", true},
	    {"\"__nam\\u0065__\":\"used\"", "", true},
	    {"\"gpu\":\"0\",\"j\\u006fb\":\"\\u0078\\/\"",
	     "\"job\":\"x/\",\"gpu\":\"\\u0030\"", true},
	    {"\"x\":\"" LONG_VALUE "\",\"y\":\"1\"",
	     "\"y\":\"1\",\"x\":\"" LONG_VALUE "\"", true},
	    {"\"gpu\":\"0\",\"replica\":\"a\"",
	     "\"gpu\":\"0\",\"replica\":\"b\"", false},
	    {"\"gpu\":\"0\",\"replica\":\"a\"", "\"gpu\":\"0\"", false},
	    {"\"a\":\"x\",\"b\":\"y\"", "\"a\":\"y\",\"b\":\"x\"", false},
	    {"\"a\":\"bc\"", "\"ab\":\"c\"", false},
	    {"\"a\":\"x\",\"b\":\"x\"", "\"c\":\"x\",\"d\":\"x\"", false},
	    {"\"x\":\"" LONG_VALUE "0\"", "\"x\":\"" LONG_VALUE "1\"", false},
	    {"\"gpu\":\"0\"", "", false},
	    /* By the name that it had. */
	    {"\"exported_job\":\"x\"", "\"job\":\"x\"", true},
	    {"\"\\u0065xported_exported_job\":\"x\"", "\"job\":\"x\"", true},
	    {"\"exported_job\":\"x\",\"job\":\"y\"", "\"job\":\"x\"", false},
	    {"\"exported_\":\"x\"", "\"exported\":\"x\"", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_sources(cases[i].a, cases[i].b, cases[i].are_equal);
}

/* More labels than are remembered from one series to the next. */
static void
counts_labels_that_are_not_remembered(void)
{
	char metric[1000] = "", other[1000];
	size_t length = 0;

	for (int i = 0; i < 40; i++)
		length += (size_t)snprintf(
		    metric + length, sizeof(metric) - length,
		    "%s\"l%d\":\"%d\"", i > 0 ? "," : "", i, i);
	memcpy(other, metric, sizeof(other));
	other[length - 2] = '8';
	check_sources(metric, metric, true);
	check_sources(metric, other, false);
}

static void
reads_times_and_values(void)
{
	static const struct {
		const char *sample;
		double timestamp_s, value;
	} cases[] = {
	    {"[1700000000,\"42\"]", 1700000000, 42},
	    {"[1700000000.123,\"42.5\"]", 1700000000.123, 42.5},
	    {"[1700000000.123,\"+Inf\"]", 1700000000.123, INFINITY},
	    {"[1700000000.1234,\"-Inf\"]", 1700000000.1234, -INFINITY},
	    {"[1700000000.12,\"1e-3\"]", 1700000000.12, 1e-3},
	    {"[0,\"0\"]", 0, 0},
	    {"[-1.5e3,\"-7\"]", -1500, -7},
	    {"[1.00000000000000000000000000000000000001,\"1\"]", 1, 1},
	    {"[1.00000000000000000000000000000000000002,\"2\"]", 1, 2}};
	struct fixture f;

	setup(&f, 1 << 20);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct element e;
		char text[256];
		size_t used;

		snprintf(text, sizeof(text), "{\"metric\":{},\"value\":%s}",
			 cases[i].sample);
		CU_ASSERT_EQUAL(read_window(&f, text, strlen(text), &e, &used),
				SCAN_OK);
		CU_ASSERT_EQUAL(e.timestamp_s, cases[i].timestamp_s);
		CU_ASSERT_EQUAL(e.value, cases[i].value);
	}
	teardown(&f);
}

static void
knows_native_histograms(void)
{
	static const char *const texts[] = {
	    "{\"metric\":{\"node\":\"a\"},\"histogram\":[1,{\"count\":\"1\"}]}",
	    "{\"histogram\":null}"};
	struct fixture f;

	setup(&f, 1 << 20);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct element e = {.has_value = true};
		size_t used;

		CU_ASSERT_EQUAL(
		    read_window(&f, texts[i], strlen(texts[i]), &e, &used),
		    SCAN_OK);
		CU_ASSERT_FALSE(e.has_value);
	}
	teardown(&f);
}

static void
refuses_what_is_no_series(void)
{
	static const char *const texts[] = {
	    "[]",
	    "{}",
	    "{\"metric\":{}}",
	    "{\"metric\":[],\"value\":[1,\"2\"]}",
	    "{\"metric\":{\"a\":1},\"value\":[1,\"2\"]}",
	    "{\"metric\":{\"node\":null},\"value\":[1,\"2\"]}",
	    "{\"metric\":{\"a\":\"b\",},\"value\":[1,\"2\"]}",
	    "{\"metric\":{\"a\":\"b\"}\"value\":[1,\"2\"]}",
	    "{\"metric\":{},\"value\":[1,2]}",
	    "{\"metric\":{},\"value\":[\"1\",\"2\"]}",
	    "{\"metric\":{},\"value\":[1,\"two\"]}",
	    "{\"metric\":{},\"value\":[1,\"2\",3]}",
	    "{\"metric\":{},\"values\":[[1,\"2\"]]}",
	    "{\"metric\":{\"a\":\"\n\"},\"value\":[1,\"2\"]}",
	    "{\"metric\":{},\"value\":[1,\"2\"],}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct element e;
		struct fixture f;
		size_t used;

		setup(&f, 1 << 20);
		CU_ASSERT_EQUAL(
		    read_window(&f, texts[i], strlen(texts[i]), &e, &used),
		    SCAN_BAD);
		CU_ASSERT_FALSE(f.reader.is_out_of_memory);
		teardown(&f);
	}
}

/* At every budget: right, or bad for want of memory. */
static void
says_when_memory_is_spent(void)
{
	static const char text[] =
	    "{\"metric\":{\"node\":\"a\",\"gpu\":\"\\u0030\"},\"value\":[1,"
	    "\"2\"]}";
	unsigned refused = 0, read = 0;

	for (size_t bytes = 0; bytes < 40000; bytes += 250) {
		struct element e;
		struct fixture f;
		enum scan_result r;
		size_t used;

		setup(&f, bytes);
		r = read_window(&f, text, strlen(text), &e, &used);
		CU_ASSERT_TRUE(r == SCAN_OK || f.reader.is_out_of_memory);
		CU_ASSERT_NOT_EQUAL(r, SCAN_MORE);
		refused += r == SCAN_BAD;
		read += r == SCAN_OK;
		teardown(&f);
		CU_ASSERT_EQUAL(atomic_load(&f.budget.left_bytes), bytes);
	}
	CU_ASSERT_TRUE(refused > 0);
	CU_ASSERT_TRUE(read > 0);
}

/* Both a long string and what it is decoded in. */
static void
takes_all_memory_of_the_budget(void)
{
	enum { BUDGET_BYTES = 1 << 20, LABEL_BYTES = 100000 };
	char *text = NULL;
	struct element e;
	struct fixture f;
	size_t used;

	CU_ASSERT_TRUE_FATAL(asprintf(&text,
				      "{\"metric\":{\"node\":\"\\u0030%0*d\"},"
				      "\"value\":[1,\"2\"]}",
				      LABEL_BYTES, 0) > 0);
	setup(&f, BUDGET_BYTES);
	CU_ASSERT_EQUAL(read_window(&f, text, strlen(text), &e, &used),
			SCAN_OK);
	CU_ASSERT_TRUE(budget_used(&f.budget, BUDGET_BYTES) >= 2 * LABEL_BYTES);
	teardown(&f);
	CU_ASSERT_EQUAL(budget_used(&f.budget, BUDGET_BYTES), 0);
	free(text);
}

static void
fini_is_safe_on_a_zeroed_reader(void)
{
	struct element_reader zeroed = {0};

	element_fini(&zeroed);
	CU_PASS("did not crash");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads series after each other", reads_series_after_each_other},
	    {"passes over texts that are not accepted",
	     passes_over_texts_that_are_not_accepted},
	    {"asks for more at every cut", asks_for_more_at_every_cut},
	    {"sets labels aside", sets_labels_aside},
	    {"adds up labels", adds_up_labels},
	    {"tells sources apart by their labels",
	     tells_sources_apart_by_their_labels},
	    {"counts labels that are not remembered",
	     counts_labels_that_are_not_remembered},
	    {"reads times and values", reads_times_and_values},
	    {"knows native histograms", knows_native_histograms},
	    {"refuses what is no series", refuses_what_is_no_series},
	    {"says when memory is spent", says_when_memory_is_spent},
	    {"takes all memory of the budget", takes_all_memory_of_the_budget},
	    {"fini is safe on a zeroed reader",
	     fini_is_safe_on_a_zeroed_reader},
	    {NULL, NULL}};

	return suite_run("element", tests);
}
