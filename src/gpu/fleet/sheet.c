#include "gpu/fleet/sheet.h"

#include <math.h>
#include <stddef.h>

#include "gpu/fleet/copies.h"
#include "gpu/fleet/derive.h"
#include "gpu/identity.h"

/* --- what was told ------------------------------------------------------- */

static bool
is_of(const struct sheet *s, const struct sheet_origin *origin)
{
	return s->origin.source == origin->source &&
	       s->origin.exporter == origin->exporter;
}

static struct sheet *
find_sheet(const struct sheet_list *list, const struct sheet_origin *origin)
{
	struct sheet *s = list->first;

	while (s != NULL && !is_of(s, origin))
		s = s->next;
	return s;
}

/* The latest comes first: what is told next is most often of the same. */
static void
add_sheet(struct sheet_list *list, struct sheet *s)
{
	s->next = list->first;
	list->first = s;
	list->count++;
}

/*
 * A total of 0 stands for none, but what is beside it is then nothing, too; so
 * it is kept, and gives way to any other.
 */
static struct reading
weigh(enum field field, const struct reading *reading)
{
	enum { LAST_RANK = 0x7fff };
	struct reading weighed = *reading;

	if (field == FIELD_MEMORY_TOTAL && reading->value == 0)
		weighed.rank = LAST_RANK;
	return weighed;
}

/* A walk through the readings of a sheet. */
struct walk {
	const struct sheet_page *page;
	unsigned at;
};

static struct walk
walk_through(const struct sheet *s)
{
	return (struct walk){&s->first, 0};
}

/* NULL behind the last. */
static const struct reading *
next_reading(struct walk *w, int *field)
{
	if (w->at == SHEET_PAGE_READINGS && w->page->next != NULL)
		*w = (struct walk){w->page->next, 0};
	if (w->at == w->page->count)
		return NULL;
	*field = w->page->fields[w->at];
	return &w->page->readings[w->at++];
}

static struct reading
find_reading(const struct sheet *s, int field)
{
	struct walk walk = walk_through(s);
	const struct reading *r;
	int of;

	while ((r = next_reading(&walk, &of)) != NULL)
		if (of == field)
			return *r;
	return reading_none();
}

/* The sheet's reading of that field, none if it is new; NULL: no memory. */
static struct reading *
open_reading(struct sheet *s, int field, struct arena *arena)
{
	struct sheet_page *page = &s->first;

	for (;; page = page->next) {
		for (unsigned i = 0; i < page->count; i++)
			if (page->fields[i] == field)
				return &page->readings[i];
		if (page->next == NULL)
			break;
	}
	if (page->count == SHEET_PAGE_READINGS) {
		page->next = arena_alloc(arena, sizeof(*page));
		if (page->next == NULL)
			return NULL;
		page = page->next;
		page->count = 0;
		page->next = NULL;
	}
	page->fields[page->count] = (unsigned char)field;
	page->readings[page->count] = reading_none();
	return &page->readings[page->count++];
}

static bool
take_reading(struct sheet *s, int field, const struct reading *reading,
	     struct arena *arena)
{
	struct reading *own = open_reading(s, field, arena);

	if (own != NULL)
		reading_take(own, reading);
	return own != NULL;
}

/* The origin's sheet, added if it is new; NULL in *out if there are too many.
 * False if there is no memory. */
static bool
open_sheet(struct sheet_list *list, const struct sheet_origin *origin,
	   struct arena *arena, struct sheet **out)
{
	struct sheet *s = find_sheet(list, origin);

	*out = s;
	if (s != NULL || list->count == SHEETS_MAX)
		return true;
	s = arena_alloc(arena, sizeof(*s));
	if (s == NULL)
		return false;
	s->origin = *origin;
	s->measured_s = s->lost_s = 0;
	s->first.count = 0;
	s->first.next = NULL;
	add_sheet(list, s);
	*out = s;
	return true;
}

bool
sheet_take(struct sheet_list *list, const struct sheet_origin *origin,
	   enum field field, const struct reading *reading, struct arena *arena)
{
	struct reading weighed = weigh(field, reading);
	struct sheet *s;

	if (!open_sheet(list, origin, arena, &s))
		return false;
	return s == NULL || take_reading(s, (int)field, &weighed, arena);
}

static void
take_time(struct sheet *s, double measured_s, double lost_s)
{
	s->measured_s = fmax(s->measured_s, measured_s);
	s->lost_s = fmax(s->lost_s, lost_s);
}

bool
sheet_date(struct sheet_list *list, const struct sheet_origin *origin,
	   double measured_s, bool is_lost, struct arena *arena)
{
	struct sheet *s;

	if (!open_sheet(list, origin, arena, &s))
		return false;
	if (s != NULL)
		take_time(s, measured_s, is_lost ? measured_s : 0);
	return true;
}

/* Two sheets of one origin are one. */
static bool
merge(struct sheet *into, const struct sheet *from, struct arena *arena)
{
	struct walk walk = walk_through(from);
	const struct reading *r;
	int field;

	take_time(into, from->measured_s, from->lost_s);
	while ((r = next_reading(&walk, &field)) != NULL)
		if (!take_reading(into, field, r, arena))
			return false;
	return true;
}

bool
sheet_pour(struct sheet_list *into, struct sheet_list *from,
	   struct arena *arena)
{
	struct sheet *next;

	for (struct sheet *s = from->first; s != NULL; s = next) {
		struct sheet *same = find_sheet(into, &s->origin);

		next = s->next;
		if (same != NULL && !merge(same, s, arena))
			return false;
		if (same == NULL && into->count < SHEETS_MAX)
			add_sheet(into, s);
	}
	*from = (struct sheet_list){NULL, 0};
	return true;
}

void
sheet_drop(struct sheet_list *list, uint64_t exporters)
{
	struct sheet **at = &list->first;

	while (*at != NULL) {
		unsigned rank = (*at)->origin.exporter;

		if (rank < IDENTITY_EXPORTERS_MAX &&
		    (exporters >> rank & 1) != 0) {
			*at = (*at)->next;
			list->count--;
		} else {
			at = &(*at)->next;
		}
	}
}

/* --- what counts --------------------------------------------------------- */

static bool
is_memory(int field)
{
	return (FIELDS_OF_MEMORY & FIELD_BIT(field)) != 0;
}

/* A sheet among those of its exporter. */
struct candidate {
	const struct sheet *sheet;
	/* Fields known, those of the preferred metrics a little better. */
	unsigned memory, all;
	struct copies_way way;
	unsigned kinship; /* see copies_relate */
};

static struct candidate
judge(const struct sheet *s)
{
	enum { ALTERNATIVES_MAX = 0x100 };
	struct candidate c = {.sheet = s, .way.source = s->origin.source};
	struct walk walk = walk_through(s);
	const struct reading *r;
	int field;

	while ((r = next_reading(&walk, &field)) != NULL) {
		unsigned worth = ALTERNATIVES_MAX;

		if (isnan(r->value))
			continue;
		if (r->rank < ALTERNATIVES_MAX)
			worth -= r->rank;
		c.way.known |= FIELD_BIT(field);
		c.all += worth;
		c.memory += is_memory(field) ? worth : 0;
	}
	return c;
}

/* By exporter; whose sheets by what is known of their copy, and then in the
 * order in which they count. 0 if they tell as much. */
static int
compare(const struct candidate *a, const struct candidate *b)
{
	unsigned left = a->sheet->origin.exporter,
		 right = b->sheet->origin.exporter;

	if (left != right)
		return left < right ? -1 : 1;
	if (a->kinship != b->kinship)
		return a->kinship > b->kinship ? -1 : 1;
	if (a->sheet->lost_s != b->sheet->lost_s)
		return copies_compare_losses(a->sheet->lost_s,
					     b->sheet->lost_s);
	if (a->memory != b->memory)
		return a->memory > b->memory ? -1 : 1;
	if (a->all != b->all)
		return a->all > b->all ? -1 : 1;
	return (a->way.known > b->way.known) - (a->way.known < b->way.known);
}

/* The source comes last: of two that are alike it is always the same one. */
static void
insert(struct candidate *list, size_t count, const struct candidate *new)
{
	size_t at = count;

	for (; at > 0; at--) {
		int order = compare(new, &list[at - 1]);

		if (order > 0 ||
		    (order == 0 && new->way.source > list[at - 1].way.source))
			break;
		list[at] = list[at - 1];
	}
	list[at] = *new;
}

static size_t
list_candidates(const struct sheet_list *list,
		struct candidate out[static SHEETS_MAX])
{
	size_t count = 0;

	for (const struct sheet *s = list->first; s != NULL; s = s->next) {
		struct candidate new = judge(s);

		insert(out, count++, &new);
	}
	return count;
}

/* One exporter's: the first, then what else is of its copy, then the rest. */
static void
arrange(struct candidate *sheets, size_t count)
{
	struct copies_way ways[SHEETS_MAX];
	unsigned kinship[SHEETS_MAX];
	size_t alike = 1;

	while (alike < count && compare(&sheets[0], &sheets[alike]) == 0)
		alike++;
	for (size_t i = 0; i < count; i++)
		ways[i] = sheets[i].way;
	copies_relate(ways, count, alike, kinship);
	for (size_t i = 0; i < count; i++) {
		struct candidate moved = sheets[i];

		moved.kinship = kinship[i];
		insert(sheets, i, &moved);
	}
}

/*
 * The value of the first sheet, or what the others have: of the memory, which
 * belongs together, that of the next; of the rest what a profile prefers, then
 * what is of the first one's copy, then the newest, then the greatest, as where
 * each part of a GPU has a clock.
 */
static double
choose(const struct candidate *sheets, size_t count, int field)
{
	const struct candidate *of = &sheets[0];
	struct reading best = find_reading(of->sheet, field);

	for (size_t i = 1; i < count; i++) {
		const struct reading r = find_reading(sheets[i].sheet, field);

		if (isnan(r.value) || (is_memory(field) && !isnan(best.value)))
			continue;
		if (isnan(best.value) || r.rank < best.rank) {
			of = &sheets[i];
			best = r;
		} else if (of != &sheets[0] &&
			   of->kinship == sheets[i].kinship) {
			reading_take(&best, &r);
		}
	}
	return best.value;
}

/* How much is known of the memory: all, something, nothing. */
static int
memory_known(const double v[FIELD__MAX])
{
	if (!isnan(v[FIELD_MEMORY_UTILIZATION]))
		return 2;
	for (int i = 0; i < FIELD__MAX; i++)
		if (is_memory(i) && !isnan(v[i]))
			return 1;
	return 0;
}

/* Fills what the exporters before, in v, left open. */
static void
fill(double v[FIELD__MAX], const double from[FIELD__MAX])
{
	bool has_more = memory_known(from) > memory_known(v);

	for (int i = 0; i < FIELD__MAX; i++)
		if (is_memory(i) ? has_more : isnan(v[i]))
			v[i] = from[i];
}

/* Most rows have one: there is nothing to choose. */
static void
settle_one(const struct sheet *s, double v[FIELD__MAX])
{
	struct walk walk = walk_through(s);
	const struct reading *r;
	int field;

	while ((r = next_reading(&walk, &field)) != NULL)
		v[field] = r->value;
	derive_gpu(v);
}

/* That of the first, or of the next that has one. */
static double
choose_time(const struct candidate *sheets, size_t count)
{
	double measured_s = 0;

	for (size_t i = 0; measured_s == 0 && i < count; i++)
		measured_s = sheets[i].sheet->measured_s;
	return measured_s;
}

/* The sheets of each exporter stand together. */
static double
settle_all(const struct sheet_list *list, double v[FIELD__MAX])
{
	struct candidate sheets[SHEETS_MAX];
	size_t count = list_candidates(list, sheets), end;
	double measured_s = 0;

	for (size_t first = 0; first < count; first = end) {
		unsigned exporter = sheets[first].sheet->origin.exporter;
		double own[FIELD__MAX];

		end = first;
		while (end < count &&
		       sheets[end].sheet->origin.exporter == exporter)
			end++;
		if (end - first > 1)
			arrange(&sheets[first], end - first);
		for (int i = 0; i < FIELD__MAX; i++)
			own[i] = choose(&sheets[first], end - first, i);
		derive_gpu(own);
		fill(v, own);
		if (measured_s == 0)
			measured_s = choose_time(&sheets[first], end - first);
	}
	return measured_s;
}

double
sheet_settle(const struct sheet_list *list, double v[FIELD__MAX])
{
	for (int i = 0; i < FIELD__MAX; i++)
		v[i] = NAN;
	if (list->count != 1)
		return settle_all(list, v);
	settle_one(list->first, v);
	return list->first->measured_s;
}
