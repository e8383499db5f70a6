#include "conformance/conformance.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance/edits.h"
#include "conformance/probe.h"
#include "conformance/table.h"
#include "support/body.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/page.h"
#include "support/suite.h"

#define ORIGIN "Origin: https://dashboard.example.com"

enum {
	TESTS_MAX = 40,
	IDS_MAX = 128,
	ID_BYTES = 65,
	BODY_BYTES = 100000,
	PATH_BYTES = 16000,
	RETRY_MS = 50,
	RETRIES = 600
};

struct conformance conformance;
static char ids[IDS_MAX][ID_BYTES];
static unsigned id_count;

/* The servers may run as someone else. */
void
conformance_use(const struct responder *r)
{
	unlink(conformance.socket);
	harness_require(symlink(r->socket, conformance.socket) == 0 &&
			    chmod(r->socket, 0666) == 0,
			"cannot link %s", conformance.socket);
}

void
conformance_start_responder(void)
{
	static const char *const settings[] = {"DEBUG_ENDPOINTS=on", NULL};

	responder_start(&conformance.responder, conformance.fake.url, settings);
	conformance_use(&conformance.responder);
}

static void
call_server(const struct webserver *w, struct http_reply *r,
	    struct http_call call)
{
	CURL *h;

	call.url = webserver_url(w, call.url);
	h = http_prepare(r, &call);
	curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	http_complete(r, h, curl_easy_perform(h));
}

void
conformance_call(struct http_reply *r, struct http_call call)
{
	call_server(&conformance.server, r, call);
}

char *
conformance_body(const struct responder *r, const char *path)
{
	char *answer = fcgi_client_fetch(r->socket, path), *masked;
	const char *body = strstr(answer, "\r\n\r\n");

	harness_require(body != NULL, "no answer for %s", path);
	masked = body_mask(body + 4, BODY_ANY_TIME);
	free(answer);
	return masked;
}

void
conformance_expect_id_later(const char *id)
{
	harness_require(id_count < IDS_MAX && strlen(id) < ID_BYTES,
			"too many ids, or %s is too long", id);
	strcpy(ids[id_count++], id);
}

/* --- probes -------------------------------------------------------------- */

static void
expect_header(const struct http_reply *r, const char *name, const char *value)
{
	CU_ASSERT_EQUAL(http_header_count(r, name), value != NULL ? 1 : 0);
	if (value != NULL && http_header(r, name) != NULL)
		SUITE_EQUAL(http_header(r, name), value);
}

static void
expect_body(const struct http_reply *r, const struct probe_expected *e)
{
	static const char success[] = "{\"success\":true,";
	char envelope[PATH_BYTES];

	if (e->error != NULL) {
		snprintf(envelope, sizeof(envelope),
			 "{\"success\":false,\"data\":null,\"message\":null,"
			 "\"error\":\"%s\"}",
			 e->error);
		body_equal(r->body, envelope, "the envelope");
		expect_header(r, "Content-Type", "application/json");
	} else if (e->status == 200) {
		CU_ASSERT_EQUAL(strncmp(r->body, success, sizeof(success) - 1),
				0);
		expect_header(r, "Content-Type", "application/json");
	} else {
		CU_ASSERT_FALSE(body_is_json(r->body, r->length));
	}
}

static void
expect_answer(const struct http_reply *r, const struct probe_expected *e)
{
	bool has_cors = (e->lacks & PROBE_CORS) == 0;
	const char *id = http_header(r, "X-Request-Id");

	CU_ASSERT_EQUAL(r->rc, CURLE_OK);
	CU_ASSERT_EQUAL(r->status, e->status);
	CU_ASSERT_PTR_NULL(strstr(r->body, "root:"));
	if (e->lacks & PROBE_ANY_FORM)
		return;
	expect_body(r, e);
	CU_ASSERT_EQUAL(http_header_count(r, "Access-Control-Allow-Origin"),
			has_cors ? 1 : 0);
	expect_header(r, "X-Content-Type-Options", has_cors ? "nosniff" : NULL);
	expect_header(r, "Referrer-Policy", has_cors ? "no-referrer" : NULL);
	CU_ASSERT_EQUAL(id != NULL, (e->lacks & PROBE_ID) == 0);
	if (id != NULL)
		conformance_expect_id_later(id);
	if (e->status >= 400)
		expect_header(r, "Cache-Control",
			      e->lacks & PROBE_NO_STORE ? NULL : "no-store");
}

static void
run_probe(const struct webserver *w, const struct probe *p)
{
	const struct probe_deviation *d =
	    probe_deviation_of(conformance.kind->name, p->name);
	const struct probe_expected *expected =
	    d != NULL ? &d->expected : &p->expected;
	static char body[BODY_BYTES + 1], path[PATH_BYTES];
	unsigned before = CU_get_number_of_failures();
	size_t length = strlen(p->path);
	struct http_reply r;

	memset(body, 'x', p->body_bytes);
	body[p->body_bytes] = '\0';
	memset(path, 'x', sizeof(path) - 1);
	memcpy(path, p->path, length);
	path[p->path_bytes > length ? p->path_bytes : length] = '\0';
	call_server(w, &r,
		    (struct http_call){
			.url = path,
			.method = p->method,
			.body = p->body_bytes > 0 ? body : NULL,
			.header = p->is_chunked ? "Transfer-Encoding: chunked"
						: ORIGIN});
	expect_answer(&r, expected);
	if (CU_get_number_of_failures() > before) {
		printf("# %s: %s, status %ld: %.300s\n", p->name,
		       curl_easy_strerror(r.rc), r.status, r.body);
		for (struct curl_slist *line = r.headers; line != NULL;
		     line = line->next)
			printf("#   %s\n", line->data);
	}
	http_free(&r);
}

static void
run_row(const struct webserver *w, enum probe_row row)
{
	for (const struct probe *p = probes; p->name != NULL; p++) {
		if (p->row != row)
			continue;
		if (p->fake != NULL)
			source_set_fake(&conformance.fake, p->fake);
		run_probe(w, p);
		if (p->fake != NULL)
			source_set_fake(&conformance.fake, "ok");
	}
}

static void
requests(void)
{
	for (int row = 0; row < PROBE_STOPPED; row++)
		run_row(&conformance.server, (enum probe_row)row);
}

static void
not_allowed(void)
{
	run_row(&conformance.strict, PROBE_NOT_ALLOWED);
}

static void
wait_until_served(const struct webserver *w)
{
	const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	struct http_reply r;
	long status;
	int tries = 0;

	do {
		harness_require(tries++ < RETRIES, "it does not serve again");
		nanosleep(&pause, NULL);
		http_get(&r, webserver_url(w, CONFORMANCE_METRICS));
		status = r.status;
		http_free(&r);
	} while (status != 200);
}

static void
responder_that_hangs(void)
{
	siginfo_t stopped;

	process_signal(conformance.responder.process, SIGSTOP);
	/* All of its threads. */
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)conformance.responder.process->pid,
			       &stopped, WSTOPPED | WNOWAIT),
			0);
	run_row(&conformance.strict, PROBE_HANGING);
	process_signal(conformance.responder.process, SIGCONT);
	wait_until_served(&conformance.strict);
}

/* Twice: a server may remember that it was down. */
static void
responder_that_is_stopped(void)
{
	CU_ASSERT_EQUAL(process_stop(conformance.responder.process), 0);
	run_row(&conformance.server, PROBE_STOPPED);
	run_row(&conformance.server, PROBE_STOPPED);
	conformance_start_responder();
	wait_until_served(&conformance.server);
}

/* A deviation is of a probe, and is one. */
static void
deviations_are_used(void)
{
	for (const struct probe_deviation *d = probe_deviations;
	     d->server != NULL; d++) {
		const struct probe *p = probes;

		while (p->name != NULL && strcmp(p->name, d->probe) != 0)
			p++;
		CU_ASSERT_PTR_NOT_NULL_FATAL(p->name);
		CU_ASSERT_PTR_EQUAL(probe_deviation_of(d->server, d->probe), d);
		CU_ASSERT_TRUE(p->expected.status != d->expected.status ||
			       p->expected.lacks != d->expected.lacks ||
			       p->expected.error != d->expected.error);
	}
}

static void
ids_are_logged(void)
{
	char *line;

	CU_ASSERT_TRUE(id_count > 0);
	for (unsigned i = 0; i < id_count; i++) {
		if (file_count(conformance.strict.access_log, ids[i]) > 0)
			continue;
		line =
		    file_wait_line(conformance.server.access_log, ids[i], NULL);
		/* One is enough: each takes half a minute. */
		CU_ASSERT_PTR_NOT_NULL_FATAL(line);
		free(line);
	}
}

/* --- the program --------------------------------------------------------- */

static void
start_servers(void)
{
	const struct webserver_change *changes;
	size_t count = edits_open(conformance.kind, &changes);

	webserver_start(&conformance.server, conformance.kind,
			&(struct webserver_plan){.socket = conformance.socket,
						 .changes = changes,
						 .change_count = count,
						 .has_metrics = true,
						 .page = page_place()});
	count = edits_strict(conformance.kind, &changes);
	webserver_start(&conformance.strict, conformance.kind,
			&(struct webserver_plan){.socket = conformance.socket,
						 .changes = changes,
						 .change_count = count,
						 .has_metrics = true});
}

static size_t
add_tests(struct suite_test *out, size_t count,
	  const struct conformance_test *test)
{
	for (; test->name != NULL; test++) {
		harness_require(count < TESTS_MAX, "too many tests");
		out[count++] = (struct suite_test){test->name, test->run};
	}
	return count;
}

int
conformance_run(const struct webserver_kind *kind,
		const struct conformance_test *own)
{
	static const struct conformance_test others[] = {
	    {"single requests", NULL, requests},
	    {"/metrics and /debug/ from elsewhere", NULL, not_allowed},
	    {"a responder that hangs", NULL, responder_that_hangs},
	    {"a responder that is stopped, and another one", NULL,
	     responder_that_is_stopped},
	    {"the ids of answers are in the server's log", NULL,
	     ids_are_logged},
	    {"every deviation is one", NULL, deviations_are_used},
	    {"the table of conf/README.md is true", NULL, table_is_true},
	    {"all processes ended well and logged no alarm", NULL,
	     harness_finish},
	    {NULL, NULL, NULL}};
	struct suite_test tests[TESTS_MAX + 1] = {{NULL, NULL}};
	size_t count = add_tests(tests, 0, conformance_answers);

	count = add_tests(tests, count, conformance_load);
	if (own != NULL)
		count = add_tests(tests, count, own);
	add_tests(tests, count, others);
	harness_start();
	conformance.kind = kind;
	harness_path(conformance.socket, "web.sock");
	source_start_fake(&conformance.fake, NULL);
	conformance_start_responder();
	start_servers();
	return suite_run(kind->program, tests);
}
