#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "api/gpu_rows.h"

/* --- parameters ----------------------------------------------------------- */

enum { PARAMETER_WINDOW };

enum { WINDOW_MIN_S = 60, WINDOW_MAX_S = 86400 };

static const struct endpoint_parameter parameters[] = {
    [PARAMETER_WINDOW] = {.name = "window",
			  .type = PARAMETER_DURATION,
			  .min = WINDOW_MIN_S,
			  .max = WINDOW_MAX_S,
			  .is_open = true,
			  .sentence = "For how long who is idle is to have "
				      "been so, and of which time "
				      "utilization_max is; IDLE_WINDOW_S "
				      "without it."},
    {.name = NULL}};

static void
read_need(const struct params *p, struct plan_need *need)
{
	const struct params_value *window = &p->values[PARAMETER_WINDOW];

	if (window->is_given)
		need->idle_window_s = (int)window->value;
}

/* --- cells ---------------------------------------------------------------- */

/* Of a column: which text of the name. */
enum name_part {
	PART_NAMESPACE,
	PART_POD,
	PART_CONTAINER,
	PART_JOB,
	PART_JOB_USER,
	PART_JOB_PARTITION
};

static uint32_t
part_of(const struct workload_name *name, enum name_part part)
{
	switch (part) {
	case PART_NAMESPACE:
		return name->namespace;
	case PART_POD:
		return name->pod;
	case PART_CONTAINER:
		return name->container;
	case PART_JOB:
		return name->job;
	case PART_JOB_USER:
		return name->job_user;
	default:
		return name->job_partition;
	}
}

static struct cell
get_name(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	return cell_fleet_text(rows->fleet,
			       part_of(&w->name, (enum name_part)c->of));
}

static const char *
state_word(size_t place)
{
	static const char *const words[] = {
	    [WORKLOAD_ACTIVE] = "active",     [WORKLOAD_IDLE] = "idle",
	    [WORKLOAD_STARTING] = "starting", [WORKLOAD_PENDING] = "pending",
	    [WORKLOAD_UNSEEN] = "unseen",     [WORKLOAD_UNKNOWN] = "unknown"};

	return place < sizeof(words) / sizeof(*words) ? words[place] : NULL;
}

static struct cell
get_state(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)rows, (void)c;
	return cell_text(state_word(w->state));
}

static struct cell
get_shared_by(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)rows, (void)c;
	return w->shared_by > 0 ? cell_number(w->shared_by) : cell_null();
}

static struct cell
get_value(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)rows;
	return cell_value(c->unit, w->values[c->of]);
}

static struct cell
get_utilization_max(const struct rows *rows, const void *row,
		    const struct column *c)
{
	const struct workload *w = row;

	(void)rows;
	return cell_value(c->unit, w->utilization_max);
}

static struct cell
get_power_draw(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)rows;
	return cell_value(c->unit, w->power_draw);
}

static struct cell
get_owner_kind(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)c;
	return w->pod != NULL ? cell_fleet_text(rows->fleet, w->pod->owner_kind)
			      : cell_null();
}

static struct cell
get_owner_name(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)c;
	return w->pod != NULL ? cell_fleet_text(rows->fleet, w->pod->owner_name)
			      : cell_null();
}

static struct cell
get_started(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)rows, (void)c;
	return w->pod != NULL ? cell_time(w->pod->started_s) : cell_null();
}

static struct cell
get_requested(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)rows, (void)c;
	return w->claim != NULL
		   ? (struct cell){.integer = (int64_t)w->claim->requested}
		   : cell_null();
}

static struct cell
get_source(const struct rows *rows, const void *row, const struct column *c)
{
	const struct workload *w = row;

	(void)rows, (void)c;
	return cell_text(w->exporter != NULL ? w->exporter
					     : "kube-state-metrics");
}

/* --- columns -------------------------------------------------------------- */

#define NAME(text, part, what)                                                 \
	{.name = (text),                                                       \
	 .type = COLUMN_TEXT,                                                  \
	 .is_nullable = true,                                                  \
	 .of = (part),                                                         \
	 .sentence = (what),                                                   \
	 .get = get_name}

static const struct column names[] = {
    NAME("namespace", PART_NAMESPACE, "Whose pod it is."),
    NAME("pod", PART_POD, "Its pod."),
    NAME("container", PART_CONTAINER, "Which container of it.")};

static const struct column jobs[] = {
    NAME("job_id", PART_JOB, "Slurm's id of the job."),
    NAME("job_user", PART_JOB_USER, "Whose job it is."),
    NAME("job_partition", PART_JOB_PARTITION, "The partition it runs in.")};

static const struct column states[] = {
    {.name = "state",
     .type = COLUMN_TEXT,
     .sentence = "active, idle, starting, pending, unseen or unknown.",
     .word = state_word,
     .get = get_state},
    {.name = "shared_by",
     .type = COLUMN_INTEGER,
     .is_nullable = true,
     .sentence = "How many workloads have the GPU, or the instance, this one "
		 "included; null if it has none.",
     .get = get_shared_by}};

static const struct column pods[] = {
    {.name = "owner_kind",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "What made the pod: ReplicaSet, Job, ...",
     .get = get_owner_kind},
    {.name = "owner_name",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "The name of that.",
     .get = get_owner_name},
    {.name = "started_at",
     .type = COLUMN_TIME,
     .is_nullable = true,
     .sentence = "When the pod was started.",
     .get = get_started}};

static const struct column ends[] = {
    {.name = "requested",
     .type = COLUMN_INTEGER,
     .is_nullable = true,
     .sentence = "How many GPUs the container asks for in all, or instances of "
		 "them.",
     .get = get_requested},
    {.name = "source",
     .type = COLUMN_TEXT,
     .sentence = "Who tells of it: an exporter, or kube-state-metrics.",
     .get = get_source}};

static void
add_all(struct column_list *list, const struct column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		column_add(list, &columns[i]);
}
#define ADD_ALL(list, columns)                                                 \
	add_all((list), (columns), sizeof(columns) / sizeof(*(columns)))

static void
add_value(struct column_list *list, enum workload_field field)
{
	const struct workload_field_info *info = &workload_field_table[field];
	struct column column = {.type = COLUMN_DECIMAL,
				.unit = field_table[info->field].unit,
				.is_nullable = true,
				.of = (int)field,
				.sentence = info->sentence,
				.get = get_value};

	column_name(&column, info->name, "");
	column_add(list, &column);
}

static void
add_measured(struct column_list *list)
{
	static const struct column most = {
	    .name = "utilization_max",
	    .type = COLUMN_DECIMAL,
	    .unit = UNIT_PERCENT,
	    .is_nullable = true,
	    .sentence = "The greatest in the window, or since it is there.",
	    .get = get_utilization_max};
	static const struct column power = {
	    .name = "power_draw",
	    .type = COLUMN_DECIMAL,
	    .unit = UNIT_WATTS,
	    .is_nullable = true,
	    .sentence = "The GPU's, if the workload alone has that.",
	    .get = get_power_draw};

	add_value(list, WORKLOAD_UTILIZATION);
	column_add(list, &most);
	add_value(list, WORKLOAD_MEMORY_USED);
	add_value(list, WORKLOAD_MEMORY_LIMIT);
	column_add(list, &power);
}

static void
describe(struct column_list *list)
{
	struct column timestamp = gpu_column_own_time(
	    &gpu_column_timestamp, offsetof(struct workload, timestamp_s));
	struct column node = gpu_column_node_name;

	node.sentence = "The host that it is on.";
	ADD_ALL(list, names);
	column_add(list, &node);
	column_add(list, &gpu_column_gpu_index);
	column_add(list, &gpu_column_mig_instance_id);
	column_add(list, &gpu_column_gpu_name);
	column_add(list, &gpu_column_uuid);
	ADD_ALL(list, states);
	add_measured(list);
	ADD_ALL(list, pods);
	ADD_ALL(list, jobs);
	ADD_ALL(list, ends);
	column_add(list, &timestamp);
	column_add(list, &gpu_column_cluster);
	column_add(list, &gpu_column_measured_at);
}

/* --- rows ----------------------------------------------------------------- */

const struct fleet_gpu *
endpoint_workloads_gpu_of(const void *row)
{
	const struct workload *w = row;

	return w->gpu;
}

static enum err_code
list_rows(struct endpoint_call *call, const struct snapshot *snapshot,
	  struct rows *out, struct err *e)
{
	const struct workload_table *table = &snapshot->workloads;

	out->fleet = &table->fleet;
	out->gpu_of = endpoint_workloads_gpu_of;
	return gpu_rows_take(out, table->sorted, table->count,
			     call->collect.arena, e);
}

const struct endpoint endpoint_workloads = {
    .path = "/api/v1/gpu/workloads",
    .operation = "getGpuWorkloads",
    .sentence = "Who has which GPU, and who waits for one: a row for each "
		"workload on each GPU.",
    .message = "GPU workloads retrieved successfully",
    .failure = "Failed to retrieve GPU workloads",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .parameters = parameters,
    .need = {.workloads = true},
    .read_need = read_need,
    .describe = describe,
    .list_rows = list_rows,
};
