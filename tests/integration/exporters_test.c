/*
 * Each exporter that there is a profile for, as it is and together with all
 * the others, through a real Prometheus.
 */
#include <stdlib.h>

#include "support/exporters.h"
#include "support/suite.h"

static struct source simulator, prometheus;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = exporters_all};

/* Only that one's metrics are asked for. */
static void
each_alone(void)
{
	exporters_wait(&prometheus, &site);
	for (size_t i = 0; exporters_profiles[i] != NULL; i++)
		exporters_expect_of(&prometheus, exporters_profiles[i],
				    exporters_profiles[i]);
}

static void
all_found_out(void)
{
	exporters_expect_of(&prometheus, "auto", "all");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"each exporter's GPUs, with its profile set", each_alone},
	    {"all of them in one fleet, with the profiles found out",
	     all_found_out},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	return suite_run("exporters", tests);
}
