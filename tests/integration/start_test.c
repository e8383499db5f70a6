/* Starting the program by hand: help, --check, and wrong settings. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/file.h"
#include "support/port.h"
#include "support/process.h"
#include "support/run.h"
#include "support/source.h"
#include "support/suite.h"

static struct source simulator, prometheus, fake;

/* argument and setting (NAME=value) may be NULL. */
static struct run
run(const char *argument, const char *setting, const char *other)
{
	const char *const arguments[] = {argument, NULL};
	const char *const settings[] = {setting, other, NULL};

	return run_program(arguments, settings);
}

static unsigned
lines(const char *text)
{
	unsigned count = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		count++;
	return count;
}

static void
without_socket(void)
{
	struct run r = run(NULL, NULL, NULL);

	CU_ASSERT_EQUAL(r.status, 2);
	SUITE_EQUAL(r.out, "");
	SUITE_EQUAL(r.err,
		    "gpu-monitoring-api: fd 0 is not a listening socket; "
		    "start it with\n"
		    "  spawn-fcgi -n -s /run/gpu-monitoring-api.sock -M 0660 "
		    "-- gpu-monitoring-api\n");
	run_free(&r);
}

static void
help(void)
{
	static const char *const texts[] = {"Usage: ",
					    "spawn-fcgi",
					    "--check",
					    "--version",
					    "PROMETHEUS_URL (http://"
					    "localhost:9090)",
					    "PORT (8080)",
					    "LOG_LEVEL (info)",
					    "LOG_FORMAT (logfmt)",
					    "PROFILE_DIR",
					    "REQUEST_TIMEOUT_MS (10000)",
					    "HEALTH_TIMEOUT_MS (5000)",
					    "RESPONDER_THREADS (8)",
					    "QUERY_THREADS (8)",
					    "MAX_SERIES",
					    "MAX_RESPONSE_BYTES",
					    "MAX_UPSTREAM_BYTES",
					    "MAX_REQUEST_MEMORY_BYTES"};
	struct run r = run("--help", NULL, NULL);

	CU_ASSERT_EQUAL(r.status, 0);
	SUITE_EQUAL(r.err, "");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(r.out, texts[i]));
	run_free(&r);
}

static void
version(void)
{
	struct run r = run("--version", NULL, NULL);

	CU_ASSERT_EQUAL(r.status, 0);
	SUITE_EQUAL(r.out, "gpu-monitoring-api " PACKAGE_VERSION "\n");
	run_free(&r);
}

static void
unknown_argument(void)
{
	struct run r = run("--chekc", NULL, NULL);

	CU_ASSERT_EQUAL(r.status, 2);
	SUITE_EQUAL(r.err,
		    "gpu-monitoring-api: unknown argument \"--chekc\"; it "
		    "takes --check, --explain-profile, --help, --validate or "
		    "--version\n");
	run_free(&r);
}

/* Nobody listens there: nobody is asked. */
static void
validate(void)
{
	char setting[600];
	struct run r =
	    run("--validate", "PROMETHEUS_URL=http://127.0.0.1:1", NULL);

	CU_ASSERT_EQUAL(r.status, 0);
	SUITE_EQUAL(r.out, "");
	SUITE_EQUAL(r.err, "");
	run_free(&r);
	r = run("--validate", "LOG_LEVEL=loud", NULL);
	CU_ASSERT_EQUAL(r.status, 1);
	SUITE_EQUAL(r.out, "");
	SUITE_EQUAL(r.err, "gpu-monitoring-api: LOG_LEVEL is \"loud\": it "
			   "takes debug, info, warn or error\n");
	run_free(&r);
	/* It is no list of prices. */
	snprintf(setting, sizeof(setting), "PRICES_FILE=%s",
		 harness_source("tests/golden/profiles/ledger/"
				"10-held-exporter.json"));
	r = run("--validate", setting, NULL);
	CU_ASSERT_EQUAL(r.status, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "PRICES_FILE: /"));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "currency, gpu_hour"));
	run_free(&r);
}

static void
check_real(void)
{
	char setting[128], version_line[128], url[128];
	struct run r;

	source_wait_series(&prometheus, 48);
	snprintf(setting, sizeof(setting), "PROMETHEUS_URL=%s", prometheus.url);
	r = run("--check", setting, NULL);
	CU_ASSERT_EQUAL(r.status, 0);
	SUITE_EQUAL(r.err, "");
	CU_ASSERT_EQUAL(sscanf(r.out,
			       "settings and 36 exporter profile(s) are valid\n"
			       "Prometheus %127s at %127s\n"
			       "nvidia-gpu-list-exporter: 6 GPUs\n",
			       version_line, url),
			2);
	SUITE_EQUAL(url, prometheus.url);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(r.out, "\nnvidia-gpu-list-exporter: 6 GPUs\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "\n  has utilization, "));
	CU_ASSERT_EQUAL(lines(r.out), 4);
	run_free(&r);
}

static void
check_with_password(void)
{
	char setting[128], expected[512];
	struct run r;

	snprintf(setting, sizeof(setting),
		 "PROMETHEUS_URL=http://%s:%s@127.0.0.1:%u/", "operator",
		 "hunter2", fake.port);
	snprintf(expected, sizeof(expected),
		 "settings and 36 exporter profile(s) are valid\n"
		 "Prometheus 2.42.0 at %s\n"
		 "nvidia-gpu-list-exporter: 4 GPUs\n"
		 "  has utilization, memory_used, memory_total, memory_free, "
		 "temperature, power_draw, power_limit, "
		 "memory_controller_utilization\n",
		 fake.url);
	r = run("--check", setting, "LOG_LEVEL=debug");
	CU_ASSERT_EQUAL(r.status, 0);
	SUITE_EQUAL(r.out, expected);
	CU_ASSERT_PTR_NULL(strstr(r.err, "hunter2"));
	run_free(&r);
}

/* Exit 1 and one line that has the text, but not the password. */
static void
expect_refusal(const char *argument, const char *setting, const char *other,
	       const char *text)
{
	struct run r = run(argument, setting, other);

	CU_ASSERT_EQUAL(r.status, 1);
	CU_ASSERT_EQUAL(lines(r.err), 1);
	CU_ASSERT_EQUAL(strncmp(r.err, "gpu-monitoring-api: ", 20), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, text));
	CU_ASSERT_PTR_NULL(strstr(r.err, "hunter2"));
	CU_ASSERT_PTR_NULL(strstr(r.out, "hunter2"));
	if (lines(r.err) != 1 || strstr(r.err, text) == NULL)
		printf("# %s: status %d, said: %s\n", setting, r.status, r.err);
	run_free(&r);
}

static void
check_dead(void)
{
	char setting[128];

	snprintf(setting, sizeof(setting),
		 "PROMETHEUS_URL=http://%s:%s@127.0.0.1:%u", "operator",
		 "hunter2", port_free());
	expect_refusal("--check", setting, NULL, "Failed to connect");
}

static void
check_broken(void)
{
	char setting[128];

	snprintf(setting, sizeof(setting), "PROMETHEUS_URL=%s", fake.url);
	source_set_fake(&fake, "slow_header");
	expect_refusal("--check", setting, "HEALTH_TIMEOUT_MS=500",
		       "did not answer in time");
	source_set_fake(&fake, "status_500");
	expect_refusal("--check", setting, NULL, "answered 500");
	source_set_fake(&fake, "ok");
	snprintf(setting, sizeof(setting), "PROMETHEUS_URL=%s/elsewhere",
		 fake.url);
	expect_refusal("--check", setting, NULL, "answered 404");
}

static void
wrong_numbers(void)
{
	static const char *const names[] = {"PORT",
					    "REQUEST_TIMEOUT_MS",
					    "HEALTH_TIMEOUT_MS",
					    "RESPONDER_THREADS",
					    "QUERY_THREADS",
					    "MAX_SERIES",
					    "MAX_RESPONSE_BYTES",
					    "MAX_UPSTREAM_BYTES",
					    "MAX_REQUEST_MEMORY_BYTES"};
	static const char *const values[] = {
	    "", "0", "-1", "many", "5s", " 12", "1e6", "99999999999999999999"};
	char setting[64], text[96];

	for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
		for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
			snprintf(setting, sizeof(setting), "%s=%s", names[n],
				 values[v]);
			snprintf(text, sizeof(text),
				 "%s is \"%s\": it takes a whole number from ",
				 names[n], values[v]);
			expect_refusal("--check", setting, NULL, text);
		}
}

static void
wrong_urls(void)
{
	static const char *const values[] = {
	    "",
	    "localhost:9090",
	    "ftp://operator:hunter2@host",
	    "http://",
	    "http://host:99999",
	    "http://operator:hunter2@ho st:9090",
	    "http://operator:hunter2@host/?query=up",
	    "http://operator:hunter2@host/#top"};
	char setting[128];

	for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
		snprintf(setting, sizeof(setting), "PROMETHEUS_URL=%s",
			 values[v]);
		expect_refusal("--check", setting, NULL, "PROMETHEUS_URL ");
	}
}

static void
wrong_level_and_directory(void)
{
	char directory[HARNESS_PATH_BYTES], setting[HARNESS_PATH_BYTES + 32];
	char file[HARNESS_PATH_BYTES];

	expect_refusal("--check", "LOG_LEVEL=loud", NULL,
		       "LOG_LEVEL is \"loud\": it takes debug, info, warn or "
		       "error");
	expect_refusal("--check", "LOG_LEVEL=", NULL, "LOG_LEVEL is \"\"");
	expect_refusal("--check", "LOG_FORMAT=yaml", NULL,
		       "LOG_FORMAT is \"yaml\": it takes logfmt or json");
	expect_refusal("--check", "PROFILE_DIR=/no/such/directory", NULL,
		       "PROFILE_DIR");
	expect_refusal("--check", "PROFILE_DIR=", NULL, "PROFILE_DIR");
	harness_path(directory, "profiles");
	CU_ASSERT_EQUAL(mkdir(directory, 0700), 0);
	snprintf(setting, sizeof(setting), "PROFILE_DIR=%s", directory);
	expect_refusal("--check", setting, NULL, "PROFILE_DIR");
	harness_path(file, "profiles/broken.json");
	file_write(file, "{\"name\": ");
	expect_refusal("--check", setting, NULL, "broken.json");
}

/* Under spawn-fcgi, with a wrong setting and that one. What it logs, to be
 * freed. */
static char *
log_of_refused(const char *setting)
{
	char socket[HARNESS_PATH_BYTES];
	const char *argv[] = {"spawn-fcgi", "-n",
			      "-s",	    socket,
			      "--",	    harness_built("gpu-monitoring-api"),
			      NULL};
	const char *env[] = {"REQUEST_TIMEOUT_MS=soon", setting, NULL};
	struct process *p;

	harness_path(socket, "refused.sock");
	CU_ASSERT_EQUAL(process_run(&(struct process_plan){.name = "refused",
							   .argv = argv,
							   .env = env},
				    &p),
			1);
	return file_read(p->log);
}

/* The same line, the same status. */
static void
wrong_setting_when_started(void)
{
	char *log = log_of_refused(NULL);

	SUITE_EQUAL(log, "gpu-monitoring-api: REQUEST_TIMEOUT_MS is \"soon\": "
			 "it takes a whole number from 10 to 600000\n");
	free(log);
}

/* A log for programs to read has no line that is none. */
static void
wrong_setting_in_a_json_log(void)
{
	static const char said[] =
	    "\",\"level\":\"error\",\"msg\":\"cannot serve\","
	    "\"error\":\"setting\",\"detail\":\"REQUEST_TIMEOUT_MS is "
	    "\\\"soon\\\": it takes a whole number from 10 to 600000\"}\n";
	char *log = log_of_refused("LOG_FORMAT=json");
	size_t length = strlen(log);

	CU_ASSERT_EQUAL(strncmp(log, "{\"time\":\"", 9), 0);
	CU_ASSERT_TRUE_FATAL(length > sizeof(said));
	SUITE_EQUAL(log + length - (sizeof(said) - 1), said);
	CU_ASSERT_EQUAL(lines(log), 1);
	free(log);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"without a socket: two lines, exit 2", without_socket},
	    {"--help lists every setting", help},
	    {"--version", version},
	    {"an unknown argument: one line, exit 2", unknown_argument},
	    {"--validate: says what is wrong, and asks nobody", validate},
	    {"--check of a Prometheus that is well", check_real},
	    {"--check shows no password", check_with_password},
	    {"--check of a dead one: one line, exit 1", check_dead},
	    {"--check of a broken one: one line, exit 1", check_broken},
	    {"wrong numbers: a line that names the setting", wrong_numbers},
	    {"wrong URLs: the same, without the password", wrong_urls},
	    {"wrong level and directory", wrong_level_and_directory},
	    {"a wrong setting under spawn-fcgi", wrong_setting_when_started},
	    {"the same where the log is JSON", wrong_setting_in_a_json_log},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_simulator(&simulator, NULL);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_start_fake(&fake, NULL);
	return suite_run("start", tests);
}
