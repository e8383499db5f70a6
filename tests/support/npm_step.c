#include "support/npm_step.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"
#include "support/process.h"

/* Far more than the longest takes; no test depends on it. */
enum { LIMIT_MS = 20 * PROCESS_LIMIT_MS };

static void
print_as_comments(const char *path)
{
	char *text = file_read(path), *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0')
			printf("# %s\n", line);
	free(text);
}

static struct process *
start(const char *name, const char *script, const char *steps, const char *url)
{
	char path[HARNESS_PATH_BYTES], build[HARNESS_PATH_BYTES];
	const char *const argv[] = {"bash", path, build, steps, url, NULL};

	snprintf(path, sizeof(path), "%s", harness_source(script));
	snprintf(build, sizeof(build), "%s", harness_built("."));
	return process_start(
	    &(struct process_plan){.name = name, .argv = argv});
}

void
npm_step_run(const char *script, const char *step, const char *url)
{
	struct process *p = start(step, script, step, url);

	CU_ASSERT_EQUAL(process_wait(p, LIMIT_MS), 0);
	print_as_comments(p->out);
	if (p->status != 0)
		print_as_comments(p->log);
}

struct process *
npm_steps_start(const char *script, const char *steps, const char *url)
{
	return start("steps", script, steps, url);
}

static bool
says(const char *line, const char *what, const char *step)
{
	size_t length = strlen(what);

	if (strncmp(line, what, length) != 0)
		return false;
	line += length;
	length = strlen(step);
	return strncmp(line, step, length) == 0 &&
	       (line[length] == ' ' || line[length] == '\0');
}

void
npm_steps_expect(struct process *steps, const char *step)
{
	bool is_inside = false, is_right = false;
	char *text, *rest;

	if (process_wait(steps, LIMIT_MS) == PROCESS_RUNS)
		process_stop(steps);
	text = rest = file_read(steps->out);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		is_inside |= says(line, "begin ", step);
		if (is_inside && *line != '\0')
			printf("# %s\n", line);
		is_right |= says(line, "ok ", step);
		is_inside &= !is_right && !says(line, "not ok ", step);
	}
	free(text);
	CU_ASSERT_TRUE(is_right);
	if (!is_right)
		print_as_comments(steps->log);
}
