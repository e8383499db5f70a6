#include "web/share.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/suite.h"

enum {
	KINDS = 2,
	LOOSE = 2,
	KEYED = 2,
	SEATS = 2,
	SLOW_SEATS = 1,
	WAITERS = 8
};

static struct share *share;
static struct err err;

/* In the place of the true ones, which are not linked here. */

static bool is_shared_meanwhile;

static void *
look_at_share(void *context)
{
	share_state(share);
	return context;
}

/* Whether another thread gets at the share while this one frees. */
void
snapshot_free(struct snapshot *s)
{
	struct timespec until;
	pthread_t other;

	if (s == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, look_at_share, NULL),
			      0);
	is_shared_meanwhile = pthread_timedjoin_np(other, NULL, &until) == 0;
	if (!is_shared_meanwhile)
		pthread_detach(other);
	free(s);
}

size_t
snapshot_bytes(const struct snapshot *s)
{
	(void)s;
	return 0;
}

static void
start(void)
{
	const struct share_settings settings = {.kinds = KINDS,
						.loose_kinds = LOOSE,
						.keyed_kinds = KEYED,
						.seats = SEATS,
						.slow_seats = SLOW_SEATS,
						.waiting_max = WAITERS};

	CU_ASSERT_EQUAL_FATAL(share_new(&settings, &share, &err), ERR_OK);
}

/* With a body, or a failure; made so many seconds ago. */
static struct share_answer *
make(const char *body, int64_t age_s)
{
	struct share_answer *a = calloc(1, sizeof(*a));

	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	a->made_s = (int64_t)clock_wall_s() - age_s;
	if (body != NULL) {
		buf_init(&a->body, 1024);
		buf_append_text(&a->body, body);
	} else {
		err_set(&a->err, ERR_PROM, "refused");
	}
	return a;
}

static struct share_request
of_kind(size_t kind)
{
	return (struct share_request){.kind = kind,
				      .wider = SHARE_ALONE,
				      .may_wait = true,
				      .deadline_ms = INT64_MAX};
}

static enum share_turn
begin(struct share_request *r, size_t kind)
{
	*r = of_kind(kind);
	return share_begin(share, r);
}

static enum share_turn
begin_slow(struct share_request *r, size_t kind)
{
	*r = of_kind(kind);
	r->is_slow = true;
	return share_begin(share, r);
}

/* Of a client on that connection. */
static enum share_turn
begin_on(struct share_request *r, size_t kind, int fd)
{
	*r = of_kind(kind);
	r->fd = fd;
	return share_begin(share, r);
}

/* Its seat is given back; nobody waits. */
static void
end(struct share_request *r, struct share_answer *made)
{
	enum share_seat seat = SHARE_SEAT;

	share_end(share, r, made);
	share_release(share, r->answer);
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	CU_ASSERT_EQUAL(seat, SHARE_NO_SEAT);
}

static void
finish(void)
{
	struct share_state state = share_state(share);

	CU_ASSERT_EQUAL(state.seats_taken, 0);
	CU_ASSERT_EQUAL(state.waiting, 0);
	share_free(share);
}

static void
make_one(size_t kind, const char *body, int64_t age_s)
{
	struct share_request r;

	CU_ASSERT_EQUAL_FATAL(begin(&r, kind), SHARE_MAKE);
	end(&r, make(body, age_s));
}

static bool
is_known(size_t kind)
{
	struct share_request r;
	enum share_turn turn = begin(&r, kind);

	if (turn == SHARE_MAKE)
		end(&r, NULL);
	else
		share_release(share, r.answer);
	return turn == SHARE_TAKE;
}

static void
gives_again_what_is_of_this_second(void)
{
	bool was_known = false;

	start();
	/* The second may end in between, but not each time. */
	for (int i = 0; i < 20 && !was_known; i++) {
		make_one(0, "{}", 0);
		was_known = is_known(0);
	}
	CU_ASSERT_TRUE(was_known);
	CU_ASSERT_FALSE(is_known(1));
	make_one(1, "{}", 1);
	CU_ASSERT_FALSE(is_known(1));
	make_one(1, NULL, 0);
	CU_ASSERT_FALSE(is_known(1));
	finish();
}

/* All that come while it is made get it, whatever it is, in their order, and
 * whatever else is made before they come to it. */
static void
gives_to_all_who_wait(void)
{
	static const char *const bodies[] = {"{\"a\":1}", NULL};

	for (size_t b = 0; b < 2; b++) {
		struct share_request maker, other, waiters[WAITERS];
		struct share_answer *a = make(bodies[b], 7);
		enum share_seat seat = SHARE_SEAT;

		start();
		CU_ASSERT_EQUAL(begin(&maker, 0), SHARE_MAKE);
		for (size_t i = 0; i < WAITERS; i++)
			CU_ASSERT_EQUAL(begin(&waiters[i], 0), SHARE_WAIT);
		CU_ASSERT_EQUAL(share_state(share).waiting, WAITERS);
		/* Another kind is nobody's business here. */
		CU_ASSERT_FALSE(is_known(1));
		share_end(share, &maker, a);
		CU_ASSERT_PTR_EQUAL(maker.answer, a);
		CU_ASSERT_EQUAL(begin(&other, 1), SHARE_MAKE);
		for (size_t i = 0; i < WAITERS; i++) {
			CU_ASSERT_PTR_EQUAL(share_next(share, &seat),
					    &waiters[i]);
			CU_ASSERT_PTR_EQUAL(waiters[i].answer, a);
		}
		CU_ASSERT_PTR_NULL(share_next(share, &seat));
		end(&other, NULL);
		CU_ASSERT_EQUAL(a->err.code,
				bodies[b] != NULL ? ERR_OK : ERR_PROM);
		for (size_t i = 0; i < WAITERS; i++)
			share_release(share, waiters[i].answer);
		share_release(share, a);
		/* Who comes later asks anew. */
		CU_ASSERT_FALSE(is_known(0));
		finish();
	}
}

/* Of whatever kind; those who have their answer come first. */
static void
makes_no_more_at_once_than_there_are_seats(void)
{
	struct share_request first, second, third, alone, same;
	enum share_seat seat = SHARE_SEAT, other_seat = SHARE_SEAT;
	struct share_answer *a = make("{}", 7);

	start();
	CU_ASSERT_EQUAL(begin(&first, 0), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&second, SHARE_ALONE), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&third, 1), SHARE_WAIT);
	CU_ASSERT_EQUAL(begin(&alone, SHARE_ALONE), SHARE_WAIT);
	CU_ASSERT_EQUAL(begin(&same, 0), SHARE_WAIT);
	CU_ASSERT_EQUAL(share_state(share).seats_taken, SEATS);
	share_end(share, &first, a);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &same);
	CU_ASSERT_PTR_EQUAL(same.answer, a);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &third);
	CU_ASSERT_PTR_NULL(third.answer);
	CU_ASSERT_EQUAL(seat, SHARE_SEAT);
	share_end(share, &second, NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &other_seat), &alone);
	CU_ASSERT_PTR_NULL(alone.answer);
	share_release(share, a);
	share_release(share, a);
	end(&alone, NULL);
	end(&third, NULL);
	finish();
}

static void
await_new_second(void)
{
	int64_t now_s = (int64_t)clock_wall_s();

	while ((int64_t)clock_wall_s() == now_s)
		usleep(1000);
}

static enum share_turn
begin_work(struct share_request *r, size_t kind)
{
	*r = (struct share_request){.kind = kind,
				    .wider = SHARE_ALONE,
				    .works_on_it = true,
				    .may_wait = true,
				    .deadline_ms = INT64_MAX};
	return share_begin(share, r);
}

/* What is there is worked on by no more at once, either. */
static void
has_seats_for_those_who_work_on_it(void)
{
	struct share_request r, first, second, third;
	enum share_seat seat = SHARE_SEAT, other_seat = SHARE_SEAT,
			helps = SHARE_NO_SEAT;
	struct share_answer *a;

	start();
	await_new_second();
	a = make("{}", 0);
	CU_ASSERT_EQUAL(begin(&r, 0), SHARE_MAKE);
	end(&r, a);
	CU_ASSERT_EQUAL(begin_work(&first, 0), SHARE_WORK);
	CU_ASSERT_EQUAL(begin_work(&second, 0), SHARE_WORK);
	CU_ASSERT_PTR_EQUAL(second.answer, a);
	CU_ASSERT_EQUAL(share_state(share).seats_taken, SEATS);
	CU_ASSERT_EQUAL(begin_work(&third, 0), SHARE_WAIT);
	CU_ASSERT_PTR_NULL(share_next(share, &helps));
	/* Who only takes it needs none. */
	CU_ASSERT_EQUAL(begin(&r, 0), SHARE_TAKE);
	share_release(share, r.answer);
	share_release(share, first.answer);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &third);
	CU_ASSERT_PTR_EQUAL(third.answer, a);
	CU_ASSERT_EQUAL(seat, SHARE_SEAT);
	share_release(share, second.answer);
	CU_ASSERT_PTR_NULL(share_next(share, &other_seat));
	share_release(share, third.answer);
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	finish();
}

static void
frees_while_others_go_on(void)
{
	struct share_answer *a = make("", 1);

	start();
	for (size_t i = 0; i < 2; i++) {
		struct share_request r;

		if (a == NULL)
			a = make("", 1);
		a->snapshot = calloc(1, sizeof(*a->snapshot));
		is_shared_meanwhile = false;
		CU_ASSERT_EQUAL(begin(&r, 0), SHARE_MAKE);
		end(&r, a);
		a = NULL;
		if (i == 0)
			share_tick(share);
		else
			make_one(0, "another", 0);
		CU_ASSERT_TRUE(is_shared_meanwhile);
	}
	finish();
}

static void
refuses_work_that_may_not_wait(void)
{
	struct share_request makers[SEATS], r;

	start();
	await_new_second();
	make_one(0, "{}", 0);
	for (size_t i = 0; i < SEATS; i++)
		CU_ASSERT_EQUAL(begin(&makers[i], SHARE_ALONE), SHARE_MAKE);
	for (size_t i = 0; i < WAITERS; i++) {
		static struct share_request waiting[WAITERS];

		CU_ASSERT_EQUAL(begin_work(&waiting[i], 0), SHARE_WAIT);
	}
	CU_ASSERT_EQUAL(begin_work(&r, 0), SHARE_FULL);
	CU_ASSERT_PTR_NULL(r.answer);
	for (size_t i = 0; i < SEATS; i++) {
		enum share_seat seat = SHARE_SEAT;
		struct share_request *next;

		share_end(share, &makers[i], NULL);
		while ((next = share_next(share, &seat)) != NULL)
			share_release(share, next->answer);
	}
	finish();
}

/* Whoever is free tells those whose time is over; the next one of the kind
 * makes it then. */
static void
gives_up_those_whose_time_is_over(void)
{
	struct share_request makers[SEATS], first, late, next, last;
	enum share_seat seat = SHARE_SEAT, helps = SHARE_NO_SEAT;

	start();
	for (size_t i = 0; i < SEATS; i++)
		CU_ASSERT_EQUAL(begin(&makers[i], SHARE_ALONE), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&first, SHARE_ALONE), SHARE_WAIT);
	CU_ASSERT_EQUAL(begin(&late, 0), SHARE_WAIT);
	CU_ASSERT_EQUAL(begin(&next, 0), SHARE_WAIT);
	CU_ASSERT_PTR_NULL(share_next(share, &helps));
	late.deadline_ms = clock_now_ms();
	CU_ASSERT_PTR_EQUAL(share_next(share, &helps), &late);
	CU_ASSERT_PTR_NULL(late.answer);
	CU_ASSERT_EQUAL(helps, SHARE_NO_SEAT);
	share_end(share, &late, NULL);
	CU_ASSERT_PTR_NULL(share_next(share, &helps));
	CU_ASSERT_EQUAL(begin(&last, SHARE_ALONE), SHARE_WAIT);
	CU_ASSERT_EQUAL(share_state(share).waiting, 3);
	CU_ASSERT_EQUAL(share_state(share).seats_taken, SEATS);
	share_end(share, &makers[0], NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &first);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &next);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &last);
	end(&last, NULL);
	end(&makers[1], NULL);
	finish();
}

/* Who is free helps, but takes no seat that there is not. */
static void
lets_others_help(void)
{
	struct share_request maker, other, waiters[2];
	enum share_seat seat = SHARE_SEAT, other_seat = SHARE_SEAT,
			helps = SHARE_NO_SEAT;
	struct share_answer *a = make("{}", 7);

	start();
	CU_ASSERT_PTR_NULL(share_next(share, &helps));
	CU_ASSERT_EQUAL(helps, SHARE_NO_SEAT);
	CU_ASSERT_EQUAL(begin(&maker, 0), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&other, 1), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&waiters[0], 0), SHARE_WAIT);
	CU_ASSERT_EQUAL(begin(&waiters[1], 0), SHARE_WAIT);
	share_end(share, &maker, a);
	CU_ASSERT_PTR_NULL(share_next(share, &helps));
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &waiters[0]);
	share_end(share, &other, NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &other_seat), &waiters[1]);
	CU_ASSERT_PTR_NULL(share_next(share, &other_seat));
	CU_ASSERT_EQUAL(begin(&other, 1), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&waiters[0], 1), SHARE_WAIT);
	share_release(share, a);
	share_end(share, &other, NULL);
	CU_ASSERT_PTR_NULL(share_next(share, &helps));
	CU_ASSERT_PTR_NULL(waiters[0].answer);
	other_seat = SHARE_SEAT;
	CU_ASSERT_PTR_EQUAL(share_next(share, &other_seat), &waiters[0]);
	end(&waiters[0], NULL);
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	share_release(share, a);
	share_release(share, a);
	/* Now there is one. */
	CU_ASSERT_EQUAL(begin(&maker, 0), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&waiters[0], 0), SHARE_WAIT);
	share_end(share, &maker, NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &helps), &waiters[0]);
	CU_ASSERT_EQUAL(helps, SHARE_SEAT);
	seat = SHARE_SEAT;
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	end(&waiters[0], NULL);
	finish();
}

static void
lets_no_more_wait_than_are_allowed(void)
{
	struct share_request makers[SEATS], waiters[WAITERS], more;
	enum share_seat seat = SHARE_SEAT;

	start();
	for (size_t i = 0; i < SEATS; i++)
		CU_ASSERT_EQUAL(begin(&makers[i], i), SHARE_MAKE);
	for (size_t i = 0; i < WAITERS; i++)
		CU_ASSERT_EQUAL(
		    begin(&waiters[i], i % 2 == 0 ? 0 : SHARE_ALONE),
		    SHARE_WAIT);
	CU_ASSERT_EQUAL(begin(&more, 0), SHARE_FULL);
	CU_ASSERT_EQUAL(begin(&more, SHARE_ALONE), SHARE_FULL);
	share_end(share, &makers[0], make("{}", 7));
	share_release(share, makers[0].answer);
	for (size_t i = 0; i < WAITERS; i++) {
		struct share_request *r = share_next(share, &seat);

		CU_ASSERT_PTR_NOT_NULL_FATAL(r);
		CU_ASSERT_EQUAL(r->answer != NULL, r->kind == 0);
		share_release(share, r->answer);
	}
	CU_ASSERT_EQUAL(begin(&more, 1), SHARE_WAIT);
	share_end(share, &makers[1], NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &more);
	end(&more, NULL);
	seat = SHARE_SEAT;
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	finish();
}

/* There was no memory to keep it: the next one makes it, the others wait. */
static void
makes_it_again_if_it_was_lost(void)
{
	struct share_request maker, waiters[3];
	struct share_answer *a = make("{}", 7);
	enum share_seat seat = SHARE_SEAT;

	start();
	CU_ASSERT_EQUAL(begin(&maker, 0), SHARE_MAKE);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(begin(&waiters[i], 0), SHARE_WAIT);
	share_end(share, &maker, NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &waiters[0]);
	CU_ASSERT_PTR_NULL(waiters[0].answer);
	CU_ASSERT_EQUAL(share_state(share).waiting, 2);
	share_end(share, &waiters[0], a);
	for (size_t i = 1; i < 3; i++) {
		CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &waiters[i]);
		share_release(share, waiters[i].answer);
	}
	share_release(share, a);
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	finish();
}

/* Others find a seat meanwhile, whoever waits before them. */
static void
keeps_seats_for_those_that_are_not_slow(void)
{
	struct share_request makers[2], next, late;
	enum share_seat seat, other_seat, helps = SHARE_NO_SEAT;

	start();
	CU_ASSERT_EQUAL(begin_slow(&makers[0], SHARE_ALONE), SHARE_MAKE);
	CU_ASSERT_EQUAL(makers[0].seat, SHARE_SLOW_SEAT);
	CU_ASSERT_EQUAL(begin_slow(&next, SHARE_ALONE), SHARE_WAIT);
	late = of_kind(SHARE_ALONE);
	late.is_slow = true;
	late.deadline_ms = 0;
	CU_ASSERT_EQUAL(share_begin(share, &late), SHARE_WAIT);
	CU_ASSERT_EQUAL(begin(&makers[1], SHARE_ALONE), SHARE_MAKE);
	CU_ASSERT_EQUAL(makers[1].seat, SHARE_SEAT);
	seat = makers[0].seat;
	other_seat = makers[1].seat;
	share_end(share, &makers[1], NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &other_seat), &late);
	CU_ASSERT_EQUAL(other_seat, SHARE_NO_SEAT);
	share_end(share, &late, NULL);
	CU_ASSERT_PTR_NULL(share_next(share, &helps));
	share_end(share, &makers[0], NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &next);
	CU_ASSERT_EQUAL(seat, SHARE_SLOW_SEAT);
	CU_ASSERT_EQUAL(share_state(share).seats_taken, 1);
	share_end(share, &next, NULL);
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	finish();
}

/* One who has it already takes no slow seat. */
static void
gives_a_slow_answer_on_any_seat(void)
{
	struct share_request maker, waiter, next;
	enum share_seat seat = SHARE_SLOW_SEAT, other_seat = SHARE_NO_SEAT;

	start();
	CU_ASSERT_EQUAL(begin_slow(&maker, 0), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin_slow(&waiter, 0), SHARE_WAIT);
	CU_ASSERT_EQUAL(begin_slow(&next, SHARE_ALONE), SHARE_WAIT);
	share_end(share, &maker, make("{}", 7));
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &waiter);
	CU_ASSERT_EQUAL(seat, SHARE_SEAT);
	CU_ASSERT_PTR_EQUAL(share_next(share, &other_seat), &next);
	CU_ASSERT_EQUAL(other_seat, SHARE_SLOW_SEAT);
	share_end(share, &next, NULL);
	CU_ASSERT_PTR_NULL(share_next(share, &other_seat));
	share_release(share, waiter.answer);
	share_release(share, maker.answer);
	CU_ASSERT_PTR_NULL(share_next(share, &seat));
	finish();
}

/* As long as one client of those who wait for it is there. */
static void
knows_who_still_waits(void)
{
	struct share_request maker, waiter, other;
	enum share_seat seat = SHARE_SEAT;
	int maker_ends[2], waiter_ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, maker_ends),
			      0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, waiter_ends),
			      0);
	start();
	CU_ASSERT_EQUAL(begin_on(&maker, 0, maker_ends[0]), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&other, 1), SHARE_MAKE);
	CU_ASSERT_TRUE(share_is_wanted(share, &maker));
	CU_ASSERT_EQUAL(begin_on(&waiter, 0, waiter_ends[0]), SHARE_WAIT);
	close(maker_ends[1]);
	CU_ASSERT_TRUE(share_is_wanted(share, &maker));
	close(waiter_ends[1]);
	CU_ASSERT_FALSE(share_is_wanted(share, &maker));
	/* That one never leaves. */
	CU_ASSERT_TRUE(share_is_wanted(share, &other));
	share_end(share, &maker, NULL);
	CU_ASSERT_PTR_EQUAL(share_next(share, &seat), &waiter);
	CU_ASSERT_FALSE(share_is_wanted(share, &waiter));
	end(&waiter, NULL);
	end(&other, NULL);
	close(maker_ends[0]);
	close(waiter_ends[0]);
	finish();
}

static void
knows_whether_who_asks_alone_has_left(void)
{
	struct share_request alone;
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	start();
	CU_ASSERT_EQUAL(begin_on(&alone, SHARE_ALONE, ends[0]), SHARE_MAKE);
	CU_ASSERT_TRUE(share_is_wanted(share, &alone));
	/* What it sends is no farewell. */
	CU_ASSERT_EQUAL(write(ends[1], "x", 1), 1);
	CU_ASSERT_TRUE(share_is_wanted(share, &alone));
	CU_ASSERT_EQUAL(shutdown(ends[1], SHUT_WR), 0);
	CU_ASSERT_FALSE(share_is_wanted(share, &alone));
	close(ends[1]);
	close(ends[0]);
	end(&alone, NULL);
	finish();
}

/* --- many threads -------------------------------------------------------- */

enum { THREADS = 4, TURNS = 20000 };

static atomic_uint answered, refused;

/* All that are made at once, and the slow ones of them. */
static struct crowd {
	atomic_uint at_once, most;
} all, slow;

static void
join(struct crowd *c)
{
	unsigned now = atomic_fetch_add(&c->at_once, 1) + 1;
	unsigned most = atomic_load(&c->most);

	while (now > most &&
	       !atomic_compare_exchange_weak(&c->most, &most, now))
		;
}

static void
make_it(struct share_request *r)
{
	join(&all);
	if (r->is_slow)
		join(&slow);
	atomic_fetch_sub(&all.at_once, 1);
	if (r->is_slow)
		atomic_fetch_sub(&slow.at_once, 1);
	share_end(share, r, r->kind != SHARE_ALONE ? make(NULL, 0) : NULL);
}

static void
answer(struct share_request *r)
{
	share_release(share, r->answer);
	free(r);
	atomic_fetch_add(&answered, 1);
}

static void *
take_turns(void *context)
{
	enum share_seat seat = SHARE_NO_SEAT;

	(void)context;
	for (unsigned i = 0; i < TURNS; i++) {
		struct share_request *r = malloc(sizeof(*r));
		size_t kind = i % 3 < KINDS ? i % 3 : SHARE_ALONE;
		enum share_turn turn =
		    i % 5 == 0 ? begin_slow(r, kind) : begin(r, kind);

		if (turn == SHARE_MAKE) {
			seat = r->seat;
			make_it(r);
		}
		if (turn == SHARE_FULL) {
			atomic_fetch_add(&refused, 1);
			free(r);
		} else if (turn != SHARE_WAIT) {
			answer(r);
		}
		while ((r = share_next(share, &seat)) != NULL) {
			if (r->answer == NULL)
				make_it(r);
			answer(r);
		}
	}
	return NULL;
}

static void
loses_nobody(void)
{
	pthread_t threads[THREADS];

	start();
	for (size_t i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, take_turns, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(answered + refused, THREADS * TURNS);
	CU_ASSERT_TRUE(all.most <= SEATS);
	CU_ASSERT_EQUAL(slow.most, SLOW_SEATS);
	finish();
}

static enum share_turn
begin_narrow(struct share_request *r, size_t kind)
{
	*r = of_kind(kind);
	r->wider = 1;
	return share_begin(share, r);
}

/* Who asks for ever other kinds gets the wider one, and others keep theirs. */
static void
has_room_for_some_loose_kinds(void)
{
	struct share_request r;

	start();
	await_new_second();
	for (size_t i = 0; i < LOOSE; i++) {
		CU_ASSERT_EQUAL(begin_narrow(&r, 1000 + i), SHARE_MAKE);
		CU_ASSERT_EQUAL(r.kind, 1000 + i);
		end(&r, make("narrow", 0));
	}
	CU_ASSERT_EQUAL(begin_narrow(&r, 2000), SHARE_MAKE);
	CU_ASSERT_EQUAL(r.kind, 1);
	end(&r, make("wide", 0));
	CU_ASSERT_EQUAL(begin_narrow(&r, 3000), SHARE_TAKE);
	CU_ASSERT_EQUAL(r.kind, 1);
	share_release(share, r.answer);
	/* What is there of its own is taken, whatever the wider one is. */
	CU_ASSERT_EQUAL(begin_narrow(&r, 1000), SHARE_TAKE);
	CU_ASSERT_EQUAL(r.kind, 1000);
	share_release(share, r.answer);
	CU_ASSERT_EQUAL(begin(&r, 0), SHARE_MAKE);
	end(&r, make("another", 0));
	finish();
}

/* --- kinds that have a text ----------------------------------------------- */

static enum share_turn
begin_keyed(struct share_request *r, const char *key)
{
	*r = of_kind(SHARE_ALONE);
	r->key = key;
	return share_begin(share, r);
}

/* That lasts so many seconds after its own, and was made some before. */
static void
make_keyed(const char *key, int64_t age_s, int64_t lasts_s)
{
	struct share_answer *made = make(key, age_s);
	struct share_request r;

	made->lasts_s = lasts_s;
	CU_ASSERT_EQUAL(begin_keyed(&r, key), SHARE_MAKE);
	CU_ASSERT_NOT_EQUAL(r.kind, SHARE_ALONE);
	end(&r, made);
}

static void
expect_keyed(const char *key)
{
	struct share_request r;

	CU_ASSERT_EQUAL_FATAL(begin_keyed(&r, key), SHARE_TAKE);
	CU_ASSERT_EQUAL(r.answer->body.length, strlen(key));
	CU_ASSERT_EQUAL(memcmp(r.answer->body.data, key, strlen(key)), 0);
	share_release(share, r.answer);
}

/* Whoever has that very text, for as long as the answer lasts. */
static void
keeps_what_has_a_text(void)
{
	struct share_request first, second;

	start();
	make_keyed("an hour", 5, 60);
	make_keyed("a day", 0, 60);
	expect_keyed("an hour");
	expect_keyed("a day");
	share_tick(share);
	expect_keyed("an hour");
	/* Those that come while it is made wait for it. */
	CU_ASSERT_EQUAL(begin_keyed(&first, "a week"), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin_keyed(&second, "a week"), SHARE_WAIT);
	share_end(share, &first, make("a week", 0));
	share_release(share, first.answer);
	CU_ASSERT_PTR_EQUAL(share_next(share, &(enum share_seat){SHARE_SEAT}),
			    &second);
	share_release(share, second.answer);
	CU_ASSERT_PTR_NULL(share_next(share, &(enum share_seat){SHARE_SEAT}));
	finish();
}

/* Of those that are not being made the one makes room that ends first. */
static void
has_room_for_some_texts(void)
{
	struct share_request r, other, third;

	start();
	make_keyed("a", 0, 100);
	make_keyed("b", 0, 50);
	make_keyed("c", 0, 200);
	expect_keyed("a");
	expect_keyed("c");
	make_keyed("b", 10, 5);
	make_keyed("d", 0, 5);
	expect_keyed("c");
	CU_ASSERT_EQUAL(begin_keyed(&r, "e"), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin_keyed(&other, "f"), SHARE_MAKE);
	/* All are being made: it is alone. */
	CU_ASSERT_EQUAL(begin_keyed(&third, "g"), SHARE_WAIT);
	CU_ASSERT_EQUAL(third.kind, SHARE_ALONE);
	share_end(share, &r, make("e", 0));
	share_release(share, r.answer);
	CU_ASSERT_PTR_EQUAL(share_next(share, &(enum share_seat){SHARE_SEAT}),
			    &third);
	share_end(share, &third, NULL);
	CU_ASSERT_PTR_NULL(share_next(share, &(enum share_seat){SHARE_SEAT}));
	end(&other, make("f", 0));
	finish();
}

/* Who may not make an answer takes no other one's place. */
static void
keeps_texts_from_those_who_find_no_seat(void)
{
	struct share_request first, second, r = of_kind(SHARE_ALONE);

	start();
	make_keyed("a", 0, 100);
	make_keyed("b", 0, 200);
	CU_ASSERT_EQUAL(begin(&first, 0), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin(&second, 1), SHARE_MAKE);
	r.key = "c";
	r.may_wait = false;
	CU_ASSERT_EQUAL(share_begin(share, &r), SHARE_FULL);
	CU_ASSERT_PTR_NULL(r.answer);
	expect_keyed("a");
	expect_keyed("b");
	end(&first, make("first", 0));
	end(&second, make("second", 0));
	finish();
}

/* One that is being made may fail: who needs less does not wait for it. */
static void
waits_for_no_wider_one(void)
{
	struct share_request wide, narrow;

	start();
	CU_ASSERT_EQUAL(begin(&wide, 1), SHARE_MAKE);
	CU_ASSERT_EQUAL(begin_narrow(&narrow, 1000), SHARE_MAKE);
	CU_ASSERT_EQUAL(narrow.kind, 1000);
	end(&narrow, make("narrow", 0));
	end(&wide, make(NULL, 0));
	finish();
}

static void
forgets_seconds_that_are_over(void)
{
	start();
	make_one(0, "body", 0);
	CU_ASSERT_EQUAL(share_state(share).answers, 1);
	await_new_second();
	share_tick(share);
	CU_ASSERT_EQUAL(share_state(share).answers, 0);
	finish();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"gives again what is of this second",
	     gives_again_what_is_of_this_second},
	    {"gives to all who wait", gives_to_all_who_wait},
	    {"makes no more at once than there are seats",
	     makes_no_more_at_once_than_there_are_seats},
	    {"has seats for those who work on it",
	     has_seats_for_those_who_work_on_it},
	    {"refuses work that may not wait", refuses_work_that_may_not_wait},
	    {"frees what is large while others go on",
	     frees_while_others_go_on},
	    {"gives up those whose time is over",
	     gives_up_those_whose_time_is_over},
	    {"lets others help", lets_others_help},
	    {"lets no more wait than are allowed",
	     lets_no_more_wait_than_are_allowed},
	    {"makes it again if it was lost", makes_it_again_if_it_was_lost},
	    {"keeps seats for those that are not slow",
	     keeps_seats_for_those_that_are_not_slow},
	    {"gives a slow answer on any seat",
	     gives_a_slow_answer_on_any_seat},
	    {"knows who still waits", knows_who_still_waits},
	    {"knows whether who asks alone has left",
	     knows_whether_who_asks_alone_has_left},
	    {"loses nobody", loses_nobody},
	    {"has room for some loose kinds", has_room_for_some_loose_kinds},
	    {"keeps what has a text", keeps_what_has_a_text},
	    {"has room for some texts", has_room_for_some_texts},
	    {"keeps texts from those who find no seat",
	     keeps_texts_from_those_who_find_no_seat},
	    {"waits for no wider one", waits_for_no_wider_one},
	    {"forgets seconds that are over", forgets_seconds_that_are_over},
	    {NULL, NULL}};

	return suite_run("share", tests);
}
