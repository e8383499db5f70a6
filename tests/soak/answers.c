#include "soak/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/harness.h"

#define ERROR(text)                                                            \
	"{\"success\":false,\"data\":null,\"message\":null,\"error\":\"" text  \
	"\"}"

const char *const answers_paths[ANSWERS_PATH__MAX] = {
    "/api/v1/gpu/metrics", "/api/v1/gpu/nodes", "/api/v1/gpu/utilization",
    "/api/health", "/api/livez"};

/* Of the program, for each path; livez has no reason to fail. */
static const char *const failures[ANSWERS_PATH__MAX] = {
    ERROR("Failed to retrieve GPU metrics"),
    ERROR("Failed to retrieve GPU nodes"),
    ERROR("Failed to retrieve GPU utilization"),
    ERROR("Prometheus connection failed"), NULL};

static const char lost[] = ERROR("The GPU monitoring service does not answer");

static const char undated_end[] =
    ",\"warnings\":[\"The query for measured_at failed (";

static char *bodies[ANSWERS_PATH__MAX];

/* How they begin where Prometheus was lost between the other queries and that
 * for the times: which is said, and nothing made up. NULL: they have no times.
 */
static char *undated[ANSWERS_PATH__MAX];

/* What /api/health says of the exporter's fields, and what it says as long as a
 * responder that has begun anew does not know them. */
static const char *const fields[] = {
    "\"fields\":[\"utilization\",\"memory_used\",\"memory_total\","
    "\"memory_free\",\"temperature\",\"power_draw\",\"power_limit\","
    "\"memory_controller_utilization\"],\"missing_fields\":[]",
    "\"fields\":null,\"missing_fields\":null"};
enum { FIELDS = sizeof(fields) / sizeof(*fields) };

static char *healths[FIELDS];

static char *undated_healths[FIELDS];

static char *
status_body(const char *status, const char *more, const char *message)
{
	char *text = malloc(1024);

	harness_require(text != NULL, "out of memory");
	snprintf(text, 1024,
		 "{\"success\":true,\"data\":{\"status\":\"%s\","
		 "\"timestamp\":\"T\",\"version\":\"" PACKAGE_VERSION
		 "\"%s},\"message\":\"%s\",\"error\":null}",
		 status, more, message);
	return text;
}

/* To be freed. */
static char *
health_body(const struct fleet_expect *fleet, const char *known)
{
	char exporters[512];

	snprintf(exporters, sizeof(exporters),
		 ",\"prometheus_latency_ms\":0,\"exporters\":["
		 "{\"name\":\"nvidia-gpu-list-exporter\",\"gpu_count\":%u,"
		 "\"measured_at\":\"T\",%s}]",
		 fleet->nodes * fleet->gpus, known);
	return status_body("healthy", exporters, "Service is healthy");
}

/* To be freed: a body with times in it, as it begins without them. */
static char *
without_times(const char *body)
{
	static const char dated[] = "\"measured_at\":\"T\"";
	char *out = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&out, &length);
	const char *next;

	harness_require(to != NULL, "out of memory");
	for (; (next = strstr(body, dated)) != NULL;
	     body = next + strlen(dated)) {
		fwrite(body, 1, (size_t)(next - body), to);
		fputs("\"measured_at\":null", to);
	}
	/* The envelope's brace comes behind the warnings. */
	fwrite(body, 1, strlen(body) - 1, to);
	fputs(undated_end, to);
	harness_require(fclose(to) == 0, "out of memory");
	return out;
}

void
answers_init(const struct fleet_expect *fleet)
{
	for (size_t i = 0; i < FIELDS; i++) {
		healths[i] = health_body(fleet, fields[i]);
		undated_healths[i] = without_times(healths[i]);
	}
	bodies[ANSWERS_METRICS] = fleet_expect_metrics(fleet);
	bodies[ANSWERS_NODES] = fleet_expect_nodes(fleet);
	bodies[ANSWERS_UTILIZATION] = fleet_expect_utilization(fleet);
	for (unsigned i = ANSWERS_METRICS; i <= ANSWERS_UTILIZATION; i++)
		undated[i] = without_times(bodies[i]);
	bodies[ANSWERS_LIVEZ] = status_body("alive", "", "Service is alive");
}

void
answers_fini(void)
{
	for (unsigned i = 0; i < ANSWERS_PATH__MAX; i++) {
		free(bodies[i]);
		free(undated[i]);
	}
	for (size_t i = 0; i < FIELDS; i++) {
		free(healths[i]);
		free(undated_healths[i]);
	}
}

static bool
begins(const char *text, const char *start)
{
	return start != NULL && strncmp(text, start, strlen(start)) == 0;
}

static bool
is_health(const char *masked)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(masked, healths[i]) == 0 ||
		    begins(masked, undated_healths[i]))
			return true;
	return false;
}

static bool
is_complete(const struct http_reply *r, enum answers_path path)
{
	char *masked = body_mask(r->body, BODY_NOW);
	bool is = body_is_json(r->body, r->length) &&
		  (path == ANSWERS_HEALTH ? is_health(masked)
					  : strcmp(masked, bodies[path]) == 0 ||
						begins(masked, undated[path]));

	free(masked);
	return is;
}

enum answers_kind
answers_check(const struct http_reply *r, enum answers_path path)
{
	const char *type = http_header(r, "Content-Type");

	if (r->rc != CURLE_OK || type == NULL ||
	    strcmp(type, "application/json") != 0)
		return ANSWERS_WRONG;
	if (r->status == 200)
		return is_complete(r, path) ? ANSWERS_RIGHT : ANSWERS_WRONG;
	if (r->status == 502 && strcmp(r->body, lost) == 0)
		return ANSWERS_LOST;
	if ((r->status == 502 || r->status == 503 || r->status == 504) &&
	    failures[path] != NULL && strcmp(r->body, failures[path]) == 0)
		return ANSWERS_ERROR;
	return ANSWERS_WRONG;
}
