#include "gpu/site/nodemap.h"

#include <string.h>

#include "gpu/profile/terms.h"
#include "prom/samples.h"

enum { SLOT_ADDRESS, SLOT_NODE, SLOT_CLUSTER, PLACE_MAX_BYTES = 1024 };

/* The node of a place, or of all places with an address. */
struct nodemap_node {
	bool is_told;
	uint32_t node; /* if it is: its number; INTERN_NONE: unclear */
};

struct nodemap_address {
	struct nodemap_node node;
	uint32_t gpus; /* the place of those that are scraped; INTERN_NONE */
	bool has_gpus_of_several;
};

/* --- the query ----------------------------------------------------------- */

size_t
nodemap_labels(const struct profile *p,
	       struct element_label out[static NODEMAP_LABELS_MAX])
{
	size_t count = 0;

	out[count++] =
	    (struct element_label){"pod_ip", SLOT_ADDRESS, NULL, false};
	/* The target of kube-state-metrics may have a node of its own. */
	out[count++] =
	    (struct element_label){"exported_node", SLOT_NODE, NULL, false};
	out[count++] = (struct element_label){"node", SLOT_NODE, NULL, false};
	for (size_t i = 0; i < p->label_count && count < NODEMAP_LABELS_MAX;
	     i++)
		if (p->labels[i].label == PROFILE_CLUSTER)
			out[count++] = (struct element_label){
			    p->labels[i].name, SLOT_CLUSTER, NULL, false};
	return count;
}

static void
add_clusters(struct buf *out, const struct profile *p)
{
	for (size_t i = 0; i < p->label_count; i++) {
		if (p->labels[i].label != PROFILE_CLUSTER)
			continue;
		buf_append_text(out, ",");
		buf_append_text(out, p->labels[i].name);
	}
}

/* group by (labels, clusters) ( */
static void
open_group(struct buf *out, const char *labels, const struct profile *p)
{
	buf_append_text(out, "group by (");
	buf_append_text(out, labels);
	add_clusters(out, p);
	buf_append_text(out, ") (");
}

/*
 * kube_pod_info{pod_ip,host_ip,node,...}: github.com/kubernetes/
 * kube-state-metrics, docs/metrics/workload/pod-metrics.md.
 */
static void
add_pods(struct buf *out, const char *conditions, const struct profile *p)
{
	const char *matchers = profile_matchers(p);

	buf_append_text(out, "kube_pod_info{");
	buf_append_text(out, conditions);
	if (*matchers != '\0')
		buf_append_text(out, ",");
	buf_append_text(out, matchers);
	buf_append_text(out, "}");
}

/* The addresses that are scraped for the series. */
static void
add_targets(struct buf *out, const char *selector, const struct profile *p)
{
	open_group(out, "pod_ip", p);
	buf_append_text(out, "label_replace(");
	open_group(out, "instance", p);
	buf_append_text(out, selector);
	buf_append_text(out, "),\"pod_ip\",\"$1\",\"instance\","
			     "\"\\\\[?([^\\\\]]+?)\\\\]?(:[0-9]+)?\"))");
}

void
nodemap_add_query(struct buf *out, const char *selector,
		  const struct profile *p)
{
	static const char labels[] = "pod_ip,node,exported_node";

	buf_append_text(out, "(");
	open_group(out, labels, p);
	add_pods(out, "pod_ip!=\"\",node!=\"\"", p);
	buf_append_text(out, ") or ");
	open_group(out, labels, p);
	buf_append_text(out, "label_replace(");
	add_pods(out, "host_ip!=\"\",node!=\"\"", p);
	buf_append_text(out, ",\"pod_ip\",\"$1\",\"host_ip\",\"(.+)\"))) "
			     "and on (pod_ip) ");
	add_targets(out, selector, p);
	buf_append_text(out, " or ");
	add_targets(out, selector, p);
}

/* --- the map ------------------------------------------------------------- */

void
nodemap_init(struct nodemap *m, struct budget *budget)
{
	memset(m, 0, sizeof(*m));
	arena_init(&m->arena, budget);
	intern_init(&m->places, budget);
	intern_init(&m->addresses, budget);
	intern_init(&m->nodes, budget);
}

void
nodemap_fini(struct nodemap *m)
{
	intern_fini(&m->places);
	intern_fini(&m->addresses);
	intern_fini(&m->nodes);
	arena_fini(&m->arena);
}

/*
 * The address, a line break, and the cluster if there is one; returns its
 * length, 0 if it is too long to be one.
 */
static size_t
write_place(char out[static PLACE_MAX_BYTES],
	    const struct intern_string *cluster, const char *address,
	    size_t length)
{
	size_t cluster_length = cluster != NULL ? cluster->length : 0;

	if (length + 1 + cluster_length > PLACE_MAX_BYTES)
		return 0;
	memcpy(out, address, length);
	out[length++] = '\n';
	if (cluster_length > 0)
		memcpy(out + length, cluster->text, cluster_length);
	return length + cluster_length;
}

/* Room for that many places and addresses more. */
static bool
make_room(struct nodemap *m, size_t more)
{
	size_t places = intern_count(&m->places);
	size_t addresses = intern_count(&m->addresses);
	struct nodemap_node *node_of =
	    arena_grow(&m->arena, m->node_of, places * sizeof(*node_of),
		       (places + more) * sizeof(*node_of));
	struct nodemap_address *summaries =
	    arena_grow(&m->arena, m->summaries, addresses * sizeof(*summaries),
		       (addresses + more) * sizeof(*summaries));

	if (node_of == NULL || summaries == NULL)
		return false;
	m->node_of = node_of;
	m->summaries = summaries;
	return true;
}

static struct nodemap_address *
find_summary(struct nodemap *m, const char *address, size_t length)
{
	uint32_t known = intern_count(&m->addresses);
	uint32_t number = intern_add(&m->addresses, address, length);

	if (number == INTERN_NONE)
		return NULL;
	if (number == known)
		m->summaries[number] =
		    (struct nodemap_address){.gpus = INTERN_NONE};
	return &m->summaries[number];
}

static struct nodemap_node *
find_place(struct nodemap *m, const char *place, size_t length,
	   uint32_t *number)
{
	uint32_t known = intern_count(&m->places);

	*number = intern_add(&m->places, place, length);
	if (*number == INTERN_NONE)
		return NULL;
	if (*number == known)
		m->node_of[*number] = (struct nodemap_node){.is_told = false};
	return &m->node_of[*number];
}

static void
tell(struct nodemap_node *known, uint32_t node)
{
	if (known->is_told && known->node != node)
		node = INTERN_NONE;
	*known = (struct nodemap_node){.is_told = true, .node = node};
}

/* A pod or a host on that node; without one, GPUs that are scraped there. */
static enum err_code
add(struct nodemap *m, const struct intern_string *place,
    const struct intern_string *node)
{
	const char *end = memchr(place->text, '\n', place->length);
	uint32_t number, node_number;
	struct nodemap_node *here =
	    find_place(m, place->text, place->length, &number);
	struct nodemap_address *all =
	    find_summary(m, place->text, (size_t)(end - place->text));

	if (here == NULL || all == NULL)
		return ERR_MEMORY;
	if (node == NULL) {
		all->has_gpus_of_several |=
		    all->gpus != INTERN_NONE && all->gpus != number;
		all->gpus = number;
		return ERR_OK;
	}
	node_number = intern_add(&m->nodes, node->text, node->length);
	if (node_number == INTERN_NONE)
		return ERR_MEMORY;
	tell(here, node_number);
	tell(&all->node, node_number);
	return ERR_OK;
}

/* An empty label is none. */
static const struct intern_string *
text_in(const struct vector *v, const struct sample *s, unsigned slot)
{
	const struct intern_string *text = vector_text(v, s, slot);

	return text != NULL && text->length > 0 ? text : NULL;
}

enum err_code
nodemap_add(struct nodemap *m, const struct vector *v, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	if (!make_room(m, v->samples.count))
		return err_set_memory(e);
	while ((s = samples_next(&v->samples, &cursor)) != NULL) {
		const struct intern_string *address =
		    text_in(v, s, SLOT_ADDRESS);
		char text[PLACE_MAX_BYTES];
		struct intern_string place = {.text = text};

		if (address == NULL)
			continue;
		place.length = write_place(text, text_in(v, s, SLOT_CLUSTER),
					   address->text, address->length);
		if (place.length > 0 &&
		    add(m, &place, text_in(v, s, SLOT_NODE)) != ERR_OK)
			return err_set_memory(e);
	}
	return ERR_OK;
}

/* What is told of the place now counts. */
static bool
is_news(const struct nodemap *m, const struct nodemap *older, uint32_t place)
{
	const struct intern_string *text = intern_text(&older->places, place);
	uint32_t number = intern_find(&m->places, text->text, text->length);

	return older->node_of[place].is_told &&
	       older->node_of[place].node != INTERN_NONE &&
	       (number == INTERN_NONE || !m->node_of[number].is_told);
}

/* Where nobody is known to be scraped now, those of before are. */
static enum err_code
add_older_gpus(struct nodemap *m, const struct nodemap *older, uint32_t number)
{
	const struct nodemap_address *before = &older->summaries[number];
	const struct intern_string *text =
	    intern_text(&older->addresses, number);
	struct nodemap_address *now = find_summary(m, text->text, text->length);

	if (now == NULL)
		return ERR_MEMORY;
	if (now->gpus != INTERN_NONE || before->gpus == INTERN_NONE)
		return ERR_OK;
	now->has_gpus_of_several = before->has_gpus_of_several;
	return add(m, intern_text(&older->places, before->gpus), NULL);
}

enum err_code
nodemap_add_older(struct nodemap *m, const struct nodemap *older, struct err *e)
{
	uint32_t places = intern_count(&older->places);
	uint32_t addresses = intern_count(&older->addresses);

	if (!make_room(m, (size_t)places + addresses))
		return err_set_memory(e);
	for (uint32_t i = 0; i < places; i++)
		if (is_news(m, older, i) &&
		    add(m, intern_text(&older->places, i),
			intern_text(&older->nodes, older->node_of[i].node)) !=
			ERR_OK)
			return err_set_memory(e);
	for (uint32_t i = 0; i < addresses; i++)
		if (add_older_gpus(m, older, i) != ERR_OK)
			return err_set_memory(e);
	return ERR_OK;
}

/* --- the answer ---------------------------------------------------------- */

static const struct nodemap_node *
look_up(const struct nodemap *m, const struct intern_string *cluster,
	const char *address, size_t length)
{
	static const struct nodemap_node none = {.is_told = false};
	char place[PLACE_MAX_BYTES];
	size_t place_length = write_place(place, cluster, address, length);
	uint32_t number = place_length > 0
			      ? intern_find(&m->places, place, place_length)
			      : INTERN_NONE;

	return number != INTERN_NONE ? &m->node_of[number] : &none;
}

const struct intern_string *
nodemap_find(const struct nodemap *m, const struct intern_string *cluster,
	     const char *address, size_t length)
{
	const struct nodemap_node *found = look_up(m, cluster, address, length);
	uint32_t number = intern_find(&m->addresses, address, length);

	if (!found->is_told && number != INTERN_NONE &&
	    !m->summaries[number].has_gpus_of_several)
		found = cluster == NULL ? &m->summaries[number].node
					: look_up(m, NULL, address, length);
	return found->is_told && found->node != INTERN_NONE
		   ? intern_text(&m->nodes, found->node)
		   : NULL;
}
