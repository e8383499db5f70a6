/* Credentials, headers, certificates, proxies: what Prometheus was sent. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/file.h"
#include "support/http.h"
#include "support/port.h"
#include "support/process.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

enum { SETTING_BYTES = 320 };

#define METRICS "/api/v1/gpu/metrics"
#define EXPECT(responder, status)                                              \
	CU_ASSERT_TRUE(responder_answers((responder), METRICS, (status)))

static struct source fake;

/* NAME=DIRECTORY/file, in storage that each call site keeps. */
static const char *
file_setting(char out[static SETTING_BYTES], const char *name, const char *file)
{
	char path[HARNESS_PATH_BYTES];

	harness_path(path, file);
	snprintf(out, SETTING_BYTES, "%s=%s", name, path);
	return out;
}

static void
write_file(const char *file, const char *text)
{
	char path[HARNESS_PATH_BYTES];

	harness_path(path, file);
	file_write(path, text);
}

static void
stop(struct responder *r)
{
	CU_ASSERT_EQUAL(process_stop(r->process), 0);
}

/* The request that the fake got last has that line. */
static void
expect_sent(const char *line)
{
	char *head = source_fake_text(&fake, "last_head");
	char wanted[256];

	snprintf(wanted, sizeof(wanted), "\r\n%s", line);
	CU_ASSERT_PTR_NOT_NULL(strstr(head, wanted));
	if (strstr(head, wanted) == NULL)
		printf("# sent: %s\n", head);
	free(head);
}

/* --- what is sent -------------------------------------------------------- */

static void
headers_are_sent(void)
{
	static const char *const settings[] = {
	    "PROMETHEUS_HEADERS=X-Scope-OrgID=team%2Cgpu,THANOS-TENANT=blue",
	    NULL};
	struct responder r;

	responder_start(&r, fake.url, settings);
	EXPECT(&r, 200);
	expect_sent("X-Scope-OrgID: team,gpu");
	expect_sent("THANOS-TENANT: blue");
	stop(&r);
}

static void
password_of_a_file(void)
{
	char password[SETTING_BYTES];
	const char *settings[] = {
	    "PROMETHEUS_USER=operator",
	    file_setting(password, "PROMETHEUS_PASSWORD_FILE", "password"),
	    "LOG_LEVEL=debug", NULL};
	struct responder r;

	write_file("password", "hunter2/!\n");
	responder_start(&r, fake.url, settings);
	EXPECT(&r, 200);
	/* operator:hunter2/! */
	expect_sent("Authorization: Basic b3BlcmF0b3I6aHVudGVyMi8h");
	CU_ASSERT_EQUAL(file_count(r.process->log, "hunter2"), 0);
	stop(&r);
}

/* The new token is used within the second or so that it takes to notice. */
static void
token_that_changes(void)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	char token[SETTING_BYTES], *sent = NULL;
	const char *settings[] = {
	    file_setting(token, "PROMETHEUS_TOKEN_FILE", "token"),
	    "LOG_LEVEL=debug", NULL};
	struct responder r;

	write_file("token", "old.token\n");
	responder_start(&r, fake.url, settings);
	EXPECT(&r, 200);
	expect_sent("Authorization: Bearer old.token");
	write_file("token", "new.token\n");
	for (int i = 0; i < 100; i++) {
		free(sent);
		nanosleep(&pause, NULL);
		EXPECT(&r, 200);
		sent = source_fake_text(&fake, "last_authorization");
		if (strcmp(sent, "Bearer new.token") == 0)
			break;
	}
	SUITE_EQUAL(sent, "Bearer new.token");
	free(sent);
	CU_ASSERT_EQUAL(file_count(r.process->log, ".token"), 0);
	stop(&r);
}

/* The credentials must not go where a redirect points. */
static void
redirects_are_not_followed(void)
{
	char token[SETTING_BYTES];
	const char *settings[] = {
	    file_setting(token, "PROMETHEUS_TOKEN_FILE", "token"), NULL};
	struct responder r;
	char *line;

	write_file("token", "old.token\n");
	source_set_fake(&fake, "redirect");
	responder_start(&r, fake.url, settings);
	EXPECT(&r, 502);
	line = file_wait_line(r.process->log, "answered 302", "status=502");
	CU_ASSERT_PTR_NOT_NULL(line);
	free(line);
	stop(&r);
	source_set_fake(&fake, "ok");
}

/* --- nginx before Prometheus: a proxy, and TLS --------------------------- */

static void
wait_until_open(unsigned port)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	char url[SOURCE_URL_BYTES];
	CURLcode rc = CURLE_COULDNT_CONNECT;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	for (int i = 0; i < 500 && rc == CURLE_COULDNT_CONNECT; i++) {
		struct http_reply r;

		http_get(&r, url);
		rc = r.rc;
		http_free(&r);
		nanosleep(&pause, NULL);
	}
	harness_require(rc != CURLE_COULDNT_CONNECT, "nginx does not start");
}

/* An nginx of the test's own; what is in its http block. */
static struct process *
start_front(const char *name, unsigned port, const char *server)
{
	char path[HARNESS_PATH_BYTES], directory[HARNESS_PATH_BYTES];
	char text[4096];
	const char *argv[] = {"nginx", "-p", directory,		  "-c",
			      path,    "-g", "error_log stderr;", NULL};
	struct process *front;

	harness_path(directory, "");
	harness_path(path, name);
	snprintf(text, sizeof(text),
		 "daemon off;\nmaster_process off;\npid %s.pid;\n"
		 "events {}\nhttp {\naccess_log off;\n"
		 "client_body_temp_path %s/front-body;\n"
		 "proxy_temp_path %s/front-proxy;\n"
		 "fastcgi_temp_path %s/front-fastcgi;\n"
		 "uwsgi_temp_path %s/front-uwsgi;\n"
		 "scgi_temp_path %s/front-scgi;\n"
		 "server {\n%s"
		 "location / {\nproxy_pass %s;\n"
		 "proxy_set_header X-Front %s;\n}\n}\n}\n",
		 path, directory, directory, directory, directory, directory,
		 server, fake.url, name);
	file_write(path, text);
	front =
	    process_start(&(struct process_plan){.name = name, .argv = argv});
	wait_until_open(port);
	return front;
}

static void
proxy_only_when_set(void)
{
	unsigned port = port_free();
	char proxy[SETTING_BYTES], listen[64];
	const char *settings[] = {proxy, "no_proxy=*", NULL};
	struct responder r;
	struct process *front;

	snprintf(listen, sizeof(listen), "listen 127.0.0.1:%u;\n", port);
	front = start_front("proxy", port, listen);
	snprintf(proxy, sizeof(proxy), "PROMETHEUS_PROXY=http://127.0.0.1:%u",
		 port);
	/* No such host: who answers is the proxy. */
	responder_start(&r, "http://prometheus.invalid:9090", settings);
	EXPECT(&r, 200);
	expect_sent("X-Front: proxy");
	stop(&r);
	snprintf(proxy, sizeof(proxy), "http_proxy=http://127.0.0.1:%u", port);
	responder_start(&r, "http://prometheus.invalid:9090", settings);
	EXPECT(&r, 502);
	stop(&r);
	CU_ASSERT_EQUAL(process_stop(front), 0);
}

/* A certificate NAME.crt and its key NAME.key, signed by itself. */
static void
make_certificate(const char *name, const char *alternative)
{
	char path[HARNESS_PATH_BYTES];
	const char *command =
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
	    " -nodes -keyout \"$0.key\" -out \"$0.crt\" -days 2"
	    " -subj \"/CN=$1\" -addext \"subjectAltName=$2\"";
	const char *argv[] = {"sh", "-c",	 command, path,
			      name, alternative, NULL};
	struct process *p;

	harness_path(path, name);
	harness_require(
	    process_run(&(struct process_plan){.name = "openssl", .argv = argv},
			&p) == 0,
	    "openssl makes no certificate");
}

static void
start_tls(struct process **out, unsigned port, const char *certificate)
{
	char directory[HARNESS_PATH_BYTES], server[1024];

	harness_path(directory, "");
	snprintf(server, sizeof(server),
		 "listen 127.0.0.1:%u ssl;\n"
		 "ssl_certificate %s/%s.crt;\nssl_certificate_key %s/%s.key;\n"
		 "ssl_client_certificate %s/client.crt;\n"
		 "ssl_verify_client on;\n",
		 port, directory, certificate, directory, certificate,
		 directory);
	*out = start_front(certificate, port, server);
}

/* With these files as PROMETHEUS_{CA,CERT,KEY}_FILE; the last two or none. */
static bool
tls_answers(unsigned port, const char *ca, const char *cert, const char *key,
	    unsigned status)
{
	char settings[3][SETTING_BYTES], url[SOURCE_URL_BYTES];
	const char *list[] = {
	    file_setting(settings[0], "PROMETHEUS_CA_FILE", ca), NULL, NULL,
	    NULL};
	struct responder r;
	bool are_right;

	if (cert != NULL) {
		list[1] =
		    file_setting(settings[1], "PROMETHEUS_CERT_FILE", cert);
		list[2] = file_setting(settings[2], "PROMETHEUS_KEY_FILE", key);
	}
	snprintf(url, sizeof(url), "https://127.0.0.1:%u", port);
	responder_start(&r, url, list);
	are_right = responder_answers(&r, METRICS, status);
	stop(&r);
	return are_right;
}

static void
certificates(void)
{
	unsigned port = port_free();
	struct process *front;

	make_certificate("server", "IP:127.0.0.1");
	make_certificate("elsewhere", "DNS:elsewhere.example");
	make_certificate("client", "DNS:client.example");
	start_tls(&front, port, "server");
	CU_ASSERT_TRUE(
	    tls_answers(port, "server.crt", "client.crt", "client.key", 200));
	/* nginx wants one. */
	CU_ASSERT_TRUE(tls_answers(port, "server.crt", NULL, NULL, 502));
	/* Nobody that we trust signed the server's. */
	CU_ASSERT_TRUE(
	    tls_answers(port, "client.crt", "client.crt", "client.key", 502));
	CU_ASSERT_EQUAL(process_stop(front), 0);
	port = port_free();
	start_tls(&front, port, "elsewhere");
	CU_ASSERT_TRUE(tls_answers(port, "elsewhere.crt", "client.crt",
				   "client.key", 502));
	CU_ASSERT_EQUAL(process_stop(front), 0);
}

/* Without client certificates; each request has a new connection, of an old
 * session if the client wants that. */
static struct process *
start_brief_tls(unsigned port, const char *certificate)
{
	char directory[HARNESS_PATH_BYTES], server[1024];

	harness_path(directory, "");
	snprintf(server, sizeof(server),
		 "listen 127.0.0.1:%u ssl;\nkeepalive_timeout 0;\n"
		 "ssl_protocols TLSv1.2;\nssl_session_cache shared:s:1m;\n"
		 "ssl_certificate %s/%s.crt;\nssl_certificate_key %s/%s.key;\n",
		 port, directory, certificate, directory, certificate);
	return start_front(certificate, port, server);
}

static void
copy_file(const char *from, const char *to)
{
	char path[HARNESS_PATH_BYTES], *text;

	harness_path(path, from);
	text = file_read(path);
	write_file(to, text);
	free(text);
}

/* The next connection knows: the old one is trusted no more, the new one is. */
static void
authority_that_changes(void)
{
	char authority[SETTING_BYTES], url[SOURCE_URL_BYTES];
	const char *settings[] = {
	    file_setting(authority, "PROMETHEUS_CA_FILE", "authority.crt"),
	    NULL};
	unsigned port = port_free();
	struct process *front;
	struct responder r;

	make_certificate("before", "IP:127.0.0.1");
	make_certificate("after", "IP:127.0.0.1");
	front = start_brief_tls(port, "before");
	copy_file("before.crt", "authority.crt");
	snprintf(url, sizeof(url), "https://127.0.0.1:%u", port);
	responder_start(&r, url, settings);
	EXPECT(&r, 200);
	EXPECT(&r, 200);
	copy_file("after.crt", "authority.crt");
	EXPECT(&r, 502);
	CU_ASSERT_EQUAL(process_stop(front), 0);
	front = start_brief_tls(port, "after");
	EXPECT(&r, 200);
	stop(&r);
	CU_ASSERT_EQUAL(process_stop(front), 0);
}

/* Exit status of --check where the system's CAs are those of a directory. */
static int
check_with_system(const char *directory, const char *url, const char *setting)
{
	const char *capath = curl_version_info(CURLVERSION_NOW)->capath;
	const char *command =
	    "mount --bind \"$1\" \"$2\" && exec \"$0\" --check";
	const char *program = harness_built("gpu-monitoring-api");
	const char *argv[] = {"unshare", "--mount", "sh",   "-c", command,
			      program,	 directory, capath, NULL};
	const char *of_user[] = {
	    "unshare", "--map-root-user", "--mount", "sh",   "-c",
	    command,   program,		  directory, capath, NULL};
	const char *env[] = {url, setting, NULL};
	struct process *p;

	CU_ASSERT_PTR_NOT_NULL_FATAL(capath);
	return process_run(
	    &(struct process_plan){.name = "check",
				   .argv = geteuid() == 0 ? argv : of_user,
				   .env = env},
	    &p);
}

static void
make_system_authority(char path[static HARNESS_PATH_BYTES],
		      const char *certificate)
{
	const char *argv[] = {"openssl", "rehash", path, NULL};
	struct process *p;

	harness_path(path, "system");
	harness_require(mkdir(path, 0755) == 0, "no directory for CAs");
	copy_file(certificate, "system/authority.crt");
	/* The system's bundle has to be there, whatever is in it. */
	copy_file("client.crt", "system/ca-certificates.crt");
	harness_require(
	    process_run(&(struct process_plan){.name = "rehash", .argv = argv},
			&p) == 0,
	    "openssl does not hash the directory");
}

/* PROMETHEUS_CA_FILE is in place of the system's CAs, not in addition. */
static void
authority_in_place_of_the_systems(void)
{
	char setting[SETTING_BYTES], url[SETTING_BYTES];
	char directory[HARNESS_PATH_BYTES];
	unsigned port = port_free();
	struct process *front;

	make_certificate("systems", "IP:127.0.0.1");
	make_certificate("private", "IP:127.0.0.1");
	front = start_brief_tls(port, "systems");
	make_system_authority(directory, "systems.crt");
	snprintf(url, sizeof(url), "PROMETHEUS_URL=https://127.0.0.1:%u", port);
	CU_ASSERT_EQUAL(check_with_system(directory, url, NULL), 0);
	file_setting(setting, "PROMETHEUS_CA_FILE", "systems.crt");
	CU_ASSERT_EQUAL(check_with_system(directory, url, setting), 0);
	file_setting(setting, "PROMETHEUS_CA_FILE", "private.crt");
	CU_ASSERT_EQUAL(check_with_system(directory, url, setting), 1);
	CU_ASSERT_EQUAL(process_stop(front), 0);
}

/* The tunnel is there at once; at its end nobody speaks. */
static void
silence_behind_a_proxy(void)
{
	char proxy[SETTING_BYTES];
	const char *settings[] = {proxy, "REQUEST_TIMEOUT_MS=20000",
				  "PROBE_TIMEOUT_MS=300", NULL};
	struct responder r;

	snprintf(proxy, sizeof(proxy), "PROMETHEUS_PROXY=%s", fake.url);
	responder_start(&r, "https://prometheus.invalid", settings);
	EXPECT(&r, 503);
	stop(&r);
	CU_ASSERT_EQUAL(file_count(r.process->log, "Prometheus is silent"), 1);
}

static void
user_or_token(void)
{
	char token[SETTING_BYTES], password[SETTING_BYTES];
	const char *argv[] = {harness_built("gpu-monitoring-api"), "--check",
			      NULL};
	const char *env[] = {
	    file_setting(token, "PROMETHEUS_TOKEN_FILE", "token"),
	    file_setting(password, "PROMETHEUS_PASSWORD_FILE", "password"),
	    "PROMETHEUS_USER=operator", NULL};
	struct process *p;

	CU_ASSERT_EQUAL(process_run(&(struct process_plan){.name = "check",
							   .argv = argv,
							   .env = env},
				    &p),
			1);
	CU_ASSERT_EQUAL(file_count(p->log,
				   "gpu-monitoring-api: PROMETHEUS_USER and "
				   "PROMETHEUS_TOKEN_FILE are both set: it "
				   "takes one of them\n"),
			1);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"PROMETHEUS_HEADERS are sent", headers_are_sent},
	    {"PROMETHEUS_USER with PROMETHEUS_PASSWORD_FILE",
	     password_of_a_file},
	    {"PROMETHEUS_TOKEN_FILE, and a new token", token_that_changes},
	    {"redirects are not followed", redirects_are_not_followed},
	    {"PROMETHEUS_PROXY, and no other", proxy_only_when_set},
	    {"PROMETHEUS_CA_FILE, _CERT_FILE and _KEY_FILE", certificates},
	    {"PROMETHEUS_CA_FILE in place of the system's CAs",
	     authority_in_place_of_the_systems},
	    {"PROMETHEUS_CA_FILE that changes", authority_that_changes},
	    {"PROMETHEUS_PROXY, and silence behind it", silence_behind_a_proxy},
	    {"a user or a token", user_or_token},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	return suite_run("credentials", tests);
}
