#include "api/endpoint.h"

#include <string.h>

#include "api/envelope.h"
#include "api/stats.h"
#include "api/table.h"

const struct endpoint *const endpoint_table[] = {
    &endpoint_health,	     &endpoint_livez,	   &endpoint_metrics,
    &endpoint_nodes,	     &endpoint_processes,  &endpoint_utilization,
    &endpoint_own_metrics,   &endpoint_debug_vars, &endpoint_debug_requests,
    &endpoint_openapi,	     &endpoint_history,	   &endpoint_workloads,
    &endpoint_namespaces,    &endpoint_capacity,   &endpoint_usage,
    &endpoint_available,     &endpoint_problems,   &endpoint_summary,
    &endpoint_fleet_metrics, &endpoint_detail,
#ifdef ENABLE_PROFILING
    &endpoint_pprof_cpu,     &endpoint_pprof_heap,
#endif
};
const size_t endpoint_count = sizeof(endpoint_table) / sizeof(*endpoint_table);

_Static_assert(sizeof(endpoint_table) / sizeof(*endpoint_table) <
		   STATS_ENDPOINTS_MAX,
	       "STATS_ENDPOINTS_MAX has no room for another endpoint: the last "
	       "one counts paths that there are not");

size_t
endpoint_number(const struct endpoint *endpoint)
{
	size_t number = 0;

	while (endpoint_table[number] != endpoint)
		number++;
	return number;
}

const char *
endpoint_failure(const struct endpoint *endpoint, enum err_code code)
{
	if (endpoint == NULL)
		return "Request failed";
	return code == ERR_TIMEOUT && endpoint->late != NULL
		   ? endpoint->late
		   : endpoint->failure;
}

void
endpoint_write_error(struct buf *body, const struct err *e,
		     const char *fallback)
{
	struct json j;

	buf_reset(body);
	json_init(&j, body);
	envelope_write_error(&j, err_is_public(e->code) ? e->text : fallback);
}

static enum err_code
check_body(const struct buf *body, struct err *e)
{
	switch (buf_status(body)) {
	case ERR_OK:
		return ERR_OK;
	case ERR_TOO_BIG:
		return err_set(e, ERR_TOO_BIG,
			       "The answer has more than %zu bytes; "
			       "MAX_RESPONSE_BYTES sets this limit",
			       body->max_bytes);
	default:
		return err_set_memory(e);
	}
}

/* Unless it has another one. */
static const struct params_limit limit_of_rows = {
    .max = 100000, .takes = "a whole number from 1 to 100000"};

struct params_table
endpoint_params(const struct endpoint *endpoint, struct column_list *list)
{
	list->count = 0;
	if (endpoint->describe != NULL)
		endpoint->describe(list);
	else if (endpoint->describe_filters != NULL)
		endpoint->describe_filters(list);
	return (struct params_table){
	    .path = endpoint->path,
	    .parameters = endpoint->parameters,
	    .columns = list->count > 0 ? list : NULL,
	    .words = endpoint->describe != NULL ? PARAMS_WORDS_OF_ROWS
						: endpoint->words,
	    .limit = endpoint->limit != NULL ? endpoint->limit : &limit_of_rows,
	};
}

enum err_code
endpoint_check(const struct endpoint *endpoint, const struct params *p,
	       struct err *e)
{
	if (endpoint->check != NULL)
		return endpoint->check(p, e);
	return endpoint->kinds != NULL
		   ? kinds_check(endpoint->kinds, endpoint->parameters, p, e)
		   : ERR_OK;
}

struct plan_need
endpoint_need(const struct endpoint *endpoint, const struct params *p,
	      const struct column_list *list)
{
	struct plan_need need = endpoint->need;
	bool needs_times;
	field_set wanted = params_need(p, list, &needs_times);

	if (endpoint->read_need != NULL)
		endpoint->read_need(p, &need);
	if (!p->has_fields || !plan_needs_fleet(&need))
		return need;
	if ((wanted & FIELDS_OF_MEMORY) != 0)
		wanted |= FIELDS_OF_MEMORY;
	need.required &= wanted;
	need.optional &= wanted;
	need.without_times = !needs_times;
	return need;
}

/* --- answers
 * ------------------------------------------------------------------ */

/* Behind "data". */
static enum err_code
close_envelope(const struct endpoint *endpoint,
	       const struct endpoint_call *call, struct json *j, struct err *e)
{
	if (call->collect.lacks_warning)
		return err_set_memory(e);
	envelope_close(j, endpoint->message,
		       call->has_page ? &call->page : NULL,
		       call->collect.warnings, call->collect.warning_count);
	return ERR_OK;
}

static enum err_code
write_data(const struct endpoint *endpoint, struct endpoint_call *call,
	   struct buf *body, struct err *e)
{
	enum err_code code;
	struct json j;

	json_init(&j, body);
	envelope_open(&j);
	code = endpoint->write_data(call, &j, e);
	if (code == ERR_OK)
		code = close_envelope(endpoint, call, &j, e);
	return code == ERR_OK ? check_body(body, e) : code;
}

static void
write_json(const struct endpoint *endpoint, const struct endpoint_call *call,
	   const struct rows *rows, const struct column_list *list,
	   const struct params *p, const struct table_page *page,
	   struct buf *body)
{
	struct json j;

	json_init(&j, body);
	envelope_open(&j);
	table_write_json(rows, list, p->fields, &j);
	/* A limit that nobody asked for is told if it left out some. */
	envelope_close(&j, endpoint->message,
		       p->has_page || page->next_offset >= 0 ? page : NULL,
		       call->collect.warnings, call->collect.warning_count);
}

/* What the snapshot lacks its answers lack, too. */
static void
take_warnings(struct endpoint_call *call, const struct snapshot *snapshot)
{
	memcpy(call->collect.warnings, snapshot->warnings,
	       sizeof(snapshot->warnings));
	call->collect.warning_count = snapshot->warning_count;
}

/* The call's parameters, or none, which then are in the room for them. */
static const struct params *
params_of(const struct endpoint_call *call, const struct params_table *table,
	  struct params *room)
{
	if (call->params != NULL)
		return call->params;
	params_init(room, table);
	return room;
}

static enum err_code
write_rows(const struct endpoint *endpoint, struct endpoint_call *call,
	   const struct snapshot *snapshot, const struct column_list *list,
	   struct buf *body, struct err *e)
{
	struct rows rows = {.command = call->command};
	const struct params *p = call->params;
	struct params rest;
	struct table_page page;
	enum err_code code = endpoint->list_rows(call, snapshot, &rows, e);

	if (endpoint->leave != NULL) {
		endpoint->leave(p, &rest);
		p = &rest;
	}
	if (code == ERR_OK)
		code = table_choose(&rows, list, p, call->collect.arena,
				    call->collect.deadline_ms, &page, e);
	if (code != ERR_OK)
		return code;
	if (call->collect.lacks_warning)
		return err_set_memory(e);
	if (p->is_csv)
		table_write_csv(&rows, list, p->fields, body);
	else
		write_json(endpoint, call, &rows, list, p, &page, body);
	return ERR_OK;
}

static enum err_code
write_object(const struct endpoint *endpoint, struct endpoint_call *call,
	     const struct snapshot *snapshot, struct buf *body, struct err *e)
{
	enum err_code code;
	struct json j;

	json_init(&j, body);
	envelope_open(&j);
	code = endpoint->write_object(call, snapshot, &j, e);
	return code == ERR_OK ? close_envelope(endpoint, call, &j, e) : code;
}

bool
endpoint_is_of_snapshot(const struct endpoint *endpoint)
{
	return endpoint->describe != NULL || endpoint->write_object != NULL ||
	       endpoint->write_of_snapshot != NULL;
}

enum err_code
endpoint_answer_of(const struct endpoint *endpoint, struct endpoint_call *call,
		   const struct snapshot *snapshot, struct buf *body,
		   struct err *e)
{
	struct column_list list;
	struct params_table table = endpoint_params(endpoint, &list);
	struct params none;
	const struct params *given = call->params;
	enum err_code code;

	progress_enter(call->collect.progress, STAGE_ENCODE);
	take_warnings(call, snapshot);
	call->params = params_of(call, &table, &none);
	if (endpoint->write_of_snapshot != NULL)
		code = endpoint->write_of_snapshot(call, snapshot, body, e);
	else if (endpoint->write_object != NULL)
		code = write_object(endpoint, call, snapshot, body, e);
	else
		code = write_rows(endpoint, call, snapshot, &list, body, e);
	call->params = given;
	return code == ERR_OK ? check_body(body, e) : code;
}

static enum err_code
collect_answer(const struct endpoint *endpoint, struct endpoint_call *call,
	       struct buf *body, struct err *e)
{
	struct column_list list;
	struct params_table table = endpoint_params(endpoint, &list);
	struct params none;
	struct plan_need need =
	    endpoint_need(endpoint, params_of(call, &table, &none), &list);
	struct snapshot snapshot;
	enum err_code code;

	code = snapshot_collect(&snapshot, call->collector, &need,
				&call->collect, e);
	if (code == ERR_OK)
		code = endpoint_answer_of(endpoint, call, &snapshot, body, e);
	snapshot_fini(&snapshot);
	return code;
}

enum err_code
endpoint_answer(const struct endpoint *endpoint, struct endpoint_call *call,
		struct buf *body, struct err *e)
{
	enum err_code code;

	if (endpoint_is_of_snapshot(endpoint))
		return collect_answer(endpoint, call, body, e);
	if (endpoint->write_csv != NULL && call->params->is_csv)
		code = endpoint->write_csv(call, body, e);
	else if (endpoint->write_text == NULL)
		return write_data(endpoint, call, body, e);
	else
		code = endpoint->write_text(call, body, e);
	return code == ERR_OK ? check_body(body, e) : code;
}
