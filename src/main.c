#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "program.h"
#include "web/serve.h"

enum { EXIT_USAGE = 2, FAILED_START_S = 1 };

enum { VERSION_BYTES = 64 };

/* One line of ASCII: what Prometheus said may be part of it, and this is a
 * terminal. */
static void
make_printable(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
		else if ((unsigned char)text[i] >= 0x80)
			text[i] = '?';
}

static void
print_seen(const struct program *p, const char *version, struct call *call,
	   const struct census_count *seen, size_t count)
{
	printf("Prometheus %s at %s\n", version, client_url(p->client));
	for (size_t i = 0; i < count; i++)
		printf("%s: %llu GPUs\n", seen[i].profile->name,
		       (unsigned long long)seen[i].gpu_count);
	if (count == 0)
		detect_warn_of_nothing(p->detector, call);
	for (size_t i = 0; i < call->warning_count; i++)
		printf("%s\n", call->warnings[i]);
}

static enum err_code
check_exporters(struct program *p, const char *version, int64_t deadline_ms,
		struct err *e)
{
	struct budget budget;
	struct arena arena;
	struct call call = {
	    .arena = &arena, .request_id = "check", .deadline_ms = deadline_ms};
	const struct detection *found;
	struct census_count *seen;
	size_t count;
	enum err_code code;

	budget_init(&budget, (size_t)p->config.max_request_memory_bytes);
	arena_init(&arena, &budget);
	/* So that GPUs are counted as rows are. */
	code = detect_look(p->detector, &call, &found, e);
	if (code == ERR_OK) {
		detect_release(found);
		code = detect_census(p->detector, &call, &seen, &count, e);
	}
	if (code == ERR_OK)
		print_seen(p, version, &call, seen, count);
	arena_fini(&arena);
	return code;
}

/* Not every server that speaks Prometheus' language tells its version. */
static enum err_code
find_version(struct program *p, int64_t deadline_ms,
	     char version[static VERSION_BYTES], struct err *e)
{
	struct client_session *session = client_session_new(p->client);
	enum err_code code;

	if (session == NULL)
		return err_set_memory(e);
	code = client_version(session, deadline_ms, version, VERSION_BYTES, e);
	client_session_free(session);
	if (code == ERR_OK)
		make_printable(version);
	if (code != ERR_PROM)
		return code;
	snprintf(version, VERSION_BYTES, "of unknown version");
	*e = (struct err){.code = ERR_OK};
	return ERR_OK;
}

/* --check: asks once and says what is there. */
static enum err_code
check(struct program *p, struct err *e)
{
	int64_t deadline_ms = clock_now_ms() + p->config.health_timeout_ms;
	char version[VERSION_BYTES];
	enum err_code code;

	/* What is wrong is said once, at the end. */
	if (!log_wants(LOG_DEBUG))
		log_set_level(LOG_ERROR);
	printf("settings and %zu exporter profile(s) are valid\n",
	       p->profiles.count);
	code = find_version(p, deadline_ms, version, e);
	return code == ERR_OK ? check_exporters(p, version, deadline_ms, e)
			      : code;
}

/* --validate: all has been when the program is ready. */
static enum err_code
validate(struct program *p, struct err *e)
{
	(void)p;
	(void)e;
	return ERR_OK;
}

typedef enum err_code (*action)(struct program *p, struct err *e);

/* A sentence for people, unless a program reads the log. */
static void
print_failure(action act, struct err *e)
{
	struct log_line l;

	if (act != check && config_log_format(getenv) == LOG_JSON) {
		log_start(&l, LOG_ERROR, "cannot serve");
		log_text(&l, "error", err_name(e->code));
		log_text(&l, "detail", e->text);
		log_write(&l);
		return;
	}
	make_printable(e->text);
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

/* From here on threads run. */
static int
run(action act)
{
	struct program program = {0};
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
	int status = run(validate);

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
	     "       " PACKAGE_NAME " --validate [COMMAND [ARGUMENT...]]\n"
	     "\n"
	     "Answers GPU metrics from Prometheus as JSON, as a FastCGI "
	     "responder whose\nlistening socket is fd 0.\n"
	     "\n"
	     "  --check     validate the settings, ask Prometheus once, print "
	     "what was found\n"
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
			     "--help, --validate or --version\n",
		argument);
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
	if (argc > 2)
		return refuse_argument(argv[2]);
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return print_help();
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(PACKAGE_STRING) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (argc == 2 && strcmp(argv[1], "--check") == 0)
		return run(check);
	if (argc == 2)
		return refuse_argument(argv[1]);
	if (!serve_has_socket())
		return refuse_no_socket();
	return run(program_serve);
}
