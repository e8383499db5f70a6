#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/process.h"

enum { CHILD_STEP_MS = 1 };

/* A line of /proc/PID/status; 0 if unknown. */
static long
status_kib(pid_t pid, const char *key)
{
	char path[64], line[256];
	size_t length = strlen(key);
	long kib = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((in = fopen(path, "r")) == NULL)
		return 0;
	while (kib == 0 && fgets(line, sizeof(line), in) != NULL)
		if (strncmp(line, key, length) == 0 && line[length] == ':')
			kib = strtol(line + length + 1, NULL, 10);
	fclose(in);
	return kib;
}

long
process_peak_kib(pid_t pid)
{
	return status_kib(pid, "VmHWM");
}

long
process_resident_kib(pid_t pid)
{
	return status_kib(pid, "VmRSS");
}

int
process_count(pid_t pid, const char *what)
{
	const struct dirent *entry;
	char path[64];
	int count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	if ((directory = opendir(path)) == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

pid_t
process_child(pid_t parent, unsigned n)
{
	char path[64];
	int child = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent,
		 (int)parent);
	if ((in = fopen(path, "r")) == NULL)
		return 0;
	for (unsigned i = 0; i <= n; i++)
		if (fscanf(in, "%d", &child) != 1)
			child = 0;
	fclose(in);
	return child;
}

/* Without a child, 0 would kill our own group, and whoever runs the tests. */
pid_t
process_kill_child(pid_t parent, unsigned n)
{
	const struct timespec pause = {.tv_nsec = 1000000L * CHILD_STEP_MS};
	pid_t child;

	for (int waited_ms = 0; (child = process_child(parent, n)) <= 0;
	     waited_ms += CHILD_STEP_MS) {
		harness_require(waited_ms < PROCESS_LIMIT_MS,
				"%d has no child %u to kill", (int)parent, n);
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
	return child;
}
