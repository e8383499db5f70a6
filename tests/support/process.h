/*
 * Starts programs, each in a process group of its own, and sees to it that
 * none outlives the test.
 */
#ifndef SUPPORT_PROCESS_H
#define SUPPORT_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "support/harness.h"

enum {
	/* What process_wait returns besides an exit status. */
	PROCESS_RUNS = -1,
	PROCESS_SIGNAL = 1000, /* and more: killed by a signal */
	PROCESS_DUMP = 2000,   /* and more: the same, with a core dump */
	/* Far more than anything takes; no test depends on it. */
	PROCESS_LIMIT_MS = 30000
};

/* Belongs to this module; stays valid after the process has ended. */
struct process {
	char name[32];
	char out[HARNESS_PATH_BYTES]; /* the file of its standard output */
	char log[HARNESS_PATH_BYTES]; /* the same of its standard error */
	pid_t pid;		      /* its group as well; 0 once reaped */
	int status;		      /* as of process_wait */
};

struct process_plan {
	const char *name;
	const char *const *argv; /* ends with NULL; searched in PATH */
	const char *const *env;	 /* NAME=value in addition; NULL: none */
	int stdin_fd;		 /* 0: /dev/null */
};

/* Bails out if there is no such program. */
struct process *process_start(const struct process_plan *plan);

/* One that has ended, anew and in its place; its output goes on. */
void process_restart(struct process *p, const struct process_plan *plan);

/* Exit status, PROCESS_SIGNAL + signal, or PROCESS_RUNS after the limit. */
int process_wait(struct process *p, int limit_ms);

/* To the process alone. After SIGSTOP all of its threads have stopped. */
void process_signal(const struct process *p, int number);

/* SIGTERM and wait; kills the group if it did not end. */
int process_stop(struct process *p);

/* start and wait in one. */
int process_run(const struct process_plan *plan, struct process **out);

/* Resident memory in KiB, at its peak and now; 0 if unknown. */
long process_peak_kib(pid_t pid);
long process_resident_kib(pid_t pid);

/* Open descriptors, or threads ("fd", "task"): the entries below /proc/PID. */
int process_count(pid_t pid, const char *what);

/* The nth child, from 0, or 0 if there are fewer. */
pid_t process_child(pid_t parent, unsigned n);

/*
 * SIGKILL for the nth child, once there are as many: the test ends if there
 * never are. Returns its pid. Several are killed from the last one on: the
 * others keep their numbers.
 */
pid_t process_kill_child(pid_t parent, unsigned n);

/*
 * For the end of a test program. stop_all asserts that those that were not
 * waited for still run and exit with 0; check_logs that no log holds an alarm,
 * and shows the ends of the logs if any test has failed.
 */
void process_stop_all(void);
void process_check_logs(void);
void process_show_logs(void);

/* Kills every group. Safe in a signal handler. */
void process_kill_all(void);

#endif
