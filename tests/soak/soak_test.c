/*
 * 200 clients, through nginx to two responder processes, over a Prometheus that
 * is paused, stopped and killed at random while responders are killed as well:
 * no wrong answer, no error that the fault does not explain, nothing that
 * grows.
 *
 * SOAK_SECONDS: how long; two minutes unless told. SOAK_SEED: of an earlier
 * run, to have its faults again.
 */
#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "soak/answers.h"
#include "soak/faults.h"
#include "support/nginx.h"
#include "support/suite.h"
#include "support/usage.h"

enum {
	CLIENTS = 200,
	/* How many of them ask without a cache, and how many for health. */
	ASK_ANEW = 30,
	ASK_HEALTH = 20,
	ASK_LIVEZ = 10,
	THINK_LEAST_MS = 200,
	THINK_MOST_MS = 1000,
	STEP_MS = 10,
	WARM_UP_S = 10,
	SOAK_S = 120,
	/* What a responder may hold when it is killed: of each that nothing is
	 * kept for, and what nginx asks for its cache. */
	ASK_FOR_CACHE = 8,
	INSIDE_MAX = ASK_ANEW + ASK_HEALTH + ASK_LIVEZ + ASK_FOR_CACHE,
	/* More than a responder's deadlines: REQUEST_TIMEOUT_MS twice, for who
	 * came when all threads were busy. */
	SLOWEST_MAX_MS = 10000,
	GROWTH_MAX_KIB = 2048,
	/* What looks after Prometheus opens these when there is trouble. */
	PROBE_DESCRIPTORS = 4,
	STATUS_MAX = 600,
	SHOWN_MAX = 10,
	SHOWN_BYTES = 300, /* of each end of a body */
	REPORT_MS = 60000
};

struct client {
	char source[24];
	const struct nginx *nginx;
	enum answers_path path;
	bool is_alternating; /* between the GPU endpoints */
	CURL *handle;	     /* NULL while the client thinks */
	struct http_reply reply;
	int64_t due_ms; /* when it asks next, or when it has asked */
};

/* What came of the requests. */
struct tally {
	unsigned long requests;
	unsigned long statuses[STATUS_MAX];
	unsigned long kinds[ANSWERS_WRONG + 1];
	unsigned long unexplained;
	unsigned long cached_errors; /* of nginx' that keeps answers */
	int64_t slowest_ms[ANSWERS_PATH__MAX];
	int64_t recovery_ms; /* the last error after a return of Prometheus */
};

static const struct fleet_expect fleet = {.nodes = 4, .gpus = 4};
static struct source simulator, prometheus;
static struct responder responder;
static struct nginx cached, direct;
static struct client clients[CLIENTS];
static struct faults faults;
static struct usage before[FAULTS_PROCESSES];
static unsigned in_flight;

static void
set_clients(void)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		snprintf(c->source, sizeof(c->source), "127.0.1.%u", 1 + i);
		c->nginx = i < ASK_ANEW ? &direct : &cached;
		c->path = (enum answers_path)(i % (ANSWERS_UTILIZATION + 1));
		c->is_alternating = true;
	}
	for (unsigned i = 0; i < ASK_HEALTH + ASK_LIVEZ; i++) {
		struct client *c = &clients[CLIENTS - 1 - i];

		c->path = i < ASK_HEALTH ? ANSWERS_HEALTH : ANSWERS_LIVEZ;
		c->is_alternating = false;
	}
}

static void
ask(CURLM *multi, struct client *c)
{
	c->handle = http_prepare(
	    &c->reply, &(struct http_call){
			   .url = nginx_url(c->nginx, answers_paths[c->path]),
			   .source = c->source});
	curl_easy_setopt(c->handle, CURLOPT_PRIVATE, c);
	curl_multi_add_handle(multi, c->handle);
	c->due_ms = clock_now_ms();
	in_flight++;
}

static void
show(const struct client *c, const char *what, struct tally *t)
{
	int64_t now_ms = clock_now_ms();
	size_t length = c->reply.length;

	if (t->unexplained++ >= SHOWN_MAX)
		return;
	printf("# %s: %s from %s took %" PRId64
	       " ms, began %lld ms after the last return and %lld ms after the "
	       "last kill: %s, status %ld: %.*s ... %s\n",
	       what, answers_paths[c->path], c->source, now_ms - c->due_ms,
	       (long long)(c->due_ms - faults.well_ms),
	       (long long)(c->due_ms - faults.killed_ms),
	       curl_easy_strerror(c->reply.rc), c->reply.status, SHOWN_BYTES,
	       c->reply.body,
	       c->reply.body +
		   (length > SHOWN_BYTES ? length - SHOWN_BYTES : 0));
}

static void
judge(const struct client *c, enum answers_kind kind, struct tally *t)
{
	int64_t recovery_ms = faults_since_return_ms(&faults, c->due_ms);

	if (kind == ANSWERS_WRONG)
		show(c, "wrong", t);
	else if (kind == ANSWERS_LOST &&
		 !faults_explain_loss(&faults, c->due_ms))
		show(c, "unexplained", t);
	else if (kind == ANSWERS_ERROR &&
		 !faults_explain_error(&faults, c->due_ms))
		show(c, "unexplained", t);
	if (kind == ANSWERS_ERROR && recovery_ms > t->recovery_ms)
		t->recovery_ms = recovery_ms;
}

static void
count(const struct client *c, struct tally *t)
{
	enum answers_kind kind = answers_check(&c->reply, c->path);
	int64_t took_ms = clock_now_ms() - c->due_ms;

	t->requests++;
	t->kinds[kind]++;
	t->statuses[c->reply.status < STATUS_MAX ? c->reply.status : 0]++;
	t->cached_errors +=
	    kind != ANSWERS_RIGHT && c->is_alternating && c->nginx == &cached;
	if (took_ms > t->slowest_ms[c->path])
		t->slowest_ms[c->path] = took_ms;
	judge(c, kind, t);
}

static void
finish(CURLM *multi, const CURLMsg *message, struct tally *t)
{
	struct client *c = NULL;

	curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &c);
	curl_multi_remove_handle(multi, c->handle);
	http_complete(&c->reply, c->handle, message->data.result);
	count(c, t);
	http_free(&c->reply);
	in_flight--;
	c->handle = NULL;
	c->due_ms = clock_now_ms() +
		    faults_random(&faults, THINK_LEAST_MS, THINK_MOST_MS);
	if (c->is_alternating)
		c->path = (c->path + 1) % (ANSWERS_UTILIZATION + 1);
}

static void
finish_all(CURLM *multi, struct tally *t)
{
	CURLMsg *message;
	int queued;

	while ((message = curl_multi_info_read(multi, &queued)) != NULL) {
		CURLMsg copy = *message;

		finish(multi, &copy, t);
	}
}

static void
ask_all_that_are_due(CURLM *multi)
{
	int64_t now_ms = clock_now_ms();

	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i].handle == NULL && clients[i].due_ms <= now_ms)
			ask(multi, &clients[i]);
}

static struct usage
usage_of_responder(unsigned i)
{
	return usage_of(process_child(responder.process->pid, i));
}

/* For hours nobody wants to look at nothing. */
static void
report(int64_t start_ms, int64_t *next_ms)
{
	int64_t now_ms = clock_now_ms();
	char when[32];

	if (now_ms < *next_ms)
		return;
	*next_ms = now_ms + REPORT_MS;
	for (unsigned i = 0; i < FAULTS_PROCESSES; i++) {
		struct usage now = usage_of_responder(i);

		snprintf(when, sizeof(when), "after %" PRId64 " s",
			 (now_ms - start_ms) / 1000);
		usage_print(&now, when);
	}
}

/* All clients, so long, and with faults until what they broke is whole. */
static void
run(unsigned seconds, bool has_faults, struct tally *t)
{
	CURLM *multi = curl_multi_init();
	int64_t start_ms = clock_now_ms(), end_ms = start_ms + seconds * 1000;
	int64_t report_ms = start_ms + REPORT_MS;
	bool is_over = false;
	int running;

	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i].due_ms =
		    start_ms + faults_random(&faults, 0, THINK_MOST_MS);
	while (!is_over || in_flight > 0) {
		if (has_faults)
			faults_step(&faults, clock_now_ms() < end_ms);
		is_over = clock_now_ms() >= end_ms && faults_are_over(&faults);
		if (!is_over)
			ask_all_that_are_due(multi);
		curl_multi_perform(multi, &running);
		finish_all(multi, t);
		report(start_ms, &report_ms);
		curl_multi_poll(multi, NULL, 0, STEP_MS, NULL);
	}
	curl_multi_cleanup(multi);
}

static void
print_tally(const struct tally *t)
{
	printf("# %lu requests:", t->requests);
	for (unsigned status = 0; status < STATUS_MAX; status++)
		if (t->statuses[status] > 0)
			printf(" %lu of status %u,", t->statuses[status],
			       status);
	printf(" %lu lost in a killed responder, %lu wrong, %lu unexplained; "
	       "%lu errors in spite of the cache\n# slowest:",
	       t->kinds[ANSWERS_LOST], t->kinds[ANSWERS_WRONG], t->unexplained,
	       t->cached_errors);
	for (unsigned i = 0; i < ANSWERS_PATH__MAX; i++)
		printf(" %s %" PRId64 " ms", answers_paths[i],
		       t->slowest_ms[i]);
	putchar('\n');
}

static void
print_faults(const struct tally *t)
{
	putchar('#');
	for (unsigned i = 0; i < FAULTS_KIND__MAX; i++)
		printf(" %u %s,", faults.done[i], faults_names[i]);
	printf(" Prometheus down for %" PRId64 " s; the last error %" PRId64
	       " ms after its return\n",
	       faults.down_ms / 1000, t->recovery_ms);
}

static unsigned
number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void
warm_up(void)
{
	struct tally t = {0};

	run(WARM_UP_S, false, &t);
	CU_ASSERT_EQUAL(t.kinds[ANSWERS_RIGHT], t.requests);
	CU_ASSERT_TRUE(t.requests > CLIENTS);
	print_tally(&t);
	for (unsigned i = 0; i < FAULTS_PROCESSES; i++) {
		before[i] = usage_of_responder(i);
		usage_print(&before[i], "warm");
		before[i].descriptors += PROBE_DESCRIPTORS;
	}
}

static void
soak(void)
{
	struct tally t = {0};

	run(number("SOAK_SECONDS", SOAK_S), true, &t);
	print_tally(&t);
	print_faults(&t);
	CU_ASSERT_EQUAL(t.kinds[ANSWERS_WRONG], 0);
	CU_ASSERT_EQUAL(t.unexplained, 0);
	/* No fault lasts as long as STALE_IF_ERROR_S. */
	CU_ASSERT_EQUAL(t.cached_errors, 0);
	CU_ASSERT_TRUE(t.kinds[ANSWERS_LOST] <=
		       INSIDE_MAX * faults.done[FAULTS_KILL_RESPONDER]);
	for (unsigned i = 0; i < ANSWERS_PATH__MAX; i++)
		CU_ASSERT_TRUE(t.slowest_ms[i] <= SLOWEST_MAX_MS);
	for (unsigned i = 0; i < FAULTS_KIND__MAX; i++)
		CU_ASSERT_TRUE(faults.done[i] > 0);
}

static void
all_is_well_then(void)
{
	struct tally t = {0};

	run(WARM_UP_S / 2, false, &t);
	CU_ASSERT_EQUAL(t.kinds[ANSWERS_RIGHT], t.requests);
	print_tally(&t);
}

static void
nothing_has_grown(void)
{
	for (unsigned i = 0; i < FAULTS_PROCESSES; i++) {
		struct usage now = usage_settle(
		    process_child(responder.process->pid, i), &before[i]);

		usage_print(&now, "at the end");
		CU_ASSERT_TRUE(now.descriptors > 0);
		CU_ASSERT_TRUE(usage_is_no_more(&now, &before[i]));
		CU_ASSERT_TRUE(now.resident_kib <=
			       before[i].resident_kib + GROWTH_MAX_KIB);
	}
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "4", "--gpus", "4", NULL};
	static const char *const settings[] = {
	    "SHARE_ANSWERS=on", "REQUEST_TIMEOUT_MS=3000",
	    "HEALTH_TIMEOUT_MS=2000", "DETECTION_INTERVAL_MS=2000", NULL};
	static const struct suite_test tests[] = {
	    {"200 clients without a fault: not one error", warm_up},
	    {"200 clients with faults: nothing wrong or unexplained", soak},
	    {"200 clients after the faults: not one error", all_is_well_then},
	    {"memory, descriptors and threads as before", nothing_has_grown},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	unsigned seed = number("SOAK_SEED", (unsigned)time(NULL));
	int rc;

	if (!suite_has_root())
		return 0;
	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_wait_series(&prometheus, 4 * 4 * FLEET_METRIC__MAX);
	responder_start_several(&responder, FAULTS_PROCESSES, prometheus.url,
				settings);
	nginx_start(&cached, &(struct nginx_plan){.socket = responder.socket,
						  .caches = true});
	nginx_start_plain(&direct, responder.socket);
	answers_init(&fleet);
	set_clients();
	faults_init(&faults, seed, &prometheus, &responder);
	printf("# SOAK_SEED=%u\n", seed);
	rc = suite_run("soak", tests);
	answers_fini();
	return rc;
}
