#include "gpu/fleet/problem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/fleet/problem_rows.h"
#include "gpu/label.h"

void
problem_init(struct problem_table *t, struct arena *arena)
{
	*t = (struct problem_table){.arena = arena};
	workload_init(&t->workloads, arena);
}

void
problem_fini(struct problem_table *t)
{
	workload_fini(&t->workloads);
}

/* --- what is said --------------------------------------------------------- */

static void *
copy(struct problem_table *t, const void *what, size_t bytes)
{
	void *out = arena_alloc(t->arena, bytes);

	if (out != NULL)
		memcpy(out, what, bytes);
	return out;
}

bool
problem_add_note(struct problem_table *t, const struct problem_note *n)
{
	struct problem_note *added = copy(t, n, sizeof(*n));

	if (added == NULL)
		return false;
	added->next = t->notes;
	t->notes = added;
	return true;
}

bool
problem_add_lost(struct problem_table *t, const struct problem_lost *l)
{
	struct problem_lost *added = copy(t, l, sizeof(*l));

	if (added == NULL)
		return false;
	added->next = t->lost;
	t->lost = added;
	return true;
}

struct problem_target *
problem_find_target(const struct problem_table *t, uint32_t cluster,
		    uint32_t instance)
{
	struct problem_target *target =
	    t->target_chains[instance % PROBLEM_TARGET_CHAINS];

	while (target != NULL &&
	       (target->cluster != cluster || target->instance != instance))
		target = target->next_in_chain;
	return target;
}

bool
problem_add_target(struct problem_table *t, const struct problem_target *target)
{
	struct problem_target **chain =
	    &t->target_chains[target->instance % PROBLEM_TARGET_CHAINS];
	struct problem_target *added =
	    problem_find_target(t, target->cluster, target->instance);

	if (added != NULL) {
		added->is_up |= target->is_up;
		return true;
	}
	added = copy(t, target, sizeof(*target));
	if (added == NULL)
		return false;
	added->next = t->targets;
	t->targets = added;
	added->next_in_chain = *chain;
	*chain = added;
	return true;
}

bool
problem_add_alert(struct problem_table *t, const struct problem_alert *a)
{
	struct problem_alert *added = copy(t, a, sizeof(*a));

	if (added == NULL)
		return false;
	added->next = t->alerts;
	t->alerts = added;
	return true;
}

/* --- rows of what metrics tell -------------------------------------------- */

/* Of one card and one kind. */
struct finding {
	const struct fleet_gpu *card;
	const struct problem_note *note;
};

/* None is below all others. */
static int
compare_values(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(b) != 0) - (isnan(a) != 0);
	return (a > b) - (a < b);
}

static int
compare_findings(const void *a, const void *b)
{
	const struct finding *left = a, *right = b;
	int order = fleet_compare_places(left->card, right->card);

	if (order == 0)
		order = (int)left->note->kind - (int)right->note->kind;
	if (order == 0)
		order = (left->note->code > right->note->code) -
			(left->note->code < right->note->code);
	return order != 0
		   ? order
		   : compare_values(right->note->value, left->note->value);
}

static enum err_code
sort_findings(struct problem_rows *r, struct finding **out, size_t *count)
{
	size_t all = 0;

	for (const struct problem_note *n = r->table->notes; n != NULL;
	     n = n->next)
		all++;
	*count = 0;
	*out = arena_alloc(r->table->arena, all * sizeof(**out));
	if (*out == NULL)
		return err_set_memory(r->err);
	for (const struct problem_note *n = r->table->notes; n != NULL;
	     n = n->next) {
		const struct fleet_gpu *card =
		    fleet_settled(fleet_card(n->gpu));

		if (fleet_is_row(card))
			(*out)[(*count)++] = (struct finding){card, n};
	}
	qsort(*out, *count, sizeof(**out), compare_findings);
	return ERR_OK;
}

/* Each code once: they stand together, and what counted it before what only
 * shows the last one, which may be an old one. */
static bool
is_new_code(const struct finding *of, size_t count, size_t i)
{
	double code = of[i].note->code;

	if (i > 0 && of[i - 1].note->code == code)
		return false;
	for (size_t k = i; k < count && of[k].note->code == code; k++)
		if (of[k].note->was_there)
			return !isnan(of[i].note->value);
	return true;
}

/* Which of them, the worst first and then the lowest, in words: " 79 (NAME),
 * and 13". */
static void
write_codes(const struct finding *of, size_t count,
	    const struct problem_limits *limits, const struct finding *worst,
	    char *out, size_t bytes)
{
	struct xid xid = xid_find(limits->xids, worst->note->code);
	size_t used = (size_t)snprintf(
	    out, bytes, " %.0f%s%s%s", worst->note->code,
	    xid.name != NULL ? " (" : "", xid.name != NULL ? xid.name : "",
	    xid.name != NULL ? ")" : "");
	bool is_first = true;

	for (size_t i = 0; i < count && used < bytes; i++) {
		if (&of[i] == worst || !is_new_code(of, count, i))
			continue;
		used += (size_t)snprintf(out + used, bytes - used, "%s %.0f",
					 is_first ? ", and" : ",",
					 of[i].note->code);
		is_first = false;
	}
}

static enum err_code
add_xids(struct problem_rows *r, const struct finding *of, size_t count)
{
	struct problem p = problem_of(PROBLEM_XID, of[0].card);
	const struct finding *worst = NULL;
	char codes[256];

	for (size_t i = 0; i < count; i++) {
		struct xid xid = xid_find(r->limits->xids, of[i].note->code);

		if (!is_new_code(of, count, i) ||
		    (worst != NULL && xid.severity >= p.severity))
			continue;
		worst = &of[i];
		p.severity = xid.severity;
		p.action = xid.action;
		p.code = worst->note->code;
		p.value = worst->note->value;
		p.timestamp_s = worst->note->timestamp_s;
	}
	if (worst == NULL)
		return ERR_OK;
	write_codes(of, count, r->limits, worst, codes, sizeof(codes));
	return problem_rows_add(r, &p, codes);
}

/* What several metrics tell is told once; who is slowed down by heat for ten
 * minutes does not recover by itself. */
static enum err_code
add_finding(struct problem_rows *r, const struct finding *of, size_t count)
{
	struct problem p = problem_of(of[0].note->kind, of[0].card);
	const struct problem_note *now = NULL;
	bool was_there = false;

	for (size_t i = 0; i < count; i++) {
		const struct problem_note *n = of[i].note;

		was_there |= n->was_there;
		if (n->was_there)
			continue;
		if (now == NULL || n->severity < p.severity)
			p.severity = n->severity;
		if (now == NULL)
			now = n;
	}
	if (now == NULL)
		return ERR_OK;
	if (was_there)
		p.severity = PROBLEM_CRITICAL;
	if (p.unit != NULL)
		p.value = now->value;
	p.timestamp_s = now->timestamp_s;
	return problem_rows_add(r, &p, "");
}

static enum err_code
add_findings(struct problem_rows *r)
{
	struct finding *list;
	size_t count, end;
	enum err_code code = sort_findings(r, &list, &count);

	for (size_t i = 0; code == ERR_OK && i < count; i = end) {
		enum problem_kind kind = list[i].note->kind;

		for (end = i + 1;
		     end < count && list[end].card == list[i].card &&
		     list[end].note->kind == kind;
		     end++)
			;
		code = kind == PROBLEM_XID ? add_xids(r, &list[i], end - i)
					   : add_finding(r, &list[i], end - i);
	}
	return code;
}

/* --- rows of what is measured --------------------------------------------- */

static enum err_code
add_heat(struct problem_rows *r, const struct fleet_gpu *card,
	 enum problem_kind kind, enum field field, double limit)
{
	struct problem p = problem_of(kind, card);

	p.value = fleet_value(card, field);
	p.threshold = limit;
	return limit > 0 && p.value > limit ? problem_rows_add(r, &p, "")
					    : ERR_OK;
}

static enum err_code
add_stale(struct problem_rows *r, const struct fleet_gpu *card)
{
	struct problem p = problem_of(PROBLEM_STALE, card);

	p.value = r->now_s - card->measured_s;
	p.threshold = r->limits->stale_s;
	p.since_s = card->measured_s;
	return card->measured_s > 0 && p.value > p.threshold
		   ? problem_rows_add(r, &p, "")
		   : ERR_OK;
}

/* Of a card that is split all instances were measured at once. */
static enum err_code
add_measured(struct problem_rows *r)
{
	const struct fleet *f = &r->table->workloads.fleet;
	const struct problem_limits *limits = r->limits;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < f->count; i++) {
		const struct fleet_gpu *gpu = f->sorted[i],
				       *card = fleet_card(gpu);

		if (card->order != i)
			continue;
		code = add_heat(r, card, PROBLEM_HOT, FIELD_TEMPERATURE,
				limits->hot);
		if (code == ERR_OK)
			code = add_heat(r, card, PROBLEM_MEMORY_HOT,
					FIELD_MEMORY_TEMPERATURE,
					limits->memory_hot);
		if (code == ERR_OK)
			code = add_stale(r, card->measured_s > 0 ? card : gpu);
	}
	return code;
}

static enum err_code
add_idle(struct problem_rows *r)
{
	const struct workload_table *t = &r->table->workloads;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < t->of_gpus_count; i++) {
		const struct workload *w = t->of_gpus[i];
		struct problem p = problem_of(PROBLEM_IDLE_HELD, w->gpu);

		if (w->state != WORKLOAD_IDLE)
			continue;
		p.namespace = w->name.namespace;
		p.pod = w->name.pod;
		p.value = t->idle.window_s / 3600.0;
		p.threshold = p.value;
		code = problem_rows_add(r, &p, "");
	}
	return code;
}

static enum err_code
add_withdrawn(struct problem_rows *r)
{
	const struct capacity *c = &r->table->workloads.capacity;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < c->count; i++) {
		const struct capacity_row *row = c->sorted[i];
		struct problem p =
		    problem_of(PROBLEM_DEVICE_WITHDRAWN, &row->node->gpu);

		if (!(row->capacity > row->allocatable))
			continue;
		p.is_of_node = true;
		p.value = row->capacity - row->allocatable;
		p.threshold = 0;
		p.timestamp_s = row->timestamp_s;
		code = problem_rows_add(r, &p, "");
	}
	return code;
}

static enum err_code
add_alerts(struct problem_rows *r)
{
	enum err_code code = ERR_OK;

	for (const struct problem_alert *a = r->table->alerts;
	     code == ERR_OK && a != NULL; a = a->next) {
		struct problem p =
		    problem_of(PROBLEM_PROMETHEUS_ALERT, fleet_settled(a->gpu));
		char more[160];

		p.severity = a->severity;
		p.is_of_node = a->is_of_node;
		p.alert = a->name;
		p.since_s = a->since_s;
		p.timestamp_s = a->timestamp_s;
		snprintf(more, sizeof(more), ": %.128s", a->name);
		code = problem_rows_add(r, &p, more);
	}
	return code;
}

enum err_code
problem_finish(struct problem_table *t, const struct problem_limits *limits,
	       double now_s, struct err *e)
{
	struct problem_rows r = {
	    .table = t, .limits = limits, .now_s = now_s, .err = e};
	enum err_code (*const all[])(struct problem_rows *r) = {
	    problem_rows_add_lost, add_findings, add_measured, add_idle,
	    add_withdrawn,	   add_alerts};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i](&r) != ERR_OK)
			return e->code;
	problem_rows_sort(&r);
	t->sorted = r.list;
	t->count = r.count;
	return ERR_OK;
}

/* --- what others ask ------------------------------------------------------ */

struct problem_count
problem_count(const struct problem_table *t,
	      bool (*concerns)(const void *context, const struct problem *p),
	      const void *context)
{
	struct problem_count out = {{0}};

	for (size_t i = 0; i < t->count; i++)
		if (concerns == NULL || concerns(context, t->sorted[i]))
			out.of[t->sorted[i]->severity]++;
	return out;
}

/* The card of that uuid; NULL: no problem is of it. */
static const struct fleet_gpu *
find_card(const struct problem_table *t, const char *uuid, size_t length)
{
	const struct fleet *f = &t->workloads.fleet;

	for (size_t i = 0; i < t->count; i++) {
		const struct fleet_gpu *gpu = t->sorted[i]->gpu;
		const struct intern_string *card =
		    fleet_text(f, fleet_told_uuid(f, fleet_card(gpu)));
		const struct intern_string *own =
		    fleet_text(f, fleet_told_uuid(f, gpu));

		if ((card != NULL && card->length == length &&
		     memcmp(card->text, uuid, length) == 0) ||
		    (own != NULL && own->length == length &&
		     memcmp(own->text, uuid, length) == 0))
			return fleet_card(gpu);
	}
	return NULL;
}

enum err_code
problem_of_card(const struct problem_table *t, const char *uuid, size_t length,
		struct arena *arena, const struct problem *const **out,
		size_t *count, struct err *e)
{
	char plain[LABEL_UUID_MAX_BYTES];
	size_t plain_length = label_uuid(uuid, length, plain);
	const struct fleet_gpu *card =
	    plain_length > 0 ? find_card(t, plain, plain_length) : NULL;
	const struct problem **list =
	    arena_alloc(arena, t->count * sizeof(*list));

	*count = 0;
	*out = list;
	if (list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; card != NULL && i < t->count; i++)
		if (fleet_card(t->sorted[i]->gpu) == card)
			list[(*count)++] = t->sorted[i];
	return ERR_OK;
}
