#include "gpu/collect/problem_question.h"

#include <math.h>

#include "gpu/collect/lacks.h"

/* --- the question --------------------------------------------------------- */

/* What the answer's samples are to keep. */
static const struct element_label *
choose_labels(const struct problem_ask *a, struct join_source *source,
	      size_t *count, size_t *slots)
{
	const struct profile *p = source->profile;
	const char *code_label = source->metrics[0]->value_label;
	struct element_label *labels = arena_alloc(
	    a->plan->call->arena, (p->label_count + 1) * sizeof(*labels));

	*count = *slots = 0;
	if (labels == NULL)
		return NULL;
	identify_add_labels(p, ~(PROFILE_OF_PROCESSES | PROFILE_OF_WORKLOADS),
			    source->slots, labels, count, slots);
	if (code_label != NULL) {
		source->slots[PROFILE_VALUE] = (unsigned char)(*slots)++;
		labels[(*count)++] = (struct element_label){
		    code_label, source->slots[PROFILE_VALUE], NULL, false};
	}
	return labels;
}

/* Of that text, which is complete. */
enum err_code
problem_question_add(const struct problem_ask *a, struct ask *ask,
		     struct problem_question *q, enum problem_role role,
		     unsigned rank, const struct profile_metric *m,
		     const struct buf *text, struct err *e)
{
	const struct element_label *labels;
	size_t count, slots;

	*q = (struct problem_question){.role = role,
				       .source = plan_source(a->plan, rank)};
	q->source.recall = NULL;
	q->source.times = NULL;
	q->source.metrics[q->source.metric_count++] = m;
	q->source.samples = &ask->questions[ask->count].vector.samples;
	labels = choose_labels(a, &q->source, &count, &slots);
	if (labels == NULL)
		return err_set_memory(e);
	return ask_add(ask, text, labels, count, slots, e);
}

/* --- the answers ---------------------------------------------------------- */

/* What is told by levels is as severe as they are; and of health no more. */
static enum problem_severity
severity_of(const struct profile_problem *p, double value)
{
	if (p->as == PROFILE_AS_LEVEL && value >= p->critical)
		return PROBLEM_CRITICAL;
	return p->as == PROFILE_AS_LEVEL && p->kind == PROBLEM_HEALTH
		   ? PROBLEM_WARNING
		   : problem_kinds[p->kind].severity;
}

/* Of a metric of problems, or of codes. */
static struct problem_note
note_of(const struct problem_question *q, const struct join_hit *hit,
	const struct sample *s)
{
	const struct profile_metric *m = q->source.metrics[0];
	struct problem_note note = {.kind = PROBLEM_XID,
				    .gpu = hit->gpu,
				    .value = s->value,
				    .code = NAN,
				    .was_there = q->role == ROLE_CODES_BEFORE ||
						 q->role == ROLE_METRIC_BEFORE,
				    .timestamp_s = s->timestamp_s};
	const struct profile_problem *p;

	if (m->kind != PROFILE_PROBLEM) {
		note.code = hit->value;
		note.value = NAN;
		return note;
	}
	p = &q->source.profile->problems[m->field];
	note.kind = p->kind;
	note.severity = severity_of(p, s->value);
	if (p->as == PROFILE_AS_CODE) {
		note.code = hit->value;
		note.value = NAN;
	} else if (m->value_label != NULL) {
		note.code = hit->value;
	}
	return note;
}

/* False if there is no memory. */
static bool
note_instance(struct problem_ask *a, struct problem_question *q,
	      uint32_t instance)
{
	if (q->role != ROLE_LOST || instance == FLEET_UNKNOWN)
		return true;
	if (q->instances == NULL)
		q->instances =
		    arena_alloc(a->plan->call->arena,
				PROBLEM_INSTANCES_MAX * sizeof(instance));
	if (q->instances == NULL)
		return false;
	for (size_t i = 0; i < q->instance_count && i < PROBLEM_INSTANCES_MAX;
	     i++)
		if (q->instances[i] == instance)
			return true;
	if (q->instance_count < PROBLEM_INSTANCES_MAX)
		q->instances[q->instance_count] = instance;
	q->instance_count++;
	return true;
}

/* Of a metric that is a set of bits: whether one of those that count is set. */
static bool
has_bits(const struct problem_question *q, double value)
{
	const struct profile_metric *m = q->source.metrics[0];
	static const double bits_max = 4294967295.0;
	const struct profile_problem *p;

	if (m->kind != PROFILE_PROBLEM)
		return true;
	p = &q->source.profile->problems[m->field];
	if (p->as != PROFILE_AS_BITS)
		return true;
	return value >= 0 && value <= bits_max &&
	       ((uint32_t)value & p->mask) != 0;
}

static bool
take(struct problem_ask *a, struct problem_question *q, struct join *j,
     const struct sample *s, const struct join_hit *hit)
{
	struct problem_lost lost = {
	    .gpu = hit->gpu,
	    .is_fresh = q->role == ROLE_FRESH,
	    .is_second_hand = q->source.profile->is_second_hand,
	    .seen_s = q->role == ROLE_SEEN ? s->value : 0,
	    .timestamp_s = s->timestamp_s};
	struct problem_note note;

	if (q->role == ROLE_FRESH || q->role == ROLE_LOST ||
	    q->role == ROLE_SEEN) {
		lost.cluster = identify_text(&j->who, s, PROFILE_CLUSTER);
		lost.instance = identify_text(&j->who, s, PROFILE_INSTANCE);
		return note_instance(a, q, lost.instance) &&
		       problem_add_lost(a->table, &lost);
	}
	if (!has_bits(q, s->value))
		return true;
	note = note_of(q, hit, s);
	/* A code that is no number is none. */
	if (note.kind == PROBLEM_XID && !(note.code > 0))
		return true;
	return problem_add_note(a->table, &note);
}

static enum err_code
read_cards(struct problem_ask *a, struct problem_question *q,
	   struct arena *scratch, struct err *e)
{
	struct fleet *fleet = &a->table->workloads.fleet;
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	struct join j;
	struct join_hit hit;
	size_t skipped = 0;
	bool is_usable;
	enum err_code code = join_init(&j, fleet, &q->source, scratch, e);

	while (code == ERR_OK &&
	       (s = samples_next(q->source.samples, &cursor)) != NULL) {
		code = join_sample(&j, s, &hit, &is_usable, e);
		if (code != ERR_OK)
			break;
		if (!is_usable)
			skipped++;
		else if (!take(a, q, &j, s, &hit))
			code = err_set_memory(e);
	}
	join_fini(&j);
	if (code == ERR_OK && skipped > 0)
		lacks_warn_of_skipped(a->plan->call, &q->source, skipped);
	return code;
}

/* By the numbers of instances' texts: a card that the last looks have seen
 * there, or NULL. */
static const struct card **
list_cards(const struct problem_ask *a, struct arena *scratch, size_t *count)
{
	const struct intern *texts = &a->table->workloads.fleet.texts;
	const struct cards *cards = &a->plan->found->roster->cards;
	const struct card **list;

	*count = intern_count(texts);
	list = arena_grow(scratch, NULL, 0, *count * sizeof(*list));
	for (size_t i = 0; list != NULL && i < cards->count; i++) {
		const struct card *card = &cards->cards[i];

		for (size_t k = 0; k < card->spelling_count; k++) {
			const struct intern_string *text =
			    card->spellings[k].instance;
			uint32_t number =
			    text != NULL
				? intern_find(texts, text->text, text->length)
				: INTERN_NONE;

			if (number != INTERN_NONE)
				list[number] = card;
		}
	}
	return list;
}

/* What its `up` alone does not tell: the name that its series had. */
static bool
name_target(struct problem_ask *a, const struct card *card,
	    struct problem_target *target)
{
	if (card == NULL || card->node == NULL)
		return true;
	target->node = fleet_intern(&a->table->workloads.fleet,
				    card->node->text, card->node->length);
	return target->node != INTERN_NONE;
}

static enum err_code
read_targets(struct problem_ask *a, const struct problem_question *q,
	     struct arena *scratch, struct err *e)
{
	const struct identify_source source = {.profile = q->source.profile,
					       .slots = q->source.slots,
					       .samples = q->source.samples,
					       .nodes = q->source.nodes,
					       .targets = q->source.targets};
	struct samples_cursor cursor = {NULL, 0};
	struct identify_reader r;
	const struct sample *s;
	struct identity id;
	size_t count;
	const struct card **cards = list_cards(a, scratch, &count);
	enum err_code code = identify_init(
	    &r, &source, &a->table->workloads.fleet.texts, scratch, e);

	if (code == ERR_OK && cards == NULL)
		code = err_set_memory(e);
	while (code == ERR_OK &&
	       (s = samples_next(source.samples, &cursor)) != NULL) {
		const struct card *card = NULL;
		struct problem_target target = {.node = FLEET_UNKNOWN,
						.is_up = s->value > 0,
						.timestamp_s = s->timestamp_s};

		target.cluster = identify_text(&r, s, PROFILE_CLUSTER);
		target.instance = identify_text(&r, s, PROFILE_INSTANCE);
		if (!target.is_up && target.instance < count)
			card = cards[target.instance];
		if (q->role == ROLE_DOWN && card == NULL)
			continue;
		if (identify_place(&r, s, &id))
			target.node = id.node;
		if (r.is_out_of_memory || !name_target(a, card, &target) ||
		    !problem_add_target(a->table, &target))
			code = err_set_memory(e);
	}
	identify_fini(&r);
	return code;
}

enum err_code
problem_question_read(struct problem_ask *a, struct problem_question *q,
		      struct arena *scratch, struct err *e)
{
	return q->role == ROLE_TARGETS || q->role == ROLE_DOWN
		   ? read_targets(a, q, scratch, e)
		   : read_cards(a, q, scratch, e);
}

const char *
problem_question_name(const struct problem_question *q)
{
	switch (q->role) {
	case ROLE_FRESH:
	case ROLE_LOST:
	case ROLE_SEEN:
		return "lost GPUs";
	case ROLE_TARGETS:
		return "up";
	default:
		return q->source.metrics[0]->name;
	}
}
