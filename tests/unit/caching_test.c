#include "web/caching.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "support/suite.h"

static struct caching
caching_as(enum caching_format format, const char *body,
	   long long stale_if_error_s)
{
	struct caching c;
	struct buf b;

	buf_init(&b, 1024);
	buf_append_text(&b, body);
	caching_init(&c, &b, format, 0, stale_if_error_s);
	buf_fini(&b);
	return c;
}

static struct caching
caching_of(const char *body, long long stale_if_error_s)
{
	return caching_as(CACHING_JSON, body, stale_if_error_s);
}

static void
tags_bodies(void)
{
	struct caching one = caching_of("{\"a\":1}", 0);
	struct caching same = caching_of("{\"a\":1}", 9);
	struct caching other = caching_of("{\"a\":2}", 0);
	struct caching longer = caching_of("{\"a\":1} ", 0);

	CU_ASSERT_EQUAL(strlen(one.tag), 18);
	CU_ASSERT_EQUAL(one.tag[0], '"');
	CU_ASSERT_EQUAL(one.tag[17], '"');
	SUITE_EQUAL(same.tag, one.tag);
	CU_ASSERT_STRING_NOT_EQUAL(other.tag, one.tag);
	CU_ASSERT_STRING_NOT_EQUAL(longer.tag, one.tag);
	/* Each process gives the same: nothing of it is random. */
	SUITE_EQUAL(caching_of("", 0).tag, "\"0000000000000000\"");
}

/* When it was made makes it no other one, when it was measured does. */
static void
tags_what_lasts(void)
{
#define TIME(second) "2026-01-02T03:04:0" second ".678Z"
#define ROW(timestamp, measured_at)                                            \
	"{\"a\":\"Z\",\"timestamp\":\"" TIME(                                  \
	    timestamp) "\",\"b\":2,"                                           \
		       "\"measured_at\":\"" TIME(measured_at) "\"}"
	struct caching one =
	    caching_of("[" ROW("1", "0") "," ROW("1", "0") "]", 0);
	struct caching later =
	    caching_of("[" ROW("2", "0") "," ROW("3", "0") "]", 0);
	struct caching newer =
	    caching_of("[" ROW("1", "0") "," ROW("1", "1") "]", 0);
	struct caching fewer = caching_of("[" ROW("1", "0") "]", 0);

	SUITE_EQUAL(later.tag, one.tag);
	CU_ASSERT_STRING_NOT_EQUAL(newer.tag, one.tag);
	CU_ASSERT_STRING_NOT_EQUAL(fewer.tag, one.tag);
	/* What a text says is no key. */
	CU_ASSERT_STRING_NOT_EQUAL(
	    caching_of("{\"n\":\"\\\"timestamp\\\":\\\"" TIME("1"), 0).tag,
	    caching_of("{\"n\":\"\\\"timestamp\\\":\\\"" TIME("2"), 0).tag);
	/* Nor is a key's end at the start, or what is no time. */
	CU_ASSERT_STRING_NOT_EQUAL(
	    caching_of("timestamp\":\"" TIME("1"), 0).tag,
	    caching_of("timestamp\":\"" TIME("2"), 0).tag);
	CU_ASSERT_STRING_NOT_EQUAL(
	    caching_of("{\"timestamp\":null,\"b\":1}", 0).tag,
	    caching_of("{\"timestamp\":null,\"b\":2}", 0).tag);
	/* The last one may end the body. */
	SUITE_EQUAL(caching_of("{\"timestamp\":\"" TIME("1"), 0).tag,
		    caching_of("{\"timestamp\":\"" TIME("2"), 0).tag);
#undef ROW
#undef TIME
}

static void
knows_the_second(void)
{
	int64_t before_s = (int64_t)clock_wall_s();
	struct caching c = caching_of("{}", 0);

	CU_ASSERT_TRUE(c.made_s >= before_s);
	CU_ASSERT_TRUE(c.made_s <= (int64_t)clock_wall_s());
}

static void
compares_tags(void)
{
	static const struct {
		const char *if_none_match;
		bool matches;
	} cases[] = {
	    {"", false},
	    {"*", true},
	    {" * ", false},
	    {"\"one\"", true},
	    {"W/\"one\"", true},
	    {"one", false},
	    {"\"one", false},
	    {"\"on\"", false},
	    {"\"onee\"", false},
	    {"\"two\", \"one\"", true},
	    {"\"two\",W/\"one\"", true},
	    {"\"two\", \"three\"", false},
	    {" ,, \"one\" ", true},
	    {"W/", false},
	    {"W/W/\"one\"", false},
	};
	const struct caching c = {.tag = "\"one\""};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		SUITE_EQUAL(caching_matches(&c, cases[i].if_none_match)
				? cases[i].if_none_match
				: "no",
			    cases[i].matches ? cases[i].if_none_match : "no");
}

static void
check_header(const struct caching *c, const char *expected)
{
	char text[256];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	caching_write_header(c, &out);
	CU_ASSERT_EQUAL_FATAL(buf_status(&out), ERR_OK);
	memcpy(text, out.data, out.length);
	text[out.length] = '\0';
	SUITE_EQUAL(text, expected);
	buf_fini(&out);
}

#define MADE "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n"

static void
writes_the_header(void)
{
	struct caching c = {1700000000, 0, 60, "\"one\""};

	check_header(&c, "Cache-Control: max-age=1, stale-while-revalidate=1, "
			 "stale-if-error=60\r\n"
			 "X-Accel-Expires: @1700000000\r\n" MADE
			 "ETag: W/\"one\"\r\n");
	c.stale_if_error_s = 0;
	check_header(&c, "Cache-Control: max-age=1, stale-while-revalidate=1"
			 "\r\n"
			 "X-Accel-Expires: @1700000000\r\n" MADE
			 "ETag: W/\"one\"\r\n");
}

static bool
may_stand_in(int64_t age_s, long long limit_s)
{
	char since[CLOCK_TEXT_BYTES];

	clock_format_http((int64_t)clock_wall_s() - age_s, since);
	return caching_may_stand_in(since, limit_s);
}

/* No age here is nearer to its limit than a slow machine is late. */
static void
knows_what_may_stand_in(void)
{
	CU_ASSERT_TRUE(may_stand_in(0, 600));
	CU_ASSERT_TRUE(may_stand_in(300, 600));
	CU_ASSERT_FALSE(may_stand_in(601, 600));
	CU_ASSERT_FALSE(may_stand_in(1, 0));
	/* The clock was set back since: its age is not known. */
	CU_ASSERT_FALSE(may_stand_in(-300, 600));
	CU_ASSERT_FALSE(caching_may_stand_in("", 600));
	CU_ASSERT_FALSE(caching_may_stand_in("yesterday", 600));
	CU_ASSERT_FALSE(caching_may_stand_in("", INT64_MAX));
}

/* Rows enough for several pieces, wherever those end in a row. */
static struct caching
caching_of_rows(size_t first_bytes, double timestamp_s)
{
	enum { ROWS = 5000 };
	static const char made[] = "\"timestamp\":";
	static const char measured[] = ",\"measured_at\":";
	struct caching c;
	struct buf b;
	struct json j;

	buf_init_in_pieces(&b, 1 << 20, NULL);
	json_init(&j, &b);
	json_open_array(&j);
	for (size_t i = 0; i < first_bytes; i++)
		buf_append_text(&b, " ");
	for (size_t i = 0; i < ROWS; i++) {
		json_open_object(&j);
		json_key_written(&j, made, sizeof(made) - 1);
		json_time(&j, timestamp_s);
		json_key_written(&j, measured, sizeof(measured) - 1);
		json_time(&j, 1);
		json_close_object(&j);
	}
	json_close_array(&j);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	CU_ASSERT_TRUE(b.piece_count > 2);
	caching_init(&c, &b, CACHING_JSON, 0, 0);
	buf_fini(&b);
	return c;
}

static void
tags_what_is_in_pieces(void)
{
	char row[] = "{\"timestamp\":\"2023-11-14T22:13:20.000Z\","
		     "\"measured_at\":\"2023-11-14T22:13:20.000Z\"},";

	for (size_t i = 0; i < sizeof(row); i++)
		SUITE_EQUAL(caching_of_rows(i, 1700000000).tag,
			    caching_of_rows(i, 1800000000).tag);
}

static bool
is_same_sheet(const char *one, const char *other)
{
	return strcmp(caching_as(CACHING_CSV, one, 0).tag,
		      caching_as(CACHING_CSV, other, 0).tag) == 0;
}

/* As of JSON, wherever the column is. */
static void
tags_what_lasts_of_a_sheet(void)
{
	static const char *const sheets[][2] = {
	    {"a,timestamp,b\r\n1,T1,2\r\n3,T1,4\r\n",
	     "a,timestamp,b\r\n1,T2,2\r\n3,T3,4\r\n"},
	    {"timestamp,b\r\nT1,2\r\n", "timestamp,b\r\nT2,2\r\n"},
	    {"a,timestamp\r\n1,T1\r\n2,T1\r\n",
	     "a,timestamp\r\n1,T2\r\n2,T3\r\n"},
	    {"timestamp\r\nT1\r\n", "timestamp\r\nT2\r\n"},
	    /* What is in quotes ends neither a cell nor a line. */
	    {"a,timestamp,b\r\n\"x,\r\n\"\"y\",T1,2\r\n",
	     "a,timestamp,b\r\n\"x,\r\n\"\"y\",T2,2\r\n"}};
	static const char *const others[][2] = {
	    {"a,timestamp,b\r\n1,T1,2\r\n", "a,timestamp,b\r\n2,T1,2\r\n"},
	    {"a,timestamp,b\r\n1,T1,2\r\n", "a,timestamp,b\r\n1,T1,3\r\n"},
	    {"a,timestamp\r\n1,T1\r\n", "a,timestamp\r\n2,T1\r\n"},
	    {"a,timestamp\r\n1,T1\r\n", "a,timestamp\r\n1,T1\r\n1,T1\r\n"},
	    {"a,measured_at\r\n1,T1\r\n", "a,measured_at\r\n1,T2\r\n"},
	    /* In a cell it is no name. */
	    {"a\r\ntimestamp,1\r\n", "a\r\ntimestamp,2\r\n"},
	    {"timestamps\r\n1\r\n", "timestamps\r\n2\r\n"},
	    {"a,timestamp,b\r\n\"x,T1\",T1,2\r\n",
	     "a,timestamp,b\r\n\"x,T2\",T1,2\r\n"}};

	for (size_t i = 0; i < sizeof(sheets) / sizeof(*sheets); i++)
		CU_ASSERT_TRUE(is_same_sheet(sheets[i][0], sheets[i][1]));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		CU_ASSERT_FALSE(is_same_sheet(others[i][0], others[i][1]));
}

/* Its cells may be parted by the pieces of the body. */
static struct caching
caching_of_sheet(size_t first_bytes, const char *timestamp)
{
	enum { ROWS = 5000 };
	struct caching c;
	struct buf b;

	buf_init_in_pieces(&b, 1 << 20, NULL);
	buf_append_text(&b, "name,timestamp,measured_at\r\n");
	for (size_t i = 0; i < first_bytes; i++)
		buf_append_text(&b, "x");
	for (size_t i = 0; i < ROWS; i++)
		buf_append_format(&b, "\"a,b\",%s,2023-11-14T22:13:20.000Z\r\n",
				  timestamp);
	CU_ASSERT_EQUAL(buf_status(&b), ERR_OK);
	CU_ASSERT_TRUE(b.piece_count > 2);
	caching_init(&c, &b, CACHING_CSV, 0, 0);
	buf_fini(&b);
	return c;
}

static void
tags_a_sheet_in_pieces(void)
{
	enum { ROW_BYTES = sizeof("\"a,b\",,\r\n") - 1 + 2 * 24 };

	for (size_t i = 0; i < ROW_BYTES; i++)
		SUITE_EQUAL(
		    caching_of_sheet(i, "2023-11-14T22:13:20.000Z").tag,
		    caching_of_sheet(i, "2027-01-15T08:00:00.000Z").tag);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tags bodies", tags_bodies},
	    {"tags what lasts", tags_what_lasts},
	    {"tags what lasts of a sheet", tags_what_lasts_of_a_sheet},
	    {"tags a sheet in pieces", tags_a_sheet_in_pieces},
	    {"knows the second", knows_the_second},
	    {"compares tags", compares_tags},
	    {"writes the header", writes_the_header},
	    {"knows what may stand in", knows_what_may_stand_in},
	    {"tags what is in pieces", tags_what_is_in_pieces},
	    {NULL, NULL}};

	return suite_run("caching", tests);
}
