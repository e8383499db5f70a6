#include "gpu/collect/problem_promql.h"

#include <stdio.h>

#include "gpu/fleet/fleet.h"
#include "gpu/site/identify.h"
#include "prom/ask.h"
#include "prom/promql.h"

static void
add_number(struct buf *out, double number)
{
	char text[32];

	snprintf(text, sizeof(text), "%.17g", number);
	buf_append_text(out, text);
}

static void
add_seconds(struct buf *out, const char *before, int seconds)
{
	char text[48];

	snprintf(text, sizeof(text), "%s%ds", before, seconds);
	buf_append_text(out, text);
}

static void
add_selector(struct buf *out, const struct profile_metric *m)
{
	promql_add_selector(out, &m->name, 1, m->conditions);
}

/* 0: now. */
static void
add_before(struct buf *out, const struct profile_metric *m, int seconds)
{
	add_selector(out, m);
	if (seconds > 0)
		add_seconds(out, " offset ", seconds);
}

/* --- which card ----------------------------------------------------------- */

static bool
has_uuids(const struct detection *found, size_t rank)
{
	const struct cards *cards = &found->roster->cards;
	size_t told = 0;

	for (size_t i = 0; i < cards->count; i++) {
		const struct card *card = &cards->cards[i];

		for (size_t k = 0; k < card->spelling_count; k++) {
			if (card->spellings[k].profile != found->profiles[rank])
				continue;
			if (card->spellings[k].uuid == NULL)
				return false;
			told++;
		}
	}
	return told > 0;
}

enum err_code
problem_promql_core(const struct detection *found, size_t rank,
		    struct arena *arena, struct problem_core *out,
		    struct err *e)
{
	const struct profile *p = found->profiles[rank];
	profile_labels set = PROFILE_OF_CARDS | PROFILE_BIT(PROFILE_CLUSTER);
	unsigned char slots[PROFILE_LABEL__MAX];
	struct element_label *labels =
	    arena_alloc(arena, p->label_count * sizeof(*labels));
	size_t slot_count = 0;

	if (labels == NULL)
		return err_set_memory(e);
	if (!has_uuids(found, rank))
		set |= PROFILE_OF_TARGETS | PROFILE_BIT(PROFILE_NODE);
	*out = (struct problem_core){.labels = labels};
	identify_add_labels(p, set, slots, labels, &out->count, &slot_count);
	return ERR_OK;
}

/* --- what is wrong -------------------------------------------------------- */

static void
add_by(struct buf *out, const char *before, const struct problem_core *core,
       const char *code_label)
{
	buf_append_text(out, before);
	promql_add_names(out, core->labels, core->count);
	if (code_label != NULL) {
		buf_append_text(out, ",");
		promql_add_label(out, code_label);
	}
	buf_append_text(out, ") ");
}

/* What it is now, and was then; half as long ago will do where nobody told
 * before. */
static void
add_now_and_then(struct buf *out, const struct profile_problem *p,
		 const struct profile_metric *m,
		 const struct problem_core *core, const char *operation)
{
	const int before[] = {p->window_s, p->window_s / 2};

	add_by(out, "max by (", core, m->value_label);
	buf_append_text(out, "(");
	add_selector(out, m);
	buf_append_text(out, operation);
	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		add_by(out, i > 0 ? " or max by (" : "max by (", core,
		       m->value_label);
		buf_append_text(out, "(");
		add_before(out, m, before[i]);
		buf_append_text(out, ")");
	}
	buf_append_text(out, ")");
}

/*
 * Against what it was then, by card, for series may have other labels since. A
 * counter that began anew has grown if it is not 0; where it has reached again
 * what it was, nobody can tell.
 *
 * max by (CARD) (S) - (max by (CARD) (S offset 3600s) or
 *                      max by (CARD) (S offset 1800s)) > 0 or
 * (max by (CARD) (S) < (the same)) > 0
 */
static void
add_increase(struct buf *out, const struct profile_problem *p,
	     const struct profile_metric *m, const struct problem_core *core)
{
	add_now_and_then(out, p, m, core, ") - (");
	buf_append_text(out, " > ");
	add_number(out, p->above);
	buf_append_text(out, " or (");
	add_now_and_then(out, p, m, core, ") < (");
	buf_append_text(out, ") > ");
	add_number(out, p->above);
}

/* A counter of one code is not there before the first. */
static void
add_born(struct buf *out, const struct profile_problem *p,
	 const struct profile_metric *m, const struct problem_core *core)
{
	add_by(out, " or (max by (", core, m->value_label);
	buf_append_text(out, "(");
	add_selector(out, m);
	buf_append_text(out, ") > 0");
	add_by(out, " unless on (", core, m->value_label);
	add_before(out, m, p->window_s);
	buf_append_text(out, ")");
}

bool
problem_promql_has_past(const struct profile_problem *p)
{
	return p->as != PROFILE_AS_INCREASE;
}

void
problem_promql_add_past(struct buf *out, const struct profile_problem *p,
			const struct profile_metric *m, int before_s)
{
	add_before(out, m, before_s);
	if (p->as == PROFILE_AS_BITS) {
		/* PromQL has no operators for bits: that is what is left. */
		buf_append_text(out, " >= ");
		add_number(out, p->mask & -p->mask);
	} else if (p->as == PROFILE_AS_ZERO) {
		buf_append_text(out, " == 0");
	} else if (p->as == PROFILE_AS_LEVEL) {
		buf_append_text(out, " >= ");
		add_number(out, p->warning);
	} else {
		buf_append_text(out, " > 0");
	}
}

void
problem_promql_add(struct buf *out, const struct profile_problem *p,
		   const struct profile_metric *m,
		   const struct problem_core *core)
{
	if (p->as != PROFILE_AS_INCREASE) {
		problem_promql_add_past(out, p, m, 0);
		return;
	}
	add_increase(out, p, m, core);
	if (m->value_label != NULL)
		add_born(out, p, m, core);
}

void
problem_promql_add_codes(struct buf *out, const struct profile_metric *m,
			 bool is_past)
{
	add_before(out, m, is_past ? PROBLEM_XID_WINDOW_S : 0);
	buf_append_text(out, " > 0");
}

/* --- what is not there ---------------------------------------------------- */

/* A few looks back: all that was there would be 57 million samples of 10,000
 * cards. */
static void
add_looks(struct buf *out, const struct profile_metric *m)
{
	static const int before[] = {600, 3600, 6 * 3600, 24 * 3600};

	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		buf_append_text(out, i > 0 ? " or " : "");
		add_before(out, m, before[i]);
	}
}

void
problem_promql_add_lost(struct buf *out, const struct profile_metric *m,
			const struct problem_core *core, bool is_fresh)
{
	buf_append_text(out, "(");
	if (is_fresh)
		add_before(out, m, PROBLEM_FRESH_S);
	else
		add_looks(out, m);
	add_by(out, ") unless on (", core, NULL);
	add_selector(out, m);
}

void
problem_promql_add_seen(struct buf *out, const struct profile_metric *m,
			const char *instances, bool is_of_day)
{
	struct buf conditions;

	buf_init(&conditions, ASK_QUERY_MAX_BYTES);
	buf_append_text(&conditions, m->conditions);
	buf_append_text(&conditions, *m->conditions != '\0' ? "," : "");
	buf_append_text(&conditions, instances);
	buf_append(&conditions, "", 1);
	buf_append_text(out, "max_over_time(timestamp(");
	if (buf_status(&conditions) == ERR_OK)
		promql_add_selector(out, &m->name, 1, conditions.data);
	buf_append_text(out, is_of_day ? ")[24h:5m])" : ")[1h:1m])");
	buf_fini(&conditions);
}

/*
 * Of a job that has other targets as well, those that told of cards; of one
 * whose targets all do, also who is down and never did:
 *
 * up and on (job,instance) group by (job,instance) (M or M offset 600s ...) or
 * up == 0 and on (job) (group by (job) (M) unless on (job)
 *                       (up == 1 unless on (job,instance) M))
 */
void
problem_promql_add_targets(struct buf *out, const struct profile_metric *m)
{
	buf_append_text(out, "up and on (job,instance) group by (job,instance) "
			     "(");
	add_selector(out, m);
	buf_append_text(out, " or ");
	add_looks(out, m);
	buf_append_text(out, ") or up == 0 and on (job) (group by (job) (");
	add_selector(out, m);
	buf_append_text(out,
			") unless on (job) (up == 1 unless on (job,instance) ");
	add_selector(out, m);
	buf_append_text(out, "))");
}
