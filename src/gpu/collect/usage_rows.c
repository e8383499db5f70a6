#include "gpu/collect/usage_rows.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

void
usage_rows_init(struct usage_rows *r, const struct usage_need *need,
		const char *currency, struct intern *texts, struct arena *arena)
{
	*r = (struct usage_rows){
	    .need = need, .currency = currency, .arena = arena, .texts = texts};
	intern_init(&r->keys, arena->budget);
}

void
usage_rows_fini(struct usage_rows *r)
{
	if (r->arena != NULL)
		intern_fini(&r->keys);
}

static bool
make_room(struct usage_rows *r)
{
	size_t capacity = r->capacity > 0 ? 2 * r->capacity : FIRST_CAPACITY;
	struct usage_row *grown;

	if (r->count < r->capacity)
		return true;
	grown = arena_grow(r->arena, r->list, r->count * sizeof(*grown),
			   capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	r->list = grown;
	r->capacity = capacity;
	return true;
}

/* What of it tells rows apart: in another cluster the same name is another's.
 */
static struct usage_key
part_of(const struct usage_key *key, enum usage_by by)
{
	struct usage_key part = {.cluster = key->cluster};

	switch (by) {
	case USAGE_BY_POD:
		part.pod = key->pod;
		__attribute__((fallthrough));
	case USAGE_BY_NAMESPACE:
		part.namespace = key->namespace;
		break;
	case USAGE_BY_JOB:
		part.job = key->job;
		break;
	case USAGE_BY_USER:
		part.user = key->user;
		break;
	case USAGE_BY_NODE:
		part.node = key->node;
		break;
	case USAGE_BY_MODEL:
		part.model = key->model;
		break;
	}
	return part;
}

/* The same text of ours; false if there is no memory. */
static bool
copy(struct usage_rows *r, const struct intern_string **text)
{
	uint32_t number;

	if (*text == NULL)
		return true;
	number = intern_add(r->texts, (*text)->text, (*text)->length);
	*text = intern_text_or_null(r->texts, number);
	return *text != NULL;
}

static bool
copy_all(struct usage_rows *r, struct usage_key *key)
{
	return copy(r, &key->namespace) && copy(r, &key->pod) &&
	       copy(r, &key->job) && copy(r, &key->user) &&
	       copy(r, &key->cluster) && copy(r, &key->node) &&
	       copy(r, &key->model);
}

struct usage_row *
usage_rows_find(struct usage_rows *r, const struct usage_key *key)
{
	struct usage_key part = part_of(key, r->need->by);
	uint32_t number;

	if (!copy_all(r, &part))
		return NULL;
	/* One text is at one place. */
	number = intern_add(&r->keys, (const char *)&part, sizeof(part));
	if (number == INTERN_NONE)
		return NULL;
	if (number < r->count)
		return &r->list[number];
	if (!make_room(r))
		return NULL;
	r->list[r->count] = (struct usage_row){.key = part,
					       .timeline = &r->need->timeline,
					       .currency = r->currency};
	return &r->list[r->count++];
}

static int
compare_rows(const void *a, const void *b)
{
	const struct usage_key *left = &((const struct usage_row *)a)->key;
	const struct usage_key *right = &((const struct usage_row *)b)->key;
	const struct intern_string *const pairs[][2] = {
	    {left->namespace, right->namespace},
	    {left->pod, right->pod},
	    {left->job, right->job},
	    {left->user, right->user},
	    {left->node, right->node},
	    {left->model, right->model},
	    {left->cluster, right->cluster}};
	int order = 0;

	for (size_t i = 0; order == 0 && i < sizeof(pairs) / sizeof(*pairs);
	     i++)
		order = intern_compare(pairs[i][0], pairs[i][1], 1);
	return order;
}

void
usage_rows_sort(struct usage_rows *r)
{
	if (r->count > 0)
		qsort(r->list, r->count, sizeof(*r->list), compare_rows);
}
