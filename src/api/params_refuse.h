/* What clients are told of a query string that is wrong: each text names the
 * parameter, what is wrong with it, and what would be right. All of them are
 * ERR_QUERY. */
#ifndef API_PARAMS_REFUSE_H
#define API_PARAMS_REFUSE_H

#include <stddef.h>

#include "api/params.h"
#include "base/err.h"

/* The table has no parameter of that name. */
enum err_code params_refuse_unknown(const struct params_table *table,
				    const struct params_pair *pair,
				    struct err *e);

/* takes: "a whole number from 1 to 100000"; why: ", a range that ends before it
 * begins", or nothing, where that says it. An empty value is called that. */
enum err_code params_refuse_value(const struct params_pair *pair,
				  const char *why, const char *takes,
				  struct err *e);

/* Of a value, one item, as it came or decoded; why: "is no number". */
enum err_code params_refuse_item(const struct params_pair *pair,
				 const struct cell_text *item, const char *why,
				 const char *takes, struct err *e);

/* The same of an item that is none of these columns' names; takes: "names of
 * columns". */
enum err_code params_refuse_name(const struct params_pair *pair,
				 const struct cell_text *item,
				 const char *takes,
				 const struct column_list *list, struct err *e);

/* The same of an item that is none of this column's words. */
enum err_code params_refuse_word(const struct params_pair *pair,
				 const struct cell_text *item,
				 const struct column *column, struct err *e);

enum err_code params_refuse_second(const char *name, struct err *e);

#endif
