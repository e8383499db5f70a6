#include "support/crowd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/body.h"
#include "support/harness.h"
#include "support/http.h"

enum {
	POLL_MS = 1000,
	WAIT_STEP_MS = 5,
	WAIT_LIMIT_MS = 60000,
	/* Then nothing answers any more, and a test could wait for ever. */
	WRONG_MAX = 1000
};

struct client {
	CURL *handle;
	struct http_reply reply;
};

struct crowd {
	char *url;
	struct client *clients;
	unsigned client_count;
	pthread_t thread;
	atomic_bool is_over;
	atomic_uint answers;
	/* The thread's own until it has ended. */
	unsigned counts[CROWD_KIND__MAX];
};

static void
ask(const struct crowd *c, CURLM *multi, struct client *client)
{
	client->handle =
	    http_prepare(&client->reply, &(struct http_call){.url = c->url});
	curl_easy_setopt(client->handle, CURLOPT_PRIVATE, client);
	curl_multi_add_handle(multi, client->handle);
}

static enum crowd_kind
judge(const struct http_reply *r)
{
	static const char refusal[] =
	    "{\"success\":false,\"data\":null,\"message\":null,\"error\":"
	    "\"The GPU monitoring service does not answer\"}";

	if (r->rc == CURLE_OK && r->status == 200 &&
	    strncmp(r->body, "{\"success\":true,\"data\":[{", 25) == 0 &&
	    body_is_json(r->body, r->length))
		return CROWD_RIGHT;
	if (r->rc == CURLE_OK && r->status == 502 &&
	    strncmp(r->body, refusal, sizeof(refusal) - 1) == 0)
		return CROWD_REFUSED;
	printf("# %s, status %ld: %.200s\n", curl_easy_strerror(r->rc),
	       r->status, r->body);
	return CROWD_WRONG;
}

static void
take_answer(struct crowd *c, CURLM *multi, CURL *handle, CURLcode rc)
{
	struct client *client = NULL;

	curl_easy_getinfo(handle, CURLINFO_PRIVATE, &client);
	curl_multi_remove_handle(multi, handle);
	http_complete(&client->reply, handle, rc);
	c->counts[judge(&client->reply)]++;
	harness_require(c->counts[CROWD_WRONG] < WRONG_MAX,
			"too many wrong answers");
	http_free(&client->reply);
	client->handle = NULL;
	atomic_fetch_add(&c->answers, 1);
}

/* Returns how many clients ask no more. */
static unsigned
take_answers(struct crowd *c, CURLM *multi)
{
	const CURLMsg *message;
	unsigned done = 0;
	int queued;

	while ((message = curl_multi_info_read(multi, &queued)) != NULL) {
		struct client *client = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				  &client);
		take_answer(c, multi, message->easy_handle,
			    message->data.result);
		if (atomic_load(&c->is_over))
			done++;
		else
			ask(c, multi, client);
	}
	return done;
}

static void *
run(void *context)
{
	struct crowd *c = context;
	CURLM *multi = curl_multi_init();
	unsigned asking = c->client_count;
	int running;

	for (unsigned i = 0; i < c->client_count; i++)
		ask(c, multi, &c->clients[i]);
	while (asking > 0) {
		curl_multi_perform(multi, &running);
		asking -= take_answers(c, multi);
		curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
	}
	curl_multi_cleanup(multi);
	return NULL;
}

struct crowd *
crowd_start(const char *url, unsigned clients)
{
	struct crowd *c = calloc(1, sizeof(*c));

	harness_require(c != NULL, "out of memory");
	c->url = strdup(url);
	c->clients = calloc(clients, sizeof(*c->clients));
	c->client_count = clients;
	harness_require(c->url != NULL && c->clients != NULL &&
			    pthread_create(&c->thread, NULL, run, c) == 0,
			"the clients do not start");
	return c;
}

void
crowd_wait(const struct crowd *c, unsigned answers)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	unsigned until = atomic_load(&c->answers) + answers;

	for (int ms = 0; atomic_load(&c->answers) < until; ms += WAIT_STEP_MS) {
		harness_require(ms < WAIT_LIMIT_MS, "no answers any more");
		nanosleep(&pause, NULL);
	}
}

void
crowd_stop(struct crowd *c, unsigned counts[static CROWD_KIND__MAX])
{
	atomic_store(&c->is_over, true);
	pthread_join(c->thread, NULL);
	memcpy(counts, c->counts, sizeof(c->counts));
	free(c->clients);
	free(c->url);
	free(c);
}
