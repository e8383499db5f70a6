#include "gpu/collect/join_processes.h"

#include <math.h>

static enum err_code
add(struct process_table *t, struct join *j, const struct sample *s,
    const struct join_hit *hit, uint32_t pid, struct err *e)
{
	struct process seen = {
	    .gpu = hit->gpu,
	    .pid = pid,
	    .mig_instance = hit->gpu->mig_instance,
	    .name = identify_text(&j->who, s, PROFILE_PROCESS_NAME),
	    .user = identify_text(&j->who, s, PROFILE_USER),
	    .command = identify_text(&j->who, s, PROFILE_COMMAND),
	    .origin = {j->source->rank, s->source},
	    .timestamp_s = s->timestamp_s,
	    .lost_s = hit->lost_s,
	};

	for (int i = 0; i < PROCESS_FIELD__MAX; i++)
		seen.readings[i] = reading_none();
	if (hit->metric->field != PROFILE_SEEN)
		seen.readings[hit->metric->field] =
		    reading_of(hit->value >= 0 ? hit->value : NAN, hit->time_s,
			       hit->metric->alternative);
	return process_add(t, &seen, e);
}

enum err_code
join_processes(struct process_table *t, const struct join_source *source,
	       struct arena *scratch, size_t *skipped, struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;
	struct join j;
	enum err_code code = join_init(&j, &t->fleet, source, scratch, e);

	*skipped = 0;
	while (code == ERR_OK &&
	       (s = samples_next(source->samples, &cursor)) != NULL) {
		uint32_t pid = identify_number(&j.who, s, PROFILE_PID);
		struct join_hit hit;
		bool is_usable;

		/* Some exporters have a series for a GPU without any. */
		if (identify_label(&j.who, s, PROFILE_PID) == IDENTITY_UNKNOWN)
			continue;
		code = join_sample(&j, s, &hit, &is_usable, e);
		if (code != ERR_OK)
			break;
		if (is_usable && pid != FLEET_UNKNOWN)
			code = add(t, &j, s, &hit, pid, e);
		else
			++*skipped;
	}
	join_fini(&j);
	return code;
}
