/*
 * Rows of several kinds, of which a parameter of the endpoint's own chooses
 * one: each kind has some of the columns.
 */
#ifndef API_KINDS_H
#define API_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/column.h"
#include "api/parameter.h"
#include "api/params.h"
#include "base/err.h"

struct kinds {
	size_t parameter; /* a choice: its place among the endpoint's own */
	/* What OpenAPI calls rows of each, behind the endpoint's name, in a
	 * list that ends with NULL. */
	const char *const *schemas;
	void (*describe)(struct column_list *list); /* what any of them has */
	/* Whether rows of the kind have the column in that place of these; and
	 * whether it may be filtered by, whatever the kind. */
	bool (*has)(size_t place, int kind);
	bool (*is_filter)(size_t place);
};

/* The kind that is asked for. */
int kinds_asked(const struct kinds *kinds, const struct params *p);

/* Those of all columns that the rows of a kind have. */
column_set kinds_columns(const struct kinds *kinds,
			 const struct column_list *list, int kind);

/*
 * Whether rows of the kind that is asked for have what is to be told, sorted or
 * filtered by; parameters are the endpoint's own. Else ERR_QUERY.
 */
enum err_code kinds_check(const struct kinds *kinds,
			  const struct endpoint_parameter *parameters,
			  const struct params *p, struct err *e);

#endif
