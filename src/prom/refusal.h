/* Why a query was refused, of what the body of that answer says. */
#ifndef PROM_REFUSAL_H
#define PROM_REFUSAL_H

#include <stdbool.h>

/* Prometheus gave up since the time that it was told was over. */
bool refusal_says_timeout(const char *body);

/* It may not do as much for one query: load as many samples, or answer as many
 * points. So do VictoriaMetrics and Mimir, in their own words. */
bool refusal_says_limit(const char *body);

#endif
