#include "gpu/collect/problem_alerts.h"

#include <string.h>

#include "gpu/collect/kube_query.h"
#include "gpu/label.h"
#include "gpu/profile/terms.h"
#include "prom/matchers.h"

enum slot {
	SLOT_NAME,
	SLOT_SEVERITY,
	SLOT_UUID,
	SLOT_INDEX,
	SLOT_NODE,
	SLOT_INSTANCE,
	SLOT_CLUSTER,
	SLOTS
};

/* Whichever exporter's labels an alert's rule has kept. */
static const struct element_label own_labels[] = {
    {"alertname", SLOT_NAME, NULL, false},
    {"severity", SLOT_SEVERITY, NULL, false},
    {"UUID", SLOT_UUID, NULL, false},
    {"uuid", SLOT_UUID, NULL, false},
    {"gpu_uuid", SLOT_UUID, NULL, false},
    {"gpu", SLOT_INDEX, NULL, false},
    {"gpu_index", SLOT_INDEX, NULL, false},
    {"index", SLOT_INDEX, NULL, false},
    {"gpu_id", SLOT_INDEX, NULL, false},
    {"exported_node", SLOT_NODE, NULL, false},
    {"node", SLOT_NODE, NULL, false},
    {"Hostname", SLOT_NODE, NULL, false},
    {"hostname", SLOT_NODE, NULL, false},
    {"node_name", SLOT_NODE, NULL, false},
    {"instance", SLOT_INSTANCE, NULL, false}};
enum { OWN_LABELS = sizeof(own_labels) / sizeof(*own_labels) };

/* --- the questions -------------------------------------------------------- */

static const struct element_label *
make_labels(const struct profile *p, struct arena *arena, size_t *count)
{
	struct element_label *labels =
	    arena_alloc(arena, (OWN_LABELS + p->label_count) * sizeof(*labels));

	if (labels == NULL)
		return NULL;
	memcpy(labels, own_labels, sizeof(own_labels));
	*count = OWN_LABELS;
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == PROFILE_CLUSTER)
			labels[(*count)++] = (struct element_label){
			    p->labels[i].name, SLOT_CLUSTER, NULL, false};
	return labels;
}

static enum err_code
add_matchers(struct buf *out, const struct profile *p, const char *match,
	     struct err *e)
{
	const char *more = profile_matchers(p);
	struct buf conditions;
	enum err_code code = ERR_OK;

	buf_init(&conditions, ASK_QUERY_MAX_BYTES);
	if (strcmp(match, "auto") == 0)
		buf_append_text(&conditions,
				"alertname=~\"(?i).*(gpu|dcgm|xid|nvlink|"
				"nvidia|amdgpu|npu).*\"");
	else
		code = matchers_read(match, &conditions, e);
	if (*more != '\0' && conditions.length > 0)
		buf_append_text(&conditions, ",");
	buf_append_text(&conditions, more);
	buf_append(out, conditions.data, conditions.length);
	buf_fini(&conditions);
	return code;
}

enum err_code
problem_alerts_ask(struct ask *a, const struct profile *p, const char *match,
		   size_t *count, struct err *e)
{
	static const char *const selectors[PROBLEM_ALERTS_QUESTIONS] = {
	    "ALERTS{alertstate=\"firing\",", "ALERTS_FOR_STATE{"};
	const struct element_label *labels;
	size_t label_count = 0;
	enum err_code code = ERR_OK;
	struct buf text;

	*count = 0;
	if (strcmp(match, "off") == 0)
		return ERR_OK;
	labels = make_labels(p, a->asker.arena, &label_count);
	if (labels == NULL)
		return err_set_memory(e);
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (; code == ERR_OK && *count < PROBLEM_ALERTS_QUESTIONS; ++*count) {
		buf_reset(&text);
		buf_append_text(&text, selectors[*count]);
		code = add_matchers(&text, p, match, e);
		buf_append_text(&text, "}");
		if (code == ERR_OK)
			code = ask_add(a, &text, labels, label_count, SLOTS, e);
	}
	buf_fini(&text);
	return code;
}

/* --- the answers ---------------------------------------------------------- */

static uint32_t
number_in(const struct vector *v, const struct sample *s, enum slot slot)
{
	const struct intern_string *text = vector_text(v, s, slot);

	return text != NULL && text->length > 0 ? s->label[slot]
						: FLEET_UNKNOWN;
}

static enum problem_severity
severity_of(const struct intern_string *text)
{
	if (text != NULL && intern_is(text, "critical"))
		return PROBLEM_CRITICAL;
	return text != NULL &&
		       (intern_is(text, "info") || intern_is(text, "none"))
		   ? PROBLEM_INFO
		   : PROBLEM_WARNING;
}

/* The node: as it says, or as its target is known. */
static uint32_t
node_of(const struct problem_table *t, const struct vector *v,
	const struct sample *s)
{
	const struct intern_string *text = vector_text(v, s, SLOT_NODE);
	uint32_t instance = number_in(v, s, SLOT_INSTANCE);

	if (text != NULL && label_is_node_name(text->text, text->length))
		return s->label[SLOT_NODE];
	for (const struct problem_target *target = t->targets; target != NULL;
	     target = target->next)
		if (target->instance == instance && instance != FLEET_UNKNOWN)
			return target->node;
	return FLEET_UNKNOWN;
}

/* The card that is known so; NULL: none. */
static struct fleet_gpu *
card_of(struct problem_table *t, const struct vector *v, const struct sample *s,
	uint32_t node)
{
	struct fleet *f = &t->workloads.fleet;
	const struct intern_string *uuid = vector_text(v, s, SLOT_UUID),
				   *index = vector_text(v, s, SLOT_INDEX);
	uint32_t cluster = number_in(v, s, SLOT_CLUSTER), number;
	char plain[LABEL_UUID_MAX_BYTES];
	size_t length =
	    uuid != NULL ? label_uuid(uuid->text, uuid->length, plain) : 0;
	struct fleet_place place = {cluster, node, FLEET_UNKNOWN};

	if (length > 0) {
		number = intern_find(&f->texts, plain, length);
		return number != INTERN_NONE
			   ? fleet_find_uuid(f, number, cluster)
			   : NULL;
	}
	if (index == NULL || node == FLEET_UNKNOWN)
		return NULL;
	place.index = label_number(index->text, index->length);
	return place.index != LABEL_NO_NUMBER
		   ? fleet_find_place(f, &place, FLEET_UNKNOWN)
		   : NULL;
}

/* What is known of where it is, of no card. */
static struct fleet_gpu *
place_of(struct problem_table *t, uint32_t cluster, uint32_t node)
{
	struct fleet_gpu *gpu = arena_alloc(t->arena, sizeof(*gpu));

	if (gpu == NULL)
		return NULL;
	*gpu = fleet_unknown_gpu();
	gpu->cluster = cluster;
	gpu->node = node;
	return gpu;
}

/* When its condition became true: the rest of the labels are the same. */
static double
since_of(const struct vector *v, const struct sample *alert)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &cursor)) != NULL)
		if (memcmp(s->label, alert->label, SLOTS * sizeof(*s->label)) ==
		    0)
			return s->value;
	return 0;
}

static enum err_code
take(struct problem_table *t, const struct vector *v, const struct sample *s,
     const struct vector *states, struct err *e)
{
	const struct intern_string *name = vector_text(v, s, SLOT_NAME);
	uint32_t node = node_of(t, v, s);
	struct problem_alert alert = {
	    .severity = severity_of(vector_text(v, s, SLOT_SEVERITY)),
	    .gpu = card_of(t, v, s, node),
	    .timestamp_s = s->timestamp_s};

	if (name == NULL)
		return ERR_OK;
	if (states != NULL)
		alert.since_s = since_of(states, s);
	if (alert.gpu == NULL) {
		alert.gpu = place_of(t, number_in(v, s, SLOT_CLUSTER), node);
		alert.is_of_node = true;
	}
	alert.name = arena_copy(t->arena, name->text, name->length);
	if (alert.gpu == NULL || alert.name == NULL ||
	    !problem_add_alert(t, &alert))
		return err_set_memory(e);
	return ERR_OK;
}

enum err_code
problem_alerts_read(struct call *call, struct ask *a, size_t first,
		    struct problem_table *table, bool *has_failed,
		    struct err *e)
{
	const struct vector *v = &a->questions[first].vector;
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	bool is_there, has_states;
	enum err_code code = kube_await(call, a, first, "ALERTS", &is_there, e);

	if (code == ERR_OK)
		code = kube_await(call, a, first + 1, "ALERTS_FOR_STATE",
				  &has_states, e);
	*has_failed = !is_there;
	while (code == ERR_OK && is_there &&
	       (s = samples_next(&v->samples, &cursor)) != NULL)
		code = take(table, v, s,
			    has_states ? &a->questions[first + 1].vector : NULL,
			    e);
	ask_drop(a, first);
	ask_drop(a, first + 1);
	return code;
}
