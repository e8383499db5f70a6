/*
 * VictoriaMetrics in Prometheus' place: the same exporters, the same answers,
 * compared with the same files.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/exporters.h"
#include "support/suite.h"

static struct source simulator, victoria;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = exporters_all};

static void
each_alone(void)
{
	exporters_wait(&victoria, &site);
	for (size_t i = 0; exporters_profiles[i] != NULL; i++)
		exporters_expect_of(&victoria, exporters_profiles[i],
				    exporters_profiles[i]);
}

static void
all_found_out(void)
{
	exporters_expect_of(&victoria, "auto", "all");
}

/* It answers below /prometheus as well, as its cluster does below a tenant. */
static void
below_a_path(void)
{
	struct source below = {.process = victoria.process};

	snprintf(below.url, sizeof(below.url), "http://127.0.0.1:%u/prometheus",
		 victoria.port);
	exporters_expect_of(&below, "auto", "all");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"each exporter's GPUs, with its profile set", each_alone},
	    {"all of them in one fleet, with the profiles found out",
	     all_found_out},
	    {"the same below a path", below_a_path},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	exporters_start_victoria(&victoria, &site);
	return suite_run("victoria", tests);
}
