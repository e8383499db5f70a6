#include "gpu/collect/history_slices.h"

#include "gpu/collect/history_gpus.h"
#include "gpu/collect/history_lines.h"

enum {
	/* While one is put together the next one is asked for. */
	UNDER_WAY = 2,
	/* So much of HISTORY_MAX_POINTS has a slice. */
	PARTS = 4
};

/* What is held of them is little beside what they become. */
static size_t
points_of_slice(const struct history_slicing *s)
{
	size_t gpus = s->gpu_count > 0 ? s->gpu_count : 1;
	size_t points = s->need->max_points / PARTS / gpus;

	return points > 0 ? points : 1;
}

static struct timeline
cut(const struct timeline *t, size_t first, size_t points)
{
	size_t end = t->count - first < points ? t->count : first + points;

	return (struct timeline){.start_s = timeline_at(t, first),
				 .end_s = timeline_at(t, end - 1),
				 .step_s = t->step_s,
				 .count = end - first};
}

/* From first on, with what overlaps. */
static void
place(struct history_slice *slice, const struct history_slicing *s,
      size_t first)
{
	const struct timeline *all = &s->need->timeline;
	size_t before = first < s->overlap ? first : s->overlap;
	size_t points = points_of_slice(s);

	if (points > all->count - first)
		points = all->count - first;
	slice->need = *s->need;
	slice->first = first - before;
	slice->own = before;
	slice->own_end = before + points;
	slice->need.timeline =
	    cut(all, slice->first, slice->own_end + s->overlap);
}

static enum err_code
ask(struct history_slice *slice, const struct history_slicing *s, size_t first,
    struct err *e)
{
	enum err_code code;

	place(slice, s, first);
	arena_init(&slice->arena, s->call->arena->budget);
	fleet_init(&slice->fleet, &slice->arena);
	slice->fleet.has_no_values = true;
	slice->plan = (struct history_plan){.questions = NULL};
	code = history_plan_init(&slice->plan, s->found, &slice->need,
				 s->wanted, s->collector->max_series, s->call,
				 &slice->fleet.texts, &slice->arena, e);
	if (code == ERR_OK)
		call_start(s->call, &slice->plan.ask, s->collector->pool);
	return code;
}

static void
forget(struct history_slice *slice)
{
	history_plan_fini(&slice->plan);
	fleet_fini(&slice->fleet);
	arena_fini(&slice->arena);
}

enum err_code
history_slices_take(struct history_slicing *s, history_slice_taker take,
		    void *context, struct err *e)
{
	struct history_slice *slices =
	    arena_alloc(s->call->arena, UNDER_WAY * sizeof(*slices));
	size_t points = points_of_slice(s), begin = s->taken;
	size_t count = s->need->timeline.count - begin;
	size_t asked = 0, taken = 0;
	enum err_code code = ERR_OK;

	if (slices == NULL)
		return err_set_memory(e);
	while (code == ERR_OK && taken * points < count) {
		for (; code == ERR_OK && asked < taken + UNDER_WAY &&
		       asked * points < count;
		     asked++)
			code = ask(&slices[asked % UNDER_WAY], s,
				   begin + asked * points, e);
		if (code != ERR_OK)
			break;
		code = take(context, s, &slices[taken % UNDER_WAY], e);
		forget(&slices[taken++ % UNDER_WAY]);
		if (code == ERR_OK)
			s->taken = taken * points < count
				       ? begin + taken * points
				       : begin + count;
	}
	for (; taken < asked; taken++)
		forget(&slices[taken % UNDER_WAY]);
	return code;
}

bool
history_slices_shrink(struct history_slicing *s, struct err *e)
{
	enum { SMALLER = 4 };

	if ((e->code != ERR_QUERY && e->code != ERR_MEMORY) ||
	    s->gpu_count >= s->need->max_points)
		return false;
	s->gpu_count = s->gpu_count > 0 ? s->gpu_count * SMALLER : SMALLER;
	*e = (struct err){.code = ERR_OK};
	return true;
}

enum err_code
history_slice_gpus(const struct history_slicing *s, struct history_slice *slice,
		   const struct history_listener *listener,
		   struct history_gpus *out, struct err *e)
{
	enum err_code code =
	    history_gpus_init(out, &slice->need, s->found, s->wanted,
			      &slice->fleet, &slice->arena, e);

	out->listener = listener;
	return code == ERR_OK ? history_gpus_take(out, &slice->plan, e) : code;
}

static enum err_code
group(void *context, const struct history_slicing *s,
      struct history_slice *slice, struct err *e)
{
	struct history_groups *groups = context;
	struct history_gpus gpus;
	struct history_lines lines;
	enum err_code code = history_slice_gpus(s, slice, NULL, &gpus, e);

	groups->first_point = slice->first;
	if (code == ERR_OK)
		code = history_lines_init(&lines, &gpus, e);
	return code == ERR_OK ? history_lines_group(&lines, groups, e) : code;
}

enum err_code
history_slices_group(struct history_slicing *s, struct history_groups *groups,
		     struct err *e)
{
	return history_slices_take(s, group, groups, e);
}
