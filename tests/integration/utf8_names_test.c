/*
 * Names that Prometheus 3 took in addition, any UTF-8: an exporter that has
 * them, and one that has none beside the profile of such names. A Prometheus 2
 * refuses whatever query, and whatever scrape, has them in quotes.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/exporters.h"
#include "support/suite.h"

/* Taken to be there, seen or not. */
#define LISTED                                                                 \
	"dcgm-exporter,opentelemetry-hw-gpu,opentelemetry-hw-gpu-suffixes"

static const struct exporters_target plain[] = {
    {"upgrade-classic", "job: dcgm-exporter, instance: '10.1.3.20:9400'",
     false},
    {NULL, NULL, false}};

static const struct exporters_target quoted[] = {
    {"upgrade-classic", "job: dcgm-exporter, instance: '10.1.3.20:9400'",
     false},
    {"otel-hw-gpu", "job: otel, instance: '10.20.14.1:9464'", false},
    {"otel-hw-gpu-suffixes", "job: otel, instance: '10.20.14.2:9464'", false},
    {NULL, NULL, false}};

static struct source simulator, prometheus, victoria;
static struct exporters_site site = {.simulator = &simulator};
static bool takes_utf8;

/* The major version is 3 at least. */
static bool
is_of_utf8(void)
{
	FILE *out = popen("prometheus --version 2>&1", "r");
	unsigned major = 0;

	harness_require(out != NULL &&
			    fscanf(out, "prometheus, version %u.", &major) == 1,
			"prometheus tells no version");
	pclose(out);
	return major >= 3;
}

/* All that is shipped is looked for, this profile among it. */
static void
others_are_unharmed(void)
{
	if (takes_utf8)
		return;
	exporters_wait(&prometheus, &site);
	exporters_expect_of(&prometheus, "auto", "utf8_beside");
	exporters_expect_of(&prometheus, LISTED, "utf8_beside");
}

static void
finds_what_is_in_quotes(void)
{
	if (!takes_utf8)
		return;
	exporters_wait(&prometheus, &site);
	exporters_expect_of(&prometheus, "auto", "utf8");
	exporters_expect_of(&prometheus, LISTED, "utf8");
}

static void
so_does_victoria(void)
{
	exporters_wait(&victoria, &site);
	exporters_expect_of(&victoria, "auto",
			    takes_utf8 ? "utf8" : "utf8_beside");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"an older Prometheus: others are unharmed", others_are_unharmed},
	    {"Prometheus 3: finds what is in quotes", finds_what_is_in_quotes},
	    {"so does VictoriaMetrics", so_does_victoria},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	takes_utf8 = is_of_utf8();
	site.targets = takes_utf8 ? quoted : plain;
	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	exporters_start_victoria(&victoria, &site);
	return suite_run("utf8_names", tests);
}
