#include "gpu/site/identify.h"

#include <math.h>
#include <string.h>

#include "gpu/label.h"

enum { SCOPED_MAX_BYTES = 512 };

static const uint32_t unread = UINT32_MAX, unusable = UINT32_MAX - 1,
		      masked = UINT32_MAX - 2;

/* What a text means, found out once for each. */
struct identify_meaning {
	uint32_t number;  /* its value */
	uint32_t uuid;	  /* the text's number, normalised */
	uint32_t host;	  /* the text's number: the node of that address */
	bool is_resolved; /* host is a node's name, not an address */
};

uint32_t
identify_label(const struct identify_reader *r, const struct sample *s,
	       enum profile_label label)
{
	unsigned slot = r->slots[label];

	return slot == IDENTIFY_NO_SLOT ? IDENTITY_UNKNOWN : s->label[slot];
}

static const struct intern_string *
text_at(const struct identify_reader *r, uint32_t number)
{
	return number == IDENTITY_UNKNOWN ? NULL
					  : intern_text(r->texts, number);
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

/* The marks are no numbers of anything. */
static uint32_t
read_number(const char *text, size_t length)
{
	uint32_t number = label_number(text, length);

	return number < masked ? number : unusable;
}

uint32_t
identify_number(struct identify_reader *r, const struct sample *s,
		enum profile_label label)
{
	uint32_t text = identify_label(r, s, label);
	uint32_t *known;

	if (text == IDENTITY_UNKNOWN)
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
	return label_is_masked(text, length) ? masked : intern(r, text, length);
}

/*
 * What is unique on its node only, as a uuid that was all zeroed, is told
 * apart by the node. The line break, which no uuid has, marks such a name.
 */
static uint32_t
scoped_id(struct identify_reader *r, const struct intern_string *uuid,
	  uint32_t node)
{
	const struct intern_string *name = text_at(r, node);
	char text[SCOPED_MAX_BYTES];
	size_t length = uuid->length;

	if (name == NULL || length + 1 + name->length > sizeof(text))
		return IDENTITY_UNKNOWN;
	memcpy(text, uuid->text, length);
	text[length++] = IDENTITY_MASK;
	memcpy(text + length, name->text, name->length);
	return intern(r, text, length + name->length);
}

static void
read_host(struct identify_reader *r, const struct intern_string *instance,
	  struct identify_meaning *out)
{
	const struct intern_string *node = NULL;
	const char *text;
	size_t length;

	label_host(instance->text, instance->length, &text, &length);
	if (r->nodes != NULL)
		node = nodemap_find(r->nodes, text, length);
	out->is_resolved = node != NULL;
	if (node != NULL)
		out->host = intern(r, node->text, node->length);
	else
		out->host = length > 0 ? intern(r, text, length) : unusable;
}

/*
 * Old exporters in pods say their pod's name, or localhost, for the node's:
 * github.com/NVIDIA/dcgm-exporter, pull request 129 and issue 572.
 */
static bool
is_node_name(const struct identify_reader *r, const struct sample *s,
	     uint32_t name)
{
	return name != IDENTITY_UNKNOWN &&
	       name != identify_label(r, s, PROFILE_WORKLOAD) &&
	       !intern_is(text_at(r, name), "localhost");
}

static void
find_node(struct identify_reader *r, const struct sample *s,
	  struct identity *id)
{
	uint32_t instance = identify_label(r, s, PROFILE_INSTANCE);
	struct identify_meaning *meaning;

	id->node = identify_text(r, s, PROFILE_NODE);
	id->node_doubt = 0;
	if (is_node_name(r, s, id->node))
		return;
	id->node = IDENTITY_UNKNOWN;
	if (instance == IDENTITY_UNKNOWN)
		return;
	meaning = &r->meanings[instance];
	if (meaning->host == unread)
		read_host(r, text_at(r, instance), meaning);
	if (meaning->host == unusable)
		return;
	id->node = meaning->host;
	id->node_doubt = meaning->is_resolved ? 1 : 2;
}

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

/* The index that a label tells. */
static uint32_t
find_index(struct identify_reader *r, const struct sample *s)
{
	uint32_t index = identify_number(r, s, PROFILE_INDEX);

	if (index == IDENTITY_UNKNOWN)
		index = index_behind_node(r, s);
	return index <= IDENTITY_INDEX_MAX ? index : IDENTITY_UNKNOWN;
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
		return id != NULL ? scoped_id(r, id, node) : IDENTITY_UNKNOWN;
	known = &r->meanings[identify_label(r, s, PROFILE_UUID)].uuid;
	if (*known == unread)
		*known = read_uuid(r, text);
	if (*known == masked)
		return is_placed ? IDENTITY_UNKNOWN : scoped_id(r, text, node);
	return *known == unusable ? IDENTITY_UNKNOWN : *known;
}

bool
identify(struct identify_reader *r, const struct sample *s,
	 const struct profile_metric *metric, struct identity *id)
{
	find_node(r, s, id);
	id->index = find_index(r, s);
	id->uuid =
	    find_uuid(r, s, id->node,
		      !r->has_identities && id->node != IDENTITY_UNKNOWN &&
			  id->index != IDENTITY_UNKNOWN);
	if (metric->kind == PROFILE_INDEX_VALUE && s->value >= 0 &&
	    s->value <= IDENTITY_INDEX_MAX && s->value == floor(s->value))
		id->index = (uint32_t)s->value;
	id->vendor = r->vendor != IDENTITY_UNKNOWN
			 ? r->vendor
			 : identify_text(r, s, PROFILE_VENDOR);
	return id->uuid != IDENTITY_UNKNOWN ||
	       (id->node != IDENTITY_UNKNOWN && id->index != IDENTITY_UNKNOWN);
}

enum err_code
identify_init(struct identify_reader *r, const struct profile *profile,
	      const unsigned char slots[static PROFILE_LABEL__MAX],
	      const struct nodemap *nodes, struct intern *texts,
	      struct arena *scratch, struct err *e)
{
	size_t bytes = intern_count(texts) * sizeof(*r->meanings);
	const char *vendor = profile->vendor;

	*r = (struct identify_reader){.slots = slots,
				      .nodes = nodes,
				      .texts = texts,
				      .vendor = IDENTITY_UNKNOWN};
	r->meanings = arena_alloc(scratch, bytes);
	if (r->meanings == NULL)
		return err_set_memory(e);
	memset(r->meanings, 0xff, bytes); /* all unread */
	r->has_identities = profile_has_kind(profile, PROFILE_INFO) ||
			    profile_has_kind(profile, PROFILE_INDEX_VALUE);
	if (vendor != NULL)
		r->vendor = intern(r, vendor, strlen(vendor));
	return r->is_out_of_memory ? err_set_memory(e) : ERR_OK;
}
