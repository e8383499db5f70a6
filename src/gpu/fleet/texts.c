/* What a fleet is told in words, and which of it may be told. */
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"
#include "gpu/fleet/fleet.h"
#include "gpu/fleet/shape.h"

uint32_t
fleet_intern(struct fleet *f, const char *text, size_t length)
{
	return intern_add(&f->texts, text, length);
}

const struct intern_string *
fleet_text(const struct fleet *f, uint32_t number)
{
	return intern_text_or_null(
	    f->shape != NULL ? &f->shape->texts : &f->texts, number);
}

int
fleet_compare_texts(const struct fleet *f, uint32_t a, uint32_t b, int of_none)
{
	if (a == b)
		return 0;
	if (a == FLEET_UNKNOWN || b == FLEET_UNKNOWN)
		return a == FLEET_UNKNOWN ? of_none : -of_none;
	return natural_compare(fleet_text(f, a)->text, fleet_text(f, b)->text);
}

uint32_t
fleet_told_node(const struct fleet *f, const struct fleet_gpu *gpu)
{
	const struct intern_string *node = fleet_text(f, gpu->node);

	return node != NULL && node->text[0] != IDENTITY_MASK ? gpu->node
							      : FLEET_UNKNOWN;
}

bool
fleet_is_told_uuid(const struct intern_string *uuid)
{
	return uuid != NULL &&
	       memchr(uuid->text, IDENTITY_MASK, uuid->length) == NULL;
}

uint32_t
fleet_told_uuid(const struct fleet *f, const struct fleet_gpu *gpu)
{
	return fleet_is_told_uuid(fleet_text(f, gpu->uuid)) ? gpu->uuid
							    : FLEET_UNKNOWN;
}

static int
compare_models(const void *a, const void *b)
{
	const struct intern_string *const *left = a, *const *right = b;
	int order = natural_compare((*left)->text, (*right)->text);

	/* Names that differ behind a NUL only must not come mixed. */
	if (order == 0)
		order = *left < *right ? -1 : *left > *right;
	return order;
}

enum err_code
fleet_list_models(const struct fleet *f, const struct fleet_gpu *const *gpus,
		  size_t count, struct arena *arena, struct fleet_models *out,
		  struct err *e)
{
	const struct intern_string **models =
	    arena_alloc(arena, count * sizeof(*models));
	size_t told = 0, kept = 0;

	if (models == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < count; i++) {
		models[told] = fleet_text(f, gpus[i]->model);
		told += models[told] != NULL;
	}
	qsort(models, told, sizeof(*models), compare_models);
	for (size_t i = 0; i < told; i++)
		if (i == 0 || models[i] != models[i - 1])
			models[kept++] = models[i];
	*out = (struct fleet_models){models, kept};
	return ERR_OK;
}
