#include "gpu/fleet/process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/fleet/copies.h"

/* One sample of a process. */
struct process_sighting {
	struct process process; /* with that sample's reading alone */
	uint32_t known;		/* as in copies.h; after fold_copies */
	unsigned kinship;	/* see copies_relate */
	size_t number;		/* in the order of arrival */
	struct process_sighting *next;
};

void
process_init(struct process_table *t, struct arena *arena)
{
	memset(t, 0, sizeof(*t));
	fleet_init(&t->fleet, arena);
}

void
process_fini(struct process_table *t)
{
	fleet_fini(&t->fleet);
}

enum err_code
process_add(struct process_table *t, const struct process *seen, struct err *e)
{
	struct process_sighting *new =
	    arena_alloc(t->fleet.arena, sizeof(*new));

	if (new == NULL)
		return err_set_memory(e);
	*new = (struct process_sighting){
	    .process = *seen, .number = t->sighting_count, .next = t->newest};
	t->newest = new;
	t->sighting_count++;
	return ERR_OK;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_processes(const struct process *a, const struct process *b)
{
	int order = compare_numbers(a->gpu->order, b->gpu->order);

	return order != 0 ? order : compare_numbers(a->pid, b->pid);
}

static unsigned
count_texts(const struct process *p)
{
	return (p->name != FLEET_UNKNOWN) + (p->user != FLEET_UNKNOWN) +
	       (p->command != FLEET_UNKNOWN);
}

/*
 * Of one id the first exporter's come first, and who is told best, and then
 * what is of the first one's copy; what came in one way together.
 */
static int
compare_sightings(const void *a, const void *b)
{
	const struct process_sighting *const *left = a, *const *right = b;
	const struct process *p = &(*left)->process, *q = &(*right)->process;
	int order = compare_processes(p, q);

	if (order == 0)
		order = compare_numbers(p->origin.exporter, q->origin.exporter);
	if (order == 0)
		order = compare_numbers(count_texts(q), count_texts(p));
	if (order == 0)
		order = compare_numbers((*right)->kinship, (*left)->kinship);
	if (order == 0)
		order = copies_compare_losses(p->lost_s, q->lost_s);
	if (order == 0)
		order = compare_numbers((*left)->known, (*right)->known);
	if (order == 0)
		order = compare_numbers(p->origin.source, q->origin.source);
	return order != 0 ? order
			  : compare_numbers((*left)->number, (*right)->number);
}

/* Which instance a process runs in may be told by one sighting alone: so this
 * is the order of what came together of all. */
static int
compare_rows(const void *a, const void *b)
{
	const struct process *const *left = a, *const *right = b;
	int order = compare_numbers((*left)->gpu->order, (*right)->gpu->order);

	if (order == 0)
		order = compare_numbers((*left)->mig_instance,
					(*right)->mig_instance);
	return order != 0 ? order
			  : compare_numbers((*left)->pid, (*right)->pid);
}

static void
fill(uint32_t *number, uint32_t from)
{
	if (*number == FLEET_UNKNOWN)
		*number = from;
}

static void
fill_texts(struct process *into, const struct process *from)
{
	fill(&into->mig_instance, from->mig_instance);
	fill(&into->name, from->name);
	fill(&into->user, from->user);
	fill(&into->command, from->command);
	into->timestamp_s = fmax(into->timestamp_s, from->timestamp_s);
}

static bool
agree(uint32_t a, uint32_t b)
{
	return a == b || a == FLEET_UNKNOWN || b == FLEET_UNKNOWN;
}

/* Whether the texts may be those of one process. */
static bool
may_be_one(const struct process *a, const struct process *b)
{
	return agree(a->name, b->name) && agree(a->user, b->user) &&
	       agree(a->command, b->command);
}

/* --- copies -------------------------------------------------------------- */

static bool
is_same_copy(const struct process *a, const struct process *b)
{
	return compare_processes(a, b) == 0 &&
	       a->origin.exporter == b->origin.exporter &&
	       a->origin.source == b->origin.source && may_be_one(a, b);
}

/* What came in one way becomes one sighting; returns how many are left. */
static size_t
fold_copies(struct process_sighting **seen, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct process *p = &seen[i]->process;
		struct process *last =
		    kept > 0 ? &seen[kept - 1]->process : NULL;

		if (last == NULL || !is_same_copy(last, p)) {
			seen[kept++] = seen[i];
			continue;
		}
		fill_texts(last, p);
		for (int k = 0; k < PROCESS_FIELD__MAX; k++)
			reading_take(&last->readings[k], &p->readings[k]);
	}
	return kept;
}

/* Of one id and exporter; which of more are one copy's is not looked for. */
enum { WAYS_MAX = 64 };

/* Of no value is told that it is there. */
static uint32_t
known_of(const struct process *p)
{
	uint32_t known = 0;

	for (int i = 0; i < PROCESS_FIELD__MAX; i++)
		if (!isnan(p->readings[i].value))
			known |= FIELD_BIT(i);
	return known != 0 ? known : FIELD_BIT(PROCESS_FIELD__MAX);
}

static bool
are_alike(const struct process_sighting *a, const struct process_sighting *b)
{
	return a->known == b->known && a->process.lost_s == b->process.lost_s &&
	       count_texts(&a->process) == count_texts(&b->process);
}

/* Those of one id and exporter. */
static void
relate(struct process_sighting **seen, size_t count)
{
	struct copies_way ways[WAYS_MAX];
	unsigned kinship[WAYS_MAX];
	size_t related = count < WAYS_MAX ? count : WAYS_MAX, alike = 1;

	qsort(seen, count, sizeof(*seen), compare_sightings);
	while (alike < related && are_alike(seen[0], seen[alike]))
		alike++;
	for (size_t i = 0; i < related; i++)
		ways[i] = (struct copies_way){seen[i]->process.origin.source,
					      seen[i]->known};
	copies_relate(ways, related, alike, kinship);
	for (size_t i = 0; i < related; i++)
		seen[i]->kinship = kinship[i];
	qsort(seen, count, sizeof(*seen), compare_sightings);
}

static void
relate_all(struct process_sighting **seen, size_t count)
{
	size_t end;

	for (size_t i = 0; i < count; i++)
		seen[i]->known = known_of(&seen[i]->process);
	for (size_t first = 0; first < count; first = end) {
		const struct process *p = &seen[first]->process;

		end = first + 1;
		while (end < count &&
		       compare_processes(p, &seen[end]->process) == 0 &&
		       p->origin.exporter == seen[end]->process.origin.exporter)
			end++;
		if (end - first > 1)
			relate(&seen[first], end - first);
	}
}

/* --- rows ---------------------------------------------------------------- */

/* Rows of one id, from first on; who has more is not looked for among them. */
enum { NAMESAKES_MAX = 64 };

/*
 * The row that the sighting is of; NULL if it is of none, or there is no
 * telling. *is_new: it is one that no row is of yet.
 */
static struct process *
find_row(struct process **rows, size_t count, const struct process *p,
	 bool *is_new)
{
	struct process *found = NULL;
	size_t candidates = 0;
	bool is_first = true; /* of its exporter's */

	*is_new = false;
	for (size_t i = 0; i < count && i < NAMESAKES_MAX; i++) {
		is_first &= rows[i]->origin.exporter != p->origin.exporter;
		if (!may_be_one(rows[i], p))
			continue;
		found = rows[i];
		candidates++;
	}
	if (candidates == 1)
		return found;
	*is_new = candidates == 0 && (!is_first || count == 0);
	/* Exporters may call one process by several names. */
	return candidates == 0 && is_first && count == 1 ? rows[0] : NULL;
}

static void
fill_row(struct process *row, const struct process *from)
{
	fill_texts(row, from);
	for (int i = 0; i < PROCESS_FIELD__MAX; i++)
		if (isnan(row->readings[i].value))
			row->readings[i] = from->readings[i];
}

static void
add_to_rows(struct process_table *t, size_t first, struct process *p)
{
	bool is_new;
	struct process *row =
	    find_row(&t->sorted[first], t->count - first, p, &is_new);

	if (row != NULL)
		fill_row(row, p);
	else if (is_new)
		t->sorted[t->count++] = p;
}

/* The card of a process, found out late, and not whose node is unknown. */
static const struct fleet_gpu *
card_of(const struct process *p)
{
	const struct fleet_gpu *card = fleet_settled(fleet_card(p->gpu));

	return card->node != FLEET_UNKNOWN ? card : NULL;
}

/* Those whose card has a place; returns how many. */
static size_t
list_sightings(const struct process_table *t, struct process_sighting **out)
{
	size_t count = 0;

	for (struct process_sighting *s = t->newest; s != NULL; s = s->next) {
		s->process.gpu = card_of(&s->process);
		if (s->process.gpu != NULL)
			out[count++] = s;
	}
	return count;
}

enum err_code
process_finish(struct process_table *t, struct err *e)
{
	struct arena *arena = t->fleet.arena;
	struct process_sighting **seen =
	    arena_alloc(arena, t->sighting_count * sizeof(*seen));
	size_t count;

	t->sorted = arena_alloc(arena, t->sighting_count * sizeof(*t->sorted));
	if (seen == NULL || t->sorted == NULL)
		return err_set_memory(e);
	if (fleet_finish(&t->fleet, e) != ERR_OK)
		return e->code;
	count = list_sightings(t, seen);
	qsort(seen, count, sizeof(*seen), compare_sightings);
	count = fold_copies(seen, count);
	relate_all(seen, count);
	for (size_t i = 0, first = 0; i < count; i++) {
		struct process *p = &seen[i]->process;

		if (i > 0 && compare_processes(&seen[i - 1]->process, p) != 0)
			first = t->count;
		add_to_rows(t, first, p);
	}
	qsort(t->sorted, t->count, sizeof(*t->sorted), compare_rows);
	return ERR_OK;
}
