/*
 * What kube-state-metrics tells of the nodes that have GPUs: how many there
 * are to hand out, and whether they are.
 */
#ifndef GPU_COLLECT_KUBE_NODES_H
#define GPU_COLLECT_KUBE_NODES_H

#include <stddef.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/fleet/capacity.h"
#include "gpu/profile/profile.h"
#include "prom/ask.h"

enum { KUBE_NODES_QUESTIONS = 5 };

/* Adds the questions, as kube_ask does. */
enum err_code kube_nodes_ask(struct ask *a, const struct profile *p,
			     struct err *e);

/*
 * Takes the answers, from that question on. Without how much there is to hand
 * out there is nothing to tell: out->failure. Others that failed, of which
 * out->lacks has one, become warnings, and log lines.
 */
enum err_code kube_nodes_read(struct call *call, struct ask *a, size_t first,
			      struct capacity *out, struct err *e);

#endif
