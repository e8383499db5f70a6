/*
 * 200 clients at once, each from an address of its own, through nginx to two
 * responder processes on one socket: not one error.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/fleet_expect.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"
#include "support/usage.h"

enum {
	CLIENTS = 200,
	REQUESTS = 10, /* of each client, one after the other */
	PROCESSES = 2,
	PATHS = 3
};

struct client {
	char source[24];
	unsigned left;
	unsigned path;
	CURL *handle;
	struct http_reply reply;
};

static const struct fleet_expect fleet = {.nodes = 4, .gpus = 4};
static const char *const paths[PATHS] = {
    "/api/v1/gpu/metrics", "/api/v1/gpu/nodes", "/api/v1/gpu/utilization"};
static char *bodies[PATHS];
static struct source simulator, prometheus;
static struct responder responder;
static struct nginx nginx;
static struct client clients[CLIENTS];

static void
next_request(CURLM *multi, struct client *c)
{
	c->handle = http_prepare(
	    &c->reply,
	    &(struct http_call){.url = nginx_url(&nginx, paths[c->path]),
				.source = c->source});
	curl_easy_setopt(c->handle, CURLOPT_PRIVATE, c);
	curl_multi_add_handle(multi, c->handle);
}

static bool
is_right(const struct client *c)
{
	const struct http_reply *r = &c->reply;
	char *masked = body_mask(r->body, BODY_NOW);
	bool right = r->rc == CURLE_OK && r->status == 200 &&
		     body_is_json(r->body, r->length) &&
		     strcmp(masked, bodies[c->path]) == 0;

	if (!right)
		printf("# %s from %s: %s, status %ld: %.200s\n", paths[c->path],
		       c->source, curl_easy_strerror(r->rc), r->status,
		       r->body);
	free(masked);
	return right;
}

/* One request has ended; returns how many were wrong. */
static unsigned
finish_request(CURLM *multi, const CURLMsg *message)
{
	struct client *c = NULL;
	unsigned wrong;

	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &c);
	curl_multi_remove_handle(multi, c->handle);
	http_complete(&c->reply, c->handle, message->data.result);
	wrong = !is_right(c);
	http_free(&c->reply);
	c->path = (c->path + 1) % PATHS;
	if (--c->left > 0)
		next_request(multi, c);
	return wrong;
}

/* All clients at once, requests of each; returns how many went wrong. */
static unsigned
run_clients(unsigned requests)
{
	CURLM *multi = curl_multi_init();
	unsigned wrong = 0, done = 0;
	CURLMsg *message;
	int running, queued;

	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		snprintf(c->source, sizeof(c->source), "127.0.%u.%u",
			 1 + i / 200, 1 + i % 200);
		c->left = requests;
		c->path = i % PATHS;
		next_request(multi, c);
	}
	while (done < CLIENTS * requests) {
		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &queued)) !=
		       NULL) {
			CURLMsg copy = *message;

			wrong += finish_request(multi, &copy);
			done++;
		}
		curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	curl_multi_cleanup(multi);
	return wrong;
}

static void
one_round(void)
{
	CU_ASSERT_EQUAL(run_clients(1), 0);
}

static pid_t
process(unsigned i)
{
	return process_child(responder.process->pid, i);
}

static void
all_rounds(void)
{
	struct usage before[PROCESSES], after;

	for (unsigned i = 0; i < PROCESSES; i++) {
		before[i] = usage_of(process(i));
		CU_ASSERT_TRUE(before[i].descriptors > 0);
	}
	CU_ASSERT_EQUAL(run_clients(REQUESTS), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		after = usage_settle(process(i), &before[i]);
		CU_ASSERT_TRUE(usage_is_no_more(&after, &before[i]));
		usage_print(&before[i], "before");
		usage_print(&after, "after");
	}
}

static void
free_bodies(void)
{
	for (unsigned i = 0; i < PATHS; i++)
		free(bodies[i]);
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "4", "--gpus", "4", NULL};
	static const struct suite_test tests[] = {
	    {"200 clients at once, one request each", one_round},
	    {"200 clients at once, ten requests each; nothing is left behind",
	     all_rounds},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	int rc;

	if (!suite_has_root())
		return 0;
	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_wait_series(&prometheus, 4 * 4 * FLEET_METRIC__MAX);
	responder_start_several(&responder, PROCESSES, prometheus.url, NULL);
	nginx_start_plain(&nginx, responder.socket);
	bodies[0] = fleet_expect_metrics(&fleet);
	bodies[1] = fleet_expect_nodes(&fleet);
	bodies[2] = fleet_expect_utilization(&fleet);
	rc = suite_run("load", tests);
	free_bodies();
	return rc;
}
