/*
 * Builds PromQL text. Names and label values are checked or escaped: nothing
 * that comes from outside can change a query's meaning.
 *
 * Names are plain ones, as every Prometheus takes them, or since Prometheus 3
 * any other text in UTF-8. Such a metric is asked for by its __name__, which
 * each version understands; such a label is in quotes, for which an older one
 * refuses the whole query: it goes only where such names were seen.
 */
#ifndef PROM_PROMQL_H
#define PROM_PROMQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "prom/element.h"

enum { PROMQL_LABEL_MAX_BYTES = 200, PROMQL_LABELS_MAX = 8 };

/* How a matcher compares: =, !=, =~, !~. */
enum promql_match { PROMQL_EQUAL, PROMQL_UNEQUAL, PROMQL_LIKE, PROMQL_UNLIKE };

/* Names of labels, each once, in the order of their list. */
struct promql_labels {
	char names[PROMQL_LABELS_MAX][PROMQL_LABEL_MAX_BYTES + 1];
	size_t count;
};

/* [a-zA-Z_:][a-zA-Z0-9_:]* */
bool promql_is_metric_name(const char *text);

/* [a-zA-Z_][a-zA-Z0-9_]* */
bool promql_is_label_name(const char *text);

/* A name that may have to be in quotes: some characters, all UTF-8. */
bool promql_is_name(const char *text);

/* Appends the label's name, in quotes if it is not plain. */
void promql_add_label(struct buf *out, const char *label);

/*
 * Reads names of labels with commas between, and spaces around them; an empty
 * text has none. ERR_SETTING tells what of it is none: __name__ is not for it,
 * nor is instance, which is the target's.
 */
enum err_code promql_read_labels(const char *text, struct promql_labels *out,
				 struct err *e);

/* That the text can be read. */
enum err_code promql_check_labels(const char *text, struct err *e);

/*
 * Appends label="value", or with another operator, behind a comma if the text
 * is not empty; the label must be a name. An empty value stands for a
 * label that is absent.
 */
void promql_add_condition(struct buf *out, const char *label,
			  enum promql_match match, const char *value);

/* The same, where any of several values will do; none of them is empty, and
 * there is one at least. */
void promql_add_choice(struct buf *out, const char *label,
		       const char *const *values, size_t count);

/* Appends a regular expression of that text alone, as a string has it. */
void promql_add_pattern(struct buf *out, const char *text);

/*
 * Appends a selector of these metrics; each must be a name. conditions
 * is what promql_add_condition wrote, or empty.
 */
void promql_add_selector(struct buf *out, const char *const *metrics,
			 size_t count, const char *conditions);

/* Appends the names of the labels, with commas between. */
void promql_add_names(struct buf *out, const struct element_label *labels,
		      size_t count);

/* Appends " by (a,b)", of the labels' names. */
void promql_add_by(struct buf *out, const struct element_label *labels,
		   size_t count);

#endif
