/*
 * A fleet of GPUs, some of them Kubernetes', as what Prometheus answers of it:
 * for tests/golden/profiles/available, and the canned pool.
 */
#ifndef SUPPORT_STOCK_H
#define SUPPORT_STOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "support/canned_pool.h"

/* The windows of which is told how busy everything was. */
enum { STOCK_WINDOWS = 3, STOCK_ANSWERS = 20 };
extern const int stock_windows_s[STOCK_WINDOWS]; /* ascending */

/* A GPU, or a part of it. NaN: nobody tells. */
struct stock_gpu {
	const char *node;
	unsigned index;
	unsigned part; /* 0: it is whole */
	const char *profile;
	const char *model;
	double busy, busiest[STOCK_WINDOWS]; /* percent */
	double used_gib, free_gib;
	unsigned pods; /* that its exporter shows on it */
	bool is_plain; /* of an exporter that shows none */
};

enum stock_answer { STOCK_UNTOLD, STOCK_NO, STOCK_YES };

struct stock_node {
	const char *name;
	enum stock_answer is_ready, is_cordoned;
};

/* What Kubernetes hands out on a node. */
struct stock_resource {
	const char *node, *name;
	unsigned capacity, allocatable, requested;
};

struct stock {
	const struct stock_gpu *gpus;
	size_t gpu_count;
	const struct stock_node *nodes;
	size_t node_count;
	const struct stock_resource *resources;
	size_t resource_count;
	bool tells_pods; /* somebody tells what pods ask for */
};

/* The answers, to be freed; the last one has no promql. */
void stock_answer(const struct stock *s,
		  struct canned_answer out[static STOCK_ANSWERS]);
void stock_free(struct canned_answer answers[static STOCK_ANSWERS]);

#endif
