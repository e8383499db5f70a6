#include "gpu/fleet/capacity_cards.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* --- resources ------------------------------------------------------------ */

/*
 * Whose cards a resource is of, by how its name begins, as vendor_of_model
 * calls them; the resources are those of the device plugins' own manuals.
 */
static const struct {
	const char *prefix, *vendor;
} vendors[] = {
    {"nvidia_com_", "NVIDIA"},	  {"amd_com_", "AMD"},
    {"gpu_intel_com_", "Intel"},  {"habana_ai_", "Intel"},
    {"huawei_com_", "Huawei"},	  {"cambricon_com_", "Cambricon"},
    {"metax_tech_com_", "MetaX"}, {"k8s_amazonaws_com_vgpu", "NVIDIA"},
    {"google_com_", "Google"}};

static const char mig_prefix[] = "nvidia_com_mig_";
static const char ascend_prefix[] = "huawei_com_Ascend";

static const struct intern_string *
name_of(const struct fleet *fleet, const struct capacity_row *row)
{
	return fleet_text(fleet, row->resource);
}

static const char *
vendor_of(const struct intern_string *resource)
{
	for (size_t i = 0; i < sizeof(vendors) / sizeof(*vendors); i++)
		if (strncmp(resource->text, vendors[i].prefix,
			    strlen(vendors[i].prefix)) == 0)
			return vendors[i].vendor;
	return NULL;
}

/* What stands behind a model's name: "huawei.com/Ascend310P-4c.3cpu" is a part
 * with four cores. NULL: nothing of that kind. */
static const char *
cores_of(const char *name)
{
	for (const char *at = strchr(name, '_'); at != NULL;
	     at = strchr(at + 1, '_')) {
		size_t digits = strspn(at + 1, "0123456789");

		if (digits > 0 && at[1 + digits] == 'c' &&
		    (at[2 + digits] == '_' || at[2 + digits] == '\0'))
			return at + 1;
	}
	return NULL;
}

/* NULL: it is no resource of MIG's instances, nor of Ascend's vNPUs; else as
 * what their profile is written. */
static const char *
profile_of(const struct intern_string *resource)
{
	if (strncmp(resource->text, mig_prefix, sizeof(mig_prefix) - 1) == 0)
		return resource->text + sizeof(mig_prefix) - 1;
	return strncmp(resource->text, ascend_prefix,
		       sizeof(ascend_prefix) - 1) == 0
		   ? cores_of(resource->text + sizeof(ascend_prefix) - 1)
		   : NULL;
}

static bool
ends_with(const struct intern_string *text, const char *end)
{
	size_t length = strlen(end);

	return text->length >= length &&
	       strcmp(text->text + text->length - length, end) == 0;
}

/* Several pods may have the same card by it. */
static bool
is_shared(const struct intern_string *resource)
{
	return ends_with(resource, "_shared") || ends_with(resource, "_vgpu");
}

/* How many there are, broken or not, as far as that is told. */
static double
amount_of(const struct capacity_row *row)
{
	return isnan(row->capacity) ? row->allocatable : row->capacity;
}

bool
capacity_cards_is_leftover(const struct fleet *fleet,
			   const struct capacity_row *row)
{
	const char *vendor = vendor_of(name_of(fleet, row));
	bool has_others = false;

	if (row->capacity > 0 || row->allocatable > 0 || row->requested > 0)
		return false;
	for (const struct capacity_row *r = row->node->rows; r != NULL;
	     r = r->next_of_node)
		has_others |=
		    amount_of(r) > 0 && vendor_of(name_of(fleet, r)) == vendor;
	return has_others;
}

/* Cards of which instances are handed out have resources of their own. */
static bool
are_instances_apart(const struct fleet *fleet, const struct capacity_row *row)
{
	bool are_apart = false;

	for (const struct capacity_row *r = row->node->rows; r != NULL;
	     r = r->next_of_node)
		are_apart |=
		    amount_of(r) > 0 && profile_of(name_of(fleet, r)) != NULL;
	return are_apart;
}

/* --- cards ---------------------------------------------------------------- */

/* What of the fleet's rows is the resource's. */
struct match {
	const char *vendor;  /* NULL: nobody's */
	const char *profile; /* or NULL: whole cards, ... */
	bool without_parts;  /* ... but none that is split */
};

/* "1g.10gb+me" is 1g_10gb_me: each character that a metric's name may not have
 * is an underscore. */
static bool
is_profile(const struct intern_string *profile, const char *written)
{
	for (size_t i = 0; i < profile->length; i++) {
		char c = isalnum((unsigned char)profile->text[i])
			     ? profile->text[i]
			     : '_';

		if (written[i] != c)
			return false;
	}
	return written[profile->length] == '\0';
}

static bool
is_vendors(const struct fleet *fleet, const struct fleet_gpu *gpu,
	   const char *vendor)
{
	const struct intern_string *told =
	    fleet_text(fleet, fleet_card(gpu)->vendor);

	return vendor != NULL && (told == NULL || intern_is(told, vendor));
}

static bool
is_one(const struct fleet *fleet, const struct fleet_gpu *gpu,
       const struct match *m)
{
	const struct intern_string *profile =
	    fleet_text(fleet, gpu->mig_profile);

	if (!is_vendors(fleet, gpu, m->vendor))
		return false;
	if (m->profile != NULL)
		return gpu->card != NULL && profile != NULL &&
		       is_profile(profile, m->profile);
	return gpu->card == NULL || !m->without_parts;
}

static struct match
match_of(const struct fleet *fleet, const struct capacity_row *row)
{
	const struct intern_string *resource = name_of(fleet, row);

	return (struct match){.vendor = vendor_of(resource),
			      .profile = profile_of(resource),
			      .without_parts = are_instances_apart(fleet, row)};
}

bool
capacity_cards_has(const struct fleet *fleet, const struct capacity_row *row,
		   const struct fleet_gpu *gpu)
{
	const struct match m = match_of(fleet, row);

	return is_one(fleet, gpu, &m);
}

bool
capacity_cards_is_vendors(const struct fleet *fleet,
			  const struct capacity_row *row,
			  const struct fleet_gpu *gpu)
{
	return is_vendors(fleet, gpu, vendor_of(name_of(fleet, row)));
}

/* Of what was counted so far, and of the card whose rows are looked at. */
struct tally {
	double cards, instances, busy; /* NaN: not known of one of them */
	bool is_counted, is_busy, is_unknown;
};

static void
end_card(struct tally *all)
{
	all->cards += all->is_counted;
	if (all->is_busy)
		all->busy++;
	else if (all->is_unknown)
		all->busy = NAN;
	all->is_counted = all->is_busy = all->is_unknown = false;
}

static struct tally
count(const struct workload_table *t, const struct capacity_node *node,
      const struct match *m)
{
	const struct fleet *fleet = &t->fleet;
	struct tally all = {.cards = 0};

	for (size_t i = node->first; i < node->end; i++) {
		const struct fleet_gpu *gpu = fleet->sorted[i];

		if (is_one(fleet, gpu, m)) {
			double most = fmax(fleet_value(gpu, FIELD_UTILIZATION),
					   t->utilization_so_far[i]);

			all.is_counted = true;
			all.instances += gpu->card != NULL;
			all.is_busy |= most >= t->idle.utilization;
			all.is_unknown |=
			    isnan(most) || t->so_far_failure.code != ERR_OK;
		}
		if (i + 1 == node->end ||
		    fleet_card(fleet->sorted[i + 1]) != fleet_card(gpu))
			end_card(&all);
	}
	return all;
}

/* --- what one pod could get ----------------------------------------------- */

static bool
are_of_several_pods(struct workload *const *holders, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (holders[i]->name.pod != holders[0]->name.pod ||
		    holders[i]->name.namespace != holders[0]->name.namespace)
			return true;
	return false;
}

/* Whether it is seen that cards of the node are handed out several times. */
static bool
are_cards_shared(const struct workload_table *t,
		 const struct capacity_node *node, const struct match *m)
{
	for (size_t i = node->first; i < node->end; i++) {
		const struct fleet_gpu *gpu = t->fleet.sorted[i];
		size_t count;
		struct workload *const *holders = workload_find(t, gpu, &count);

		if (is_one(&t->fleet, gpu, m) &&
		    are_of_several_pods(holders, count))
			return true;
	}
	return false;
}

/* Parts, and cards that are handed out several times, are no whole ones. Of
 * half as many as there should be, or fewer, nobody knows whether the others
 * are lost, or each is handed out more than once. */
static double
largest_free(const struct workload_table *t, const struct capacity_row *row,
	     const struct match *m)
{
	const struct fleet *fleet = &t->fleet;
	const struct intern_string *resource = name_of(fleet, row);
	const struct capacity_node *node = row->node;

	if (node->is_ready == CAPACITY_NO || node->is_cordoned == CAPACITY_YES)
		return 0;
	if (is_shared(resource) || profile_of(resource) != NULL)
		return 0;
	if (node->is_ready == CAPACITY_UNKNOWN ||
	    node->is_cordoned == CAPACITY_UNKNOWN || isnan(row->gpu_count) ||
	    isnan(row->free) || isnan(row->capacity))
		return NAN;
	if (row->instance_count > 0 || row->free == 0)
		return 0;
	if (row->capacity < 2 * row->gpu_count)
		return fmin(row->free, row->gpu_count);
	return are_cards_shared(t, node, m) ? 0 : (double)NAN;
}

void
capacity_cards_count(const struct workload_table *t, struct capacity_row *row)
{
	const struct fleet *fleet = &t->fleet;
	const struct match m = match_of(fleet, row);
	struct tally all = count(t, row->node, &m);

	if (all.cards > 0) {
		row->gpu_count = all.cards;
		row->instance_count = all.instances;
		row->busy_count = all.busy;
	}
	row->largest_free = largest_free(t, row, &m);
}
