/*
 * Decoders, encoder and log by themselves, in processor time: an answer of
 * Prometheus with documented labels, and one over a range of time, fed in 16 kB
 * pieces as libcurl does, the rows of /api/v1/gpu/metrics with all their
 * fields, for a fleet of that size, and a request's line in the log.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/endpoint.h"
#include "base/log.h"
#include "gpu/fleet/fleet.h"
#include "prom/matrix.h"
#include "prom/vector.h"

enum {
	GPUS = 10000,
	GPUS_OF_NODE = 8,
	ROUNDS = 100,
	PIECE_BYTES = 16384,
	LINES = 1000,
	SERIES = 256, /* over a range of time */
	BUDGET_BYTES = 1 << 28
};

/* Processor time: whatever else the machine does. */
static int64_t
processor_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

static double
median_ms(int64_t times_us[static ROUNDS])
{
	qsort(times_us, ROUNDS, sizeof(*times_us), compare_times);
	return (double)times_us[ROUNDS / 2] / 1000;
}

static void
require(bool is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "parts: %s\n", what);
	exit(1);
}

/* --- decoder -------------------------------------------------------------- */

static char *
write_answer(size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	require(out != NULL, "no memory");
	fputs("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
	      "\"result\":[",
	      out);
	for (int i = 0; i < GPUS; i++)
		fprintf(out,
			"%s{\"metric\":{\"__name__\":\"nvidia_gpu_used_memory_"
			"bytes\",\"gpu\":\"%d\",\"gpu_name\":\"NVIDIA "
			"A100-SXM4-80GB\",\"instance\":\"127.0.0.1:9835\","
			"\"job\":\"fleet\",\"node\":\"node-%d\"},\"value\":["
			"1700000000.123,\"%lld\"]}",
			i > 0 ? "," : "", i % GPUS_OF_NODE,
			i / GPUS_OF_NODE + 1, 1048576LL * (i * 7919 % 81920));
	fputs("]}}", out);
	require(fclose(out) == 0, "no memory");
	return text;
}

static int64_t
decode(const char *text, size_t length)
{
	static const struct element_label labels[] = {
	    {"node", 0, NULL, false},
	    {"gpu", 1, NULL, false},
	    {"gpu_name", 2, NULL, false},
	    {"instance", 3, NULL, false}};
	int64_t start_us = processor_us();
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct vector v;
	struct err e = {.code = ERR_OK};

	budget_init(&budget, BUDGET_BYTES);
	arena_init(&arena, &budget);
	intern_init(&strings, &budget);
	vector_init(&v, &arena, &strings, labels, 4, 4, GPUS);
	for (size_t at = 0; at < length && e.code == ERR_OK;) {
		size_t bytes = length - at;

		if (bytes > PIECE_BYTES)
			bytes = PIECE_BYTES;
		e.code = vector_feed(&v, text + at, bytes, &e);
		at += bytes;
	}
	require(e.code == ERR_OK && vector_end(&v, &e) == ERR_OK &&
		    v.samples.count == GPUS,
		"the answer was not decoded");
	vector_fini(&v);
	intern_fini(&strings);
	arena_fini(&arena);
	return processor_us() - start_us;
}

static void
measure_decoder(void)
{
	int64_t times_us[ROUNDS];
	size_t length;
	char *text = write_answer(&length);
	double ms;

	for (int i = 0; i < ROUNDS; i++)
		times_us[i] = decode(text, length);
	ms = median_ms(times_us);
	printf("decode_ms %.2f\ndecode_mb_per_s %.0f\n", ms,
	       (double)length / 1e3 / ms);
	free(text);
}

/* --- decoder of ranges ---------------------------------------------------- */

/* A day in steps of five minutes. */
static const struct query_range day = {1767225600, 1767312000, 300};

/* Of whole numbers, or of averages as Go writes them. */
static char *
write_history(bool are_whole, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	require(out != NULL, "no memory");
	fputs("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","
	      "\"result\":[",
	      out);
	for (int i = 0; i < SERIES; i++) {
		fprintf(out,
			"%s{\"metric\":{\"gpu\":\"%d\",\"instance\":"
			"\"127.0.0.1:9835\",\"node\":\"node-%d\"},"
			"\"values\":[",
			i > 0 ? "," : "", i % GPUS_OF_NODE,
			i / GPUS_OF_NODE + 1);
		for (int k = 0; k < (int)query_points(&day); k++) {
			int number = (i * 7919 + k * 31) % 10000;

			fprintf(out, "%s[%lld,\"%.17g\"]", k > 0 ? "," : "",
				(long long)(day.start_s + k * day.step_s),
				are_whole ? number % 101 : number / 99.0);
		}
		fputs("]}", out);
	}
	fputs("]}}", out);
	require(fclose(out) == 0, "no memory");
	return text;
}

/* What is done with a row: it is copied. */
struct grid {
	size_t rows;
	double *values;
};

static enum err_code
take_row(void *context, const struct matrix_series *series, struct err *e)
{
	struct grid *grid = context;
	size_t points = query_points(&day);

	(void)e;
	memcpy(grid->values + grid->rows * points, series->values,
	       points * sizeof(double));
	grid->rows++;
	return ERR_OK;
}

static int64_t
decode_history(const char *text, size_t length, struct grid *grid)
{
	static const struct element_label labels[] = {
	    {"node", 0, NULL, false},
	    {"gpu", 1, NULL, false},
	    {"instance", 2, NULL, false}};
	const struct matrix_sink sink = {NULL, take_row, grid};
	int64_t start_us = processor_us();
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct matrix m;
	struct err e = {.code = ERR_OK};

	grid->rows = 0;
	budget_init(&budget, BUDGET_BYTES);
	arena_init(&arena, &budget);
	intern_init(&strings, &budget);
	matrix_init(&m, &arena, &strings, labels, 3, 3, SERIES, &day, &sink);
	for (size_t at = 0; at < length && e.code == ERR_OK;) {
		size_t bytes = length - at;

		if (bytes > PIECE_BYTES)
			bytes = PIECE_BYTES;
		e.code = matrix_feed(&m, text + at, bytes, &e);
		at += bytes;
	}
	require(e.code == ERR_OK && matrix_end(&m, &e) == ERR_OK &&
		    grid->rows == SERIES,
		"the history was not decoded");
	intern_fini(&strings);
	arena_fini(&arena);
	return processor_us() - start_us;
}

static void
measure_history(const char *name, bool are_whole)
{
	int64_t times_us[ROUNDS];
	size_t length;
	char *text = write_history(are_whole, &length);
	struct grid grid = {
	    .values = calloc(SERIES * query_points(&day), sizeof(double))};
	double ms;

	require(grid.values != NULL, "no memory");
	for (int i = 0; i < ROUNDS; i++)
		times_us[i] = decode_history(text, length, &grid);
	ms = median_ms(times_us);
	printf("decode_%s_ms %.2f\ndecode_%s_mb_per_s %.0f\n", name, ms, name,
	       (double)length / 1e3 / ms);
	free(grid.values);
	free(text);
}

/* --- encoder -------------------------------------------------------------- */

static uint32_t
text(struct fleet *f, const char *s)
{
	return fleet_intern(f, s, strlen(s));
}

static void
add_gpu(struct fleet *f, int number)
{
	char node[32], uuid[64];
	struct identity id = {.cluster = FLEET_UNKNOWN,
			      .vendor = text(f, "NVIDIA")};
	const struct sheet_origin origin = {0, 1};
	struct fleet_gpu *gpu;

	snprintf(node, sizeof(node), "node-%d", number / GPUS_OF_NODE + 1);
	snprintf(uuid, sizeof(uuid), "%08x-5fb5-1ed2-cb2c-33230b8c2ba5",
		 (unsigned)number);
	id.node = text(f, node);
	id.uuid = text(f, uuid);
	id.index = (uint32_t)(number % GPUS_OF_NODE);
	gpu = fleet_find(f, &id);
	require(gpu != NULL, "no memory");
	gpu->model = text(f, "NVIDIA A100-SXM4-80GB");
	gpu->timestamp_s = 1700000000.123;
	fleet_note_exporter(gpu, "dcgm-exporter", 0);
	for (int i = 0; i < FIELD__MAX; i++) {
		struct reading reading =
		    reading_of(i == FIELD_MEMORY_TOTAL	? 85899345920.0
			       : i == FIELD_MEMORY_USED ? 1048576.0 * number
							: 13.37 + number % 1000,
			       1, 0);

		require(fleet_take(f, gpu, &origin, (enum field)i, &reading),
			"no memory");
	}
}

static void
measure_encoder(void)
{
	int64_t times_us[ROUNDS];
	struct snapshot snapshot = {.warning_count = 0};
	struct budget budget;
	struct arena arena;
	struct err e = {.code = ERR_OK};

	budget_init(&budget, BUDGET_BYTES);
	arena_init(&arena, &budget);
	fleet_init(&snapshot.fleet, &arena);
	for (int i = 0; i < GPUS; i++)
		add_gpu(&snapshot.fleet, i);
	require(fleet_finish(&snapshot.fleet, &e) == ERR_OK, "no memory");
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start_us = processor_us();
		struct arena own;
		struct endpoint_call call = {.collect.arena = &own};
		struct buf out;

		arena_init(&own, &budget);
		buf_init_in_pieces(&out, BUDGET_BYTES, &budget);
		require(endpoint_answer_of(&endpoint_metrics, &call, &snapshot,
					   &out, &e) == ERR_OK,
			"the rows were not written");
		times_us[i] = processor_us() - start_us;
		buf_fini(&out);
		arena_fini(&own);
	}
	printf("encode_ms %.2f\n", median_ms(times_us));
	fleet_fini(&snapshot.fleet);
	arena_fini(&arena);
}

/* --- log ------------------------------------------------------------------ */

static void
log_request(void)
{
	struct log_line l;

	log_start(&l, LOG_INFO, "request");
	log_text(&l, "request_id", "0a66cd0f8fcb8ba0c7f8d5a5c3d4a4c1");
	log_text(&l, "method", "GET");
	log_text(&l, "path", "/api/v1/gpu/metrics");
	log_number(&l, "status", 200);
	log_duration(&l, "duration_ms", 1160);
	log_number(&l, "queries", 8);
	log_number(&l, "bytes", 2207);
	log_write(&l);
}

/* Written to /dev/null. */
static void
measure_log(enum log_format format)
{
	int64_t times_us[ROUNDS];
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	require(saved >= 0 && null >= 0, "there is no /dev/null");
	log_set_format(format);
	dup2(null, STDERR_FILENO);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start_us = processor_us();

		for (int k = 0; k < LINES; k++)
			log_request();
		times_us[i] = processor_us() - start_us;
	}
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(null);
	/* A line's microseconds are a thousand lines' milliseconds. */
	printf("log_%s_us %.2f\n", log_format_name(format),
	       median_ms(times_us));
}

int
main(void)
{
	measure_decoder();
	measure_history("history", true);
	measure_history("averages", false);
	measure_encoder();
	measure_log(LOG_LOGFMT);
	measure_log(LOG_JSON);
	return 0;
}
