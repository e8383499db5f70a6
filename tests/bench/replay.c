/*
 * Stands in for a Prometheus of any size: answers each query of the program
 * with bytes that were made at the start, for a fleet with documented labels.
 *
 * usage: replay PORT GPUS
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GPUS_OF_NODE = 8, METRICS = 8, REQUEST_BYTES = 65536, BACKLOG = 64 };

static const char *const metrics[METRICS] = {
    "nvidia_gpu_utilization_percent",	     "nvidia_gpu_used_memory_bytes",
    "nvidia_gpu_total_memory_bytes",	     "nvidia_gpu_free_memory_bytes",
    "nvidia_gpu_memory_utilization_percent", "nvidia_gpu_temperature_celsius",
    "nvidia_gpu_power_draw_watts",	     "nvidia_gpu_power_limit_watts",
};

struct answer {
	char *text; /* with its HTTP header */
	size_t length;
};

static struct answer answers[METRICS], census, inventory, nothing;

#define VECTOR_START                                                           \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","         \
	"\"result\":["

static void
require(bool is_right, const char *what)
{
	if (is_right)
		return;
	perror(what);
	exit(1);
}

static struct answer
with_header(const char *body, size_t length)
{
	struct answer a;
	FILE *out = open_memstream(&a.text, &a.length);

	require(out != NULL, "memory");
	fprintf(out,
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n",
		length);
	fwrite(body, 1, length, out);
	require(fclose(out) == 0, "memory");
	return a;
}

/* One series of a metric for each GPU. */
static struct answer
make_series(const char *metric, unsigned gpus)
{
	struct answer a;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	require(out != NULL, "memory");
	fputs(VECTOR_START, out);
	for (unsigned i = 0; i < gpus; i++)
		fprintf(out,
			"%s{\"metric\":{\"__name__\":\"%s\",\"gpu\":\"%u\","
			"\"gpu_name\":\"NVIDIA A100-SXM4-80GB\",\"instance\":"
			"\"127.0.0.1:9835\",\"job\":\"fleet\",\"node\":"
			"\"node-%u\"},\"value\":[1700000000.123,\"%u\"]}",
			i > 0 ? "," : "", metric, i % GPUS_OF_NODE,
			i / GPUS_OF_NODE + 1, i % 97);
	fputs("]}}", out);
	require(fclose(out) == 0, "memory");
	a = with_header(text, length);
	free(text);
	return a;
}

/* The number of GPUs, as each of these labels' values. */
static struct answer
make_counts(const char *label, const char *const *values, size_t count,
	    unsigned gpus)
{
	struct answer a;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	require(out != NULL, "memory");
	fputs(VECTOR_START, out);
	for (size_t i = 0; i < count; i++)
		fprintf(out,
			"%s{\"metric\":{\"%s\":\"%s\"},\"value\":"
			"[1700000000.123,\"%u\"]}",
			i > 0 ? "," : "", label, values[i], gpus);
	fputs("]}}", out);
	require(fclose(out) == 0, "memory");
	a = with_header(text, length);
	free(text);
	return a;
}

/* By what stands in the request line, percent-encoded as it is. */
static const struct answer *
find_answer(const char *request)
{
	if (strstr(request, "kube_pod_info") != NULL)
		return &nothing;
	if (strstr(request, "label_replace") != NULL)
		return &census;
	if (strstr(request, "count%20by%20%28__name__") != NULL)
		return &inventory;
	for (size_t i = 0; i < METRICS; i++)
		if (strstr(request, metrics[i]) != NULL)
			return &answers[i];
	return &nothing;
}

static bool
send_all(int fd, const struct answer *a)
{
	size_t sent = 0;

	while (sent < a->length) {
		ssize_t rc =
		    send(fd, a->text + sent, a->length - sent, MSG_NOSIGNAL);

		if (rc <= 0)
			return false;
		sent += (size_t)rc;
	}
	return true;
}

/* A connection: one request after the other, none of them with a body. */
static void *
serve(void *context)
{
	int fd = (int)(intptr_t)context;
	char *request = malloc(REQUEST_BYTES);
	size_t length = 0;

	while (request != NULL && length < REQUEST_BYTES - 1) {
		ssize_t rc =
		    recv(fd, request + length, REQUEST_BYTES - 1 - length, 0);

		if (rc <= 0)
			break;
		length += (size_t)rc;
		request[length] = '\0';
		if (strstr(request, "\r\n\r\n") == NULL)
			continue;
		if (!send_all(fd, find_answer(request)))
			break;
		length = 0;
	}
	free(request);
	close(fd);
	return NULL;
}

static void
make_answers(unsigned gpus)
{
	static const char *const exporter = "nvidia-gpu-list-exporter";

	for (size_t i = 0; i < METRICS; i++)
		answers[i] = make_series(metrics[i], gpus);
	census = make_counts("exporter", &exporter, 1, gpus);
	inventory = make_counts("__name__", metrics, METRICS, gpus);
	nothing = make_counts("", NULL, 0, 0);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: replay PORT GPUS\n");
		return 2;
	}
	make_answers((unsigned)strtoul(argv[2], NULL, 10));
	address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	require(bind(listener, (struct sockaddr *)&address, sizeof(address)) ==
			0 &&
		    listen(listener, BACKLOG) == 0,
		"listen");
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t thread;

		if (fd >= 0 && pthread_create(&thread, NULL, serve,
					      (void *)(intptr_t)fd) == 0)
			pthread_detach(thread);
	}
}
