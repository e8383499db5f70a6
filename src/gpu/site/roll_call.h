/*
 * One metric of an exporter stands for all of its cards: it tells which there
 * are, and by the time of its samples when they were measured.
 */
#ifndef GPU_SITE_ROLL_CALL_H
#define GPU_SITE_ROLL_CALL_H

#include <stdint.h>

#include "base/buf.h"
#include "gpu/profile/profile.h"
#include "prom/element.h"

/*
 * The field's metric by which the cards are known: the one with the most series
 * (NULL: not known), or the first that each exporter of the kind has. NULL:
 * there is none, or the cards are known by others, which are asked for anyway.
 */
const struct profile_metric *roll_call_find(const struct profile *p,
					    const uint64_t *series);

/* That metric, or else the one that the cards are known by; NULL: there is
 * none. */
const struct profile_metric *roll_call_always(const struct profile *p,
					      const uint64_t *series);

/*
 * The times of that metric's samples, in Unix seconds, one for each series:
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#timestamp
 */
void roll_call_add_times(struct buf *out, const struct profile_metric *m);

/* The newest time of those with the same text in each of the labels. */
void roll_call_add_newest(struct buf *out, const struct profile_metric *m,
			  const struct element_label *labels, size_t count);

/* A series for each such group in which not all times are equal. */
void roll_call_add_uneven(struct buf *out, const struct profile_metric *m,
			  const struct element_label *labels, size_t count);

#endif
