/*
 * /debug/pprof/ of a build with --enable-profiling: what google-pprof makes of
 * the profiles, and who gets none.
 */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/body.h"
#include "support/crowd.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

#define CPU  "/debug/pprof/profile"
#define HEAP "/debug/pprof/heap"

enum { CLIENTS = 4, ANSWERS = 8, LIVE_CHECKS = 20 };

static const char *const settings[] = {"DEBUG_ENDPOINTS=on", NULL};
static struct source fake;
static struct responder responder;
static struct nginx nginx;

/* --- requests in the background ------------------------------------------ */

struct errand {
	char url[512];
	struct http_reply reply;
	atomic_bool is_done;
	pthread_t thread;
};

static void *
run_errand(void *context)
{
	struct errand *errand = context;

	http_get(&errand->reply, errand->url);
	atomic_store(&errand->is_done, true);
	return NULL;
}

static void
errand_start(struct errand *out, const struct nginx *from, const char *path)
{
	snprintf(out->url, sizeof(out->url), "%s", nginx_url(from, path));
	atomic_init(&out->is_done, false);
	harness_require(pthread_create(&out->thread, NULL, run_errand, out) ==
			    0,
			"no thread");
}

static void
errand_wait(struct errand *errand)
{
	pthread_join(errand->thread, NULL);
}

/* --- google-pprof -------------------------------------------------------- */

/* Its text for a profile of the program, to be freed. */
static char *
read_profile(const struct http_reply *r, const char *option)
{
	char path[HARNESS_PATH_BYTES];
	const char *argv[] = {
	    "google-pprof", "--text",
	    option,	    harness_built("gpu-monitoring-api"),
	    path,	    NULL};
	struct process *p;
	FILE *out;

	harness_path(path, "profile");
	out = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(fwrite(r->body, 1, r->length, out), r->length);
	fclose(out);
	CU_ASSERT_EQUAL(
	    process_run(&(struct process_plan){.name = "pprof", .argv = argv},
			&p),
	    0);
	return file_read(p->out);
}

/* That one of the functions is in the text, by the start of its name. */
static void
expect_function(const char *text, const char *const *starts)
{
	char wanted[64];

	for (size_t i = 0; starts[i] != NULL; i++) {
		snprintf(wanted, sizeof(wanted), "%% %s", starts[i]);
		if (strstr(text, wanted) != NULL) {
			CU_PASS("is there");
			return;
		}
	}
	CU_FAIL("none of the functions is there");
	printf("# %.2000s\n", text);
}

/* The load is all right, and the profile whole; it has to be freed. */
static void
take_under_load(struct http_reply *out, const char *path)
{
	struct crowd *crowd =
	    crowd_start(nginx_url(&nginx, "/api/v1/gpu/metrics"), CLIENTS);
	unsigned counts[CROWD_KIND__MAX];

	crowd_wait(crowd, ANSWERS);
	http_get(out, nginx_url(&nginx, path));
	crowd_stop(crowd, counts);
	CU_ASSERT_TRUE(counts[CROWD_RIGHT] > ANSWERS);
	CU_ASSERT_EQUAL(counts[CROWD_WRONG], 0);
	CU_ASSERT_EQUAL(counts[CROWD_REFUSED], 0);
	CU_ASSERT_EQUAL(out->status, 200);
	SUITE_EQUAL(http_header(out, "Cache-Control"), "no-store");
}

/* Which of the socket's processes it was, is in the log. */
static void
expect_logged(const struct http_reply *r, const char *kind)
{
	char wanted[128];
	char *line;

	snprintf(wanted, sizeof(wanted), "request_id=%s of=%s pid=%d ",
		 http_header(r, "X-Request-Id"), kind,
		 (int)responder.process->pid);
	line = file_wait_line(responder.process->log, "msg=profile ", wanted);
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
}

static void
finds_the_decoder(void)
{
	static const char *const decoder[] = {"vector_", "scan_", "element_",
					      NULL};
	struct http_reply r;
	unsigned samples = 0;
	char *text;

	take_under_load(&r, CPU "?seconds=5");
	SUITE_EQUAL(http_header(&r, "Content-Type"),
		    "application/octet-stream");
	text = read_profile(&r, "--functions");
	CU_ASSERT_EQUAL(sscanf(text, "Total: %u samples", &samples), 1);
	CU_ASSERT_TRUE(samples > 0);
	expect_function(text, decoder);
	expect_logged(&r, "cpu");
	free(text);
	http_free(&r);
}

static void
finds_what_is_allocated(void)
{
	static const char *const ours[] = {"buf_grow", "arena_alloc", "intern_",
					   NULL};
	struct http_reply r;
	char *text;

	take_under_load(&r, HEAP "?seconds=2");
	SUITE_EQUAL(http_header(&r, "Content-Type"), "text/plain");
	text = read_profile(&r, "--alloc_space");
	expect_function(text, ours);
	expect_logged(&r, "heap");
	free(text);
	http_free(&r);
}

/* --- who gets none ------------------------------------------------------- */

static void
one_at_a_time(void)
{
	static const char busy[] = "This process takes a profile already; try "
				   "again when it is done";
	struct errand errands[2];
	unsigned refused;

	errand_start(&errands[0], &nginx, CPU "?seconds=5");
	errand_start(&errands[1], &nginx, HEAP "?seconds=5");
	errand_wait(&errands[0]);
	errand_wait(&errands[1]);
	refused = errands[1].reply.status == 200 ? 0 : 1;
	CU_ASSERT_EQUAL(errands[1 - refused].reply.status, 200);
	body_expect_error(&errands[refused].reply, 409, busy);
	http_free(&errands[0].reply);
	http_free(&errands[1].reply);
}

static void
says_what_it_takes(void)
{
	static const char *const cases[][2] = {
	    {"seconds=0", "Query parameter \\\"seconds\\\" is \\\"0\\\": it "
			  "takes a whole number from 1 to 60"},
	    {"seconds=half", "Query parameter \\\"seconds\\\" is \\\"half\\\": "
			     "it takes a whole number from 1 to 60"},
	    {"seconds=11", "Query parameter \\\"seconds\\\" is \\\"11\\\": "
			   "REQUEST_TIMEOUT_MS allows 10"}};
	static const char *const paths[] = {CPU, HEAP};
	char path[128], unknown[128];
	struct http_reply r;

	for (size_t p = 0; p < 2; p++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			snprintf(path, sizeof(path), "%s?%s", paths[p],
				 cases[i][0]);
			http_get(&r, nginx_url(&nginx, path));
			body_expect_error(&r, 400, cases[i][1]);
			http_free(&r);
		}
		snprintf(path, sizeof(path), "%s?debug=1", paths[p]);
		snprintf(unknown, sizeof(unknown),
			 "Unknown query parameter \\\"debug\\\": %s takes "
			 "seconds",
			 paths[p]);
		http_get(&r, nginx_url(&nginx, path));
		body_expect_error(&r, 400, unknown);
		http_free(&r);
	}
}

static void
expect_status(const struct responder *r, const char *path, const char *address,
	      const char *line)
{
	long status;
	char *text = fcgi_client_fetch_from(r->socket, path, address, &status);

	CU_ASSERT_EQUAL(strncmp(text, line, strlen(line)), 0);
	free(text);
}

static void
only_for_debugging(void)
{
	struct responder plain;

	responder_start(&plain, fake.url, NULL);
	expect_status(&plain, CPU, "127.0.0.1", "Status: 404 ");
	expect_status(&plain, HEAP, "127.0.0.1", "Status: 404 ");
	CU_ASSERT_EQUAL(process_stop(plain.process), 0);
	expect_status(&responder, CPU, "10.0.0.1", "Status: 403 ");
	expect_status(&responder, HEAP, "10.0.0.1", "Status: 403 ");
}

/* --- meanwhile ----------------------------------------------------------- */

static void
wait_until_in_flight(const struct responder *r, const char *path)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000000L};
	bool is_there = false;
	long status;

	for (int i = 0; !is_there; i++) {
		char *text = fcgi_client_fetch_from(
		    r->socket, "/debug/requests", "127.0.0.1", &status);

		harness_require(i < 1000, "%s never begins", path);
		is_there = strstr(text, path) != NULL;
		free(text);
		nanosleep(&pause, NULL);
	}
}

/* Others are answered, and the end of the process ends it: it would take longer
 * than a stop may. */
static void
holds_nobody_up(void)
{
	static const char *const patient[] = {"DEBUG_ENDPOINTS=on",
					      "REQUEST_TIMEOUT_MS=60000", NULL};
	struct nginx before = {.port = 0};
	struct responder stopped;
	struct errand errand;

	responder_start(&stopped, fake.url, patient);
	nginx_start(&before, &(struct nginx_plan){.socket = stopped.socket,
						  .has_metrics = true});
	errand_start(&errand, &before, CPU "?seconds=30");
	wait_until_in_flight(&stopped, CPU);
	for (int i = 0; i < LIVE_CHECKS; i++)
		CU_ASSERT_TRUE(responder_answers(&stopped, "/api/livez", 200));
	CU_ASSERT_FALSE(atomic_load(&errand.is_done));
	CU_ASSERT_EQUAL(process_stop(stopped.process), 0);
	errand_wait(&errand);
	CU_ASSERT_EQUAL(errand.reply.status, 200);
	CU_ASSERT_TRUE(errand.reply.length > 0);
	CU_ASSERT_EQUAL(file_count(stopped.process->log, "time limit"), 0);
	http_free(&errand.reply);
	CU_ASSERT_EQUAL(process_stop(before.process), 0);
}

int
main(void)
{
	static const char *const fleet[] = {"--gpus-total", "2000",
					    "--gpus-per-node", "8", NULL};
	static const struct suite_test tests[] = {
	    {"google-pprof finds the decoder", finds_the_decoder},
	    {"google-pprof finds what is allocated", finds_what_is_allocated},
	    {"one at a time", one_at_a_time},
	    {"says what it takes", says_what_it_takes},
	    {"only for debugging, on this machine", only_for_debugging},
	    {"holds nobody up", holds_nobody_up},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, fleet);
	responder_start(&responder, fake.url, settings);
	nginx_start(&nginx, &(struct nginx_plan){.socket = responder.socket,
						 .has_metrics = true});
	return suite_run("profiling", tests);
}
