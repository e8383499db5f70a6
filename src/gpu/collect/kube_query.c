#include "gpu/collect/kube_query.h"

#include <string.h>

#include "gpu/profile/terms.h"
#include "prom/promql.h"

enum { LABELS_MAX = 2 * KUBE_SLOTS + PROFILE_TERMS_MAX };

/* The labels to read; NULL if there is no memory. */
static const struct element_label *
make_labels(const struct profile *p, struct arena *arena, size_t *count)
{
	static const struct element_label own[] = {
	    {"exported_namespace", KUBE_NAMESPACE, NULL, false},
	    {"namespace", KUBE_NAMESPACE, NULL, false},
	    {"exported_pod", KUBE_POD, NULL, false},
	    {"pod", KUBE_POD, NULL, false},
	    {"exported_container", KUBE_CONTAINER, NULL, false},
	    {"container", KUBE_CONTAINER, NULL, false},
	    {"exported_node", KUBE_NODE, NULL, false},
	    {"node", KUBE_PLAIN_NODE, NULL, false},
	    {"resource", KUBE_RESOURCE, NULL, false},
	    {"phase", KUBE_PHASE, NULL, false},
	    {"owner_kind", KUBE_OWNER_KIND, NULL, false},
	    {"owner_name", KUBE_OWNER_NAME, NULL, false}};
	struct element_label *labels =
	    arena_alloc(arena, LABELS_MAX * sizeof(*labels));

	if (labels == NULL)
		return NULL;
	memcpy(labels, own, sizeof(own));
	*count = sizeof(own) / sizeof(*own);
	for (size_t i = 0; i < p->label_count && *count < LABELS_MAX; i++)
		if (p->labels[i].label == PROFILE_CLUSTER)
			labels[(*count)++] = (struct element_label){
			    p->labels[i].name, KUBE_CLUSTER, NULL, false};
	return labels;
}

enum err_code
kube_ask_each(struct ask *a, const struct profile *p, size_t count,
	      void (*add_query)(struct buf *out, size_t number,
				const struct profile *p),
	      struct err *e)
{
	size_t label_count = 0;
	const struct element_label *labels =
	    make_labels(p, a->asker.arena, &label_count);
	enum err_code code = labels != NULL ? ERR_OK : err_set_memory(e);
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	for (size_t i = 0; code == ERR_OK && i < count; i++) {
		buf_reset(&text);
		add_query(&text, i, p);
		code = ask_add(a, &text, labels, label_count, KUBE_SLOTS, e);
	}
	buf_fini(&text);
	return code;
}

void
kube_add_selector(struct buf *out, const char *selector,
		  const struct profile *p)
{
	const char *matchers = profile_matchers(p);

	buf_append_text(out, selector);
	if (*matchers != '\0')
		buf_append_text(out, ",");
	buf_append_text(out, matchers);
	buf_append_text(out, "}");
}

static void
add_clusters(struct buf *out, const struct profile *p, const char *before)
{
	for (size_t i = 0; i < p->label_count; i++) {
		if (p->labels[i].label != PROFILE_CLUSTER)
			continue;
		buf_append_text(out, before);
		promql_add_label(out, p->labels[i].name);
		before = ",";
	}
}

void
kube_add_and(struct buf *out, const char *labels, const char *selector,
	     const struct profile *p)
{
	buf_append_text(out, " and on (");
	buf_append_text(out, labels);
	add_clusters(out, p, ",");
	buf_append_text(out, ") ");
	kube_add_selector(out, selector, p);
}

void
kube_add_by_cluster(struct buf *out, const struct profile *p)
{
	buf_append_text(out, " by (");
	add_clusters(out, p, "");
	buf_append_text(out, ")");
}

uint32_t
kube_text(const struct vector *v, const struct sample *s, enum kube_slot slot)
{
	const struct intern_string *text = vector_text(v, s, slot);

	return text != NULL && text->length > 0 ? s->label[slot] : INTERN_NONE;
}

enum err_code
kube_await(struct call *call, struct ask *a, size_t number, const char *name,
	   bool *is_there, struct err *e)
{
	const struct err *outcome = call_await(call, a, number);

	*is_there = outcome->code == ERR_OK;
	if (outcome->code == ERR_MEMORY) {
		*e = *outcome;
		return e->code;
	}
	if (*is_there) {
		call_take_warnings(call, a, number);
		return ERR_OK;
	}
	call_warn(call, "The query for %s failed (%s)", name,
		  err_name(outcome->code));
	ask_log(a, number, LOG_WARN);
	return ERR_OK;
}
