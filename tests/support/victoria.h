/* A VictoriaMetrics that scrapes nothing: samples are written to it, each with
 * the time that it is to have. */
#ifndef SUPPORT_VICTORIA_H
#define SUPPORT_VICTORIA_H

#include <stdint.h>

#include "support/source.h"

/* As it is started by default. */
void victoria_start(struct source *out);

/*
 * Samples in Prometheus' text format, with times in milliseconds; they can be
 * asked for from now on.
 */
void victoria_write(const struct source *v, const char *text);

/* Unix time in milliseconds, that many seconds ago. */
int64_t victoria_ago_ms(unsigned seconds);

#endif
