#include "support/source.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/file.h"
#include "support/http.h"
#include "support/port.h"

enum { READY_STEP_MS = 50, READY_STEPS = 60000 / READY_STEP_MS };

/* Both of our servers print "listening on 127.0.0.1:PORT". */
static void
start_announcing(struct source *out, const char *name, const char *program,
		 const char *const *first, const char *const *arguments)
{
	const char *argv[SOURCE_ARGUMENTS_MAX] = {program};
	size_t count = 1;
	char *line;

	for (size_t i = 0; first[i] != NULL; i++)
		argv[count++] = first[i];
	for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++) {
		harness_require(count + 1 < SOURCE_ARGUMENTS_MAX,
				"too many arguments");
		argv[count++] = arguments[i];
	}
	out->process =
	    process_start(&(struct process_plan){.name = name, .argv = argv});
	line = file_wait_line(out->process->out, "listening on ", NULL);
	harness_require(line != NULL, "%s does not start", name);
	out->port = (unsigned)strtoul(strrchr(line, ':') + 1, NULL, 10);
	free(line);
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
}

void
source_start_simulator(struct source *out, const char *const *arguments)
{
	static const char *const first[] = {"--static", NULL};

	start_announcing(out, "simulator",
			 harness_built("tests/simulator/fleet_simulator"),
			 first, arguments);
}

void
source_start_fake(struct source *out, const char *const *arguments)
{
	static const char *const first[] = {NULL};

	start_announcing(out, "fake",
			 harness_built("tests/fake/fake_prometheus"), first,
			 arguments);
}

void
source_start_prometheus(struct source *out, const struct source *simulator,
			unsigned interval_s)
{
	char text[512], target[64] = "";

	if (simulator != NULL)
		snprintf(target, sizeof(target), "'127.0.0.1:%u'",
			 simulator->port);
	snprintf(text, sizeof(text),
		 "global:\n"
		 "  scrape_interval: %us\n"
		 "  scrape_timeout: %us\n"
		 "scrape_configs:\n"
		 "  - job_name: fleet\n"
		 "    static_configs:\n"
		 "      - targets: [%s]\n",
		 interval_s, interval_s, target);
	source_start_prometheus_with(out, text);
}

size_t
source_ask(const struct source *prometheus, const char *query)
{
	char *text = curl_easy_escape(NULL, query, 0);
	struct http_reply r;
	char url[1024];
	const char *at;
	size_t number = 0;

	harness_require(text != NULL, "out of memory");
	snprintf(url, sizeof(url), "%s/api/v1/query?query=%s", prometheus->url,
		 text);
	curl_free(text);
	http_get(&r, url);
	if (r.status == 200 && (at = strstr(r.body, "\"value\":[")) != NULL &&
	    (at = strchr(at, ',')) != NULL)
		number = strtoul(at + 2, NULL, 10);
	http_free(&r);
	return number;
}

static bool
is_ready(const struct source *prometheus, size_t series)
{
	if (series == 0)
		return source_ask(prometheus, "vector(1)") == 1;
	return source_ask(prometheus,
			  "count({job=\"fleet\",__name__=~\"nvidia.*\"})") ==
	       series;
}

void
source_wait_series(const struct source *prometheus, size_t series)
{
	const struct timespec pause = {.tv_nsec = READY_STEP_MS * 1000000L};
	int steps = 0;

	while (!is_ready(prometheus, series) && steps++ < READY_STEPS)
		nanosleep(&pause, NULL);
	harness_require(steps < READY_STEPS,
			"Prometheus does not have %zu series of the fleet",
			series);
}

static void
prometheus_path(const struct source *p, const char *suffix,
		char path[static HARNESS_PATH_BYTES])
{
	char name[32];

	snprintf(name, sizeof(name), "prometheus.%u%s", p->port, suffix);
	harness_path(path, name);
}

/* In the place of the process that has ended, or, without one, as a new one. */
static void
run_prometheus(struct source *p)
{
	char conf[HARNESS_PATH_BYTES], data[HARNESS_PATH_BYTES];
	char conf_option[160], data_option[160], listen_option[64];
	const char *argv[] = {"prometheus",  conf_option,	 data_option,
			      listen_option, "--log.level=warn", NULL};
	const struct process_plan plan = {.name = "prometheus", .argv = argv};

	prometheus_path(p, ".yml", conf);
	prometheus_path(p, "", data);
	snprintf(conf_option, sizeof(conf_option), "--config.file=%s", conf);
	snprintf(data_option, sizeof(data_option), "--storage.tsdb.path=%s",
		 data);
	snprintf(listen_option, sizeof(listen_option),
		 "--web.listen-address=127.0.0.1:%u", p->port);
	if (p->process == NULL)
		p->process = process_start(&plan);
	else
		process_restart(p->process, &plan);
}

void
source_start_prometheus_with(struct source *out, const char *text)
{
	char conf[HARNESS_PATH_BYTES];

	out->process = NULL;
	out->port = port_free();
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
	prometheus_path(out, ".yml", conf);
	file_write(conf, text);
	run_prometheus(out);
}

void
source_restart_prometheus(struct source *prometheus)
{
	run_prometheus(prometheus);
}

void
source_set_fake(const struct source *fake, const char *behaviour)
{
	struct http_reply r;
	char url[256];

	snprintf(url, sizeof(url), "%s/__set?behaviour=%s", fake->url,
		 behaviour);
	http_get(&r, url);
	harness_require(r.status == 200, "the fake refuses %s", behaviour);
	http_free(&r);
}

void
source_set_fake_clock(const struct source *fake, int ahead_s)
{
	struct http_reply r;
	char url[256];

	snprintf(url, sizeof(url), "%s/__clock?ahead_s=%d", fake->url, ahead_s);
	http_get(&r, url);
	harness_require(r.status == 200, "the fake takes no clock");
	http_free(&r);
}

char *
source_fake_text(const struct source *fake, const char *key)
{
	struct json_object *root, *value = NULL;
	struct http_reply r;
	char url[256], *text;

	snprintf(url, sizeof(url), "%s/__count", fake->url);
	http_get(&r, url);
	root = json_tokener_parse(r.body);
	http_free(&r);
	harness_require(json_object_object_get_ex(root, key, &value),
			"the fake does not count %s", key);
	text = strdup(json_object_get_string(value));
	json_object_put(root);
	return text;
}

long
source_fake_count(const struct source *fake, const char *key)
{
	char *text = source_fake_text(fake, key);
	long number = strtol(text, NULL, 10);

	free(text);
	return number;
}
