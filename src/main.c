#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config.h"
#include "gpu/collect.h"
#include "web/serve.h"

enum { EXIT_USAGE = 2 };

/* All that a running program holds. */
struct program {
	struct config config;
	struct profile_set profiles;
	struct client *client;
	struct pool *pool;
	struct collector collector;
};

static enum err_code
program_init(struct program *p, struct err *e)
{
	struct client_settings client;
	enum err_code code;

	if ((code = config_load(&p->config, getenv, e)) != ERR_OK)
		return code;
	log_set_level(p->config.log_level);
	client = (struct client_settings){
	    .url = p->config.prometheus_url,
	    .agent = PACKAGE_NAME "/" PACKAGE_VERSION,
	    .max_bytes = (size_t)p->config.max_upstream_bytes};
	if ((code = profile_load(p->config.profile_dir, &p->profiles, e)) !=
		ERR_OK ||
	    (code = client_new(&client, &p->client, e)) != ERR_OK ||
	    (code = pool_new(p->client, (unsigned)p->config.query_threads,
			     &p->pool, e)) != ERR_OK)
		return code;
	p->collector =
	    (struct collector){.pool = p->pool,
			       .profiles = &p->profiles,
			       .max_series = (size_t)p->config.max_series};
	return ERR_OK;
}

static void
program_fini(struct program *p)
{
	pool_free(p->pool);
	client_free(p->client);
	profile_free(&p->profiles);
}

static void
stop_queries(void *context, int64_t until_ms)
{
	struct program *p = context;

	client_stop_at(p->client, until_ms);
}

static enum err_code
serve(struct program *p, struct err *e)
{
	const struct config *config = &p->config;
	struct handle_settings handle = {
	    .collector = &p->collector,
	    .request_timeout_ms = config->request_timeout_ms,
	    .health_timeout_ms = config->health_timeout_ms,
	    .max_response_bytes = (size_t)config->max_response_bytes,
	    .max_memory_bytes = (size_t)config->max_request_memory_bytes};
	struct serve_settings settings = {
	    .handle = &handle, .threads = (unsigned)config->responder_threads};

	return serve_run(&settings, stop_queries, p, e);
}

static enum err_code
print_seen(struct program *p, int64_t deadline_ms, struct err *e)
{
	struct budget budget;
	struct arena arena;
	struct collect_call call = {
	    .arena = &arena, .request_id = "check", .deadline_ms = deadline_ms};
	struct collect_seen *seen;
	enum err_code code;

	budget_init(&budget, (size_t)p->config.max_request_memory_bytes);
	arena_init(&arena, &budget);
	code = collect_seen(&p->collector, &call, &seen, e);
	for (size_t i = 0; code == ERR_OK && i < p->profiles.count; i++)
		printf("%s: %llu GPUs\n", seen[i].exporter,
		       (unsigned long long)seen[i].gpu_count);
	arena_fini(&arena);
	return code;
}

static enum err_code
print_version(struct program *p, int64_t deadline_ms, struct err *e)
{
	struct client_session *session = client_session_new(p->client);
	char version[64];
	enum err_code code;

	if (session == NULL)
		return err_set_memory(e);
	code =
	    client_version(session, deadline_ms, version, sizeof(version), e);
	if (code == ERR_OK)
		printf("Prometheus %s at %s\n", version, client_url(p->client));
	client_session_free(session);
	return code;
}

/* --check: asks once and says what is there. */
static enum err_code
check(struct program *p, struct err *e)
{
	int64_t deadline_ms = clock_now_ms() + p->config.health_timeout_ms;
	enum err_code code;

	printf("settings and %zu exporter profile(s) are valid\n",
	       p->profiles.count);
	code = print_version(p, deadline_ms, e);
	return code == ERR_OK ? print_seen(p, deadline_ms, e) : code;
}

/* One line: what Prometheus said may be part of it, and this is a terminal. */
static void
print_failure(struct err *e)
{
	size_t length = strlen(e->text);

	while (length > 0 && isspace((unsigned char)e->text[length - 1]))
		e->text[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)e->text[i]))
			e->text[i] = ' ';
	fprintf(stderr, PACKAGE_NAME ": %s\n", e->text);
}

typedef enum err_code (*action)(struct program *p, struct err *e);

/* From here on threads run. */
static int
run(action act)
{
	struct program program = {0};
	struct err e = {.code = ERR_OK};
	enum err_code code = client_global_init(&e);

	if (act == serve)
		serve_block_signals();
	if (code == ERR_OK)
		code = program_init(&program, &e);
	if (code == ERR_OK)
		code = act(&program, &e);
	program_fini(&program);
	client_global_fini();
	if (code == ERR_OK)
		return EXIT_SUCCESS;
	fflush(stdout);
	print_failure(&e);
	return EXIT_FAILURE;
}

static int
print_help(void)
{
	puts("Usage: spawn-fcgi -n -s SOCKET -M 0660 -- " PACKAGE_NAME "\n"
	     "       " PACKAGE_NAME " --check | --help | --version\n"
	     "\n"
	     "Answers GPU metrics from Prometheus as JSON, as a FastCGI "
	     "responder whose\nlistening socket is fd 0.\n"
	     "\n"
	     "  --check    validate the settings, ask Prometheus once, print "
	     "what was found\n"
	     "  --help     print this\n"
	     "  --version  print the version\n"
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
			     "--help or --version\n",
		argument);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
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
	return run(serve);
}
