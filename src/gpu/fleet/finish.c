#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/natural.h"
#include "gpu/fleet/derive.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/slices.h"
#include "gpu/vendor.h"

/* --- numbers ------------------------------------------------------------- */

/* Room for the values of each row; false if there is no memory. */
static bool
make_values(struct fleet *f)
{
	f->values = arena_alloc(f->arena, f->row_count * sizeof(*f->values));
	f->values_used = 0;
	return f->values != NULL;
}

/* The row's values, from what was told of it. */
static double *
settle(struct fleet *f, struct fleet_gpu *gpu)
{
	double *v = f->values[f->values_used++];

	sheet_settle(&gpu->sheets, v);
	gpu->values = v;
	return v;
}

static unsigned
slices_of(const struct fleet *f, const struct fleet_gpu *gpu)
{
	const struct intern_string *profile = fleet_text(f, gpu->mig_profile);

	return profile != NULL ? slices_of_profile(profile->text) : 0;
}

static unsigned
slices_of_whole(const struct fleet *f, const struct fleet_gpu *card)
{
	const struct intern_string *model = fleet_text(f, card->model);

	return slices_of_card(model != NULL ? model->text : NULL);
}

static void
compute(struct fleet *f, struct fleet_gpu *card)
{
	double *instances[FLEET_INSTANCES_MAX];
	unsigned slices[FLEET_INSTANCES_MAX];
	struct derive_split split = {.instances = instances, .slices = slices};
	double *own = settle(f, card);

	if (card->instances == NULL)
		return;
	split.card_slices = slices_of_whole(f, card);
	for (struct fleet_gpu *gpu = card->instances; gpu != NULL;
	     gpu = gpu->next_instance) {
		slices[split.count] = slices_of(f, gpu);
		instances[split.count++] = settle(f, gpu);
	}
	derive_card(own, &split);
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
}

/* Its model tells better than its exporter who made the card. False if there is
 * no memory. */
static bool
name_vendor(struct fleet *f, struct fleet_gpu *card)
{
	const struct intern_string *model = fleet_text(f, card->model);
	const char *vendor =
	    model != NULL ? vendor_of_model(model->text) : NULL;

	if (vendor != NULL)
		card->vendor = fleet_intern(f, vendor, strlen(vendor));
	return vendor == NULL || card->vendor != INTERN_NONE;
}

/* False if there is no memory. */
static bool
complete(struct fleet *f, struct fleet_gpu *card)
{
	struct fleet_gpu *gpu;

	for (gpu = card->instances; gpu != NULL; gpu = gpu->next_instance) {
		fleet_note_exporter(card, gpu->exporter, gpu->exporter_rank);
		card->timestamp_s = fmax(card->timestamp_s, gpu->timestamp_s);
		if (card->model == FLEET_UNKNOWN)
			card->model = gpu->model;
	}
	compute(f, card);
	if (!name_vendor(f, card))
		return false;
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

static bool
is_row(const struct fleet_gpu *card)
{
	return card->merged_into == NULL && card->node != FLEET_UNKNOWN;
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
	    arena_alloc(f->arena, 2 * f->card_count * sizeof(*names));
	size_t rank_bytes = intern_count(&f->texts) * sizeof(uint32_t);
	size_t count = 0;
	uint32_t *ranks = arena_alloc(f->arena, rank_bytes);

	if (names == NULL || ranks == NULL)
		return NULL;
	memset(ranks, 0xff, rank_bytes);
	for (size_t i = 0; i < f->card_count; i++) {
		if (!is_row(f->cards[i]))
			continue;
		list_name(f, f->cards[i]->cluster, ranks, names, &count);
		list_name(f, f->cards[i]->node, ranks, names, &count);
	}
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		ranks[names[i].number] = (uint32_t)i + 1;
	return ranks;
}

/* By cluster, those of none first, and then by node. */
static uint64_t
rank_of(const uint32_t *ranks, const struct fleet_gpu *card)
{
	uint64_t cluster =
	    card->cluster != FLEET_UNKNOWN ? ranks[card->cluster] : 0;

	return cluster << 32 | ranks[card->node];
}

struct sort_key {
	uint64_t rank; /* rank_of */
	struct fleet_gpu *gpu;
};

static int
compare_keys(const void *a, const void *b)
{
	const struct sort_key *left = a, *right = b;
	int order = compare_numbers(left->rank, right->rank);

	if (order == 0)
		order = compare_numbers(left->gpu->index, right->gpu->index);
	/* Cards of two vendors in one place, then a card's instances. */
	if (order == 0)
		order = compare_numbers(left->gpu->number, right->gpu->number);
	if (order == 0)
		order = compare_numbers(left->gpu->mig_instance,
					right->gpu->mig_instance);
	return order;
}

static enum err_code
sort_rows(struct fleet *f, const uint32_t *ranks, struct err *e)
{
	struct sort_key *keys =
	    arena_alloc(f->arena, f->row_count * sizeof(*keys));
	size_t count = 0;

	f->sorted = arena_alloc(f->arena, f->row_count * sizeof(*f->sorted));
	if (keys == NULL || f->sorted == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < f->card_count; i++) {
		struct fleet_gpu *gpu = f->cards[i];
		uint64_t rank;

		if (!is_row(gpu))
			continue;
		rank = rank_of(ranks, gpu);
		if (gpu->instances == NULL)
			keys[count++] = (struct sort_key){rank, gpu};
		for (gpu = gpu->instances; gpu != NULL;
		     gpu = gpu->next_instance)
			keys[count++] = (struct sort_key){rank, gpu};
	}
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < count; i++) {
		f->sorted[i] = keys[i].gpu;
		fleet_settled(fleet_card(keys[i].gpu))->order = i;
	}
	f->count = count;
	return ERR_OK;
}

/* No node has cards of more; who says so is not searched a place for each. */
enum { NODE_VENDORS_MAX = 8 };

/* --- cards without an index ---------------------------------------------- */

/* A card to be numbered, and what it is sorted by. */
struct unnumbered {
	struct fleet_gpu *gpu;
	uint64_t rank; /* rank_of */
	const char *bus, *uuid;
};

static const char *
text_or_empty(const struct fleet *f, uint32_t number)
{
	const struct intern_string *s = fleet_text(f, number);

	return s != NULL ? s->text : "";
}

static int
compare_unnumbered(const void *a, const void *b)
{
	const struct unnumbered *left = a, *right = b;
	int order = compare_numbers(left->rank, right->rank);

	if (order == 0)
		order = compare_numbers(left->gpu->vendor, right->gpu->vendor);
	if (order == 0)
		order = strcasecmp(left->bus, right->bus); /* in hex */
	if (order == 0)
		order = natural_compare(left->uuid, right->uuid);
	return order;
}

static bool
number_cards(struct fleet *f, const struct unnumbered *cards, size_t count)
{
	uint32_t index = 0;
	unsigned vendors = 0;

	for (size_t i = 0; i < count; i++) {
		struct fleet_gpu *gpu = cards[i].gpu;

		if (i > 0 && cards[i - 1].rank != cards[i].rank)
			index = vendors = 0;
		else if (i > 0 && cards[i - 1].gpu->vendor != gpu->vendor &&
			 vendors++ < NODE_VENDORS_MAX)
			index = 0;
		while (f->place_count > 0 && fleet_has_index(f, gpu, index))
			index++;
		if (!fleet_set_index(f, gpu, index))
			return false;
	}
	return true;
}

/*
 * Some exporters give no index: their cards get the free numbers of the node
 * in the order of their bus addresses, which is how the vendors' tools number
 * them.
 */
static enum err_code
number_the_rest(struct fleet *f, const uint32_t *ranks, struct err *e)
{
	struct unnumbered *cards =
	    arena_alloc(f->arena, f->card_count * sizeof(*cards));
	size_t count = 0;

	if (cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < f->card_count; i++) {
		struct fleet_gpu *gpu = f->cards[i];

		if (!is_row(gpu) || gpu->index != FLEET_UNKNOWN)
			continue;
		cards[count++] = (struct unnumbered){
		    gpu, rank_of(ranks, gpu), text_or_empty(f, gpu->bus),
		    text_or_empty(f, gpu->uuid)};
	}
	qsort(cards, count, sizeof(*cards), compare_unnumbered);
	return number_cards(f, cards, count) ? ERR_OK : err_set_memory(e);
}

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

enum err_code
fleet_finish(struct fleet *f, struct err *e)
{
	uint32_t *ranks = rank_names(f);

	if (ranks == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < f->card_count; i++)
		if (is_row(f->cards[i]) && !place_by_parts(f, f->cards[i]))
			return err_set_memory(e);
	if (!make_values(f) || number_the_rest(f, ranks, e) != ERR_OK)
		return err_set_memory(e);
	for (size_t i = 0; i < f->card_count; i++) {
		struct fleet_gpu *card = f->cards[i];

		if (is_row(card)) {
			if (!complete(f, card))
				return err_set_memory(e);
		} else if (card->merged_into == NULL) {
			f->homeless_count++;
		}
	}
	return sort_rows(f, ranks, e);
}
