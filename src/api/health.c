#include "api/endpoint.h"
#include "api/status.h"
#include "base/clock.h"

static void
write_measured(struct json *j, double measured_s)
{
	json_key(j, "measured_at");
	if (measured_s > 0)
		json_time(j, measured_s);
	else
		json_null(j);
}

static void
write_exporters(struct json *j, const struct census_count *seen, size_t count)
{
	json_key(j, "exporters");
	json_open_array(j);
	for (size_t i = 0; i < count; i++) {
		json_open_object(j);
		json_key(j, "name");
		json_text(j, seen[i].profile->name);
		json_key(j, "gpu_count");
		json_integer(j, (int64_t)seen[i].gpu_count);
		write_measured(j, seen[i].measured_s);
		json_close_object(j);
	}
	json_close_array(j);
}

static enum err_code
write_data(struct endpoint_call *call, struct json *j, struct err *e)
{
	struct detector *detector = call->collector->detector;
	int64_t start_us = clock_now_us(), latency_us;
	struct census_count *seen;
	size_t count;
	enum err_code code =
	    detect_census(detector, &call->collect, &seen, &count, e);

	detect_wake(detector);
	if (code != ERR_OK) {
		/* Whatever Prometheus' trouble is: not ready is what it makes
		 * this service, to whoever asks for its health. */
		if (!err_is_public(code))
			e->code = ERR_NOT_READY;
		return e->code;
	}
	latency_us = clock_now_us() - start_us;
	if (count == 0)
		detect_warn_of_nothing(detector, &call->collect);
	code = detect_date(detector, &call->collect, seen, count, e);
	if (code != ERR_OK)
		return code;
	json_open_object(j);
	status_write(j, "healthy");
	json_key(j, "prometheus_latency_ms");
	json_decimal(j, (double)latency_us / 1000, 2);
	write_exporters(j, seen, count);
	json_close_object(j);
	return ERR_OK;
}

const struct endpoint endpoint_health = {
    .path = "/api/health",
    .message = "Service is healthy",
    .failure = "Prometheus connection failed",
    .is_shared = true,
    .deadline = ENDPOINT_DEADLINE_HEALTH,
    .write_data = write_data,
};
