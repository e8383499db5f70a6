#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"
#include "gpu/fleet/derive.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/number.h"
#include "gpu/fleet/shape.h"
#include "gpu/fleet/slices.h"
#include "gpu/vendor.h"

/* --- numbers ------------------------------------------------------------- */

/* All that is told of a row of a known shape is of one sheet. */
static double *
settle_shaped(struct fleet_gpu *gpu)
{
	double *v = shape_values(gpu);

	derive_gpu(v);
	gpu->values = v;
	return v;
}

/* The row's values, from what was told of it; NULL: no memory. Each has room of
 * its own, in blocks as all else has: one large one would be the system's anew
 * for each request. */
static double *
settle(struct fleet *f, struct fleet_gpu *gpu)
{
	double measured_s, *v;

	if (f->shape != NULL)
		return settle_shaped(gpu);
	v = arena_alloc(f->arena, FIELD__MAX * sizeof(*v));
	if (v == NULL)
		return NULL;
	f->has_copies |= gpu->sheets.count > 1;
	measured_s = sheet_settle(&gpu->sheets, v);
	if (measured_s > 0)
		gpu->measured_s = measured_s;
	gpu->values = v;
	return v;
}

unsigned
fleet_slices(const struct fleet *f, const struct fleet_gpu *gpu)
{
	const struct intern_string *profile = fleet_text(f, gpu->mig_profile);

	return profile != NULL ? slices_of_profile(profile->text) : 0;
}

unsigned
fleet_memory_slices(const struct fleet *f, const struct fleet_gpu *gpu)
{
	const struct intern_string *profile = fleet_text(f, gpu->mig_profile);
	const struct intern_string *model = fleet_text(f, gpu->model);

	return profile != NULL
		   ? slices_of_memory(profile->text,
				      model != NULL ? model->text : NULL)
		   : 0;
}

unsigned
fleet_slices_of_card(const struct fleet *f, const struct fleet_gpu *card)
{
	const struct intern_string *model = fleet_text(f, card->model);

	return slices_of_card(model != NULL ? model->text : NULL);
}

bool
fleet_may_repeat_memory(const struct fleet *f, const struct fleet_gpu *card)
{
	const struct intern_string *vendor = fleet_text(f, card->vendor);

	return vendor == NULL || !intern_is(vendor, "NVIDIA");
}

static bool
compute_split(struct fleet *f, struct fleet_gpu *card, double *own)
{
	double *instances[FLEET_INSTANCES_MAX];
	unsigned slices[FLEET_INSTANCES_MAX];
	struct derive_split split = {.instances = instances, .slices = slices};

	split.card_slices = fleet_slices_of_card(f, card);
	split.may_repeat_memory = fleet_may_repeat_memory(f, card);
	for (struct fleet_gpu *gpu = card->instances; gpu != NULL;
	     gpu = gpu->next_instance) {
		slices[split.count] = fleet_slices(f, gpu);
		instances[split.count] = settle(f, gpu);
		if (instances[split.count++] == NULL)
			return false;
	}
	derive_card(own, &split);
	return true;
}

/* Most cards have no instances, and need no room to list them. */
static bool
compute(struct fleet *f, struct fleet_gpu *card)
{
	double *own = settle(f, card);

	return own != NULL &&
	       (card->instances == NULL || compute_split(f, card, own));
}

/* What belongs to the card is true for each of its instances as well, but for
 * what they have of their own. */
static void
inherit(struct fleet_gpu *gpu, const struct fleet_gpu *card)
{
	gpu->cluster = card->cluster;
	gpu->node = card->node;
	if (gpu->uuid == FLEET_UNKNOWN)
		gpu->uuid = card->uuid;
	gpu->model = card->model;
	gpu->vendor = card->vendor;
	if (gpu->index == FLEET_UNKNOWN)
		gpu->index = card->index;
	gpu->number = card->number;
	if (gpu->exporter == NULL)
		gpu->exporter = card->exporter;
	gpu->timestamp_s = fmax(gpu->timestamp_s, card->timestamp_s);
	if (gpu->measured_s == 0)
		gpu->measured_s = card->measured_s;
}

/* Who makes a model: most cards are of the one before. */
struct maker {
	uint32_t model;
	uint32_t vendor; /* FLEET_UNKNOWN: nobody knows */
};

/* False if there is no memory. */
static bool
find_maker(struct fleet *f, uint32_t model, struct maker *out)
{
	const struct intern_string *text = fleet_text(f, model);
	const char *vendor = text != NULL ? vendor_of_model(text->text) : NULL;

	*out = (struct maker){model, FLEET_UNKNOWN};
	if (vendor != NULL)
		out->vendor = fleet_intern(f, vendor, strlen(vendor));
	return vendor == NULL || out->vendor != INTERN_NONE;
}

/* Its model tells better than its exporter who made the card. False if there is
 * no memory. */
static bool
name_vendor(struct fleet *f, struct fleet_gpu *card, struct maker *maker)
{
	if (card->model != maker->model && !find_maker(f, card->model, maker))
		return false;
	if (maker->vendor != FLEET_UNKNOWN)
		card->vendor = maker->vendor;
	return true;
}

/* Nothing of what is second-hand counts beside what is not: when that ends, it
 * would go on by its own echo. What is left may differ from one moment to the
 * next, as where there are copies. */
static void
drop_second_hand(struct fleet *f, struct fleet_gpu *card)
{
	struct fleet_gpu **at = &card->instances;

	if ((card->exporters & f->second_hand) == 0 ||
	    (card->exporters & ~f->second_hand) == 0)
		return;
	f->has_copies = true;
	sheet_drop(&card->sheets, f->second_hand);
	while (*at != NULL) {
		sheet_drop(&(*at)->sheets, f->second_hand);
		if (((*at)->exporters & ~f->second_hand) == 0)
			*at = (*at)->next_instance;
		else
			at = &(*at)->next_instance;
	}
}

/* False if there is no memory. */
static bool
complete(struct fleet *f, struct fleet_gpu *card, struct maker *maker)
{
	struct fleet_gpu *gpu;
	double own_s = card->measured_s;

	for (gpu = card->instances; gpu != NULL; gpu = gpu->next_instance) {
		fleet_note_exporter(card, gpu->exporter, gpu->exporter_rank);
		card->exporters |= gpu->exporters;
		card->timestamp_s = fmax(card->timestamp_s, gpu->timestamp_s);
		fleet_date(card, gpu->measured_rank, gpu->measured_s);
		if (card->model == FLEET_UNKNOWN)
			card->model = gpu->model;
	}
	if (f->shape == NULL)
		drop_second_hand(f, card);
	if (f->shape == NULL && !name_vendor(f, card, maker))
		return false;
	if (!f->has_no_values && !compute(f, card))
		return false;
	/* What a card tells itself has its own time: see settle. */
	if (f->shape != NULL && own_s > 0)
		card->measured_s = own_s;
	for (gpu = card->instances; gpu != NULL; gpu = gpu->next_instance)
		inherit(gpu, card);
	return true;
}

/* --- order --------------------------------------------------------------- */

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* A cluster's or a node's. */
struct name {
	const char *text;
	uint32_t number;
};

static int
compare_names(const void *a, const void *b)
{
	const struct name *left = a, *right = b;
	int order = natural_compare(left->text, right->text);

	/* Names that differ behind a NUL only. */
	if (order == 0)
		order = compare_numbers(left->number, right->number);
	return order;
}

static void
list_name(const struct fleet *f, uint32_t number, uint32_t *ranks,
	  struct name *names, size_t *count)
{
	if (number == FLEET_UNKNOWN || ranks[number] != UINT32_MAX)
		return;
	ranks[number] = 0;
	names[(*count)++] = (struct name){fleet_text(f, number)->text, number};
}

/* The place of each cluster and each node in the natural order of their names,
 * from 1 on, by the number of its text; NULL: no memory. */
static uint32_t *
rank_names(struct fleet *f)
{
	struct name *names =
	    arena_alloc(&f->scratch, 2 * f->card_count * sizeof(*names));
	size_t rank_bytes = intern_count(&f->texts) * sizeof(uint32_t);
	size_t count = 0;
	uint32_t *ranks = arena_alloc(&f->scratch, rank_bytes);

	if (names == NULL || ranks == NULL)
		return NULL;
	memset(ranks, 0xff, rank_bytes);
	for (size_t i = 0; i < f->card_count; i++) {
		if (!fleet_is_row(f->cards[i]))
			continue;
		list_name(f, f->cards[i]->cluster, ranks, names, &count);
		list_name(f, f->cards[i]->node, ranks, names, &count);
	}
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		ranks[names[i].number] = (uint32_t)i + 1;
	return ranks;
}

/* Each card's home: by cluster, those of none first, and then by node. */
static bool
rank_homes(struct fleet *f)
{
	const uint32_t *ranks = rank_names(f);

	for (size_t i = 0; ranks != NULL && i < f->card_count; i++) {
		struct fleet_gpu *card = f->cards[i];
		uint64_t cluster = 0;

		if (!fleet_is_row(card))
			continue;
		if (card->cluster != FLEET_UNKNOWN)
			cluster = ranks[card->cluster];
		card->home_rank = cluster << 32 | ranks[card->node];
	}
	return ranks != NULL;
}

struct sort_key {
	uint64_t rank; /* home_rank */
	struct fleet_gpu *gpu;
	const char *uuid; /* of a card without an index; else "" */
};

static int
compare_keys(const void *a, const void *b)
{
	const struct sort_key *left = a, *right = b;
	int order = compare_numbers(left->rank, right->rank);

	if (order == 0)
		order = compare_numbers(left->gpu->index, right->gpu->index);
	if (order == 0)
		order = natural_compare(left->uuid, right->uuid);
	/* Cards of two vendors in one place, then a card's instances. */
	if (order == 0)
		order = compare_numbers(left->gpu->number, right->gpu->number);
	if (order == 0)
		order = compare_numbers(left->gpu->mig_instance,
					right->gpu->mig_instance);
	return order;
}

/* What is unknown stands behind all that is known. */
static struct sort_key
sort_key_of(const struct fleet *f, struct fleet_gpu *gpu, uint64_t rank)
{
	const struct intern_string *uuid =
	    gpu->index == FLEET_UNKNOWN ? fleet_text(f, gpu->uuid) : NULL;

	return (struct sort_key){rank, gpu, uuid != NULL ? uuid->text : ""};
}

/* Where exporters are scraped in the order of their nodes they come so. */
static void
sort_keys(struct sort_key *keys, size_t count)
{
	size_t sorted = 1;

	while (sorted < count &&
	       compare_keys(&keys[sorted - 1], &keys[sorted]) < 0)
		sorted++;
	if (sorted < count)
		qsort(keys, count, sizeof(*keys), compare_keys);
}

static enum err_code
sort_rows(struct fleet *f, struct err *e)
{
	struct sort_key *keys =
	    arena_alloc(&f->scratch, f->row_count * sizeof(*keys));
	size_t count = 0;

	f->sorted = arena_alloc(f->arena, f->row_count * sizeof(*f->sorted));
	if (keys == NULL || f->sorted == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < f->card_count; i++) {
		struct fleet_gpu *gpu = f->cards[i];
		uint64_t rank;

		if (!fleet_is_row(gpu))
			continue;
		rank = gpu->home_rank;
		if (gpu->instances == NULL)
			keys[count++] = sort_key_of(f, gpu, rank);
		for (gpu = gpu->instances; gpu != NULL;
		     gpu = gpu->next_instance)
			keys[count++] = sort_key_of(f, gpu, rank);
	}
	sort_keys(keys, count);
	for (size_t i = 0; i < count; i++) {
		f->sorted[i] = keys[i].gpu;
		fleet_settled(fleet_card(keys[i].gpu))->order = i;
	}
	f->count = count;
	return ERR_OK;
}

/* --- all of it ------------------------------------------------------------ */

/* A card whose parts have indexes, and that has none itself, stands where the
 * first of them does. */
static bool
place_by_parts(struct fleet *f, struct fleet_gpu *card)
{
	uint32_t index = FLEET_UNKNOWN;

	for (const struct fleet_gpu *gpu = card->instances; gpu != NULL;
	     gpu = gpu->next_instance)
		if (gpu->index < index)
			index = gpu->index;
	return card->index != FLEET_UNKNOWN || index == FLEET_UNKNOWN ||
	       fleet_set_index(f, card, index);
}

static enum err_code
finish(struct fleet *f, struct err *e)
{
	struct maker maker = {FLEET_UNKNOWN, FLEET_UNKNOWN};

	if (!rank_homes(f))
		return err_set_memory(e);
	for (size_t i = 0; i < f->card_count; i++)
		if (fleet_is_row(f->cards[i]) &&
		    !place_by_parts(f, f->cards[i]))
			return err_set_memory(e);
	if (number_cards(f, e) != ERR_OK)
		return e->code;
	for (size_t i = 0; i < f->card_count; i++) {
		struct fleet_gpu *card = f->cards[i];

		if (fleet_is_row(card)) {
			if (!complete(f, card, &maker))
				return err_set_memory(e);
		} else if (card->merged_into == NULL) {
			f->homeless_count++;
		}
	}
	return sort_rows(f, e);
}

/* Names, numbers and order are those of the shape. */
static enum err_code
finish_shaped(struct fleet *f, struct err *e)
{
	struct maker nobody = {FLEET_UNKNOWN, FLEET_UNKNOWN};

	for (size_t i = 0; i < f->shape->count; i++)
		if (f->shaped[i]->card == NULL &&
		    !complete(f, f->shaped[i], &nobody))
			return err_set_memory(e);
	f->sorted = f->shaped;
	f->count = f->shape->row_count;
	f->homeless_count = f->shape->homeless_count;
	return ERR_OK;
}

/* What was told is settled: the largest part of it all. */
enum err_code
fleet_finish(struct fleet *f, struct err *e)
{
	enum err_code code =
	    f->shape != NULL ? finish_shaped(f, e) : finish(f, e);

	arena_fini(&f->scratch);
	return code;
}

size_t
fleet_node_end(const struct fleet *f, size_t first)
{
	const struct fleet_gpu *gpu = f->sorted[first];
	size_t end = first;

	while (end < f->count && f->sorted[end]->node == gpu->node &&
	       f->sorted[end]->cluster == gpu->cluster)
		end++;
	return end;
}

void
fleet_close(struct fleet *f)
{
	f->cards = NULL;
	f->card_count = f->card_capacity = 0;
	f->by_uuid = NULL;
	f->by_uuid_capacity = 0;
	f->places = NULL;
	f->place_count = f->places_used = 0;
	arena_fini(&f->index);
	intern_close(&f->texts);
}
