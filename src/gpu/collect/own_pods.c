#include "gpu/collect/own_pods.h"

#include <string.h>

#include "gpu/identity.h"
#include "gpu/site/roll_call.h"
#include "prom/promql.h"

enum { SLOT_INSTANCE, SLOT_POD, SLOT_CLUSTER };
_Static_assert(SLOT_CLUSTER == OWN_PODS_SLOTS - 1, "the header tells how many");

void
own_pods_init(struct own_pods *o, struct budget *budget)
{
	intern_init(&o->targets, budget);
	intern_init(&o->pods, budget);
	intern_init(&o->doubts, budget);
}

void
own_pods_fini(struct own_pods *o)
{
	intern_fini(&o->targets);
	intern_fini(&o->pods);
	intern_fini(&o->doubts);
}

/* --- the question --------------------------------------------------------- */

/* up and on (job,instance) group by (job,instance) (SELECTOR), where clusters
 * stand beside them. */
static void
add_query(struct buf *out, const struct profile *p, const uint64_t *series,
	  const struct element_label *clusters, size_t count)
{
	const struct profile_metric *m = roll_call_always(p, series);

	buf_append_text(out, "up and on (job,instance");
	for (size_t i = 0; i < count; i++) {
		buf_append_text(out, ",");
		promql_add_label(out, clusters[i].name);
	}
	buf_append_text(out, ") ");
	if (m != NULL)
		promql_add_selector(out, &m->name, 1, m->conditions);
	else
		promql_add_selector(out, p->match_metrics,
				    p->match_metric_count, p->match_conditions);
}

/* About now, or over a span of time. */
static enum err_code
ask(struct ask *a, const struct profile *p, const uint64_t *series,
    const struct own_pods_span *span, struct err *e)
{
	struct element_label *labels =
	    arena_alloc(a->asker.arena, (p->label_count + 2) * sizeof(*labels));
	size_t count = 0, first_cluster;
	enum err_code code;
	struct buf text;

	if (labels == NULL)
		return err_set_memory(e);
	labels[count++] =
	    (struct element_label){"instance", SLOT_INSTANCE, NULL, false};
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == PROFILE_WORKLOAD)
			labels[count++] = (struct element_label){
			    p->labels[i].name, SLOT_POD, NULL, false};
	first_cluster = count;
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == PROFILE_CLUSTER)
			labels[count++] = (struct element_label){
			    p->labels[i].name, SLOT_CLUSTER, NULL, false};
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	add_query(&text, p, series, &labels[first_cluster],
		  count - first_cluster);
	if (span == NULL)
		code = ask_add(a, &text, labels, count, OWN_PODS_SLOTS, e);
	else
		code = ask_add_range(a, &text, labels, count, OWN_PODS_SLOTS,
				     span->range, span->sink, e);
	buf_fini(&text);
	return code;
}

enum err_code
own_pods_ask(struct ask *a, const struct profile *p, const uint64_t *series,
	     struct err *e)
{
	return ask(a, p, series, NULL, e);
}

enum err_code
own_pods_ask_span(struct ask *a, const struct profile *p,
		  const uint64_t *series, const struct own_pods_span *span,
		  struct err *e)
{
	return ask(a, p, series, span, e);
}

/* --- what is known -------------------------------------------------------- */

static bool
add(struct intern *set, const struct own_pod *pod)
{
	return intern_add(set, (const char *)pod, sizeof(*pod)) != INTERN_NONE;
}

static bool
has(const struct intern *set, const struct own_pod *pod)
{
	return intern_find(set, (const char *)pod, sizeof(*pod)) != INTERN_NONE;
}

static struct own_pod
target_of(const struct own_pod *pod)
{
	return (struct own_pod){pod->cluster, pod->instance, IDENTITY_UNKNOWN};
}

static bool
add_target(struct own_pods *o, const struct own_pod *pod)
{
	const struct own_pod target = target_of(pod);

	return add(&o->targets, &target) &&
	       (pod->pod == IDENTITY_UNKNOWN || add(&o->pods, pod));
}

enum err_code
own_pods_read(struct own_pods *o, const struct samples *samples, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(samples, &cursor)) != NULL) {
		const struct own_pod pod = {s->label[SLOT_CLUSTER],
					    s->label[SLOT_INSTANCE],
					    s->label[SLOT_POD]};

		if (!add_target(o, &pod))
			return err_set_memory(e);
	}
	return ERR_OK;
}

/* The same pod, by the numbers of other texts; false if there is no memory. */
static bool
take_pod(const struct own_pod *pod, const struct intern *from,
	 struct intern *texts, struct own_pod *out)
{
	return intern_take(texts, from, pod->cluster, &out->cluster) &&
	       intern_take(texts, from, pod->instance, &out->instance) &&
	       intern_take(texts, from, pod->pod, &out->pod);
}

enum err_code
own_pods_read_from(struct own_pods *o, const struct samples *samples,
		   const struct intern *from, struct intern *texts,
		   struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(samples, &cursor)) != NULL) {
		const struct own_pod told = {s->label[SLOT_CLUSTER],
					     s->label[SLOT_INSTANCE],
					     s->label[SLOT_POD]};
		struct own_pod pod;

		if (!take_pod(&told, from, texts, &pod) || !add_target(o, &pod))
			return err_set_memory(e);
	}
	return ERR_OK;
}

static bool
add_set(struct intern *into, const struct intern *set,
	const struct intern *from, struct intern *texts)
{
	for (uint32_t i = 0; i < intern_count(set); i++) {
		struct own_pod told, pod;

		memcpy(&told, intern_text(set, i)->text, sizeof(told));
		if (!take_pod(&told, from, texts, &pod) || !add(into, &pod))
			return false;
	}
	return true;
}

enum err_code
own_pods_add_from(struct own_pods *o, const struct own_pods *other,
		  const struct intern *from, struct intern *texts,
		  struct err *e)
{
	return add_set(&o->pods, &other->pods, from, texts) &&
		       add_set(&o->doubts, &other->doubts, from, texts)
		   ? ERR_OK
		   : err_set_memory(e);
}

enum err_code
own_pods_add(struct own_pods *o, const struct own_pod *pod, struct err *e)
{
	return add(&o->pods, pod) ? ERR_OK : err_set_memory(e);
}

enum own_pods_verdict
own_pods_judge(const struct own_pods *o, const struct own_pod *pod)
{
	const struct own_pod target = target_of(pod);

	if (has(&o->pods, pod))
		return OWN_PODS_OWN;
	return has(&o->targets, &target) ? OWN_PODS_OTHERS : OWN_PODS_UNCLEAR;
}

enum err_code
own_pods_doubt(struct own_pods *o, const struct own_pod *pod, struct err *e)
{
	return add(&o->doubts, pod) ? ERR_OK : err_set_memory(e);
}

static size_t
count_doubts(const struct own_pods *o)
{
	size_t count = 0;

	for (uint32_t i = 0; i < intern_count(&o->doubts); i++) {
		const struct intern_string *pod = intern_text(&o->doubts, i);

		count += intern_find(&o->pods, pod->text, pod->length) ==
			 INTERN_NONE;
	}
	return count;
}

void
own_pods_warn(const struct own_pods *o, struct call *call)
{
	size_t doubts = count_doubts(o);

	if (doubts > 0)
		call_warn(call,
			  "Pods left out, since no `up` of their target tells "
			  "whether they are the exporter's own: %zu",
			  doubts);
}
