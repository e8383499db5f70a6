#include "gpu/collect/history_match.h"

#include <string.h>

#include "base/buf.h"
#include "prom/promql.h"

enum {
	/* So few are found by their uuids, more of them by their nodes. */
	BY_UUID_MAX = 4,
	CONDITIONS_MAX_BYTES = 8 * 1024,
	NODE_LABELS_MAX = 8
};

const struct card_spelling *
history_spelling(const struct card *card, const struct profile *p)
{
	for (size_t i = 0; i < card->spelling_count; i++)
		if (card->spellings[i].profile == p)
			return &card->spellings[i];
	return NULL;
}

bool
history_names_node(const struct card *card,
		   const struct card_spelling *spelling)
{
	return spelling->node != NULL && spelling->node == card->node;
}

/* --- one arm -------------------------------------------------------------- */

/* label="a", or label=~"a|b|c", as it is written. */
struct writer {
	struct buf text;
	size_t count;
};

static void
open_arm(struct writer *w, const char *label)
{
	buf_init(&w->text, CONDITIONS_MAX_BYTES);
	promql_add_label(&w->text, label);
	buf_append_text(&w->text, "=~\"");
	w->count = 0;
}

static void
add_value(struct writer *w, const char *text)
{
	buf_append_text(&w->text, w->count++ > 0 ? "|" : "");
	promql_add_pattern(&w->text, text);
}

/* Without values it is none. */
static enum err_code
close_arm(struct writer *w, struct arena *arena, struct history_arms *out,
	  struct err *e)
{
	enum err_code code = ERR_OK;
	char *copy = NULL;

	buf_append_text(&w->text, "\"");
	if (buf_status(&w->text) == ERR_OK)
		copy = arena_copy(arena, w->text.data, w->text.length);
	if (buf_status(&w->text) == ERR_TOO_BIG ||
	    out->count == HISTORY_ARMS_MAX)
		code = err_set(e, ERR_QUERY,
			       "The query would name too many nodes: ask for "
			       "fewer");
	else if (copy == NULL)
		code = err_set_memory(e);
	else if (w->count > 0)
		out->conditions[out->count++] = copy;
	buf_fini(&w->text);
	return code;
}

/* --- cards that are known ------------------------------------------------- */

struct wanted {
	const struct profile *profile;
	const struct card *const *cards;
	size_t count;
	struct arena *arena;
	struct history_arms *out;
};

static bool
have_uuids(const struct wanted *w)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct card_spelling *s =
		    history_spelling(w->cards[i], w->profile);

		if (s != NULL && s->uuid == NULL)
			return false;
	}
	return w->count <= BY_UUID_MAX;
}

/* By whichever of the profile's names for it. */
static enum err_code
add_uuids(const struct wanted *w, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < w->profile->label_count; i++) {
		struct writer arm;

		if (w->profile->labels[i].label != PROFILE_UUID)
			continue;
		open_arm(&arm, w->profile->labels[i].name);
		for (size_t k = 0; k < w->count; k++) {
			const struct card_spelling *s =
			    history_spelling(w->cards[k], w->profile);

			if (s != NULL)
				add_value(&arm, s->uuid->text);
		}
		code = close_arm(&arm, w->arena, w->out, e);
	}
	return code;
}

/* The text by which that label selects the card's node; NULL: not by that one.
 * A NULL label is that of the target. */
static const struct intern_string *
node_by(const struct wanted *w, const struct card *card, const char *label)
{
	const struct card_spelling *s = history_spelling(card, w->profile);
	bool is_named = s != NULL && history_names_node(card, s);

	if (s == NULL)
		return NULL;
	if (label == NULL)
		return is_named ? NULL : s->instance;
	return is_named && strcmp(s->node_label, label) == 0 ? s->node : NULL;
}

/* Cards of a node stand together. */
static enum err_code
add_nodes_by(const struct wanted *w, const char *label, struct err *e)
{
	const struct intern_string *before = NULL;
	struct writer arm;

	open_arm(&arm, label != NULL ? label : "instance");
	for (size_t i = 0; i < w->count; i++) {
		const struct intern_string *node =
		    node_by(w, w->cards[i], label);

		if (node != NULL && node != before)
			add_value(&arm, node->text);
		before = node;
	}
	return close_arm(&arm, w->arena, w->out, e);
}

/* The labels by which that exporter's cards have their nodes. */
static size_t
list_node_labels(const struct wanted *w,
		 const char *out[static NODE_LABELS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < w->count; i++) {
		const struct card_spelling *s =
		    history_spelling(w->cards[i], w->profile);
		size_t k = 0;

		if (s == NULL || !history_names_node(w->cards[i], s))
			continue;
		while (k < count && strcmp(out[k], s->node_label) != 0)
			k++;
		if (k == count && count < NODE_LABELS_MAX)
			out[count++] = s->node_label;
	}
	return count;
}

static enum err_code
add_nodes(const struct wanted *w, struct err *e)
{
	const char *labels[NODE_LABELS_MAX];
	size_t count = list_node_labels(w, labels);
	enum err_code code = add_nodes_by(w, NULL, e);

	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = add_nodes_by(w, labels[i], e);
	return code;
}

/* --- cards that are not --------------------------------------------------- */

static enum err_code
add_text(const struct wanted *w, const char *label, const char *before,
	 const char *text, const char *behind, struct err *e)
{
	struct writer arm;

	open_arm(&arm, label);
	buf_append_text(&arm.text, before);
	add_value(&arm, text);
	buf_append_text(&arm.text, behind);
	return close_arm(&arm, w->arena, w->out, e);
}

/* By the labels of the exporter's other cards: all that it may have are many.
 */
static enum err_code
add_named_node(const struct wanted *all, const char *node, struct err *e)
{
	const char *labels[NODE_LABELS_MAX];
	size_t count = list_node_labels(all, labels);
	enum err_code code =
	    add_text(all, "instance", "", node, "(:[0-9]+)?", e);

	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = add_text(all, labels[i], "", node, "", e);
	return code;
}

static enum err_code
add_named_uuid(const struct wanted *all, const char *uuid, struct err *e)
{
	const struct profile *p = all->profile;
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < p->label_count; i++)
		if (p->labels[i].label == PROFILE_UUID)
			code = add_text(all, p->labels[i].name, "(?i:(GPU-)?",
					uuid, ")", e);
	return code;
}

static bool
has_uuid(const struct wanted *w, const char *uuid)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->cards[i]->uuid != NULL &&
		    intern_is(w->cards[i]->uuid, uuid))
			return true;
	return false;
}

/* All cards of the roster tell which labels there are. */
static enum err_code
add_named(const struct detection *found, const struct wanted *wanted,
	  const struct history_filter *filter, struct err *e)
{
	const struct cards *roster = &found->roster->cards;
	const struct card **list =
	    arena_alloc(wanted->arena, roster->count * sizeof(*list));
	struct wanted of_all = *wanted;
	const struct wanted *all = &of_all;
	enum err_code code = ERR_OK;

	if (list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < roster->count; i++)
		list[i] = &roster->cards[i];
	of_all.cards = list;
	of_all.count = roster->count;
	for (size_t i = 0; code == ERR_OK && i < filter->node_count; i++)
		code = add_named_node(all, filter->nodes[i], e);
	for (size_t i = 0; code == ERR_OK && i < filter->uuid_count; i++)
		if (!has_uuid(wanted, filter->uuids[i]))
			code = add_named_uuid(all, filter->uuids[i], e);
	return code;
}

enum err_code
history_match(const struct detection *found, unsigned rank,
	      const struct card *const *cards, size_t count,
	      const struct history_filter *filter, struct arena *arena,
	      struct history_arms *out, struct err *e)
{
	const struct wanted wanted = {found->profiles[rank], cards, count,
				      arena, out};
	enum err_code code;

	out->count = 0;
	/* Who names a node wants those that were there before, too. */
	code = filter->node_count == 0 && have_uuids(&wanted)
		   ? add_uuids(&wanted, e)
		   : add_nodes(&wanted, e);
	return code == ERR_OK && filter->node_count + filter->uuid_count > 0
		   ? add_named(found, &wanted, filter, e)
		   : code;
}
