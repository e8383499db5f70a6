#include "gpu/collect/usage.h"

#include "base/clock.h"
#include "gpu/collect/history_slices.h"
#include "gpu/collect/usage_cards.h"
#include "gpu/collect/usage_pods.h"
#include "gpu/collect/usage_slice.h"
#include "gpu/fleet/shares.h"

struct ledger {
	struct usage_ledger sums;
	struct usage_pods pods;
	struct intern *texts; /* of the rows */
	struct call *call;
	bool is_adding; /* a part of a slice, or was when that failed */
};

static enum err_code
take_slice(void *context, const struct history_slicing *s,
	   struct history_slice *slice, struct err *e)
{
	struct ledger *l = context;
	struct usage_slice read;
	enum err_code code = usage_slice_read(&read, &l->pods, s, slice, e);

	l->is_adding = code == ERR_OK;
	if (code == ERR_OK)
		code = usage_cards_add(&l->sums, slice, &read.gpus,
				       &read.holders, l->call, e);
	if (code == ERR_OK)
		l->is_adding = false;
	usage_slice_fini(&read);
	return code;
}

/* --- all of it ------------------------------------------------------------ */

/* What a part is of its card, memory tells; of one that was split, and is no
 * more, slices do. */
static field_set
fields_of(const struct cards *cards)
{
	field_set fields =
	    FIELD_BIT(FIELD_MEMORY_USED) | FIELD_BIT(FIELD_POWER_DRAW);

	for (size_t i = 0; i < cards->count; i++)
		if (cards->cards[i].part_count > 0)
			fields |= FIELD_BIT(FIELD_MEMORY_TOTAL);
	return fields;
}

static struct history_need
history_need_of(const struct usage_need *need, const struct cards *cards)
{
	return (struct history_need){.field = FIELD_UTILIZATION,
				     .more_fields = fields_of(cards),
				     .tells_holders = true,
				     .by = HISTORY_BY_ALL,
				     .of_step = HISTORY_SAMPLE,
				     .timeline = need->timeline,
				     .gap_s = need->gap_s,
				     .max_points = need->max_points};
}

/* As many series as GPUs and instances have of one metric; who has them may
 * make more of it. */
static size_t
count_units(const struct cards *roster)
{
	size_t count = 0;

	for (size_t i = 0; i < roster->count; i++)
		count += roster->cards[i].part_count > 0
			     ? roster->cards[i].part_count
			     : 1;
	return count > 0 ? count : 1;
}

static void
begin(struct ledger *l, struct history_slicing *slicing)
{
	struct usage_ledger *sums = &l->sums;

	slicing->taken = 0;
	l->is_adding = false;
	usage_rows_fini(&sums->rows);
	usage_rows_init(&sums->rows, sums->need,
			sums->prices != NULL ? prices_currency(sums->prices)
					     : NULL,
			l->texts, l->call->arena);
}

/* Each pod that had a GPU has a series of its own, and is remembered over all
 * of a slice: of how many points one may be shows when it is read. What is too
 * much for the smallest is no matter of what was asked for. */
static enum err_code
take_in_time(struct ledger *l, struct history_slicing *slicing, struct err *e)
{
	enum err_code code;

	begin(l, slicing);
	code = history_slices_take(slicing, take_slice, l, e);
	while (code != ERR_OK && history_slices_shrink(slicing, e)) {
		/* What was added before stays, unless it is a part. */
		if (l->is_adding)
			begin(l, slicing);
		code = history_slices_take(slicing, take_slice, l, e);
	}
	return code != ERR_QUERY
		   ? code
		   : err_set(e, ERR_TOO_BIG,
			     "HISTORY_MAX_POINTS is %zu: there are more series "
			     "of who had the GPUs than that allows to be read, "
			     "for any span of time; it has to be raised",
			     slicing->need->max_points);
}

static enum err_code
take_all(struct ledger *l, const struct collector *c,
	 const struct detection *found, struct err *e)
{
	const struct cards *roster = &found->roster->cards;
	const struct history_need need = history_need_of(l->sums.need, roster);
	const struct card **cards =
	    arena_alloc(l->call->arena, roster->count * sizeof(*cards));
	struct history_wanted wanted = {.are_all = true};
	struct history_slicing slicing = {.collector = c,
					  .need = &need,
					  .found = found,
					  .wanted = &wanted,
					  .gpu_count = count_units(roster),
					  .call = l->call,
					  .overlap = usage_overlap(&need)};

	if (cards == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < roster->count; i++)
		cards[i] = &roster->cards[i];
	wanted.cards = cards;
	wanted.count = roster->count;
	return take_in_time(l, &slicing, e);
}

/* What nobody told of a part of it. */
static void
warn_of_part(struct call *call, double known_s, double held_s, const char *what,
	     const char *column)
{
	if (known_s > 0 && ledger_lacks(known_s, held_s))
		call_warn(
		    call, "Of %.3f of %.3f GPU hours %s: %s is of the others",
		    (held_s - known_s) / 3600, held_s / 3600, what, column);
}

/* Prometheus keeps what it has for so long, and had nothing before it came. */
static void
warn_of_start(struct call *call, const struct usage_ledger *sums)
{
	const struct timeline *t = &sums->need->timeline;
	char from[CLOCK_TEXT_BYTES];

	/* The first step ends at the second point. */
	if (sums->told_from <= 1)
		return;
	if (sums->told_from == USAGE_NEVER_TOLD) {
		call_warn(call, "No exporter tells of any GPU in that time");
		return;
	}
	clock_format((double)timeline_at(t, sums->told_from), from);
	call_warn(
	    call,
	    "No exporter tells of any GPU before %s: what was then is not "
	    "in these sums",
	    from);
}

static void
warn(struct call *call, const struct ledger *l)
{
	const struct usage_rows *rows = &l->sums.rows;
	struct ledger_sums all = {0};

	for (size_t i = 0; i < rows->count; i++)
		ledger_add_sums(&all, &rows->list[i].sums);
	warn_of_part(call, all.busy_s + all.idle_s, all.held_s,
		     "nobody measured the utilization",
		     "busy_gpu_hours and idle_gpu_hours");
	warn_of_part(call, all.memory_known_s, all.held_s,
		     "nobody measured the memory", "gpu_memory_gib_hours");
	warn_of_part(call, all.energy_known_s, all.held_s,
		     "nobody measured the power", "energy_kwh");
	warn_of_part(call, all.cost_known_s, all.held_s,
		     "PRICES_FILE has no price", "cost");
	warn_of_start(call, &l->sums);
	if (l->sums.unsized_count > 0)
		call_warn(call, SHARES_EQUAL_WARNING, l->sums.unsized_count);
	own_pods_warn(&l->pods.seen, call);
}

/* What is there that tells who has GPUs. */
static enum err_code
collect(struct ledger *l, const struct collector *c, struct usage *out,
	struct err *e)
{
	enum err_code code = usage_pods_ask(
	    &l->pods, c, out->found, &l->sums.need->timeline, l->call, e);

	if (code == ERR_OK)
		code = take_all(l, c, out->found, e);
	if (code != ERR_OK)
		return code;
	usage_rows_sort(&l->sums.rows);
	warn(l->call, l);
	out->rows = l->sums.rows.list;
	out->count = l->sums.rows.count;
	return ERR_OK;
}

enum err_code
usage_collect(const struct collector *c, const struct usage_need *need,
	      struct call *call, struct usage *out, struct err *e)
{
	struct ledger l = {.sums = {.need = need,
				    .idle_below = c->idle.utilization,
				    .told_from = USAGE_NEVER_TOLD},
			   .texts = &out->texts,
			   .call = call};
	enum err_code code;

	*out = (struct usage){.prices = price_list_get(c->prices)};
	l.sums.prices = out->prices;
	intern_init(&out->texts, call->arena->budget);
	code = history_find_out(c, call, &out->found, e);
	if (code != ERR_OK)
		return code;
	if (!usage_is_told(out->found)) {
		if (out->found->count > 0)
			call_warn(call, "No exporter tells who has a GPU");
		return ERR_OK;
	}
	code = collect(&l, c, out, e);
	usage_pods_fini(&l.pods);
	usage_rows_fini(&l.sums.rows);
	return code;
}

void
usage_fini(struct usage *u)
{
	intern_fini(&u->texts);
	detect_release(u->found);
	prices_release(u->prices);
}
