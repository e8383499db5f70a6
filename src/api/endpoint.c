#include "api/endpoint.h"

#include "api/envelope.h"
#include "api/stats.h"

const struct endpoint *const endpoint_table[] = {
    &endpoint_health,	   &endpoint_livez,	 &endpoint_metrics,
    &endpoint_nodes,	   &endpoint_processes,	 &endpoint_utilization,
    &endpoint_own_metrics, &endpoint_debug_vars, &endpoint_debug_requests,
#ifdef ENABLE_PROFILING
    &endpoint_pprof_cpu,   &endpoint_pprof_heap,
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

static enum err_code
write_envelope(const struct endpoint *endpoint, struct endpoint_call *call,
	       const struct fleet *fleet, struct buf *body, struct err *e)
{
	enum err_code code;
	struct json j;

	json_init(&j, body);
	envelope_open(&j);
	code = endpoint->write_data(call, fleet, &j, e);
	if (code != ERR_OK)
		return code;
	if (call->collect.lacks_warning)
		return err_set_memory(e);
	envelope_close(&j, endpoint->message, call->collect.warnings,
		       call->collect.warning_count);
	return check_body(body, e);
}

enum err_code
endpoint_answer(const struct endpoint *endpoint, struct endpoint_call *call,
		struct buf *body, struct err *e)
{
	enum err_code code;
	struct fleet fleet;

	if (endpoint->write_text != NULL) {
		code = endpoint->write_text(call, body, e);
		return code == ERR_OK ? check_body(body, e) : code;
	}
	if ((endpoint->need.required | endpoint->need.optional) == 0)
		return write_envelope(endpoint, call, NULL, body, e);
	code = collect_fleet(call->collector, &endpoint->need, &call->collect,
			     &fleet, e);
	progress_enter(call->collect.progress, STAGE_ENCODE);
	if (code == ERR_OK)
		code = write_envelope(endpoint, call, &fleet, body, e);
	fleet_fini(&fleet);
	return code;
}
