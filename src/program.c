#include "program.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "api/stats.h"
#include "base/clock.h"
#include "base/resident.h"
#include "base/shared.h"
#include "gpu/collect/survey.h"
#include "gpu/profile/terms.h"
#include "gpu/profile/xids.h"
#include "web/serve.h"

/* Of all processes of the machine, and in memory. */
#define SHARED_DIRECTORY "/dev/shm"

static enum err_code
choose_profiles(struct program *p, struct err *e)
{
	struct err reason = {.code = ERR_OK};

	if (strcmp(p->config.gpu_profiles, "auto") == 0 ||
	    profile_choose(&p->profiles, p->config.gpu_profiles, &reason) ==
		ERR_OK)
		return ERR_OK;
	return err_set(e, reason.code, "GPU_PROFILES: %s", reason.text);
}

/* The one that is explained needs no other. */
static enum err_code
load_profiles(struct program *p, struct err *e)
{
	const struct profile_terms terms = {
	    .cluster_labels = p->config.cluster_labels,
	    .node_labels = p->config.node_labels,
	    .matchers = p->config.gpu_matchers};
	enum err_code code;

	if (p->explained_file != NULL)
		code = profile_load_file(p->explained_file, &p->profiles, e);
	else
		code = profile_load(p->config.profile_dir, &p->profiles, e);
	if (code == ERR_OK && p->explained_file == NULL)
		code = choose_profiles(p, e);
	return code == ERR_OK ? profile_adopt(&p->profiles, &terms, e) : code;
}

static enum err_code
load_prices(struct program *p, struct err *e)
{
	struct err reason = {.code = ERR_OK};

	if (p->config.prices_file == NULL ||
	    price_list_new(p->config.prices_file, &p->prices, &reason) ==
		ERR_OK)
		return ERR_OK;
	return err_set(e, reason.code, "PRICES_FILE: %s", reason.text);
}

static enum err_code
load_xids(struct program *p, struct err *e)
{
	struct err reason = {.code = ERR_OK};

	if (p->explained_file != NULL ||
	    xids_load(p->config.xids_file, &p->xids, &reason) == ERR_OK)
		return ERR_OK;
	return err_set(e, reason.code, "XIDS_FILE: %s", reason.text);
}

static const struct xid_table *
xid_table(const struct program *p)
{
	return p->xids != NULL ? &p->xids->table : NULL;
}

static enum err_code
new_problems(struct program *p, struct err *e)
{
	const struct config *config = &p->config;
	const struct problems_settings settings = {
	    .limits = {.xids = xid_table(p),
		       .hot = (double)config->problem_temperature,
		       .memory_hot = (double)config->problem_memory_temperature,
		       .stale_s = (double)config->stale_s},
	    .ttl_s = (int)config->problems_ttl_s,
	    .alert_match = config->alert_match,
	    .max_bytes = (size_t)config->max_request_memory_bytes,
	    .budget = &p->budget};

	return problems_keeper_new(&settings, &p->problems, e);
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
	    .budget = &p->budget,
	    .survey = survey_cards,
	    .survey_context = &p->collector};

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
	const struct share_settings settings = {
	    .kinds = endpoint_count + HANDLE_SNAPSHOTS,
	    .loose_kinds = HANDLE_NARROW_SNAPSHOTS,
	    .keyed_kinds = HANDLE_HISTORIES,
	    .seats = (unsigned)p->config.responder_threads,
	    .slow_seats = (unsigned)p->config.history_concurrency,
	    .waiting_max = serve_waiting_max()};

	return share_new(&settings, &p->share, e);
}

static void
init_budgets(struct program *p)
{
	/* The rest is for those that are not waiting. */
	enum { WAITING_SHARE = 4 };
	size_t all_bytes = (size_t)p->config.max_memory_bytes;

	budget_init(&p->budget, all_bytes);
	budget_init_within(&p->waiting, all_bytes / WAITING_SHARE, &p->budget);
}

/* Of known series: 10,000 GPUs take 4 MiB, and while they are read anew, 8; as
 * much where it is asked who has them; and 4 MiB of what was made of whole
 * answers. */
static struct memory *
new_memory(struct program *p)
{
	enum { SHARE = 4 };

	return memory_new((size_t)p->config.max_memory_bytes / SHARE,
			  &p->budget);
}

static struct history_settings
history_settings(const struct config *config)
{
	return (struct history_settings){
	    .gap_s = config->history_gap_s,
	    .min_step_s = config->history_min_step_s,
	    .max_range_s = config->history_max_range_s,
	    .max_points = (size_t)config->history_max_points};
}

enum err_code
program_init(struct program *p, bool serves, struct err *e)
{
	struct client_settings client;
	enum err_code code;

	if ((code = config_load(&p->config, getenv, e)) != ERR_OK)
		return code;
	log_set_level(p->config.log_level);
	init_budgets(p);
	p->spare = spare_new(&p->budget);
	if (p->spare == NULL)
		return err_set_memory(e);
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
	if ((code = load_profiles(p, e)) != ERR_OK ||
	    (code = load_prices(p, e)) != ERR_OK ||
	    (code = load_xids(p, e)) != ERR_OK ||
	    (code = new_problems(p, e)) != ERR_OK ||
	    (code = client_new(&client, &p->client, e)) != ERR_OK ||
	    (code = pool_new(p->client, (unsigned)p->config.query_threads,
			     (unsigned)p->config.history_concurrency, &p->pool,
			     e)) != ERR_OK ||
	    (code = new_detector(p, e)) != ERR_OK)
		return code;
	p->collector = (struct collector){
	    .pool = p->pool,
	    .detector = p->detector,
	    .memory = new_memory(p),
	    .max_series = (size_t)p->config.max_series,
	    .idle = {(int)p->config.idle_window_s,
		     (double)p->config.idle_utilization},
	    .available_memory_used_bytes =
		(double)p->config.available_memory_used_bytes,
	    .history = history_settings(&p->config),
	    .prices = p->prices,
	    .xids = xid_table(p),
	    .problems = p->problems};
	return p->collector.memory != NULL ? open_share(p, e)
					   : err_set_memory(e);
}

void
program_fini(struct program *p)
{
	/* Nobody waits for the query that detection may be asking. */
	if (p->client != NULL)
		client_stop_at(p->client, clock_now_ms());
	share_free(p->share);
	progress_desk_free(p->desk);
	memory_free(p->collector.memory);
	detect_free(p->detector);
	pool_free(p->pool);
	client_free(p->client);
	stats_close(p->stats);
	price_list_free(p->prices);
	problems_keeper_free(p->problems);
	xids_free(p->xids);
	profile_free(&p->profiles);
	spare_free(p->spare);
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

	for (int i = 0; i < SERVER__MAX; i++)
		state.servers[i] =
		    client_count_servers(p->client, (enum server_state)i);
	stats_set_state(p->stats, &state);
}

/* Many that waited leave many small pieces of the heap free, which glibc keeps
 * as long as anything lies behind them. */
static void
return_memory(struct program *p)
{
	enum { MANY = 16 };
	struct share_state share = share_state(p->share);

	if (share.waiting > 0 || share.waited - p->waited_before < MANY)
		return;
	p->waited_before = share.waited;
	malloc_trim(0);
}

static void
look_after(void *context)
{
	struct program *p = context;

	return_memory(p);
	share_tick(p->share);
	spare_tick(p->spare);
	publish_state(p);
}

static void
write_settings(const void *context, struct json *j)
{
	const struct program *p = context;

	config_write_values(&p->config, j);
}

enum err_code
program_serve(struct program *p, struct err *e)
{
	const struct config *config = &p->config;
	const struct endpoint_self self = {.stats = p->stats,
					   .program = p,
					   .publish_state = publish_state,
					   .is_stopping = &p->is_stopping,
					   .write_settings = write_settings};
	const struct serve_callbacks callbacks = {.context = p,
						  .every_second = look_after,
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
	    .waiting = &p->waiting,
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
