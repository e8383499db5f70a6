/*
 * A Prometheus that misbehaves as it is told, for tests of faults.
 */
#include "fake_serve.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, CONNECTIONS_MAX = 512, GPUS_MAX = 1000000 };

static const char usage[] =
    "Usage: fake_prometheus [OPTION]...\n"
    "Answers /api/v1/query and query_range on 127.0.0.1 as a Prometheus that\n"
    "misbehaves.\n"
    "\n"
    "  --port N           port to listen on; 0, the default, is any\n"
    "  --behaviour NAME   how to answer queries (ok)\n"
    "  --metric TEXT      only queries that contain TEXT; others are ok\n"
    "  --ms N             how long a behaviour that waits does so\n"
    "  --gpus-total N     GPUs of the fleet (4)\n"
    "  --gpus-per-node N  GPUs of each node (2)\n"
    "  --help             print this and exit\n"
    "\n"
    "The first line on stdout is \"listening on 127.0.0.1:PORT\".\n"
    "GET /__set?behaviour=NAME[&metric=TEXT][&ranges=1][&ms=N] changes the\n"
    "behaviour, with ranges only that of queries over a range of time,\n"
    "GET /__clock?ahead_s=N gives it a clock, that much ahead of ours,\n"
    "GET /__count tells what was asked. The behaviours:\n"
    "\n";

__attribute__((noreturn)) static void
refuse(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "fake_prometheus: %s: got \"%s\", takes %s\n", option,
		value, expected);
	exit(EXIT_USAGE);
}

static unsigned
number(const char *option, unsigned least, unsigned most)
{
	unsigned parsed;
	char expected[64];

	if (fake_serve_number(optarg, most, &parsed) && parsed >= least)
		return parsed;
	snprintf(expected, sizeof(expected), "a whole number from %u to %u",
		 least, most);
	refuse(option, optarg, expected);
}

static const struct option options[] = {
    {"port", required_argument, NULL, 'p'},
    {"behaviour", required_argument, NULL, 'b'},
    {"metric", required_argument, NULL, 'm'},
    {"ms", required_argument, NULL, 'w'},
    {"gpus-total", required_argument, NULL, 't'},
    {"gpus-per-node", required_argument, NULL, 'n'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void
set_option(struct fake *fake, int option)
{
	struct fake_rule *rule = &fake->rule;

	if (option == 'p')
		fake->port = number("--port", 0, 65535);
	else if (option == 'b')
		rule->behaviour = fake_behaviour_find(optarg);
	else if (option == 'm')
		snprintf(rule->metric, sizeof(rule->metric), "%s", optarg);
	else if (option == 't')
		fake->gpus_total = number("--gpus-total", 0, GPUS_MAX);
	else if (option == 'n')
		fake->gpus_per_node = number("--gpus-per-node", 1, GPUS_MAX);
	else if (option == 'w') {
		rule->has_wait = true;
		rule->wait_ms = number("--ms", 0, FAKE_WAIT_MAX_MS);
	}
	if (rule->behaviour == NULL)
		refuse("--behaviour", optarg, "a name that --help lists");
}

static void
parse_options(struct fake *fake, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			exit(EXIT_USAGE);
		if (option == 'h') {
			fputs(usage, stdout);
			fake_behaviour_list(stdout);
			exit(EXIT_SUCCESS);
		}
		set_option(fake, option);
	}
	if (optind < argc)
		refuse("arguments", argv[optind], "options only (see --help)");
}

int
main(int argc, char **argv)
{
	static struct fake fake = {
	    .gpus_total = 4,
	    .gpus_per_node = 2,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	};
	int listener;

	fake.rule.behaviour = fake_behaviour_find("ok");
	parse_options(&fake, argc, argv);
	tcp_exit_on_signals();
	listener = tcp_listen("127.0.0.1", fake.port, &fake.port);
	if (listener < 0) {
		fprintf(stderr,
			"fake_prometheus: cannot listen on port %u: "
			"%s\n",
			fake.port, strerror(errno));
		return EXIT_FAILURE;
	}
	tcp_announce("127.0.0.1", fake.port);
	tcp_serve(listener, CONNECTIONS_MAX, fake_serve, &fake);
	fprintf(stderr, "fake_prometheus: accept: %s\n", strerror(errno));
	return EXIT_FAILURE;
}
