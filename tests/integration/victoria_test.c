/*
 * VictoriaMetrics in Prometheus' place: the same exporters, the same answers,
 * compared with the same files.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "support/exporters.h"
#include "support/fcgi_client.h"
#include "support/http.h"
#include "support/port.h"
#include "support/responder.h"
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

/* One as it is started by default, which scrapes nothing. */
static void
start_bare(struct source *out)
{
	char data[HARNESS_PATH_BYTES], data_option[160], listen_option[64];
	const char *argv[] = {"victoria-metrics", data_option, listen_option,
			      "-loggerLevel=WARN", NULL};

	harness_path(data, "victoria-bare");
	out->port = port_free();
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
	snprintf(data_option, sizeof(data_option), "-storageDataPath=%s", data);
	snprintf(listen_option, sizeof(listen_option),
		 "-httpListenAddr=127.0.0.1:%u", out->port);
	out->process = process_start(
	    &(struct process_plan){.name = "victoria-bare", .argv = argv});
	while (source_ask(out, "vector(7)") != 7)
		;
}

static void
post(const struct source *database, const char *path, const char *body)
{
	struct http_reply r;
	char url[128];

	snprintf(url, sizeof(url), "%s%s", database->url, path);
	http_do(&r, &(struct http_call){
			.url = url, .method = "POST", .body = body});
	harness_require(r.status / 100 == 2, "%s: %ld", url, r.status);
	http_free(&r);
}

/* A sample of a GPU's utilization, of a second ago; can be asked for from now
 * on. */
static void
write_sample(const struct source *database, int value)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "nvidia_gpu_utilization_percent{node=\"n\",gpu=\"0\"} %d "
		 "%lld\n",
		 value, (long long)(clock_wall_s() * 1000) - 1000);
	post(database, "/api/v1/import/prometheus", body);
	post(database, "/internal/force_flush", "");
}

/* Without a word from us it answers as of half a minute ago. */
static void
newest_sample_is_the_answer(void)
{
	static const char *const settings[] = {
	    "GPU_PROFILES=nvidia-gpu-list-exporter", NULL};
	struct source bare;
	struct responder r;

	start_bare(&bare);
	write_sample(&bare, 11);
	responder_start(&r, bare.url, settings);
	for (int value = 42; value < 45; value++) {
		char expected[64], *text;

		write_sample(&bare, value);
		snprintf(expected, sizeof(expected), "\"utilization\":%d",
			 value);
		/* An answer of the same second may be somebody's before. */
		text = fcgi_client_fetch(r.socket, "/api/v1/gpu/utilization");
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "Status: 200 "));
		if (strstr(text, expected) == NULL) {
			struct timespec second = {.tv_sec = 1};

			free(text);
			nanosleep(&second, NULL);
			text = fcgi_client_fetch(r.socket,
						 "/api/v1/gpu/utilization");
		}
		CU_ASSERT_PTR_NOT_NULL(strstr(text, expected));
		free(text);
	}
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
	CU_ASSERT_EQUAL(process_stop(bare.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"each exporter's GPUs, with its profile set", each_alone},
	    {"all of them in one fleet, with the profiles found out",
	     all_found_out},
	    {"the same below a path", below_a_path},
	    {"a sample of a second ago is in the answer",
	     newest_sample_is_the_answer},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	site.directory = exporters_directory();
	exporters_serve(&simulator, site.directory);
	exporters_start_victoria(&victoria, &site);
	return suite_run("victoria", tests);
}
