#include "gpu/fleet/workload.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"
#include "gpu/fleet/workload_group.h"
#include "gpu/fleet/workload_use.h"

enum { FIRST_CAPACITY = 256 };

void
workload_init(struct workload_table *t, struct arena *arena)
{
	*t = (struct workload_table){.count = 0};
	fleet_init(&t->fleet, arena);
	claims_init(&t->claims, arena);
	capacity_init(&t->capacity, arena);
	intern_init(&t->keys, arena->budget);
}

void
workload_fini(struct workload_table *t)
{
	if (t->fleet.arena == NULL)
		return;
	intern_fini(&t->keys);
	capacity_fini(&t->capacity);
	claims_fini(&t->claims);
	fleet_fini(&t->fleet);
}

struct workload_name
workload_nobody(void)
{
	return (struct workload_name){FLEET_UNKNOWN, FLEET_UNKNOWN,
				      FLEET_UNKNOWN, FLEET_UNKNOWN,
				      FLEET_UNKNOWN, FLEET_UNKNOWN};
}

/* A namespace alone, or a user, is nobody that could be named. */
bool
workload_is_nobody(const struct workload_name *name)
{
	return name->pod == FLEET_UNKNOWN && name->job == FLEET_UNKNOWN;
}

/* --- what is told --------------------------------------------------------- */

/* Those of the same number are of the same entry. */
static uint32_t
number_of(struct workload_table *t, const struct workload_note *note)
{
	char key[sizeof(note->gpu) + sizeof(note->exporter_rank) +
		 sizeof(note->name)];
	char *end = key;

	memcpy(end, &note->gpu, sizeof(note->gpu));
	end += sizeof(note->gpu);
	memcpy(end, &note->exporter_rank, sizeof(note->exporter_rank));
	end += sizeof(note->exporter_rank);
	memcpy(end, &note->name, sizeof(note->name));
	return intern_add(&t->keys, key, sizeof(key));
}

static bool
make_room(struct workload_table *t, uint32_t number)
{
	uint32_t before = t->entry_capacity;
	uint32_t wanted = before > 0 ? before : FIRST_CAPACITY;
	struct workload_entry **grown;

	while (wanted <= number)
		wanted *= 2;
	if (wanted == before)
		return true;
	grown = arena_grow(t->fleet.arena, t->entries, before * sizeof(*grown),
			   wanted * sizeof(*grown));
	if (grown == NULL)
		return false;
	t->entries = grown;
	t->entry_capacity = wanted;
	return true;
}

/* Added if it is new; NULL if there is no memory. */
static struct workload_entry *
entry_of(struct workload_table *t, const struct workload_note *note)
{
	uint32_t known = intern_count(&t->keys);
	uint32_t number = number_of(t, note);
	struct workload_entry *entry;

	if (number == INTERN_NONE || !make_room(t, number))
		return NULL;
	if (number < known)
		return t->entries[number];
	entry = arena_alloc(t->fleet.arena, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	*entry = (struct workload_entry){.gpu = note->gpu,
					 .name = note->name,
					 .exporter = note->exporter,
					 .exporter_rank = note->exporter_rank,
					 .so_far = reading_none()};
	for (int i = 0; i < WORKLOAD_FIELD__MAX; i++)
		entry->now[i] = reading_none();
	t->entries[number] = entry;
	return entry;
}

enum err_code
workload_add(struct workload_table *t, const struct workload_note *note,
	     struct err *e)
{
	struct workload_entry *entry = entry_of(t, note);

	if (entry == NULL)
		return err_set_memory(e);
	switch (note->when) {
	case WORKLOAD_NOW:
		entry->is_now = true;
		if (note->field == WORKLOAD_SEEN)
			break;
		reading_take(&entry->now[note->field], &note->reading);
		if (note->is_own)
			entry->own |= FIELD_BIT(note->field);
		break;
	case WORKLOAD_SO_FAR:
		reading_take(&entry->so_far, &note->reading);
		break;
	case WORKLOAD_BEFORE:
		entry->was_before = true;
		entry->was_measured |= !isnan(note->reading.value);
		break;
	}
	return ERR_OK;
}

/* --- all rows ------------------------------------------------------------- */

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The row of the fleet that it turned out to be, or its card; NULL: none. */
static const struct fleet_gpu *
row_of(const struct fleet_gpu *gpu)
{
	const struct fleet_gpu *card = fleet_settled(fleet_card(gpu));

	if (!fleet_is_row(card))
		return NULL;
	if (gpu->card == NULL)
		return card;
	for (const struct fleet_gpu *part = card->instances; part != NULL;
	     part = part->next_instance)
		if (part->mig_instance == gpu->mig_instance)
			return part;
	return card;
}

static int
compare_gpus(const struct fleet_gpu *a, const struct fleet_gpu *b)
{
	int order = compare_numbers(fleet_card(a)->order, fleet_card(b)->order);

	/* That of the whole card is none, the greatest. */
	return order != 0 ? order
			  : compare_numbers(a->mig_instance, b->mig_instance);
}

/* Who has precedence comes first, and who tells more names. */
static int
compare_entries(const void *a, const void *b)
{
	const struct workload_entry *const *left = a, *const *right = b;
	const struct workload_name *p = &(*left)->name, *q = &(*right)->name;
	int order = compare_gpus((*left)->gpu, (*right)->gpu);

	if (order == 0)
		order = compare_numbers((*left)->exporter_rank,
					(*right)->exporter_rank);
	if (order == 0)
		order = compare_numbers(p->container == FLEET_UNKNOWN,
					q->container == FLEET_UNKNOWN);
	if (order == 0)
		order = compare_numbers(p->pod, q->pod);
	if (order == 0)
		order = compare_numbers(p->container, q->container);
	return order != 0 ? order : compare_numbers(p->job, q->job);
}

/* Those whose GPU has a place; returns how many. */
static size_t
list_entries(const struct workload_table *t, struct workload_entry **out)
{
	size_t count = 0;

	for (uint32_t i = 0; i < intern_count(&t->keys); i++) {
		t->entries[i]->gpu = row_of(t->entries[i]->gpu);
		if (t->entries[i]->gpu != NULL)
			out[count++] = t->entries[i];
	}
	qsort(out, count, sizeof(*out), compare_entries);
	return count;
}

static enum err_code
add_all_rows(struct workload_table *t, struct err *e)
{
	size_t capacity = intern_count(&t->keys), count, end;
	struct arena *arena = t->fleet.arena;
	struct workload_entry **entries =
	    arena_alloc(arena, capacity * sizeof(*entries));
	bool *were_before = arena_alloc(arena, capacity * sizeof(*were_before));

	if (entries == NULL || were_before == NULL)
		return err_set_memory(e);
	count = list_entries(t, entries);
	for (size_t first = 0; first < count; first = end) {
		struct workload_group g = {.gpu = entries[first]->gpu,
					   .entries = &entries[first],
					   .rows = &t->sorted[t->count],
					   .were_before = were_before};

		end = first + 1;
		while (end < count && entries[end]->gpu == g.gpu)
			end++;
		g.count = end - first;
		if (workload_group_add_rows(t, &g, e) != ERR_OK)
			return e->code;
	}
	t->of_gpus_count = t->count;
	t->of_gpus =
	    arena_grow(arena, t->sorted, t->count * sizeof(*t->of_gpus),
		       t->count * sizeof(*t->of_gpus));
	return t->of_gpus != NULL ? ERR_OK : err_set_memory(e);
}

struct workload *const *
workload_find(const struct workload_table *t, const struct fleet_gpu *gpu,
	      size_t *count)
{
	size_t first = 0, end = t->of_gpus_count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (compare_gpus(t->of_gpus[middle]->gpu, gpu) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	while (end < t->of_gpus_count && t->of_gpus[end]->gpu == gpu)
		end++;
	*count = end - first;
	return t->of_gpus + first;
}

/* --- on no GPU ------------------------------------------------------------ */

/* What is known of where it is, as a GPU's row would tell it. */
static const struct fleet_gpu *
nowhere(struct arena *arena, const struct claims_pod *pod)
{
	struct fleet_gpu *gpu = arena_alloc(arena, sizeof(*gpu));

	if (gpu == NULL)
		return NULL;
	*gpu = fleet_unknown_gpu();
	gpu->cluster = pod->key.cluster;
	gpu->order = SIZE_MAX;
	gpu->timestamp_s = pod->timestamp_s;
	/* One that waits may have its target's for a node. */
	if (pod->phase == CLAIMS_RUNNING)
		gpu->node =
		    pod->node != FLEET_UNKNOWN ? pod->node : pod->plain_node;
	return gpu;
}

/* Who asks, and is shown nowhere. */
static enum err_code
add_unseen(struct workload_table *t, struct err *e)
{
	struct arena *arena = t->fleet.arena;

	for (size_t i = 0; i < t->claims.count; i++) {
		const struct claim *claim = t->claims.list[i];
		const struct claims_pod *pod = claim->pod;
		const struct fleet_gpu *gpu;
		struct workload *row;

		if (claim->is_shown || claim->requested == 0 ||
		    pod->phase < CLAIMS_PENDING)
			continue;
		gpu = nowhere(arena, pod);
		row = gpu != NULL ? workload_row(arena, gpu) : NULL;
		if (row == NULL)
			return err_set_memory(e);
		row->name.namespace = pod->key.namespace;
		row->name.pod = pod->key.pod;
		row->name.container = claim->container;
		row->pod = pod;
		row->claim = claim;
		row->state = pod->phase == CLAIMS_PENDING ? WORKLOAD_PENDING
							  : WORKLOAD_UNSEEN;
		t->sorted[t->count++] = row;
	}
	return ERR_OK;
}

/* --- the order ------------------------------------------------------------ */

enum { SORT_TEXTS = 4 };

/* A row, and what it is sorted by first. */
struct sort_key {
	const struct intern_string *texts[SORT_TEXTS]; /* or NULL */
	struct workload *row;
};

/* What has no such name stands behind what has. */
static int
compare_texts(const struct intern_string *a, const struct intern_string *b)
{
	if (a == b)
		return 0;
	if (a == NULL || b == NULL)
		return a == NULL ? 1 : -1;
	return natural_compare(a->text, b->text);
}

static int
compare_keys(const void *a, const void *b)
{
	const struct sort_key *left = a, *right = b;
	int order = 0;

	for (int i = 0; order == 0 && i < SORT_TEXTS; i++)
		order = compare_texts(left->texts[i], right->texts[i]);
	if (order == 0)
		order = compare_gpus(left->row->gpu, right->row->gpu);
	/* Names that differ behind a NUL, or clusters. */
	if (order == 0)
		order = memcmp(&left->row->name, &right->row->name,
			       sizeof(left->row->name));
	return order != 0 ? order
			  : compare_numbers(left->row->gpu->cluster,
					    right->row->gpu->cluster);
}

static enum err_code
sort_rows(struct workload_table *t, struct err *e)
{
	struct sort_key *keys =
	    arena_alloc(t->fleet.arena, t->count * sizeof(*keys));

	if (keys == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < t->count; i++) {
		const struct workload_name *name = &t->sorted[i]->name;

		keys[i] =
		    (struct sort_key){{fleet_text(&t->fleet, name->namespace),
				       fleet_text(&t->fleet, name->pod),
				       fleet_text(&t->fleet, name->container),
				       fleet_text(&t->fleet, name->job)},
				      t->sorted[i]};
	}
	qsort(keys, t->count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < t->count; i++)
		t->sorted[i] = keys[i].row;
	return ERR_OK;
}

enum err_code
workload_finish(struct workload_table *t, struct err *e)
{
	size_t capacity;

	claims_finish(&t->claims);
	capacity = intern_count(&t->keys) + t->claims.count;
	t->sorted = arena_alloc(t->fleet.arena, capacity * sizeof(*t->sorted));
	if (t->sorted == NULL)
		return err_set_memory(e);
	if (fleet_finish(&t->fleet, e) != ERR_OK ||
	    workload_use_begin(t, e) != ERR_OK ||
	    add_all_rows(t, e) != ERR_OK || add_unseen(t, e) != ERR_OK)
		return e->code;
	return sort_rows(t, e);
}
