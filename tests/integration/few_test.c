/*
 * Who names a node, a GPU or a cluster has the rows that are named of all: with
 * every exporter in one Prometheus, each alone, copies of them, clusters. And
 * that few were asked for them is seen in the queries.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/suite.h"
#include "support/twins.h"

static const char *const paths[] = {"/api/v1/gpu/metrics", "/api/v1/gpu/nodes",
				    "/api/v1/gpu/utilization"};
static const char *const columns[] = {"node_name", "uuid", "cluster"};

/* Cards that several exporters tell of, in one place and in several. */
static const struct exporters_target mixed_targets[] = {
    {"mixed-nvidia-gpu-exporter",
     "job: nvidia_gpu_exporter, instance: '10.1.2.3:9835'", false},
    {"mixed-seed", "job: gpu-list-exporter, instance: '10.1.2.3:9101'", false},
    {"mixed-intel", "job: xpum, instance: '10.1.2.3:29999'", false},
    {"mixed-hami", "job: hami-device-plugin, instance: '10.1.2.3:9394'", false},
    {"upgrade-classic",
     "job: dcgm-exporter, instance: '10.1.3.20:9400', pod: exporter-old20",
     false},
    {"upgrade-4.9",
     "job: dcgm-exporter, instance: '10.1.3.20:9401', pod: exporter-new20",
     false},
    {"telegraf", "job: telegraf, instance: '10.1.4.1:9273'", false},
    {"nvidia-gpu-exporter-rtx4080",
     "job: nvidia_gpu_exporter, instance: '10.1.4.2:9835'", false},
    {"mixed-a0s", "job: nvidia-smi, instance: '10.1.4.3:9454'", false},
    {NULL, NULL, false}};

static struct twins_store all, replicas, clusters;
static struct source simulator, mixed;
static struct gate mixed_gate;
static struct exporters_site mixed_site = {.simulator = &simulator,
					   .targets = mixed_targets};

static struct json_object *
ask(const struct responder *r, const char *path)
{
	char *text = fcgi_client_fetch(r->socket, path);
	struct json_object *answer;

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 ", 12), 0);
	answer = json_tokener_parse(strstr(text, "\r\n\r\n") + 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	free(text);
	return answer;
}

/* Times are of each request, or scrape. */
static void
drop_times(struct json_object *row)
{
	json_object_object_del(row, "timestamp");
	json_object_object_del(row, "measured_at");
}

static struct json_object *
row_of(struct json_object *answer, size_t i)
{
	return json_object_array_get_idx(json_object_object_get(answer, "data"),
					 i);
}

static size_t
count_rows(struct json_object *answer)
{
	return json_object_array_length(json_object_object_get(answer, "data"));
}

/* What a client makes of the text in a query string. */
static void
encode(const char *text, char out[static 512])
{
	size_t length = 0;

	for (; *text != '\0' && length < 500; text++)
		length += (size_t)sprintf(
		    out + length,
		    strchr("&=+%,*#", *text) != NULL ? "%%%02X" : "%c",
		    (unsigned char)*text);
}

/* The rows of all that say that are those that are told of it alone. */
static void
compare(const char *path, struct json_object *whole, const char *column,
	struct json_object *value, struct json_object *some)
{
	size_t k = 0;

	for (size_t i = 0; i < count_rows(whole); i++) {
		struct json_object *row = row_of(whole, i);
		bool is_there;

		if (!json_object_equal(json_object_object_get(row, column),
				       value))
			continue;
		is_there = k < count_rows(some) &&
			   json_object_equal(row, row_of(some, k));
		if (!is_there)
			invariant_broken(
			    path, "%s\n# is told as %s",
			    json_object_to_json_string(row),
			    json_object_to_json_string(row_of(some, k)));
		k++;
	}
	if (k != count_rows(some))
		invariant_broken(path, "%zu rows instead of %zu",
				 count_rows(some), k);
}

static void
expect_named(const struct responder *r, const char *path,
	     struct json_object *whole, const char *column,
	     struct json_object *value)
{
	char name[512] = "", query[700];
	struct json_object *some;

	encode(json_object_get_string(value), name);
	snprintf(query, sizeof(query), "%s?%s=%s", path, column, name);
	some = ask(r, query);
	for (size_t i = 0; i < count_rows(some); i++)
		drop_times(row_of(some, i));
	compare(query, whole, column, value, some);
	json_object_put(some);
}

/* The place of the first row with that value. */
static size_t
find(struct json_object *whole, const char *column, struct json_object *value)
{
	size_t i = 0;

	while (!json_object_equal(
	    json_object_object_get(row_of(whole, i), column), value))
		i++;
	return i;
}

/* On a machine that is busy a scrape may fail, and all be gone for a second. */
static struct json_object *
ask_for_rows(const struct responder *r, const char *path)
{
	enum { STEP_MS = 100 };
	struct json_object *whole = ask(r, path);

	for (int i = 0; i < PROCESS_LIMIT_MS && count_rows(whole) == 0;
	     i += STEP_MS) {
		usleep(STEP_MS * 1000);
		json_object_put(whole);
		whole = ask(r, path);
	}
	CU_ASSERT_TRUE(count_rows(whole) > 0);
	return whole;
}

/* Returns how often it has asked. */
static size_t
expect_of(const struct responder *r, const char *path)
{
	struct json_object *whole = ask_for_rows(r, path);
	size_t asked = 0;

	for (size_t i = 0; i < count_rows(whole); i++)
		drop_times(row_of(whole, i));
	for (size_t i = 0; i < count_rows(whole); i++)
		for (size_t c = 0; c < 3; c++) {
			struct json_object *value = json_object_object_get(
			    row_of(whole, i), columns[c]);

			if (value == NULL ||
			    find(whole, columns[c], value) != i)
				continue;
			expect_named(r, path, whole, columns[c], value);
			asked++;
		}
	json_object_put(whole);
	return asked;
}

/* The queries of one instance or some, by the log. */
static size_t
count_small(const struct responder *r)
{
	char *log = file_read(r->process->log);
	size_t count = 0;

	for (char *at = log; (at = strstr(at, ",instance=")) != NULL; at++)
		count++;
	free(log);
	return count;
}

static void
start(struct responder *r, struct gate *gate, const char *profiles,
      const char *sharing)
{
	char setting[RESPONDER_VALUE_BYTES];
	const char *const settings[] = {setting, "DETECTION_INTERVAL_MS=100",
					sharing, "LOG_LEVEL=debug", NULL};

	snprintf(setting, sizeof(setting), "GPU_PROFILES=%s", profiles);
	responder_start(r, gate->source.url, settings);
	gate_wait_looked(gate);
}

/* Where a look failed, all were asked. */
static void
stop(struct responder *r, const char *profiles, size_t asked)
{
	CU_ASSERT_TRUE(count_small(r) > 0);
	if (count_small(r) < asked)
		printf("# %s: %zu requests, %zu queries of few\n", profiles,
		       asked, count_small(r));
	CU_ASSERT_EQUAL(process_stop(r->process), 0);
}

static void
expect_all(struct gate *gate, const char *profiles)
{
	struct responder r;
	size_t asked = 0;

	start(&r, gate, profiles, "SHARE_ANSWERS=off");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		asked += expect_of(&r, paths[i]);
	stop(&r, profiles, asked);
}

/* With a responder of its own, so that its queries are counted. */
static void
expect_processes(struct gate *gate, const char *profiles)
{
	struct responder r;

	start(&r, gate, profiles, "SHARE_ANSWERS=off");
	stop(&r, profiles, expect_of(&r, "/api/v1/gpu/processes"));
}

static void
all_exporters(void)
{
	expect_all(&all.gate, "auto");
	invariant_expect();
}

static void
each_alone(void)
{
	for (size_t i = 0; exporters_profiles[i] != NULL; i++)
		expect_all(&all.gate, exporters_profiles[i]);
	invariant_expect();
}

static void
several_on_one_card(void)
{
	expect_all(&mixed_gate, "auto");
	invariant_expect();
}

static void
two_replicas(void)
{
	expect_all(&replicas.gate, "auto");
	invariant_expect();
}

static void
two_clusters(void)
{
	expect_all(&clusters.gate, "auto");
	invariant_expect();
}

static void
processes(void)
{
	expect_processes(&all.gate, "auto");
	expect_processes(&mixed_gate, "auto");
	expect_processes(&replicas.gate, "auto");
	expect_processes(&clusters.gate, "auto");
	invariant_expect();
}

/* --- faults ----------------------------------------------------------------
 */

/* The status, and its error, or its rows without times; to be put. */
static struct json_object *
outcome_of(const struct responder *r, const char *path)
{
	char *text = fcgi_client_fetch(r->socket, path);
	struct json_object *outcome = json_object_new_object();
	struct json_object *answer =
	    json_tokener_parse(strstr(text, "\r\n\r\n") + 4);

	json_object_object_add(outcome, "status",
			       json_object_new_string_len(text + 8, 3));
	json_object_object_add(
	    outcome, "error",
	    json_object_get(json_object_object_get(answer, "error")));
	json_object_object_add(
	    outcome, "data",
	    json_object_get(json_object_object_get(answer, "data")));
	for (size_t i = 0; json_object_object_get(answer, "data") != NULL &&
			   i < count_rows(answer);
	     i++)
		drop_times(row_of(answer, i));
	json_object_put(answer);
	free(text);
	return outcome;
}

/* By name first, before a look can find out that something fails; then by a
 * pattern, for which the whole is asked. */
static void
expect_same_outcome(const struct responder *r, const char *status)
{
	struct json_object *some =
	    outcome_of(r, "/api/v1/gpu/metrics?node_name=worker-20");
	struct json_object *whole =
	    outcome_of(r, "/api/v1/gpu/metrics?node_name=worker-2*0");

	SUITE_EQUAL(
	    json_object_get_string(json_object_object_get(some, "status")),
	    status);
	SUITE_EQUAL(json_object_to_json_string(some),
		    json_object_to_json_string(whole));
	json_object_put(whole);
	json_object_put(some);
}

static void
fails_as_the_whole(void)
{
	static const char *const metrics[] = {"DCGM_FI_DEV_POWER_USAGE",
					      "DCGM_FI_DEV_GPU_UTIL",
					      "DCGM_FI_DEV_FB_USED"};
	struct responder r;

	start(&r, &mixed_gate, "auto", "SHARE_ANSWERS=off");
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
		gate_wait_looked(&mixed_gate);
		expect_same_outcome(&r, "200");
		gate_refuse(&mixed_gate, metrics[i]);
		expect_same_outcome(&r, "502");
		gate_refuse(&mixed_gate, NULL);
	}
	CU_ASSERT_TRUE(count_small(&r) > 0);
	gate_set_down(&mixed_gate, true);
	expect_same_outcome(&r, "502");
	gate_set_down(&mixed_gate, false);
	expect_same_outcome(&r, "200");
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* --- how often -------------------------------------------------------------
 */

/* Of that many requests, those that asked anything. */
static size_t
count_asked(const struct responder *r, size_t requests)
{
	for (int i = 0; i < PROCESS_LIMIT_MS &&
			file_count(r->process->log, "msg=request ") < requests;
	     i++)
		usleep(1000);
	return file_count(r->process->log, "msg=request ") -
	       file_count(r->process->log, " queries=0 ");
}

/* The ith one's name as a parameter has it; unnamed ones have none. */
static void
name_node(struct json_object *nodes, size_t i, char out[static 512])
{
	struct json_object *name =
	    json_object_object_get(row_of(nodes, i), "node_name");

	encode(name != NULL ? json_object_get_string(name) : "none", out);
}

/*
 * Of ever other names: few are asked for the first ones of a second, and then
 * the whole, once; and the same names in one second ask once.
 */
static void
asks_a_limited_number(void)
{
	enum { REQUESTS = 200, EACH_S = 4 + 1 };
	struct json_object *nodes;
	struct responder r;
	size_t requests, asked, count;
	time_t first_s;

	start(&r, &all.gate, "auto", "SHARE_ANSWERS=on");
	nodes = ask(&r, paths[1]);
	count = count_rows(nodes);
	sleep(1);
	requests = file_count(r.process->log, "msg=request ");
	asked = count_asked(&r, requests);
	first_s = time(NULL);
	for (size_t i = 0; i < REQUESTS; i++) {
		char path[2048], one[512], other[512];

		name_node(nodes, i % count, one);
		name_node(nodes, i / count % count, other);
		snprintf(path, sizeof(path), "%s?node_name=%s,%s", paths[0],
			 one, other);
		json_object_put(ask(&r, path));
	}
	asked = count_asked(&r, requests + REQUESTS) - asked;
	printf("# %zu of %d requests asked\n", asked, REQUESTS);
	CU_ASSERT_TRUE(asked <= EACH_S * (size_t)(time(NULL) - first_s + 1));
	CU_ASSERT_TRUE(count_small(&r) > 0);
	json_object_put(nodes);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
start_mixed(void)
{
	static const struct source *const upstreams[] = {&mixed, NULL};

	mixed_site.directory = exporters_directory();
	exporters_serve(&simulator, mixed_site.directory);
	exporters_start_prometheus(&mixed, &mixed_site);
	exporters_wait(&mixed, &mixed_site);
	gate_start(&mixed_gate, upstreams);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"all exporters", all_exporters},
	    {"each exporter alone", each_alone},
	    {"several exporters of one card", several_on_one_card},
	    {"two replicas", two_replicas},
	    {"two clusters", two_clusters},
	    {"processes", processes},
	    {"fails as the whole", fails_as_the_whole},
	    {"asks a limited number of times", asks_a_limited_number},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	twins_write();
	twins_add(&all, TWIN_AS_IS, "");
	twins_add(&replicas, TWIN_AS_IS, "replica: a");
	twins_add(&replicas, TWIN_HALF, "replica: b");
	twins_add(&clusters, TWIN_AS_IS, "cluster: a");
	twins_add(&clusters, TWIN_HALF, "cluster: b");
	twins_start(&all);
	twins_start(&replicas);
	twins_start(&clusters);
	start_mixed();
	twins_wait(&all);
	twins_wait(&replicas);
	twins_wait(&clusters);
	return suite_run("few", tests);
}
