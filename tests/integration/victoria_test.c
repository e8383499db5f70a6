/*
 * VictoriaMetrics in Prometheus' place: the same exporters, the same answers,
 * compared with the same files.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/exporters.h"
#include "support/fcgi_client.h"
#include "support/responder.h"
#include "support/suite.h"
#include "support/victoria.h"

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

/* A sample of a GPU's utilization, of a second ago; can be asked for from now
 * on. */
static void
write_sample(const struct source *database, int value)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "nvidia_gpu_utilization_percent{node=\"n\",gpu=\"0\"} %d "
		 "%lld\n",
		 value, (long long)victoria_ago_ms(1));
	victoria_write(database, body);
}

/* Without a word from us it answers as of half a minute ago. */
static void
newest_sample_is_the_answer(void)
{
	static const char *const settings[] = {
	    "GPU_PROFILES=nvidia-gpu-list-exporter", NULL};
	struct source bare;
	struct responder r;

	victoria_start(&bare);
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
