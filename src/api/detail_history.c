#include "api/detail_history.h"

#include <math.h>

enum { RANGE_S = 3600, POINTS = 300 };

const enum field detail_history_fields[DETAIL_HISTORIES] = {
    FIELD_UTILIZATION, FIELD_MEMORY_USED, FIELD_TEMPERATURE, FIELD_POWER_DRAW};

/* The card, as lines of a history are told of it. */
struct wanted {
	const struct fleet *fleet;
	const struct fleet_gpu *card;
	const struct intern_string *node, *cluster, *uuid;
	const char *node_name, *uuid_name; /* or NULL: these are not plain */
};

static bool
is_of(const struct wanted *w, const struct fleet_gpu *gpu,
      const struct history_line *line)
{
	const struct intern_string *uuid =
	    fleet_text(w->fleet, fleet_told_uuid(w->fleet, gpu));

	if (uuid != NULL && line->uuid != NULL)
		return intern_is_same(uuid, line->uuid);
	return gpu->index != FLEET_UNKNOWN && gpu->index == line->index;
}

static bool
passes(const void *context, const struct history_line *line)
{
	const struct wanted *w = context;

	if (!intern_is_same(w->node, line->node) ||
	    !intern_is_same(w->cluster, line->cluster))
		return false;
	for (const struct fleet_gpu *part = w->card->instances; part != NULL;
	     part = part->next_instance)
		if (is_of(w, part, line))
			return true;
	return is_of(w, w->card, line);
}

static const char *
plain_of(const struct intern_string *text)
{
	return text != NULL && history_is_plain(text->text, text->length)
		   ? text->text
		   : NULL;
}

static struct history_need
need_of(const struct endpoint_call *call, const struct wanted *w, size_t place)
{
	const struct history_settings *settings = &call->collector->history;
	int64_t now_s = (int64_t)call->asked_s;
	bool is_split = w->card->instances != NULL;
	struct history_need need = {
	    .field = detail_history_fields[place],
	    .by = is_split ? HISTORY_BY_ALL : HISTORY_BY_GPU,
	    .of_step = is_split ? HISTORY_SAMPLE : HISTORY_AVG,
	    .timeline = timeline_align(
		now_s - RANGE_S, now_s,
		timeline_step(RANGE_S, POINTS, settings->min_step_s)),
	    .gap_s = settings->gap_s,
	    .limit = 1,
	    .max_points = settings->max_points,
	    .filter = {.passes = passes, .context = w}};

	if (w->node_name != NULL) {
		need.filter.nodes = &w->node_name;
		need.filter.node_count = 1;
		need.filter.are_nodes_all = true;
	}
	if (w->uuid_name != NULL && !is_split) {
		need.filter.uuids = &w->uuid_name;
		need.filter.uuid_count = 1;
		need.filter.are_uuids_all = true;
	}
	return need;
}

static enum err_code
ask(struct endpoint_call *call, const struct wanted *w, size_t place,
    struct detail_history *out, struct err *e)
{
	const struct history_need need = need_of(call, w, place);
	struct history history = {.found = NULL};
	enum err_code code = history_collect(call->collector, &need,
					     &call->collect, &history, e);

	out->timeline = need.timeline;
	out->of[place] = code == ERR_OK && history.count > 0
			     ? history.lines[0].summary
			     : (struct lines_summary){NAN, NAN, NAN, NAN};
	history_fini(&history);
	return code;
}

enum err_code
detail_history_collect(struct endpoint_call *call, const struct fleet *fleet,
		       const struct fleet_gpu *card, struct detail_history *out,
		       struct err *e)
{
	struct wanted w = {
	    .fleet = fleet,
	    .card = card,
	    .node = fleet_text(fleet, fleet_told_node(fleet, card)),
	    .cluster = fleet_text(fleet, card->cluster),
	    .uuid = fleet_text(fleet, fleet_told_uuid(fleet, card))};
	struct err failure = {.code = ERR_OK};
	enum err_code code = ERR_OK;

	w.node_name = plain_of(w.node);
	w.uuid_name = plain_of(w.uuid);
	for (size_t i = 0; code == ERR_OK && i < DETAIL_HISTORIES; i++)
		code = ask(call, &w, i, out, &failure);
	out->is_known = code == ERR_OK;
	if (code == ERR_MEMORY || code == ERR_GONE) {
		*e = failure;
		return code;
	}
	if (!out->is_known)
		call_warn(&call->collect,
			  "How it was in the last hour is not known: a query "
			  "for that failed (%s)",
			  err_name(code));
	return ERR_OK;
}
