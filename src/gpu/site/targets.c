#include "gpu/site/targets.h"

#include <string.h>

#include "gpu/label.h"

/* A target's labels with a line break behind each; longer ones are not known.
 */
enum { KEY_MAX_BYTES = 1024, FIRST_CAPACITY = 64 };

/* Of all names that the series of a target have. */
struct targets_entry {
	const char *name; /* NULL: none yet */
	size_t length;
	uint32_t rank;
	bool is_various; /* several of that rank: it speaks for several nodes */
};

struct key {
	char text[KEY_MAX_BYTES];
	size_t length; /* 0: too long */
};

void
targets_init(struct targets *t, struct budget *budget)
{
	memset(t, 0, sizeof(*t));
	t->budget = budget;
	arena_init(&t->arena, budget);
	intern_init(&t->pods, budget);
	intern_init(&t->groups, budget);
	intern_init(&t->places, budget);
	intern_init(&t->instances, budget);
}

void
targets_fini(struct targets *t)
{
	if (t->budget == NULL)
		return;
	intern_fini(&t->instances);
	intern_fini(&t->places);
	intern_fini(&t->groups);
	intern_fini(&t->pods);
	arena_fini(&t->arena);
	memset(t, 0, sizeof(*t));
}

/* --- keys ----------------------------------------------------------------- */

static void
add_part(struct key *k, const struct intern_string *part)
{
	size_t length = part != NULL ? part->length : 0;

	if (k->length + length + 1 > sizeof(k->text)) {
		k->length = 0;
		return;
	}
	if (length > 0)
		memcpy(k->text + k->length, part->text, length);
	k->length += length;
	k->text[k->length++] = '\n';
}

static struct key
place_of(const struct targets_series *s)
{
	struct key k;

	k.length = 0;
	add_part(&k, s->cluster);
	if (k.length > 0)
		add_part(&k, s->instance);
	if (k.length > 0)
		add_part(&k, s->exported_instance);
	return k;
}

static struct key
key_of(const struct targets_series *s, const struct intern_string *more)
{
	struct key k = place_of(s);

	if (k.length > 0)
		add_part(&k, more);
	return k;
}

/* --- what was seen -------------------------------------------------------- */

enum err_code
targets_note_pod(struct targets *t, const struct targets_series *s,
		 struct err *e)
{
	struct key k;

	if (s->pod == NULL || s->pod->length == 0)
		return ERR_OK;
	k = key_of(s, s->pod);
	return k.length == 0 ||
		       intern_add(&t->pods, k.text, k.length) != INTERN_NONE
		   ? ERR_OK
		   : err_set_memory(e);
}

static bool
is_pod(const struct targets *t, const struct targets_series *s,
       const struct intern_string *name)
{
	struct key k = key_of(s, name);

	return k.length > 0 &&
	       intern_find(&t->pods, k.text, k.length) != INTERN_NONE;
}

/* The entry of that number, new ones empty; NULL: no memory. */
static struct targets_entry *
entry_at(struct targets *t, struct targets_entry **entries, uint32_t *capacity,
	 uint32_t number)
{
	uint32_t wanted = *capacity > 0 ? *capacity : FIRST_CAPACITY;
	struct targets_entry *grown;

	while (wanted <= number)
		wanted *= 2;
	if (wanted > *capacity) {
		grown =
		    arena_grow(&t->arena, *entries, *capacity * sizeof(*grown),
			       wanted * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		*entries = grown;
		*capacity = wanted;
	}
	return &(*entries)[number];
}

static bool
is_text(const struct targets_entry *entry, const struct intern_string *name)
{
	return entry->length == name->length &&
	       memcmp(entry->name, name->text, name->length) == 0;
}

static bool
take_name(struct targets *t, struct targets_entry *entry,
	  const struct intern_string *name, uint32_t rank)
{
	if (entry->name != NULL && entry->rank < rank)
		return true;
	if (entry->name != NULL && entry->rank == rank) {
		entry->is_various |= !is_text(entry, name);
		return true;
	}
	*entry = (struct targets_entry){
	    .name = arena_copy(&t->arena, name->text, name->length),
	    .length = name->length,
	    .rank = rank};
	return entry->name != NULL;
}

/* The name that the series has; NULL if it is a pod's. */
static const struct intern_string *
name_of(const struct targets *t, const struct targets_series *s, uint32_t *rank)
{
	*rank = s->rank;
	if (s->node != NULL && !is_pod(t, s, s->node))
		return s->node;
	*rank = UINT32_MAX;
	return s->host != NULL && !is_pod(t, s, s->host) ? s->host : NULL;
}

enum err_code
targets_note_name(struct targets *t, const struct targets_series *s,
		  struct err *e)
{
	static const struct intern_string none = {"", 0, 0};
	const struct intern_string *instance =
	    s->instance != NULL ? s->instance : &none;
	struct key group = key_of(s, s->host), place = place_of(s);
	const struct intern_string *name;
	struct targets_entry *by_group, *by_place;
	uint32_t rank, number, place_number;

	if (intern_add(&t->instances, instance->text, instance->length) ==
	    INTERN_NONE)
		return err_set_memory(e);
	if (group.length == 0 || place.length == 0)
		return ERR_OK;
	number = intern_add(&t->groups, group.text, group.length);
	place_number = intern_add(&t->places, place.text, place.length);
	if (number == INTERN_NONE || place_number == INTERN_NONE)
		return err_set_memory(e);
	by_group = entry_at(t, &t->by_group, &t->group_capacity, number);
	by_place = entry_at(t, &t->by_place, &t->place_capacity, place_number);
	if (by_group == NULL || by_place == NULL)
		return err_set_memory(e);
	name = name_of(t, s, &rank);
	if (name == NULL)
		return ERR_OK;
	/* Whatever its rank: another name may be another node's. */
	return take_name(t, by_group, name, rank) &&
		       take_name(t, by_place, name, rank)
		   ? ERR_OK
		   : err_set_memory(e);
}

size_t
targets_count(const struct targets *t)
{
	return intern_count(&t->places);
}

/* --- names ---------------------------------------------------------------- */

static bool
resolve(const struct nodemap *nodes, const struct intern_string *cluster,
	const char *address, size_t length, struct targets_name *out)
{
	const struct intern_string *node =
	    nodes != NULL ? nodemap_find(nodes, cluster, address, length)
			  : NULL;

	if (node != NULL)
		*out = (struct targets_name){node->text, node->length,
					     TARGETS_RESOLVED};
	return node != NULL;
}

/* By the address: where a federated series was scraped, else the target's. */
static bool
name_by_address(const struct nodemap *nodes, const struct targets_series *s,
		struct targets_name *out)
{
	const struct intern_string *instance =
	    s->exported_instance != NULL ? s->exported_instance : s->instance;
	const char *host;
	size_t length;

	if (instance == NULL || instance->length == 0)
		return false;
	label_host(instance->text, instance->length, &host, &length);
	if (length == 0)
		return false;
	if (resolve(nodes, s->cluster, host, length, out))
		return true;
	*out = (struct targets_name){host, length, TARGETS_ADDRESS};
	if (!label_is_node_name(host, length))
		*out = (struct targets_name){instance->text, instance->length,
					     TARGETS_UNKNOWN};
	return true;
}

static const struct targets_entry *
find_entry(const struct intern *keys, const struct targets_entry *entries,
	   const struct key *k)
{
	uint32_t number =
	    k->length > 0 ? intern_find(keys, k->text, k->length) : INTERN_NONE;

	return number != INTERN_NONE ? &entries[number] : NULL;
}

/* What is said of the target, if it is said of one node only. */
static bool
take_entry(const struct targets_entry *entry, struct targets_name *out)
{
	if (entry == NULL || entry->name == NULL || entry->is_various)
		return false;
	*out = (struct targets_name){entry->name, entry->length, TARGETS_SAID};
	return true;
}

bool
targets_find(const struct targets *t, const struct nodemap *nodes,
	     const struct targets_series *s, struct targets_name *out)
{
	const struct key group_key = key_of(s, s->host),
			 place_key = place_of(s);
	const struct targets_entry *group =
	    find_entry(&t->groups, t->by_group, &group_key);
	const struct targets_entry *place =
	    find_entry(&t->places, t->by_place, &place_key);
	const struct intern_string *own;
	uint32_t rank;

	if (place == NULL || (group == NULL && s->host != NULL))
		return false;
	if (take_entry(group, out))
		return true;
	own = name_of(t, s, &rank);
	if (own != NULL) {
		*out =
		    (struct targets_name){own->text, own->length, TARGETS_SAID};
		return true;
	}
	if (take_entry(place, out))
		return true;
	return name_by_address(nodes, s, out);
}
