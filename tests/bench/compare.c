/*
 * Compares how long sets of URLs take: each set is fetched in parallel over
 * kept connections, bodies thrown away, one set after the other, round after
 * round, in another order each time: or what a server does every so many
 * requests, as to collect garbage, would fall on the same set. Prints the
 * medians and means, and for sets that have a base the medians of what they
 * take more than it, and how many times as long, in the same round.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	SETS_MAX = 16,
	URLS_MAX = 40,
	ROUNDS_MAX = 10000,
	WARM_UP_ROUNDS = 3,
	TIMEOUT_S = 60
};

/* A kept connection that fetches one URL again and again. */
struct fetcher {
	CURL *handle;
	char *url;
	size_t bytes;
	bool is_ok;
	pthread_t thread;
	struct set *set;
};

/* Its threads wait at start, and again at done. */
struct set {
	const char *name;
	const struct set *base; /* or NULL */
	struct fetcher fetchers[URLS_MAX];
	size_t count;
	bool is_over;
	pthread_barrier_t start, done;
	double ms[ROUNDS_MAX];
};

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
fail(const char *what, const char *of)
{
	fprintf(stderr, "compare: %s: %s\n", what, of);
	exit(1);
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
fetch_often(void *context)
{
	struct fetcher *f = context;

	pthread_barrier_wait(&f->set->start);
	while (!f->set->is_over) {
		fetch(f);
		pthread_barrier_wait(&f->set->done);
		pthread_barrier_wait(&f->set->start);
	}
	return NULL;
}

static void
start_fetcher(struct set *s, char *url)
{
	struct fetcher *f = &s->fetchers[s->count++];

	f->url = url;
	f->set = s;
	f->handle = curl_easy_init();
	if (f->handle == NULL || url == NULL)
		fail("no memory", s->name);
	curl_easy_setopt(f->handle, CURLOPT_URL, url);
	curl_easy_setopt(f->handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f->handle, CURLOPT_PROXY, "");
	curl_easy_setopt(f->handle, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(f->handle, CURLOPT_WRITEFUNCTION, throw_away);
	curl_easy_setopt(f->handle, CURLOPT_WRITEDATA, f);
	if (pthread_create(&f->thread, NULL, fetch_often, f) != 0)
		fail("no thread", s->name);
}

static const struct set *
find_set(const struct set *sets, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(sets[i].name, name) == 0)
			return &sets[i];
	fail("no such base", name);
	return NULL;
}

/* NAME=FILE or NAME/BASE=FILE; the file has a URL in each line. */
static void
start_set(struct set *sets, size_t number, char *argument)
{
	struct set *s = &sets[number];
	char *file = strchr(argument, '='), *base, line[16384];
	char *urls[URLS_MAX];
	size_t count = 0;
	FILE *in;

	if (file == NULL)
		fail("not NAME=FILE", argument);
	*file++ = '\0';
	base = strchr(argument, '/');
	if (base != NULL) {
		*base++ = '\0';
		s->base = find_set(sets, number, base);
	}
	s->name = argument;
	in = fopen(file, "r");
	if (in == NULL)
		fail("cannot read", file);
	while (count < URLS_MAX && fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		urls[count++] = strdup(line);
	}
	fclose(in);
	if (count == 0)
		fail("no URLs", file);
	pthread_barrier_init(&s->start, NULL, (unsigned)count + 1);
	pthread_barrier_init(&s->done, NULL, (unsigned)count + 1);
	for (size_t i = 0; i < count; i++)
		start_fetcher(s, urls[i]);
}

static void
run_set(struct set *s, size_t round)
{
	double start_ms = now_ms();

	pthread_barrier_wait(&s->start);
	pthread_barrier_wait(&s->done);
	s->ms[round] = now_ms() - start_ms;
	for (size_t i = 0; i < s->count; i++)
		if (!s->fetchers[i].is_ok)
			fail("a request failed", s->fetchers[i].url);
}

static void
stop_set(struct set *s)
{
	s->is_over = true;
	pthread_barrier_wait(&s->start);
	for (size_t i = 0; i < s->count; i++) {
		pthread_join(s->fetchers[i].thread, NULL);
		curl_easy_cleanup(s->fetchers[i].handle);
		free(s->fetchers[i].url);
	}
}

/* Each order is as likely as any other; the same in each run. */
static void
shuffle(size_t *order, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t other = (size_t)rand() % (i + 1), number = order[i];

		order[i] = order[other];
		order[other] = number;
	}
}

static void
run_round(struct set *sets, size_t count, size_t round)
{
	size_t order[SETS_MAX];

	for (size_t i = 0; i < count; i++)
		order[i] = i;
	shuffle(order, count);
	for (size_t i = 0; i < count; i++)
		run_set(&sets[order[i]], round);
}

static int
compare_numbers(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double
quantile(const double *numbers, size_t count, double q)
{
	static double sorted[ROUNDS_MAX];

	memcpy(sorted, numbers, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_numbers);
	return sorted[(size_t)(q * (double)(count - 1) + 0.5)];
}

/* What a server does every so many requests is in it as well. */
static double
mean_ms(const struct set *s, size_t rounds)
{
	double sum = 0;

	for (size_t i = 0; i < rounds; i++)
		sum += s->ms[i];
	return sum / (double)rounds;
}

static void
print_set(const struct set *s, size_t rounds)
{
	static double more[ROUNDS_MAX], times[ROUNDS_MAX];
	size_t bytes = 0;

	for (size_t i = 0; i < s->count; i++)
		bytes += s->fetchers[i].bytes;
	printf("%s_ms %.2f\n", s->name, quantile(s->ms, rounds, 0.5));
	printf("%s_mean_ms %.2f\n", s->name, mean_ms(s, rounds));
	printf("%s_q1_ms %.2f\n", s->name, quantile(s->ms, rounds, 0.25));
	printf("%s_q3_ms %.2f\n", s->name, quantile(s->ms, rounds, 0.75));
	printf("%s_requests %zu\n", s->name, s->count);
	printf("%s_bytes %zu\n", s->name, bytes);
	if (s->base == NULL)
		return;
	for (size_t i = 0; i < rounds; i++) {
		more[i] = s->ms[i] - s->base->ms[i];
		times[i] = s->ms[i] / s->base->ms[i];
	}
	printf("%s_minus_%s_ms %.2f\n", s->name, s->base->name,
	       quantile(more, rounds, 0.5));
	printf("%s_per_%s %.3f\n", s->name, s->base->name,
	       quantile(times, rounds, 0.5));
	printf("%s_mean_per_%s_mean %.3f\n", s->name, s->base->name,
	       mean_ms(s, rounds) / mean_ms(s->base, rounds));
}

int
main(int argc, char **argv)
{
	static struct set sets[SETS_MAX];
	size_t rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	size_t count = (size_t)argc - 2;

	if (rounds < 1 || rounds > ROUNDS_MAX || count > SETS_MAX) {
		fprintf(stderr, "usage: compare ROUNDS NAME[/BASE]=FILE...\n");
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (size_t i = 0; i < count; i++)
		start_set(sets, i, argv[i + 2]);
	for (size_t i = 0; i < WARM_UP_ROUNDS + rounds; i++)
		run_round(sets, count,
			  i < WARM_UP_ROUNDS ? 0 : i - WARM_UP_ROUNDS);
	for (size_t i = 0; i < count; i++)
		stop_set(&sets[i]);
	for (size_t i = 0; i < count; i++)
		print_set(&sets[i], rounds);
	curl_global_cleanup();
	return 0;
}
