#include "api/endpoint.h"
#include "api/status.h"
#include "base/clock.h"
#include "gpu/site/coverage.h"

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
write_fields(struct json *j, const char *key, bool are_known, field_set fields)
{
	json_key(j, key);
	if (!are_known) {
		json_null(j);
		return;
	}
	json_open_array(j);
	for (int i = 0; i < FIELD__MAX; i++)
		if (fields & FIELD_BIT(i))
			json_text(j, field_table[i].name);
	json_close_array(j);
}

/* What it has and what it lacks, as of the last look. */
static void
write_coverage(struct json *j, const struct profile *p,
	       const struct detection *found)
{
	size_t rank = found != NULL ? site_find(found, p) : 0;
	struct coverage known = {.is_known = false};

	if (found != NULL && rank < found->count)
		known = found->coverage[rank];
	write_fields(j, "fields", known.is_known, known.fields);
	write_fields(j, "missing_fields", known.is_known,
		     coverage_of(p) & ~known.fields);
}

static void
write_exporters(struct json *j, const struct census_count *seen, size_t count,
		const struct detection *found)
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
		write_coverage(j, seen[i].profile, found);
		json_close_object(j);
	}
	json_close_array(j);
}

static enum err_code
write_data(struct endpoint_call *call, struct json *j, struct err *e)
{
	struct detector *detector = call->collector->detector;
	int64_t start_us = clock_now_us(), latency_us;
	const struct detection *found;
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
	found = detect_current(detector);
	if (found != NULL)
		coverage_warn(&call->collect, found);
	json_open_object(j);
	status_write(j, "healthy");
	json_key(j, "prometheus_latency_ms");
	json_decimal(j, (double)latency_us / 1000, 2);
	write_exporters(j, seen, count, found);
	json_close_object(j);
	detect_release(found);
	return ERR_OK;
}

const struct endpoint endpoint_health = {
    .path = "/api/health",
    .operation = "getHealth",
    .sentence = "Whether Prometheus answers, and which exporters were found.",
    .message = "Service is healthy",
    .failure = "Prometheus connection failed",
    .is_shared = true,
    .deadline = ENDPOINT_DEADLINE_HEALTH,
    .write_data = write_data,
};
