#include "support/process.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/file.h"

enum { PROCESSES_MAX = 256, LOG_TAIL_BYTES = 2000 };

static struct process processes[PROCESSES_MAX];
static volatile sig_atomic_t process_total;

static void
redirect(const char *path, int fd)
{
	int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (file < 0 || dup2(file, fd) < 0)
		_exit(127);
}

/* In the child: never returns. */
__attribute__((noreturn)) static void
become(const struct process *p, const struct process_plan *plan)
{
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	/* For a test that is killed: nobody else would end its children. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(plan->stdin_fd > 0 ? plan->stdin_fd : null, 0) < 0)
		_exit(127);
	redirect(p->out, STDOUT_FILENO);
	redirect(p->log, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	for (size_t i = 0; plan->env != NULL && plan->env[i] != NULL; i++)
		putenv((char *)(uintptr_t)plan->env[i]);
	signal(SIGPIPE, SIG_DFL);
	execvp(plan->argv[0], (char *const *)(uintptr_t)plan->argv);
	fprintf(stderr, "%s: %s\n", plan->argv[0], strerror(errno));
	_exit(127);
}

void
process_restart(struct process *p, const struct process_plan *plan)
{
	harness_require(p->pid == 0, "%s runs already", p->name);
	fflush(NULL);
	p->pid = fork();
	harness_require(p->pid >= 0, "fork: %s", strerror(errno));
	if (p->pid == 0)
		become(p, plan);
	setpgid(p->pid, p->pid);
}

struct process *
process_start(const struct process_plan *plan)
{
	struct process *p = &processes[process_total];
	char name[64];

	harness_require(process_total < PROCESSES_MAX, "too many processes");
	snprintf(p->name, sizeof(p->name), "%s", plan->name);
	snprintf(name, sizeof(name), "%s.%d.out", p->name, process_total);
	harness_path(p->out, name);
	snprintf(name, sizeof(name), "%s.%d.log", p->name, process_total);
	harness_path(p->log, name);
	process_restart(p, plan);
	process_total++;
	return p;
}

static int
decode(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return (WCOREDUMP(status) ? PROCESS_DUMP : PROCESS_SIGNAL) +
	       WTERMSIG(status);
}

int
process_wait(struct process *p, int limit_ms)
{
	struct pollfd ended = {.events = POLLIN};
	int status = 0, rc;

	if (p->pid == 0)
		return p->status;
	ended.fd = pidfd_open(p->pid, 0);
	harness_require(ended.fd >= 0, "pidfd_open: %s", strerror(errno));
	do
		rc = poll(&ended, 1, limit_ms);
	while (rc < 0 && errno == EINTR);
	close(ended.fd);
	if (rc == 0 || waitpid(p->pid, &status, 0) != p->pid)
		return PROCESS_RUNS;
	/* Whatever it started must not go on either. */
	kill(-p->pid, SIGKILL);
	p->pid = 0;
	p->status = decode(status);
	return p->status;
}

void
process_signal(const struct process *p, int number)
{
	siginfo_t unused;

	if (p->pid <= 0)
		return;
	kill(p->pid, number);
	if (number == SIGSTOP)
		waitid(P_PID, (id_t)p->pid, &unused,
		       WSTOPPED | WEXITED | WNOWAIT);
}

int
process_stop(struct process *p)
{
	int status;

	process_signal(p, SIGTERM);
	status = process_wait(p, PROCESS_LIMIT_MS);
	if (status == PROCESS_RUNS) {
		kill(-p->pid, SIGKILL);
		process_wait(p, PROCESS_LIMIT_MS);
	}
	return status;
}

int
process_run(const struct process_plan *plan, struct process **out)
{
	struct process *p = process_start(plan);
	int status = process_wait(p, PROCESS_LIMIT_MS);

	if (out != NULL)
		*out = p;
	return status == PROCESS_RUNS ? process_stop(p) : status;
}

void
process_kill_all(void)
{
	for (int i = process_total - 1; i >= 0; i--)
		if (processes[i].pid > 0)
			kill(-processes[i].pid, SIGKILL);
}

static void
check_exit(struct process *p)
{
	int early, status;

	if (p->pid == 0)
		return;
	early = process_wait(p, 0);
	status = early == PROCESS_RUNS ? process_stop(p) : early;
	CU_ASSERT_EQUAL(early, PROCESS_RUNS);
	CU_ASSERT_EQUAL(status, 0);
	if (early != PROCESS_RUNS || status != 0)
		printf("# %s %s: status %d\n", p->name,
		       early == PROCESS_RUNS ? "was told to end" : "had ended",
		       status);
}

/* Those that ask others go first. */
void
process_stop_all(void)
{
	for (int i = process_total - 1; i >= 0; i--)
		check_exit(&processes[i]);
}

static void
check_log(const struct process *p)
{
	static const char *const alarms[] = {
	    "Sanitizer", "runtime error:", "[alert]", "[crit]", "[emerg]"};
	char *text = file_read(p->log);

	for (size_t i = 0; i < sizeof(alarms) / sizeof(*alarms); i++) {
		CU_ASSERT_PTR_NULL(strstr(text, alarms[i]));
		if (strstr(text, alarms[i]) != NULL)
			printf("# %s logged: %.4000s\n", p->name,
			       strstr(text, alarms[i]));
	}
	free(text);
}

void
process_check_logs(void)
{
	for (int i = 0; i < process_total; i++)
		check_log(&processes[i]);
	if (CU_get_number_of_failures() > 0)
		process_show_logs();
}

void
process_show_logs(void)
{
	for (int i = 0; i < process_total; i++) {
		char *text = file_read(processes[i].log);
		size_t length = strlen(text);
		size_t from =
		    length > LOG_TAIL_BYTES ? length - LOG_TAIL_BYTES : 0;
		char *line = strtok(text + from, "\n");

		printf("# --- the end of %s's log\n", processes[i].name);
		for (; line != NULL; line = strtok(NULL, "\n"))
			printf("# %s\n", line);
		free(text);
	}
}
