#include "gpu/fleet/fleet.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gpu/fleet/shape.h"

enum { FIRST_CAPACITY = 32, PLACE_STEPS_MAX = 256, UUID_STEPS_MAX = 256 };

void
fleet_init(struct fleet *f, struct arena *arena)
{
	memset(f, 0, sizeof(*f));
	f->arena = arena;
	arena_init(&f->scratch, arena->budget);
	arena_init_for_few(&f->index, arena->budget);
	intern_init(&f->texts, arena->budget);
}

void
fleet_fini(struct fleet *f)
{
	if (f->arena == NULL)
		return;
	arena_fini(&f->scratch);
	arena_fini(&f->index);
	shape_abandon(f);
	intern_fini(&f->texts);
}

struct fleet_gpu *
fleet_settled(const struct fleet_gpu *gpu)
{
	while (gpu->merged_into != NULL)
		gpu = gpu->merged_into;
	return (struct fleet_gpu *)(uintptr_t)gpu;
}

size_t
fleet_count_cards(const struct fleet *f)
{
	size_t count = 0;

	if (f->shape != NULL)
		return f->shape->card_count;
	for (size_t i = 0; i < f->card_count; i++)
		count += fleet_is_row(f->cards[i]);
	return count;
}

/* --- where a card is ----------------------------------------------------- */

static bool
agree(uint32_t a, uint32_t b)
{
	return a == b || a == FLEET_UNKNOWN || b == FLEET_UNKNOWN;
}

static bool
is_place(const struct fleet_place *a, const struct fleet_place *b)
{
	return a->cluster == b->cluster && a->node == b->node &&
	       a->index == b->index;
}

static struct fleet_place
place_of(const struct fleet_gpu *gpu)
{
	return (struct fleet_place){gpu->cluster, gpu->node, gpu->index};
}

static size_t
first_place(const struct fleet *f, const struct fleet_place *place)
{
	uint64_t node =
	    intern_hash_number((uint64_t)place->cluster << 32 | place->node);
	uint64_t hash = intern_hash_number(node ^ place->index);

	return (size_t)(hash >> 32) & (f->place_count - 1);
}

/* A walk through the entries that may be of one place. */
struct walk {
	struct fleet_place place;
	size_t at;
	unsigned steps;
};

static struct walk
walk_to(const struct fleet *f, const struct fleet_place *place)
{
	return (struct walk){.place = *place, .at = first_place(f, place)};
}

/*
 * The next card in that place; NULL behind the last. No place is that full,
 * unless somebody puts thousands of cards there: then some are not found.
 */
static struct fleet_gpu *
next_in_place(const struct fleet *f, struct walk *w)
{
	while (f->place_count > 0 && f->places[w->at].card != 0 &&
	       w->steps++ < PLACE_STEPS_MAX) {
		const struct fleet_place_entry *entry = &f->places[w->at];

		w->at = (w->at + 1) & (f->place_count - 1);
		if (is_place(&entry->place, &w->place))
			return fleet_settled(f->cards[entry->card - 1]);
	}
	return NULL;
}

/* The card in that place that may be the one meant; NULL if there is none. */
static struct fleet_gpu *
find_in_place(const struct fleet *f, const struct fleet_place *place,
	      uint32_t uuid, uint32_t vendor)
{
	struct walk walk = walk_to(f, place);
	struct fleet_gpu *gpu;

	while ((gpu = next_in_place(f, &walk)) != NULL)
		if (agree(gpu->uuid, uuid) && agree(gpu->vendor, vendor))
			break;
	return gpu;
}

struct fleet_gpu *
fleet_find_place(const struct fleet *f, const struct fleet_place *place,
		 uint32_t vendor)
{
	return find_in_place(f, place, FLEET_UNKNOWN, vendor);
}

static void
enter_place(struct fleet *f, const struct fleet_place_entry *entry)
{
	size_t at = first_place(f, &entry->place);

	for (unsigned i = 0; i < PLACE_STEPS_MAX; i++) {
		if (f->places[at].card == 0) {
			f->places[at] = *entry;
			f->places_used++;
			return;
		}
		at = (at + 1) & (f->place_count - 1);
	}
}

static bool
grow_places(struct fleet *f)
{
	const struct fleet_place_entry *old = f->places;
	size_t old_count = f->place_count;
	size_t count = old_count > 0 ? old_count * 2 : 2 * FIRST_CAPACITY;

	f->places = arena_alloc(&f->index, count * sizeof(*f->places));
	if (f->places == NULL)
		return false;
	memset(f->places, 0, count * sizeof(*f->places));
	f->place_count = count;
	f->places_used = 0;
	for (size_t i = 0; i < old_count; i++)
		if (old[i].card != 0)
			enter_place(f, &old[i]);
	return true;
}

static bool
add_place(struct fleet *f, const struct fleet_gpu *gpu)
{
	const struct fleet_place_entry entry = {place_of(gpu), gpu->number + 1};

	if (f->places_used * 2 >= f->place_count && !grow_places(f))
		return false;
	enter_place(f, &entry);
	return true;
}

bool
fleet_set_index(struct fleet *f, struct fleet_gpu *gpu, uint32_t index)
{
	gpu->index = index;
	return add_place(f, gpu);
}

/* --- which card it is ---------------------------------------------------- */

/* Whether equal uuids are one card's in these clusters: what was made of a
 * node's name is unique in its cluster only. */
static bool
is_same_cluster(const struct fleet *f, const struct fleet_gpu *gpu,
		uint32_t cluster)
{
	return gpu->cluster == cluster ||
	       (agree(gpu->cluster, cluster) &&
		fleet_told_uuid(f, gpu) != FLEET_UNKNOWN);
}

struct fleet_gpu *
fleet_find_uuid(const struct fleet *f, uint32_t uuid, uint32_t cluster)
{
	struct fleet_gpu *gpu =
	    uuid < f->by_uuid_capacity ? f->by_uuid[uuid] : NULL;

	for (unsigned i = 0; gpu != NULL && i < UUID_STEPS_MAX;
	     i++, gpu = gpu->next_of_uuid) {
		struct fleet_gpu *settled = fleet_settled(gpu);

		if (is_same_cluster(f, settled, cluster))
			return settled;
	}
	return NULL;
}

static bool
enter_uuid(struct fleet *f, struct fleet_gpu *gpu)
{
	if (gpu->uuid >= f->by_uuid_capacity) {
		size_t capacity = 2 * (size_t)intern_count(&f->texts);
		struct fleet_gpu **by_uuid =
		    arena_grow(&f->index, f->by_uuid,
			       f->by_uuid_capacity * sizeof(*by_uuid),
			       capacity * sizeof(*by_uuid));

		if (by_uuid == NULL)
			return false;
		f->by_uuid = by_uuid;
		f->by_uuid_capacity = capacity;
	}
	gpu->next_of_uuid = f->by_uuid[gpu->uuid];
	f->by_uuid[gpu->uuid] = gpu;
	return true;
}

static struct fleet_gpu *
new_gpu(struct fleet *f)
{
	struct fleet_gpu *gpu = arena_alloc(f->arena, sizeof(*gpu));

	if (gpu == NULL)
		return NULL;
	*gpu = fleet_unknown_gpu();
	gpu->number = (unsigned)f->card_count;
	f->row_count++;
	return gpu;
}

static struct fleet_gpu *
add_card(struct fleet *f)
{
	size_t capacity =
	    f->card_capacity > 0 ? f->card_capacity * 2 : FIRST_CAPACITY;
	struct fleet_gpu *gpu = new_gpu(f);
	struct fleet_gpu **cards;

	if (gpu != NULL && f->card_count == f->card_capacity) {
		cards = arena_grow(&f->index, f->cards,
				   f->card_count * sizeof(*cards),
				   capacity * sizeof(*cards));
		if (cards == NULL)
			return NULL;
		f->cards = cards;
		f->card_capacity = capacity;
	}
	if (gpu != NULL)
		f->cards[f->card_count++] = gpu;
	return gpu;
}

/* --- what is known of it ------------------------------------------------- */

bool
fleet_take(struct fleet *f, struct fleet_gpu *gpu,
	   const struct sheet_origin *origin, enum field field,
	   const struct reading *reading)
{
	return sheet_take(&gpu->sheets, origin, field, reading, &f->scratch);
}

bool
fleet_date_copy(struct fleet *f, struct fleet_gpu *gpu,
		const struct sheet_origin *origin, double measured_s,
		bool is_lost)
{
	return sheet_date(&gpu->sheets, origin, measured_s, is_lost,
			  &f->scratch);
}

void
fleet_note_exporter(struct fleet_gpu *gpu, const char *exporter, unsigned rank)
{
	if (rank < IDENTITY_EXPORTERS_MAX)
		gpu->exporters |= UINT64_C(1) << rank;
	if (rank >= gpu->exporter_rank)
		return;
	gpu->exporter = exporter;
	gpu->exporter_rank = rank;
}

void
fleet_date(struct fleet_gpu *gpu, unsigned rank, double measured_s)
{
	/* NaN is none either. */
	if (!(measured_s > 0) || rank > gpu->measured_rank)
		return;
	gpu->measured_s = rank < gpu->measured_rank
			      ? measured_s
			      : fmax(gpu->measured_s, measured_s);
	gpu->measured_rank = rank;
}

static void
fill(uint32_t *number, uint32_t from)
{
	if (*number == FLEET_UNKNOWN)
		*number = from;
}

/* What one entry knows goes to the other; false if there is no memory. */
static bool
pour(struct fleet *f, struct fleet_gpu *into, struct fleet_gpu *from)
{
	fill(&into->cluster, from->cluster);
	fill(&into->uuid, from->uuid);
	fill(&into->model, from->model);
	fill(&into->vendor, from->vendor);
	fill(&into->bus, from->bus);
	fill(&into->mig_profile, from->mig_profile);
	if (into->card != NULL)
		fill(&into->index, from->index);
	if (from->exporter != NULL)
		fleet_note_exporter(into, from->exporter, from->exporter_rank);
	into->exporters |= from->exporters;
	into->timestamp_s = fmax(into->timestamp_s, from->timestamp_s);
	fleet_date(into, from->measured_rank, from->measured_s);
	return sheet_pour(&into->sheets, &from->sheets, &f->scratch);
}

static struct fleet_gpu *
known_instance(struct fleet_gpu *card, uint32_t mig_instance)
{
	struct fleet_gpu *gpu = card->instances;

	while (gpu != NULL && gpu->mig_instance != mig_instance)
		gpu = gpu->next_instance;
	return gpu;
}

static void
add_instance(struct fleet_gpu *card, struct fleet_gpu *gpu)
{
	gpu->card = card;
	gpu->next_instance = card->instances;
	card->instances = gpu;
	card->instance_count++;
}

/* Two entries turned out to be of one card; false if there is no memory. */
static bool
merge(struct fleet *f, struct fleet_gpu *into, struct fleet_gpu *from)
{
	bool is_poured = pour(f, into, from);
	struct fleet_gpu *next;

	f->has_merged = true;
	for (struct fleet_gpu *gpu = from->instances; gpu != NULL; gpu = next) {
		struct fleet_gpu *same =
		    known_instance(into, gpu->mig_instance);

		next = gpu->next_instance;
		if (same != NULL)
			is_poured &= pour(f, same, gpu);
		else if (into->instance_count < FLEET_INSTANCES_MAX)
			add_instance(into, gpu);
	}
	from->instances = NULL;
	from->merged_into = into;
	return is_poured;
}

/* The card has a place now, or another: who else is there is the same card. */
static bool
settle(struct fleet *f, struct fleet_gpu *gpu)
{
	const struct fleet_place place = place_of(gpu);
	struct walk walk = walk_to(f, &place);
	struct fleet_gpu *other;

	while ((other = next_in_place(f, &walk)) != NULL)
		if (other != gpu && agree(other->uuid, gpu->uuid) &&
		    agree(other->vendor, gpu->vendor) && !merge(f, gpu, other))
			return false;
	return add_place(f, gpu);
}

/* What the identity says that was not known before. */
static bool
learn(struct fleet *f, struct fleet_gpu *gpu, const struct identity *id)
{
	bool moved = false;

	fill(&gpu->vendor, id->vendor);
	if (gpu->uuid == FLEET_UNKNOWN && id->uuid != FLEET_UNKNOWN) {
		gpu->uuid = id->uuid;
		if (!enter_uuid(f, gpu))
			return false;
	}
	if (id->node != FLEET_UNKNOWN &&
	    (gpu->node == FLEET_UNKNOWN || id->node_doubt < gpu->node_doubt)) {
		moved = gpu->node != id->node;
		gpu->node = id->node;
		gpu->node_doubt = id->node_doubt;
	}
	if (gpu->index == FLEET_UNKNOWN && id->index != FLEET_UNKNOWN) {
		gpu->index = id->index;
		moved = true;
	}
	if (gpu->cluster == FLEET_UNKNOWN && id->cluster != FLEET_UNKNOWN) {
		gpu->cluster = id->cluster;
		moved = true;
	}
	if (!moved || gpu->node == FLEET_UNKNOWN || gpu->index == FLEET_UNKNOWN)
		return true;
	return settle(f, gpu);
}

struct fleet_gpu *
fleet_find(struct fleet *f, const struct identity *id)
{
	const struct fleet_place place = {id->cluster, id->node, id->index};
	struct fleet_gpu *gpu = NULL;

	if (id->uuid != FLEET_UNKNOWN)
		gpu = fleet_find_uuid(f, id->uuid, id->cluster);
	if (gpu == NULL && id->node != FLEET_UNKNOWN &&
	    id->index != FLEET_UNKNOWN && f->place_count > 0)
		gpu = find_in_place(f, &place, id->uuid, id->vendor);
	if (gpu == NULL)
		gpu = add_card(f);
	return gpu != NULL && learn(f, gpu, id) ? gpu : NULL;
}

enum err_code
fleet_find_instance(struct fleet *f, struct fleet_gpu *card,
		    uint32_t mig_instance, struct fleet_gpu **out,
		    struct err *e)
{
	*out = known_instance(card, mig_instance);
	if (*out != NULL || card->instance_count == FLEET_INSTANCES_MAX)
		return ERR_OK;
	*out = new_gpu(f);
	if (*out == NULL)
		return err_set_memory(e);
	(*out)->mig_instance = mig_instance;
	add_instance(card, *out);
	return ERR_OK;
}

void
fleet_name_instance(struct fleet_gpu *gpu, const struct identity *id)
{
	fill(&gpu->index, id->part_index);
	fill(&gpu->uuid, id->part_uuid);
}
