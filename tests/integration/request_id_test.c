/*
 * The id of a request is the same in the answer's X-Request-Id, in both of
 * nginx' access logs, and in the program's log, which is JSON here; also where
 * the answer is a cached one, or nginx makes it itself.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/file.h"
#include "support/http.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/strict_json.h"
#include "support/suite.h"

#define METRICS "/api/v1/gpu/metrics"

enum { ID_BYTES = 33, LINE_BYTES = HARNESS_PATH_BYTES + 64 };

static struct source fake;
static struct responder responder;

/* An nginx with both access logs. */
struct site {
	struct nginx nginx;
	char text_log[HARNESS_PATH_BYTES], json_log[HARNESS_PATH_BYTES];
};

static struct site cached, limited, orphan;

static void
site_start(struct site *s, const char *name, const char *socket,
	   const struct webserver_change *change, size_t change_count,
	   bool caches)
{
	static const char anchor[] = "set $gpu_api_hsts \"\";\n";
	char file[48], logs[2 * LINE_BYTES];
	struct webserver_change changes[4] = {{"locations.conf", anchor, logs}};

	snprintf(file, sizeof(file), "%s.text.log", name);
	harness_path(s->text_log, file);
	snprintf(file, sizeof(file), "%s.json.log", name);
	harness_path(s->json_log, file);
	snprintf(logs, sizeof(logs),
		 "%saccess_log %s gpu_api;\naccess_log %s gpu_api_json;\n",
		 anchor, s->text_log, s->json_log);
	for (size_t i = 0; i < change_count; i++)
		changes[i + 1] = change[i];
	nginx_start(&s->nginx,
		    &(struct nginx_plan){.socket = socket,
					 .changes = changes,
					 .change_count = change_count + 1,
					 .caches = caches});
}

/* --- lines ---------------------------------------------------------------- */

static struct json_object *
parse(char *line)
{
	struct json_object *object;

	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	object = strict_json(line, strlen(line));
	if (!json_object_is_type(object, json_type_object))
		printf("# no JSON: %s\n", line);
	CU_ASSERT_TRUE_FATAL(json_object_is_type(object, json_type_object));
	free(line);
	return object;
}

static const char *
text_of(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	CU_ASSERT_TRUE_FATAL(json_object_is_type(value, json_type_string));
	return json_object_get_string(value);
}

static void
expect_number(struct json_object *object, const char *key, long expected)
{
	struct json_object *value = json_object_object_get(object, key);

	CU_ASSERT_TRUE(json_object_is_type(value, json_type_int));
	CU_ASSERT_EQUAL(json_object_get_int64(value), expected);
}

static void
expect_in_nginx_logs(const struct site *s, const char *id, long status)
{
	char *line = file_wait_line(s->text_log, id, NULL), part[64];
	struct json_object *object;
	size_t length;

	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	snprintf(part, sizeof(part), "\" %ld ", status);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, part));
	length = strlen(line);
	CU_ASSERT_TRUE_FATAL(length > strlen(id));
	SUITE_EQUAL(line + length - strlen(id), id);
	free(line);

	object = parse(file_wait_line(s->json_log, id, NULL));
	SUITE_EQUAL(text_of(object, "request_id"), id);
	SUITE_EQUAL(text_of(object, "remote_addr"), "127.0.0.1");
	expect_number(object, "status", status);
	CU_ASSERT_TRUE(json_object_is_type(
	    json_object_object_get(object, "duration_s"), json_type_double));
	json_object_put(object);
}

static void
expect_in_program_log(const char *id, long status)
{
	char part[64];
	struct json_object *object;

	snprintf(part, sizeof(part), "\"request_id\":\"%s\"", id);
	object = parse(file_wait_line(responder.process->log,
				      "\"msg\":\"request\"", part));
	expect_number(object, "status", status);
	json_object_put(object);
}

/* --- requests ------------------------------------------------------------- */

enum origin { BY_NGINX, BY_PROGRAM };

/* Asks, and looks for the id in all places. The reply is to be freed. */
static void
expect_id(struct http_reply *r, const struct site *s, const char *path,
	  struct http_call call, long status, enum origin origin)
{
	static char last[ID_BYTES];
	const char *id;

	call.url = nginx_url(&s->nginx, path);
	http_do(r, &call);
	CU_ASSERT_EQUAL(r->status, status);
	CU_ASSERT_EQUAL_FATAL(http_header_count(r, "X-Request-Id"), 1);
	id = http_header(r, "X-Request-Id");
	CU_ASSERT_EQUAL_FATAL(strlen(id), ID_BYTES - 1);
	CU_ASSERT_STRING_NOT_EQUAL(id, last);
	snprintf(last, sizeof(last), "%s", id);
	expect_in_nginx_logs(s, id, status);
	if (origin == BY_PROGRAM)
		expect_in_program_log(id, status);
	else
		CU_ASSERT_EQUAL(file_count(responder.process->log, id), 0);
}

static void
expect(const struct site *s, const char *path, struct http_call call,
       long status, enum origin origin)
{
	struct http_reply r;

	expect_id(&r, s, path, call, status, origin);
	http_free(&r);
}

static void
answers_and_errors_of_the_program(void)
{
	expect(&cached, "/api/livez", (struct http_call){0}, 200, BY_PROGRAM);
	expect(&cached, "/api/livez", (struct http_call){.is_head = true}, 200,
	       BY_PROGRAM);
	expect(&cached, "/api/v1/gpu/x", (struct http_call){0}, 404,
	       BY_PROGRAM);
	expect(&cached, METRICS "?a=1", (struct http_call){0}, 400, BY_PROGRAM);
	expect(&cached, METRICS, (struct http_call){.method = "DELETE"}, 405,
	       BY_PROGRAM);
	source_set_fake(&fake, "status_500");
	expect(&cached, "/api/v1/gpu/nodes", (struct http_call){0}, 502,
	       BY_PROGRAM);
	source_set_fake(&fake, "ok");
}

/* The id is this request's, not that of the one which the answer was for. */
static void
cached_answers(void)
{
	char header[128];
	struct http_reply r;

	expect_id(&r, &cached, METRICS, (struct http_call){0}, 200, BY_PROGRAM);
	snprintf(header, sizeof(header), "If-None-Match: %s",
		 http_header(&r, "ETag"));
	http_free(&r);
	expect_id(&r, &cached, METRICS, (struct http_call){0}, 200, BY_NGINX);
	SUITE_EQUAL(http_header(&r, "X-Cache-Status"), "HIT");
	http_free(&r);
	expect_id(&r, &cached, METRICS, (struct http_call){.header = header},
		  304, BY_NGINX);
	SUITE_EQUAL(http_header(&r, "X-Cache-Status"), "HIT");
	http_free(&r);
}

static void
errors_of_nginx(void)
{
	static char body[2048];

	memset(body, 'x', sizeof(body) - 1);
	expect(&cached, "/api/nothing", (struct http_call){0}, 404, BY_NGINX);
	expect(&cached, METRICS,
	       (struct http_call){.body = body, .method = "POST"}, 413,
	       BY_NGINX);
	expect(&cached, METRICS, (struct http_call){.method = "OPTIONS"}, 204,
	       BY_NGINX);
	expect(&cached, "/api/v1/gpu/processes", (struct http_call){0}, 403,
	       BY_NGINX);
	expect(&orphan, METRICS, (struct http_call){0}, 502, BY_NGINX);
}

/* One a minute. */
static void
too_many_requests(void)
{
	expect(&limited, METRICS, (struct http_call){0}, 200, BY_PROGRAM);
	expect(&limited, METRICS, (struct http_call){0}, 429, BY_NGINX);
}

/* With quotes and control characters in the request's path. */
static void
hostile_paths(void)
{
	expect(&cached, "/api/v1/gpu/%22,%0a%5c%c2%9b%ff\"\\",
	       (struct http_call){0}, 404, BY_PROGRAM);
	expect(&cached, "/api/%22,%0a%ff\"\\", (struct http_call){0}, 404,
	       BY_NGINX);
}

/* All that the program wrote, from its first line on. */
static void
every_line_is_json(void)
{
	char *log = file_read(responder.process->log), *end;
	unsigned lines = 0;

	for (char *line = log; (end = strchr(line, '\n')) != NULL;
	     line = end + 1, lines++) {
		*end = '\0';
		json_object_put(parse(strdup(line)));
	}
	CU_ASSERT_TRUE(lines > 8);
	free(log);
}

static void
start_sites(void)
{
	static const struct webserver_change holds[] = {
	    {"cached.conf", "fastcgi_cache_lock on;\n",
	     "fastcgi_cache_lock on;\nfastcgi_cache_valid 200 1h;\n"
	     "fastcgi_ignore_headers Cache-Control Expires "
	     "X-Accel-Expires;\n"},
	    {"locations.conf", "location ^~ /api/v1/gpu/ {\n",
	     "location = /api/v1/gpu/processes {\n"
	     "    include gpu-monitoring-api/cached.conf;\n"
	     "    deny all;\n"
	     "}\n"
	     "location ^~ /api/v1/gpu/ {\n"}};
	static const struct webserver_change limits[] = {
	    {"http.conf", "rate=1000r/s", "rate=1r/m"},
	    {"uncached.conf", "burst=2000 nodelay", ""},
	    {"cached.conf", "burst=2000 nodelay", ""}};
	char nobody[HARNESS_PATH_BYTES];

	/* Nobody listens there any more. */
	close(responder_listen(nobody));
	site_start(&cached, "cached", responder.socket, holds, 2, true);
	site_start(&limited, "limited", responder.socket, limits, 3, false);
	site_start(&orphan, "orphan", nobody, NULL, 0, false);
}

int
main(void)
{
	static const char *const settings[] = {"LOG_FORMAT=json", NULL};
	static const struct suite_test tests[] = {
	    {"answers and errors of the program",
	     answers_and_errors_of_the_program},
	    {"cached answers: 200 and 304", cached_answers},
	    {"nginx' own 204, 403, 404, 413, 502", errors_of_nginx},
	    {"429", too_many_requests},
	    {"paths that would end a string", hostile_paths},
	    {"every line of the program is JSON", every_line_is_json},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	responder_start(&responder, fake.url, settings);
	start_sites();
	return suite_run("request_id", tests);
}
