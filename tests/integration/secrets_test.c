/*
 * No secret comes out: whatever the settings hold and whatever goes wrong, it
 * is in no log line, no answer, no word of --check and no core dump.
 */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/port.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

/* Each secret begins with it; and "operator:" and that, as sent in base64. */
#define SECRET	    "hunter2"
#define SECRET_SENT "b3BlcmF0b3I6aHVudGVyM"

#define COMMON                                                                 \
	"LOG_LEVEL=debug", "REQUEST_TIMEOUT_MS=300", "HEALTH_TIMEOUT_MS=300",  \
	    "DETECTION_INTERVAL_MS=1000", "DEBUG_ENDPOINTS=on"

enum { SETTING_BYTES = RESPONDER_VALUE_BYTES };

static struct source fake;
static char token[SETTING_BYTES], password[SETTING_BYTES];

static const char *const headers_settings[] = {
    COMMON, "PROMETHEUS_HEADERS=X-Scope-OrgID=hunter2a,X-Key=hunter2%2Cb",
    NULL};
static const char *const token_settings[] = {COMMON, token, NULL};
static const char *const password_settings[] = {
    COMMON, "PROMETHEUS_USER=operator", password, NULL};
static const char *const proxy_settings[] = {
    COMMON, "PROMETHEUS_PROXY=http://operator:hunter2@127.0.0.1:9", NULL};

static void
expect_no_secret(const char *text, const char *where)
{
	const char *found = strstr(text, SECRET);

	if (found == NULL)
		found = strstr(text, SECRET_SENT);
	CU_ASSERT_PTR_NULL(found);
	if (found != NULL)
		printf("# %s: %.200s\n", where, found);
}

static void
expect_no_secret_in(const char *path)
{
	char *text = file_read(path);

	expect_no_secret(text, path);
	free(text);
}

static void
check(const char *url, const char *const *settings)
{
	const char *argv[] = {harness_built("gpu-monitoring-api"), "--check",
			      NULL};
	const char *env[RESPONDER_SETTINGS_MAX] = {NULL};
	char setting[SETTING_BYTES];
	struct process *p;
	size_t count = 0;

	snprintf(setting, sizeof(setting), "PROMETHEUS_URL=%s", url);
	env[count++] = setting;
	while (*settings != NULL)
		env[count++] = *settings++;
	process_run(
	    &(struct process_plan){.name = "check", .argv = argv, .env = env},
	    &p);
	expect_no_secret_in(p->out);
	expect_no_secret_in(p->log);
}

static void
ask(const struct responder *r)
{
	static const char *const paths[] = {"/api/health",
					    "/api/v1/gpu/metrics", "/metrics",
					    "/debug/vars", "/debug/requests"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		long status;
		char *answer = fcgi_client_fetch_from(r->socket, paths[i],
						      "127.0.0.1", &status);

		CU_ASSERT_EQUAL(strncmp(answer, "Status: ", 8), 0);
		CU_ASSERT_TRUE(i < 2 ||
			       strncmp(answer, "Status: 200 ", 12) == 0);
		expect_no_secret(answer, paths[i]);
		free(answer);
	}
}

/* All that can go wrong at a Prometheus that got the secret. */
static void
provoke(const char *url, const char *const *settings)
{
	static const char *const behaviours[] = {
	    "ok",	    "warnings",	  "status_401",	      "status_422",
	    "status_500",   "status_503", "status_error_200", "redirect",
	    "reset_header", "garbage",	  "truncated_json",   "slow_header"};
	struct responder r;

	responder_start(&r, url, settings);
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(*behaviours); i++) {
		source_set_fake(&fake, behaviours[i]);
		ask(&r);
		if (i % 4 == 0)
			check(url, settings);
	}
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	/* They were provoked. */
	CU_ASSERT_TRUE(file_count(r.process->log, "status=502") > 0);
	CU_ASSERT_TRUE(file_count(r.process->log, "status=504") > 0);
	expect_no_secret_in(r.process->log);
	source_set_fake(&fake, "ok");
}

static void
expect_sent(const char *text)
{
	char *head = source_fake_text(&fake, "last_head");

	CU_ASSERT_PTR_NOT_NULL(strstr(head, text));
	free(head);
}

static void
headers_and_url(void)
{
	char url[SETTING_BYTES];

	snprintf(url, sizeof(url), "http://operator:%s@127.0.0.1:%u/", SECRET,
		 fake.port);
	provoke(url, headers_settings);
	expect_sent(SECRET "a");
	expect_sent(SECRET_SENT);
}

static void
token_file(void)
{
	provoke(fake.url, token_settings);
	expect_sent(SECRET ".token");
}

static void
password_file(void)
{
	provoke(fake.url, password_settings);
	expect_sent(SECRET_SENT);
}

/* Nobody there, and no such host: libcurl's words are in the log. */
static void
nobody_there(void)
{
	static const char *const hosts[] = {"127.0.0.1", "prometheus.invalid",
					    "[::1]"};
	static const char *const *const lists[] = {headers_settings,
						   proxy_settings};
	char url[SETTING_BYTES];

	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		for (size_t l = 0; l < sizeof(lists) / sizeof(*lists); l++) {
			struct responder r;

			snprintf(url, sizeof(url), "http://operator:%s@%s:%u",
				 SECRET, hosts[i], port_free());
			responder_start(&r, url, lists[l]);
			ask(&r);
			CU_ASSERT_EQUAL(process_stop(r.process), 0);
			expect_no_secret_in(r.process->log);
			check(url, lists[l]);
		}
}

static void
wrong_settings(void)
{
	static const char *const wrong[] = {
	    "PROMETHEUS_HEADERS=X-Key=hunter2%zz",
	    "PROMETHEUS_HEADERS=hunter2",
	    "PROMETHEUS_HEADERS=X-Key=hunter2,Bad Name=hunter2",
	    "PROMETHEUS_PROXY=ftp://operator:hunter2@host",
	    "PROMETHEUS_PROXY=http://operator:hunter2@ho st",
	    "PROMETHEUS_URL=http://operator:hunter2@host:99999",
	    "PROMETHEUS_URL=http://host,http://operator:hunter2@host:99999",
	    "PROMETHEUS_URL=operator:hunter2@host"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *settings[] = {COMMON, wrong[i], NULL};

		check(fake.url, settings);
	}
}

static void
write_secret(char setting[static SETTING_BYTES], const char *name,
	     const char *file, const char *text)
{
	char path[HARNESS_PATH_BYTES];

	harness_path(path, file);
	file_write(path, text);
	snprintf(setting, SETTING_BYTES, "%s=%s", name, path);
}

static void
broken_files(void)
{
	char setting[SETTING_BYTES];
	const char *settings[] = {COMMON, setting, NULL};

	write_secret(setting, "PROMETHEUS_TOKEN_FILE", "broken",
		     "hunter2\nhunter2\n");
	check(fake.url, settings);
	write_secret(setting, "PROMETHEUS_KEY_FILE", "broken", "hunter2\n");
	check(fake.url, settings);
}

/* --- core dumps ----------------------------------------------------------- */

/* Whether a program without secrets leaves one. */
static bool
can_dump(void)
{
	static const char *const argv[] = {"sh", "-c", "kill -ABRT $$", NULL};

	return process_run(&(struct process_plan){.name = "dump", .argv = argv},
			   NULL) == PROCESS_DUMP + SIGABRT;
}

static void
no_core_dump(void)
{
	struct rlimit limit, before;
	struct responder r;
	char directory[HARNESS_PATH_BYTES];

	/* Where a dump would be. */
	harness_path(directory, "");
	harness_require(chdir(directory) == 0 &&
			    getrlimit(RLIMIT_CORE, &before) == 0,
			"no directory, or no limit");
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
	if (!can_dump()) {
		suite_skip("this machine lets no program dump its core");
	} else {
		responder_start(&r, fake.url, NULL);
		process_signal(r.process, SIGABRT);
		CU_ASSERT_EQUAL(process_wait(r.process, PROCESS_LIMIT_MS),
				PROCESS_SIGNAL + SIGABRT);
	}
	setrlimit(RLIMIT_CORE, &before);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"PROMETHEUS_HEADERS, and a user in PROMETHEUS_URL",
	     headers_and_url},
	    {"PROMETHEUS_TOKEN_FILE", token_file},
	    {"PROMETHEUS_PASSWORD_FILE", password_file},
	    {"nobody is there", nobody_there},
	    {"wrong settings", wrong_settings},
	    {"broken files", broken_files},
	    {"no core dump", no_core_dump},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_fake(&fake, NULL);
	write_secret(token, "PROMETHEUS_TOKEN_FILE", "token",
		     "hunter2.token\n");
	write_secret(password, "PROMETHEUS_PASSWORD_FILE", "password",
		     "hunter2!\n");
	return suite_run("secrets", tests);
}
