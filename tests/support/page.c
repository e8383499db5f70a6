#include "support/page.h"

#include <stdio.h>

#include "support/harness.h"
#include "support/process.h"

const char *
page_place(void)
{
	static char path[HARNESS_PATH_BYTES];
	char script[HARNESS_PATH_BYTES], sources[HARNESS_PATH_BYTES];
	const char *const argv[] = {"sh",	  script, sources,
				    PAGE_VERSION, path,	  NULL};

	snprintf(script, sizeof(script), "%s",
		 harness_source("tests/support/page.sh"));
	snprintf(sources, sizeof(sources), "%s", harness_source("."));
	harness_path(path, "page");
	harness_require(
	    process_run(&(struct process_plan){.name = "page", .argv = argv},
			NULL) == 0,
	    "the page cannot be placed at %s", path);
	return path;
}
