/*
 * How much the program adds to Prometheus' own time: asks for the same
 * metrics in parallel and throws the bodies away (the floor), asks the API
 * once, alternating, and prints the medians. Figures, not a verdict.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { METRICS = 8, ROUNDS_MAX = 10000, URL_BYTES = 512, TIMEOUT_S = 60 };

static const char *const metrics[METRICS] = {
    "nvidia_gpu_utilization_percent",	     "nvidia_gpu_used_memory_bytes",
    "nvidia_gpu_total_memory_bytes",	     "nvidia_gpu_free_memory_bytes",
    "nvidia_gpu_memory_utilization_percent", "nvidia_gpu_temperature_celsius",
    "nvidia_gpu_power_draw_watts",	     "nvidia_gpu_power_limit_watts",
};

/* A kept connection that fetches one URL again and again. */
struct fetcher {
	CURL *handle;
	char url[URL_BYTES];
	size_t bytes;
	bool is_ok;
	pthread_t thread;
	pthread_barrier_t *start, *done;
	const bool *is_over;
};

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t
throw_away(char *bytes, size_t size, size_t count, void *context)
{
	struct fetcher *f = context;

	(void)bytes;
	f->bytes += size * count;
	return size * count;
}

static void
fetcher_init(struct fetcher *f)
{
	f->handle = curl_easy_init();
	if (f->handle == NULL)
		abort();
	curl_easy_setopt(f->handle, CURLOPT_URL, f->url);
	curl_easy_setopt(f->handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f->handle, CURLOPT_PROXY, "");
	curl_easy_setopt(f->handle, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(f->handle, CURLOPT_WRITEFUNCTION, throw_away);
	curl_easy_setopt(f->handle, CURLOPT_WRITEDATA, f);
}

static void
fetch(struct fetcher *f)
{
	long status = 0;

	f->bytes = 0;
	f->is_ok = curl_easy_perform(f->handle) == CURLE_OK &&
		   curl_easy_getinfo(f->handle, CURLINFO_RESPONSE_CODE,
				     &status) == CURLE_OK &&
		   status == 200;
}

static void *
floor_thread(void *context)
{
	struct fetcher *f = context;

	pthread_barrier_wait(f->start);
	while (!*f->is_over) {
		fetch(f);
		pthread_barrier_wait(f->done);
		pthread_barrier_wait(f->start);
	}
	return NULL;
}

static int
compare_times(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double
quantile(double *times, size_t count, double q)
{
	return times[(size_t)(q * (double)(count - 1) + 0.5)];
}

static void
print_times(const char *name, double *times, size_t count, size_t bytes)
{
	qsort(times, count, sizeof(*times), compare_times);
	printf("%-6s median %8.2f ms, quartiles %8.2f to %8.2f ms, %zu bytes\n",
	       name, quantile(times, count, 0.5), quantile(times, count, 0.25),
	       quantile(times, count, 0.75), bytes);
}

struct bench {
	struct fetcher floor[METRICS], api;
	pthread_barrier_t start, done;
	bool is_over;
	double floor_ms[ROUNDS_MAX], api_ms[ROUNDS_MAX];
};

static void
bench_start(struct bench *b, const char *prometheus, const char *api)
{
	pthread_barrier_init(&b->start, NULL, METRICS + 1);
	pthread_barrier_init(&b->done, NULL, METRICS + 1);
	for (size_t i = 0; i < METRICS; i++) {
		struct fetcher *f = &b->floor[i];

		snprintf(f->url, sizeof(f->url), "%s/api/v1/query?query=%s",
			 prometheus, metrics[i]);
		fetcher_init(f);
		f->start = &b->start;
		f->done = &b->done;
		f->is_over = &b->is_over;
		if (pthread_create(&f->thread, NULL, floor_thread, f) != 0)
			abort();
	}
	snprintf(b->api.url, sizeof(b->api.url), "%s/api/v1/gpu/metrics", api);
	fetcher_init(&b->api);
}

static bool
bench_round(struct bench *b, size_t round)
{
	double start_ms = now_ms();
	bool is_ok;

	pthread_barrier_wait(&b->start);
	pthread_barrier_wait(&b->done);
	b->floor_ms[round] = now_ms() - start_ms;
	start_ms = now_ms();
	fetch(&b->api);
	b->api_ms[round] = now_ms() - start_ms;
	is_ok = b->api.is_ok;
	for (size_t i = 0; i < METRICS; i++)
		is_ok = is_ok && b->floor[i].is_ok;
	return is_ok;
}

static void
bench_stop(struct bench *b)
{
	b->is_over = true;
	pthread_barrier_wait(&b->start);
	for (size_t i = 0; i < METRICS; i++) {
		pthread_join(b->floor[i].thread, NULL);
		curl_easy_cleanup(b->floor[i].handle);
	}
	curl_easy_cleanup(b->api.handle);
}

static size_t
floor_bytes(const struct bench *b)
{
	size_t bytes = 0;

	for (size_t i = 0; i < METRICS; i++)
		bytes += b->floor[i].bytes;
	return bytes;
}

static void
bench_print(struct bench *b, size_t rounds)
{
	double floor_median, api_median;

	print_times("floor", b->floor_ms, rounds, floor_bytes(b));
	print_times("ours", b->api_ms, rounds, b->api.bytes);
	floor_median = quantile(b->floor_ms, rounds, 0.5);
	api_median = quantile(b->api_ms, rounds, 0.5);
	printf("ours - floor %.2f ms, ours / floor %.2f\n",
	       api_median - floor_median, api_median / floor_median);
}

int
main(int argc, char **argv)
{
	enum { WARM_UP_ROUNDS = 3 };
	static struct bench b;
	size_t rounds = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	bool is_ok = true;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr,
			"usage: compare PROMETHEUS_URL API_URL ROUNDS\n");
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	bench_start(&b, argv[1], argv[2]);
	for (size_t i = 0; is_ok && i < WARM_UP_ROUNDS; i++)
		is_ok = bench_round(&b, 0);
	for (size_t i = 0; is_ok && i < rounds; i++)
		is_ok = bench_round(&b, i);
	bench_stop(&b);
	curl_global_cleanup();
	if (!is_ok) {
		fprintf(stderr, "compare: a request failed\n");
		return 1;
	}
	bench_print(&b, rounds);
	return 0;
}
