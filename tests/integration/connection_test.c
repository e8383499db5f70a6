/* How the program reaches Prometheus: what PROMETHEUS_URL says, and when. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/nginx.h"
#include "support/port.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define PASSWORD "hunter2%2F%21"
#define SENT	 "Basic b3BlcmF0b3I6aHVudGVyMi8h" /* operator:hunter2/! */

static struct source fake;

/* The answer of a responder's own socket: header, empty line, body. */
static void
expect_fetch(const struct responder *r, const char *path, const char *status,
	     const char *part)
{
	char *text = fcgi_client_fetch(r->socket, path);

	CU_ASSERT_EQUAL(strncmp(text, status, strlen(status)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
	if (strstr(text, part) == NULL)
		printf("# got: %.300s\n", text);
	free(text);
}

static void
expect_metrics(const struct responder *r)
{
	expect_fetch(r, "/api/v1/gpu/metrics", "Status: 200 OK\r\n",
		     "\"node_name\":\"node-2\",\"gpu_index\":1,");
}

static void
expect_down(const struct responder *r)
{
	expect_fetch(r, "/api/v1/gpu/metrics", "Status: 502 Bad Gateway\r\n",
		     "\"error\":\"Failed to retrieve GPU metrics\"}");
	expect_fetch(r, "/api/health", "Status: 503 Service Unavailable\r\n",
		     "\"error\":\"Prometheus connection failed\"}");
	expect_fetch(r, "/api/livez", "Status: 200 OK\r\n", "\"alive\"");
}

static void
closed_port(void)
{
	struct responder responder;
	char url[64], *line;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port_free());
	responder_start(&responder, url, NULL);
	expect_down(&responder);
	line = file_wait_line(responder.process->log,
			      "path=/api/v1/gpu/metrics status=502", NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, url));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "Failed to connect"));
	free(line);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

static void
unknown_host(void)
{
	struct responder responder;

	responder_start(&responder, "http://no-such-host.invalid:9090", NULL);
	expect_down(&responder);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

/* As long as it takes, the program runs and says 503; then 200. */
static void
prometheus_comes_later(void)
{
	struct source late;
	struct responder responder;
	char port[16], url[64];
	const char *arguments[] = {"--port", port, NULL};

	snprintf(port, sizeof(port), "%u", port_free());
	snprintf(url, sizeof(url), "http://127.0.0.1:%s", port);
	responder_start(&responder, url, NULL);
	expect_down(&responder);
	source_start_fake(&late, arguments);
	expect_metrics(&responder);
	CU_ASSERT_EQUAL(process_stop(late.process), 0);
	expect_down(&responder);
	source_start_fake(&late, arguments);
	expect_metrics(&responder);
	CU_ASSERT_EQUAL(process_stop(late.process), 0);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

/* Prometheus stops its work shortly before the client's patience ends. */
static void
timeout_is_passed_on(void)
{
	static const char *const settings[] = {"REQUEST_TIMEOUT_MS=4000",
					       "HEALTH_TIMEOUT_MS=2000", NULL};
	struct responder responder;
	long request_ms, health_ms;
	char *text;

	responder_start(&responder, fake.url, settings);
	expect_metrics(&responder);
	text = source_fake_text(&fake, "last_timeout");
	CU_ASSERT_EQUAL(sscanf(text, "%ldms", &request_ms), 1);
	CU_ASSERT_TRUE(request_ms > 0 && request_ms < 4000);
	free(text);
	expect_fetch(&responder, "/api/health", "Status: 200 OK", "healthy");
	text = source_fake_text(&fake, "last_timeout");
	CU_ASSERT_EQUAL(sscanf(text, "%ldms", &health_ms), 1);
	CU_ASSERT_TRUE(health_ms > 0 && health_ms < 2000);
	free(text);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

static void
expect_nowhere(const struct process *p, const char *text)
{
	CU_ASSERT_EQUAL(file_count(p->log, text), 0);
	CU_ASSERT_EQUAL(file_count(p->out, text), 0);
}

/* Sent to Prometheus, and written nowhere, not even at debug. */
static void
user_and_password(void)
{
	static const char *const settings[] = {"LOG_LEVEL=debug",
					       "REQUEST_TIMEOUT_MS=1500", NULL};
	static const char *const behaviours[] = {"ok", "status_401", "reset",
						 "slow_header", "html"};
	struct responder responder;
	char url[128], *text;

	snprintf(url, sizeof(url), "http://operator:%s@127.0.0.1:%u", PASSWORD,
		 fake.port);
	responder_start(&responder, url, settings);
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(*behaviours); i++) {
		source_set_fake(&fake, behaviours[i]);
		text =
		    fcgi_client_fetch(responder.socket, "/api/v1/gpu/metrics");
		CU_ASSERT_PTR_NULL(strstr(text, "hunter2"));
		CU_ASSERT_PTR_NULL(strstr(text, "operator"));
		free(text);
		text = source_fake_text(&fake, "last_authorization");
		SUITE_EQUAL(text, SENT);
		free(text);
	}
	source_set_fake(&fake, "ok");
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
	CU_ASSERT_TRUE(file_count(responder.process->log, "promql=") > 0);
	expect_nowhere(responder.process, "hunter2");
	expect_nowhere(responder.process, SENT + strlen("Basic "));
}

/* nginx as a proxy that serves Prometheus below a path. */
static void
path_prefix(void)
{
	struct responder responder;
	struct nginx proxy = {0};
	char place[256], url[128];
	const struct webserver_change changes[] = {
	    {"locations.conf", "location = /api/livez {", place}};

	snprintf(place, sizeof(place),
		 "location /metrics/prom/ {\nproxy_pass %s/;\n}\n"
		 "location = /api/livez {",
		 fake.url);
	responder_start(&responder, fake.url, NULL);
	nginx_start(&proxy, &(struct nginx_plan){.socket = responder.socket,
						 .changes = changes,
						 .change_count = 1});
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
	snprintf(url, sizeof(url), "%s/metrics/prom", proxy.url);
	responder_start(&responder, url, NULL);
	expect_metrics(&responder);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
	snprintf(url, sizeof(url), "%s/metrics/prom/", proxy.url);
	responder_start(&responder, url, NULL);
	expect_metrics(&responder);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

/* 50 requests of 7 queries each, and one for the time, over no more connections
 * than threads. */
static void
connections_are_kept(void)
{
	static const char *const settings[] = {
	    "QUERY_THREADS=4", "GPU_PROFILES=nvidia-gpu-list-exporter", NULL};
	struct source counted;
	struct responder responder;

	source_start_fake(&counted, NULL);
	responder_start(&responder, counted.url, settings);
	for (int i = 0; i < 50; i++)
		expect_metrics(&responder);
	/* Besides one for each look of the detection, of which there is one in
	 * a second at most. */
	CU_ASSERT_EQUAL(source_fake_count(&counted, "selectors") / 50, 7);
	/* Two more: the thread that looks after the server, and the question
	 * for the number itself. */
	CU_ASSERT_TRUE(source_fake_count(&counted, "connections") <= 4 + 3);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

/* An environment full of proxies must not matter. */
static void
proxies_are_ignored(void)
{
	static const char *const settings[] = {"http_proxy=http://127.0.0.1:1",
					       "all_proxy=http://127.0.0.1:1",
					       NULL};
	struct responder responder;

	responder_start(&responder, fake.url, settings);
	expect_metrics(&responder);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"a closed port: 502, health 503, livez 200", closed_port},
	    {"an unknown host: the same", unknown_host},
	    {"Prometheus may come later and go", prometheus_comes_later},
	    {"the deadline is passed on as timeout", timeout_is_passed_on},
	    {"user and password arrive, and are in no log", user_and_password},
	    {"a path prefix, with and without slash", path_prefix},
	    {"connections are kept", connections_are_kept},
	    {"proxies of the environment are ignored", proxies_are_ignored},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	return suite_run("connection", tests);
}
