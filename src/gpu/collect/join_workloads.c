#include "gpu/collect/join_workloads.h"

#include <math.h>
#include <stdio.h>

/* --- who ------------------------------------------------------------------ */

static enum err_code
find_pod(struct workload_join *w, const struct join *j, const struct sample *s,
	 enum workload_when when, uint32_t *out, struct err *e)
{
	const struct own_pod plain = {
	    identify_label(&j->who, s, PROFILE_CLUSTER),
	    identify_label(&j->who, s, PROFILE_INSTANCE),
	    identify_text(&j->who, s, PROFILE_WORKLOAD)};
	enum own_pods_verdict verdict;

	*out = identify_text(&j->who, s, PROFILE_POD);
	if (plain.pod == FLEET_UNKNOWN ||
	    !j->source->profile->workload_may_use_gpu)
		return ERR_OK;
	if (*out != FLEET_UNKNOWN)
		return own_pods_add(&w->own, &plain, e);
	verdict = own_pods_judge(&w->own, &plain);
	if (verdict == OWN_PODS_OTHERS)
		*out = plain.pod;
	/* A target that is gone has no say, and none is asked of it. */
	return verdict == OWN_PODS_UNCLEAR && when == WORKLOAD_NOW
		   ? own_pods_doubt(&w->own, &plain, e)
		   : ERR_OK;
}

/* The number that a metric has for a job, or for its user, as a text: 0 is
 * none. False if there is no memory. */
static bool
read_number(struct join *j, const struct join_hit *hit, uint32_t *out)
{
	static const double number_max = 1e15;
	char text[24];
	int length;

	if (!(hit->value >= 1 && hit->value <= number_max) ||
	    hit->value != floor(hit->value))
		return true;
	length = snprintf(text, sizeof(text), "%.0f", hit->value);
	*out = fleet_intern(j->fleet, text, (size_t)length);
	return *out != INTERN_NONE;
}

/* Without a pod, its namespace and its container are the target's. */
static enum err_code
find_name(struct workload_join *w, struct join *j, const struct sample *s,
	  const struct join_hit *hit, enum workload_when when,
	  struct workload_name *out, struct err *e)
{
	*out = workload_nobody();
	if (find_pod(w, j, s, when, &out->pod, e) != ERR_OK)
		return e->code;
	if (out->pod != FLEET_UNKNOWN) {
		out->namespace = identify_text(&j->who, s, PROFILE_NAMESPACE);
		out->container = identify_text(&j->who, s, PROFILE_CONTAINER);
	}
	if (hit->metric->kind == PROFILE_JOB_VALUE)
		return read_number(j, hit,
				   hit->metric->field == PROFILE_JOB
				       ? &out->job
				       : &out->job_user)
			   ? ERR_OK
			   : err_set_memory(e);
	out->job = identify_text(&j->who, s,
				 j->source->profile->id_is_job ? PROFILE_ID
							       : PROFILE_JOB);
	if (out->job == FLEET_UNKNOWN)
		return ERR_OK;
	out->job_user = identify_text(&j->who, s, PROFILE_JOB_USER);
	out->job_partition = identify_text(&j->who, s, PROFILE_JOB_PARTITION);
	return ERR_OK;
}

/* --- what ----------------------------------------------------------------- */

enum err_code
join_workloads_name(struct workload_join *w, struct join *j,
		    const struct sample *s, const struct join_hit *hit,
		    struct workload_name *out, struct err *e)
{
	return find_name(w, j, s, hit, WORKLOAD_NOW, out, e);
}

bool
join_workloads_field(const struct profile_metric *m, int *out)
{
	*out = WORKLOAD_SEEN;
	if (m->kind == PROFILE_WORKLOAD_FIELD)
		*out = m->field;
	else if (m->kind == PROFILE_JOB_VALUE)
		return true;
	else if (m->kind != PROFILE_FIELD ||
		 (FIELDS_MAIN & FIELD_BIT(m->field)) == 0)
		return false;
	else if (m->field == FIELD_UTILIZATION)
		*out = WORKLOAD_UTILIZATION;
	else if (m->field == FIELD_MEMORY_USED)
		*out = WORKLOAD_MEMORY_USED;
	return true;
}

static enum err_code
add(struct workload_join *w, struct join *j, const struct sample *s,
    const struct join_hit *hit, enum workload_when when, struct err *e)
{
	struct workload_note note = {.gpu = hit->gpu,
				     .exporter = j->source->profile->name,
				     .exporter_rank = j->source->rank,
				     .when = when,
				     .is_own = hit->metric->kind ==
					       PROFILE_WORKLOAD_FIELD,
				     .reading = reading_none()};

	if (!join_workloads_field(hit->metric, &note.field))
		return ERR_OK;
	if (find_name(w, j, s, hit, when, &note.name, e) != ERR_OK)
		return e->code;
	/* Of whose part nobody tells is nobody's value. */
	if (workload_is_nobody(&note.name) &&
	    note.name.job_user == FLEET_UNKNOWN &&
	    (note.is_own || note.field == WORKLOAD_SEEN))
		return ERR_OK;
	if (note.field != WORKLOAD_SEEN)
		note.reading = reading_of(
		    field_clean(workload_field_table[note.field].field,
				hit->value),
		    hit->time_s, hit->metric->alternative);
	return workload_add(w->table, &note, e);
}

enum err_code
join_workload(struct workload_join *w, struct join *j, const struct sample *s,
	      const struct join_hit *hit, struct err *e)
{
	return add(w, j, s, hit, WORKLOAD_NOW, e);
}

/* --- of another time ------------------------------------------------------ */

/* The GPU, if it is in the fleet: who looks adds none. */
static struct fleet_gpu *
find_gpu(struct join *j, const struct sample *s,
	 const struct profile_metric *metric)
{
	struct fleet_gpu *gpu = NULL;
	struct identity id;

	if (!identify(&j->who, s, metric, &id))
		return NULL;
	if (id.uuid != IDENTITY_UNKNOWN)
		gpu = fleet_find_uuid(j->fleet, id.uuid, id.cluster);
	if (gpu == NULL && id.node != IDENTITY_UNKNOWN &&
	    id.index != IDENTITY_UNKNOWN)
		gpu = fleet_find_place(
		    j->fleet,
		    &(struct fleet_place){id.cluster, id.node, id.index},
		    id.vendor);
	/* Another card was there then. */
	if (gpu == NULL || (id.uuid != IDENTITY_UNKNOWN &&
			    gpu->uuid != FLEET_UNKNOWN && gpu->uuid != id.uuid))
		return NULL;
	gpu = fleet_settled(gpu);
	if (id.part == IDENTITY_UNKNOWN)
		return gpu;
	for (gpu = gpu->instances; gpu != NULL; gpu = gpu->next_instance)
		if (gpu->mig_instance == id.part)
			break;
	return gpu;
}

enum err_code
join_workloads_of(struct workload_join *w, const struct join_source *source,
		  enum workload_when when, struct arena *scratch, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	struct join j;
	enum err_code code =
	    join_init(&j, &w->table->fleet, source, scratch, e);

	while (code == ERR_OK &&
	       (s = samples_next(source->samples, &cursor)) != NULL) {
		struct join_hit hit = {.metric = source->metrics[0],
				       .gpu =
					   find_gpu(&j, s, source->metrics[0]),
				       .value = join_value(&j, s, 0, s->value)};

		if (j.who.is_out_of_memory)
			code = err_set_memory(e);
		else if (hit.gpu != NULL)
			code = add(w, &j, s, &hit, when, e);
	}
	join_fini(&j);
	return code;
}
