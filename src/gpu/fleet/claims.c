#include "gpu/fleet/claims.h"

#include <string.h>

enum { FIRST_CAPACITY = 64, NAME_BYTES = 2 * sizeof(uint32_t) };

void
claims_init(struct claims *c, struct arena *arena)
{
	*c = (struct claims){.arena = arena};
	namesakes_init(&c->names, arena);
	intern_init(&c->clusters, arena->budget);
}

void
claims_fini(struct claims *c)
{
	namesakes_fini(&c->names);
	if (c->arena != NULL)
		intern_fini(&c->clusters);
	*c = (struct claims){.arena = NULL};
}

/* The same in every cluster. */
static void
write_name(char out[static NAME_BYTES], const struct claims_key *key)
{
	memcpy(out, &key->namespace, sizeof(uint32_t));
	memcpy(out + sizeof(uint32_t), &key->pod, sizeof(uint32_t));
}

/* --- what is told --------------------------------------------------------- */

struct claims_pod *
claims_pod(struct claims *c, const struct claims_key *key)
{
	char text[NAME_BYTES];
	struct claims_pod *pod;
	bool is_new;

	write_name(text, key);
	pod = (struct claims_pod *)namesakes_add(
	    &c->names, text, sizeof(text), key->cluster, sizeof(*pod), &is_new);
	if (is_new)
		*pod = (struct claims_pod){.namesake = pod->namesake,
					   .key = *key,
					   .node = INTERN_NONE,
					   .plain_node = INTERN_NONE,
					   .owner_kind = INTERN_NONE,
					   .owner_name = INTERN_NONE};
	return pod;
}

static bool
make_room(struct claims *c)
{
	size_t wanted = c->capacity > 0 ? 2 * c->capacity : FIRST_CAPACITY;
	struct claim **grown;

	if (c->count < c->capacity)
		return true;
	grown = arena_grow(c->arena, c->list, c->count * sizeof(*grown),
			   wanted * sizeof(*grown));
	if (grown == NULL)
		return false;
	c->list = grown;
	c->capacity = wanted;
	return true;
}

/* Added if it is new; NULL if there is no memory. */
static struct claim *
claim_of(struct claims *c, struct claims_pod *pod, uint32_t container)
{
	struct claim *claim = pod->containers;

	while (claim != NULL && claim->container != container)
		claim = claim->next_in_pod;
	if (claim != NULL)
		return claim;
	claim = arena_alloc(c->arena, sizeof(*claim));
	if (claim == NULL || !make_room(c))
		return NULL;
	*claim = (struct claim){
	    .pod = pod, .container = container, .next_in_pod = pod->containers};
	pod->containers = claim;
	c->list[c->count++] = claim;
	return claim;
}

enum err_code
claims_note(struct claims *c, struct claims_pod *pod, uint32_t container,
	    uint32_t resource, uint64_t requested, struct err *e)
{
	struct claim *claim = claim_of(c, pod, container);
	struct claims_resource *r = claim != NULL ? claim->resources : NULL;

	while (r != NULL && r->resource != resource)
		r = r->next;
	if (claim != NULL && r == NULL) {
		r = arena_alloc(c->arena, sizeof(*r));
		if (r != NULL) {
			*r = (struct claims_resource){.resource = resource,
						      .next = claim->resources};
			claim->resources = r;
		}
	}
	if (r == NULL)
		return err_set_memory(e);
	if (requested > r->requested)
		r->requested = requested;
	return ERR_OK;
}

bool
claims_note_phase(struct claims *c, struct claims_pod *pod,
		  enum claims_phase phase)
{
	const uint32_t *cluster = &pod->key.cluster;

	if (phase > pod->phase)
		pod->phase = phase;
	return intern_add(&c->clusters, (const char *)cluster,
			  sizeof(*cluster)) != INTERN_NONE;
}

static void
settle_phase(const struct claims *c, struct claims_pod *pod)
{
	const uint32_t *cluster = &pod->key.cluster;

	if (pod->phase == CLAIMS_ENDED &&
	    intern_find(&c->clusters, (const char *)cluster,
			sizeof(*cluster)) == INTERN_NONE)
		pod->phase = CLAIMS_UNTOLD;
}

void
claims_finish(struct claims *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct claim *claim = c->list[i];

		for (const struct claims_resource *r = claim->resources;
		     r != NULL; r = r->next) {
			claim->requested += r->requested;
			claim->pod->requested += r->requested;
		}
		settle_phase(c, claim->pod);
		/* Once for all of its containers. */
		c->untold_count += claim->pod->phase == CLAIMS_UNTOLD &&
				   claim == claim->pod->containers;
	}
}

/* --- what was told -------------------------------------------------------- */

static struct claims_pod *
find_pod(const struct claims *c, const struct claims_key *key)
{
	char text[NAME_BYTES];

	write_name(text, key);
	return (struct claims_pod *)namesakes_find(&c->names, text,
						   sizeof(text), key->cluster);
}

const struct claims_pod *
claims_find_pod(const struct claims *c, const struct claims_key *key)
{
	return find_pod(c, key);
}

const struct claim *
claims_find(const struct claims *c, const struct claims_key *key,
	    uint32_t container)
{
	const struct claims_pod *pod = claims_find_pod(c, key);
	const struct claim *claim = pod != NULL ? pod->containers : NULL;

	if (container == INTERN_NONE)
		return claim != NULL && claim->next_in_pod == NULL ? claim
								   : NULL;
	while (claim != NULL && claim->container != container)
		claim = claim->next_in_pod;
	return claim;
}

bool
claims_has_ended(const struct claims_pod *pod)
{
	return pod->containers != NULL && pod->phase == CLAIMS_ENDED;
}

void
claims_show(const struct claims *c, const struct claims_key *key,
	    uint32_t container)
{
	struct claims_pod *pod = find_pod(c, key);
	struct claim *claim = pod != NULL ? pod->containers : NULL;

	if (pod != NULL)
		pod->shown++;
	for (; claim != NULL; claim = claim->next_in_pod)
		claim->is_shown |=
		    container == INTERN_NONE || claim->container == container;
}
