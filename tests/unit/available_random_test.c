/*
 * /api/v1/gpu/available of 1,000 random fleets, each asked for something else:
 * the rows are those that a second, simple reading of the README finds, which
 * looks at every GPU for every question.
 */
#include <CUnit/CUnit.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/endpoint.h"
#include "gpu/collect/memory.h"
#include "support/canned_call.h"
#include "support/stock.h"
#include "support/suite.h"

#define PROFILES "tests/golden/profiles/available"

enum {
	FLEETS = 1000,
	NODES = 6,
	CARDS = 8,
	PARTS = 3,
	GPUS_MAX = NODES * CARDS * PARTS,
	KUBERNETES_MAX = NODES + 1,
	RESOURCES_MAX = KUBERNETES_MAX * 8,
	QUERY_BYTES = 1024,
	BODY_BYTES = 1 << 20,
	MEMORY_BYTES = 1 << 20
};

static unsigned seed;

static unsigned
below(unsigned count)
{
	return (unsigned)rand_r(&seed) % count;
}

static bool
happens(unsigned percent)
{
	return below(100) < percent;
}

#define ONE_OF(array) ((array)[below(sizeof(array) / sizeof(*(array)))])

/* --- a fleet -------------------------------------------------------------- */

static const char *const node_names[NODES] = {"n1", "n2",  "n3",
					      "n9", "n10", "n11"};
static const char a100[] = "NVIDIA A100-SXM4-80GB",
		  h100[] = "NVIDIA H100 80GB HBM3",
		  mi300[] = "AMD Instinct MI300X";
static const char *const profiles[] = {"1g.10gb", "2g.20gb", "3g.40gb"};

static struct stock_gpu gpus[GPUS_MAX];
static struct stock_node nodes[KUBERNETES_MAX];
static struct stock_resource resources[RESOURCES_MAX];
static struct stock stock = {
    .gpus = gpus, .nodes = nodes, .resources = resources};

static double
random_percent(void)
{
	static const double values[] = {0,   0,	    0, 0,     0,     0,	 0,  0,
					0.4, 0.996, 1, 1.004, 1.006, 30, 100};

	return happens(5) ? NAN : ONE_OF(values);
}

/* Whose greatest of a longer time is no less than that of a shorter one. */
static void
measure(struct stock_gpu *g, double total_gib)
{
	static const double used[] = {0, 0, 0, 0.5, 0.5, 1, 1.5, 8};
	double most;

	g->busy = random_percent();
	most = isnan(g->busy) ? 0 : g->busy;
	for (int i = 0; i < STOCK_WINDOWS; i++) {
		double more = happens(15) ? random_percent() : 0;

		most = fmax(most, more);
		g->busiest[i] = isnan(more) ? NAN : most;
	}
	/* Of whom nothing is known is not there. */
	g->used_gib = happens(5) && !isnan(g->busy) ? NAN : ONE_OF(used);
	g->free_gib = total_gib - g->used_gib;
	g->is_new = happens(5);
	g->xid = !happens(5) ? 0 : happens(50) ? 79 : 13;
}

static void
add_gpu(const struct stock_gpu *like, double total_gib)
{
	struct stock_gpu *g = &gpus[stock.gpu_count++];

	*g = *like;
	measure(g, total_gib);
	if (!g->is_plain && happens(30))
		g->pods = 1 + below(2);
}

static void
add_card(const char *node, unsigned index, bool is_plain)
{
	static const char *const models[] = {a100, a100, h100, mi300};
	static const double totals[] = {10, 20, 40};
	struct stock_gpu like = {.node = node,
				 .index = index,
				 .model = ONE_OF(models),
				 .is_plain = is_plain};
	unsigned parts = 1 + below(PARTS);

	if (like.model != a100 || happens(60)) {
		add_gpu(&like, 80);
		return;
	}
	for (like.part = 1; like.part <= parts; like.part++) {
		unsigned kind = below(2 + happens(30));

		like.profile = profiles[kind];
		add_gpu(&like, totals[kind]);
	}
}

static void
add_resource(const char *node, const char *name)
{
	struct stock_resource *r = &resources[stock.resource_count++];
	unsigned count = below(CARDS) + happens(90);

	*r = (struct stock_resource){.node = node,
				     .name = name,
				     .capacity = count,
				     .allocatable = count};
	if (happens(15) && count > 0)
		r->allocatable--;
	if (count > 0 && happens(50))
		r->unseen = below(r->allocatable + 2);
}

/* One of those of its node, if there is any. */
static const char *
random_resource(const struct stock_gpu *g)
{
	const char *name = NULL;
	unsigned count = 0;

	for (size_t i = 0; i < stock.resource_count; i++)
		if (strcmp(resources[i].node, g->node) == 0 &&
		    below(++count) == 0)
			name = resources[i].name;
	return name;
}

static void
add_kubernetes(const char *name)
{
	static const char *const names[] = {
	    "nvidia_com_gpu",
	    "nvidia_com_gpu_shared",
	    "nvidia_com_mig_1g_10gb",
	    "nvidia_com_mig_2g_20gb",
	    "amd_com_gpu",
	};
	static const unsigned odds[] = {80, 20, 20, 20, 60};
	struct stock_node *n = &nodes[stock.node_count++];

	*n = (struct stock_node){
	    .name = name, .is_ready = STOCK_YES, .is_cordoned = STOCK_NO};
	if (happens(10))
		n->is_ready = (enum stock_answer)below(2);
	if (happens(10))
		n->is_cordoned = happens(50) ? STOCK_YES : STOCK_UNTOLD;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (happens(odds[i]))
			add_resource(name, names[i]);
}

static void
make_fleet(void)
{
	unsigned node_count = 1 + below(NODES);

	stock.gpu_count = stock.node_count = stock.resource_count = 0;
	stock.tells_pods = happens(95);
	for (unsigned i = 0; i < node_count; i++) {
		unsigned cards = 1 + below(CARDS);
		bool is_plain = happens(30), is_mixed = happens(20);

		for (unsigned k = 0; k < cards; k++)
			add_card(node_names[i], k,
				 is_mixed ? happens(50) : is_plain);
		if (happens(60))
			add_kubernetes(node_names[i]);
	}
	if (happens(5))
		add_kubernetes("elsewhere");
	for (size_t i = 0; i < stock.gpu_count; i++)
		gpus[i].asks = happens(80) ? random_resource(&gpus[i]) : NULL;
}

/* --- a question ----------------------------------------------------------- */

enum by { BY_GPU, BY_NODE, BY_MODEL };

static struct question {
	char query[QUERY_BYTES];
	enum by by;
	unsigned count, limit;
	bool with_held, is_spread;
	int window; /* a place in stock_windows_s; -1: now is enough */
	/* As texts have them that only tests compare. */
	bool of_a100, of_amd, of_two_nodes, of_small_parts, of_first_cards;
	double memory_free_min, utilization_min, utilization_max;
	bool wants_idle;
} q;

static void
ask_for(const char *name, const char *value)
{
	size_t length = strlen(q.query);

	snprintf(q.query + length, sizeof(q.query) - length, "&%s=%s", name,
		 value);
}

static void
ask_for_filters(void)
{
	if ((q.of_a100 = happens(15)))
		ask_for("gpu_name", "*A100*");
	if ((q.of_amd = happens(5)))
		ask_for("vendor", "AMD");
	if ((q.of_two_nodes = happens(10)))
		ask_for("node_name", "n1,n10");
	if ((q.of_small_parts = happens(12)))
		ask_for("mig_profile", "1g.*");
	if ((q.of_first_cards = happens(10)))
		ask_for("gpu_index", "..1");
	q.memory_free_min = -INFINITY;
	if (happens(20)) {
		q.memory_free_min = 20;
		ask_for("memory_free", "20..");
	}
	q.utilization_min = -INFINITY;
	q.wants_idle = false;
	if (happens(5)) {
		q.utilization_max = 1;
		ask_for("utilization", "..1");
	} else if (happens(20)) {
		q.utilization_max = 50;
		ask_for("utilization", "..50");
	} else if (happens(5)) {
		q.utilization_min = 0.4;
		q.utilization_max = INFINITY;
		ask_for("utilization", "0.4..");
	} else {
		q.wants_idle = true;
	}
}

static void
make_question(void)
{
	static const char *const fields[] = {
	    [BY_GPU] = "gpu&fields=node_name,gpu_index,mig_instance_id,"
		       "mig_profile,gpu_name,vendor,memory_free,memory_total,"
		       "utilization,idle_s,held",
	    [BY_NODE] = "node&fields=node_name,gpu_models,free_count,"
			"gpu_count,gpu_indexes,memory_free_min",
	    [BY_MODEL] = "model&fields=gpu_name,vendor,free_count,"
			 "gpu_count,node_count,fits_1,fits_2,fits_4,fits_8"};
	static const unsigned counts[] = {1, 1, 2, 3, 4, 8};
	static const unsigned limits[] = {1, 3, 1000};
	char number[16];

	memset(&q, 0, sizeof(q));
	strcpy(q.query, "format=csv");
	q.by = (enum by)below(3);
	ask_for("by", fields[q.by]);
	q.count = ONE_OF(counts);
	snprintf(number, sizeof(number), "%u", q.count);
	if (q.count > 1 || happens(20))
		ask_for("count", number);
	if ((q.with_held = happens(20)))
		ask_for("held", "include");
	if ((q.is_spread = happens(40)))
		ask_for("order", "spread");
	/* That of JSON is not that of CSV, which has none. */
	q.limit = happens(30) ? UINT_MAX : ONE_OF(limits);
	snprintf(number, sizeof(number), "%u", q.limit);
	if (q.limit != UINT_MAX)
		ask_for("limit", number);
	q.window = (int)below(STOCK_WINDOWS + 1) - 1;
	snprintf(number, sizeof(number), "%d",
		 q.window < 0 ? 0 : stock_windows_s[q.window]);
	/* The second is the settings'. */
	if (q.window != 1 || happens(50))
		ask_for("idle_for", number);
	ask_for_filters();
}

/* --- what is to be told --------------------------------------------------- */

static const char *
vendor_of(const struct stock_gpu *g)
{
	return g->model == mi300 ? "AMD" : "NVIDIA";
}

static bool
are_vendors(const struct stock_resource *r, const struct stock_gpu *g)
{
	return (strncmp(r->name, "amd", 3) == 0) == (g->model == mi300);
}

static bool
is_of_vendor(const struct stock_resource *r, const struct stock_gpu *g)
{
	return strcmp(r->node, g->node) == 0 && are_vendors(r, g);
}

static bool
is_of_parts(const struct stock_resource *r)
{
	return strstr(r->name, "_mig_") != NULL;
}

/* What a plugin that hands out something else now has left behind. */
static bool
is_leftover(const struct stock_resource *r)
{
	for (size_t i = 0; r->capacity == 0 && i < stock.resource_count; i++)
		if (strcmp(resources[i].node, r->node) == 0 &&
		    resources[i].capacity > 0 &&
		    (resources[i].name[0] == r->name[0]))
			return true;
	return false;
}

static bool
hands_out(const struct stock_resource *r, const struct stock_gpu *g)
{
	bool are_parts_apart = false;

	if (!is_of_vendor(r, g) || is_leftover(r))
		return false;
	if (is_of_parts(r))
		return g->part > 0 && strncmp(strstr(r->name, "_mig_") + 5,
					      g->profile, 2) == 0;
	for (size_t i = 0; i < stock.resource_count; i++)
		are_parts_apart |= strcmp(resources[i].node, r->node) == 0 &&
				   is_of_parts(&resources[i]) &&
				   resources[i].capacity > 0;
	return g->part == 0 || !are_parts_apart;
}

static unsigned
requested_of(const struct stock_resource *r)
{
	unsigned requested = r->unseen;

	for (size_t i = 0; i < stock.gpu_count; i++)
		if (strcmp(gpus[i].node, r->node) == 0 &&
		    gpus[i].asks == r->name)
			requested += gpus[i].pods;
	return requested;
}

static unsigned
left_of(const struct stock_resource *r)
{
	unsigned requested = requested_of(r);

	return requested < r->allocatable ? r->allocatable - requested : 0;
}

/* As what most of it is left; NULL: nothing. */
static const struct stock_resource *
source_of(const struct stock_gpu *g)
{
	const struct stock_resource *most = NULL;

	for (size_t i = 0; i < stock.resource_count; i++)
		if (hands_out(&resources[i], g) &&
		    (most == NULL || left_of(&resources[i]) > left_of(most) ||
		     (left_of(&resources[i]) == left_of(most) &&
		      strcmp(resources[i].name, most->name) < 0)))
			most = &resources[i];
	return most;
}

/* Whether it may be on a node that Kubernetes has under another name. */
static bool
may_be_elsewhere(const struct stock_gpu *g)
{
	for (size_t i = 0; i < stock.resource_count; i++)
		if (strcmp(resources[i].node, "elsewhere") == 0 &&
		    resources[i].capacity > 0 && are_vendors(&resources[i], g))
			return true;
	return false;
}

/* Whether it could be had: what is not known is not so. */
static bool
is_offered(const struct stock_gpu *g)
{
	bool is_of_kubernetes = false, is_vendors = false;
	const struct stock_resource *source = source_of(g);

	for (size_t i = 0; i < stock.resource_count; i++) {
		is_of_kubernetes |= strcmp(resources[i].node, g->node) == 0;
		is_vendors |= is_of_vendor(&resources[i], g);
	}
	for (size_t i = 0; i < stock.node_count; i++) {
		if (strcmp(nodes[i].name, g->node) != 0)
			continue;
		is_of_kubernetes |= nodes[i].is_ready != STOCK_UNTOLD ||
				    nodes[i].is_cordoned != STOCK_UNTOLD;
		if (is_of_kubernetes && (nodes[i].is_ready != STOCK_YES ||
					 nodes[i].is_cordoned != STOCK_NO))
			return false;
	}
	if (!is_of_kubernetes && may_be_elsewhere(g))
		return false;
	if (!is_vendors)
		return true;
	return source != NULL && stock.tells_pods && left_of(source) > 0;
}

static enum stock_answer
held_by_kubernetes(const struct stock_gpu *g)
{
	enum stock_answer held = STOCK_NO;

	for (size_t i = 0; i < stock.resource_count; i++) {
		unsigned shown = 0;

		if (!hands_out(&resources[i], g))
			continue;
		for (size_t k = 0; k < stock.gpu_count; k++)
			if (hands_out(&resources[i], &gpus[k]))
				shown += gpus[k].pods;
		if (!stock.tells_pods || resources[i].unseen > 0 ||
		    requested_of(&resources[i]) > shown)
			held = STOCK_UNTOLD;
	}
	return held;
}

static enum stock_answer
is_held(const struct stock_gpu *g)
{
	if (g->pods > 0)
		return STOCK_YES;
	if (source_of(g) != NULL)
		return held_by_kubernetes(g);
	for (size_t i = 0; i < stock.gpu_count; i++)
		if (strcmp(gpus[i].node, g->node) == 0 && gpus[i].pods > 0 &&
		    gpus[i].is_plain == g->is_plain)
			return STOCK_NO;
	return STOCK_UNTOLD;
}

static double
rounded(double percent)
{
	return round(percent * 100) / 100;
}

/* The most of the window, to which the last sample belongs. */
static double
most_of(const struct stock_gpu *g, int window)
{
	return fmax(g->busiest[window], g->busy);
}

static bool
is_within(double percent)
{
	return q.wants_idle ? percent < 1
			    : rounded(percent) <= q.utilization_max;
}

static bool
is_idle(const struct stock_gpu *g)
{
	return is_within(g->busy) &&
	       (q.wants_idle || rounded(g->busy) >= q.utilization_min) &&
	       (q.window < 0 ||
		(!g->is_new && is_within(most_of(g, q.window))));
}

/* It, or another part of its card. Only one of the exporters tells of that. */
static bool
is_broken(const struct stock_gpu *g)
{
	for (size_t i = 0; i < stock.gpu_count; i++)
		if (strcmp(gpus[i].node, g->node) == 0 &&
		    gpus[i].index == g->index && !gpus[i].is_plain &&
		    gpus[i].xid == 79)
			return true;
	return false;
}

static bool
is_free(const struct stock_gpu *g)
{
	enum stock_answer held = is_held(g);

	if (!is_offered(g) || !is_idle(g) || is_broken(g))
		return false;
	if (!q.with_held && (held == STOCK_YES || !(g->used_gib < 1)))
		return false;
	return q.memory_free_min < 0 || g->free_gib >= q.memory_free_min;
}

static bool
is_asked(const struct stock_gpu *g)
{
	return (!q.of_a100 || g->model == a100) &&
	       (!q.of_amd || g->model == mi300) &&
	       (!q.of_two_nodes || strcmp(g->node, "n1") == 0 ||
		strcmp(g->node, "n10") == 0) &&
	       (!q.of_small_parts || (g->part > 0 && g->profile[0] == '1')) &&
	       (!q.of_first_cards || g->index <= 1);
}

/* Whether the rows that are not by GPU tell of it. */
static bool
is_of_kind(const struct stock_gpu *g)
{
	return (g->part > 0) == q.of_small_parts;
}

/* How many like that one could be had on its node: of its model, or any. */
static unsigned
count_on_node(const struct stock_gpu *like, bool of_model)
{
	unsigned count = 0;

	for (size_t i = 0; i < stock.gpu_count; i++) {
		const struct stock_resource *source = source_of(&gpus[i]);
		unsigned before = 0;

		if (strcmp(gpus[i].node, like->node) != 0 ||
		    (gpus[i].part > 0) != (like->part > 0) ||
		    (of_model && gpus[i].model != like->model) ||
		    !is_asked(&gpus[i]) || !is_free(&gpus[i]))
			continue;
		for (size_t k = 0; k < i; k++)
			before += strcmp(gpus[k].node, like->node) == 0 &&
				  (gpus[k].part > 0) == (like->part > 0) &&
				  (!of_model || gpus[k].model == like->model) &&
				  is_asked(&gpus[k]) && is_free(&gpus[k]) &&
				  source_of(&gpus[k]) == source;
		count += source == NULL || before < left_of(source);
	}
	return count >= q.count ? count : 0;
}

/* --- rows ----------------------------------------------------------------- */

struct row {
	const struct stock_gpu *gpu; /* the first */
	unsigned free_on_node;
};

static int
compare_rows(const void *a, const void *b)
{
	const struct row *p = a, *r = b;
	int order = (int)p->free_on_node - (int)r->free_on_node;

	if (q.is_spread)
		order = -order;
	return order != 0 ? order : (p->gpu > r->gpu) - (p->gpu < r->gpu);
}

static void
write_number(FILE *out, double number)
{
	if (!isnan(number))
		fprintf(out, "%.10g", number);
}

static void
write_gpu(FILE *out, const struct stock_gpu *g)
{
	static const char *const answers[] = {"", "false", "true"};
	int window = q.window < 0 ? 1 : q.window;
	double most = most_of(g, window);

	fprintf(out, "%s,%u,", g->node, g->index);
	if (g->part > 0)
		fprintf(out, "%u,%s,", g->part, g->profile);
	else
		fputs(",,", out);
	fprintf(out, "%s,%s,", g->model, vendor_of(g));
	write_number(out, g->free_gib);
	fputs(",", out);
	write_number(out, g->free_gib + g->used_gib);
	fputs(",", out);
	write_number(out, rounded(g->busy));
	fputs(",", out);
	if (most >= 1)
		fputs("0", out);
	else if (!g->is_new)
		fprintf(out, "%d", stock_windows_s[window]);
	fprintf(out, ",%s\r\n", answers[is_held(g)]);
}

/* Those of the node that are free, as row's GPU is. */
static bool
is_in_row(const struct stock_gpu *g, const struct row *row)
{
	return strcmp(g->node, row->gpu->node) == 0 && is_of_kind(g) &&
	       is_asked(g);
}

static void
write_models(FILE *out, const struct row *row)
{
	static const char *const sorted[] = {mi300, a100, h100};
	bool is_first = true;

	for (size_t m = 0; m < sizeof(sorted) / sizeof(*sorted); m++)
		for (size_t i = 0; i < stock.gpu_count; i++)
			if (gpus[i].model == sorted[m] &&
			    is_in_row(&gpus[i], row) && is_free(&gpus[i])) {
				fprintf(out, "%s%s", is_first ? "" : ";",
					sorted[m]);
				is_first = false;
				break;
			}
}

static void
write_node(FILE *out, const struct row *row)
{
	unsigned count = 0;
	double least = INFINITY;
	int last = -1;

	fprintf(out, "%s,", row->gpu->node);
	write_models(out, row);
	for (size_t i = 0; i < stock.gpu_count; i++)
		count += is_in_row(&gpus[i], row);
	fprintf(out, ",%u,%u,", row->free_on_node, count);
	for (size_t i = 0; i < stock.gpu_count; i++) {
		const struct stock_gpu *g = &gpus[i];

		if (!is_in_row(g, row) || !is_free(g))
			continue;
		if ((int)g->index != last)
			fprintf(out, "%s%u", last >= 0 ? ";" : "", g->index);
		last = (int)g->index;
		/* What is not known stays so. */
		if (!(g->free_gib >= least) && !isnan(least))
			least = g->free_gib;
	}
	fputs(",", out);
	write_number(out, least);
	fputs("\r\n", out);
}

static void
write_gpus_and_nodes(FILE *out)
{
	struct row rows[GPUS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < stock.gpu_count; i++) {
		const struct stock_gpu *g = &gpus[i];
		bool is_told = is_asked(g) && is_free(g);

		if (q.by == BY_NODE)
			is_told &=
			    is_of_kind(g) &&
			    (count == 0 ||
			     strcmp(rows[count - 1].gpu->node, g->node) != 0);
		rows[count] =
		    (struct row){g, is_told ? count_on_node(g, false) : 0};
		count += rows[count].free_on_node > 0;
	}
	qsort(rows, count, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < count && i < q.limit; i++)
		if (q.by == BY_GPU)
			write_gpu(out, rows[i].gpu);
		else
			write_node(out, &rows[i]);
}

static bool
is_first_of_node(size_t place, const char *model)
{
	for (size_t i = 0; i < place; i++)
		if (gpus[i].model == model && is_of_kind(&gpus[i]) &&
		    is_asked(&gpus[i]) &&
		    strcmp(gpus[i].node, gpus[place].node) == 0)
			return false;
	return true;
}

/* False: there is none of it. */
static bool
write_model(FILE *out, const char *model)
{
	unsigned all = 0, free_count = 0, node_count = 0, fits[9] = {0};
	const struct stock_gpu *one = NULL;

	for (size_t i = 0; i < stock.gpu_count; i++) {
		const struct stock_gpu *g = &gpus[i];
		unsigned count;

		if (g->model != model || !is_of_kind(g) || !is_asked(g))
			continue;
		one = g;
		all++;
		if (!is_first_of_node(i, model))
			continue;
		count = count_on_node(g, true);
		free_count += count;
		node_count += count > 0;
		for (unsigned size = 1; size <= 8; size++)
			fits[size] += count / size;
	}
	if (one == NULL)
		return false;
	fprintf(out, "%s,%s,%u,%u,%u,%u,%u,%u,%u\r\n", model, vendor_of(one),
		free_count, all, node_count, fits[1], fits[2], fits[4],
		fits[8]);
	return true;
}

static void
write_all_models(FILE *out)
{
	unsigned count = 0;

	count += write_model(out, mi300);
	if (count < q.limit)
		count += write_model(out, a100);
	if (count < q.limit)
		write_model(out, h100);
}

static char *
expected(void)
{
	const char *names = strstr(q.query, "fields=") + strlen("fields=");
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fprintf(out, "%.*s\r\n", (int)strcspn(names, "&"), names);
	if (q.by == BY_MODEL)
		write_all_models(out);
	else
		write_gpus_and_nodes(out);
	fclose(out);
	return text;
}

/* --- both ----------------------------------------------------------------- */

static void
ask_and_compare(struct canned_call *call, unsigned number, const char *rows)
{
	struct params params;
	bool is_same;

	CU_ASSERT_EQUAL_FATAL(
	    canned_call_query(call, &endpoint_available, q.query, &params),
	    ERR_OK);
	CU_ASSERT_EQUAL(
	    canned_call_answer(call, &endpoint_available, BODY_BYTES), ERR_OK);
	is_same = call->body.length == strlen(rows) &&
		  memcmp(call->body.data, rows, call->body.length) == 0;
	CU_ASSERT_TRUE(is_same);
	if (!is_same)
		printf("# fleet %u, %s:\n%.*s\n# instead of\n%s\n", number,
		       q.query, (int)call->body.length, call->body.data, rows);
	buf_fini(&call->body);
}

/* How many rows there are to be. Who remembers the series tells the same. */
static unsigned
compare(unsigned number)
{
	struct canned_answer answers[STOCK_ANSWERS];
	struct memory *memory = memory_new(MEMORY_BYTES, NULL);
	struct canned_call call;
	char *rows = expected();
	unsigned count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	stock_answer(&stock, answers);
	canned_call_init(&call, PROFILES, answers, CANNED_AMPLE_BYTES);
	call.collector.memory = memory;
	for (int times = 0; times < 2; times++)
		ask_and_compare(&call, number, rows);
	for (size_t i = 0; rows[i] != '\0'; i++)
		count += rows[i] == '\n';
	canned_call_fini(&call);
	memory_free(memory);
	stock_free(answers);
	free(rows);
	return count - 1;
}

static void
finds_the_same_rows(void)
{
	unsigned rows = 0, with_rows = 0;

	for (unsigned i = 0; i < FLEETS; i++) {
		unsigned count;

		seed = i;
		make_fleet();
		make_question();
		count = compare(i);
		rows += count;
		with_rows += count > 0;
	}
	printf("# %u rows, of %u fleets\n", rows, with_rows);
	/* Who asks for what there never is compares nothing. */
	CU_ASSERT_TRUE(rows >= FLEETS);
	CU_ASSERT_TRUE(with_rows >= FLEETS / 2);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"finds the same rows", finds_the_same_rows}, {NULL, NULL}};

	return suite_run("available_random", tests);
}
