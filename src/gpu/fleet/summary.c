#include "gpu/fleet/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"

struct work {
	const struct workload_table *table;
	const struct summary_cards *cards;
	struct arena *arena;
	struct summary *out;
	bool *is_chosen; /* by the cards' order */
};

/* --- of what -------------------------------------------------------------- */

static struct summary_part
part_of_text(const struct intern_string *text)
{
	return text != NULL ? (struct summary_part){text->text, text->length, 1}
			    : (struct summary_part){NULL, 0, 1};
}

static struct summary_part
model_of(const struct fleet *fleet, const struct fleet_gpu *card)
{
	return part_of_text(fleet_text(fleet, card->model));
}

static struct summary_part
vendor_of(const struct fleet *fleet, const struct fleet_gpu *card)
{
	return part_of_text(fleet_text(fleet, card->vendor));
}

static struct summary_part
exporter_of(const struct fleet *fleet, const struct fleet_gpu *card)
{
	(void)fleet;
	return (struct summary_part){card->exporter, strlen(card->exporter), 1};
}

static int
compare_parts(const void *a, const void *b)
{
	const struct summary_part *left = a, *right = b;

	if (left->text == NULL || right->text == NULL)
		return (left->text == NULL) - (right->text == NULL);
	return natural_compare_of(left->text, left->length, right->text,
				  right->length);
}

static enum err_code
count_parts(const struct work *w,
	    struct summary_part (*part_of)(const struct fleet *fleet,
					   const struct fleet_gpu *card),
	    struct summary_parts *out, struct err *e)
{
	size_t count = w->cards->count;

	*out = (struct summary_parts){
	    .list = arena_alloc(w->arena, count * sizeof(*out->list))};
	if (out->list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < count; i++)
		out->list[i] = part_of(&w->table->fleet, w->cards->list[i]);
	qsort(out->list, count, sizeof(*out->list), compare_parts);
	for (size_t i = 0; i < count; i++) {
		struct summary_part *last = out->list + out->count;

		if (out->count > 0 &&
		    compare_parts(last - 1, &out->list[i]) == 0)
			last[-1].gpu_count++;
		else
			out->list[out->count++] = out->list[i];
	}
	return ERR_OK;
}

static enum err_code
count_all_parts(const struct work *w, struct err *e)
{
	enum err_code code = count_parts(w, model_of, &w->out->models, e);

	if (code == ERR_OK)
		code = count_parts(w, vendor_of, &w->out->vendors, e);
	return code == ERR_OK
		   ? count_parts(w, exporter_of, &w->out->exporters, e)
		   : code;
}

/* --- how they are --------------------------------------------------------- */

static void
add_use(const struct work *w, const struct fleet_gpu *card)
{
	double utilization = fleet_value(card, FIELD_UTILIZATION);

	if (isnan(utilization))
		w->out->unknown_count++;
	else if (utilization < w->table->idle.utilization)
		w->out->idle_count++;
	else
		w->out->busy_count++;
}

/* What they draw would seem to be more, or less, of another limit than theirs.
 */
static void
add_limit(const struct work *w, const struct fleet_gpu *card)
{
	double *sum = &w->out->power_limit,
	       limit = fleet_value(card, FIELD_POWER_LIMIT);

	if (isnan(limit) || isnan(fleet_value(card, FIELD_POWER_DRAW)))
		return;
	*sum = isnan(*sum) ? limit : *sum + limit;
}

/* --- whose they are ------------------------------------------------------- */

static bool
is_chosen(const struct work *w, const struct fleet_gpu *gpu)
{
	return w->is_chosen[fleet_card(gpu)->order];
}

/* All rows of one card, which stand together, from *at on. */
static void
add_holder(const struct work *w, const struct available_gpus *gpus, size_t *at)
{
	const struct fleet_gpu *card = fleet_card(gpus->list[*at].gpu);
	bool is_held = false, is_doubtful = false;
	size_t instances = 0;

	for (; *at < gpus->count && fleet_card(gpus->list[*at].gpu) == card;
	     ++*at) {
		const struct available_gpu *g = &gpus->list[*at];

		is_held |= g->is_held == CAPACITY_YES;
		is_doubtful |= g->is_held == CAPACITY_UNKNOWN;
		instances += g->gpu->card != NULL;
	}
	if (!is_chosen(w, card))
		return;
	w->out->mig_instance_count += instances;
	w->out->held_count += is_held;
	w->out->maybe_held_count += is_doubtful && !is_held;
}

/* --- what is left --------------------------------------------------------- */

static bool
concerns(const void *context, const struct available_gpu *gpu)
{
	return is_chosen(context, gpu->gpu);
}

static bool
suits(const void *context, const struct available_gpu *gpu)
{
	(void)context, (void)gpu;
	return true;
}

static enum err_code
count_free(const struct work *w, const struct available_need *of, struct err *e)
{
	struct available_need need = *of;
	struct available *available = &w->out->available;

	need.concerns = concerns;
	need.suits = suits;
	need.context = w;
	if (available_list(w->table, &need, w->arena, available, e) != ERR_OK)
		return e->code;
	for (size_t i = 0; i < available->count; i++) {
		const struct available_row *row = available->rows[i];

		w->out->free_count += row->free_count;
		for (int k = 0; k < AVAILABLE_FITS; k++)
			w->out->fits[k] += row->fits[k];
	}
	return ERR_OK;
}

enum err_code
summary_make(const struct workload_table *t, const struct summary_cards *cards,
	     const struct available_need *need, struct arena *arena,
	     struct summary *out, struct err *e)
{
	struct work w = {.table = t,
			 .cards = cards,
			 .arena = arena,
			 .out = out,
			 .is_chosen = arena_alloc(
			     arena, t->fleet.count * sizeof(*w.is_chosen))};
	struct available_gpus gpus;

	*out = (struct summary){.gpu_count = cards->count, .power_limit = NAN};
	if (w.is_chosen == NULL)
		return err_set_memory(e);
	memset(w.is_chosen, 0, t->fleet.count * sizeof(*w.is_chosen));
	for (size_t i = 0; i < cards->count; i++) {
		w.is_chosen[cards->list[i]->order] = true;
		add_use(&w, cards->list[i]);
		add_limit(&w, cards->list[i]);
	}
	if (count_all_parts(&w, e) != ERR_OK ||
	    available_gpus_list(t, need->sick, arena, &gpus, e) != ERR_OK)
		return e->code;
	for (size_t i = 0; i < gpus.count;)
		add_holder(&w, &gpus, &i);
	return count_free(&w, need, e);
}
