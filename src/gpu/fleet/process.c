#include "gpu/fleet/process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One sample of a process. */
struct process_sighting {
	struct process process; /* with that sample's reading alone */
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

/* Of one process the first profile's sightings come first. */
static int
compare_sightings(const void *a, const void *b)
{
	const struct process_sighting *const *left = a, *const *right = b;
	int order = compare_processes(&(*left)->process, &(*right)->process);

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
pour(struct process *into, const struct process *from)
{
	fill(&into->mig_instance, from->mig_instance);
	fill(&into->name, from->name);
	fill(&into->user, from->user);
	fill(&into->command, from->command);
	into->timestamp_s = fmax(into->timestamp_s, from->timestamp_s);
	for (int i = 0; i < PROCESS_FIELD__MAX; i++)
		reading_take(&into->readings[i], &from->readings[i]);
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
	for (size_t i = 0; i < count; i++) {
		struct process *p = &seen[i]->process;

		if (t->count > 0 &&
		    compare_processes(t->sorted[t->count - 1], p) == 0)
			pour(t->sorted[t->count - 1], p);
		else
			t->sorted[t->count++] = p;
	}
	qsort(t->sorted, t->count, sizeof(*t->sorted), compare_rows);
	return ERR_OK;
}
