#include "api/endpoint.h"
#include "api/status.h"

static enum err_code
write_data(struct endpoint_call *call, struct json *j, struct err *e)
{
	(void)call, (void)e;
	json_open_object(j);
	status_write(j, "alive");
	json_close_object(j);
	return ERR_OK;
}

const struct endpoint endpoint_livez = {
    .path = "/api/livez",
    .operation = "getLiveness",
    .sentence = "Whether the program answers, for liveness probes.",
    .message = "Service is alive",
    .failure = "Service failed",
    .deadline = ENDPOINT_DEADLINE_HEALTH,
    .write_data = write_data,
};
