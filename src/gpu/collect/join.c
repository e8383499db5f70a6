#include "gpu/collect/join.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "gpu/collect/join_workloads.h"
#include "gpu/label.h"

/* What is known of the target of that name, which is an instance. */
struct join_meaning {
	/* A bit for each metric, cleared by a sample of that instance which
	 * is above 1, or no whole number. */
	uint32_t none_above;
	uint32_t none_fraction;
	uint32_t none_recalled; /* cleared once earlier ones were looked up */
	/* The rest of the last target of that name, and its time. */
	uint32_t cluster, exported_instance;
	double measured_s;
};

/* The label's text, or what counts of it. */
static uint32_t
part_of(struct join *j, const struct sample *s, enum profile_label label,
	const char *(*find_part)(const char *text, size_t length,
				 size_t *part_length))
{
	uint32_t number = identify_text(&j->who, s, label);
	const struct intern_string *text = fleet_text(j->fleet, number);
	const char *part;
	size_t length;

	if (text == NULL)
		return number;
	part = find_part(text->text, text->length, &length);
	if (part == text->text && length == text->length)
		return number;
	number = fleet_intern(j->fleet, part, length);
	if (number == INTERN_NONE)
		j->who.is_out_of_memory = true;
	return number;
}

static void
describe(struct join *j, const struct sample *s, struct fleet_gpu *card)
{
	if (card->model == FLEET_UNKNOWN)
		card->model = part_of(j, s, PROFILE_MODEL, label_model);
	if (card->bus == FLEET_UNKNOWN)
		card->bus = identify_text(&j->who, s, PROFILE_BUS);
}

/* The card's row, or its instance's; NULL if it has too many. */
static enum err_code
find_row(struct join *j, const struct sample *s, const struct identity *id,
	 struct fleet_gpu *card, struct fleet_gpu **out, struct err *e)
{
	enum err_code code;

	*out = card;
	if (id->part == IDENTITY_UNKNOWN)
		return ERR_OK;
	code = fleet_find_instance(j->fleet, card, id->part, out, e);
	if (code != ERR_OK || *out == NULL)
		return code;
	fleet_name_instance(*out, id);
	if ((*out)->mig_profile == FLEET_UNKNOWN)
		(*out)->mig_profile =
		    part_of(j, s, PROFILE_MIG_PROFILE, label_mig_profile);
	return ERR_OK;
}

/* --- the value ----------------------------------------------------------- */

static size_t
find_metric(const struct join *j, const struct sample *s)
{
	uint32_t text;
	size_t i = 0;

	if (j->source->metric_count == 1)
		return 0;
	text = identify_label(&j->who, s, PROFILE_METRIC);
	while (i < j->source->metric_count &&
	       (text == FLEET_UNKNOWN || text != j->metric_texts[i]))
		i++;
	return i;
}

/* What a sample, of the metric with that bit, says of its scale. */
static void
note_sample(struct join_meaning *evidence, double sample, unsigned bit)
{
	if (sample > SCALES_RATIO_MAX)
		evidence->none_above &= ~bit;
	if (sample != floor(sample))
		evidence->none_fraction &= ~bit;
}

/* Percent, a ratio, or what the profile says. */
static double
scale_by(const struct join_meaning *evidence, unsigned bit, double unknown)
{
	if ((evidence->none_above & bit) == 0)
		return 1;
	return (evidence->none_fraction & bit) == 0 ? 100 : unknown;
}

/* Of its target; what has none is of one, so to speak. */
static struct join_meaning *
evidence_of(const struct join *j, const struct sample *s)
{
	uint32_t instance = identify_label(&j->who, s, PROFILE_INSTANCE);

	return instance != FLEET_UNKNOWN ? &j->meanings[instance]
					 : &j->meanings[j->nowhere];
}

/* What was seen of the target before. */
static void
recall(const struct join *j, const struct sample *s, size_t metric,
       struct join_meaning *evidence)
{
	uint32_t instance = identify_label(&j->who, s, PROFILE_INSTANCE);
	const struct join_source *source = j->source;
	unsigned bit = 1U << metric;
	size_t place =
	    (size_t)(source->metrics[metric] - source->profile->metrics);
	unsigned seen;

	if (source->scales == NULL || instance == FLEET_UNKNOWN ||
	    (evidence->none_recalled & bit) == 0)
		return;
	evidence->none_recalled &= ~bit;
	seen =
	    scales_find(source->scales, place, fleet_text(j->fleet, instance));
	if ((seen & SCALES_ABOVE) != 0)
		evidence->none_above &= ~bit;
	if ((seen & SCALES_FRACTION) != 0)
		evidence->none_fraction &= ~bit;
}

/*
 * Where the name does not tell percent from ratios the samples may, these and
 * earlier ones: one above 1 is no ratio, and percent come in whole numbers.
 * What one target's say is true for its own.
 */
static void
find_evidence(struct join *j)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(j->source->samples, &cursor)) != NULL) {
		struct join_meaning *evidence = evidence_of(j, s);
		size_t i = find_metric(j, s);

		if (i == j->source->metric_count ||
		    !j->source->metrics[i]->is_ratio_or_percent ||
		    field_is_blank(s->value))
			continue;
		note_sample(evidence, s->value, 1U << i);
		recall(j, s, i, evidence);
	}
}

static double
scale_of(const struct join *j, const struct sample *s, size_t metric)
{
	if (!j->source->metrics[metric]->is_ratio_or_percent)
		return j->scales[metric];
	return scale_by(evidence_of(j, s), 1U << metric, j->scales[metric]);
}

static bool
needs_samples_for_scale(const struct join_source *source)
{
	for (size_t i = 0; i < source->metric_count; i++)
		if (source->metrics[i]->is_ratio_or_percent)
			return true;
	return false;
}

static bool
is_unknown(const struct profile_metric *metric, double sample)
{
	return field_is_blank(sample) ||
	       (metric->is_zero_unknown && sample == 0) ||
	       (metric->is_negative_unknown && sample < 0);
}

double
join_plain_value(const struct profile_metric *metric, double value)
{
	return is_unknown(metric, value) ? NAN : value * metric->scale;
}

double
join_value(const struct join *j, const struct sample *s, size_t metric,
	   double value)
{
	return is_unknown(j->source->metrics[metric], value)
		   ? NAN
		   : value * scale_of(j, s, metric);
}

static void
read_value(const struct join *j, const struct sample *s, size_t metric,
	   struct join_hit *out)
{
	const struct intern_string *label;

	out->value = join_value(j, s, metric, s->value);
	out->time_s = s->timestamp_s;
	if (out->metric->value_label == NULL)
		return;
	/* The sample says when: the value is in the label. */
	label = fleet_text(j->fleet, identify_label(&j->who, s, PROFILE_VALUE));
	out->time_s = out->value;
	if (isnan(out->value) || label == NULL ||
	    !number_parse(label->text, label->length, &out->value))
		out->value = NAN;
	if (isnan(out->time_s))
		out->time_s = 0;
}

/* --- samples ------------------------------------------------------------- */

static bool
has_recall(const struct join_source *source)
{
	return source->recall != NULL && source->recall->before.known != NULL;
}

/* All texts are to be there before their meanings are looked for. */
static enum err_code
expand(struct join *j, struct err *e)
{
	return has_recall(j->source)
		   ? recall_expand(j->source->recall, j->source->samples,
				   &j->fleet->texts, &j->fleet->scratch, e)
		   : ERR_OK;
}

/* Room for what targets tell: not needed where all series were seen before. */
static enum err_code
make_meanings(struct join *j, struct err *e)
{
	uint32_t count = intern_count(&j->fleet->texts);
	size_t bytes = ((size_t)count + 1) * sizeof(*j->meanings);

	if (j->meanings != NULL)
		return ERR_OK;
	j->nowhere = count;
	j->meanings = arena_alloc(j->scratch, bytes);
	if (j->meanings == NULL)
		return err_set_memory(e);
	memset(j->meanings, 0xff, bytes); /* all unread, times NaN */
	return ERR_OK;
}

static void
set_metrics(struct join *j)
{
	for (size_t i = 0; i < j->source->metric_count; i++) {
		const struct profile_metric *m = j->source->metrics[i];

		j->scales[i] = m->scale;
		j->metric_texts[i] =
		    intern_find(&j->fleet->texts, m->name, strlen(m->name));
	}
}

enum err_code
join_init(struct join *j, struct fleet *f, const struct join_source *source,
	  struct arena *scratch, struct err *e)
{
	enum err_code code;

	*j = (struct join){.fleet = f, .source = source, .scratch = scratch};
	code = expand(j, e);
	if (code != ERR_OK)
		return code;
	j->identified = (struct identify_source){.profile = source->profile,
						 .slots = source->slots,
						 .samples = source->samples,
						 .nodes = source->nodes,
						 .targets = source->targets};
	if (has_recall(source)) {
		j->identified.known_labels = source->recall->labels;
		j->identified.known_slots =
		    source->recall->before.known->slot_count;
	}
	code = identify_init(&j->who, &j->identified, &f->texts, scratch, e);
	if (code != ERR_OK)
		return code;
	set_metrics(j);
	if (!needs_samples_for_scale(source))
		return ERR_OK;
	code = make_meanings(j, e);
	if (code == ERR_OK)
		find_evidence(j);
	return code;
}

void
join_fini(struct join *j)
{
	identify_fini(&j->who);
}

/* Its target's time: series of one follow each other more often than not. */
static double
find_time(struct join *j, const struct sample *s)
{
	const struct join_source *source = j->source;
	uint32_t cluster = identify_label(&j->who, s, PROFILE_CLUSTER);
	uint32_t exported =
	    identify_label(&j->who, s, PROFILE_EXPORTED_INSTANCE);
	struct join_meaning *target = evidence_of(j, s);

	if (isnan(target->measured_s) || target->cluster != cluster ||
	    target->exported_instance != exported) {
		target->cluster = cluster;
		target->exported_instance = exported;
		target->measured_s =
		    times_find(source->times,
			       &(struct times_target){
				   identify_label(&j->who, s, PROFILE_INSTANCE),
				   cluster, exported});
	}
	return target->measured_s;
}

static double
measured_at(struct join *j, const struct sample *s, const struct join_hit *hit)
{
	const struct times *times = j->source->times;

	if (hit->metric->kind == PROFILE_TIME)
		return hit->value;
	/* A card has a time of its own then. */
	if (times == NULL || times->count == 0 ||
	    (times->is_of_cards && hit->metric->kind != PROFILE_PROCESS))
		return 0;
	return find_time(j, s);
}

/* What is scraped is as of now, whichever of two targets was later; but one
 * that was lost is behind those that are there. False if there is no memory. */
static bool
date(struct join *j, const struct sample *s, struct join_hit *hit)
{
	enum { LOST_S = 120 };
	const struct sheet_origin origin = {j->source->rank, s->source};
	double measured_s = measured_at(j, s, hit);
	bool is_lost = measured_s < s->timestamp_s - LOST_S;

	/* NaN is none either. */
	if (!(measured_s > 0))
		return true;
	fleet_date(hit->gpu, j->source->rank, measured_s);
	hit->lost_s = is_lost ? measured_s : 0;
	/* Where nothing else is told there is nothing to choose. */
	return (hit->metric->kind != PROFILE_FIELD &&
		hit->metric->kind != PROFILE_TIME) ||
	       fleet_date_copy(j->fleet, hit->gpu, &origin, measured_s,
			       is_lost);
}

/*
 * The row that a series of the same labels turned out to be of; NULL if none
 * was seen before, or what is known of its card has changed since, or its
 * values are the first that have a time.
 */
static struct fleet_gpu *
recall_row(const struct join *j, const struct sample *s,
	   const struct profile_metric *metric)
{
	const struct recall *recall = j->source->recall;
	struct fleet_gpu *row =
	    s->known != SAMPLES_NEW ? recall->rows[s->known] : NULL;

	if (row == NULL || fleet_card(row)->merged_into != NULL ||
	    (recall->has_no_values[s->known] && metric->kind != PROFILE_INFO))
		return NULL;
	return row;
}

/* What is passed on says nothing of who an exporter tells of, who comes first:
 * its model would be what it once was. */
static bool
is_echo(const struct join *j, const struct fleet_gpu *card)
{
	return j->source->profile->is_second_hand &&
	       (card->exporters & ~j->fleet->second_hand) != 0;
}

enum err_code
join_sample(struct join *j, const struct sample *s, struct join_hit *out,
	    bool *is_usable, struct err *e)
{
	size_t metric = find_metric(j, s);
	struct identity id;
	struct fleet_gpu *card;
	enum err_code code;

	*is_usable = false;
	if (metric == j->source->metric_count)
		return ERR_OK;
	out->metric = j->source->metrics[metric];
	out->lost_s = 0;
	out->gpu = recall_row(j, s, out->metric);
	if (out->gpu != NULL) {
		*is_usable = true;
		read_value(j, s, metric, out);
		return ERR_OK;
	}
	code = make_meanings(j, e);
	if (code != ERR_OK)
		return code;
	if (!identify(&j->who, s, out->metric, &id))
		return j->who.is_out_of_memory ? err_set_memory(e) : ERR_OK;
	card = fleet_find(j->fleet, &id);
	if (card == NULL)
		return err_set_memory(e);
	if (!is_echo(j, card))
		describe(j, s, card);
	code = find_row(j, s, &id, card, &out->gpu, e);
	if (code != ERR_OK)
		return code;
	if (j->who.is_out_of_memory)
		return err_set_memory(e);
	*is_usable = out->gpu != NULL;
	read_value(j, s, metric, out);
	if (*is_usable && !date(j, s, out))
		return err_set_memory(e);
	if (*is_usable && s->known != SAMPLES_NEW && !id.is_node_new) {
		j->source->recall->rows[s->known] = out->gpu;
		j->source->recall->has_no_values[s->known] =
		    out->metric->kind == PROFILE_INFO;
	}
	return ERR_OK;
}

static bool
keep(struct fleet *f, const struct join_source *source, const struct sample *s,
     const struct join_hit *hit)
{
	const struct sheet_origin origin = {source->rank, s->source};
	struct fleet_gpu *gpu = hit->gpu;
	enum field field = (enum field)hit->metric->field;
	struct reading reading;

	fleet_note_exporter(gpu, source->profile->name, source->rank);
	if (s->timestamp_s > gpu->timestamp_s)
		gpu->timestamp_s = s->timestamp_s;
	if (hit->metric->kind != PROFILE_FIELD)
		return true;
	reading = reading_of(field_clean(field, hit->value), hit->time_s,
			     hit->metric->alternative);
	return fleet_take(f, gpu, &origin, field, &reading);
}

enum err_code
join_fleet(struct fleet *f, const struct join_source *source,
	   struct arena *scratch, size_t *skipped, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	struct join j;
	struct join_hit hit;
	bool is_usable;
	enum err_code code = join_init(&j, f, source, scratch, e);

	*skipped = 0;
	while (code == ERR_OK &&
	       (s = samples_next(source->samples, &cursor)) != NULL) {
		code = join_sample(&j, s, &hit, &is_usable, e);
		if (code != ERR_OK)
			break;
		if (!is_usable)
			++*skipped;
		else if (!keep(f, source, s, &hit))
			code = err_set_memory(e);
		else if (source->workloads != NULL)
			code = join_workload(source->workloads, &j, s, &hit, e);
	}
	join_fini(&j);
	return code;
}
