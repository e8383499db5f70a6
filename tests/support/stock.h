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
enum { STOCK_WINDOWS = 3, STOCK_ANSWERS = 27 };
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
	unsigned pods;	  /* that its exporter shows on it */
	const char *asks; /* each of them, for one of that; NULL: for nothing */
	bool is_plain;	  /* of an exporter that shows none */
	const char *cluster;
	bool is_new;   /* it was not measured when any window began */
	bool is_twice; /* both exporters tell of it */
	unsigned xid;
};

enum stock_answer { STOCK_UNTOLD, STOCK_NO, STOCK_YES };

struct stock_node {
	const char *name;
	enum stock_answer is_ready, is_cordoned;
	const char *cluster;
};

/* What Kubernetes hands out on a node. */
struct stock_resource {
	const char *node, *name;
	unsigned capacity, allocatable;
	unsigned unseen; /* by a pod that no exporter shows */
	const char *cluster;
	bool is_of_pods_alone; /* how much the node has nobody tells */
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
