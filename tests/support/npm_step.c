#include "support/npm_step.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"
#include "support/process.h"

static void
print_as_comments(const char *path)
{
	char *text = file_read(path), *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0')
			printf("# %s\n", line);
	free(text);
}

void
npm_step_run(const char *script, const char *step, const char *url)
{
	char path[HARNESS_PATH_BYTES], build[HARNESS_PATH_BYTES];
	const char *const argv[] = {"bash", path, build, step, url, NULL};
	struct process *p;

	snprintf(path, sizeof(path), "%s", harness_source(script));
	snprintf(build, sizeof(build), "%s", harness_built("."));
	p = process_start(&(struct process_plan){.name = step, .argv = argv});
	CU_ASSERT_EQUAL(process_wait(p, 20 * PROCESS_LIMIT_MS), 0);
	print_as_comments(p->out);
	if (p->status != 0)
		print_as_comments(p->log);
}
