/*
 * Builds PromQL text. Metric and label names are checked, label values are
 * escaped: nothing that comes from outside can change a query's meaning.
 */
#ifndef PROM_PROMQL_H
#define PROM_PROMQL_H

#include <stdbool.h>

#include "base/buf.h"

/* [a-zA-Z_:][a-zA-Z0-9_:]* */
bool promql_is_metric_name(const char *text);

/* [a-zA-Z_][a-zA-Z0-9_]* */
bool promql_is_label_name(const char *text);

/*
 * Appends label="value" or label!="value", behind a comma if the text is not
 * empty; the label must be a label name. An empty value stands for a label
 * that is absent.
 */
void promql_add_condition(struct buf *out, const char *label, bool is_equal,
			  const char *value);

/*
 * Appends a selector of these metrics; each must be a metric name. conditions
 * is what promql_add_condition wrote, or empty.
 */
void promql_add_selector(struct buf *out, const char *const *metrics,
			 size_t count, const char *conditions);

#endif
