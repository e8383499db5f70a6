#include "api/stats.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/endpoint.h"
#include "base/clock.h"
#include "base/log.h"

static int64_t
wall_ms(void)
{
	return (int64_t)(clock_wall_s() * 1000);
}

static size_t
process_bytes(unsigned cells)
{
	return offsetof(struct stats_process, board) +
	       progress_board_bytes(cells);
}

static void
log_alone(const struct err *why)
{
	struct log_line l;

	log_start(&l, LOG_WARN, "metrics are of this process alone");
	log_text(&l, "detail", why->text);
	log_write(&l);
}

static void
introduce(struct stats *s, unsigned cells)
{
	int64_t unknown = 0, now_ms = wall_ms();

	s->common = shared_common(s->shared);
	s->own = shared_own(s->shared);
	atomic_compare_exchange_strong(&s->common->start_ms, &unknown, now_ms);
	atomic_store(&s->own->pid, getpid());
	atomic_store(&s->own->start_ms, now_ms);
	atomic_store(&s->own->board.cells, cells);
}

enum err_code
stats_open(const char *file, unsigned cells, struct stats **out, struct err *e)
{
	struct shared_layout layout = {
	    .version = PACKAGE_STRING,
	    .common_bytes = sizeof(struct stats_common),
	    .process_bytes = process_bytes(STATS_CELLS_MAX),
	    .own_bytes = process_bytes(cells)};
	struct stats *s = calloc(1, sizeof(*s));
	struct err why;

	*out = s;
	if (s == NULL)
		return err_set_memory(e);
	if (shared_open(file, &layout, &s->shared, &why, e) != ERR_OK)
		return e->code;
	if (why.code != ERR_OK)
		log_alone(&why);
	introduce(s, cells);
	return ERR_OK;
}

void
stats_close(struct stats *s)
{
	if (s == NULL)
		return;
	shared_close(s->shared);
	free(s);
}

void
stats_set_state(struct stats *s, const struct stats_state *state)
{
	uint64_t words[STATS_STATE_WORDS];

	memcpy(words, state, sizeof(words));
	for (size_t i = 0; i < STATS_STATE_WORDS; i++)
		atomic_store_explicit(&s->own->state[i], words[i],
				      memory_order_relaxed);
}

void
stats_count_request(struct stats *s, size_t endpoint, int http_status,
		    int64_t duration_us, int64_t queued_us)
{
	size_t status = (size_t)(http_status - STATS_STATUS_MIN);
	struct stats_requests *requests;

	if (s == NULL)
		return;
	requests = &s->common->requests[endpoint < endpoint_count
					    ? endpoint
					    : (size_t)STATS_ENDPOINTS_MAX - 1];
	if (status < STATS_STATUSES)
		atomic_fetch_add_explicit(&requests->by_status[status], 1,
					  memory_order_relaxed);
	histogram_observe(&requests->duration, duration_us);
	if (queued_us >= 0)
		histogram_observe(&s->common->queued, queued_us);
}

void
stats_count_shared(struct stats *s)
{
	if (s != NULL)
		atomic_fetch_add_explicit(&s->common->shared_answers, 1,
					  memory_order_relaxed);
}

static struct stats_state
read_state(const struct stats_process *process)
{
	uint64_t words[STATS_STATE_WORDS];
	struct stats_state state;

	for (size_t i = 0; i < STATS_STATE_WORDS; i++)
		words[i] = atomic_load_explicit(&process->state[i],
						memory_order_relaxed);
	memcpy(&state, words, sizeof(state));
	return state;
}

struct stats_state
stats_own_state(const struct stats *s)
{
	return read_state(s->own);
}

/* Whatever stands there: others write it. */
unsigned
stats_cells(const struct stats_process *process)
{
	unsigned cells = atomic_load(&process->board.cells);

	return cells < STATS_CELLS_MAX ? cells : (unsigned)STATS_CELLS_MAX;
}

const struct stats_process *
stats_get_process(const struct stats *s, size_t number, struct stats_state *out)
{
	struct stats_process *process = shared_process(s->shared, number);

	if (process != NULL)
		*out = read_state(process);
	return process;
}
