#include "api/endpoint.h"
#include "api/stats_write.h"
#include "base/exposition.h"

static enum err_code
write_text(struct endpoint_call *call, struct buf *body, struct err *e)
{
	struct exposition x;

	(void)e;
	call->self->publish_state(call->self->program);
	exposition_init_text(&x, body);
	stats_write_metrics(call->self->stats, call->collector->detector, &x);
	exposition_end(&x);
	return ERR_OK;
}

const struct endpoint endpoint_own_metrics = {
    .path = "/metrics",
    .failure = "Metrics failed",
    .deadline = ENDPOINT_DEADLINE_HEALTH,
    .content_type = EXPOSITION_TYPE,
    .write_text = write_text,
};
