#include "gpu/fleet.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"

enum { FIRST_CAPACITY = 32, INDEX_MAX = 1000000 };

static const uint32_t unknown = UINT32_MAX, unusable = UINT32_MAX - 1;

/* What a string of a vector means here, found out once for each string. */
struct meaning {
	uint32_t node;
	uint32_t model;
	uint32_t index;
};

struct join {
	struct fleet *fleet;
	const struct vector *vector;
	struct meaning *meanings;
};

void
fleet_init(struct fleet *f, struct arena *arena)
{
	memset(f, 0, sizeof(*f));
	f->arena = arena;
	intern_init(&f->nodes, arena);
	intern_init(&f->models, arena);
}

static uint32_t
parse_index(const struct intern_string *s)
{
	uint32_t value = 0;

	if (s->length == 0 || s->length > 7)
		return unusable;
	for (uint32_t i = 0; i < s->length; i++) {
		if (s->text[i] < '0' || s->text[i] > '9')
			return unusable;
		value = value * 10 + (uint32_t)(s->text[i] - '0');
	}
	return value <= INDEX_MAX ? value : unusable;
}

static const struct intern_string *
label_string(const struct join *j, const struct sample *s,
	     enum profile_label label)
{
	uint32_t number = s->label[label];

	return number == INTERN_NONE ? NULL
				     : &j->vector->strings.strings[number];
}

/* unusable if the label is absent, unknown if there is no memory. */
static uint32_t
find_index(struct join *j, const struct sample *s)
{
	const struct intern_string *text = label_string(j, s, PROFILE_INDEX);
	uint32_t *known;

	if (text == NULL)
		return unusable;
	known = &j->meanings[s->label[PROFILE_INDEX]].index;
	if (*known == unknown)
		*known = parse_index(text);
	return *known;
}

static uint32_t
find_name(struct intern *names, const struct intern_string *text,
	  uint32_t *known)
{
	if (text->length == 0)
		return unusable;
	if (*known == unknown)
		*known = intern_add(names, text->text, text->length);
	return *known;
}

static uint32_t
find_node(struct join *j, const struct sample *s)
{
	const struct intern_string *text = label_string(j, s, PROFILE_NODE);

	if (text == NULL)
		return unusable;
	return find_name(&j->fleet->nodes, text,
			 &j->meanings[s->label[PROFILE_NODE]].node);
}

static uint32_t
find_model(struct join *j, const struct sample *s)
{
	const struct intern_string *text = label_string(j, s, PROFILE_MODEL);

	if (text == NULL)
		return unusable;
	return find_name(&j->fleet->models, text,
			 &j->meanings[s->label[PROFILE_MODEL]].model);
}

static size_t
first_slot(const struct fleet *f, uint32_t node, uint32_t index)
{
	uint64_t key = (uint64_t)node << 32 | index;

	key *= 0x9e3779b97f4a7c15U;
	return (size_t)(key >> 32) & (f->slot_count - 1);
}

/* The slot of the GPU, or the free one where it belongs. */
static size_t
find_slot(const struct fleet *f, uint32_t node, uint32_t index)
{
	size_t at = first_slot(f, node, index);

	while (f->slots[at] != 0) {
		const struct fleet_gpu *gpu = f->gpus[f->slots[at] - 1];

		if (gpu->node_number == node && gpu->index == index)
			break;
		at = (at + 1) & (f->slot_count - 1);
	}
	return at;
}

static bool
grow(struct fleet *f)
{
	size_t capacity = f->capacity > 0 ? f->capacity * 2 : FIRST_CAPACITY;
	struct fleet_gpu **gpus =
	    arena_alloc(f->arena, capacity * sizeof(*gpus));
	size_t slot_bytes = capacity * 2 * sizeof(*f->slots);
	uint32_t *slots = arena_alloc(f->arena, slot_bytes);

	if (gpus == NULL || slots == NULL)
		return false;
	if (f->count > 0)
		memcpy(gpus, f->gpus, f->count * sizeof(*gpus));
	memset(slots, 0, slot_bytes);
	f->gpus = gpus;
	f->slots = slots;
	f->capacity = capacity;
	f->slot_count = capacity * 2;
	for (size_t i = 0; i < f->count; i++)
		f->slots[find_slot(f, gpus[i]->node_number, gpus[i]->index)] =
		    (uint32_t)i + 1;
	return true;
}

static struct fleet_gpu *
add_gpu(struct fleet *f, uint32_t node, uint32_t index)
{
	struct fleet_gpu *gpu;

	if (f->count == f->capacity && !grow(f))
		return NULL;
	gpu = arena_alloc(f->arena, sizeof(*gpu));
	if (gpu == NULL)
		return NULL;
	*gpu = (struct fleet_gpu){.node = f->nodes.strings[node].text,
				  .node_length = f->nodes.strings[node].length,
				  .node_number = node,
				  .index = index};
	for (int i = 0; i < FIELD__MAX; i++)
		gpu->readings[i].value = NAN;
	f->gpus[f->count] = gpu;
	f->slots[find_slot(f, node, index)] = (uint32_t)++f->count;
	return gpu;
}

static struct fleet_gpu *
find_gpu(struct fleet *f, uint32_t node, uint32_t index)
{
	uint32_t number =
	    f->slot_count > 0 ? f->slots[find_slot(f, node, index)] : 0;

	return number > 0 ? f->gpus[number - 1] : add_gpu(f, node, index);
}

static void
take_reading(struct fleet_gpu *gpu, enum field field, double value,
	     double timestamp_s)
{
	struct fleet_reading *r = &gpu->readings[field];

	if (timestamp_s > gpu->timestamp_s)
		gpu->timestamp_s = timestamp_s;
	if (timestamp_s > r->timestamp_s)
		*r = (struct fleet_reading){NAN, timestamp_s};
	if (timestamp_s == r->timestamp_s && isfinite(value) &&
	    !(value <= r->value))
		r->value = value;
}

static struct meaning *
new_meanings(const struct vector *v, struct arena *scratch)
{
	size_t bytes = v->strings.count * sizeof(struct meaning);
	struct meaning *meanings = arena_alloc(scratch, bytes);

	if (meanings != NULL)
		memset(meanings, 0xff, bytes); /* each one unknown */
	return meanings;
}

static bool
is_usable(uint32_t number)
{
	return number != unusable && number != unknown;
}

static enum err_code
join_sample(struct join *j, const struct sample *s, enum field field,
	    double scale, size_t *skipped, struct err *e)
{
	uint32_t node = find_node(j, s), index = find_index(j, s), model;
	struct fleet_gpu *gpu;

	if (node == unusable || index == unusable) {
		++*skipped;
		return ERR_OK;
	}
	model = find_model(j, s);
	if (node == INTERN_NONE || model == INTERN_NONE)
		return err_set_memory(e);
	gpu = find_gpu(j->fleet, node, index);
	if (gpu == NULL)
		return err_set_memory(e);
	if (gpu->model == NULL && is_usable(model)) {
		gpu->model = j->fleet->models.strings[model].text;
		gpu->model_length = j->fleet->models.strings[model].length;
	}
	take_reading(gpu, field, s->value * scale, s->timestamp_s);
	return ERR_OK;
}

enum err_code
fleet_add(struct fleet *f, enum field field, double scale,
	  const struct vector *v, struct arena *scratch, size_t *skipped,
	  struct err *e)
{
	struct join j = {f, v, new_meanings(v, scratch)};
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	enum err_code code = ERR_OK;

	*skipped = 0;
	if (j.meanings == NULL)
		return err_set_memory(e);
	while (code == ERR_OK &&
	       (s = samples_next(&v->samples, &cursor)) != NULL)
		code = join_sample(&j, s, field, scale, skipped, e);
	return code;
}

static void
compute(struct fleet_gpu *gpu)
{
	struct fleet_reading *r = gpu->readings;
	double used = r[FIELD_MEMORY_USED].value;
	double total = r[FIELD_MEMORY_TOTAL].value;

	if (isnan(r[FIELD_MEMORY_FREE].value) && used <= total)
		r[FIELD_MEMORY_FREE].value = total - used;
	if (total > 0)
		r[FIELD_MEMORY_UTILIZATION].value = used / total * 100;
}

static int
compare_names(const void *a, const void *b)
{
	const struct intern_string *const *left = a, *const *right = b;

	int order = natural_compare((*left)->text, (*right)->text);

	/* Names that differ behind a NUL only. */
	if (order == 0)
		order = *left < *right ? -1 : *left > *right;
	return order;
}

/* Each node's place in the natural order of the names; NULL: no memory. */
static uint32_t *
rank_nodes(struct fleet *f)
{
	size_t count = f->nodes.count;
	const struct intern_string **names =
	    arena_alloc(f->arena, count * sizeof(*names));
	uint32_t *ranks = arena_alloc(f->arena, count * sizeof(*ranks));

	if (names == NULL || ranks == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		names[i] = &f->nodes.strings[i];
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		ranks[names[i] - f->nodes.strings] = (uint32_t)i;
	return ranks;
}

struct sort_key {
	uint64_t rank_and_index;
	struct fleet_gpu *gpu;
};

static int
compare_keys(const void *a, const void *b)
{
	const struct sort_key *left = a, *right = b;

	return left->rank_and_index < right->rank_and_index
		   ? -1
		   : left->rank_and_index > right->rank_and_index;
}

enum err_code
fleet_finish(struct fleet *f, struct err *e)
{
	uint32_t *ranks = rank_nodes(f);
	struct sort_key *keys = arena_alloc(f->arena, f->count * sizeof(*keys));

	f->sorted = arena_alloc(f->arena, f->count * sizeof(*f->sorted));
	if (ranks == NULL || keys == NULL || f->sorted == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < f->count; i++) {
		struct fleet_gpu *gpu = f->gpus[i];
		uint64_t rank = ranks[gpu->node_number];

		compute(gpu);
		keys[i] = (struct sort_key){rank << 32 | gpu->index, gpu};
	}
	qsort(keys, f->count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < f->count; i++)
		f->sorted[i] = keys[i].gpu;
	return ERR_OK;
}
