#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "api/endpoint.h"
#include "api/stats.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/resident.h"
#include "base/shared.h"
#include "config.h"
#include "gpu/collect.h"
#include "web/serve.h"

/* Of all processes of the machine, and in memory. */
#define SHARED_DIRECTORY "/dev/shm"

enum { EXIT_USAGE = 2, FAILED_START_S = 1 };

/* All that a running program holds. */
struct program {
	struct config config;
	struct profile_set profiles;
	struct client *client;
	struct pool *pool;
	struct detector *detector;
	struct collector collector;
	struct share *share;
	struct progress_desk *desk; /* or NULL */
	struct stats *stats;	    /* NULL: it does not serve */
	struct budget budget;
	atomic_bool is_stopping;
};

static enum err_code
choose_profiles(struct program *p, struct err *e)
{
	struct err reason = {.code = ERR_OK};
	enum err_code code =
	    profile_load(p->config.profile_dir, &p->profiles, e);

	if (code != ERR_OK || strcmp(p->config.gpu_profiles, "auto") == 0)
		return code;
	if (profile_choose(&p->profiles, p->config.gpu_profiles, &reason) ==
	    ERR_OK)
		return ERR_OK;
	return err_set(e, reason.code, "GPU_PROFILES: %s", reason.text);
}

static enum err_code
new_detector(struct program *p, struct err *e)
{
	const struct config *config = &p->config;
	struct detect_settings settings = {
	    .pool = p->pool,
	    .profiles = &p->profiles,
	    .is_fixed = strcmp(config->gpu_profiles, "auto") != 0,
	    .interval_ms = config->detection_interval_ms,
	    .timeout_ms = config->health_timeout_ms,
	    .max_series = (size_t)config->max_series,
	    .max_memory_bytes = (size_t)config->max_request_memory_bytes,
	    .budget = &p->budget};

	return detect_new(&settings, &p->detector, e);
}

/* What the processes of this socket count together. */
static enum err_code
open_stats(struct program *p, struct err *e)
{
	/* Some of those that wait are told of. */
	enum { WAITING_CELLS = 64 };
	const char *file = p->config.shared_file;
	unsigned cells = serve_threads((unsigned)p->config.responder_threads) +
			 WAITING_CELLS;
	char of_socket[128];

	if (file == NULL) {
		shared_sweep(SHARED_DIRECTORY, PACKAGE_NAME "-");
		snprintf(of_socket, sizeof(of_socket),
			 SHARED_DIRECTORY "/" PACKAGE_NAME "-%" PRIu64,
			 serve_socket_number());
		file = of_socket;
	}
	if (stats_open(file, cells, &p->stats, e) != ERR_OK)
		return e->code;
	return progress_desk_new(&p->stats->own->board, cells, &p->desk, e);
}

static enum err_code
open_share(struct program *p, struct err *e)
{
	/* The rest is for those that are not waiting. */
	enum { WAITING_SHARE = 4 };
	size_t fit = (size_t)p->config.max_memory_bytes / WAITING_SHARE /
		     HANDLE_WAITING_BYTES;
	size_t most = serve_waiting_max();
	struct share_settings settings = {
	    .kinds = endpoint_count,
	    .seats = (unsigned)p->config.responder_threads,
	    .waiting_max = fit < most ? fit : most};

	return share_new(&settings, &p->share, e);
}

static enum err_code
program_init(struct program *p, bool serves, struct err *e)
{
	struct client_settings client;
	enum err_code code;

	if ((code = config_load(&p->config, getenv, e)) != ERR_OK)
		return code;
	log_set_level(p->config.log_level);
	budget_init(&p->budget, (size_t)p->config.max_memory_bytes);
	if (serves && (code = open_stats(p, e)) != ERR_OK)
		return code;
	client = (struct client_settings){
	    .urls = p->config.prometheus_url,
	    .agent = PACKAGE_NAME "/" PACKAGE_VERSION,
	    .max_bytes = (size_t)p->config.max_upstream_bytes,
	    .probe_timeout_ms = p->config.probe_timeout_ms,
	    .headers = p->config.prometheus_headers,
	    .token_file = p->config.prometheus_token_file,
	    .user = p->config.prometheus_user,
	    .password_file = p->config.prometheus_password_file,
	    .ca_file = p->config.prometheus_ca_file,
	    .cert_file = p->config.prometheus_cert_file,
	    .key_file = p->config.prometheus_key_file,
	    .proxy = p->config.prometheus_proxy,
	    .stats = serves ? &p->stats->common->client : NULL};
	if ((code = choose_profiles(p, e)) != ERR_OK ||
	    (code = client_new(&client, &p->client, e)) != ERR_OK ||
	    (code = pool_new(p->client, (unsigned)p->config.query_threads,
			     &p->pool, e)) != ERR_OK ||
	    (code = new_detector(p, e)) != ERR_OK)
		return code;
	p->collector =
	    (struct collector){.pool = p->pool,
			       .detector = p->detector,
			       .max_series = (size_t)p->config.max_series};
	return open_share(p, e);
}

static void
program_fini(struct program *p)
{
	/* Nobody waits for the query that detection may be asking. */
	if (p->client != NULL)
		client_stop_at(p->client, clock_now_ms());
	share_free(p->share);
	progress_desk_free(p->desk);
	detect_free(p->detector);
	pool_free(p->pool);
	client_free(p->client);
	stats_close(p->stats);
	profile_free(&p->profiles);
}

static void
stop_requests(void *context, int64_t until_ms)
{
	struct program *p = context;

	atomic_store(&p->is_stopping, true);
	client_stop_at(p->client, until_ms);
}

/* Every second, so that whichever process is asked knows it of all. */
static void
publish_state(void *context)
{
	struct program *p = context;
	struct pool_state pool = pool_state(p->pool);
	struct share_state share = share_state(p->share);
	struct stats_state state = {
	    .resident_bytes = resident_bytes(),
	    .request_bytes =
		budget_used(&p->budget, (size_t)p->config.max_memory_bytes),
	    .query_threads = pool.threads,
	    .busy_query_threads = pool.busy_threads,
	    .waiting_queries = pool.waiting,
	    .responder_threads = (uint64_t)p->config.responder_threads,
	    .busy_responder_threads = share.seats_taken,
	    .waiting_requests = share.waiting,
	    .kept_answers = share.answers,
	    .kept_answer_bytes = share.bytes};

	for (int i = 0; i < UPSTREAM__MAX; i++)
		state.servers[i] =
		    client_count_servers(p->client, (enum upstream_state)i);
	stats_set_state(p->stats, &state);
}

static void
write_settings(const void *context, struct json *j)
{
	const struct program *p = context;

	config_write_values(&p->config, j);
}

static enum err_code
serve(struct program *p, struct err *e)
{
	const struct config *config = &p->config;
	const struct endpoint_self self = {.stats = p->stats,
					   .program = p,
					   .publish_state = publish_state,
					   .is_stopping = &p->is_stopping,
					   .write_settings = write_settings};
	const struct serve_callbacks callbacks = {.context = p,
						  .every_second = publish_state,
						  .stopping = stop_requests};
	struct handle_settings handle = {
	    .collector = &p->collector,
	    .self = &self,
	    .has_debug = config->debug_endpoints,
	    .command = config->process_command,
	    .request_timeout_ms = config->request_timeout_ms,
	    .health_timeout_ms = config->health_timeout_ms,
	    .max_response_bytes = (size_t)config->max_response_bytes,
	    .max_memory_bytes = (size_t)config->max_request_memory_bytes,
	    .budget = &p->budget,
	    .stale_if_error_s = config->stale_if_error_s,
	    .share = p->share,
	    .shares_answers = config->share_answers,
	    .desk = p->desk};
	struct serve_settings settings = {
	    .handle = &handle,
	    .threads = serve_threads((unsigned)config->responder_threads)};

	enum err_code code = detect_start(p->detector, e);

	return code == ERR_OK ? serve_run(&settings, &callbacks, e) : code;
}

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
	struct census_count *seen;
	size_t count;
	enum err_code code;

	budget_init(&budget, (size_t)p->config.max_request_memory_bytes);
	arena_init(&arena, &budget);
	code = detect_census(p->detector, &call, &seen, &count, e);
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
	if (code != ERR_UPSTREAM)
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
	if (act == serve)
		serve_prepare();
	if (code == ERR_OK)
		code = program_init(&program, act == serve, &e);
	if (code == ERR_OK)
		code = act(&program, &e);
	program_fini(&program);
	client_global_fini();
	if (code == ERR_OK)
		return EXIT_SUCCESS;
	fflush(stdout);
	print_failure(act, &e);
	/* Who supervises starts it again at once: not too often. */
	if (act == serve)
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
	return run(serve);
}
