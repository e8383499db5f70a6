/*
 * --check and --explain-profile on a site with an exporter that is whole, one
 * that has nothing of use, and series that no profile knows.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/exporters.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/readme.h"
#include "support/run.h"
#include "support/suite.h"

static const struct exporters_target targets[] = {
    {"upgrade-classic", "job: dcgm-exporter, instance: '10.1.3.20:9400'",
     false},
    {"temperature-alone", "job: smi, instance: '10.1.3.21:9400'", false},
    {"own-rules", "job: rules, instance: '10.1.3.22:9400'", false},
    {"nobody", "job: nobody, instance: '10.1.3.23:9400'", false},
    {NULL, NULL, false}};

static struct source simulator, prometheus, victoria;
static const struct source *database = &prometheus;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = targets};

static struct run
run(const char *argument, const char *file, const char *setting)
{
	char url[SOURCE_URL_BYTES + 32];
	const char *const arguments[] = {argument, file, NULL};
	const char *const settings[] = {url, setting, NULL};

	snprintf(url, sizeof(url), "PROMETHEUS_URL=%s", database->url);
	return run_program(arguments, settings);
}

/* What is behind the line about Prometheus. */
static const char *
findings(const struct run *r)
{
	const char *at = strstr(r->out, "\nPrometheus ");

	CU_ASSERT_EQUAL(r->status, 0);
	SUITE_EQUAL(r->err, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	return strchr(at + 1, '\n') + 1;
}

#define WARNING                                                                \
	"nvidia_gpu_exporter was found, but has none of its main fields: "     \
	"utilization, memory_used, memory_free"

static void
check_tells_what_there_is(void)
{
	struct run r;

	exporters_wait(database, &site);
	r = run("--check", NULL, NULL);
	SUITE_EQUAL(
	    findings(&r),
	    "dcgm-exporter: 2 GPUs\n"
	    "  has utilization, memory_used, memory_free, temperature, "
	    "power_draw, sm_clock, xid\n"
	    "  lacks memory_total, power_limit, memory_clock, fan_speed, "
	    "memory_temperature, energy, memory_controller_utilization, "
	    "memory_reserved\n"
	    "nvidia_gpu_exporter: 1 GPUs\n"
	    "  has temperature\n"
	    "  lacks utilization, memory_used, memory_total, memory_free, "
	    "power_draw, power_limit, sm_clock, memory_clock, fan_speed, "
	    "memory_temperature, energy, xid, memory_controller_utilization, "
	    "memory_reserved\n" WARNING "\n"
	    "Series that look like GPUs', but are of no exporter that was "
	    "found:\n"
	    "  example_gpu_busy_ratio: 2\n"
	    "  gpu:busy:ratio: 2\n"
	    "  gpu:memory_used:mebibytes: 2\n"
	    "  example_gpu_watts: 1\n"
	    "  gpu:memory_total:mebibytes: 1\n"
	    "  gpu:temperature:celsius: 1\n"
	    "  write a profile: a JSON file in PROFILE_DIR, as "
	    "conf/profiles/README.md has it;\n"
	    "  --explain-profile FILE shows what it finds\n");
	run_free(&r);
}

/* A directory of one's own need not have the list of names; a wrong list is
 * told. */
static void
check_needs_no_list(void)
{
	char directory[HARNESS_PATH_BYTES], path[HARNESS_PATH_BYTES + 64];
	char setting[HARNESS_PATH_BYTES + 32], *profile;
	struct run r;

	harness_path(directory, "profiles");
	CU_ASSERT_EQUAL(mkdir(directory, 0700), 0);
	profile = file_read(harness_source("conf/profiles/11-dcgm-exporter."
					   "json"));
	snprintf(path, sizeof(path), "%s/x.json", directory);
	file_write(path, profile);
	free(profile);
	snprintf(setting, sizeof(setting), "PROFILE_DIR=%s", directory);
	r = run("--check", NULL, setting);
	CU_ASSERT_PTR_NULL(strstr(findings(&r), "look like"));
	run_free(&r);
	snprintf(path, sizeof(path), "%s/gpu-like-names.txt", directory);
	file_write(path, "a(\n");
	r = run("--check", NULL, setting);
	CU_ASSERT_EQUAL(r.status, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "gpu-like-names.txt: line 1: is "
					     "no regular expression: a ( has "
					     "no )\n"));
	run_free(&r);
}

#define NO_ROWS                                                                \
	"ours was found, but its GPUs have no rows: no series says by its "    \
	"labels which GPU it is of; its profile looks for number"

/* Rows go by labels, and these series have others. */
static void
labels_that_do_not_fit(void)
{
	static const char profile[] =
	    "{\"name\":\"ours\",\"match\":{\"metrics\":[\"gpu:busy:ratio\"]},"
	    "\"labels\":{\"node\":[\"machine\"],\"index\":[\"number\"]},"
	    "\"fields\":{\"utilization\":{\"metric\":\"gpu:busy:ratio\","
	    "\"scale\":100}}}";
	char directory[HARNESS_PATH_BYTES], path[HARNESS_PATH_BYTES + 16];
	char setting[HARNESS_PATH_BYTES + 16], *body;
	const char *const settings[] = {setting, NULL};
	struct responder responder;
	struct run r;

	harness_path(directory, "other-labels");
	CU_ASSERT_EQUAL(mkdir(directory, 0700), 0);
	snprintf(path, sizeof(path), "%s/x.json", directory);
	file_write(path, profile);
	snprintf(setting, sizeof(setting), "PROFILE_DIR=%s", directory);
	r = run("--check", NULL, setting);
	CU_ASSERT_PTR_NOT_NULL(strstr(findings(&r), "\n" NO_ROWS "\n"));
	run_free(&r);
	responder_start(&responder, prometheus.url, settings);
	exporters_wait_look(&responder);
	body = exporters_body(&responder, "/api/health");
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"warnings\":[\"" NO_ROWS "\"]"));
	free(body);
}

static void
health_tells_it_too(void)
{
	struct responder r;
	char *body;

	responder_start(&r, prometheus.url, NULL);
	exporters_expect_counts(&r);
	body = exporters_body(&r, "/api/health");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(body, "\"fields\":[\"temperature\"],\"missing_fields\":["
			 "\"utilization\",\"memory_used\","));
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "\"warnings\":[\"" WARNING "\"]"));
	free(body);
}

/* The profile that conf/profiles/README.md has, with what it says of it. */
static void
explains_the_profile_of_the_readme(void)
{
	char *readme = readme_read("conf/profiles/README.md"), *copy, *index;
	char path[HARNESS_PATH_BYTES];
	const char *part;
	struct run r;
	size_t length;

	part = readme_part(readme, "```json\n", "```\n", &length);
	copy = strndup(part, length);
	harness_path(path, "ours.json");
	file_write(path, copy);
	free(copy);
	r = run("--explain-profile", path, NULL);
	part =
	    readme_part(readme, "<!-- explained -->\n```\n", "```\n", &length);
	copy = strndup(part, length);
	/* Of the two, either is an example of an index. */
	index = strstr(r.out, "e.g. \"1\"");
	if (index != NULL)
		memcpy(index, "e.g. \"0\"", strlen("e.g. \"0\""));
	SUITE_EQUAL(findings(&r), copy);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.out, ": our-rules is valid\n"));
	free(copy);
	free(readme);
	run_free(&r);
}

static void
explains_what_is_not_there(void)
{
	struct run r = run("--explain-profile",
			   harness_source("conf/profiles/"
					  "44-opentelemetry-hw-gpu-suffixes."
					  "json"),
			   NULL);
	const char *text = findings(&r);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "there is no series of match"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(text, "\n  memory_used "
			 "hw.gpu.memory.usage_bytes{\"hw.id\"!=\"\"}: no "
			 "series\n"));
	run_free(&r);
}

/* Whoever writes one need not have the others. */
static void
needs_no_other_profile(void)
{
	const char *file =
	    harness_source("conf/profiles/11-dcgm-exporter.json");
	struct run r =
	    run("--explain-profile", file, "PROFILE_DIR=/no/such/directory");

	CU_ASSERT_PTR_NOT_NULL(strstr(findings(&r), "\nmetrics\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(findings(&r), "\n  row_remap_failed "
				 "DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu!=\"\"}: no "
				 "series (it is optional)\n"));
	run_free(&r);
	r = run("--explain-profile", file, "GPU_PROFILES=nvitop");
	CU_ASSERT_PTR_NOT_NULL(strstr(findings(&r), "\nmetrics\n"));
	run_free(&r);
}

static void
tells_what_is_wrong(void)
{
	static const char wrong[] =
	    "{\"name\":\"x\",\"match\":{\"metrics\":[\"m\"]},\"labels\":{"
	    "\"node\":[\"n\"]},\"fields\":{}}";
	char path[HARNESS_PATH_BYTES];
	struct run r = run("--explain-profile", NULL, NULL);

	CU_ASSERT_EQUAL(r.status, 2);
	SUITE_EQUAL(r.err,
		    "gpu-monitoring-api: --explain-profile takes the file of "
		    "a profile, as in\n"
		    "  gpu-monitoring-api --explain-profile ours.json\n");
	run_free(&r);
	r = run("--explain-profile", "/no/such.json", NULL);
	CU_ASSERT_EQUAL(r.status, 1);
	SUITE_EQUAL(r.err, "gpu-monitoring-api: /no/such.json: cannot be "
			   "read: No such file or directory\n");
	run_free(&r);
	harness_path(path, "wrong.json");
	file_write(path, wrong);
	r = run("--explain-profile", path, NULL);
	CU_ASSERT_EQUAL(r.status, 1);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(r.err, "wrong.json: labels must have index, uuid or id\n"));
	SUITE_EQUAL(r.out, "");
	run_free(&r);
}

/* What it speaks is almost PromQL. */
static void
so_does_victoria(void)
{
	database = &victoria;
	check_tells_what_there_is();
	explains_the_profile_of_the_readme();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"--check: what exporters have and lack, and who has no profile",
	     check_tells_what_there_is},
	    {"--check without a list of names, and with a wrong one",
	     check_needs_no_list},
	    {"labels that do not fit", labels_that_do_not_fit},
	    {"/api/health", health_tells_it_too},
	    {"--explain-profile, with the README's",
	     explains_the_profile_of_the_readme},
	    {"--explain-profile of who is not there",
	     explains_what_is_not_there},
	    {"--explain-profile without other profiles",
	     needs_no_other_profile},
	    {"--explain-profile without a profile", tells_what_is_wrong},
	    {"both, of VictoriaMetrics", so_does_victoria},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	exporters_start_victoria(&victoria, &site);
	return suite_run("check", tests);
}
