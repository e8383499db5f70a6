#include "api/endpoint.h"
#include "api/stats_write.h"
#include "base/exposition.h"

static enum err_code
write_vars(struct endpoint_call *call, struct json *j, struct err *e)
{
	const struct endpoint_self *self = call->self;
	struct exposition x;

	(void)e;
	self->publish_state(self->program);
	json_open_object(j);
	json_key(j, "metrics");
	exposition_init_json(&x, j);
	stats_write_metrics(self->stats, call->collector->detector, &x);
	exposition_end(&x);
	json_key(j, "processes");
	stats_write_processes(self->stats, j);
	json_key(j, "settings");
	self->write_settings(self->program, j);
	json_close_object(j);
	return ERR_OK;
}

const struct endpoint endpoint_debug_vars = {
    .path = "/debug/vars",
    .access = ENDPOINT_FOR_DEBUGGING,
    .message = "Variables retrieved successfully",
    .failure = "Failed to retrieve variables",
    .deadline = ENDPOINT_DEADLINE_HEALTH,
    .write_data = write_vars,
};

static enum err_code
write_requests(struct endpoint_call *call, struct json *j, struct err *e)
{
	const struct stats *stats = call->self->stats;

	(void)e;
	json_open_object(j);
	json_key(j, "in_flight");
	stats_write_in_flight(stats, j);
	json_key(j, "slowest_of_last_minute");
	stats_write_slowest(stats, j);
	json_close_object(j);
	return ERR_OK;
}

const struct endpoint endpoint_debug_requests = {
    .path = "/debug/requests",
    .access = ENDPOINT_FOR_DEBUGGING,
    .message = "Requests retrieved successfully",
    .failure = "Failed to retrieve requests",
    .deadline = ENDPOINT_DEADLINE_HEALTH,
    .write_data = write_requests,
};
