#include "base/exposition.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/suite.h"

static struct buf out;
static struct json json;
static struct exposition x;

static void
begin_text(void)
{
	buf_init(&out, 1 << 20);
	exposition_init_text(&x, &out);
}

static void
begin_json(void)
{
	buf_init(&out, 1 << 20);
	json_init(&json, &out);
	exposition_init_json(&x, &json);
}

static const char *
end(void)
{
	exposition_end(&x);
	buf_append(&out, "", 1);
	CU_ASSERT_EQUAL(buf_status(&out), ERR_OK);
	return out.data;
}

static void
expect_text(const char *expected)
{
	SUITE_EQUAL(end(), expected);
	buf_fini(&out);
}

static void
expect_json(const char *expected)
{
	const char *text = end();

	SUITE_EQUAL(text, expected);
	CU_ASSERT_TRUE(body_is_json(text, strlen(text)));
	buf_fini(&out);
}

/* --- samples ------------------------------------------------------------- */

static void
write_samples(void)
{
	const struct exposition_label labels[] = {
	    {"endpoint", "/api/health"}, {"status", "200"}, {NULL, NULL}};
	const struct exposition_label none[] = {{NULL, NULL}};

	exposition_family(&x, "requests_total", "counter", "All of them.");
	exposition_sample(&x, labels, 3);
	exposition_sample(&x, none, 0);
	exposition_family(&x, "nothing", "gauge", "None of it.");
	exposition_family(&x, "start_seconds", "gauge", "When.");
	exposition_sample(&x, NULL, 1767323045.678);
}

static void
samples(void)
{
	begin_text();
	write_samples();
	expect_text(
	    "# HELP requests_total All of them.\n"
	    "# TYPE requests_total counter\n"
	    "requests_total{endpoint=\"/api/health\",status=\"200\"} 3\n"
	    "requests_total 0\n"
	    "# HELP nothing None of it.\n"
	    "# TYPE nothing gauge\n"
	    "# HELP start_seconds When.\n"
	    "# TYPE start_seconds gauge\n"
	    "start_seconds 1767323045.678\n");
	begin_json();
	write_samples();
	expect_json("{\"requests_total\":[{\"endpoint\":\"/api/health\","
		    "\"status\":\"200\",\"value\":3},{\"value\":0}],"
		    "\"nothing\":[],"
		    "\"start_seconds\":[{\"value\":1767323045.678}]}");
}

static void
nothing_at_all(void)
{
	begin_text();
	expect_text("");
	begin_json();
	expect_json("{}");
}

static void
any_label(void)
{
	const struct exposition_label labels[] = {{"a", "say \"x\\y\"\nz"},
						  {"b", ""},
						  {"c", "\xc3\xa9{},="},
						  {NULL, NULL}};

	begin_text();
	exposition_family(&x, "n", "gauge", "h");
	exposition_sample(&x, labels, 1);
	expect_text("# HELP n h\n# TYPE n gauge\n"
		    "n{a=\"say \\\"x\\\\y\\\"\\nz\",b=\"\","
		    "c=\"\xc3\xa9{},=\"} 1\n");
	begin_json();
	exposition_family(&x, "n", "gauge", "h");
	exposition_sample(&x, labels, 1);
	expect_json("{\"n\":[{\"a\":\"say \\\"x\\\\y\\\"\\nz\",\"b\":\"\","
		    "\"c\":\"\xc3\xa9{},=\",\"value\":1}]}");
}

/* What the text says is that number again; whole ones have all their digits. */
static void
numbers(void)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {{0, "0"},
		     {1, "1"},
		     {-1, "-1"},
		     {0.5, "0.5"},
		     {0.0005, "0.0005"},
		     {0.1, "0.1"},
		     {123456789, "123456789"},
		     {1e15, "1000000000000000"},
		     {1e15 + 1, "1000000000000001"},
		     {9007199254740991.0, "9007199254740991"},
		     {9007199254740992.0, "9007199254740992"},
		     {1767323045.678, "1767323045.678"},
		     {123456789.000001, "123456789.000001"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char expected[128];

		begin_text();
		exposition_family(&x, "n", "gauge", "h");
		exposition_sample(&x, NULL, cases[i].value);
		snprintf(expected, sizeof(expected),
			 "# HELP n h\n# TYPE n gauge\nn %s\n", cases[i].text);
		expect_text(expected);
		begin_json();
		exposition_family(&x, "n", "gauge", "h");
		exposition_sample(&x, NULL, cases[i].value);
		snprintf(expected, sizeof(expected), "{\"n\":[{\"value\":%s}]}",
			 cases[i].text);
		expect_json(expected);
	}
}

/* --- histograms ---------------------------------------------------------- */

static struct histogram histogram;

static void
write_histogram(const struct exposition_label *labels)
{
	exposition_family(&x, "d_seconds", "histogram", "How long.");
	exposition_histogram(&x, labels, &histogram);
}

static void
histograms(void)
{
	const struct exposition_label labels[] = {{"endpoint", "/a"},
						  {NULL, NULL}};

	memset(&histogram, 0, sizeof(histogram));
	histogram_observe(&histogram, 500);
	histogram_observe(&histogram, 20000);
	histogram_observe(&histogram, 11000000);
	begin_text();
	write_histogram(labels);
	expect_text("# HELP d_seconds How long.\n"
		    "# TYPE d_seconds histogram\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.0005\"} 1\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.001\"} 1\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.0025\"} 1\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.005\"} 1\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.01\"} 1\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.025\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.05\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.1\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.25\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"0.5\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"1\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"2.5\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"5\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"10\"} 2\n"
		    "d_seconds_bucket{endpoint=\"/a\",le=\"+Inf\"} 3\n"
		    "d_seconds_sum{endpoint=\"/a\"} 11.0205\n"
		    "d_seconds_count{endpoint=\"/a\"} 3\n");
	begin_json();
	write_histogram(labels);
	expect_json(
	    "{\"d_seconds\":[{\"endpoint\":\"/a\",\"buckets\":{"
	    "\"0.0005\":1,\"0.001\":1,\"0.0025\":1,\"0.005\":1,\"0.01\":1,"
	    "\"0.025\":2,\"0.05\":2,\"0.1\":2,\"0.25\":2,\"0.5\":2,\"1\":2,"
	    "\"2.5\":2,\"5\":2,\"10\":2,\"+Inf\":3},"
	    "\"sum\":11.0205,\"count\":3}]}");
}

static void
without_labels(void)
{
	const char *text;

	memset(&histogram, 0, sizeof(histogram));
	begin_text();
	write_histogram(NULL);
	text = end();
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
				      "\nd_seconds_bucket{le=\"+Inf\"} 0\n"
				      "d_seconds_sum 0\nd_seconds_count 0\n"));
	buf_fini(&out);
}

/* The failure is the buf's. */
static void
no_room(void)
{
	buf_init(&out, 64);
	exposition_init_text(&x, &out);
	write_samples();
	exposition_end(&x);
	CU_ASSERT_EQUAL(buf_status(&out), ERR_TOO_BIG);
	buf_fini(&out);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"samples", samples},	{"nothing at all", nothing_at_all},
	    {"any label", any_label},	{"numbers", numbers},
	    {"histograms", histograms}, {"without labels", without_labels},
	    {"no room", no_room},	{NULL, NULL}};

	return suite_run("exposition", tests);
}
