/*
 * /metrics/gpus, scraped by another Prometheus, of which another responder is
 * asked: it has the same rows. And scraped by the Prometheus that it is made
 * of: a card whose exporter has ended is gone, a value that is told no more is
 * null, and no row is there twice.
 */
#include <CUnit/CUnit.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/exporters.h"
#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/http.h"
#include "support/nginx.h"
#include "support/port.h"
#include "support/suite.h"

enum { STEP_MS = 100, STEPS = 60000 / STEP_MS };

#define METRICS "/api/v1/gpu/metrics"

/* All exporters; who passes on what is known of them; who reads that. */
static struct source simulator, first, second;
static struct responder of_first, of_second;
static struct nginx relay;
static struct exporters_site site = {.simulator = &simulator,
				     .targets = exporters_all};

/* Two exporters, and who is scraped by the Prometheus that he asks. */
static struct source looped_files, looped;
static struct responder of_looped;
static struct nginx loop;
static char directory[HARNESS_PATH_BYTES];

static void
pause_a_step(void)
{
	nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

/* --- rows ----------------------------------------------------------------- */

/* What is passed on to somebody is not passed on by him. */
static bool
is_second_hand(struct json_object *row)
{
	return strncmp(json_object_get_string(
			   json_object_object_get(row, "node_name")),
		       "relayed-", strlen("relayed-")) == 0;
}

/* Without what tells of the way; and of a node with a split card, what that one
 * has beside its instances. */
static void
leave_out(struct json_object *row)
{
	static const char *const of_way[] = {"exporter", "timestamp",
					     "measured_at"};
	static const char *const of_card[] = {
	    "memory_used", "memory_total", "memory_free", "memory_utilization"};
	bool is_node = json_object_object_get(row, "gpu_count") != NULL;

	for (size_t i = 0; i < sizeof(of_way) / sizeof(*of_way); i++)
		json_object_object_del(row, of_way[i]);
	for (size_t i = 0; is_node && i < sizeof(of_card) / sizeof(*of_card);
	     i++)
		json_object_object_del(row, of_card[i]);
}

/* To be put. */
static struct json_object *
rows_of(const struct responder *r, const char *path)
{
	char *text = fcgi_client_fetch(r->socket, path);
	struct json_object *answer, *rows, *out = json_object_new_array();

	CU_ASSERT_EQUAL(strncmp(text, "Status: 200 ", 12), 0);
	answer = json_tokener_parse(strstr(text, "\r\n\r\n") + 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	rows = json_object_object_get(answer, "data");
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (is_second_hand(row))
			continue;
		leave_out(row);
		json_object_array_add(out, json_object_get(row));
	}
	json_object_put(answer);
	free(text);
	return out;
}

static size_t
count_rows(const struct responder *r)
{
	struct json_object *rows = rows_of(r, METRICS);
	size_t count = json_object_array_length(rows);

	json_object_put(rows);
	return count;
}

/* Returns once there are so many. */
static void
wait_rows(const struct responder *r, size_t count)
{
	size_t steps = 0;

	while (count_rows(r) != count && steps++ < STEPS)
		pause_a_step();
	CU_ASSERT_TRUE(steps < STEPS);
	if (steps >= STEPS)
		printf("# %zu rows, not %zu\n", count_rows(r), count);
}

/* Returns once the PromQL query is answered with that. */
static void
wait_answer(const struct source *prometheus, const char *query, size_t number)
{
	size_t steps = 0;

	while (source_ask(prometheus, query) != number && steps++ < STEPS)
		pause_a_step();
	CU_ASSERT_TRUE(steps < STEPS);
	if (steps >= STEPS)
		printf("# %s is %zu, not %zu\n", query,
		       source_ask(prometheus, query), number);
}

/* --- another Prometheus --------------------------------------------------- */

static size_t
count_lines(const char *text, const char *start)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, start)) != NULL; at++)
		count += at == text || at[-1] == '\n';
	return count;
}

static char *
exposition_of(const struct nginx *n)
{
	struct http_reply r;
	char *text;

	http_get(&r, nginx_url(n, "/metrics/gpus"));
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_PTR_NULL(http_header(&r, "ETag"));
	text = strdup(r.body);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	http_free(&r);
	return text;
}

static void
is_good_exposition(void)
{
	char path[HARNESS_PATH_BYTES], *text;
	const char *argv[] = {"sh", "-c", "exec promtool check metrics <\"$0\"",
			      path, NULL};
	struct process *p;

	exporters_wait_look(&of_first);
	text = exposition_of(&relay);
	harness_path(path, "gpus.prom");
	file_write(path, text);
	CU_ASSERT_EQUAL(
	    process_run(
		&(struct process_plan){.name = "promtool", .argv = argv}, &p),
	    0);
	CU_ASSERT_PTR_NULL(strstr(text, "} NaN"));
	free(text);
}

static void
expect_same(const char *path)
{
	struct json_object *here = rows_of(&of_first, path),
			   *there = rows_of(&of_second, path);
	size_t count = json_object_array_length(here);

	CU_ASSERT_TRUE(count > 20);
	CU_ASSERT_EQUAL(json_object_array_length(there), count);
	for (size_t i = 0; i < count && i < json_object_array_length(there);
	     i++) {
		struct json_object *a = json_object_array_get_idx(here, i),
				   *b = json_object_array_get_idx(there, i);

		CU_ASSERT_TRUE(json_object_equal(a, b));
		if (!json_object_equal(a, b))
			printf("# %s\n# not %s\n",
			       json_object_to_json_string(b),
			       json_object_to_json_string(a));
	}
	json_object_put(here);
	json_object_put(there);
}

static void
has_the_same_rows(void)
{
	char *text = exposition_of(&relay);

	wait_answer(&second, "count(gpu_info)", count_lines(text, "gpu_info{"));
	wait_rows(&of_second, count_rows(&of_first));
	expect_same(METRICS);
	expect_same("/api/v1/gpu/nodes");
	free(text);
}

/* --- the same Prometheus -------------------------------------------------- */

/* What an exporter of two cards tells. */
static void
write_exporter(const char *node, bool tells_power)
{
	char path[HARNESS_PATH_BYTES + 16], text[2048];
	size_t length = 0;

	for (unsigned i = 0; i < 2; i++) {
		static const struct {
			const char *metric;
			unsigned value;
		} told[] = {{"GPU_UTIL", 40},
			    {"FB_USED", 1024},
			    {"FB_FREE", 7168},
			    {"POWER_USAGE", 200}};
		size_t count = sizeof(told) / sizeof(*told);

		for (size_t k = 0; k < count - !tells_power; k++)
			length += (size_t)snprintf(
			    text + length, sizeof(text) - length,
			    "DCGM_FI_DEV_%s{gpu=\"%u\",UUID=\"GPU-%s-%u\","
			    "Hostname=\"%s\",modelName=\"NVIDIA L4\"} %u\n",
			    told[k].metric, i, node, i, node, told[k].value);
	}
	snprintf(path, sizeof(path), "%s/%s.prom", directory, node);
	file_write(path, text);
}

static void
end_exporter(const char *node)
{
	char path[HARNESS_PATH_BYTES + 16];

	snprintf(path, sizeof(path), "%s/%s.prom", directory, node);
	CU_ASSERT_EQUAL(unlink(path), 0);
}

static void
expect_power(double watts)
{
	struct json_object *rows = rows_of(&of_looped, METRICS);

	CU_ASSERT_EQUAL(json_object_array_length(rows), 4);
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *power = json_object_object_get(
		    json_object_array_get_idx(rows, i), "power_draw");

		/* Of the first node alone. */
		if (i < 2 && watts == 0)
			CU_ASSERT_PTR_NULL(power);
		if (i >= 2 || watts > 0)
			CU_ASSERT_EQUAL(json_object_get_double(power), 200);
	}
	json_object_put(rows);
}

/* Until the responder has found what it told itself: each look at its health
 * has it look for exporters. */
static void
wait_until_read(void)
{
	bool is_read = false;

	for (size_t i = 0; i < STEPS && !is_read; i++) {
		char *text;

		free(fcgi_client_fetch(of_looped.socket, "/api/health"));
		text = fcgi_client_fetch(of_looped.socket, "/metrics");
		is_read =
		    strstr(text, "_exporter_gpus{exporter=\"dcgm-exporter\"} "
				 "4") != NULL &&
		    strstr(text,
			   "_exporter_gpus{exporter=\"gpu-monitoring-api\"} "
			   "4") != NULL;
		free(text);
		if (!is_read)
			pause_a_step();
	}
	CU_ASSERT_TRUE(is_read);
}

static void
counts_no_card_twice(void)
{
	wait_answer(&looped, "count(gpu_info)", 4);
	wait_answer(&looped, "count(gpu_power_draw_watts)", 4);
	wait_until_read();
	CU_ASSERT_EQUAL(count_rows(&of_looped), 4);
	expect_power(200);
}

/* Though its own words are still there: they are nobody's. */
static void
keeps_no_value_alive(void)
{
	write_exporter("n1", false);
	wait_answer(&looped, "count(DCGM_FI_DEV_POWER_USAGE)", 2);
	expect_power(0);
	wait_answer(&looped, "count(gpu_power_draw_watts)", 2);
	expect_power(0);
}

static void
keeps_no_card_alive(void)
{
	end_exporter("n1");
	wait_answer(&looped, "count(gpu_info)", 2);
	wait_rows(&of_looped, 2);
	end_exporter("n2");
	wait_answer(&looped, "count(gpu_info)", 0);
	wait_rows(&of_looped, 0);
	/* And what was there comes back. */
	write_exporter("n2", true);
	wait_answer(&looped, "count(gpu_info)", 2);
	wait_rows(&of_looped, 2);
}

/* --- all of it ------------------------------------------------------------ */

/* A job of its own, as the README has it. */
#define RELAY_JOB                                                              \
	"  - job_name: gpu-monitoring-api-gpus\n"                              \
	"    metrics_path: /metrics/gpus\n"                                    \
	"    honor_labels: true\n"                                             \
	"    static_configs:\n"                                                \
	"      - targets: ['127.0.0.1:%u']\n"
#define GLOBAL "global:\n  scrape_interval: 2s\n  scrape_timeout: 2s\n"

static void
start_relay(void)
{
	char conf[512];

	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	relay.port = port_free();
	exporters_start_prometheus(&first, &site);
	snprintf(conf, sizeof(conf), GLOBAL "scrape_configs:\n" RELAY_JOB,
		 relay.port);
	source_start_prometheus_with(&second, conf);
}

static void
start_loop(void)
{
	char conf[2048];

	harness_path(directory, "looped");
	harness_require(mkdir(directory, 0700) == 0, "cannot make %s",
			directory);
	write_exporter("n1", true);
	write_exporter("n2", true);
	exporters_serve(&looped_files, directory);
	loop.port = port_free();
	snprintf(conf, sizeof(conf),
		 GLOBAL "scrape_configs:\n" RELAY_JOB
			"  - job_name: n1\n    metrics_path: /n1\n"
			"    static_configs:\n      - targets: "
			"['127.0.0.1:%u']\n        labels: {instance: n1}\n"
			"  - job_name: n2\n    metrics_path: /n2\n"
			"    static_configs:\n      - targets: "
			"['127.0.0.1:%u']\n        labels: {instance: n2}\n",
		 loop.port, looped_files.port, looped_files.port);
	source_start_prometheus_with(&looped, conf);
}

static void
serve(struct responder *r, struct nginx *n, const struct source *prometheus)
{
	responder_start(r, prometheus->url, NULL);
	if (n != NULL)
		nginx_start(n, &(struct nginx_plan){.socket = r->socket,
						    .has_metrics = true});
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"is a good exposition", is_good_exposition},
	    {"has the same rows", has_the_same_rows},
	    {"counts no card twice", counts_no_card_twice},
	    {"keeps no value alive", keeps_no_value_alive},
	    {"keeps no card alive", keeps_no_card_alive},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	start_relay();
	start_loop();
	exporters_wait(&first, &site);
	serve(&of_first, &relay, &first);
	serve(&of_second, NULL, &second);
	serve(&of_looped, &loop, &looped);
	return suite_run("relay", tests);
}
