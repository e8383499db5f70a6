/*
 * Fleets of several kinds, each with its own simulator, Prometheus and
 * responder behind nginx.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/file.h"
#include "support/fleet_expect.h"
#include "support/looked_for.h"
#include "support/nginx.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

/* Of a GPU, at most; and what that makes of the two fleets that have some. */
enum {
	PROCESSES = 3,
	PROCESS_METRICS = 3,
	DOCUMENTED_PROCESSES = 12,
	POWERLESS_PROCESSES = 9
};

struct chain {
	struct source simulator, prometheus;
	struct responder responder;
	struct nginx nginx;
};

static struct chain documented, holed, powerless, known, large, empty;

static void
start(struct chain *c, const char *const *arguments)
{
	if (arguments != NULL)
		source_start_simulator(&c->simulator, arguments);
	source_start_prometheus(&c->prometheus,
				arguments != NULL ? &c->simulator : NULL, 1);
	responder_start(&c->responder, c->prometheus.url, NULL);
	nginx_start_plain(&c->nginx, c->responder.socket);
}

static void
expect(const struct chain *c, const char *path, const char *text)
{
	struct http_reply r;

	http_get(&r, nginx_url(&c->nginx, path));
	body_expect(&r, text, BODY_NOW);
	http_free(&r);
}

/* The data endpoints. */
static void
expect_fleet(const struct chain *c, const struct fleet_expect *fleet)
{
	char *metrics = fleet_expect_metrics(fleet);
	char *nodes = fleet_expect_nodes(fleet);
	char *utilization = fleet_expect_utilization(fleet);
	char *processes = fleet_expect_processes(fleet);

	expect(c, "/api/v1/gpu/metrics", metrics);
	expect(c, "/api/v1/gpu/nodes", nodes);
	expect(c, "/api/v1/gpu/utilization", utilization);
	expect(c, "/api/v1/gpu/processes", processes);
	free(processes);
	free(metrics);
	free(nodes);
	free(utilization);
}

static void
documented_labels(void)
{
	source_wait_series(&documented.prometheus,
			   48 + DOCUMENTED_PROCESSES * PROCESS_METRICS);
	expect_fleet(&documented,
		     &(struct fleet_expect){
			 .nodes = 3, .gpus = 2, .processes = PROCESSES});
}

/* A node with 8 GPUs whose temperature is missing. */
static void
missing_temperature(void)
{
	source_wait_series(&holed.prometheus, 3 * 8 * 8 - 8);
	expect_fleet(&holed,
		     &(struct fleet_expect){.nodes = 3,
					    .gpus = 8,
					    .has_hole = true,
					    .hole_metric = FLEET_TEMPERATURE,
					    .hole_node = 2});
}

static void
no_power(void)
{
	source_wait_series(&powerless.prometheus,
			   24 + POWERLESS_PROCESSES * PROCESS_METRICS);
	expect_fleet(&powerless, &(struct fleet_expect){.nodes = 2,
							.gpus = 2,
							.processes = PROCESSES,
							.no_power = true});
}

static void
empty_fleet(void)
{
	source_wait_series(&empty.prometheus, 0);
	expect_fleet(
	    &empty, &(struct fleet_expect){.nodes = 0,
					   .warnings = "[\"" LOOKED_FOR "\"]"});
	expect(&empty, "/api/health",
	       "{\"success\":true,\"data\":{\"status\":\"healthy\","
	       "\"timestamp\":\"T\",\"version\":\"" PACKAGE_VERSION
	       "\",\"prometheus_latency_ms\":0,\"exporters\":[]},"
	       "\"message\":\"Service is healthy\",\"error\":null,"
	       "\"warnings\":[\"" LOOKED_FOR "\"]}");
}

/*
 * Text written by hand, and the bodies for it: both label styles in one fleet,
 * names that need escapes, an index in text order 10 < 2, a GPU that only
 * reports its utilization, values with more digits than the answer shows.
 */
static const char known_text[] =
    "nvidia_gpu_utilization_percent{node=\"rack-a\",gpu=\"10\","
    "gpu_name=\"A \\\"quoted\\\" GPU\"} 99.996\n"
    "nvidia_gpu_utilization_percent{node=\"rack-a\",gpu=\"2\","
    "gpu_name=\"A \\\"quoted\\\" GPU\"} 33.333333333333336\n"
    "nvidia_gpu_utilization_percent{hostname=\"gr\303\274n-1\",gpu_id=\"0\","
    "gpu_name=\"Tesla\"} 0\n"
    "nvidia_gpu_used_memory_bytes{node=\"rack-a\",gpu=\"2\"} 1.5e9\n"
    "nvidia_gpu_used_memory_bytes{node=\"rack-a\",gpu=\"10\"} 0\n"
    "nvidia_gpu_total_memory_bytes{node=\"rack-a\",gpu=\"2\"} 4294967296\n"
    "nvidia_gpu_total_memory_bytes{node=\"rack-a\",gpu=\"10\"} 4294967296\n"
    "nvidia_gpu_temperature_celsius{node=\"rack-a\",gpu=\"2\"} -3.25\n"
    "nvidia_gpu_power_draw_watts{node=\"rack-a\",gpu=\"2\"} 71.4285714\n"
    "nvidia_gpu_utilization_percent_total{node=\"rack-a\",gpu=\"2\"} 5\n";

/* What this exporter does not report, and what it is. */
#define UNKNOWN_REST                                                           \
	"\"uuid\":null,\"exporter\":\"nvidia-gpu-list-exporter\","             \
	"\"mig_instance_id\":null,\"mig_profile\":null,"                       \
	"\"vendor\":\"NVIDIA\",\"sm_clock_mhz\":null,"                         \
	"\"memory_clock_mhz\":null,\"fan_speed\":null,"                        \
	"\"memory_temperature\":null,\"energy_joules\":null,"                  \
	"\"xid\":null,\"memory_controller_utilization\":null,"                 \
	"\"cluster\":null,\"measured_at\":\"T\""

static void
known_values(void)
{
	source_wait_series(&known.prometheus, 10);
	expect(&known, "/api/v1/gpu/metrics",
	       "{\"success\":true,\"data\":["
	       "{\"node_name\":\"gr\303\274n-1\",\"gpu_index\":0,"
	       "\"gpu_name\":\"Tesla\",\"utilization\":0,"
	       "\"memory_used\":null,\"memory_total\":null,"
	       "\"memory_free\":null,\"memory_utilization\":null,"
	       "\"temperature\":null,\"power_draw\":null,"
	       "\"power_limit\":null,\"timestamp\":\"T\"," UNKNOWN_REST "},"
	       "{\"node_name\":\"rack-a\",\"gpu_index\":2,"
	       "\"gpu_name\":\"A \\\"quoted\\\" GPU\",\"utilization\":33.33,"
	       "\"memory_used\":1.397,\"memory_total\":4,"
	       "\"memory_free\":2.603,\"memory_utilization\":34.92,"
	       "\"temperature\":-3.3,\"power_draw\":71.43,"
	       "\"power_limit\":null,\"timestamp\":\"T\"," UNKNOWN_REST "},"
	       "{\"node_name\":\"rack-a\",\"gpu_index\":10,"
	       "\"gpu_name\":\"A \\\"quoted\\\" GPU\",\"utilization\":100,"
	       "\"memory_used\":0,\"memory_total\":4,\"memory_free\":4,"
	       "\"memory_utilization\":0,\"temperature\":null,"
	       "\"power_draw\":null,\"power_limit\":null,"
	       "\"timestamp\":\"T\"," UNKNOWN_REST "}],"
	       "\"message\":\"GPU metrics retrieved successfully\","
	       "\"error\":null}");
	expect(&known, "/api/v1/gpu/nodes",
	       "{\"success\":true,\"data\":["
	       "{\"node_name\":\"gr\303\274n-1\",\"gpu_count\":1,"
	       "\"gpu_models\":[\"Tesla\"],\"utilization_avg\":0,"
	       "\"utilization_max\":0,\"memory_used\":null,"
	       "\"memory_total\":null,\"memory_free\":null,"
	       "\"memory_utilization\":null,\"temperature_max\":null,"
	       "\"power_draw\":null,\"timestamp\":\"T\",\"cluster\":null,"
	       "\"measured_at\":\"T\"},"
	       "{\"node_name\":\"rack-a\",\"gpu_count\":2,"
	       "\"gpu_models\":[\"A \\\"quoted\\\" GPU\"],"
	       "\"utilization_avg\":66.66,\"utilization_max\":100,"
	       "\"memory_used\":1.397,\"memory_total\":8,"
	       "\"memory_free\":6.603,\"memory_utilization\":17.46,"
	       "\"temperature_max\":-3.3,\"power_draw\":71.43,"
	       "\"timestamp\":\"T\",\"cluster\":null,\"measured_at\":\"T\"}],"
	       "\"message\":\"GPU nodes retrieved successfully\","
	       "\"error\":null}");
}

/* How many queries /nodes asked, as the log line tells. */
static int
queries_of_nodes(const struct chain *c)
{
	struct http_reply r;
	char *line;
	int queries = -1;

	http_get(&r, nginx_url(&c->nginx, "/api/v1/gpu/nodes"));
	CU_ASSERT_EQUAL(r.status, 200);
	line =
	    responder_log_line(&c->responder, http_header(&r, "X-Request-Id"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	sscanf(strstr(line, " queries="), " queries=%d", &queries);
	free(line);
	http_free(&r);
	return queries;
}

static void
nodes_asks_a_fixed_number(void)
{
	source_wait_series(&large.prometheus, 40 * 8 * 8);
	expect_fleet(&large, &(struct fleet_expect){.nodes = 40, .gpus = 8});
	CU_ASSERT_EQUAL(queries_of_nodes(&large), 6);
	CU_ASSERT_EQUAL(queries_of_nodes(&powerless), 2);
	/* What is there: two, for as many profiles as there are. */
	CU_ASSERT_EQUAL(queries_of_nodes(&empty), 2);
}

/* All at once: the first scrape takes Prometheus five seconds. */
static void
start_all(void)
{
	char path[HARNESS_PATH_BYTES];

	harness_path(path, "known.txt");
	file_write(path, known_text);
	start(&documented,
	      (const char *const[]){"--nodes", "3", "--gpus", "2", "--labels",
				    "documented", "--processes", "3", NULL});
	start(&holed, (const char *const[]){
			  "--nodes", "3", "--gpus", "8", "--missing",
			  "nvidia_gpu_temperature_celsius:node-2", NULL});
	start(&powerless,
	      (const char *const[]){"--nodes", "2", "--gpus", "2", "--no-power",
				    "--processes", "3", NULL});
	start(&known, (const char *const[]){"--file", path, NULL});
	start(&large,
	      (const char *const[]){"--nodes", "40", "--gpus", "8", NULL});
	start(&empty, NULL);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"labels as documented: node, gpu", documented_labels},
	    {"a node without temperatures: null there, the rest right",
	     missing_temperature},
	    {"no metrics of power: null", no_power},
	    {"an empty fleet: [] and healthy", empty_fleet},
	    {"text written by hand gives the bodies written by hand",
	     known_values},
	    {"nodes asks as often for 40 nodes as for 2 or none",
	     nodes_asks_a_fixed_number},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	start_all();
	return suite_run("fleets", tests);
}
