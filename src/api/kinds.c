#include "api/kinds.h"

int
kinds_asked(const struct kinds *kinds, const struct params *p)
{
	return (int)p->values[kinds->parameter].value;
}

column_set
kinds_columns(const struct kinds *kinds, const struct column_list *list,
	      int kind)
{
	column_set set = 0;

	for (size_t i = 0; i < list->count; i++)
		if (kinds->has(i, kind))
			set |= COLUMN_BIT(i);
	return set;
}

static enum err_code
refuse(const char *parameter, const struct column *column, const char *kind,
       struct err *e)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%s\" has \"%s\": rows by %s do not "
		       "have that",
		       parameter, column->name, kind);
}

/* has: those of the kind's rows. */
static enum err_code
check_filters(const struct kinds *kinds, const struct params *p,
	      const struct column_list *list, column_set has, const char *kind,
	      struct err *e)
{
	for (size_t i = 0; i < p->filter_count; i++) {
		size_t place = p->filters[i].column;

		if ((has & COLUMN_BIT(place)) == 0 && !kinds->is_filter(place))
			return err_set(e, ERR_QUERY,
				       "Query parameter \"%s\" is there: rows "
				       "by %s do not have that",
				       list->columns[place].name, kind);
	}
	return ERR_OK;
}

enum err_code
kinds_check(const struct kinds *kinds,
	    const struct endpoint_parameter *parameters, const struct params *p,
	    struct err *e)
{
	int asked = kinds_asked(kinds, p);
	const char *kind = parameters[kinds->parameter].choices[asked];
	struct column_list list = {.count = 0};
	column_set has;

	kinds->describe(&list);
	has = kinds_columns(kinds, &list, asked);
	for (size_t i = 0; i < p->sort_count; i++)
		if ((has & COLUMN_BIT(p->sort[i].column)) == 0)
			return refuse("sort", &list.columns[p->sort[i].column],
				      kind, e);
	for (size_t i = 0; p->has_fields && i < list.count; i++)
		if ((p->fields & ~has & COLUMN_BIT(i)) != 0)
			return refuse("fields", &list.columns[i], kind, e);
	return check_filters(kinds, p, &list, has, kind, e);
}
