/*
 * Plays the GPU exporter of a whole fleet, for the demo and for tests.
 */
#include "fleet_kube.h"
#include "fleet_processes.h"
#include "fleet_text.h"

#include "../support/tcp.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	EXIT_USAGE = 2,
	NODES_MAX = 1000000,
	GPUS_MAX = 1024,
	FLEET_MAX = 1000000,
	HOLES_MAX = 256,
	CONNECTIONS_MAX = 128,
	PATH_BYTES = 4096,
	STEP_MAX_S = 3600,
};

/* No sum of times overflows. */
static const unsigned start_max_s = 4000000000;

struct simulator {
	const char *address;
	unsigned port;
	const char *file;
	const char *directory;
	bool is_static;
	struct fleet_plan plan;
	struct fleet_hole holes[HOLES_MAX];
	const char *missing[HOLES_MAX]; /* METRIC:NODE as given */
	unsigned start_s;		/* of the demo; 0: it is none */
	struct fleet_demo demo;
	bool is_kube;	 /* it plays kube-state-metrics */
	unsigned past_s; /* 0: it serves */
	struct fleet_past past;
	struct fleet_text *text;
};

static const char usage[] =
    "Usage: fleet_simulator [OPTION]...\n"
    "Serves GET /metrics as the GPU exporter of a simulated fleet.\n"
    "\n"
    "  --port N              port to listen on; 0, the default, is any\n"
    "  --address ADDRESS     IPv4 address to listen on (127.0.0.1)\n"
    "  --nodes N             number of nodes, node-1 to node-N (3)\n"
    "  --gpus N              GPUs of each node (2)\n"
    "  --processes N         processes on a GPU, at most (0); labels of dcgm "
    "have\n"
    "                        none\n"
    "  --labels STYLE        field (default): hostname, gpu_id, gpu_name;\n"
    "                        documented: node, gpu, gpu_name;\n"
    "                        dcgm: names, units and labels of dcgm-exporter\n"
    "  --static              values that do not move\n"
    "  --demo START          a day of work, as the demo has it that started "
    "at that\n"
    "                        Unix time; with labels of dcgm, also clocks and "
    "energy\n"
    "  --pods                with labels of dcgm: also which pod has a card\n"
    "  --kube                what kube-state-metrics says of these pods, and "
    "no more\n"
    "  --past SECONDS        serve nothing, but print what scrapes of so long "
    "before\n"
    "                        START would have stored, as OpenMetrics\n"
    "  --step SECONDS        between two of these scrapes (30)\n"
    "  --job NAME            label that they add (fleet)\n"
    "  --instance NAME       the same (localhost:9400)\n"
    "  --no-power            leave out the metrics of power\n"
    "  --missing METRIC:NODE leave METRIC out for that node (node-2 or 2);\n"
    "                        may be given several times\n"
    "  --file PATH           serve this file instead, read at each scrape\n"
    "  --directory PATH      serve PATH/NAME.prom at /NAME instead\n"
    "  --help                print this and exit\n"
    "\n"
    "The first line on stdout is \"listening on ADDRESS:PORT\".\n";

__attribute__((noreturn)) static void
refuse(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "fleet_simulator: %s: got \"%s\", takes %s\n", option,
		value, expected);
	exit(EXIT_USAGE);
}

static unsigned
number(const char *option, const char *value, unsigned most)
{
	unsigned long parsed;
	char *end, expected[64];

	errno = 0;
	parsed = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 ||
	    parsed > most) {
		snprintf(expected, sizeof(expected),
			 "a whole number from 0 to %u", most);
		refuse(option, value, expected);
	}
	return (unsigned)parsed;
}

static void
keep_missing(struct simulator *simulator, const char *value)
{
	if (simulator->plan.hole_count == HOLES_MAX)
		refuse("--missing", value, "no more than 256 of them");
	simulator->missing[simulator->plan.hole_count++] = value;
}

/* Needs the size and the dialect, so it runs once all options are known. */
static void
resolve_missing(struct simulator *simulator, size_t i)
{
	static const char expected[] =
	    "METRIC:NODE, a metric of these labels and a node of this fleet";
	const char *value = simulator->missing[i];
	const char *colon = strrchr(value, ':');
	struct fleet_hole *hole = &simulator->holes[i];
	char metric[128], rest;

	if (colon == NULL)
		refuse("--missing", value, expected);
	snprintf(metric, sizeof(metric), "%.*s", (int)(colon - value), value);
	colon += strncmp(colon, ":node-", 6) == 0 ? 6 : 1;
	if (!fleet_dialect_metric(&hole->metric, simulator->plan.dialect,
				  metric) ||
	    sscanf(colon, "%u%c", &hole->node, &rest) != 1 || hole->node < 1 ||
	    hole->node > simulator->plan.nodes)
		refuse("--missing", value, expected);
}

/* As they are, between quotes. */
static void
check_label(const char *option, const char *value)
{
	for (const char *at = value; *at != '\0'; at++)
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			refuse(
			    option, value,
			    "printable ASCII without quotes and backslashes");
}

static void
check_demo(struct simulator *simulator)
{
	struct fleet_past *past = &simulator->past;

	check_label("--job", past->job);
	check_label("--instance", past->instance);
	if (simulator->past_s > 0 && simulator->start_s == 0)
		refuse("--past", "no --demo START", "one that it ends at");
	if ((simulator->plan.has_pods || simulator->is_kube) &&
	    simulator->start_s == 0)
		refuse("--pods and --kube", "no --demo START", "one");
	if (simulator->plan.has_pods &&
	    simulator->plan.dialect != FLEET_DIALECT_DCGM)
		refuse("--pods", "other labels", "the labels dcgm");
	if (simulator->start_s == 0)
		return;
	if (simulator->is_static)
		refuse("--static", "--demo as well", "one of the two");
	if (simulator->start_s < FLEET_DEMO_PAST_MAX_S)
		refuse("--demo", "a time too early", "Unix time in seconds");
	simulator->demo.start_s = simulator->start_s;
	simulator->plan.demo = &simulator->demo;
	past->to_s = simulator->start_s;
	past->from_s =
	    past->to_s - simulator->past_s / past->step_s * past->step_s;
}

static void
check_options(struct simulator *simulator)
{
	struct fleet_plan *plan = &simulator->plan;
	FILE *file;

	check_demo(simulator);
	if ((unsigned long long)plan->nodes * plan->gpus > FLEET_MAX)
		refuse("--nodes", "too many", "1000000 GPUs in all");
	if (plan->processes > 0 && !fleet_dialect_has_processes(plan->dialect))
		refuse("--processes", "processes with such labels",
		       "the labels field or documented");
	for (size_t i = 0; i < plan->hole_count; i++)
		resolve_missing(simulator, i);
	plan->holes = simulator->holes;
	if (simulator->file == NULL)
		return;
	if ((file = fopen(simulator->file, "r")) == NULL)
		refuse("--file", simulator->file, "a file that can be read");
	fclose(file);
}

static const struct option options[] = {
    {"port", required_argument, NULL, 'p'},
    {"address", required_argument, NULL, 'a'},
    {"nodes", required_argument, NULL, 'n'},
    {"gpus", required_argument, NULL, 'g'},
    {"processes", required_argument, NULL, 'r'},
    {"labels", required_argument, NULL, 'l'},
    {"static", no_argument, NULL, 's'},
    {"demo", required_argument, NULL, 'D'},
    {"pods", no_argument, NULL, 'o'},
    {"kube", no_argument, NULL, 'k'},
    {"past", required_argument, NULL, 'P'},
    {"step", required_argument, NULL, 'S'},
    {"job", required_argument, NULL, 'J'},
    {"instance", required_argument, NULL, 'I'},
    {"no-power", no_argument, NULL, 'w'},
    {"missing", required_argument, NULL, 'm'},
    {"file", required_argument, NULL, 'f'},
    {"directory", required_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* An option of the demo, or none. */
static void
set_demo_option(struct simulator *simulator, int option)
{
	if (option == 'D')
		simulator->start_s = number("--demo", optarg, start_max_s);
	else if (option == 'o')
		simulator->plan.has_pods = true;
	else if (option == 'k')
		simulator->is_kube = true;
	else if (option == 'P')
		simulator->past_s =
		    number("--past", optarg, FLEET_DEMO_PAST_MAX_S);
	else if (option == 'S')
		simulator->past.step_s = number("--step", optarg, STEP_MAX_S);
	else if (option == 'J')
		simulator->past.job = optarg;
	else if (option == 'I')
		simulator->past.instance = optarg;
	if (simulator->past.step_s == 0)
		refuse("--step", optarg, "1 second or more");
}

static void
set_option(struct simulator *simulator, int option)
{
	struct fleet_plan *plan = &simulator->plan;

	set_demo_option(simulator, option);
	if (option == 'p')
		simulator->port = number("--port", optarg, 65535);
	else if (option == 'a')
		simulator->address = optarg;
	else if (option == 'n')
		plan->nodes = number("--nodes", optarg, NODES_MAX);
	else if (option == 'g')
		plan->gpus = number("--gpus", optarg, GPUS_MAX);
	else if (option == 'r')
		plan->processes =
		    number("--processes", optarg, FLEET_PROCESSES_MAX);
	else if (option == 's')
		simulator->is_static = true;
	else if (option == 'w')
		plan->no_power = true;
	else if (option == 'm')
		keep_missing(simulator, optarg);
	else if (option == 'f')
		simulator->file = optarg;
	else if (option == 'd')
		simulator->directory = optarg;
	else if (option == 'l' && !fleet_dialect_find(&plan->dialect, optarg))
		refuse("--labels", optarg, "field, documented or dcgm");
}

static void
parse_options(struct simulator *simulator, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			exit(EXIT_USAGE);
		if (option == 'h') {
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		}
		set_option(simulator, option);
	}
	if (optind < argc)
		refuse("arguments", argv[optind], "options only (see --help)");
	check_options(simulator);
}

static double
wall_time_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static char *
read_file(const char *path, size_t *length)
{
	FILE *in = fopen(path, "r"), *out;
	char *text = NULL, block[4096];
	size_t got;

	if (in == NULL)
		return NULL;
	if ((out = open_memstream(&text, length)) != NULL) {
		while ((got = fread(block, 1, sizeof(block), in)) > 0)
			fwrite(block, 1, got, out);
		fclose(out);
	}
	fclose(in);
	return text;
}

/* DIRECTORY/NAME.prom for the target /NAME; NULL if there is none. */
static char *
read_named(const struct simulator *simulator, const char *target,
	   size_t *length)
{
	char path[PATH_BYTES];
	int path_length;

	if (target[0] != '/' || target[1] == '.' || strchr(target + 1, '/'))
		return NULL;
	path_length = snprintf(path, sizeof(path), "%s%s.prom",
			       simulator->directory, target);
	return path_length < PATH_BYTES ? read_file(path, length) : NULL;
}

static char *
current_text(const struct simulator *simulator, size_t *length)
{
	if (simulator->file != NULL)
		return read_file(simulator->file, length);
	if (simulator->is_kube)
		return fleet_kube_write(&simulator->plan, wall_time_s(),
					length);
	return fleet_text_write(
	    simulator->text, simulator->is_static ? 0 : wall_time_s(), length);
}

static bool
reply(int fd, const char *status, const char *more_headers, const char *body,
      size_t length)
{
	char head[256];
	int head_length =
	    snprintf(head, sizeof(head),
		     "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; "
		     "charset=utf-8\r\n%sContent-Length: %zu\r\n\r\n",
		     status, more_headers, length);

	return tcp_send(fd, head, (size_t)head_length) &&
	       tcp_send(fd, body, length);
}

static bool
reply_error(int fd, const char *status, const char *more_headers)
{
	char body[64];
	int length = snprintf(body, sizeof(body), "%s\n", status);

	return reply(fd, status, more_headers, body, (size_t)length);
}

/* Frees the text. */
static bool
reply_text(int fd, char *text, size_t length)
{
	bool sent;

	sent = reply(fd, "200 OK", "", text, length);
	free(text);
	return sent;
}

static bool
answer(int fd, const struct simulator *simulator, struct tcp_request *request)
{
	const char *missing = "500 Internal Server Error";
	size_t length = 0;
	char *text;

	request->target[strcspn(request->target, "?")] = '\0';
	if (simulator->directory == NULL &&
	    strcmp(request->target, "/metrics") != 0)
		return reply_error(fd, "404 Not Found", "");
	if (strcmp(request->method, "GET") != 0)
		return reply_error(fd, "405 Method Not Allowed",
				   "Allow: GET\r\n") &&
		       strcmp(request->method, "HEAD") != 0;
	if (simulator->directory != NULL) {
		text = read_named(simulator, request->target, &length);
		missing = "404 Not Found";
	} else {
		text = current_text(simulator, &length);
	}
	return text != NULL ? reply_text(fd, text, length)
			    : reply_error(fd, missing, "");
}

static void
serve(int fd, void *context)
{
	struct tcp_request *request = malloc(sizeof(*request));

	if (request == NULL)
		return;
	request->raw_length = 0;
	while (tcp_request_read(request, fd))
		if (!answer(fd, context, request) || !request->keep_alive)
			break;
	free(request);
}

static int
print_past(const struct simulator *simulator)
{
	if (fleet_text_write_past(simulator->text, &simulator->past, stdout))
		return EXIT_SUCCESS;
	fprintf(stderr, "fleet_simulator: cannot write the past: %s\n",
		strerror(errno));
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	static struct simulator simulator = {
	    .address = "127.0.0.1",
	    .plan = {.nodes = 3, .gpus = 2},
	    .past = {.step_s = 30,
		     .job = "fleet",
		     .instance = "localhost:9400"},
	};
	int listener;

	parse_options(&simulator, argc, argv);
	tcp_exit_on_signals();
	simulator.text = fleet_text_new(&simulator.plan);
	if (simulator.text == NULL) {
		fputs("fleet_simulator: out of memory\n", stderr);
		return EXIT_FAILURE;
	}
	if (simulator.past_s > 0)
		return print_past(&simulator);
	listener =
	    tcp_listen(simulator.address, simulator.port, &simulator.port);
	if (listener < 0) {
		fprintf(stderr, "fleet_simulator: cannot listen on %s:%u: %s\n",
			simulator.address, simulator.port, strerror(errno));
		return errno == EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	}
	tcp_announce(simulator.address, simulator.port);
	tcp_serve(listener, CONNECTIONS_MAX, serve, &simulator);
	fprintf(stderr, "fleet_simulator: accept: %s\n", strerror(errno));
	return EXIT_FAILURE;
}
