#include "base/progress.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "support/suite.h"

enum { CELLS = 3, SECOND_US = 1000000 };

static struct progress_board *board;
static struct progress_desk *desk;
static struct progress progress;
static struct err err;

/* The caller's stages. */
enum { FIRST, ASKS, JOINS, NEVER, SENDS };

static void
begin(void)
{
	board = calloc(1, progress_board_bytes(CELLS));
	CU_ASSERT_PTR_NOT_NULL_FATAL(board);
	atomic_store(&board->cells, CELLS);
	CU_ASSERT_EQUAL_FATAL(progress_desk_new(board, CELLS, &desk, &err),
			      ERR_OK);
}

static void
end(void)
{
	progress_desk_free(desk);
	free(board);
}

static void
rest_ms(long ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

static unsigned
count_slowest(void)
{
	struct progress_entry entry;
	unsigned count = 0;

	for (int i = 0; i < PROGRESS_SLOWEST; i++)
		count += progress_read(&board->slowest[i], &entry);
	return count;
}

/* --- one request --------------------------------------------------------- */

static void
is_seen_in_flight(void)
{
	struct progress_entry entry;

	begin();
	CU_ASSERT_FALSE(progress_read(&board->in_flight[0], &entry));
	progress_begin(&progress, desk, 1000);
	CU_ASSERT_TRUE_FATAL(progress_read(&board->in_flight[0], &entry));
	SUITE_EQUAL(entry.path, "");
	CU_ASSERT_EQUAL(entry.start_us, 1000);
	CU_ASSERT_EQUAL(entry.stage, FIRST);
	progress_name(&progress, "id", "GET", "/path");
	progress_enter(&progress, ASKS);
	CU_ASSERT_TRUE(progress_read(&board->in_flight[0], &entry));
	SUITE_EQUAL(entry.request_id, "id");
	SUITE_EQUAL(entry.method, "GET");
	SUITE_EQUAL(entry.path, "/path");
	CU_ASSERT_EQUAL(entry.stage, ASKS);
	CU_ASSERT_EQUAL(entry.end_us, 0);
	CU_ASSERT_FALSE(progress_read(&board->in_flight[1], &entry));
	CU_ASSERT_FALSE(progress_read(&board->in_flight[2], &entry));
	CU_ASSERT_EQUAL(count_slowest(), 0);
	progress_end(&progress, 200, 5);
	CU_ASSERT_FALSE(progress_read(&board->in_flight[0], &entry));
	/* The next one has nothing of it. */
	progress_begin(&progress, desk, 2000);
	CU_ASSERT_TRUE(progress_read(&board->in_flight[0], &entry));
	SUITE_EQUAL(entry.request_id, "");
	CU_ASSERT_EQUAL(entry.stage_us[FIRST], 0);
	end();
}

static void
adds_up_stages(void)
{
	int64_t start_us = clock_now_us(), sum_us = 0;
	struct progress_entry entry;

	begin();
	progress_begin(&progress, desk, start_us);
	progress_enter(&progress, ASKS);
	rest_ms(3);
	progress_enter(&progress, JOINS);
	progress_enter(&progress, ASKS);
	rest_ms(3);
	/* Where it is already. */
	progress_enter(&progress, ASKS);
	progress_enter(&progress, SENDS);
	progress_end(&progress, 304, 7);
	CU_ASSERT_TRUE_FATAL(progress_read(&board->slowest[0], &entry));
	for (int i = 0; i < PROGRESS_STAGES_MAX; i++) {
		CU_ASSERT(entry.stage_us[i] >= 0);
		sum_us += entry.stage_us[i];
	}
	CU_ASSERT(entry.stage_us[ASKS] >= 6000);
	CU_ASSERT_EQUAL(entry.stage_us[NEVER], 0);
	/* Nothing is between the stages. */
	CU_ASSERT_EQUAL(sum_us, entry.end_us - start_us);
	CU_ASSERT_EQUAL(entry.status, 304);
	CU_ASSERT_EQUAL(entry.query_count, 7);
	end();
}

/* More at once than there are cells: the last one is not seen, but kept. */
static void
is_kept_though_not_seen(void)
{
	struct progress each[CELLS + 1];
	struct progress_entry entry;

	begin();
	for (size_t i = 0; i < CELLS + 1; i++)
		progress_begin(&each[i], desk, clock_now_us());
	CU_ASSERT_PTR_NULL(each[CELLS].cell);
	progress_name(&each[CELLS], "last", "GET", "/");
	progress_enter(&each[CELLS], ASKS);
	for (size_t i = 0; i < CELLS; i++) {
		CU_ASSERT_TRUE(progress_read(&board->in_flight[i], &entry));
		SUITE_EQUAL(entry.request_id, "");
	}
	/* Whichever ends first, the next one has its cell. */
	progress_end(&each[1], 200, 0);
	CU_ASSERT_FALSE(progress_read(&board->in_flight[1], &entry));
	progress_begin(&each[1], desk, clock_now_us());
	CU_ASSERT_TRUE(progress_read(&board->in_flight[1], &entry));
	progress_end(&each[CELLS], 200, 0);
	CU_ASSERT_EQUAL(count_slowest(), 2);
	for (size_t i = 0; i < CELLS; i++)
		progress_end(&each[i], 200, 0);
	end();
}

static void
cuts_what_does_not_fit(void)
{
	char text[1000];
	struct progress_entry entry;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin();
	progress_begin(&progress, desk, 0);
	progress_name(&progress, text, text, text);
	CU_ASSERT_TRUE(progress_read(&board->in_flight[0], &entry));
	CU_ASSERT_EQUAL(strlen(entry.request_id), sizeof(entry.request_id) - 1);
	CU_ASSERT_EQUAL(strlen(entry.method), sizeof(entry.method) - 1);
	CU_ASSERT_EQUAL(strlen(entry.path), sizeof(entry.path) - 1);
	end();
}

static void
nobody_is_told(void)
{
	struct progress alone;

	progress_name(NULL, "", "", "");
	progress_enter(NULL, ASKS);
	progress_end(NULL, 200, 0);
	progress_begin(&alone, NULL, clock_now_us());
	progress_name(&alone, "id", "GET", "/path");
	progress_enter(&alone, SENDS);
	progress_end(&alone, 200, 1);
	SUITE_EQUAL(alone.entry.path, "/path");
	CU_ASSERT(alone.entry.end_us > 0);
}

/* --- the slowest --------------------------------------------------------- */

/* One that took so long and ended just now. */
static void
serve(const char *id, int64_t duration_us)
{
	progress_begin(&progress, desk, clock_now_us() - duration_us);
	progress_name(&progress, id, "GET", "/");
	progress_end(&progress, 200, 0);
}

static bool
is_kept(const char *id)
{
	struct progress_entry entry;

	for (int i = 0; i < PROGRESS_SLOWEST; i++)
		if (progress_read(&board->slowest[i], &entry) &&
		    strcmp(entry.request_id, id) == 0)
			return true;
	return false;
}

static void
keeps_the_slowest(void)
{
	char id[16];

	begin();
	for (int i = 1; i <= PROGRESS_SLOWEST; i++) {
		snprintf(id, sizeof(id), "%d", i);
		serve(id, i * SECOND_US);
		CU_ASSERT_EQUAL(count_slowest(), i);
	}
	serve("fast", SECOND_US / 2);
	serve("fast", SECOND_US / 2);
	CU_ASSERT_FALSE(is_kept("fast"));
	serve("slow", 5 * SECOND_US);
	CU_ASSERT_TRUE(is_kept("slow"));
	CU_ASSERT_FALSE(is_kept("1"));
	/* Slower than what was the fastest of them until now. */
	serve("between", 3 * SECOND_US / 2);
	CU_ASSERT_FALSE(is_kept("between"));
	serve("medium", 5 * SECOND_US / 2);
	CU_ASSERT_TRUE(is_kept("medium"));
	CU_ASSERT_FALSE(is_kept("2"));
	for (int i = 3; i <= PROGRESS_SLOWEST; i++) {
		snprintf(id, sizeof(id), "%d", i);
		CU_ASSERT_TRUE(is_kept(id));
	}
	end();
}

/* As if it had been so much earlier. */
static void
age(struct progress_cell *cell, int64_t by_us)
{
	struct progress_entry entry;
	uint64_t words[PROGRESS_WORDS] = {0};

	CU_ASSERT_TRUE_FATAL(progress_read(cell, &entry));
	entry.start_us -= by_us;
	entry.end_us -= by_us;
	memcpy(words, &entry, sizeof(entry));
	for (int i = 0; i < PROGRESS_WORDS; i++)
		atomic_store(&cell->words[i], words[i]);
	atomic_fetch_sub(&board->full_until_us, by_us);
}

/* A fast one of now takes the place of a slow one of long ago. */
static void
forgets_what_is_long_ago(void)
{
	struct progress_entry entry;

	begin();
	for (int i = 0; i < PROGRESS_SLOWEST; i++)
		serve(i == 3 ? "old" : "new", 20 * SECOND_US);
	CU_ASSERT_TRUE(progress_read(&board->slowest[3], &entry));
	CU_ASSERT_TRUE(progress_is_recent(&entry, entry.end_us));
	CU_ASSERT_TRUE(progress_is_recent(
	    &entry, entry.end_us + (int64_t)PROGRESS_SLOW_S * SECOND_US));
	CU_ASSERT_FALSE(progress_is_recent(
	    &entry, entry.end_us + (int64_t)PROGRESS_SLOW_S * SECOND_US + 1));
	serve("fast", SECOND_US);
	CU_ASSERT_FALSE(is_kept("fast"));
	age(&board->slowest[3], (int64_t)(PROGRESS_SLOW_S + 1) * SECOND_US);
	serve("fast", SECOND_US);
	CU_ASSERT_TRUE(is_kept("fast"));
	CU_ASSERT_FALSE(is_kept("old"));
	end();
}

/* --- others look on ------------------------------------------------------ */

static atomic_bool is_over;

/* All texts and numbers of an entry are of the same letter. */
static void *
write_letters(void *context)
{
	struct progress *p = context;

	for (unsigned n = 0; !atomic_load(&is_over); n++) {
		char text[200];

		memset(text, 'a' + (int)(n % 26), sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		progress_begin(p, desk, clock_now_us());
		progress_name(p, text, text, text);
		p->entry.query_count = 'a' + (int)(n % 26);
		progress_enter(p, ASKS);
		progress_end(p, 'a' + (int)(n % 26), 'a' + n % 26);
	}
	return NULL;
}

static bool
is_all(const char *text, size_t bytes, char letter)
{
	for (size_t i = 0; i + 1 < bytes; i++)
		if (text[i] != letter)
			return false;
	return text[bytes - 1] == '\0';
}

static bool
is_whole(const struct progress_entry *entry)
{
	char letter = entry->path[0];

	return is_all(entry->path, sizeof(entry->path), letter) &&
	       is_all(entry->method, sizeof(entry->method), letter) &&
	       is_all(entry->request_id, sizeof(entry->request_id), letter) &&
	       (entry->query_count == 0 || entry->query_count == letter) &&
	       (entry->end_us == 0 || entry->status == letter);
}

static void
look_on(unsigned *seen, unsigned *torn)
{
	struct progress_entry entry;

	for (int i = 0; i < CELLS; i++)
		if (progress_read(&board->in_flight[i], &entry) &&
		    entry.path[0] != '\0') {
			++*seen;
			*torn += !is_whole(&entry);
		}
	for (int i = 0; i < PROGRESS_SLOWEST; i++)
		if (progress_read(&board->slowest[i], &entry)) {
			++*seen;
			*torn += !is_whole(&entry);
		}
}

static void
never_reads_half_an_entry(void)
{
	enum { WANTED = 100000 };
	struct progress each[CELLS];
	pthread_t threads[CELLS];
	unsigned seen = 0, torn = 0;
	int64_t limit_ms = clock_now_ms() + 60000;

	begin();
	atomic_store(&is_over, false);
	for (unsigned i = 0; i < CELLS; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, write_letters, &each[i]),
		    0);
	while (seen < WANTED && clock_now_ms() < limit_ms)
		look_on(&seen, &torn);
	atomic_store(&is_over, true);
	for (unsigned i = 0; i < CELLS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT(seen >= WANTED);
	CU_ASSERT_EQUAL(torn, 0);
	end();
}

/* A writer that was killed in the middle: nobody waits for it. */
static void
gives_up_on_half_an_entry(void)
{
	struct progress_entry entry;

	begin();
	progress_begin(&progress, desk, 1);
	atomic_fetch_add(&board->in_flight[0].version, 1);
	CU_ASSERT_FALSE(progress_read(&board->in_flight[0], &entry));
	end();
}

/* Whatever lies there is made fit to be used. */
static void
takes_whatever_lies_there(void)
{
	static const uint64_t patterns[] = {UINT64_MAX, UINT64_C(1) << 63,
					    INT64_MAX, 0x4141414141414141,
					    0xdeadbeefdeadbeef};
	struct progress_entry entry;

	begin();
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		struct progress_cell *cell = &board->slowest[0];

		for (int n = 0; n < PROGRESS_WORDS; n++)
			atomic_store(&cell->words[n], patterns[i]);
		atomic_store(&cell->is_taken, true);
		CU_ASSERT_TRUE(progress_read(cell, &entry));
		CU_ASSERT(strlen(entry.path) < sizeof(entry.path));
		CU_ASSERT(strlen(entry.method) < sizeof(entry.method));
		CU_ASSERT(strlen(entry.request_id) < sizeof(entry.request_id));
		CU_ASSERT(entry.stage >= 0 &&
			  entry.stage < PROGRESS_STAGES_MAX);
		/* The sanitizer looks at these. */
		CU_ASSERT(entry.end_us - entry.start_us < INT64_MAX);
		CU_ASSERT(INT64_MAX / 2 - entry.stage_start_us +
			      entry.stage_us[SENDS] >
			  0);
		progress_is_recent(&entry, clock_now_us());
		serve("own", SECOND_US);
		CU_ASSERT_TRUE(is_kept("own"));
	}
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"is seen in flight", is_seen_in_flight},
	    {"is kept though not seen", is_kept_though_not_seen},
	    {"adds up stages", adds_up_stages},
	    {"cuts what does not fit", cuts_what_does_not_fit},
	    {"nobody is told", nobody_is_told},
	    {"keeps the slowest", keeps_the_slowest},
	    {"forgets what is long ago", forgets_what_is_long_ago},
	    {"never reads half an entry", never_reads_half_an_entry},
	    {"gives up on half an entry", gives_up_on_half_an_entry},
	    {"takes whatever lies there", takes_whatever_lies_there},
	    {NULL, NULL}};

	return suite_run("progress", tests);
}
