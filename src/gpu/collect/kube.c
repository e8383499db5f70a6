#include "gpu/collect/kube.h"

#include <math.h>

#include "gpu/collect/kube_query.h"

static const char requests[] =
    "kube_pod_container_resource_requests{" KUBE_OF_GPUS;

/* What is asked: github.com/kubernetes/kube-state-metrics, docs/metrics/
 * workload/pod-metrics.md. */
static const struct question {
	const char *metric; /* as warnings call it */
	const char *selector;
	const char *filter; /* of its values */
	bool tells_claims;  /* who holds what */
} questions[KUBE_QUESTIONS] = {
    {"kube_pod_container_resource_requests", requests, " > 0", true},
    /* Of those that have ended, too: that shows that phases are told. */
    {"kube_pod_status_phase", "kube_pod_status_phase{phase!=\"\"", " == 1",
     true},
    {"kube_pod_owner", "kube_pod_owner{owner_is_controller=\"true\"", "",
     false},
    {"kube_pod_start_time", "kube_pod_start_time{pod!=\"\"", "", false}};

/* --- the questions -------------------------------------------------------- */

/* Of the pods that ask for GPUs alone. */
static void
add_query(struct buf *out, size_t number, const struct profile *p)
{
	const struct question *q = &questions[number];

	kube_add_selector(out, q->selector, p);
	buf_append_text(out, q->filter);
	if (q != &questions[0])
		kube_add_and(out,
			     "namespace,pod,exported_namespace,exported_pod",
			     requests, p);
}

enum err_code
kube_ask(struct ask *a, const struct profile *p, struct err *e)
{
	return kube_ask_each(a, p, KUBE_QUESTIONS, add_query, e);
}

/* --- the answers ---------------------------------------------------------- */

static void
fill(uint32_t *into, uint32_t from)
{
	if (*into == INTERN_NONE)
		*into = from;
}

static enum claims_phase
phase_of(const struct intern_string *text)
{
	if (intern_is(text, "Running"))
		return CLAIMS_RUNNING;
	if (intern_is(text, "Pending"))
		return CLAIMS_PENDING;
	return intern_is(text, "Unknown") ? CLAIMS_UNTOLD : CLAIMS_ENDED;
}

/* Its samples have labels of their own kinds: one of each tells which. */
static enum err_code
take(struct claims *out, struct claims_pod *pod, const struct vector *v,
     const struct sample *s, struct err *e)
{
	enum { REQUEST_MAX = 1000000 };
	uint32_t resource = kube_text(v, s, KUBE_RESOURCE);
	const struct intern_string *phase = vector_text(v, s, KUBE_PHASE);

	pod->timestamp_s = fmax(pod->timestamp_s, s->timestamp_s);
	if (resource != INTERN_NONE) {
		fill(&pod->node, kube_text(v, s, KUBE_NODE));
		fill(&pod->plain_node, kube_text(v, s, KUBE_PLAIN_NODE));
		/* A part of a GPU is a resource of its own. */
		if (s->value != floor(s->value) || s->value > REQUEST_MAX)
			return ERR_OK;
		return claims_note(out, pod, kube_text(v, s, KUBE_CONTAINER),
				   resource, (uint64_t)s->value, e);
	}
	if (phase != NULL && phase->length > 0) {
		if (!claims_note_phase(out, pod, phase_of(phase)))
			return err_set_memory(e);
	} else if (kube_text(v, s, KUBE_OWNER_KIND) != INTERN_NONE) {
		fill(&pod->owner_kind, kube_text(v, s, KUBE_OWNER_KIND));
		fill(&pod->owner_name, kube_text(v, s, KUBE_OWNER_NAME));
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
		const struct claims_key key = {kube_text(v, s, KUBE_CLUSTER),
					       kube_text(v, s, KUBE_NAMESPACE),
					       kube_text(v, s, KUBE_POD)};
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
		bool is_there;

		code = kube_await(call, a, first + i, questions[i].metric,
				  &is_there, e);
		if (code == ERR_OK && is_there)
			code = read_answer(&a->questions[first + i].vector, out,
					   e);
		if (!is_there && questions[i].tells_claims)
			out->failure = *call_await(call, a, first + i);
		ask_drop(a, first + i);
	}
	return code;
}
