#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "check.h"
#include "program.h"
#include "web/serve.h"

enum { EXIT_USAGE = 2, FAILED_START_S = 1 };

typedef enum err_code (*action)(struct program *p, struct err *e);

/* --validate: all has been when the program is ready. */
static enum err_code
validate(struct program *p, struct err *e)
{
	(void)p;
	(void)e;
	return ERR_OK;
}

/* A sentence for people, unless a program reads the log. */
static void
print_failure(action act, struct err *e)
{
	struct log_line l;

	if ((act == program_serve || act == validate) &&
	    config_log_format(getenv) == LOG_JSON) {
		log_start(&l, LOG_ERROR, "cannot serve");
		log_text(&l, "error", err_name(e->code));
		log_text(&l, "detail", e->text);
		log_write(&l);
		return;
	}
	check_make_printable(e->text);
	fprintf(stderr, PACKAGE_NAME ": %s\n", e->text);
}

/*
 * What a large answer took goes back to the system at once: by default glibc
 * comes to keep such pieces, and a heap for each thread.
 */
static void
return_memory_early(void)
{
	enum { MMAP_THRESHOLD_BYTES = 64 * 1024, HEAPS = 2 };

	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
	mallopt(M_ARENA_MAX, HEAPS);
}

/* Secrets are in it: it goes into no core dump, whatever the limits are, and
 * no other process of the same user looks into it. */
static void
hide_memory(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

/* A write that fails is told of; it ends nothing. */
static void
survive_writes(void)
{
	signal(SIGXFSZ, SIG_IGN);
}

/* From here on threads run. file is what the action is about, or NULL. */
static int
run(action act, const char *file)
{
	struct program program = {.explained_file = file};
	struct err e = {.code = ERR_OK};
	enum err_code code;

	log_set_format(config_log_format(getenv));
	hide_memory();
	survive_writes();
	return_memory_early();
	code = client_global_init(&e);
	if (act == program_serve)
		serve_prepare();
	if (code == ERR_OK)
		code = program_init(&program, act == program_serve, &e);
	if (code == ERR_OK)
		code = act(&program, &e);
	program_fini(&program);
	client_global_fini();
	if (code == ERR_OK)
		return EXIT_SUCCESS;
	fflush(stdout);
	print_failure(act, &e);
	/* Who supervises starts it again at once: not too often. */
	if (act == program_serve)
		sleep(FAILED_START_S);
	return EXIT_FAILURE;
}

/* Where there is no shell to do one after the other, as in a container: the
 * command is what supervises. */
static int
validate_then(char **command)
{
	int status = run(validate, NULL);

	if (command[0] == NULL)
		return status;
	if (status != EXIT_SUCCESS) {
		sleep(FAILED_START_S);
		return status;
	}
	execvp(command[0], command);
	fprintf(stderr, PACKAGE_NAME ": --validate: %s: %s\n", command[0],
		strerror(errno));
	return EXIT_FAILURE;
}

static int
print_help(void)
{
	puts("Usage: spawn-fcgi -n -s SOCKET -M 0660 -- " PACKAGE_NAME "\n"
	     "       " PACKAGE_NAME " --check | --help | --version\n"
	     "       " PACKAGE_NAME " --explain-profile FILE\n"
	     "       " PACKAGE_NAME " --validate [COMMAND [ARGUMENT...]]\n"
	     "\n"
	     "Answers GPU metrics from Prometheus as JSON, as a FastCGI "
	     "responder whose\nlistening socket is fd 0.\n"
	     "\n"
	     "  --check     validate the settings, ask Prometheus once, print "
	     "what was found\n"
	     "  --explain-profile FILE\n"
	     "              ask Prometheus what each line of an exporter's "
	     "profile finds\n"
	     "  --help      print this\n"
	     "  --validate  validate the settings, ask nobody; then become "
	     "COMMAND, if there is one\n"
	     "  --version   print the version\n"
	     "\n"
	     "Settings, from the environment (default in parentheses):\n");
	config_write_help(stdout);
	return EXIT_SUCCESS;
}

static int
refuse_no_socket(void)
{
	fputs(PACKAGE_NAME ": fd 0 is not a listening socket; start it with\n"
			   "  spawn-fcgi -n -s /run/gpu-monitoring-api.sock "
			   "-M 0660 -- " PACKAGE_NAME "\n",
	      stderr);
	return EXIT_USAGE;
}

static int
refuse_argument(const char *argument)
{
	fprintf(stderr,
		PACKAGE_NAME ": unknown argument \"%s\"; it takes --check, "
			     "--explain-profile, --help, --validate or "
			     "--version\n",
		argument);
	return EXIT_USAGE;
}

static int
explain(int argc, char **argv)
{
	if (argc > 3)
		return refuse_argument(argv[3]);
	if (argc == 3)
		return run(check_profile, argv[2]);
	fputs(PACKAGE_NAME ": --explain-profile takes the file of a profile, "
			   "as in\n"
			   "  " PACKAGE_NAME " --explain-profile ours.json\n",
	      stderr);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct err e = {.code = ERR_OK};

	if (descriptors_fill_standard(&e) != ERR_OK) {
		fprintf(stderr, PACKAGE_NAME ": %s\n", e.text);
		return EXIT_FAILURE;
	}
	if (argc > 1 && strcmp(argv[1], "--validate") == 0)
		return validate_then(argv + 2);
	if (argc > 1 && strcmp(argv[1], "--explain-profile") == 0)
		return explain(argc, argv);
	if (argc > 2)
		return refuse_argument(argv[2]);
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return print_help();
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(PACKAGE_STRING) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (argc == 2 && strcmp(argv[1], "--check") == 0)
		return run(check_exporters, NULL);
	if (argc == 2)
		return refuse_argument(argv[1]);
	if (!serve_has_socket())
		return refuse_no_socket();
	return run(program_serve, NULL);
}
