#include "gpu/collect/kube.h"

#include <math.h>
#include <string.h>

#include "gpu/profile/terms.h"
#include "prom/promql.h"

enum {
	SLOT_NAMESPACE,
	SLOT_POD,
	SLOT_CONTAINER,
	SLOT_NODE,
	SLOT_RESOURCE,
	SLOT_PHASE,
	SLOT_OWNER_KIND,
	SLOT_OWNER_NAME,
	SLOT_CLUSTER,
	SLOT_COUNT,
	LABELS_MAX = 2 * SLOT_COUNT + PROFILE_TERMS_MAX
};

/*
 * What counts as a GPU, or as a part of one, as kube-state-metrics writes
 * resources. Not those of HAMi that are percent, or MiB.
 */
static const char requests[] =
    "kube_pod_container_resource_requests{resource=~\""
    "nvidia_com_gpu|nvidia_com_gpu_shared|nvidia_com_mig_.+|amd_com_gpu|"
    "gpu_intel_com_(i915|xe)|huawei_com_Ascend.+|habana_ai_gaudi|"
    "google_com_tpu|cambricon_com_.+|metax_tech_com_gpu|"
    "k8s_amazonaws_com_vgpu\"";

/* What is asked: github.com/kubernetes/kube-state-metrics, docs/metrics/
 * workload/pod-metrics.md. */
static const struct question {
	const char *metric; /* as warnings call it */
	const char *selector;
	const char *filter; /* of its values */
} questions[KUBE_QUESTIONS] = {
    {"kube_pod_container_resource_requests", requests, " > 0"},
    {"kube_pod_status_phase",
     "kube_pod_status_phase{phase=~\"Pending|Running\"", " == 1"},
    {"kube_pod_owner", "kube_pod_owner{owner_is_controller=\"true\"", ""},
    {"kube_pod_start_time", "kube_pod_start_time{pod!=\"\"", ""}};

/* --- the questions -------------------------------------------------------- */

static const struct element_label *
choose_labels(const struct profile *p, struct arena *arena, size_t *count)
{
	static const struct element_label own[] = {
	    {"exported_namespace", SLOT_NAMESPACE, NULL, false},
	    {"namespace", SLOT_NAMESPACE, NULL, false},
	    {"exported_pod", SLOT_POD, NULL, false},
	    {"pod", SLOT_POD, NULL, false},
	    {"exported_container", SLOT_CONTAINER, NULL, false},
	    {"container", SLOT_CONTAINER, NULL, false},
	    {"exported_node", SLOT_NODE, NULL, false},
	    {"node", SLOT_NODE, NULL, false},
	    {"resource", SLOT_RESOURCE, NULL, false},
	    {"phase", SLOT_PHASE, NULL, false},
	    {"owner_kind", SLOT_OWNER_KIND, NULL, false},
	    {"owner_name", SLOT_OWNER_NAME, NULL, false}};
	struct element_label *labels =
	    arena_alloc(arena, LABELS_MAX * sizeof(*labels));

	if (labels == NULL)
		return NULL;
	memcpy(labels, own, sizeof(own));
	*count = sizeof(own) / sizeof(*own);
	for (size_t i = 0; i < p->label_count && *count < LABELS_MAX; i++)
		if (p->labels[i].label == PROFILE_CLUSTER)
			labels[(*count)++] = (struct element_label){
			    p->labels[i].name, SLOT_CLUSTER, NULL, false};
	return labels;
}

static void
add_selector(struct buf *out, const char *selector, const struct profile *p)
{
	const char *matchers = profile_matchers(p);

	buf_append_text(out, selector);
	if (*matchers != '\0')
		buf_append_text(out, ",");
	buf_append_text(out, matchers);
	buf_append_text(out, "}");
}

/* Of the pods that ask for GPUs alone: whatever their labels are called, both
 * sides come from one target. */
static void
add_query(struct buf *out, const struct question *q, const struct profile *p)
{
	add_selector(out, q->selector, p);
	buf_append_text(out, q->filter);
	if (q == &questions[0])
		return;
	buf_append_text(out, " and on (namespace,pod,exported_namespace,"
			     "exported_pod");
	for (size_t i = 0; i < p->label_count; i++) {
		if (p->labels[i].label != PROFILE_CLUSTER)
			continue;
		buf_append_text(out, ",");
		promql_add_label(out, p->labels[i].name);
	}
	buf_append_text(out, ") ");
	add_selector(out, requests, p);
}

enum err_code
kube_ask(struct ask *a, const struct profile *p, struct err *e)
{
	size_t count = 0;
	const struct element_label *labels =
	    choose_labels(p, a->asker.arena, &count);
	enum err_code code = labels != NULL ? ERR_OK : err_set_memory(e);
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (size_t i = 0; code == ERR_OK && i < KUBE_QUESTIONS; i++) {
		buf_reset(&text);
		add_query(&text, &questions[i], p);
		code = ask_add(a, &text, labels, count, SLOT_COUNT, e);
	}
	buf_fini(&text);
	return code;
}

/* --- the answers ---------------------------------------------------------- */

/* An empty label is none. */
static uint32_t
text_of(const struct vector *v, const struct sample *s, unsigned slot)
{
	const struct intern_string *text = vector_text(v, s, slot);

	return text != NULL && text->length > 0 ? s->label[slot] : INTERN_NONE;
}

static void
fill(uint32_t *into, uint32_t from)
{
	if (*into == INTERN_NONE)
		*into = from;
}

/* Its samples have labels of their own kinds: one of each tells which. */
static enum err_code
take(struct claims *out, struct claims_pod *pod, const struct vector *v,
     const struct sample *s, struct err *e)
{
	enum { REQUEST_MAX = 1000000 };
	uint32_t resource = text_of(v, s, SLOT_RESOURCE);
	const struct intern_string *phase = vector_text(v, s, SLOT_PHASE);

	pod->timestamp_s = fmax(pod->timestamp_s, s->timestamp_s);
	if (resource != INTERN_NONE) {
		fill(&pod->node, text_of(v, s, SLOT_NODE));
		/* A part of a GPU is a resource of its own. */
		if (s->value != floor(s->value) || s->value > REQUEST_MAX)
			return ERR_OK;
		return claims_note(out, pod, text_of(v, s, SLOT_CONTAINER),
				   resource, (uint64_t)s->value, e);
	}
	if (phase != NULL && intern_is(phase, "Running")) {
		pod->phase = CLAIMS_RUNNING;
	} else if (phase != NULL && phase->length > 0) {
		if (pod->phase == CLAIMS_NO_PHASE)
			pod->phase = CLAIMS_PENDING;
	} else if (text_of(v, s, SLOT_OWNER_KIND) != INTERN_NONE) {
		fill(&pod->owner_kind, text_of(v, s, SLOT_OWNER_KIND));
		fill(&pod->owner_name, text_of(v, s, SLOT_OWNER_NAME));
	} else if (s->value > 0) {
		pod->started_s = fmax(pod->started_s, s->value);
	}
	return ERR_OK;
}

static enum err_code
read_answer(const struct vector *v, struct claims *out, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &cursor)) != NULL) {
		const struct claims_key key = {text_of(v, s, SLOT_CLUSTER),
					       text_of(v, s, SLOT_NAMESPACE),
					       text_of(v, s, SLOT_POD)};
		struct claims_pod *pod;

		if (key.namespace == INTERN_NONE || key.pod == INTERN_NONE ||
		    !(s->value > 0))
			continue;
		pod = claims_pod(out, &key);
		if (pod == NULL)
			return err_set_memory(e);
		if (take(out, pod, v, s, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

enum err_code
kube_read(struct call *call, struct ask *a, size_t first, struct claims *out,
	  struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < KUBE_QUESTIONS; i++) {
		const struct err *outcome = call_await(call, a, first + i);

		if (outcome->code == ERR_MEMORY) {
			*e = *outcome;
			return e->code;
		}
		if (outcome->code == ERR_OK) {
			call_take_warnings(call, a, first + i);
			code = read_answer(&a->questions[first + i].vector, out,
					   e);
		} else {
			call_warn(call, "The query for %s failed (%s)",
				  questions[i].metric, err_name(outcome->code));
			ask_log(a, first + i, LOG_WARN);
		}
		ask_drop(a, first + i);
	}
	return code;
}
