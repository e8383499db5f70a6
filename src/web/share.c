#include "web/share.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interest.h"
#include "web/share_line.h"

/* Beyond all other numbers: those are of sets of fields at most. */
static const size_t KEYED_FIRST = (size_t)1 << 48;

/* One kind of answer. */
struct slot {
	size_t kind; /* of a loose or keyed one; SHARE_ALONE: none */
	char *key;   /* of a keyed one */
	struct share_answer *newest; /* or NULL */
	bool is_being_made;	     /* or somebody waits for a seat to do so */
	struct share_line waiting;   /* for it */
};

struct share {
	pthread_mutex_t lock;
	struct share_settings settings;
	unsigned seats_taken, slow_taken; /* the latter are of the former */
	size_t waiting_count;
	uint64_t waited_count;
	size_t keyed_count; /* that there ever were */
	/* Those who have their answer, and those who are to work once a seat is
	 * free: as long as there are any, somebody has a seat. */
	struct share_line answered, without_seat;
	struct share_answer *gone; /* nobody has them: see leave */
	struct slot slots[];
};

/* Where those with a text begin. */
static size_t
first_keyed(const struct share *s)
{
	return s->settings.kinds + s->settings.loose_kinds;
}

static size_t
slot_count(const struct share *s)
{
	return first_keyed(s) + s->settings.keyed_kinds;
}

enum err_code
share_new(const struct share_settings *settings, struct share **out,
	  struct err *e)
{
	struct share *s =
	    calloc(1, sizeof(*s) + (settings->kinds + settings->loose_kinds +
				    settings->keyed_kinds) *
				       sizeof(s->slots[0]));

	*out = s;
	if (s == NULL)
		return err_set_memory(e);
	s->settings = *settings;
	if (settings->slow_seats == 0)
		s->settings.slow_seats = settings->seats;
	for (size_t i = 0; i < slot_count(s); i++)
		s->slots[i].kind =
		    i < settings->kinds ? i : (size_t)SHARE_ALONE;
	pthread_mutex_init(&s->lock, NULL);
	return ERR_OK;
}

static void
enter(struct share *s)
{
	pthread_mutex_lock(&s->lock);
}

/* A snapshot is large: nobody waits while it is freed. */
static void
leave(struct share *s)
{
	struct share_answer *gone = s->gone;

	s->gone = NULL;
	pthread_mutex_unlock(&s->lock);
	share_answer_free(gone);
}

/* From here on to share_begin: between enter and leave. */
static void
release(struct share *s, struct share_answer *a)
{
	if (a == NULL || --a->references > 0)
		return;
	a->next = s->gone;
	s->gone = a;
}

static bool
is_fresh(const struct share_answer *a)
{
	int64_t now_s = (int64_t)clock_wall_s();

	return a != NULL && a->err.code == ERR_OK && now_s >= a->made_s &&
	       now_s <= a->made_s + a->lasts_s;
}

/* Large answers of seconds that are over are of no use to anybody. */
static void
forget_old(struct share *s)
{
	for (size_t i = 0; i < slot_count(s); i++) {
		struct slot *slot = &s->slots[i];

		if (is_fresh(slot->newest))
			continue;
		release(s, slot->newest);
		slot->newest = NULL;
	}
}

/* NULL: there is none. */
static struct slot *
find_slot(struct share *s, size_t kind)
{
	for (size_t i = 0; kind != SHARE_ALONE && i < slot_count(s); i++)
		if (s->slots[i].kind == kind)
			return &s->slots[i];
	return NULL;
}

/* One that is there, or an idle loose one that becomes it; NULL: all are busy.
 */
static struct slot *
open_slot(struct share *s, size_t kind)
{
	struct slot *slot = find_slot(s, kind);

	for (size_t i = s->settings.kinds;
	     slot == NULL && kind != SHARE_ALONE && i < first_keyed(s); i++)
		if (!s->slots[i].is_being_made && !is_fresh(s->slots[i].newest))
			slot = &s->slots[i];
	if (slot != NULL && slot->kind != kind) {
		release(s, slot->newest);
		*slot = (struct slot){.kind = kind};
	}
	return slot;
}

/* When its answer is over: of several, the one that is to make room. */
static int64_t
end_of(const struct slot *slot)
{
	return is_fresh(slot->newest)
		   ? slot->newest->made_s + slot->newest->lasts_s
		   : 0;
}

/* The slot that has the text, or else one for it; NULL: all are busy. */
static struct slot *
choose_keyed(struct share *s, const char *key)
{
	struct slot *chosen = NULL;

	for (size_t i = first_keyed(s); i < slot_count(s); i++) {
		struct slot *slot = &s->slots[i];

		if (slot->key != NULL && strcmp(slot->key, key) == 0)
			return slot;
		if (!slot->is_being_made &&
		    (chosen == NULL || end_of(slot) < end_of(chosen)))
			chosen = slot;
	}
	return chosen;
}

static struct share_answer *
refer_to(struct share_answer *a)
{
	a->references++;
	return a;
}

static enum share_turn
wait_in(struct share *s, struct share_line *line, struct share_request *r)
{
	share_line_add(line, r);
	s->waiting_count++;
	s->waited_count++;
	return SHARE_WAIT;
}

/* Of the request's kind; or of the wider one if that is there at once, or there
 * is no room for one more. */
static struct slot *
choose_slot(struct share *s, struct share_request *r)
{
	struct slot *own = find_slot(s, r->kind);
	struct slot *wider = find_slot(s, r->wider);
	bool is_own_there = own != NULL && is_fresh(own->newest);

	if (is_own_there || wider == NULL || !is_fresh(wider->newest))
		own = open_slot(s, r->kind);
	else
		own = NULL;
	if (own != NULL || r->kind == SHARE_ALONE)
		return own;
	r->kind = wider != NULL ? r->wider : SHARE_ALONE;
	return wider;
}

static bool
is_full(const struct share *s, const struct share_request *r)
{
	return !r->may_wait || s->waiting_count >= s->settings.waiting_max;
}

/* It is slow to make, not to make something of. */
static bool
needs_slow_seat(const struct share_request *r)
{
	return r->is_slow && r->answer == NULL;
}

static bool
has_seat_for(const struct share *s, const struct share_request *r)
{
	return s->seats_taken < s->settings.seats &&
	       (!needs_slow_seat(r) || s->slow_taken < s->settings.slow_seats);
}

/* A number that none had before; without room or memory it is alone. So is who
 * may not make it: a fresh answer makes no room for that. */
static void
number_keyed(struct share *s, struct share_request *r)
{
	struct slot *slot = choose_keyed(s, r->key);
	bool is_there =
	    slot != NULL && slot->key != NULL && strcmp(slot->key, r->key) == 0;
	bool may_make = has_seat_for(s, r) || !is_full(s, r);
	char *key =
	    slot != NULL && !is_there && may_make ? strdup(r->key) : NULL;

	r->kind = is_there ? slot->kind : SHARE_ALONE;
	if (key == NULL)
		return;
	release(s, slot->newest);
	free(slot->key);
	r->kind = KEYED_FIRST + s->keyed_count++;
	*slot = (struct slot){.kind = r->kind, .key = key};
}

static enum share_seat
take_seat(struct share *s, const struct share_request *r)
{
	s->seats_taken++;
	s->slow_taken += needs_slow_seat(r);
	return needs_slow_seat(r) ? SHARE_SLOW_SEAT : SHARE_SEAT;
}

static void
return_seat(struct share *s, enum share_seat seat)
{
	s->seats_taken -= seat != SHARE_NO_SEAT;
	s->slow_taken -= seat == SHARE_SLOW_SEAT;
}

/* The turn on a seat, or after the wait for one. */
static enum share_turn
sit_down(struct share *s, struct share_request *r, enum share_turn turn)
{
	if (!has_seat_for(s, r))
		return wait_in(s, &s->without_seat, r);
	r->seat = take_seat(s, r);
	return turn;
}

/* Of an answer that is there. */
static enum share_turn
find_turn_to_take(struct share *s, struct share_request *r,
		  struct share_answer *a)
{
	if (!r->works_on_it) {
		r->answer = refer_to(a);
		return SHARE_TAKE;
	}
	if (s->seats_taken == s->settings.seats && is_full(s, r))
		return SHARE_FULL;
	r->answer = refer_to(a);
	return sit_down(s, r, SHARE_WORK);
}

static enum share_turn
find_turn(struct share *s, struct share_request *r)
{
	struct slot *slot = choose_slot(s, r);

	if (slot != NULL && is_fresh(slot->newest))
		return find_turn_to_take(s, r, slot->newest);
	if (slot != NULL && slot->is_being_made)
		return is_full(s, r) ? SHARE_FULL
				     : wait_in(s, &slot->waiting, r);
	forget_old(s);
	if (!has_seat_for(s, r) && is_full(s, r))
		return SHARE_FULL;
	if (slot != NULL)
		slot->is_being_made = true;
	return sit_down(s, r, SHARE_MAKE);
}

void
share_tick(struct share *s)
{
	enter(s);
	forget_old(s);
	leave(s);
}

struct share_answer *
share_peek(struct share *s, size_t kind)
{
	struct share_answer *a = NULL;
	const struct slot *slot;

	enter(s);
	slot = find_slot(s, kind);
	if (slot != NULL && is_fresh(slot->newest))
		a = refer_to(slot->newest);
	leave(s);
	return a;
}

enum share_turn
share_begin(struct share *s, struct share_request *r)
{
	enum share_turn turn;

	enter(s);
	r->answer = NULL;
	r->seat = SHARE_NO_SEAT;
	if (r->key != NULL)
		number_keyed(s, r);
	turn = find_turn(s, r);
	leave(s);
	return turn;
}

static void
give_to_all(struct share *s, struct slot *slot, struct share_answer *made)
{
	struct share_request *r;

	slot->is_being_made = false;
	/* One of this kind that a clock set back left there. */
	release(s, slot->newest);
	slot->newest = refer_to(made);
	while ((r = share_line_take(&slot->waiting)) != NULL) {
		r->answer = refer_to(made);
		share_line_add(&s->answered, r);
	}
}

static void
let_next_make(struct share *s, struct slot *slot)
{
	struct share_request *r = share_line_take(&slot->waiting);

	slot->is_being_made = r != NULL;
	if (r != NULL)
		share_line_add(&s->without_seat, r);
}

void
share_end(struct share *s, struct share_request *r, struct share_answer *made)
{
	struct slot *slot;

	enter(s);
	/* It is there as long as its answer is being made. */
	slot = find_slot(s, r->kind);
	if (made != NULL)
		r->answer = refer_to(made);
	if (slot != NULL && made != NULL)
		give_to_all(s, slot, made);
	else if (slot != NULL)
		let_next_make(s, slot);
	leave(s);
}

static bool
has_left(const struct share_request *r)
{
	return r->fd > 0 && interest_has_hung_up(r->fd);
}

bool
share_is_wanted(struct share *s, const struct share_request *r)
{
	bool is_wanted = !has_left(r);
	const struct share_request *other;
	const struct slot *slot;

	enter(s);
	slot = find_slot(s, r->kind);
	other = slot != NULL ? slot->waiting.first : NULL;
	for (; !is_wanted && other != NULL; other = other->next)
		is_wanted = !has_left(other);
	leave(s);
	return is_wanted;
}

/* Has waited too long. */
static bool
is_overdue(const struct share *s, const struct share_request *r)
{
	(void)s;
	return r->deadline_ms <= clock_now_ms();
}

/* Who makes one may be long at it: those who need nothing more come first. */
static struct share_request *
take_next(struct share *s)
{
	struct share_request *r = share_line_take(&s->answered);

	return r != NULL
		   ? r
		   : share_line_take_that(&s->without_seat, has_seat_for, s);
}

struct share_request *
share_next(struct share *s, enum share_seat *seat)
{
	struct share_request *r = NULL;

	enter(s);
	return_seat(s, *seat);
	*seat = SHARE_NO_SEAT;
	if (s->seats_taken < s->settings.seats)
		r = take_next(s);
	if (r != NULL)
		*seat = take_seat(s, r);
	else
		r = share_line_take_that(&s->without_seat, is_overdue, s);
	s->waiting_count -= r != NULL;
	leave(s);
	return r;
}

void
share_free(struct share *s)
{
	if (s == NULL)
		return;
	enter(s);
	for (size_t i = 0; i < slot_count(s); i++) {
		release(s, s->slots[i].newest);
		free(s->slots[i].key);
	}
	leave(s);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
share_release(struct share *s, struct share_answer *a)
{
	if (a == NULL)
		return;
	enter(s);
	release(s, a);
	leave(s);
}

static size_t
bytes_of(const struct share_answer *a)
{
	size_t bytes = buf_bytes(&a->body);

	return a->snapshot != NULL ? bytes + snapshot_bytes(a->snapshot)
				   : bytes;
}

struct share_state
share_state(struct share *s)
{
	struct share_state state = {.answers = 0};

	enter(s);
	state.seats_taken = s->seats_taken;
	state.waiting = s->waiting_count;
	state.waited = s->waited_count;
	for (size_t i = 0; i < slot_count(s); i++)
		if (s->slots[i].newest != NULL) {
			state.answers++;
			state.bytes += bytes_of(s->slots[i].newest);
		}
	leave(s);
	return state;
}
