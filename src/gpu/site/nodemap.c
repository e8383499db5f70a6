#include "gpu/site/nodemap.h"

#include <string.h>

#include "prom/samples.h"

enum { SLOT_ADDRESS, SLOT_NODE };

/* The target of kube-state-metrics may have a node of its own. */
const struct element_label nodemap_labels[] = {
    {"pod_ip", SLOT_ADDRESS, NULL, false},
    {"exported_node", SLOT_NODE, NULL, false},
    {"node", SLOT_NODE, NULL, false}};

/*
 * kube_pod_info{pod_ip,host_ip,node,...}: github.com/kubernetes/
 * kube-state-metrics, docs/metrics/workload/pod-metrics.md.
 */
static void
add_pods(struct buf *out, const char *conditions, const char *matchers)
{
	buf_append_text(out, "kube_pod_info{");
	buf_append_text(out, conditions);
	if (*matchers != '\0')
		buf_append_text(out, ",");
	buf_append_text(out, matchers);
	buf_append_text(out, "}");
}

void
nodemap_add_query(struct buf *out, const char *selector, const char *matchers)
{
	buf_append_text(out, "(group by (pod_ip,node,exported_node) (");
	add_pods(out, "pod_ip!=\"\",node!=\"\"", matchers);
	buf_append_text(out, ") or group by (pod_ip,node,exported_node) "
			     "(label_replace(");
	add_pods(out, "host_ip!=\"\",node!=\"\"", matchers);
	buf_append_text(out, ",\"pod_ip\",\"$1\",\"host_ip\",\"(.+)\"))) "
			     "and on (pod_ip) group by (pod_ip) "
			     "(label_replace(group by (instance) (");
	buf_append_text(out, selector);
	buf_append_text(out, "),\"pod_ip\",\"$1\",\"instance\","
			     "\"\\\\[?([^\\\\]]+?)\\\\]?(:[0-9]+)?\"))");
}

void
nodemap_init(struct nodemap *m, struct budget *budget)
{
	memset(m, 0, sizeof(*m));
	arena_init(&m->arena, budget);
	intern_init(&m->addresses, budget);
	intern_init(&m->nodes, budget);
}

void
nodemap_fini(struct nodemap *m)
{
	intern_fini(&m->addresses);
	intern_fini(&m->nodes);
	arena_fini(&m->arena);
}

static enum err_code
add(struct nodemap *m, const struct intern_string *address,
    const struct intern_string *node)
{
	uint32_t known = intern_count(&m->addresses);
	uint32_t number =
	    intern_add(&m->addresses, address->text, address->length);
	uint32_t node_number = intern_add(&m->nodes, node->text, node->length);

	if (number == INTERN_NONE || node_number == INTERN_NONE)
		return ERR_MEMORY;
	if (number < known && m->node_of[number] != node_number)
		node_number = INTERN_NONE;
	m->node_of[number] = node_number;
	return ERR_OK;
}

enum err_code
nodemap_add(struct nodemap *m, const struct vector *v, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	/* Never more addresses than samples. */
	m->node_of =
	    arena_alloc(&m->arena, v->samples.count * sizeof(*m->node_of));
	if (m->node_of == NULL)
		return err_set_memory(e);
	while ((s = samples_next(&v->samples, &cursor)) != NULL) {
		const struct intern_string *address =
		    vector_text(v, s, SLOT_ADDRESS);
		const struct intern_string *node = vector_text(v, s, SLOT_NODE);

		if (address != NULL && node != NULL &&
		    add(m, address, node) != ERR_OK)
			return err_set_memory(e);
	}
	return ERR_OK;
}

enum err_code
nodemap_add_older(struct nodemap *m, const struct nodemap *older, struct err *e)
{
	uint32_t count = intern_count(&m->addresses);
	uint32_t older_count = intern_count(&older->addresses);
	uint32_t *node_of = arena_alloc(
	    &m->arena, ((size_t)count + older_count) * sizeof(*node_of));

	if (node_of == NULL)
		return err_set_memory(e);
	for (uint32_t i = 0; i < count; i++)
		node_of[i] = m->node_of[i];
	m->node_of = node_of;
	for (uint32_t i = 0; i < older_count; i++) {
		const struct intern_string *address =
		    intern_text(&older->addresses, i);

		if (older->node_of[i] != INTERN_NONE &&
		    intern_find(&m->addresses, address->text,
				address->length) == INTERN_NONE &&
		    add(m, address,
			intern_text(&older->nodes, older->node_of[i])) !=
			ERR_OK)
			return err_set_memory(e);
	}
	return ERR_OK;
}

const struct intern_string *
nodemap_find(const struct nodemap *m, const char *address, size_t length)
{
	uint32_t number = intern_find(&m->addresses, address, length);

	if (number == INTERN_NONE || m->node_of[number] == INTERN_NONE)
		return NULL;
	return intern_text(&m->nodes, m->node_of[number]);
}
