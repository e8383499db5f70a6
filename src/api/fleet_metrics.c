#include <math.h>
#include <stdio.h>

#include "api/endpoint.h"
#include "base/exposition.h"

/* What a metric's name says of its unit, by enum unit; NULL: no field has it.
 */
static const char *const suffixes[UNIT__MAX] = {
    [UNIT_NUMBER] = "",	      [UNIT_PERCENT] = "_percent",
    [UNIT_BYTES] = "_bytes",  [UNIT_CELSIUS] = "_celsius",
    [UNIT_WATTS] = "_watts",  [UNIT_MEGAHERTZ] = "_megahertz",
    [UNIT_JOULES] = "_joules"};

/* --- one GPU -------------------------------------------------------------- */

enum { LABELS_MAX = 10, NUMBER_BYTES = 16, NAME_BYTES = 64 };

struct labels {
	struct exposition_label list[LABELS_MAX + 1];
	size_t count;
	char index[NUMBER_BYTES], card[NUMBER_BYTES], instance[NUMBER_BYTES];
};

/* What nobody tells is no label. */
static void
add_label(struct labels *l, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		l->list[l->count++] = (struct exposition_label){name, value};
}

static void
add_text(struct labels *l, const char *name, const struct fleet *f,
	 uint32_t number)
{
	const struct intern_string *text = fleet_text(f, number);

	add_label(l, name, text != NULL ? text->text : NULL);
}

static void
add_number(struct labels *l, const char *name, uint32_t number,
	   char text[static NUMBER_BYTES])
{
	if (number == FLEET_UNKNOWN)
		return;
	snprintf(text, NUMBER_BYTES, "%u", (unsigned)number);
	add_label(l, name, text);
}

/* Whether it is a part that has a uuid of its own, which would seem to be its
 * card's. */
static bool
has_own_uuid(const struct fleet *f, const struct fleet_gpu *gpu)
{
	uint32_t uuid = fleet_told_uuid(f, gpu);

	return gpu->card != NULL && uuid != FLEET_UNKNOWN &&
	       uuid != fleet_told_uuid(f, gpu->card) &&
	       gpu->mig_profile != FLEET_UNKNOWN;
}

/* What hides its uuid and has no index is told apart on its node by what it has
 * instead; and parts of one card are told together by that one's index. */
static void
name_card(struct labels *l, const struct fleet *f, const struct fleet_gpu *gpu)
{
	const struct fleet_gpu *card = fleet_card(gpu);
	uint32_t uuid = fleet_told_uuid(f, card);

	if (has_own_uuid(f, gpu)) {
		add_text(l, "uuid", f, gpu->uuid);
		add_number(l, "gpu_card", card->index, l->card);
		return;
	}
	add_text(l, "uuid", f, uuid);
	if (uuid == FLEET_UNKNOWN && gpu->index == FLEET_UNKNOWN)
		add_text(l, "gpu_id", f, card->uuid);
}

static void
name_gpu(struct labels *l, const struct fleet *f, const struct fleet_gpu *gpu)
{
	l->count = 0;
	add_text(l, "cluster", f, gpu->cluster);
	add_text(l, "node", f, fleet_told_node(f, gpu));
	add_number(l, "gpu_index", gpu->index, l->index);
	name_card(l, f, gpu);
	add_number(l, "mig_instance_id", gpu->mig_instance, l->instance);
	add_text(l, "mig_profile", f, gpu->mig_profile);
	add_text(l, "gpu_name", f, gpu->model);
	add_text(l, "vendor", f, gpu->vendor);
	add_label(l, "exporter", gpu->exporter);
	l->list[l->count] = (struct exposition_label){NULL, NULL};
}

/* --- all of them ---------------------------------------------------------- */

/* Who read its own words again would never hear of an end; and whose node
 * nobody tells would seem to be on ours. */
static bool
is_told(const struct fleet *f, const struct fleet_gpu *gpu)
{
	return (fleet_card(gpu)->exporters & ~f->second_hand) != 0 &&
	       fleet_told_node(f, gpu) != FLEET_UNKNOWN;
}

static double
one_of(const struct fleet_gpu *gpu, int field)
{
	(void)gpu, (void)field;
	return 1;
}

static double
value_of(const struct fleet_gpu *gpu, int field)
{
	return fleet_value(gpu, (enum field)field);
}

static double
time_of(const struct fleet_gpu *gpu, int field)
{
	(void)field;
	return gpu->measured_s > 0 ? gpu->measured_s : (double)NAN;
}

/* A family without samples is left out. */
struct family {
	const char *name, *type, *help;
	double (*get)(const struct fleet_gpu *gpu, int field);
	int field;
};

static void
write_family(struct exposition *x, const struct fleet *f,
	     const struct family *family)
{
	struct labels labels;
	bool is_open = false;

	for (size_t i = 0; i < f->count; i++) {
		const struct fleet_gpu *gpu = f->sorted[i];
		double value = family->get(gpu, family->field);

		if (isnan(value) || !is_told(f, gpu))
			continue;
		if (!is_open)
			exposition_family(x, family->name, family->type,
					  family->help);
		is_open = true;
		name_gpu(&labels, f, gpu);
		exposition_sample(x, labels.list, value);
	}
}

static void
write_field(struct exposition *x, const struct fleet *f, int field)
{
	const struct field_info *info = &field_table[field];
	bool is_counter = info->of_step == STEP_INCREASE;
	char name[NAME_BYTES];
	const struct family family = {.name = name,
				      .type = is_counter ? "counter" : "gauge",
				      .help = info->sentence,
				      .get = value_of,
				      .field = field};

	snprintf(name, sizeof(name), "gpu_%s%s%s", info->name,
		 suffixes[info->unit], is_counter ? "_total" : "");
	write_family(x, f, &family);
}

static enum err_code
write_of_snapshot(struct endpoint_call *call, const struct snapshot *snapshot,
		  struct buf *body, struct err *e)
{
	static const struct family info = {
	    .name = "gpu_info",
	    .type = "gauge",
	    .help = "1 for each GPU, or each instance of one that is split.",
	    .get = one_of};
	static const struct family measured = {
	    .name = "gpu_measured_timestamp_seconds",
	    .type = "gauge",
	    .help = "When its values were measured: Unix time.",
	    .get = time_of};
	const struct fleet *f = &snapshot->fleet;
	struct exposition x;

	(void)e;
	exposition_init_text(&x, body);
	write_family(&x, f, &info);
	for (int i = 0; i < FIELD__MAX; i++)
		if ((FIELDS_TOLD & FIELD_BIT(i)) != 0)
			write_field(&x, f, i);
	write_family(&x, f, &measured);
	exposition_family(&x, "gpu_warnings", "gauge",
			  "How many warnings /api/v1/gpu/metrics has now: "
			  "something may be missing here.");
	exposition_sample(&x, NULL, (double)call->collect.warning_count);
	exposition_end(&x);
	return ERR_OK;
}

const struct endpoint endpoint_fleet_metrics = {
    .path = "/metrics/gpus",
    .failure = "Failed to retrieve GPU metrics",
    .is_shared = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .content_type = EXPOSITION_TYPE,
    .need = {.required = FIELD_BIT(FIELD_UTILIZATION) |
			 FIELD_BIT(FIELD_MEMORY_USED) |
			 FIELD_BIT(FIELD_MEMORY_TOTAL),
	     .optional = FIELDS_TOLD},
    .write_of_snapshot = write_of_snapshot,
};
