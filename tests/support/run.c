#include "support/run.h"

#include <stdlib.h>

#include "support/file.h"
#include "support/process.h"

enum { ARGUMENTS_MAX = 16 };

struct run
run_program(const char *const *arguments, const char *const *settings)
{
	const char *argv[ARGUMENTS_MAX + 1] = {
	    harness_built("gpu-monitoring-api")};
	struct process *p;
	struct run r;

	for (size_t i = 0; arguments[i] != NULL; i++) {
		harness_require(i + 2 < ARGUMENTS_MAX, "too many arguments");
		argv[i + 1] = arguments[i];
	}
	r.status = process_run(&(struct process_plan){.name = "program",
						      .argv = argv,
						      .env = settings},
			       &p);
	r.out = file_read(p->out);
	r.err = file_read(p->log);
	return r;
}

void
run_free(struct run *r)
{
	free(r->out);
	free(r->err);
}
