#include "gpu/site/identify.h"

#include <math.h>
#include <string.h>

#include "gpu/label.h"
#include "gpu/profile/accept.h"
#include "gpu/site/scoped.h"

static const uint32_t unread = UINT32_MAX, unusable = UINT32_MAX - 1,
		      masked = UINT32_MAX - 2, of_part = UINT32_MAX - 3;

/* What a text means, found out once for each. */
struct identify_meaning {
	uint32_t number; /* its value */
	uint32_t uuid;	 /* the text's number, normalised */
	/* Of a node's name, or an instance: the node of the last series that
	 * had it, and what that said besides. */
	uint32_t cluster, instance, exported_instance, host;
	uint32_t node; /* the text's number */
	uint32_t doubt;
	bool is_node_new;
};

static uint32_t
label_of(const struct identify_source *source, const struct sample *s,
	 enum profile_label label)
{
	unsigned slot = source->slots[label];

	if (s->known == SAMPLES_NEW || slot == IDENTIFY_NO_SLOT)
		return identify_in_slot(s->label, source->slots, label);
	return slot < source->known_slots ? source->known_labels[s->known][slot]
					  : s->label[0];
}

uint32_t
identify_label(const struct identify_reader *r, const struct sample *s,
	       enum profile_label label)
{
	return label_of(r->source, s, label);
}

static const struct intern_string *
text_at(const struct identify_reader *r, uint32_t number)
{
	return intern_text_or_null(r->texts, number);
}

static const struct intern_string *
text_of(const struct identify_reader *r, const struct sample *s,
	enum profile_label label)
{
	return text_at(r, identify_label(r, s, label));
}

/* Out of memory is remembered, and told at the end of the sample. */
static uint32_t
intern(struct identify_reader *r, const char *text, size_t length)
{
	uint32_t number = intern_add(r->texts, text, length);

	if (number == INTERN_NONE)
		r->is_out_of_memory = true;
	return number;
}

uint32_t
identify_text(const struct identify_reader *r, const struct sample *s,
	      enum profile_label label)
{
	uint32_t number = identify_label(r, s, label);

	return number == IDENTITY_UNKNOWN || text_at(r, number)->length == 0
		   ? IDENTITY_UNKNOWN
		   : number;
}

/* Who needs none has no memory for them: of series that were seen before, what
 * their texts mean is known. */
static bool
has_meanings(struct identify_reader *r)
{
	size_t bytes = intern_count(r->texts) * sizeof(*r->meanings);

	if (r->meanings != NULL)
		return true;
	r->meanings = arena_alloc(r->scratch, bytes);
	if (r->meanings != NULL)
		memset(r->meanings, 0xff, bytes); /* all unread */
	else
		r->is_out_of_memory = true;
	return r->meanings != NULL;
}

/* The marks are no numbers of anything. */
static uint32_t
read_number(const char *text, size_t length)
{
	uint32_t number = label_number(text, length);

	return number < of_part ? number : unusable;
}

uint32_t
identify_number(struct identify_reader *r, const struct sample *s,
		enum profile_label label)
{
	uint32_t text = identify_label(r, s, label);
	uint32_t *known;

	if (text == IDENTITY_UNKNOWN || !has_meanings(r))
		return IDENTITY_UNKNOWN;
	known = &r->meanings[text].number;
	if (*known == unread) {
		const struct intern_string *t = text_at(r, text);

		*known = read_number(t->text, t->length);
	}
	return *known == unusable ? IDENTITY_UNKNOWN : *known;
}

static uint32_t
read_uuid(struct identify_reader *r, const struct intern_string *s)
{
	char text[LABEL_UUID_MAX_BYTES];
	size_t length = label_uuid(s->text, s->length, text);

	if (length == 0)
		return unusable;
	if (label_is_of_part(text, length))
		return of_part;
	return label_is_masked(text, length) ? masked : intern(r, text, length);
}

/* By its number among those of that name, if there is one. */
static uint32_t
scoped_id(struct identify_reader *r, const struct intern_string *id,
	  uint32_t number, uint32_t node)
{
	const struct intern_string *name = text_at(r, node);
	char text[SCOPED_MAX_BYTES];
	size_t length = name != NULL ? scoped_write(text, id, number, name) : 0;

	return length > 0 ? intern(r, text, length) : IDENTITY_UNKNOWN;
}

/* --- the node ------------------------------------------------------------- */

struct targets_series
identify_target(const struct identify_source *source,
		const struct intern *texts, const struct sample *s)
{
#define TEXT(label) intern_text_or_null(texts, label_of(source, s, label))
	return (struct targets_series){.cluster = TEXT(PROFILE_CLUSTER),
				       .instance = TEXT(PROFILE_INSTANCE),
				       .exported_instance =
					   TEXT(PROFILE_EXPORTED_INSTANCE),
				       .host = TEXT(PROFILE_HOST),
				       .node = TEXT(PROFILE_NODE),
				       .rank = s->rank,
				       .pod = TEXT(PROFILE_WORKLOAD)};
#undef TEXT
}

enum err_code
identify_learn(const struct identify_source *source, const struct intern *texts,
	       struct targets *t, struct err *e)
{
	static enum err_code (*const passes[])(
	    struct targets *, const struct targets_series *,
	    struct err *) = {targets_note_pod, targets_note_name};
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < sizeof(passes) / sizeof(*passes); i++) {
		struct samples_cursor cursor = {NULL, 0};
		const struct sample *s;

		while (code == ERR_OK &&
		       (s = samples_next(source->samples, &cursor)) != NULL) {
			struct targets_series series =
			    identify_target(source, texts, s);

			code = passes[i](t, &series, e);
		}
	}
	return code;
}

/* Of a target that is younger than what is known: by these samples alone. */
static bool
find_new(struct identify_reader *r, const struct targets_series *series,
	 struct targets_name *out)
{
	struct err e;

	if (!r->has_new_targets) {
		r->has_new_targets = true;
		if (identify_learn(r->source, r->texts, &r->new_targets, &e) !=
		    ERR_OK)
			r->is_out_of_memory = true;
	}
	return targets_find(&r->new_targets, r->source->nodes, series, out);
}

/* What is no name is marked, so that it is told as none. */
static uint32_t
intern_name(struct identify_reader *r, const struct targets_name *name)
{
	char text[SCOPED_MAX_BYTES];
	size_t length = name->length;

	if (name->doubt != TARGETS_UNKNOWN)
		return intern(r, name->text, length);
	if (length + 1 > sizeof(text))
		length = sizeof(text) - 1;
	text[0] = IDENTITY_MASK;
	memcpy(text + 1, name->text, length);
	return intern(r, text, length + 1);
}

static void
name_node(struct identify_reader *r, const struct sample *s,
	  struct identity *id)
{
	struct targets_series series = identify_target(r->source, r->texts, s);
	struct targets_name name;

	id->node = IDENTITY_UNKNOWN;
	id->node_doubt = TARGETS_UNKNOWN;
	id->is_node_new =
	    r->source->targets == NULL ||
	    !targets_find(r->source->targets, r->source->nodes, &series, &name);
	if (!id->is_node_new || find_new(r, &series, &name)) {
		id->node = intern_name(r, &name);
		id->node_doubt = name.doubt;
	}
}

/* Most series with one name for their node, or else of one target, are of one
 * node. */
static void
find_node(struct identify_reader *r, const struct sample *s,
	  struct identity *id)
{
	uint32_t instance = identify_label(r, s, PROFILE_INSTANCE);
	uint32_t cluster = identify_label(r, s, PROFILE_CLUSTER);
	uint32_t exported = identify_label(r, s, PROFILE_EXPORTED_INSTANCE);
	uint32_t host = identify_label(r, s, PROFILE_HOST);
	uint32_t name = identify_label(r, s, PROFILE_NODE);
	struct identify_meaning *meaning;

	if (name == IDENTITY_UNKNOWN && instance == IDENTITY_UNKNOWN) {
		name_node(r, s, id);
		return;
	}
	meaning = &r->meanings[name != IDENTITY_UNKNOWN ? name : instance];
	if (meaning->node == unread || meaning->cluster != cluster ||
	    meaning->instance != instance ||
	    meaning->exported_instance != exported || meaning->host != host) {
		name_node(r, s, id);
		meaning->cluster = cluster;
		meaning->instance = instance;
		meaning->exported_instance = exported;
		meaning->host = host;
		meaning->doubt = id->node_doubt;
		meaning->is_node_new = id->is_node_new;
		meaning->node =
		    id->node != IDENTITY_UNKNOWN ? id->node : unusable;
	}
	id->node = meaning->node != unusable ? meaning->node : IDENTITY_UNKNOWN;
	id->node_doubt = meaning->doubt;
	id->is_node_new = meaning->is_node_new;
}

/* --- the card ------------------------------------------------------------- */

/* "node-1-0" for node-1's first, as an exporter's README has it. */
static uint32_t
index_behind_node(const struct identify_reader *r, const struct sample *s)
{
	const struct intern_string *text = text_of(r, s, PROFILE_INDEX);
	const struct intern_string *node = text_of(r, s, PROFILE_NODE);
	uint32_t number;

	if (text == NULL || node == NULL || text->length <= node->length ||
	    memcmp(text->text, node->text, node->length) != 0 ||
	    text->text[node->length] != '-')
		return IDENTITY_UNKNOWN;
	number = read_number(text->text + node->length + 1,
			     text->length - node->length - 1);
	return number == unusable ? IDENTITY_UNKNOWN : number;
}

/* The index that a label tells, and the part of the card if it tells that. */
static void
find_index(struct identify_reader *r, const struct sample *s,
	   struct identity *id)
{
	const struct intern_string *text = text_of(r, s, PROFILE_INDEX);

	id->index = identify_number(r, s, PROFILE_INDEX);
	id->part = IDENTITY_UNKNOWN;
	if (id->index == IDENTITY_UNKNOWN && text != NULL)
		label_index(text->text, text->length, &id->index, &id->part);
	if (id->index == IDENTITY_UNKNOWN)
		id->index = index_behind_node(r, s);
	if (id->index > IDENTITY_INDEX_MAX)
		id->index = IDENTITY_UNKNOWN;
}

/* is_placed: node and index of the card are known from the labels of each. */
static uint32_t
find_uuid(struct identify_reader *r, const struct sample *s, uint32_t node,
	  bool is_placed)
{
	const struct intern_string *text = text_of(r, s, PROFILE_UUID);
	const struct intern_string *id = text_of(r, s, PROFILE_ID);
	uint32_t *known;

	if (text == NULL)
		return id != NULL ? scoped_id(r, id, IDENTITY_UNKNOWN, node)
				  : IDENTITY_UNKNOWN;
	known = &r->meanings[identify_label(r, s, PROFILE_UUID)].uuid;
	if (*known == unread)
		*known = read_uuid(r, text);
	if (*known == masked)
		return is_placed ? IDENTITY_UNKNOWN
				 : scoped_id(r, text, IDENTITY_UNKNOWN, node);
	return *known == unusable || *known == of_part ? IDENTITY_UNKNOWN
						       : *known;
}

/* Jobs number what they have from 0 on. */
static void
name_by_job(struct identify_reader *r, const struct sample *s,
	    struct identity *id)
{
	const struct intern_string *job = text_of(r, s, PROFILE_ID);

	id->uuid = IDENTITY_UNKNOWN;
	if (job != NULL && id->index != IDENTITY_UNKNOWN)
		id->uuid = scoped_id(r, job, id->index, id->node);
	id->index = IDENTITY_UNKNOWN;
}

/* Whether the uuid is not the card's, but that of a part of it. */
static bool
has_uuid_of_part(const struct identify_reader *r, const struct sample *s)
{
	uint32_t text = identify_label(r, s, PROFILE_UUID);

	return text != IDENTITY_UNKNOWN && r->meanings[text].uuid == of_part;
}

/*
 * Where all cards have the number of a part, one that is not split says so in
 * the name of how it is, or by having none beside the card's.
 */
static bool
is_whole(const struct identify_reader *r, const struct sample *s)
{
	const struct intern_string *how = text_of(r, s, PROFILE_MIG_PROFILE);

	if (r->source->slots[PROFILE_CARD] == IDENTIFY_NO_SLOT)
		return false;
	return how != NULL ? label_is_whole(how->text, how->length)
			   : text_of(r, s, PROFILE_CARD) != NULL;
}

/* The part's own index and uuid are not the card's, which has another name. */
static void
name_card(struct identify_reader *r, const struct sample *s,
	  struct identity *id)
{
	const struct intern_string *card = text_of(r, s, PROFILE_CARD);
	uint32_t uuid = IDENTITY_UNKNOWN;

	if (card != NULL)
		uuid = scoped_id(r, card, IDENTITY_UNKNOWN, id->node);
	if (uuid == IDENTITY_UNKNOWN)
		return;
	id->part_index = id->index;
	id->part_uuid = id->uuid;
	id->index = IDENTITY_UNKNOWN;
	id->uuid = uuid;
}

/* False if the series is of a part that it does not tell. */
static bool
find_part(struct identify_reader *r, const struct sample *s,
	  struct identity *id)
{
	id->part_index = id->part_uuid = IDENTITY_UNKNOWN;
	if (identify_text(r, s, PROFILE_MIG_INSTANCE) == IDENTITY_UNKNOWN)
		return id->part != IDENTITY_UNKNOWN || !has_uuid_of_part(r, s);
	if (is_whole(r, s))
		return true;
	id->part = identify_number(r, s, PROFILE_MIG_INSTANCE);
	if (id->part != IDENTITY_UNKNOWN)
		name_card(r, s, id);
	return id->part != IDENTITY_UNKNOWN;
}

bool
identify(struct identify_reader *r, const struct sample *s,
	 const struct profile_metric *metric, struct identity *id)
{
	if (!has_meanings(r))
		return false;
	id->cluster = identify_text(r, s, PROFILE_CLUSTER);
	find_node(r, s, id);
	find_index(r, s, id);
	id->uuid =
	    find_uuid(r, s, id->node,
		      !r->has_identities && id->node != IDENTITY_UNKNOWN &&
			  id->index != IDENTITY_UNKNOWN);
	if (r->source->profile->id_is_job)
		name_by_job(r, s, id);
	if (metric->kind == PROFILE_INDEX_VALUE && s->value >= 0 &&
	    s->value <= IDENTITY_INDEX_MAX && s->value == floor(s->value))
		id->index = (uint32_t)s->value;
	id->vendor = r->vendor != IDENTITY_UNKNOWN
			 ? r->vendor
			 : identify_text(r, s, PROFILE_VENDOR);
	if (!find_part(r, s, id))
		return false;
	return id->uuid != IDENTITY_UNKNOWN ||
	       (id->node != IDENTITY_UNKNOWN && id->index != IDENTITY_UNKNOWN);
}

bool
identify_place(struct identify_reader *r, const struct sample *s,
	       struct identity *id)
{
	if (!has_meanings(r))
		return false;
	id->cluster = identify_text(r, s, PROFILE_CLUSTER);
	find_node(r, s, id);
	return id->node != IDENTITY_UNKNOWN;
}

/* --- labels and readers --------------------------------------------------- */

static unsigned
slot_for(enum profile_label label, unsigned char *slots, size_t *slot_count)
{
	if (slots[label] == IDENTIFY_NO_SLOT)
		slots[label] = (unsigned char)(*slot_count)++;
	return slots[label];
}

void
identify_add_labels(const struct profile *p, profile_labels labels,
		    unsigned char slots[static PROFILE_LABEL__MAX],
		    struct element_label *out, size_t *count,
		    size_t *slot_count)
{
	memset(slots, IDENTIFY_NO_SLOT, PROFILE_LABEL__MAX);
	/* The rank of the first slot's name is kept; see struct sample. */
	if ((labels & PROFILE_BIT(PROFILE_NODE)) != 0) {
		slot_for(PROFILE_NODE, slots, slot_count);
		slot_for(PROFILE_HOST, slots, slot_count);
	}
	for (size_t i = 0; i < p->label_count; i++) {
		enum profile_label label = p->labels[i].label;

		if ((labels & PROFILE_BIT(label)) != 0)
			out[(*count)++] = (struct element_label){
			    p->labels[i].name,
			    slot_for(label, slots, slot_count),
			    profile_accepts(label), label == PROFILE_NODE};
	}
}

enum err_code
identify_init(struct identify_reader *r, const struct identify_source *source,
	      struct intern *texts, struct arena *scratch, struct err *e)
{
	const char *vendor = source->profile->vendor;

	*r = (struct identify_reader){.source = source,
				      .texts = texts,
				      .scratch = scratch,
				      .vendor = IDENTITY_UNKNOWN};
	targets_init(&r->new_targets, scratch->budget);
	r->has_identities =
	    profile_has_kind(source->profile, PROFILE_INFO) ||
	    profile_has_kind(source->profile, PROFILE_INDEX_VALUE);
	if (vendor != NULL)
		r->vendor = intern(r, vendor, strlen(vendor));
	return r->is_out_of_memory ? err_set_memory(e) : ERR_OK;
}

void
identify_fini(struct identify_reader *r)
{
	targets_fini(&r->new_targets);
}
