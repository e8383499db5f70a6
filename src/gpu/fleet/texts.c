/* What a fleet is told in words, and which of it may be told. */
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
