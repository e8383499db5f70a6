#include "support/body.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/harness.h"
#include "support/strict_json.h"
#include "support/suite.h"

#define TIMESTAMP "\"timestamp\":\""
#define MEASURED  "\"measured_at\":\""
#define LATENCY	  "\"prometheus_latency_ms\":"

enum { NEAR_S = 300, SHOWN_BYTES = 160, TIMESTAMP_BYTES = 24 };

bool
body_is_json(const char *body, size_t length)
{
	struct json_object *root = strict_json(body, length);
	bool is_json = root != NULL;

	json_object_put(root);
	return is_json;
}

/* 2026-01-02T03:04:05.678Z */
static bool
is_timestamp(const char *text, enum body_time when)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	struct tm date = {0};

	for (size_t i = 0; i < TIMESTAMP_BYTES; i++)
		if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9'
				    : text[i] != shape[i])
			return false;
	return when == BODY_ANY_TIME ||
	       (strptime(text, "%Y-%m-%dT%H:%M:%S", &date) != NULL &&
		llabs((long long)(timegm(&date) - time(NULL))) < NEAR_S);
}

/* The key of the time that the text begins with, or NULL. */
static const char *
time_key(const char *text)
{
	if (strncmp(text, TIMESTAMP, sizeof(TIMESTAMP) - 1) == 0)
		return TIMESTAMP;
	return strncmp(text, MEASURED, sizeof(MEASURED) - 1) == 0 ? MEASURED
								  : NULL;
}

char *
body_mask(const char *body, enum body_time when)
{
	char *masked = NULL;
	size_t length, bad = 0;
	FILE *out = open_memstream(&masked, &length);

	harness_require(out != NULL, "out of memory");
	while (*body != '\0') {
		const char *key = time_key(body);

		if (key != NULL) {
			body += strlen(key);
			bad += !is_timestamp(body, when);
			fprintf(out, "%sT", key);
			body += strcspn(body, "\"");
		} else if (strncmp(body, LATENCY, sizeof(LATENCY) - 1) == 0) {
			body += sizeof(LATENCY) - 1;
			fputs(LATENCY "0", out);
			body += strspn(body, "0123456789.");
		} else {
			putc_unlocked(*body++, out);
		}
	}
	fclose(out);
	CU_ASSERT_EQUAL(bad, 0);
	return masked;
}

void
body_equal(const char *actual, const char *expected, const char *what)
{
	size_t at = 0, from;

	CU_ASSERT_TRUE(strcmp(actual, expected) == 0);
	if (strcmp(actual, expected) == 0)
		return;
	while (actual[at] == expected[at])
		at++;
	from = at > SHOWN_BYTES / 2 ? at - SHOWN_BYTES / 2 : 0;
	printf("# %s differs from byte %zu on\n# got:      %.*s\n"
	       "# expected: %.*s\n",
	       what, at, SHOWN_BYTES, actual + from, SHOWN_BYTES,
	       expected + from);
}

static void
expect_json(const struct http_reply *r, long status)
{
	char length[32];

	CU_ASSERT_EQUAL(r->rc, CURLE_OK);
	CU_ASSERT_EQUAL(r->status, status);
	if (r->status != status)
		printf("# got status %ld, expected %ld\n", r->status, status);
	CU_ASSERT_TRUE(body_is_json(r->body, r->length));
	SUITE_EQUAL(http_header(r, "Content-Type"), "application/json");
	snprintf(length, sizeof(length), "%zu", r->length);
	SUITE_EQUAL(http_header(r, "Content-Length"), length);
}

void
body_expect(const struct http_reply *r, const char *text, enum body_time when)
{
	char *masked = body_mask(r->body, when);

	expect_json(r, 200);
	body_equal(masked, text, "the body");
	free(masked);
}

void
body_expect_error(const struct http_reply *r, long status, const char *error)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "{\"success\":false,\"data\":null,\"message\":null,"
		 "\"error\":\"%s\"}",
		 error);
	expect_json(r, status);
	body_equal(r->body, text, "the envelope");
}
