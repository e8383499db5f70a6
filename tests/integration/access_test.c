/*
 * Who may ask: each of conf/nginx/auth-*.conf as its section of conf/README.md
 * sets it up, in front of a cache that knows the answer.
 */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "support/body.h"
#include "support/fake_responder.h"
#include "support/file.h"
#include "support/nginx.h"
#include "support/port.h"
#include "support/readme.h"
#include "support/suite.h"

#define INSTALLED "/etc/gpu-monitoring-api"
#define LATER	  "/api/v1/gpu/later"
#define ORIGIN	  "Origin: https://dashboard.example.com"
#define UNKNOWN	  "Credentials are missing or wrong"
/* alice:open sesame */
#define ALICE "YWxpY2U6b3BlbiBzZXNhbWU="

enum { COMMANDS_BYTES = 4096, LINE_BYTES = 256, STEP_MS = 20, STEPS = 1500 };

/* A way in, with a server and a directory of its own. */
struct way {
	struct nginx nginx;
	unsigned tls_port; /* 0: plain HTTP */
	char directory[HARNESS_PATH_BYTES];
	const char *challenge; /* the WWW-Authenticate of a 401, or NULL */
};

static struct responder responder;

/* --- the README's examples ----------------------------------------------- */

/* FROM in the text becomes TO, as often as it is there. */
static void
replace(char text[static COMMANDS_BYTES], const char *from, const char *to)
{
	char rest[COMMANDS_BYTES];

	for (char *at = text; (at = strstr(at, from)) != NULL;
	     at += strlen(to)) {
		strcpy(rest, at + strlen(from));
		harness_require((size_t)(at - text) + strlen(to) +
					strlen(rest) <
				    COMMANDS_BYTES,
				"too long: %s", text);
		strcpy(at, to);
		strcat(at, rest);
	}
}

/* Runs the commands below the heading, as this user and in its directory. */
static void
run_commands(struct way *w, const char *heading)
{
	char commands[COMMANDS_BYTES], mark[LINE_BYTES];
	const char *argv[] = {"sh", "-euc", commands, NULL};
	char *text = readme_read("conf/README.md");
	const char *section, *found;
	struct process *p;
	size_t length;

	snprintf(mark, sizeof(mark), "\n### %s\n", heading);
	section = readme_part(text, mark, "\n#", &length);
	found = readme_part(section, "```sh\n", "```\n", &length);
	snprintf(commands, sizeof(commands), "cd %s\n%.*s", w->directory,
		 (int)length, found);
	free(text);
	replace(commands, INSTALLED, w->directory);
	replace(commands, "sudo ", "");
	replace(commands, "-g www-data ", "");
	replace(commands, "passwd -6", "passwd -6 'open sesame'");
	replace(commands, "install -m 0644 clients.pem", "true");
	harness_require(
	    process_run(&(struct process_plan){.name = "sh", .argv = argv},
			&p) == 0,
	    "the commands of %s fail", heading);
}

/* That the section has the line, as a block of nginx' configuration. */
static void
expect_line(const char *heading, const char *line)
{
	char *text = readme_read("conf/README.md"), mark[LINE_BYTES];
	const char *section;
	size_t length;

	snprintf(mark, sizeof(mark), "\n### %s\n", heading);
	section = readme_part(text, mark, "\n###", &length);
	text[section - text + (ptrdiff_t)length] = '\0';
	snprintf(mark, sizeof(mark), "```nginx\n%s\n```", line);
	CU_ASSERT_PTR_NOT_NULL(strstr(section, mark));
	free(text);
}

/* --- servers ------------------------------------------------------------- */

static void
make_directory(struct way *w, const char *name)
{
	harness_path(w->directory, name);
	harness_require(mkdir(w->directory, 0755) == 0, "cannot make %s",
			w->directory);
}

/* As the plan says, with that file of conf/nginx in access.conf. */
static void
start(struct way *w, const char *file, struct nginx_plan plan)
{
	char line[LINE_BYTES], commented[LINE_BYTES + 1];
	struct webserver_change changes[16] = {
	    {"access.conf", commented, line}};
	size_t count = 1;

	snprintf(line, sizeof(line), "include gpu-monitoring-api/%s;", file);
	snprintf(commented, sizeof(commented), "#%s", line);
	for (size_t i = 0; i < plan.change_count; i++)
		changes[count++] = plan.changes[i];
	plan.socket = responder.socket;
	plan.caches = true;
	plan.changes = changes;
	plan.change_count = count;
	nginx_start(&w->nginx, &plan);
}

static void
stop(const struct way *w)
{
	CU_ASSERT_EQUAL(process_stop(w->nginx.process), 0);
}

/* --- clients ------------------------------------------------------------- */

/* With a certificate of that name, or none. */
static void
ask_with(struct http_reply *r, const struct way *w, struct http_call call,
	 const char *path, const char *certificate)
{
	char url[LINE_BYTES], file[2 * HARNESS_PATH_BYTES];
	CURL *h;

	snprintf(url, sizeof(url), "%s", nginx_url(&w->nginx, path));
	if (w->tls_port != 0)
		snprintf(url, sizeof(url), "https://127.0.0.1:%u%s",
			 w->tls_port, path);
	call.url = url;
	h = http_prepare(r, &call);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	if (certificate != NULL) {
		snprintf(file, sizeof(file), "%s/%s.pem", w->directory,
			 certificate);
		curl_easy_setopt(h, CURLOPT_SSLCERT, file);
		snprintf(file, sizeof(file), "%s/%s.key", w->directory,
			 certificate);
		curl_easy_setopt(h, CURLOPT_SSLKEY, file);
	}
	http_complete(r, h, curl_easy_perform(h));
}

static void
expect_error(const struct way *w, const char *path, struct http_call call,
	     const char *certificate, long status, const char *error)
{
	struct http_reply r;

	ask_with(&r, w, call, path, certificate);
	body_expect_error(&r, status, error);
	SUITE_EQUAL(http_header(&r, "Cache-Control"), "no-store");
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	CU_ASSERT_PTR_NOT_NULL(http_header(&r, "X-Request-Id"));
	CU_ASSERT_PTR_NULL(http_header(&r, "X-Cache-Status"));
	CU_ASSERT_EQUAL(http_header_count(&r, "WWW-Authenticate"),
			status == 401 && w->challenge != NULL ? 1 : 0);
	if (status == 401 && w->challenge != NULL)
		SUITE_EQUAL(http_header(&r, "WWW-Authenticate"), w->challenge);
	http_free(&r);
}

static void
expect_refused(const struct way *w, const char *path, const char *header)
{
	const struct http_call call = {.header = header};

	expect_error(w, path, call, NULL, 401, UNKNOWN);
}

/* The cache has to say that; returns the number of the answer. */
static unsigned
expect_allowed(const struct way *w, const char *header, const char *certificate,
	       const char *cache_status)
{
	const struct http_call call = {.header = header};
	struct http_reply r;
	unsigned number = 0;

	ask_with(&r, w, call, LATER, certificate);
	CU_ASSERT_EQUAL(r.status, 200);
	SUITE_EQUAL(http_header(&r, "X-Cache-Status"), cache_status);
	sscanf(r.body, "{\"answer\":%u}", &number);
	http_free(&r);
	return number;
}

/* Everything but /api/livez and preflights, whatever the cache knows. */
static void
expect_closed(const struct way *w, const char *header)
{
	static const char *const paths[] = {
	    LATER,	   LATER "?node_name=a", "/api/v1/gpu/none",
	    "/api/health", "/api/openapi.json",	 "/api//v1/gpu/later"};
	const struct http_call post = {
	    .method = "POST", .header = header, .body = ""};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		expect_refused(w, paths[i], header);
	expect_error(w, LATER, post, NULL, 401, UNKNOWN);
}

static void
expect_open(const struct way *w)
{
	static const struct http_call preflight = {.method = "OPTIONS",
						   .header = ORIGIN};
	struct http_reply r;

	ask_with(&r, w, preflight, LATER, NULL);
	CU_ASSERT_EQUAL_FATAL(r.status, 204);
	SUITE_EQUAL(http_header(&r, "Access-Control-Allow-Origin"), "*");
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    http_header(&r, "Access-Control-Allow-Headers"), "Authorization"));
	CU_ASSERT_PTR_NULL(http_header(&r, "WWW-Authenticate"));
	http_free(&r);
	ask_with(&r, w, (struct http_call){0}, "/api/livez", NULL);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
}

/*
 * Who is not allowed has nothing kept for others, and gets nothing that is kept
 * for those who are.
 */
static void
expect_guarded(const struct way *w, const char *header, const char *certificate)
{
	unsigned number;

	expect_open(w);
	expect_closed(w, NULL);
	number = expect_allowed(w, header, certificate, "MISS");
	CU_ASSERT_EQUAL(expect_allowed(w, header, certificate, "HIT"), number);
	expect_closed(w, NULL);
	expect_open(w);
	CU_ASSERT_EQUAL(expect_allowed(w, header, certificate, "HIT"), number);
}

/* What nginx asks for in the background is asked for those who may. */
static void
expect_renewed(const struct way *w, const char *header)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};
	const struct http_call call = {.header = header};
	unsigned first = 0, number = 0;
	struct http_reply r;

	for (int step = 0; step < STEPS && number == first; step++) {
		ask_with(&r, w, call, LATER "?s=1", NULL);
		CU_ASSERT_EQUAL_FATAL(r.status, 200);
		sscanf(r.body, "{\"answer\":%u}", &number);
		http_free(&r);
		if (first == 0)
			first = number;
		nanosleep(&pause, NULL);
	}
	CU_ASSERT_NOT_EQUAL(number, first);
	expect_refused(w, LATER "?s=1", NULL);
}

/* Neither a log nor the program has it. */
static void
expect_secret(const struct way *w, const char *header, const char *secret)
{
	const struct http_call call = {.header = header};
	struct http_reply r;

	ask_with(&r, w, call, "/api/v1/gpu/request", NULL);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.body, "REQUEST_URI="));
	CU_ASSERT_PTR_NULL(strstr(r.body, secret));
	http_free(&r);
	CU_ASSERT_EQUAL(file_count(w->nginx.process->log, secret), 0);
	CU_ASSERT_EQUAL(file_count(w->nginx.access_log, secret), 0);
}

/* --- tokens -------------------------------------------------------------- */

/* The header of the token that is last in the file. */
static void
read_token(const struct way *w, char header[static LINE_BYTES])
{
	char path[HARNESS_PATH_BYTES + 16], token[64] = "", *text;
	const char *line;

	snprintf(path, sizeof(path), "%s/tokens", w->directory);
	text = file_read(path);
	line = strrchr(text, 'B');
	harness_require(line != NULL &&
			    sscanf(line, "Bearer %63[0-9a-f]", token) == 1 &&
			    strlen(token) == 32,
			"no token: %s", text);
	snprintf(header, LINE_BYTES, "Authorization: Bearer %s", token);
	free(text);
}

static void
refuses_what_is_like_a_token(const struct way *w, const char *header)
{
	const char *token = strrchr(header, ' ') + 1;
	char other[LINE_BYTES + 1];

	snprintf(other, sizeof(other), "%sf", header);
	expect_refused(w, LATER, other);
	snprintf(other, sizeof(other), "%.*s", (int)strlen(header) - 1, header);
	expect_refused(w, LATER, other);
	snprintf(other, sizeof(other), "Authorization: %s", token);
	expect_refused(w, LATER, other);
	snprintf(other, sizeof(other), "Authorization: Basic %s", token);
	expect_refused(w, LATER, other);
	snprintf(other, sizeof(other), "Cookie: Bearer %s", token);
	expect_refused(w, LATER, other);
	expect_refused(w, LATER, "Authorization: Bearer");
	expect_refused(w, LATER, "Authorization: default");
}

/* While nginx reloads, workers of both kinds answer. */
static void
wait_for_status(const struct way *w, const char *header, long wanted)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};
	const struct http_call call = {.header = header};
	struct http_reply r;
	long status = 0;

	for (int step = 0; step < STEPS && status != wanted; step++) {
		ask_with(&r, w, call, LATER, NULL);
		status = r.status;
		http_free(&r);
		nanosleep(&pause, NULL);
	}
	CU_ASSERT_EQUAL(status, wanted);
}

/* Another line in its place, and none. */
static void
changes_a_token(const struct way *w, const char *first)
{
	char path[HARNESS_PATH_BYTES + 16], second[LINE_BYTES];
	const char line[] =
	    "\"Bearer 0123456789abcdef0123456789abcdef\" dashboard;\n";

	snprintf(path, sizeof(path), "%s/tokens", w->directory);
	file_write(path, line);
	process_signal(w->nginx.process, SIGHUP);
	read_token(w, second);
	wait_for_status(w, second, 200);
	wait_for_status(w, first, 401);
	file_write(path, "");
	process_signal(w->nginx.process, SIGHUP);
	wait_for_status(w, second, 401);
}

static void
tokens(void)
{
	struct way w = {.challenge = "Bearer"};
	const struct webserver_change placed = {"auth-tokens-http.conf",
						INSTALLED, w.directory};
	char first[LINE_BYTES], second[LINE_BYTES];

	make_directory(&w, "tokens");
	run_commands(&w, "Tokens");
	read_token(&w, first);
	run_commands(&w, "Tokens");
	read_token(&w, second);
	CU_ASSERT_STRING_NOT_EQUAL(first, second);
	expect_line("Tokens",
		    "include gpu-monitoring-api/auth-tokens-http.conf;");
	expect_line("Tokens", "include gpu-monitoring-api/auth-tokens.conf;");
	start(&w, "auth-tokens.conf",
	      (struct nginx_plan){
		  .http = "include gpu-monitoring-api/auth-tokens-http.conf;\n",
		  .changes = &placed,
		  .change_count = 1});
	expect_guarded(&w, second, NULL);
	expect_closed(&w, "Authorization: Bearer "
			  "00000000000000000000000000000000");
	expect_renewed(&w, second);
	refuses_what_is_like_a_token(&w, second);
	expect_secret(&w, second, strrchr(second, ' ') + 1);
	changes_a_token(&w, second);
	stop(&w);
}

/* --- passwords ----------------------------------------------------------- */

static void
passwords(void)
{
	struct way w = {.challenge = "Basic realm=\"GPU Monitoring API\""};
	const struct webserver_change placed = {"auth-basic.conf", INSTALLED,
						w.directory};

	make_directory(&w, "passwords");
	run_commands(&w, "Passwords");
	expect_line("Passwords", "include gpu-monitoring-api/auth-basic.conf;");
	start(&w, "auth-basic.conf",
	      (struct nginx_plan){.changes = &placed, .change_count = 1});
	expect_guarded(&w, "Authorization: Basic " ALICE, NULL);
	expect_renewed(&w, "Authorization: Basic " ALICE);
	/* alice:shut, bob:open sesame, and a token */
	expect_closed(&w, "Authorization: Basic YWxpY2U6c2h1dA==");
	expect_refused(&w, LATER, "Authorization: Basic Ym9iOm9wZW4gc2VzYW1l");
	expect_refused(&w, LATER, "Authorization: Bearer " ALICE);
	expect_secret(&w, "Authorization: Basic " ALICE, ALICE);
	CU_ASSERT_EQUAL(file_count(w.nginx.process->log, "sesame"), 0);
	CU_ASSERT_EQUAL(file_count(w.nginx.process->log, "shut"), 0);
	stop(&w);
}

/* Some addresses need none. */
static void
passwords_or_addresses(void)
{
	struct way w = {.challenge = "Basic realm=\"GPU Monitoring API\""};
	const struct webserver_change changes[] = {
	    {"auth-basic.conf", INSTALLED, w.directory},
	    {"access.conf", "# GPU Monitoring API: who",
	     "satisfy any;\nallow 127.0.0.2;\ndeny all;\n# Who"}};
	struct http_reply r;

	make_directory(&w, "addresses");
	run_commands(&w, "Passwords");
	start(&w, "auth-basic.conf",
	      (struct nginx_plan){.changes = changes, .change_count = 2});
	expect_guarded(&w, "Authorization: Basic " ALICE, NULL);
	ask_with(&r, &w, (struct http_call){.source = "127.0.0.2"}, LATER,
		 NULL);
	CU_ASSERT_EQUAL(r.status, 200);
	http_free(&r);
	stop(&w);
}

/* --- certificates -------------------------------------------------------- */

/* More clients than the README's: one that is not listed, and foreign ones. */
static void
make_certificates(const struct way *w)
{
	char commands[COMMANDS_BYTES];
	const char *argv[] = {"sh", "-euc", commands, NULL};
	struct process *p;

	snprintf(commands, sizeof(commands),
		 "cd %s\n"
		 "new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
		 "openssl req $new -subj /O=Example/CN=other -keyout other.key "
		 "-out other.csr\n"
		 "openssl x509 -req -in other.csr -CA clients.pem "
		 "-CAkey clients.key -CAcreateserial -days 1 -out other.pem\n"
		 "openssl req -x509 $new -subj /O=Example/CN=dashboard "
		 "-keyout foreign.key -out foreign.pem\n"
		 "openssl req -x509 $new -subj /CN=server "
		 "-keyout server.key -out server.pem\n",
		 w->directory);
	harness_require(
	    process_run(&(struct process_plan){.name = "sh", .argv = argv},
			&p) == 0,
	    "openssl makes no certificates");
}

/* The example server with the line for it, on free ports. */
static void
start_tls(struct way *w)
{
	char plain[64], tls[64], certificate[2 * HARNESS_PATH_BYTES];
	char key[2 * HARNESS_PATH_BYTES], log[HARNESS_PATH_BYTES];
	const struct webserver_change changes[] = {
	    {"auth-certificate-http.conf", INSTALLED, w->directory},
	    {"auth-certificate-server.conf", INSTALLED, w->directory},
	    {"example-server.conf", "/etc/ssl/certs/gpu-api.example.com.pem",
	     certificate},
	    {"example-server.conf", "/etc/ssl/private/gpu-api.example.com.key",
	     key},
	    {"example-server.conf", "/var/log/nginx/gpu-monitoring-api.log",
	     log},
	    {"example-server.conf", "    listen [::]:80;\n", ""},
	    {"example-server.conf", "    listen [::]:443 ssl http2;\n", ""},
	    {"example-server.conf", "listen 80;", plain},
	    {"example-server.conf", "listen 443 ", tls},
	    {"example-server.conf",
	     "    #include gpu-monitoring-api/auth-certificate-server.conf;",
	     "    include gpu-monitoring-api/auth-certificate-server.conf;"}};

	w->nginx.port = port_free();
	w->tls_port = port_free();
	snprintf(plain, sizeof(plain), "listen 127.0.0.1:%u;", w->nginx.port);
	snprintf(tls, sizeof(tls), "listen 127.0.0.1:%u ", w->tls_port);
	snprintf(certificate, sizeof(certificate), "%s/server.pem",
		 w->directory);
	snprintf(key, sizeof(key), "%s/server.key", w->directory);
	harness_path(log, "tls.log");
	start(w, "auth-certificate.conf",
	      (struct nginx_plan){
		  .http = "include "
			  "gpu-monitoring-api/auth-certificate-http.conf;\n",
		  .uses_example = true,
		  .changes = changes,
		  .change_count = sizeof(changes) / sizeof(*changes)});
}

static void
certificates(void)
{
	static const struct http_call plain = {0};
	struct way w = {0};

	make_directory(&w, "certificates");
	run_commands(&w, "Certificates");
	expect_line("Certificates",
		    "include gpu-monitoring-api/auth-certificate-http.conf;");
	expect_line("Certificates",
		    "include gpu-monitoring-api/auth-certificate-server.conf;");
	expect_line("Certificates",
		    "include gpu-monitoring-api/auth-certificate.conf;");
	make_certificates(&w);
	start_tls(&w);
	expect_guarded(&w, NULL, "dashboard");
	expect_error(&w, LATER, plain, "other", 403, "Not allowed");
	expect_error(&w, LATER, plain, "foreign", 401, UNKNOWN);
	expect_error(&w, "/api/v1/gpu/none", plain, "foreign", 401, UNKNOWN);
	stop(&w);
}

/* Without TLS nobody has a certificate. */
static void
certificates_without_tls(void)
{
	struct way w = {0};
	const struct webserver_change placed = {"auth-certificate-http.conf",
						INSTALLED, w.directory};

	make_directory(&w, "no_tls");
	run_commands(&w, "Certificates");
	start(&w, "auth-certificate.conf",
	      (struct nginx_plan){
		  .http = "include "
			  "gpu-monitoring-api/auth-certificate-http.conf;\n",
		  .changes = &placed,
		  .change_count = 1});
	expect_open(&w);
	expect_closed(&w, NULL);
	stop(&w);
}

/* --- another service ----------------------------------------------------- */

static void
start_asking(struct way *w, unsigned port, const char *http)
{
	char address[64];
	const struct webserver_change placed = {"auth-request-server.conf",
						"127.0.0.1:4180", address};

	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	start(w, "auth-request.conf",
	      (struct nginx_plan){
		  .http = http,
		  .server =
		      "include gpu-monitoring-api/auth-request-server.conf;\n",
		  .changes = &placed,
		  .change_count = 1});
}

/* nginx is that service as well: it knows cookies, and what was asked. */
static void
another_service(void)
{
	struct way w = {.challenge = "Basic realm=\"sign on\""};
	unsigned port = port_free();
	char http[1024];

	expect_line("Another service",
		    "include gpu-monitoring-api/auth-request-server.conf;");
	expect_line("Another service",
		    "include gpu-monitoring-api/auth-request.conf;");
	snprintf(http, sizeof(http),
		 "server {\nlisten 127.0.0.1:%u;\n"
		 "location = /oauth2/auth {\n"
		 "if ($http_x_original_uri !~ ^/api/) { return 403; }\n"
		 "if ($cookie_session = guest) { return 403; }\n"
		 "if ($cookie_session = good) { return 202; }\n"
		 "add_header WWW-Authenticate 'Basic realm=\"sign on\"' "
		 "always;\nreturn 401;\n}\n}\n",
		 port);
	start_asking(&w, port, http);
	expect_guarded(&w, "Cookie: session=good", NULL);
	expect_renewed(&w, "Cookie: session=good");
	expect_closed(&w, "Cookie: session=bad");
	expect_error(&w, LATER,
		     (struct http_call){.header = "Cookie: session=guest"},
		     NULL, 403, "Not allowed");
	expect_secret(&w, "Cookie: session=good", "session=good");
	stop(&w);
}

/* Nobody is let in, not even to what is kept. */
static void
another_service_that_is_down(void)
{
	struct way w = {0};

	start_asking(&w, port_free(), NULL);
	expect_open(&w);
	expect_error(&w, LATER,
		     (struct http_call){.header = "Cookie: session=good"}, NULL,
		     500, "The web server failed");
	stop(&w);
}

/* ------------------------------------------------------------------------- */

/* From elsewhere, the location of the question to the service is none. */
static void
nobody_asks_the_service_directly(void)
{
	struct way w = {0};
	struct http_reply r;

	start_asking(&w, port_free(), NULL);
	ask_with(&r, &w, (struct http_call){0}, "/gpu-api-access", NULL);
	CU_ASSERT_EQUAL(r.status, 404);
	http_free(&r);
	stop(&w);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tokens", tokens},
	    {"passwords", passwords},
	    {"passwords, or addresses", passwords_or_addresses},
	    {"certificates", certificates},
	    {"certificates, without TLS", certificates_without_tls},
	    {"another service", another_service},
	    {"another service that is down", another_service_that_is_down},
	    {"nobody asks the service directly",
	     nobody_asks_the_service_directly},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	fake_responder_start(&responder);
	return suite_run("access", tests);
}
