/*
 * PromQL's matchers as a setting has them, {cluster="a",env!~"test|dev"}: read,
 * so that what is wrong is told at the start, and written again in one way.
 */
#ifndef PROM_MATCHERS_H
#define PROM_MATCHERS_H

#include "base/buf.h"
#include "base/err.h"

enum { MATCHERS_MAX_BYTES = 1024 };

/*
 * Appends the conditions of a selector that the text stands for, as
 * promql_add_condition writes them: nothing for "{}". ERR_SETTING: what is
 * wrong, and where; ERR_MEMORY. The name of a metric is not for it, and of
 * regular expressions the worst faults alone are found.
 */
enum err_code matchers_read(const char *text, struct buf *out, struct err *e);

/* That the text can be read. */
enum err_code matchers_check(const char *text, struct err *e);

#endif
