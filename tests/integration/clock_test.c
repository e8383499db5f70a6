/*
 * The machine's clock jumps by hours, forward and back, while the program
 * runs: times follow it, deadlines and intervals do not.
 */
#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define METRICS "/api/v1/gpu/metrics"

enum {
	HOUR_S = 3600,
	TIMEOUT_MS = 1000,
	/* Hours less than a wait that took the jump for time gone by, or not
	 * yet come, would last. */
	SOON_MS = 15000,
	NEAR_S = 60
};

static const long long jumps_s[] = {5 * HOUR_S, -7 * HOUR_S, 8766 * HOUR_S,
				    -8766 * HOUR_S, 0};
enum { JUMPS = sizeof(jumps_s) / sizeof(*jumps_s) };

static struct source fake;
static struct responder responder;
static char offset_file[HARNESS_PATH_BYTES];

static void
set_offset(long long seconds)
{
	FILE *out = fopen(offset_file, "r+");

	harness_require(out != NULL &&
			    fwrite(&seconds, sizeof(seconds), 1, out) == 1 &&
			    fclose(out) == 0,
			"cannot write %s", offset_file);
}

static char *
fetch(const char *path)
{
	return fcgi_client_fetch(responder.socket, path);
}

/* What stands behind the text, up to one of the ends; "" without it. */
static void
find(const char *answer, const char *text, const char *ends,
     char out[static 64])
{
	const char *at = strstr(answer, text);

	CU_ASSERT_PTR_NOT_NULL(at);
	at = at != NULL ? at + strlen(text) : "";
	snprintf(out, 64, "%.*s", (int)strcspn(at, ends), at);
}

static void
expect_near(long long time_s, long long offset_s)
{
	CU_ASSERT_TRUE(llabs(time_s - (long long)time(NULL) - offset_s) <=
		       NEAR_S);
}

static void
times_follow(void)
{
	struct tm date;
	char text[64], *answer;

	for (size_t i = 0; i < JUMPS; i++) {
		set_offset(jumps_s[i]);
		answer = fetch("/api/livez");
		find(answer, "\"timestamp\":\"", "\"", text);
		memset(&date, 0, sizeof(date));
		CU_ASSERT_PTR_NOT_NULL(
		    strptime(text, "%Y-%m-%dT%H:%M:%S", &date));
		expect_near(timegm(&date), jumps_s[i]);
		free(answer);
		answer = fetch(METRICS);
		find(answer, "X-Accel-Expires: @", "\r", text);
		expect_near(strtoll(text, NULL, 10), jumps_s[i]);
		free(answer);
	}
}

/* The same data have the same tag, whenever that is. */
static void
answers_stay_right(void)
{
	char tag[64], first_tag[64], *answer;

	answer = fetch(METRICS);
	find(answer, "ETag: ", "\r", first_tag);
	free(answer);
	for (size_t i = 0; i < JUMPS; i++) {
		set_offset(jumps_s[i]);
		answer = fetch(METRICS);
		CU_ASSERT_EQUAL(strncmp(answer, "Status: 200 OK\r\n", 16), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(
		    answer, "\"node_name\":\"node-2\",\"gpu_index\":1,"));
		find(answer, "ETag: ", "\r", tag);
		SUITE_EQUAL(tag, first_tag);
		free(answer);
	}
}

static void
expect_timeout(int fd)
{
	char *text = fcgi_client_receive(fd);

	CU_ASSERT_EQUAL(strncmp(text, "Status: 504 ", 12), 0);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(text, "\"error\":\"Failed to retrieve GPU metrics\"}"));
	free(text);
	close(fd);
}

/* One asks, and one waits for the other's answer, while the clock jumps. */
static void
deadlines_stay(void)
{
	source_set_fake(&fake, "slow_header");
	/* No answer is of this second. */
	set_offset(HOUR_S);
	for (size_t i = 0; i < JUMPS; i++) {
		long asked = source_fake_count(&fake, "queries");
		int64_t start_ms = clock_now_ms();
		int maker = fcgi_client_connect(responder.socket), waiter;

		CU_ASSERT_TRUE(fcgi_client_get(maker, METRICS));
		while (source_fake_count(&fake, "queries") == asked &&
		       clock_now_ms() < start_ms + SOON_MS)
			usleep(1000);
		waiter = fcgi_client_connect(responder.socket);
		CU_ASSERT_TRUE(fcgi_client_get(waiter, METRICS));
		set_offset(jumps_s[i]);
		expect_timeout(maker);
		expect_timeout(waiter);
		CU_ASSERT_TRUE(clock_now_ms() >= start_ms + TIMEOUT_MS);
		CU_ASSERT_TRUE(clock_now_ms() < start_ms + SOON_MS);
	}
	source_set_fake(&fake, "ok");
	CU_ASSERT_TRUE(responder_answers(&responder, METRICS, 200));
}

/* Nobody but detection asks meanwhile: its interval is a tenth of a second. */
static void
detection_goes_on(void)
{
	for (size_t i = 0; i < JUMPS; i++) {
		int64_t start_ms = clock_now_ms();
		long asked = source_fake_count(&fake, "queries");

		set_offset(jumps_s[i]);
		while (source_fake_count(&fake, "queries") < asked + 3 &&
		       clock_now_ms() < start_ms + SOON_MS)
			usleep(1000);
		CU_ASSERT_TRUE(source_fake_count(&fake, "queries") >=
			       asked + 3);
		CU_ASSERT_TRUE(source_fake_count(&fake, "queries") <
			       asked + 1000);
	}
}

static void
start(void)
{
	char variable[HARNESS_PATH_BYTES + 32], url[SOURCE_URL_BYTES + 32];
	const char *argv[] = {harness_built("tests/machine/jumping_responder"),
			      NULL};
	const char *env[] = {
	    url, variable, "SHARE_ANSWERS=on", "REQUEST_TIMEOUT_MS=1000",
	    /* Each of them is to wait for its deadline. */
	    "PROBE_TIMEOUT_MS=60000", "DETECTION_INTERVAL_MS=100", NULL};

	harness_path(offset_file, "offset");
	file_write(offset_file, "12345678");
	set_offset(0);
	snprintf(variable, sizeof(variable), "WALL_CLOCK_FILE=%s", offset_file);
	snprintf(url, sizeof(url), "PROMETHEUS_URL=%s", fake.url);
	responder_start_program(&responder, argv, env);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"times follow the clock", times_follow},
	    {"answers stay right, and their tags", answers_stay_right},
	    {"deadlines stay where they are", deadlines_stay},
	    {"detection goes on as often as before", detection_goes_on},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	start();
	return suite_run("clock", tests);
}
