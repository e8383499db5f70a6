#include "gpu/fleet/problem_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUMMARY_BYTES = 512, NAME_BYTES = 128 };

struct problem
problem_of(enum problem_kind kind, const struct fleet_gpu *gpu)
{
	const struct problem_kind_info *info = &problem_kinds[kind];

	return (struct problem){.severity = info->severity,
				.kind = kind,
				.action = info->action,
				.gpu = gpu,
				.namespace = FLEET_UNKNOWN,
				.pod = FLEET_UNKNOWN,
				.value = NAN,
				.threshold = NAN,
				.unit = info->unit,
				.code = NAN,
				.timestamp_s = gpu->timestamp_s};
}

/* --- in words ------------------------------------------------------------- */

/* "node-7", or "GPU 3 of node-7". */
static void
write_subject(const struct fleet *f, const struct problem *p,
	      char out[static SUMMARY_BYTES])
{
	const struct intern_string *node =
	    fleet_text(f, fleet_told_node(f, p->gpu));
	const char *name = node != NULL ? node->text : "a node without a name";

	if (p->is_of_node)
		snprintf(out, SUMMARY_BYTES, "%.*s", NAME_BYTES, name);
	else if (p->gpu->index == FLEET_UNKNOWN)
		snprintf(out, SUMMARY_BYTES, "A GPU of %.*s", NAME_BYTES, name);
	else
		snprintf(out, SUMMARY_BYTES, "GPU %" PRIu32 " of %.*s",
			 p->gpu->index, NAME_BYTES, name);
}

static const char *
write_summary(struct problem_rows *r, const struct problem *p, const char *more)
{
	char subject[SUMMARY_BYTES], text[2 * SUMMARY_BYTES];
	int length;

	write_subject(&r->table->workloads.fleet, p, subject);
	length = snprintf(text, sizeof(text), "%s %s%s", subject,
			  problem_kinds[p->kind].sentence, more);
	if (length >= (int)sizeof(text))
		length = (int)sizeof(text) - 1;
	return arena_copy(r->table->arena, text, (size_t)length);
}

/* --- rows ----------------------------------------------------------------- */

/* Of a card that is split nobody has all. */
static void
add_holder(const struct problem_rows *r, struct problem *p)
{
	size_t count;
	struct workload *const *holders;

	if (p->is_of_node || p->pod != FLEET_UNKNOWN)
		return;
	holders = workload_find(&r->table->workloads, p->gpu, &count);
	if (count != 1)
		return;
	p->namespace = holders[0]->name.namespace;
	p->pod = holders[0]->name.pod;
}

static bool
make_room(struct problem_rows *r)
{
	enum { FIRST_CAPACITY = 64 };
	size_t wanted = r->capacity > 0 ? 2 * r->capacity : FIRST_CAPACITY;
	const struct problem **grown;

	if (r->count < r->capacity)
		return true;
	grown = arena_grow(r->table->arena, r->list, r->count * sizeof(*grown),
			   wanted * sizeof(*grown));
	if (grown == NULL)
		return false;
	r->list = grown;
	r->capacity = wanted;
	return true;
}

enum err_code
problem_rows_add(struct problem_rows *r, const struct problem *p,
		 const char *more)
{
	struct problem *copy = arena_alloc(r->table->arena, sizeof(*copy));

	if (copy == NULL || !make_room(r))
		return err_set_memory(r->err);
	*copy = *p;
	add_holder(r, copy);
	if (isnan(copy->value) && isnan(copy->threshold))
		copy->unit = NULL;
	if (copy->summary == NULL)
		copy->summary = write_summary(r, copy, more);
	if (copy->summary == NULL)
		return err_set_memory(r->err);
	r->list[r->count++] = copy;
	return ERR_OK;
}

/* --- their order ---------------------------------------------------------- */

static int
compare_places(const struct fleet *f, const struct fleet_gpu *a,
	       const struct fleet_gpu *b)
{
	int order = fleet_compare_texts(f, a->cluster, b->cluster, -1);

	if (order == 0)
		order = fleet_compare_texts(f, a->node, b->node, 1);
	if (order == 0)
		order = (a->index > b->index) - (a->index < b->index);
	if (order == 0)
		order = (a->mig_instance > b->mig_instance) -
			(a->mig_instance < b->mig_instance);
	return order != 0 ? order : fleet_compare_texts(f, a->uuid, b->uuid, 1);
}

static int
compare(const void *a, const void *b, void *fleet)
{
	const struct problem *left = *(const struct problem *const *)a,
			     *right = *(const struct problem *const *)b;
	int order = (int)left->severity - (int)right->severity;

	if (order == 0)
		order = compare_places(fleet, left->gpu, right->gpu);
	if (order == 0)
		order = (int)left->kind - (int)right->kind;
	if (order == 0)
		order = strcmp(left->summary, right->summary);
	if (order == 0 && left->alert != NULL && right->alert != NULL)
		order = strcmp(left->alert, right->alert);
	return order;
}

void
problem_rows_sort(struct problem_rows *r)
{
	if (r->count > 0)
		qsort_r(r->list, r->count, sizeof(*r->list), compare,
			&r->table->workloads.fleet);
}
