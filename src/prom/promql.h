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

/* Appends a selector of the metric; its name must be a metric name. */
void promql_add_metric(struct buf *out, const char *metric);

/* Appends `count(metric)`. */
void promql_add_count(struct buf *out, const char *metric);

#endif
