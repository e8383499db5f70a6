#include "support/harness.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/invariant.h"
#include "support/process.h"

static char directory[32];

static int
remove_entry(const char *path, const struct stat *status, int type,
	     struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static void
clean_up(void)
{
	process_kill_all();
	nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Only what a signal handler may call; rm does what nftw may not. */
static void
on_signal(int number)
{
	(void)number;
	process_kill_all();
	execl("/bin/sh", "sh", "-c", "rm -rf \"$0\"; exit 1", directory,
	      (char *)NULL);
	_exit(EXIT_FAILURE);
}

static void
clean_up_on_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT,
				      SIGABRT};
	struct sigaction action = {.sa_handler = on_signal};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
set_environment(void)
{
	static const char *const settings[] = {"PROMETHEUS_URL",
					       "PROMETHEUS_HEADERS",
					       "PROMETHEUS_TOKEN_FILE",
					       "PROMETHEUS_USER",
					       "PROMETHEUS_PASSWORD_FILE",
					       "PROMETHEUS_CA_FILE",
					       "PROMETHEUS_CERT_FILE",
					       "PROMETHEUS_KEY_FILE",
					       "PROMETHEUS_PROXY",
					       "GPU_PROFILES",
					       "DETECTION_INTERVAL_MS",
					       "PROCESS_COMMAND",
					       "PORT",
					       "LOG_LEVEL",
					       "LOG_FORMAT",
					       "DEBUG_ENDPOINTS",
					       "SHARED_FILE",
					       "SHARE_ANSWERS",
					       "STALE_IF_ERROR_S",
					       "IDLE_WINDOW_S",
					       "IDLE_UTILIZATION",
					       "AVAILABLE_MEMORY_USED_BYTES",
					       "HISTORY_GAP_S",
					       "HISTORY_MIN_STEP_S",
					       "HISTORY_MAX_RANGE_S",
					       "HISTORY_MAX_POINTS",
					       "HISTORY_CONCURRENCY",
					       "PRICES_FILE",
					       "PROBE_TIMEOUT_MS",
					       "REQUEST_TIMEOUT_MS",
					       "HEALTH_TIMEOUT_MS",
					       "RESPONDER_THREADS",
					       "QUERY_THREADS",
					       "MAX_SERIES",
					       "MAX_RESPONSE_BYTES",
					       "MAX_UPSTREAM_BYTES",
					       "MAX_REQUEST_MEMORY_BYTES",
					       "MAX_MEMORY_BYTES"};
	char path[4096];

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		unsetenv(settings[i]);
	setenv("PROFILE_DIR", harness_source("conf/profiles"), 1);
	setenv("XIDS_FILE", harness_source("conf/xids.json"), 1);
	snprintf(path, sizeof(path), "%s:/usr/local/sbin:/usr/sbin:/sbin",
		 getenv("PATH") != NULL ? getenv("PATH") : "/bin:/usr/bin");
	setenv("PATH", path, 1);
}

void
harness_start(void)
{
	strcpy(directory, "/tmp/gpu-api-test.XXXXXX");
	harness_require(mkdtemp(directory) != NULL, "mkdtemp: %s",
			strerror(errno));
	atexit(clean_up);
	clean_up_on_signals();
	set_environment();
}

void
harness_path(char path[static HARNESS_PATH_BYTES], const char *name)
{
	int length =
	    snprintf(path, HARNESS_PATH_BYTES, "%s/%s", directory, name);

	harness_require(length < HARNESS_PATH_BYTES, "too long: %s/%s",
			directory, name);
}

static const char *
join(const char *variable, const char *name)
{
	const char *base = getenv(variable);
	static char paths[32][512];
	static unsigned count;
	char *path = paths[count++ % 32];

	snprintf(path, sizeof(*paths), "%s/%s", base != NULL ? base : ".",
		 name);
	return path;
}

const char *
harness_built(const char *name)
{
	return join("top_builddir", name);
}

const char *
harness_source(const char *name)
{
	return join("top_srcdir", name);
}

void
harness_require(bool holds, const char *format, ...)
{
	va_list arguments;

	if (holds)
		return;
	process_show_logs();
	fputs("Bail out! ", stdout);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	exit(EXIT_FAILURE);
}

void
harness_finish(void)
{
	process_stop_all();
	process_check_logs();
	invariant_expect();
}
