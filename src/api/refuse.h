/* What is said of a query parameter that is not right: always ERR_QUERY, and
 * public. Names and values are told up to a length. */
#ifndef API_REFUSE_H
#define API_REFUSE_H

#include "api/column.h"
#include "api/params.h"
#include "base/err.h"

/* There is none of that name; tells of those there are. */
enum err_code refuse_unknown(const struct params_table *table,
			     const struct params_pair *pair, struct err *e);

/* The value is wrong; takes: "a whole number from 1 to 100000". */
enum err_code refuse_pair(const struct params_pair *pair, const char *takes,
			  struct err *e);

/* The same of a word that takes names of columns, and has others. */
enum err_code refuse_names(const struct params_pair *pair,
			   enum params_word word,
			   const struct column_list *list, struct err *e);

enum err_code refuse_twice(const char *name, struct err *e);

/* The same as refuse_pair, of a parameter that is right by itself, and wrong
 * with the others. */
enum err_code refuse_value(const char *name, const char *value,
			   const char *takes, struct err *e);

#endif
