#include "gpu/fleet/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- of a fleet ------------------------------------------------------------
 */

static size_t
count_split(const struct fleet *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->card_count; i++)
		count +=
		    fleet_is_row(f->cards[i]) && f->cards[i]->instances != NULL;
	return count;
}

/* Each GPU's place; gpus has those of all places. */
static void
place_all(const struct fleet *f, struct fleet_gpu **gpus)
{
	size_t count = f->count;

	for (size_t i = 0; i < f->count; i++) {
		gpus[i] = f->sorted[i];
		gpus[i]->place = (uint32_t)i;
	}
	for (size_t i = 0; i < f->card_count; i++) {
		struct fleet_gpu *card = f->cards[i];

		if (!fleet_is_row(card) || card->instances == NULL)
			continue;
		gpus[count] = card;
		card->place = (uint32_t)count++;
	}
}

static uint32_t
place_of(const struct fleet_gpu *gpu)
{
	return gpu != NULL ? gpu->place : FLEET_UNKNOWN;
}

/* False if there is no memory. */
static bool
keep_text(struct shape *s, const struct fleet *f, uint32_t *number)
{
	return intern_take(&s->texts, &f->texts, *number, number);
}

static bool
keep_texts(struct shape *s, const struct fleet *f, struct shape_gpu *gpu)
{
	return keep_text(s, f, &gpu->cluster) && keep_text(s, f, &gpu->node) &&
	       keep_text(s, f, &gpu->uuid) && keep_text(s, f, &gpu->model) &&
	       keep_text(s, f, &gpu->vendor) && keep_text(s, f, &gpu->bus) &&
	       keep_text(s, f, &gpu->mig_profile);
}

static struct shape_gpu
describe(const struct fleet_gpu *gpu)
{
	return (struct shape_gpu){.cluster = gpu->cluster,
				  .node = gpu->node,
				  .uuid = gpu->uuid,
				  .model = gpu->model,
				  .vendor = gpu->vendor,
				  .bus = gpu->bus,
				  .mig_profile = gpu->mig_profile,
				  .index = gpu->index,
				  .mig_instance = gpu->mig_instance,
				  .number = gpu->number,
				  .exporter_rank = gpu->exporter_rank,
				  .card = place_of(gpu->card),
				  .first_instance = place_of(gpu->instances),
				  .next_instance = place_of(gpu->next_instance),
				  .exporter = gpu->exporter,
				  .exporters = gpu->exporters,
				  .order = gpu->order};
}

static bool
fill(struct shape *s, const struct fleet *f)
{
	struct fleet_gpu **gpus;
	struct arena scratch;
	bool is_filled = true;

	s->row_count = f->count;
	s->count = f->count + count_split(f);
	s->card_count = fleet_count_cards(f);
	s->homeless_count = f->homeless_count;
	s->gpus = arena_alloc(&s->arena, s->count * sizeof(*s->gpus));
	arena_init(&scratch, s->arena.budget);
	gpus = arena_alloc(&scratch, s->count * sizeof(*gpus));
	if (s->gpus == NULL || gpus == NULL)
		is_filled = false;
	else
		place_all(f, gpus);
	for (size_t i = 0; is_filled && i < s->count; i++) {
		s->gpus[i] = describe(gpus[i]);
		is_filled = keep_texts(s, f, &s->gpus[i]);
	}
	arena_fini(&scratch);
	intern_close(&s->texts);
	return is_filled;
}

struct shape *
shape_new(const struct fleet *f, struct budget *budget)
{
	struct shape *s;

	if (f->has_copies || f->has_merged || f->has_no_values)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	arena_init_for_few(&s->arena, budget);
	intern_init(&s->texts, budget);
	atomic_init(&s->references, 1);
	if (fill(s, f))
		return s;
	shape_release(s);
	return NULL;
}

static bool
are_same_texts(const struct intern *a, const struct intern *b)
{
	uint32_t count = intern_count(a);

	if (intern_count(b) != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!intern_is_same(intern_text(a, i), intern_text(b, i)))
			return false;
	return true;
}

/* Texts have numbers in the order of the rows, so equal ones have equal ones.
 */
static bool
are_same(const struct shape *a, const struct shape *b)
{
	return a->count == b->count && a->row_count == b->row_count &&
	       a->card_count == b->card_count &&
	       a->homeless_count == b->homeless_count &&
	       memcmp(a->gpus, b->gpus, a->count * sizeof(*a->gpus)) == 0 &&
	       are_same_texts(&a->texts, &b->texts);
}

bool
shape_share(struct shape **s, struct shape *other)
{
	if (!are_same(*s, other))
		return false;
	atomic_fetch_add_explicit(&other->references, 1, memory_order_relaxed);
	shape_release(*s);
	*s = other;
	return true;
}

void
shape_release(struct shape *s)
{
	if (s == NULL || atomic_fetch_sub_explicit(&s->references, 1,
						   memory_order_acq_rel) > 1)
		return;
	intern_fini(&s->texts);
	arena_fini(&s->arena);
	free(s);
}

/* --- the next fleet --------------------------------------------------------
 */

struct shaped {
	struct fleet_gpu gpu; /* first: is cast from it */
	double values[FIELD__MAX];
};

double *
shape_values(struct fleet_gpu *gpu)
{
	return ((struct shaped *)gpu)->values;
}

static struct fleet_gpu *
gpu_at(const struct fleet *f, uint32_t place)
{
	return place != FLEET_UNKNOWN ? f->shaped[place] : NULL;
}

static void
copy(const struct fleet *f, const struct shape_gpu *from, uint32_t place)
{
	struct fleet_gpu *gpu = f->shaped[place];
	double *values = shape_values(gpu);

	*gpu =
	    (struct fleet_gpu){.cluster = from->cluster,
			       .node = from->node,
			       .uuid = from->uuid,
			       .model = from->model,
			       .vendor = from->vendor,
			       .bus = from->bus,
			       .mig_profile = from->mig_profile,
			       .index = from->index,
			       .mig_instance = from->mig_instance,
			       .number = from->number,
			       .exporter_rank = from->exporter_rank,
			       .measured_rank = FLEET_UNKNOWN,
			       .place = place,
			       .card = gpu_at(f, from->card),
			       .instances = gpu_at(f, from->first_instance),
			       .next_instance = gpu_at(f, from->next_instance),
			       .exporter = from->exporter,
			       .exporters = from->exporters,
			       .order = from->order};
	for (int i = 0; i < FIELD__MAX; i++)
		values[i] = NAN;
}

enum err_code
shape_begin(struct shape *s, struct fleet *f, struct err *e)
{
	arena_init(&f->rows, f->arena->budget);
	atomic_fetch_add_explicit(&s->references, 1, memory_order_relaxed);
	f->shape = s;
	f->shaped = arena_alloc(&f->rows, s->count * sizeof(*f->shaped));
	if (f->shaped == NULL)
		return err_set_memory(e);
	/* Each a piece of its own: one for all would be the system's anew for
	 * each request, and not what others leave. */
	for (size_t i = 0; i < s->count; i++) {
		f->shaped[i] = arena_alloc(&f->rows, sizeof(struct shaped));
		if (f->shaped[i] == NULL)
			return err_set_memory(e);
	}
	for (size_t i = 0; i < s->count; i++)
		copy(f, &s->gpus[i], (uint32_t)i);
	return ERR_OK;
}

void
shape_abandon(struct fleet *f)
{
	arena_fini(&f->rows);
	shape_release(f->shape);
	f->shape = NULL;
	f->shaped = NULL;
}
