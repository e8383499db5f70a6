#include "prom/hedge.h"

#include <stdlib.h>

#include "base/clock.h"

enum {
	/* Who has said nothing for so long is probed; or sooner, so that it is
	 * known what the probe finds before the next server is asked. */
	SUSPECT_AFTER_MS = 1000,
	/* The most that it takes to notice what others learn of a server, and
	 * that nobody waits any more. */
	LOOK_INTERVAL_MS = 250
};

/* A server that is asked. */
struct attempt {
	CURL *handle;
	bool is_running;
	int64_t patience_ms; /* of silence, until the next one is asked */
	int64_t enough_ms;   /* the same, if it answers others meanwhile */
	struct transfer transfer;
};

struct hedge {
	struct server_list *servers;
	CURLM *multi;

	/* While a question is asked. */
	const struct transfer_plan *plan;
	struct hedge_outcome *outcome;
	struct err *err;
	server_set tried;
	size_t count, running_count; /* of attempts */
	bool is_answered;	     /* a body has begun */
	bool is_decided;	     /* nobody else is to be asked */

	struct attempt attempts[];
};

struct hedge *
hedge_new(struct server_list *servers)
{
	struct hedge *h =
	    calloc(1, sizeof(*h) + servers->count * sizeof(h->attempts[0]));
	bool is_complete;

	if (h == NULL)
		return NULL;
	h->servers = servers;
	h->multi = curl_multi_init();
	is_complete = h->multi != NULL;
	for (size_t i = 0; i < servers->count; i++) {
		h->attempts[i].handle = curl_easy_init();
		is_complete &= h->attempts[i].handle != NULL;
	}
	if (is_complete)
		return h;
	hedge_free(h);
	return NULL;
}

void
hedge_free(struct hedge *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->servers->count; i++)
		curl_easy_cleanup(h->attempts[i].handle);
	curl_multi_cleanup(h->multi);
	free(h);
}

/* --- outcomes ------------------------------------------------------------ */

/* What came of asking a server tells how it is. */
static void
judge_server(const struct transfer *t)
{
	switch (t->verdict) {
	case TRANSFER_UP:
		server_set_state(t->server, SERVER_ALIVE);
		break;
	case TRANSFER_DOWN:
		if (server_state(t->server) != SERVER_SILENT)
			server_set_state(t->server, SERVER_DEAD);
		break;
	case TRANSFER_LATE:
		server_suspect(t->server);
		break;
	case TRANSFER_UNKNOWN:
		break;
	}
}

static void
take_outcome(struct hedge *h, const struct transfer *t)
{
	/* Cut off, for it came second. */
	if (h->is_answered && !t->is_answer)
		return;
	*h->err = t->err;
	if (t->is_answer)
		h->outcome->answered = server_bit(h->servers, t->server);
	h->outcome->received_bytes = t->received_bytes;
	/* Late is who had all of the time that there was. */
	h->is_decided = t->is_answer || t->verdict != TRANSFER_DOWN;
}

static void
hang_up(struct hedge *h, struct attempt *a)
{
	if (!a->is_running)
		return;
	curl_multi_remove_handle(h->multi, a->handle);
	a->is_running = false;
	h->running_count--;
}

static void
end(struct hedge *h, struct attempt *a, CURLcode rc)
{
	hang_up(h, a);
	transfer_end(&a->transfer, rc);
	judge_server(&a->transfer);
	take_outcome(h, &a->transfer);
}

/* --- who is asked -------------------------------------------------------- */

static bool
is_silent(const struct attempt *a)
{
	return a->is_running && a->transfer.header_bytes == 0;
}

/* Any answer of the server ends its silence, also one to somebody else. */
static int64_t
silent_ms(const struct attempt *a)
{
	int64_t since_ms = server_answered_at_ms(a->transfer.server);

	if (since_ms < a->transfer.start_ms)
		since_ms = a->transfer.start_ms;
	return clock_now_ms() - since_ms;
}

/* How much longer to wait for it before the next one is asked. */
static int64_t
patience_left_ms(const struct attempt *a)
{
	int64_t left_ms = a->patience_ms - silent_ms(a);
	int64_t enough_ms =
	    a->enough_ms - (clock_now_ms() - a->transfer.start_ms);

	return left_ms < enough_ms ? left_ms : enough_ms;
}

/* The server to ask now, or NULL. */
static struct server *
next_server(const struct hedge *h)
{
	const struct attempt *newest;

	if (h->count > 0) {
		newest = &h->attempts[h->count - 1];
		if (h->is_decided || h->is_answered ||
		    transfer_rest_ms(h->plan) <= 0)
			return NULL;
		if (newest->is_running &&
		    (!is_silent(newest) || patience_left_ms(newest) > 0))
			return NULL;
	}
	return server_choose(h->servers, h->tried);
}

static void
ask(struct hedge *h, struct server *server)
{
	struct attempt *a = &h->attempts[h->count++];
	/* A dead server gets no share of the time of those alive. */
	size_t rivals =
	    server_count(h->servers, h->tried, server_state(server));

	a->patience_ms = transfer_rest_ms(h->plan);
	/* Whatever hangs there, the query or its storage, hangs that long. */
	a->enough_ms = a->patience_ms * 3 / 4;
	if (rivals > 1)
		a->patience_ms /= (int64_t)rivals;
	h->tried |= server_bit(h->servers, server);
	h->outcome->asked |= server_bit(h->servers, server);
	a->is_running = transfer_begin(&a->transfer, h->plan, server, a->handle,
				       &h->is_answered);
	if (a->is_running) {
		h->running_count++;
		if (curl_multi_add_handle(h->multi, a->handle) != CURLM_OK)
			end(h, a, CURLE_OUT_OF_MEMORY);
	} else {
		take_outcome(h, &a->transfer);
	}
}

static int64_t
suspect_after_ms(const struct attempt *a)
{
	int64_t half_ms = a->patience_ms / 2;

	return half_ms < SUSPECT_AFTER_MS ? half_ms : SUSPECT_AFTER_MS;
}

/* Who lets others wait as well is not waited for any longer. */
static void
look_after_silent(struct hedge *h)
{
	for (size_t i = 0; i < h->count; i++) {
		struct attempt *a = &h->attempts[i];
		struct server *server = a->transfer.server;

		if (!is_silent(a))
			continue;
		if (server_state(server) == SERVER_SILENT) {
			hang_up(h, a);
			h->outcome->received_bytes = 0;
			err_set(h->err, ERR_NOT_READY, "%s does not answer",
				server->safe_url);
		} else if (clock_now_ms() - a->transfer.start_ms >=
			   suspect_after_ms(a)) {
			server_suspect(server);
		}
	}
}

/* --- libcurl ------------------------------------------------------------- */

static struct attempt *
find_attempt(struct hedge *h, const CURL *handle)
{
	struct attempt *a = h->attempts;

	while (a->handle != handle)
		a++;
	return a;
}

/* Does what can be done without waiting. */
static void
move_on(struct hedge *h)
{
	bool is_late = transfer_rest_ms(h->plan) <= 0;
	struct CURLMsg *message;
	int count;

	curl_multi_perform(h->multi, &count);
	while ((message = curl_multi_info_read(h->multi, &count)) != NULL)
		end(h, find_attempt(h, message->easy_handle),
		    message->data.result);
	for (size_t i = 0; i < h->count; i++) {
		struct attempt *a = &h->attempts[i];

		if (h->is_answered && !a->transfer.is_answer)
			hang_up(h, a);
		if (is_late && a->is_running)
			end(h, a, CURLE_OPERATION_TIMEDOUT);
	}
}

static void
await_progress(struct hedge *h)
{
	const struct attempt *newest = &h->attempts[h->count - 1];
	int64_t patience_ms = patience_left_ms(newest);
	int64_t wait_ms = transfer_rest_ms(h->plan);

	if (wait_ms > LOOK_INTERVAL_MS)
		wait_ms = LOOK_INTERVAL_MS;
	/* Once it is over, somebody may be there to ask some time. */
	if (is_silent(newest) && patience_ms > 0 && patience_ms < wait_ms)
		wait_ms = patience_ms;
	if (wait_ms > 0)
		curl_multi_poll(h->multi, NULL, 0, (int)wait_ms, NULL);
}

/* Nobody waits for it any more: Prometheus is not to go on for nobody, which it
 * notices by the connection. */
static bool
is_abandoned(struct hedge *h)
{
	if (!interest_is_lost(h->plan->interest))
		return false;
	err_set(h->err, ERR_GONE, "nobody waits for the answer any more");
	return true;
}

static void
hang_up_all(struct hedge *h)
{
	for (size_t i = 0; i < h->count; i++)
		hang_up(h, &h->attempts[i]);
}

enum err_code
hedge_ask(struct hedge *h, const struct transfer_plan *plan,
	  struct hedge_outcome *outcome, struct err *e)
{
	struct server *next;

	h->plan = plan;
	h->outcome = outcome;
	h->err = e;
	h->tried = plan->excluded;
	h->count = h->running_count = 0;
	h->is_answered = h->is_decided = false;
	*outcome = (struct hedge_outcome){.asked = 0};
	err_set(e, ERR_NOT_READY, "%s does not answer", h->servers->safe_urls);
	while (!is_abandoned(h) && ((next = next_server(h)) != NULL ||
				    (h->running_count > 0 && !h->is_decided))) {
		if (next != NULL)
			ask(h, next);
		else
			await_progress(h);
		move_on(h);
		look_after_silent(h);
	}
	hang_up_all(h);
	return e->code;
}
