/*
 * What a request asks for in its query string: which rows, in which order, how
 * many, which columns, as what.
 */
#ifndef API_PARAMS_H
#define API_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/column.h"
#include "api/parameter.h"
#include "base/arena.h"
#include "base/err.h"

enum { PARAMS_MAX = 32, PARAMS_SORT_MAX = 8, PARAMS_OFFSET_MAX = 1000000 };

/* What was said of one of them. */
struct params_value {
	long long value;
	bool is_given;
};

/* NAME=VALUE */
struct params_pair {
	struct cell_text name;		  /* decoded */
	struct cell_text raw_name, value; /* as they came */
};

/* Of rows whose column says what one of these texts does, or a number or a time
 * in that range, ends included. */
struct params_filter {
	size_t column;
	struct cell_text *texts; /* each may have *, which is any characters */
	size_t text_count;
	double min, max;
};

struct params {
	struct params_filter filters[PARAMS_MAX];
	size_t filter_count;
	struct {
		size_t column;
		bool descends;
	} sort[PARAMS_SORT_MAX];
	size_t sort_count;
	column_set fields; /* to be told */
	bool has_fields;   /* not all of them, maybe */
	bool has_page, has_limit;
	long long limit; /* -1: all */
	long long offset;
	bool is_csv;
	/* None was given. */
	bool are_none;
	/* Of the endpoint's own, in their order. */
	struct params_value values[ENDPOINT_PARAMETERS_MAX];
};

/* Beside its own parameters and columns, an endpoint may take these. */
enum params_word {
	PARAMS_SORT,
	PARAMS_FIELDS,
	PARAMS_LIMIT,
	PARAMS_OFFSET,
	PARAMS_FORMAT,
	PARAMS_WORD__MAX
};

/* A set of them. */
#define PARAMS_WORD_BIT(word) (1U << (word))
#define PARAMS_WORDS_OF_ROWS  (PARAMS_WORD_BIT(PARAMS_WORD__MAX) - 1)

/* How many rows may be asked for. */
struct params_limit {
	long long max;
	const char *takes;  /* "a whole number from 1 to 100000" */
	long long standard; /* of whoever says none; 0: all */
};

/* What it takes: a list that ends without a name, or NULL; columns to filter
 * by, or NULL; and words. */
struct params_table {
	const char *path;
	const struct endpoint_parameter *parameters;
	const struct column_list *columns;
	unsigned words;
	const struct params_limit *limit;
};

/*
 * Reads the pairs; what is kept lives in the arena. ERR_QUERY for the first
 * that is unknown, malformed, or there a second time: the text is for the
 * client, names it, and says what it takes.
 */
enum err_code params_read(const struct params_table *table,
			  const struct params_pair *pairs, size_t count,
			  struct arena *arena, struct params *out,
			  struct err *e);

/* The endpoint's own parameter of that name, which has precedence over a column
 * of the same; NULL if it has none. */
const struct endpoint_parameter *
params_find_own(const struct params_table *table, const struct cell_text *name);

/* Of nothing. */
void params_init(struct params *p, const struct params_table *table);

/* What the columns that are told, filtered or sorted by come from, and whether
 * one of them is when it was measured. */
field_set params_need(const struct params *p, const struct column_list *list,
		      bool *needs_times);

/* What each word takes: "names of columns, ..." */
struct params_word_info {
	const char *name;
	const char *takes;
};
extern const struct params_word_info params_words[PARAMS_WORD__MAX];

#endif
