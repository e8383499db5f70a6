/*
 * How old a row is: measured_at, and the tag that lasts until something was
 * measured anew.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/fcgi_client.h"
#include "support/http.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "support/victoria.h"

#define UTILIZATION "/api/v1/gpu/utilization"
#define NODES	    "/api/v1/gpu/nodes"

enum { SCRAPE_S = 3, TRIES = 40, STEP_MS = 300, GPUS = 3 };

static struct source simulator, prometheus, victoria;
static struct responder scraped, written;
static struct nginx nginx;

static void
pause_a_step(void)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

	nanosleep(&step, NULL);
}

/* Of RFC 3339, in milliseconds; 0: null. */
static int64_t
read_ms(struct json_object *row)
{
	const char *text =
	    json_object_get_string(json_object_object_get(row, "measured_at"));
	struct tm date = {0};
	const char *rest;

	if (text == NULL)
		return 0;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &date);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rest);
	return (int64_t)timegm(&date) * 1000 + llround(atof(rest) * 1000);
}

/* The times of the rows, in their order; returns how many rows there are. */
static size_t
read_rows(const char *body, int64_t times_ms[static GPUS])
{
	struct json_object *root = json_tokener_parse(body);
	struct json_object *data = json_object_object_get(root, "data");
	size_t count = data != NULL ? json_object_array_length(data) : 0;

	for (size_t i = 0; i < count && i < GPUS; i++)
		times_ms[i] = read_ms(json_object_array_get_idx(data, i));
	json_object_put(root);
	return count;
}

static size_t
fetch_times(const struct responder *r, const char *path,
	    int64_t times_ms[static GPUS])
{
	char *text = fcgi_client_fetch(r->socket, path);
	const char *body = strstr(text, "\r\n\r\n");
	size_t count;

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 ", 12), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	count = read_rows(body + 4, times_ms);
	free(text);
	return count;
}

/* --- scraped -------------------------------------------------------------- */

static size_t
newest_scrape_ms(void)
{
	return source_ask(&prometheus,
			  "round(max(timestamp("
			  "nvidia_gpu_utilization_percent)) * 1000)");
}

static void
scrapes_are_told(void)
{
	static const char *const paths[] = {UTILIZATION, NODES,
					    "/api/v1/gpu/metrics"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int64_t times_ms[GPUS] = {0};
		size_t before_ms, rows = 0, tries = 0;

		/* Again if there was a scrape meanwhile. */
		do {
			before_ms = newest_scrape_ms();
			rows = fetch_times(&scraped, paths[i], times_ms);
		} while (newest_scrape_ms() != before_ms && tries++ < TRIES);
		CU_ASSERT_TRUE(rows > 0);
		for (size_t row = 0; row < rows && row < GPUS; row++)
			CU_ASSERT_EQUAL(times_ms[row], (int64_t)before_ms);
	}
}

struct seen {
	char tag[64];
	int64_t measured_ms;
};

static struct seen
see(void)
{
	struct http_reply r;
	struct seen seen = {.tag = ""};
	int64_t times_ms[GPUS] = {0};

	http_get(&r, nginx_url(&nginx, UTILIZATION));
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_TRUE(read_rows(r.body, times_ms) > 0);
	seen.measured_ms = times_ms[0];
	snprintf(seen.tag, sizeof(seen.tag), "%s",
		 http_header(&r, "ETag") != NULL ? http_header(&r, "ETag")
						 : "");
	CU_ASSERT_PTR_NULL(http_header(&r, "Last-Modified"));
	http_free(&r);
	return seen;
}

static long
status_if_known(const char *tag)
{
	struct http_reply r;
	char header[96];
	long status;

	snprintf(header, sizeof(header), "If-None-Match: %s", tag);
	http_do(&r, &(struct http_call){.url = nginx_url(&nginx, UTILIZATION),
					.header = header});
	status = r.status;
	http_free(&r);
	return status;
}

/* In the second of a scrape, and then until the next. */
static void
tag_lasts_until_the_next_scrape(void)
{
	struct seen first = see(), next;
	unsigned kept = 0, renewed = 0;

	CU_ASSERT_EQUAL(strncmp(first.tag, "W/\"", 3), 0);
	for (unsigned i = 0; i < TRIES && (kept < 4 || renewed < 2); i++) {
		pause_a_step();
		next = see();
		if (next.measured_ms == first.measured_ms) {
			SUITE_EQUAL(next.tag, first.tag);
			kept++;
			continue;
		}
		CU_ASSERT_STRING_NOT_EQUAL(next.tag, first.tag);
		CU_ASSERT_EQUAL(status_if_known(first.tag), 200);
		CU_ASSERT_EQUAL(status_if_known(next.tag), 304);
		renewed++;
		first = next;
	}
	CU_ASSERT_TRUE(kept >= 4);
	CU_ASSERT_TRUE(renewed >= 2);
}

/* --- written -------------------------------------------------------------- */

/* A sample of each GPU of one target, of so many seconds ago; returns the
 * times. */
static void
write_samples(const unsigned ages_s[static GPUS], int64_t times_ms[static GPUS])
{
	int64_t now_ms = victoria_ago_ms(0);
	char text[1024] = "";
	size_t length = 0;

	for (unsigned i = 0; i < GPUS; i++) {
		times_ms[i] = now_ms - (int64_t)ages_s[i] * 1000;
		length += (size_t)snprintf(
		    text + length, sizeof(text) - length,
		    "nvidia_gpu_utilization_percent{instance=\"a:1\","
		    "node=\"n\",gpu_id=\"%u\"} 7 %lld\n",
		    i, (long long)times_ms[i]);
	}
	victoria_write(&victoria, text);
}

/* Within two answers: a look may be due in between. */
static void
expect_times(const int64_t times_ms[static GPUS])
{
	int64_t got_ms[GPUS] = {0};

	for (unsigned tries = 0; tries < TRIES; tries++) {
		CU_ASSERT_EQUAL(fetch_times(&written, UTILIZATION, got_ms),
				GPUS);
		if (memcmp(got_ms, times_ms, sizeof(got_ms)) == 0)
			break;
		pause_a_step();
	}
	for (unsigned i = 0; i < GPUS; i++)
		CU_ASSERT_EQUAL(got_ms[i], times_ms[i]);
}

static int64_t
oldest(const int64_t times_ms[static GPUS])
{
	int64_t least_ms = times_ms[0];

	for (unsigned i = 1; i < GPUS; i++)
		if (times_ms[i] < least_ms)
			least_ms = times_ms[i];
	return least_ms;
}

/*
 * Cards of one target that were measured at different times, then at one time,
 * then no more at all: who writes to a database is no scrape.
 */
static void
each_card_has_its_own_time(void)
{
	static const unsigned ages_s[][GPUS] = {
	    {90, 20, 1}, {1, 1, 1}, {0, 0, 0}};
	int64_t times_ms[GPUS], node_ms[GPUS] = {0};

	for (size_t i = 0; i < sizeof(ages_s) / sizeof(*ages_s); i++) {
		write_samples(ages_s[i], times_ms);
		if (i == 0)
			responder_start(&written, victoria.url, NULL);
		expect_times(times_ms);
		CU_ASSERT_EQUAL(fetch_times(&written, NODES, node_ms), 1);
		CU_ASSERT_EQUAL(node_ms[0], oldest(times_ms));
	}
	/* One card is measured again, the others are not. */
	for (unsigned i = 0; i < 2; i++)
		pause_a_step();
	times_ms[1] = victoria_ago_ms(0);
	{
		char text[256];

		snprintf(text, sizeof(text),
			 "nvidia_gpu_utilization_percent{instance=\"a:1\","
			 "node=\"n\",gpu_id=\"1\"} 8 %lld\n",
			 (long long)times_ms[1]);
		victoria_write(&victoria, text);
	}
	expect_times(times_ms);
	CU_ASSERT_EQUAL(process_stop(written.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"when it was scraped", scrapes_are_told},
	    {"a tag lasts until the next scrape",
	     tag_lasts_until_the_next_scrape},
	    {"each card has its own time", each_card_has_its_own_time},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	static const char *const arguments[] = {"--nodes", "2", "--gpus", "2",
						NULL};

	harness_start();
	source_start_simulator(&simulator, arguments);
	source_start_prometheus(&prometheus, &simulator, SCRAPE_S);
	victoria_start(&victoria);
	source_wait_series(&prometheus, 2 * 2 * 8);
	responder_start(&scraped, prometheus.url, NULL);
	nginx_start(&nginx, &(struct nginx_plan){.socket = scraped.socket,
						 .caches = true});
	return suite_run("measured", tests);
}
