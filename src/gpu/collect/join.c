#include "gpu/collect/join.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "gpu/label.h"

enum { SCOPED_MAX_BYTES = 512 };

/* A ratio may be measured a little high; percent above 1 begin with 2. */
static const double ratio_max = 1.5;

static const uint32_t unread = UINT32_MAX, unusable = UINT32_MAX - 1,
		      masked = UINT32_MAX - 2;

/* What a text means, found out once for each. */
struct join_meaning {
	uint32_t number;  /* its value */
	uint32_t uuid;	  /* the text's number, normalised */
	uint32_t host;	  /* the text's number: the node of that address */
	uint32_t metric;  /* of the source */
	bool is_resolved; /* host is a node's name, not an address */
	/* A bit for each metric, cleared by a sample of that instance which
	 * is above 1, or no whole number. */
	uint32_t none_above;
	uint32_t none_fraction;
};

/* The number of what the sample says, or FLEET_UNKNOWN. */
static uint32_t
label_of(const struct join *j, const struct sample *s, enum profile_label label)
{
	unsigned slot = j->source->slots[label];

	return slot == JOIN_NO_SLOT ? FLEET_UNKNOWN : s->label[slot];
}

static const struct intern_string *
text_of(const struct join *j, const struct sample *s, enum profile_label label)
{
	return fleet_text(j->fleet, label_of(j, s, label));
}

/* Out of memory is remembered, and told at the end of the sample. */
static uint32_t
intern(struct join *j, const char *text, size_t length)
{
	uint32_t number = fleet_intern(j->fleet, text, length);

	if (number == INTERN_NONE)
		j->is_out_of_memory = true;
	return number;
}

uint32_t
join_text(const struct join *j, const struct sample *s,
	  enum profile_label label)
{
	uint32_t number = label_of(j, s, label);

	return number == FLEET_UNKNOWN ||
		       fleet_text(j->fleet, number)->length == 0
		   ? FLEET_UNKNOWN
		   : number;
}

/* The marks are no numbers of anything. */
static uint32_t
read_number(const char *text, size_t length)
{
	uint32_t number = label_number(text, length);

	return number < masked ? number : unusable;
}

uint32_t
join_number(struct join *j, const struct sample *s, enum profile_label label)
{
	uint32_t text = label_of(j, s, label);
	uint32_t *known;

	if (text == FLEET_UNKNOWN)
		return FLEET_UNKNOWN;
	known = &j->meanings[text].number;
	if (*known == unread) {
		const struct intern_string *t = fleet_text(j->fleet, text);

		*known = read_number(t->text, t->length);
	}
	return *known == unusable ? FLEET_UNKNOWN : *known;
}

/* --- the card ------------------------------------------------------------ */

static uint32_t
read_uuid(struct join *j, const struct intern_string *s)
{
	char text[LABEL_UUID_MAX_BYTES];
	size_t length = label_uuid(s->text, s->length, text);

	if (length == 0)
		return unusable;
	return label_is_masked(text, length) ? masked : intern(j, text, length);
}

/*
 * What is unique on its node only, as a uuid that was all zeroed, is told
 * apart by the node. The line break, which no uuid has, marks such a name.
 */
static uint32_t
scoped_id(struct join *j, const struct intern_string *uuid, uint32_t node)
{
	const struct intern_string *name = fleet_text(j->fleet, node);
	char text[SCOPED_MAX_BYTES];
	size_t length = uuid->length;

	if (name == NULL || length + 1 + name->length > sizeof(text))
		return FLEET_UNKNOWN;
	memcpy(text, uuid->text, length);
	text[length++] = FLEET_MASK;
	memcpy(text + length, name->text, name->length);
	return intern(j, text, length + name->length);
}

static void
read_host(struct join *j, const struct intern_string *instance,
	  struct join_meaning *out)
{
	const struct intern_string *node = NULL;
	const char *text;
	size_t length;

	label_host(instance->text, instance->length, &text, &length);
	if (j->source->nodes != NULL)
		node = nodemap_find(j->source->nodes, text, length);
	out->is_resolved = node != NULL;
	if (node != NULL)
		out->host = intern(j, node->text, node->length);
	else
		out->host = length > 0 ? intern(j, text, length) : unusable;
}

static bool
is_text(const struct intern_string *s, const char *text)
{
	return s->length == strlen(text) &&
	       memcmp(s->text, text, s->length) == 0;
}

/*
 * Old exporters in pods say their pod's name, or localhost, for the node's:
 * github.com/NVIDIA/dcgm-exporter, pull request 129 and issue 572.
 */
static bool
is_node_name(const struct join *j, const struct sample *s, uint32_t name)
{
	return name != FLEET_UNKNOWN &&
	       name != label_of(j, s, PROFILE_WORKLOAD) &&
	       !is_text(fleet_text(j->fleet, name), "localhost");
}

static void
find_node(struct join *j, const struct sample *s, struct fleet_identity *id)
{
	uint32_t instance = label_of(j, s, PROFILE_INSTANCE);
	struct join_meaning *meaning;

	id->node = join_text(j, s, PROFILE_NODE);
	id->node_doubt = 0;
	if (is_node_name(j, s, id->node))
		return;
	id->node = FLEET_UNKNOWN;
	if (instance == FLEET_UNKNOWN)
		return;
	meaning = &j->meanings[instance];
	if (meaning->host == unread)
		read_host(j, fleet_text(j->fleet, instance), meaning);
	if (meaning->host == unusable)
		return;
	id->node = meaning->host;
	id->node_doubt = meaning->is_resolved ? 1 : 2;
}

/* "node-1-0" for node-1's first, as an exporter's README has it. */
static uint32_t
index_behind_node(const struct join *j, const struct sample *s)
{
	const struct intern_string *text = text_of(j, s, PROFILE_INDEX);
	const struct intern_string *node = text_of(j, s, PROFILE_NODE);
	uint32_t number;

	if (text == NULL || node == NULL || text->length <= node->length ||
	    memcmp(text->text, node->text, node->length) != 0 ||
	    text->text[node->length] != '-')
		return FLEET_UNKNOWN;
	number = read_number(text->text + node->length + 1,
			     text->length - node->length - 1);
	return number == unusable ? FLEET_UNKNOWN : number;
}

/* The index that a label tells. */
static uint32_t
find_index(struct join *j, const struct sample *s)
{
	uint32_t index = join_number(j, s, PROFILE_INDEX);

	if (index == FLEET_UNKNOWN)
		index = index_behind_node(j, s);
	return index <= FLEET_INDEX_MAX ? index : FLEET_UNKNOWN;
}

/* is_placed: node and index of the card are known from the labels of each. */
static uint32_t
find_uuid(struct join *j, const struct sample *s, uint32_t node, bool is_placed)
{
	const struct intern_string *text = text_of(j, s, PROFILE_UUID);
	const struct intern_string *id = text_of(j, s, PROFILE_ID);
	uint32_t *known;

	if (text == NULL)
		return id != NULL ? scoped_id(j, id, node) : FLEET_UNKNOWN;
	known = &j->meanings[label_of(j, s, PROFILE_UUID)].uuid;
	if (*known == unread)
		*known = read_uuid(j, text);
	if (*known == masked)
		return is_placed ? FLEET_UNKNOWN : scoped_id(j, text, node);
	return *known == unusable ? FLEET_UNKNOWN : *known;
}

static bool
identify(struct join *j, const struct sample *s,
	 const struct profile_metric *metric, struct fleet_identity *id)
{
	find_node(j, s, id);
	id->index = find_index(j, s);
	id->uuid = find_uuid(j, s, id->node,
			     !j->has_identities && id->node != FLEET_UNKNOWN &&
				 id->index != FLEET_UNKNOWN);
	if (metric->kind == PROFILE_INDEX_VALUE && s->value >= 0 &&
	    s->value <= FLEET_INDEX_MAX && s->value == floor(s->value))
		id->index = (uint32_t)s->value;
	id->vendor = j->vendor != FLEET_UNKNOWN
			 ? j->vendor
			 : join_text(j, s, PROFILE_VENDOR);
	return id->uuid != FLEET_UNKNOWN ||
	       (id->node != FLEET_UNKNOWN && id->index != FLEET_UNKNOWN);
}

static void
describe(struct join *j, const struct sample *s, struct fleet_gpu *card)
{
	if (card->model == FLEET_UNKNOWN)
		card->model = join_text(j, s, PROFILE_MODEL);
	if (card->bus == FLEET_UNKNOWN)
		card->bus = join_text(j, s, PROFILE_BUS);
}

/* The card's row, or its instance's; NULL if the series names no such thing. */
static enum err_code
find_row(struct join *j, const struct sample *s, struct fleet_gpu *card,
	 struct fleet_gpu **out, struct err *e)
{
	uint32_t label = join_text(j, s, PROFILE_MIG_INSTANCE);
	uint32_t instance = join_number(j, s, PROFILE_MIG_INSTANCE);
	enum err_code code;

	*out = card;
	if (label == FLEET_UNKNOWN)
		return ERR_OK;
	*out = NULL;
	if (instance == FLEET_UNKNOWN)
		return ERR_OK;
	code = fleet_find_instance(j->fleet, card, instance, out, e);
	if (*out != NULL && (*out)->mig_profile == FLEET_UNKNOWN)
		(*out)->mig_profile = join_text(j, s, PROFILE_MIG_PROFILE);
	return code;
}

/* --- the value ----------------------------------------------------------- */

static size_t
find_metric(struct join *j, const struct sample *s)
{
	uint32_t text = label_of(j, s, PROFILE_METRIC);
	uint32_t *known;
	size_t i = 0;

	if (j->source->metric_count == 1)
		return 0;
	if (text == FLEET_UNKNOWN)
		return j->source->metric_count;
	known = &j->meanings[text].metric;
	if (*known == unread) {
		while (i < j->source->metric_count &&
		       !is_text(fleet_text(j->fleet, text),
				j->source->metrics[i]->name))
			i++;
		*known = (uint32_t)i;
	}
	return *known;
}

/* What a sample, of the metric with that bit, says of its scale. */
static void
note_sample(struct join_meaning *evidence, double sample, unsigned bit)
{
	if (sample > ratio_max)
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

/*
 * Where the name does not tell percent from ratios the samples may: one above
 * 1 is no ratio, and percent come in whole numbers. What one exporter's say
 * is true for its own, else what all say.
 */
static void
choose_scales(struct join *j)
{
	struct join_meaning all = {.none_above = UINT32_MAX,
				   .none_fraction = UINT32_MAX};
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&j->source->vector->samples, &cursor)) !=
	       NULL) {
		uint32_t instance = label_of(j, s, PROFILE_INSTANCE);
		size_t i = find_metric(j, s);

		if (i == j->source->metric_count || field_is_blank(s->value))
			continue;
		note_sample(&all, s->value, 1U << i);
		if (instance != FLEET_UNKNOWN)
			note_sample(&j->meanings[instance], s->value, 1U << i);
	}
	for (size_t i = 0; i < j->source->metric_count; i++)
		if (j->source->metrics[i]->is_ratio_or_percent)
			j->scales[i] = scale_by(&all, 1U << i, j->scales[i]);
}

static double
scale_of(const struct join *j, const struct sample *s, size_t metric)
{
	uint32_t instance = label_of(j, s, PROFILE_INSTANCE);

	if (!j->source->metrics[metric]->is_ratio_or_percent ||
	    instance == FLEET_UNKNOWN)
		return j->scales[metric];
	return scale_by(&j->meanings[instance], 1U << metric,
			j->scales[metric]);
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
	       (metric->is_zero_unknown && sample == 0);
}

static void
read_value(const struct join *j, const struct sample *s, size_t metric,
	   struct join_hit *out)
{
	const struct intern_string *label;

	out->value = is_unknown(out->metric, s->value)
			 ? NAN
			 : s->value * scale_of(j, s, metric);
	out->time_s = s->timestamp_s;
	if (out->metric->value_label == NULL)
		return;
	/* The sample says when: the value is in the label. */
	label = text_of(j, s, PROFILE_VALUE);
	out->time_s = out->value;
	if (isnan(out->value) || label == NULL ||
	    !number_parse(label->text, label->length, &out->value))
		out->value = NAN;
	if (isnan(out->time_s))
		out->time_s = 0;
}

/* --- samples ------------------------------------------------------------- */

enum err_code
join_init(struct join *j, struct fleet *f, const struct join_source *source,
	  struct arena *scratch, struct err *e)
{
	size_t bytes = intern_count(&f->texts) * sizeof(*j->meanings);
	const char *vendor = source->profile->vendor;

	*j = (struct join){
	    .fleet = f, .source = source, .vendor = FLEET_UNKNOWN};
	j->meanings = arena_alloc(scratch, bytes);
	if (j->meanings == NULL)
		return err_set_memory(e);
	memset(j->meanings, 0xff, bytes); /* all unread */
	j->has_identities =
	    profile_has_kind(source->profile, PROFILE_INFO) ||
	    profile_has_kind(source->profile, PROFILE_INDEX_VALUE);
	if (vendor != NULL)
		j->vendor = intern(j, vendor, strlen(vendor));
	for (size_t i = 0; i < source->metric_count; i++)
		j->scales[i] = source->metrics[i]->scale;
	if (needs_samples_for_scale(source))
		choose_scales(j);
	return j->is_out_of_memory ? err_set_memory(e) : ERR_OK;
}

enum err_code
join_sample(struct join *j, const struct sample *s, struct join_hit *out,
	    bool *is_usable, struct err *e)
{
	size_t metric = find_metric(j, s);
	struct fleet_identity id;
	struct fleet_gpu *card;
	enum err_code code;

	*is_usable = false;
	if (metric == j->source->metric_count)
		return ERR_OK;
	out->metric = j->source->metrics[metric];
	if (!identify(j, s, out->metric, &id))
		return j->is_out_of_memory ? err_set_memory(e) : ERR_OK;
	card = j->is_out_of_memory ? NULL : fleet_find(j->fleet, &id);
	if (card == NULL)
		return err_set_memory(e);
	describe(j, s, card);
	code = find_row(j, s, card, &out->gpu, e);
	if (code != ERR_OK)
		return code;
	if (j->is_out_of_memory)
		return err_set_memory(e);
	*is_usable = out->gpu != NULL;
	read_value(j, s, metric, out);
	return ERR_OK;
}

static void
keep(const struct join_source *source, const struct sample *s,
     const struct join_hit *hit)
{
	struct fleet_gpu *gpu = hit->gpu;
	enum field field = (enum field)hit->metric->field;

	fleet_note_exporter(gpu, source->profile->name, source->rank);
	gpu->timestamp_s = fmax(gpu->timestamp_s, s->timestamp_s);
	if (hit->metric->kind == PROFILE_FIELD)
		fleet_take(&gpu->readings[field],
			   field_clean(field, hit->value), hit->time_s,
			   source->rank << 4 | hit->metric->alternative);
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
	       (s = samples_next(&source->vector->samples, &cursor)) != NULL) {
		code = join_sample(&j, s, &hit, &is_usable, e);
		if (code != ERR_OK)
			return code;
		if (is_usable)
			keep(source, s, &hit);
		else
			++*skipped;
	}
	return code;
}
