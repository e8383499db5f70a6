#include "support/stock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

#define NOW "1700000000.123"
#define POD "%s-%u-%u-%d" /* of a node's GPU, or its part */

const int stock_windows_s[STOCK_WINDOWS] = {60, 900, 3600};

/* A body that is written, series by series. */
struct body {
	FILE *out;
	char *text;
	size_t length, count;
};

static void
open_body(struct body *b)
{
	*b = (struct body){.text = NULL};
	b->out = open_memstream(&b->text, &b->length);
	harness_require(b->out != NULL, "out of memory");
	fputs("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
	      "\"result\":[",
	      b->out);
}

/* Up to its labels, which come next. */
static FILE *
open_series(struct body *b)
{
	fprintf(b->out, "%s{\"metric\":{", b->count++ > 0 ? "," : "");
	return b->out;
}

static void
close_series(struct body *b, double value)
{
	fprintf(b->out, "},\"value\":[" NOW ",\"%.17g\"]}", value);
}

static void
take(struct body *b, struct canned_answer *out, const char *promql)
{
	fputs("]}}", b->out);
	harness_require(fclose(b->out) == 0, "out of memory");
	*out =
	    (struct canned_answer){.promql = strdup(promql), .body = b->text};
	harness_require(out->promql != NULL, "out of memory");
}

static void
add_cluster(struct body *b, const char *cluster)
{
	if (cluster != NULL)
		fprintf(b->out, ",\"cluster\":\"%s\"", cluster);
}

/* --- GPUs ----------------------------------------------------------------- */

static void
add_gpu(struct body *b, const struct stock_gpu *g, int pod, double value)
{
	FILE *out = open_series(b);

	fprintf(out,
		"\"node\":\"%s\",\"gpu\":\"%u\",\"instance\":\"%s:9400\","
		"\"model\":\"%s\"",
		g->node, g->index, g->node, g->model);
	if (g->part > 0)
		fprintf(out, ",\"part\":\"%u\",\"part_profile\":\"%s\"",
			g->part, g->profile);
	add_cluster(b, g->cluster);
	if (pod >= 0)
		fprintf(out,
			",\"exported_namespace\":\"ml\","
			"\"exported_pod\":\"" POD "\"",
			g->node, g->index, g->part, pod);
	close_series(b, value);
}

/* As exporters do that do not tell pods apart: the same for each. */
static void
add_gpus(const struct stock *s, bool of_plain, const char *promql,
	 double (*value_of)(const struct stock_gpu *g, int window), int window,
	 struct canned_answer *out)
{
	struct body b;

	open_body(&b);
	for (size_t i = 0; i < s->gpu_count; i++) {
		const struct stock_gpu *g = &s->gpus[i];
		double value = value_of(g, window);

		if ((g->is_plain != of_plain && !g->is_twice) || isnan(value))
			continue;
		if (g->pods == 0)
			add_gpu(&b, g, -1, value);
		for (unsigned pod = 0; pod < g->pods; pod++)
			add_gpu(&b, g, (int)pod, value);
	}
	take(&b, out, promql);
}

static double
busy_of(const struct stock_gpu *g, int window)
{
	(void)window;
	return g->busy;
}

static double
busiest_of(const struct stock_gpu *g, int window)
{
	return g->busiest[window];
}

static double
before_of(const struct stock_gpu *g, int window)
{
	(void)window;
	return g->is_new ? (double)NAN : 0;
}

static double
xid_of(const struct stock_gpu *g, int window)
{
	(void)window;
	return g->xid;
}

static double
used_of(const struct stock_gpu *g, int window)
{
	(void)window;
	return g->used_gib * 1024;
}

static double
free_of(const struct stock_gpu *g, int window)
{
	(void)window;
	return g->free_gib * 1024;
}

static size_t
answer_of_gpus(const struct stock *s, bool of_plain, struct canned_answer *out)
{
	const char *prefix = of_plain ? "plain_" : "";
	char promql[128];
	size_t count = 0;

	snprintf(promql, sizeof(promql), "%sbusy{gpu!=\"\"}", prefix);
	add_gpus(s, of_plain, promql, busy_of, 0, &out[count++]);
	snprintf(promql, sizeof(promql), "%sused_mib{gpu!=\"\"}", prefix);
	add_gpus(s, of_plain, promql, used_of, 0, &out[count++]);
	snprintf(promql, sizeof(promql), "%sfree_mib{gpu!=\"\"}", prefix);
	add_gpus(s, of_plain, promql, free_of, 0, &out[count++]);
	for (int i = 0; i < STOCK_WINDOWS; i++) {
		snprintf(promql, sizeof(promql),
			 "max_over_time(%sbusy{gpu!=\"\"}[%ds])", prefix,
			 stock_windows_s[i]);
		add_gpus(s, of_plain, promql, busiest_of, i, &out[count++]);
		snprintf(promql, sizeof(promql), "%sbusy{gpu!=\"\"} offset %ds",
			 prefix, stock_windows_s[i]);
		add_gpus(s, of_plain, promql, before_of, i, &out[count++]);
	}
	return count;
}

/* --- Kubernetes ----------------------------------------------------------- */

static void
answer_of_nodes(const struct stock *s, bool of_ready, struct canned_answer *out)
{
	struct body b;

	open_body(&b);
	for (size_t i = 0; i < s->node_count; i++) {
		const struct stock_node *n = &s->nodes[i];
		enum stock_answer told =
		    of_ready ? n->is_ready : n->is_cordoned;

		if (told == STOCK_UNTOLD)
			continue;
		fprintf(open_series(&b), "\"node\":\"%s\"", n->name);
		add_cluster(&b, n->cluster);
		close_series(&b, told == STOCK_YES);
	}
	take(&b, out,
	     of_ready ? CANNED_START "kube_node_status_condition"
		      : CANNED_START "kube_node_spec_unschedulable");
}

static void
answer_of_resources(const struct stock *s, bool of_capacity,
		    struct canned_answer *out)
{
	struct body b;

	open_body(&b);
	for (size_t i = 0; i < s->resource_count; i++) {
		const struct stock_resource *r = &s->resources[i];

		if (r->is_of_pods_alone)
			continue;
		fprintf(open_series(&b), "\"node\":\"%s\",\"resource\":\"%s\"",
			r->node, r->name);
		add_cluster(&b, r->cluster);
		close_series(&b, of_capacity ? r->capacity : r->allocatable);
	}
	take(&b, out,
	     of_capacity ? CANNED_START "kube_node_status_capacity"
			 : CANNED_START "kube_node_status_allocatable");
}

/* One series of a pod, up to its value: its phase, or what it asks for. */
static void
end_pod(struct body *b, const char *node, const char *resource,
	const char *cluster)
{
	fputs("\"namespace\":\"ml\"", b->out);
	if (resource == NULL)
		fputs(",\"phase\":\"Running\"", b->out);
	else
		fprintf(b->out,
			",\"node\":\"%s\",\"resource\":\"%s\","
			"\"container\":\"c\"",
			node, resource);
	add_cluster(b, cluster);
}

/* One has all that is held by those whom nobody shows. */
static void
add_unseen_pods(const struct stock *s, bool of_phases, struct body *b)
{
	for (size_t i = 0; i < s->resource_count; i++) {
		const struct stock_resource *r = &s->resources[i];

		if (r->unseen == 0)
			continue;
		fprintf(open_series(b), "\"pod\":\"of-%zu\",", i);
		end_pod(b, r->node, of_phases ? NULL : r->name, r->cluster);
		close_series(b, of_phases ? 1 : r->unseen);
	}
}

static void
add_seen_pods(const struct stock *s, bool of_phases, struct body *b)
{
	for (size_t i = 0; i < s->gpu_count; i++) {
		const struct stock_gpu *g = &s->gpus[i];

		for (unsigned pod = 0; g->asks != NULL && pod < g->pods;
		     pod++) {
			fprintf(open_series(b), "\"pod\":\"" POD "\",", g->node,
				g->index, g->part, (int)pod);
			end_pod(b, g->node, of_phases ? NULL : g->asks,
				g->cluster);
			close_series(b, 1);
		}
	}
}

static void
answer_of_pods(const struct stock *s, bool of_phases, struct canned_answer *out)
{
	struct body b;

	open_body(&b);
	if (s->tells_pods) {
		add_unseen_pods(s, of_phases, &b);
		add_seen_pods(s, of_phases, &b);
	}
	take(&b, out,
	     of_phases ? CANNED_START "kube_pod_status_phase"
		       : CANNED_START
		 "kube_pod_container_resource_requests{resource=~");
}

static void
answer_whether_told(const struct stock *s, struct canned_answer *out)
{
	struct body b;

	open_body(&b);
	if (s->tells_pods) {
		open_series(&b);
		close_series(&b, 1);
	}
	take(&b, out, CANNED_START "group by (");
}

void
stock_answer(const struct stock *s,
	     struct canned_answer out[static STOCK_ANSWERS])
{
	size_t count = answer_of_gpus(s, false, out);

	add_gpus(s, false, "xid{gpu!=\"\"}", xid_of, 0, &out[count++]);
	count += answer_of_gpus(s, true, out + count);
	answer_of_nodes(s, true, &out[count++]);
	answer_of_nodes(s, false, &out[count++]);
	answer_of_resources(s, true, &out[count++]);
	answer_of_resources(s, false, &out[count++]);
	answer_of_pods(s, true, &out[count++]);
	answer_of_pods(s, false, &out[count++]);
	answer_whether_told(s, &out[count++]);
	out[count++] = (struct canned_answer){.promql = NULL};
	harness_require(count == STOCK_ANSWERS, "%zu answers", count);
}

void
stock_free(struct canned_answer answers[static STOCK_ANSWERS])
{
	for (size_t i = 0; i < STOCK_ANSWERS; i++) {
		free((char *)(uintptr_t)answers[i].promql);
		free((char *)(uintptr_t)answers[i].body);
	}
}
