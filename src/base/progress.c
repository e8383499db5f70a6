#include "base/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { READ_TRIES = 100, SLOW_US = PROGRESS_SLOW_S * 1000000 };

struct progress_desk {
	struct progress_board *board;
	pthread_mutex_t lock; /* of what follows, and of the slowest */
	unsigned free_count;
	struct progress_cell *free_cells[];
};

size_t
progress_board_bytes(unsigned cells)
{
	return sizeof(struct progress_board) +
	       cells * sizeof(struct progress_cell);
}

enum err_code
progress_desk_new(struct progress_board *board, unsigned cells,
		  struct progress_desk **out, struct err *e)
{
	struct progress_desk *d =
	    calloc(1, sizeof(*d) + cells * sizeof(d->free_cells[0]));

	*out = d;
	if (d == NULL)
		return err_set_memory(e);
	d->board = board;
	pthread_mutex_init(&d->lock, NULL);
	/* The first cell is taken first. */
	while (d->free_count < cells) {
		d->free_cells[d->free_count] =
		    &board->in_flight[cells - 1 - d->free_count];
		d->free_count++;
	}
	return ERR_OK;
}

void
progress_desk_free(struct progress_desk *d)
{
	if (d == NULL)
		return;
	pthread_mutex_destroy(&d->lock);
	free(d);
}

static struct progress_cell *
take_cell(struct progress_desk *d)
{
	struct progress_cell *cell = NULL;

	pthread_mutex_lock(&d->lock);
	if (d->free_count > 0)
		cell = d->free_cells[--d->free_count];
	pthread_mutex_unlock(&d->lock);
	return cell;
}

static void
give_cell(struct progress_desk *d, struct progress_cell *cell)
{
	if (cell == NULL)
		return;
	atomic_store_explicit(&cell->is_taken, false, memory_order_release);
	pthread_mutex_lock(&d->lock);
	d->free_cells[d->free_count++] = cell;
	pthread_mutex_unlock(&d->lock);
}

/*
 * A lock would let a process that is stopped or killed at the wrong moment
 * stop the others. A reader sees by the version that a write came between.
 */
static void
write_cell(struct progress_cell *cell, const struct progress_entry *entry)
{
	uint64_t words[PROGRESS_WORDS] = {0};
	unsigned version =
	    atomic_load_explicit(&cell->version, memory_order_relaxed);

	memcpy(words, entry, sizeof(*entry));
	atomic_store_explicit(&cell->version, version + 1,
			      memory_order_relaxed);
	/* Whoever sees one of these sees the odd version as well. */
	for (size_t i = 0; i < PROGRESS_WORDS; i++)
		atomic_store_explicit(&cell->words[i], words[i],
				      memory_order_release);
	atomic_store_explicit(&cell->version, version + 2,
			      memory_order_release);
	atomic_store_explicit(&cell->is_taken, true, memory_order_release);
}

static bool
try_read(const struct progress_cell *cell, struct progress_entry *out)
{
	uint64_t words[PROGRESS_WORDS];
	unsigned version =
	    atomic_load_explicit(&cell->version, memory_order_acquire);

	for (size_t i = 0; i < PROGRESS_WORDS; i++)
		words[i] =
		    atomic_load_explicit(&cell->words[i], memory_order_acquire);
	if (version % 2 != 0 ||
	    atomic_load_explicit(&cell->version, memory_order_relaxed) !=
		version)
		return false;
	memcpy(out, words, sizeof(*out));
	return true;
}

/* Some 140 years: sums and differences of such times are numbers. */
#define TIME_MAX_US (INT64_C(1) << 52)

static void
make_time_safe(int64_t *us)
{
	if (*us < 0 || *us > TIME_MAX_US)
		*us = 0;
}

/* What comes from memory that others write is made fit to be used. */
static void
make_safe(struct progress_entry *entry)
{
	make_time_safe(&entry->start_us);
	make_time_safe(&entry->end_us);
	make_time_safe(&entry->stage_start_us);
	for (int i = 0; i < PROGRESS_STAGES_MAX; i++)
		make_time_safe(&entry->stage_us[i]);
	entry->request_id[sizeof(entry->request_id) - 1] = '\0';
	entry->method[sizeof(entry->method) - 1] = '\0';
	entry->path[sizeof(entry->path) - 1] = '\0';
	if (entry->stage < 0 || entry->stage >= PROGRESS_STAGES_MAX)
		entry->stage = 0;
}

bool
progress_read(const struct progress_cell *cell, struct progress_entry *out)
{
	for (int i = 0; i < READ_TRIES; i++) {
		if (!atomic_load_explicit(&cell->is_taken,
					  memory_order_acquire))
			return false;
		if (try_read(cell, out)) {
			make_safe(out);
			return true;
		}
	}
	return false;
}

static void
publish(const struct progress *p)
{
	if (p->cell != NULL)
		write_cell(p->cell, &p->entry);
}

void
progress_begin(struct progress *p, struct progress_desk *desk, int64_t start_us)
{
	p->desk = desk;
	p->cell = desk != NULL ? take_cell(desk) : NULL;
	p->entry = (struct progress_entry){.start_us = start_us,
					   .stage_start_us = start_us};
	publish(p);
}

void
progress_name(struct progress *p, const char *request_id, const char *method,
	      const char *path)
{
	struct progress_entry *entry;

	if (p == NULL)
		return;
	entry = &p->entry;
	snprintf(entry->request_id, sizeof(entry->request_id), "%s",
		 request_id);
	snprintf(entry->method, sizeof(entry->method), "%s", method);
	snprintf(entry->path, sizeof(entry->path), "%s", path);
	publish(p);
}

static void
leave_stage(struct progress_entry *entry, int64_t now_us)
{
	entry->stage_us[entry->stage] += now_us - entry->stage_start_us;
	entry->stage_start_us = now_us;
}

void
progress_enter(struct progress *p, unsigned stage)
{
	if (p == NULL || p->entry.stage == (int32_t)stage)
		return;
	leave_stage(&p->entry, clock_now_us());
	p->entry.stage = (int32_t)stage;
	publish(p);
}

static int64_t
duration_us(const struct progress_entry *entry)
{
	return entry->end_us - entry->start_us;
}

bool
progress_is_recent(const struct progress_entry *entry, int64_t now_us)
{
	return now_us - entry->end_us <= SLOW_US;
}

/* The cell that is worth least: empty, of long ago, or the fastest. */
struct least {
	struct progress_cell *cell;
	int64_t its_us;	  /* how long it took; -1: worth nothing */
	int64_t until_us; /* when the first of all is of long ago */
};

static struct least
find_least(struct progress_board *board, int64_t now_us)
{
	struct least least = {.until_us = INT64_MAX};
	struct progress_entry entry;

	for (size_t i = 0; i < PROGRESS_SLOWEST; i++) {
		struct progress_cell *cell = &board->slowest[i];
		int64_t its_us = -1;

		if (progress_read(cell, &entry) &&
		    progress_is_recent(&entry, now_us)) {
			its_us = duration_us(&entry);
			if (entry.end_us + SLOW_US < least.until_us)
				least.until_us = entry.end_us + SLOW_US;
		}
		if (least.cell == NULL || its_us < least.its_us) {
			least.cell = cell;
			least.its_us = its_us;
		}
	}
	return least;
}

/* Most requests are fast: that is known without looking at the others. */
static bool
is_surely_fast(struct progress_board *board, const struct progress_entry *entry)
{
	return entry->end_us < atomic_load_explicit(&board->full_until_us,
						    memory_order_acquire) &&
	       duration_us(entry) <=
		   atomic_load_explicit(&board->least_us, memory_order_relaxed);
}

static void
keep_slowest(struct progress_desk *d, const struct progress_entry *entry)
{
	struct progress_board *board = d->board;
	struct least least;

	if (is_surely_fast(board, entry))
		return;
	pthread_mutex_lock(&d->lock);
	least = find_least(board, entry->end_us);
	if (duration_us(entry) > least.its_us) {
		write_cell(least.cell, entry);
	} else {
		atomic_store_explicit(&board->least_us, least.its_us,
				      memory_order_relaxed);
		atomic_store_explicit(&board->full_until_us, least.until_us,
				      memory_order_release);
	}
	pthread_mutex_unlock(&d->lock);
}

void
progress_end(struct progress *p, int status, size_t query_count)
{
	struct progress_entry *entry;

	if (p == NULL)
		return;
	entry = &p->entry;
	entry->end_us = clock_now_us();
	leave_stage(entry, entry->end_us);
	entry->status = status;
	entry->query_count = (int64_t)query_count;
	if (p->desk == NULL)
		return;
	give_cell(p->desk, p->cell);
	p->cell = NULL;
	keep_slowest(p->desk, entry);
}
