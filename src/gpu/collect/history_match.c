#include "gpu/collect/history_match.h"

#include <string.h>

#include "base/buf.h"
#include "prom/promql.h"

enum {
	/* So few are found by their uuids, more of them by their nodes. */
	BY_UUID_MAX = 4,
	/* Of those whose nodes may have other targets: a page of GPUs. */
	MOVING_MAX = 256,
	CONDITIONS_MAX_BYTES = 32 * 1024,
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
			       "The query would name too many GPUs: ask for "
			       "fewer");
	else if (copy == NULL)
		code = err_set_memory(e);
	else if (w->count > 0)
		out->conditions[out->count++] = copy;
	buf_fini(&w->text);
	return code;
}

/* --- uuids ---------------------------------------------------------------- */

struct wanted {
	const struct profile *profile;
	const struct card *const *cards;
	size_t count;
	const struct history_filter *filter;
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

static bool
is_target_of(const struct intern_string *instance,
	     const struct intern_string *node)
{
	return instance != NULL && node != NULL &&
	       strncmp(instance->text, node->text, node->length) == 0 &&
	       strchr(":.", instance->text[node->length]) != NULL;
}

/* Whether its series may have had another target than now, as those of a pod,
 * and nothing else in them says which node they are of. */
static bool
may_move(const struct card *card, const struct card_spelling *s)
{
	return s != NULL && s->uuid != NULL && !history_names_node(card, s) &&
	       !is_target_of(s->instance, card->node);
}

static bool
are_too_many(const struct wanted *w)
{
	size_t count = 0;

	for (size_t i = 0; i < w->count; i++)
		count += may_move(w->cards[i],
				  history_spelling(w->cards[i], w->profile));
	return count > MOVING_MAX;
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

/* Those that are named, and are none of the cards'. */
static void
add_named_uuids(const struct wanted *w, struct writer *arm)
{
	const struct history_filter *f = w->filter;
	size_t count = 0;

	for (size_t i = 0; i < f->uuid_count; i++) {
		if (has_uuid(w, f->uuids[i]))
			continue;
		if (count++ == 0)
			buf_append_text(&arm->text, arm->count++ > 0
							? "|(?i:(GPU-)?("
							: "(?i:(GPU-)?(");
		else
			buf_append_text(&arm->text, "|");
		promql_add_pattern(&arm->text, f->uuids[i]);
	}
	buf_append_text(&arm->text, count > 0 ? "))" : "");
}

enum whose_uuids { OF_ALL, OF_MOVING, OF_NONE };

/* By whichever of the profile's names for it. */
static enum err_code
add_uuids(const struct wanted *w, enum whose_uuids whose, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < w->profile->label_count; i++) {
		struct writer arm;

		if (w->profile->labels[i].label != PROFILE_UUID)
			continue;
		open_arm(&arm, w->profile->labels[i].name);
		for (size_t k = 0; whose != OF_NONE && k < w->count; k++) {
			const struct card_spelling *s =
			    history_spelling(w->cards[k], w->profile);

			if (s != NULL &&
			    (whose == OF_ALL || may_move(w->cards[k], s)))
				add_value(&arm, s->uuid->text);
		}
		add_named_uuids(w, &arm);
		code = close_arm(&arm, w->arena, w->out, e);
	}
	return code;
}

/* --- nodes ---------------------------------------------------------------- */

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

static bool
has_node(const struct wanted *w, const char *label, const char *name)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct intern_string *node =
		    node_by(w, w->cards[i], label);

		if (node != NULL && intern_is(node, name))
			return true;
	}
	return false;
}

static void
add_named_nodes(const struct wanted *w, const char *label, struct writer *arm)
{
	const struct history_filter *f = w->filter;

	for (size_t i = 0; i < f->node_count; i++)
		if (!has_node(w, label, f->nodes[i]))
			add_value(arm, f->nodes[i]);
}

/* Whatever the port. */
static void
add_named_targets(const struct wanted *w, struct writer *arm)
{
	const struct history_filter *f = w->filter;

	if (f->node_count == 0)
		return;
	buf_append_text(&arm->text, arm->count++ > 0 ? "|(" : "(");
	for (size_t i = 0; i < f->node_count; i++) {
		buf_append_text(&arm->text, i > 0 ? "|" : "");
		promql_add_pattern(&arm->text, f->nodes[i]);
	}
	buf_append_text(&arm->text, ")(:[0-9]+)?");
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
	if (label != NULL)
		add_named_nodes(w, label, &arm);
	else
		add_named_targets(w, &arm);
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

/* By the labels of all of the exporter's cards: all that it may have are many.
 */
static enum err_code
add_nodes(const struct wanted *w, const struct wanted *all, struct err *e)
{
	const char *labels[NODE_LABELS_MAX];
	size_t count =
	    list_node_labels(w->filter->node_count > 0 ? all : w, labels);
	enum err_code code = add_nodes_by(w, NULL, e);

	for (size_t i = 0; code == ERR_OK && i < count; i++)
		code = add_nodes_by(w, labels[i], e);
	return code;
}

/* --- all of it ------------------------------------------------------------ */

static enum err_code
list_all(const struct detection *found, const struct wanted *w,
	 struct wanted *out, struct err *e)
{
	const struct cards *roster = &found->roster->cards;
	const struct card **list =
	    arena_alloc(w->arena, (roster->count + 1) * sizeof(*list));

	if (list == NULL)
		return err_set_memory(e);
	for (size_t i = 0; i < roster->count; i++)
		list[i] = &roster->cards[i];
	*out = *w;
	out->cards = list;
	out->count = roster->count;
	return ERR_OK;
}

enum err_code
history_match(const struct detection *found, unsigned rank,
	      const struct card *const *cards, size_t count,
	      const struct history_filter *filter, struct arena *arena,
	      struct history_arms *out, struct err *e)
{
	const struct wanted wanted = {
	    found->profiles[rank], cards, count, filter, arena, out};
	struct wanted all;
	enum err_code code;

	out->count = 0;
	/* Who names a node wants those that were there before, too. */
	if (filter->node_count == 0 && have_uuids(&wanted))
		return add_uuids(&wanted, OF_ALL, e);
	code = list_all(found, &wanted, &all, e);
	if (code == ERR_OK)
		code = add_nodes(&wanted, &all, e);
	return code == ERR_OK
		   ? add_uuids(&wanted,
			       are_too_many(&wanted) ? OF_NONE : OF_MOVING, e)
		   : code;
}
