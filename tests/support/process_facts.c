#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/process.h"

long
process_peak_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((in = fopen(path, "r")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), in) != NULL)
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	fclose(in);
	return kib;
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
