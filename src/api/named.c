#include "api/named.h"

#include <string.h>

static const struct {
	const char *column;
	enum few_kind kind;
} kinds[] = {
    {"node_name", FEW_NODE}, {"uuid", FEW_UUID}, {"cluster", FEW_CLUSTER}};

/* FEW__MAX: it names nothing. */
static enum few_kind
kind_of(const struct column *column)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].column, column->name) == 0)
			return kinds[i].kind;
	return FEW__MAX;
}

static bool
has_pattern(const struct params_filter *f)
{
	for (size_t i = 0; i < f->text_count; i++)
		if (memchr(f->texts[i].text, '*', f->texts[i].length) != NULL)
			return true;
	return false;
}

static bool
take_names(const struct params_filter *f, enum few_kind kind,
	   struct arena *arena, struct few_names *out)
{
	struct few_text *texts =
	    arena_alloc(arena, f->text_count * sizeof(*texts));

	if (texts == NULL)
		return false;
	for (size_t i = 0; i < f->text_count; i++)
		texts[i] =
		    (struct few_text){f->texts[i].text, f->texts[i].length};
	out->of[kind].texts = texts;
	out->of[kind].count = f->text_count;
	return true;
}

bool
named_find(const struct params *p, const struct column_list *list,
	   struct arena *arena, struct few_names *out)
{
	bool has_names = false;

	*out = (struct few_names){.of = {{NULL, 0}}};
	for (size_t i = 0; i < p->filter_count; i++) {
		const struct params_filter *f = &p->filters[i];
		enum few_kind kind = kind_of(&list->columns[f->column]);

		if (kind == FEW__MAX || has_pattern(f))
			continue;
		if (!take_names(f, kind, arena, out))
			return false;
		has_names = true;
	}
	return has_names;
}
