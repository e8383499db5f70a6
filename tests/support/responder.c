#include "support/responder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support/fcgi_client.h"
#include "support/file.h"

enum {
	BACKLOG = 1024,
	READY_STEP_MS = 5,
	READY_STEPS = PROCESS_LIMIT_MS / READY_STEP_MS
};

/* The environment of one start; its strings are copied by exec. */
struct environment {
	char url[RESPONDER_VALUE_BYTES];
	const char *list[RESPONDER_SETTINGS_MAX];
};

static void
fill_environment(struct environment *out, const char *prometheus_url,
		 const char *const *settings)
{
	size_t count = 0;

	snprintf(out->url, sizeof(out->url), "PROMETHEUS_URL=%s",
		 prometheus_url);
	out->list[count++] = out->url;
	/* A test looks at what each request does, and a machine that is busy
	 * with tests is slow; a setting that comes later has precedence. */
	out->list[count++] = "SHARE_ANSWERS=off";
	out->list[count++] = "PROBE_TIMEOUT_MS=60000";
	for (size_t i = 0; settings != NULL && settings[i] != NULL; i++) {
		harness_require(count + 1 < RESPONDER_SETTINGS_MAX,
				"too many settings");
		out->list[count++] = settings[i];
	}
	out->list[count] = NULL;
}

static void
wait_until_ready(const struct responder *r, unsigned processes)
{
	const struct timespec pause = {.tv_nsec = READY_STEP_MS * 1000000L};
	int steps = 0;

	while (file_count(r->process->log, "msg=ready ") +
		   file_count(r->process->log, "\"msg\":\"ready\"") <
	       processes) {
		harness_require(steps++ < READY_STEPS &&
				    process_wait(r->process, 0) == PROCESS_RUNS,
				"the responder does not start");
		nanosleep(&pause, NULL);
	}
}

static void
start_with_spawner(struct responder *out, const char *const *command,
		   const char *prometheus_url, const char *const *settings)
{
	const char *argv[24] = {"spawn-fcgi", "-n", "-s",   out->socket, "-M",
				"0660",	      "-b", "1024", "--"};
	struct environment environment;
	static unsigned number;
	char name[32];

	snprintf(name, sizeof(name), "responder%u.sock", number++);
	harness_path(out->socket, name);
	for (size_t i = 0; command[i] != NULL; i++)
		argv[9 + i] = command[i];
	fill_environment(&environment, prometheus_url, settings);
	out->process = process_start(&(struct process_plan){
	    .name = "responder", .argv = argv, .env = environment.list});
}

void
responder_start(struct responder *out, const char *prometheus_url,
		const char *const *settings)
{
	const char *command[] = {harness_built("gpu-monitoring-api"), NULL};

	start_with_spawner(out, command, prometheus_url, settings);
	wait_until_ready(out, 1);
}

/* spawn-fcgi does not look into PATH. */
static void
find_program(char path[static 256], const char *name)
{
	const char *at = getenv("PATH");

	do {
		at += strspn(at, ":");
		harness_require(*at != '\0', "%s is not installed", name);
		snprintf(path, 256, "%.*s/%s", (int)strcspn(at, ":"), at, name);
		at += strcspn(at, ":");
	} while (access(path, X_OK) != 0);
}

void
responder_start_several(struct responder *out, unsigned processes,
			const char *prometheus_url, const char *const *settings)
{
	char count[16], multiwatch[256];
	const char *command[] = {
	    multiwatch, "-f",	   count,
	    "-r",	"1000000", "-s",
	    "TERM",	"--",	   harness_built("gpu-monitoring-api"),
	    NULL};

	find_program(multiwatch, "multiwatch");
	snprintf(count, sizeof(count), "%u", processes);
	start_with_spawner(out, command, prometheus_url, settings);
	wait_until_ready(out, processes);
}

void
responder_start_on(struct responder *out, int listener,
		   const char *prometheus_url, const char *const *settings)
{
	const char *argv[] = {harness_built("gpu-monitoring-api"), NULL};
	struct environment environment;

	fill_environment(&environment, prometheus_url, settings);
	out->process =
	    process_start(&(struct process_plan){.name = "responder",
						 .argv = argv,
						 .env = environment.list,
						 .stdin_fd = listener});
	wait_until_ready(out, 1);
}

void
responder_start_program(struct responder *out, const char *const *argv,
			const char *const *env)
{
	int listener = responder_listen(out->socket);

	out->process =
	    process_start(&(struct process_plan){.name = "responder",
						 .argv = argv,
						 .env = env,
						 .stdin_fd = listener});
	close(listener);
	harness_require(responder_answers(out, "/api/livez", 200),
			"the responder does not start");
}

int
responder_listen(char path[static HARNESS_PATH_BYTES])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static unsigned number;
	char name[32];

	snprintf(name, sizeof(name), "shared%u.sock", number++);
	harness_path(path, name);
	memcpy(address.sun_path, path, strlen(path) + 1);
	harness_require(
	    fd >= 0 &&
		bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(fd, BACKLOG) == 0,
	    "cannot listen on %s: %s", path, strerror(errno));
	return fd;
}

char *
responder_log_line(const struct responder *r, const char *request_id)
{
	char text[128];

	snprintf(text, sizeof(text), "request_id=%s ", request_id);
	return file_wait_line(r->process->log, "msg=request ", text);
}

bool
responder_answers(const struct responder *r, const char *path, unsigned status)
{
	char *text = fcgi_client_fetch(r->socket, path);
	unsigned got = 0;

	if (sscanf(text, "Status: %u", &got) != 1 || got != status)
		printf("# got: %.300s\n", text);
	free(text);
	return got == status;
}
