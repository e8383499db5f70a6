#include "gpu/collect/history_groups.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

void
history_groups_init(struct history_groups *g, const struct history_need *need,
		    struct intern *texts, struct arena *arena)
{
	*g = (struct history_groups){.by = need->by,
				     .field = need->field,
				     .point_count = need->timeline.count,
				     .texts = texts,
				     .arena = arena};
	intern_init(&g->keys, arena->budget);
}

void
history_groups_fini(struct history_groups *g)
{
	intern_fini(&g->keys);
}

static bool
make_room(struct history_groups *g)
{
	size_t capacity = g->capacity > 0 ? 2 * g->capacity : FIRST_CAPACITY;
	struct history_group *grown;

	if (g->count < g->capacity)
		return true;
	grown = arena_grow(g->arena, g->list, g->count * sizeof(*grown),
			   capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	g->list = grown;
	g->capacity = capacity;
	return true;
}

/* The same text of ours; false if there is no memory. */
static bool
copy(struct history_groups *g, const struct intern_string **text)
{
	uint32_t number = intern_add(g->texts, (*text)->text, (*text)->length);

	*text = intern_text_or_null(g->texts, number);
	return *text != NULL;
}

struct history_group *
history_groups_find(struct history_groups *g, const struct history_line *of)
{
	bool has_cluster = g->by != HISTORY_BY_MODEL && g->by != HISTORY_BY_ALL;
	const struct intern_string *key[] = {
	    has_cluster ? of->cluster : NULL,
	    g->by == HISTORY_BY_NODE ? of->node : NULL,
	    g->by == HISTORY_BY_MODEL ? of->model : NULL,
	    g->by == HISTORY_BY_NAMESPACE ? of->namespace : NULL};
	struct history_group *group;
	uint32_t number;
	double *room;

	for (size_t i = 0; i < sizeof(key) / sizeof(*key); i++)
		if (key[i] != NULL && !copy(g, &key[i]))
			return NULL;
	/* One text is at one place. */
	number = intern_add(&g->keys, (const char *)key, sizeof(key));
	if (number == INTERN_NONE)
		return NULL;
	if (number < g->count)
		return &g->list[number];
	room =
	    arena_alloc(g->arena, lines_group_room(g->field, g->point_count) *
				      sizeof(*room));
	if (room == NULL || !make_room(g))
		return NULL;
	group = &g->list[g->count++];
	*group = (struct history_group){.cluster = key[0],
					.node = key[1],
					.model = key[2],
					.namespace = key[3]};
	lines_group_init(&group->points, g->field, g->point_count, room);
	return group;
}

static int
compare_lines(const void *a, const void *b)
{
	const struct history_line *left = a, *right = b;
	int order = intern_compare(left->cluster, right->cluster, -1);

	if (order == 0)
		order = intern_compare(left->node, right->node, -1);
	if (order == 0)
		order = intern_compare(left->model, right->model, -1);
	/* What is nobody's comes last. */
	if (order == 0)
		order = intern_compare(left->namespace, right->namespace, 1);
	return order;
}

enum err_code
history_groups_list(struct history_groups *g, struct history_line **out,
		    size_t *count, struct err *e)
{
	struct history_line *lines =
	    arena_alloc(g->arena, g->count * sizeof(*lines));

	*out = lines;
	*count = 0;
	if (lines == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < g->count; i++) {
		struct history_group *group = &g->list[i];
		double *points = group->points.over;
		size_t gpus = lines_group_finish(&group->points, points);

		if (gpus == 0)
			continue;
		lines[(*count)++] = (struct history_line){
		    .cluster = group->cluster,
		    .node = group->node,
		    .model = group->model,
		    .namespace = group->namespace,
		    .index = FLEET_UNKNOWN,
		    .mig_instance = FLEET_UNKNOWN,
		    .gpu_count = gpus,
		    .points = points,
		    .summary = lines_summarise(points, g->point_count)};
	}
	qsort(lines, *count, sizeof(*lines), compare_lines);
	return ERR_OK;
}
