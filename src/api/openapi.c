#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "api/openapi_history.h"
#include "api/openapi_kinds.h"
#include "api/openapi_rows.h"

/*
 * The contract, as OpenAPI 3.1 has it (https://spec.openapis.org/oas/v3.1.0):
 * written from the tables of endpoints, columns and parameters, so that it is
 * what they are.
 */

enum { NAME_BYTES = 96, LASTS_S = 60 };

/* --- parts -------------------------------------------------------------------
 */

static void
write_reference(struct json *j, const char *kind, const char *name)
{
	char path[NAME_BYTES + 32];

	snprintf(path, sizeof(path), "#/components/%s/%s", kind, name);
	json_open_object(j);
	json_key_text(j, "$ref", path);
	json_close_object(j);
}

/* "getGpuMetrics" is of "GpuMetrics". */
static const char *
subject_of(const struct endpoint *endpoint)
{
	return endpoint->operation + strlen("get");
}

/* "GpuMetricsRow" */
static const char *
schema_name(const struct endpoint *endpoint, const char *suffix)
{
	static _Thread_local char name[NAME_BYTES];

	snprintf(name, sizeof(name), "%s%s", subject_of(endpoint), suffix);
	return name;
}

/* --- answers
 * ------------------------------------------------------------------ */

#define ENVELOPE_START                                                         \
	"{\"type\":\"object\",\"additionalProperties\":false,"                 \
	"\"required\":[\"success\",\"data\",\"message\",\"error\"],"           \
	"\"properties\":{\"success\":{\"const\":true},\"data\":"
#define ENVELOPE_END                                                           \
	",\"message\":{\"type\":\"string\"},\"error\":{\"type\":\"null\"},"    \
	"\"page\":{\"$ref\":\"#/components/schemas/Page\"},"                   \
	"\"warnings\":{\"type\":\"array\",\"minItems\":1,"                     \
	"\"items\":{\"type\":\"string\"}}}}"

#define ERROR_RESPONSE(description)                                            \
	"{\"description\":\"" description "\",\"headers\":{"                   \
	"\"X-Request-Id\":{\"$ref\":\"#/components/headers/RequestId\"}},"     \
	"\"content\":{\"application/json\":{\"schema\":"                       \
	"{\"$ref\":\"#/components/schemas/Error\"}}}}"

static const struct {
	const char *status, *name, *json;
	bool is_of_prometheus; /* where it is asked alone */
} failures[] = {
    {"400", "BadRequest",
     ERROR_RESPONSE("A parameter is unknown or wrong; the error names it."),
     false},
    {"401", "Unauthorized",
     ERROR_RESPONSE("The web server wants credentials, and these are none."),
     false},
    {"403", "Forbidden", ERROR_RESPONSE("Not for this client."), false},
    {"404", "NotFound", ERROR_RESPONSE("There is no such path."), false},
    {"405", "MethodNotAllowed", ERROR_RESPONSE("It takes GET and HEAD."),
     false},
    {"413", "TooLarge", ERROR_RESPONSE("It takes no body."), false},
    {"429", "TooMany", ERROR_RESPONSE("Too many requests of this client."),
     false},
    {"502", "BadGateway",
     ERROR_RESPONSE("Prometheus, or the service, failed to answer."), true},
    {"503", "NotReady", ERROR_RESPONSE("Not now: see Retry-After."), true},
    {"504", "Timeout", ERROR_RESPONSE("Prometheus did not answer in time."),
     true},
};
enum { FAILURES = sizeof(failures) / sizeof(*failures) };

/* The schema of a success. */
static void
write_answer(struct json *j, const struct endpoint *endpoint)
{
	static const char rows[] = ENVELOPE_START
	    "{\"type\":\"array\",\"items\":{\"anyOf\":["
	    "{\"$ref\":\"#/components/schemas/%sRow\"},"
	    "{\"$ref\":\"#/components/schemas/%sPart\"}]}}" ENVELOPE_END;
	static const char object[] = ENVELOPE_START
	    "{\"$ref\":\"#/components/schemas/%sData\"}" ENVELOPE_END;
	const char *subject = subject_of(endpoint);
	char json[sizeof(rows) + 2 * NAME_BYTES];

	if (endpoint->describe != NULL && endpoint->kinds == NULL)
		snprintf(json, sizeof(json), rows, subject, subject);
	else
		snprintf(json, sizeof(json), object, subject);
	json_key_raw(j, schema_name(endpoint, "Answer"), json);
}

static void
write_success(struct json *j, const struct endpoint *endpoint)
{
	json_key(j, "200");
	json_open_object(j);
	json_key_text(j, "description", endpoint->sentence);
	json_key_raw(j, "headers",
		     "{\"X-Request-Id\":"
		     "{\"$ref\":\"#/components/headers/RequestId\"},"
		     "\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}}");
	json_key(j, "content");
	json_open_object(j);
	json_key(j, "application/json");
	json_open_object(j);
	json_key(j, "schema");
	if (endpoint->write_text != NULL)
		json_number_text(j, "{\"type\":\"object\"}");
	else
		write_reference(j, "schemas", schema_name(endpoint, "Answer"));
	json_close_object(j);
	if (endpoint->describe != NULL || endpoint->write_csv != NULL)
		json_key_raw(j, "text/csv",
			     "{\"schema\":{\"type\":\"string\"}}");
	json_close_object(j);
	json_close_object(j);
}

static void
write_responses(struct json *j, const struct endpoint *endpoint)
{
	json_key(j, "responses");
	json_open_object(j);
	write_success(j, endpoint);
	if (endpoint->is_cacheable)
		json_key_raw(
		    j, "304",
		    "{\"description\":\"What the client has lasts.\"}");
	for (size_t i = 0; i < FAILURES; i++) {
		if (failures[i].is_of_prometheus && !endpoint->is_shared)
			continue;
		json_key(j, failures[i].status);
		write_reference(j, "responses", failures[i].name);
	}
	json_close_object(j);
}

/* --- the document
 * ------------------------------------------------------------- */

static void
write_path(struct json *j, const struct endpoint *endpoint,
	   const struct column_list *list)
{
	json_key(j, endpoint->path);
	json_open_object(j);
	json_key(j, "get");
	json_open_object(j);
	json_key_text(j, "operationId", endpoint->operation);
	json_key_text(j, "summary", endpoint->sentence);
	if (endpoint->example != NULL)
		json_key_text(j, "x-example", endpoint->example);
	if (list->count > 0 || endpoint->parameters != NULL)
		openapi_write_parameters(j, endpoint, list);
	write_responses(j, endpoint);
	json_close_object(j);
	json_close_object(j);
}

#define STATUS_MEMBERS                                                         \
	"\"status\":{\"type\":\"string\"},"                                    \
	"\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\"},"        \
	"\"version\":{\"type\":\"string\"}"
#define NULL_OR_NAMES                                                          \
	"{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\"}}"

/* What is no row. */
static void
write_objects(struct json *j)
{
	json_key_raw(j, "LivenessData",
		     "{\"type\":\"object\",\"additionalProperties\":false,"
		     "\"required\":[\"status\",\"timestamp\",\"version\"],"
		     "\"properties\":{" STATUS_MEMBERS "}}");
	json_key_raw(
	    j, "HealthData",
	    "{\"type\":\"object\",\"additionalProperties\":false,"
	    "\"required\":[\"status\",\"timestamp\",\"version\","
	    "\"prometheus_latency_ms\",\"exporters\"],"
	    "\"properties\":{" STATUS_MEMBERS ",\"prometheus_latency_ms\":"
	    "{\"type\":\"number\",\"minimum\":0},\"exporters\":"
	    "{\"type\":\"array\",\"items\":{\"type\":\"object\","
	    "\"additionalProperties\":false,"
	    "\"required\":[\"name\",\"gpu_count\",\"measured_at\",\"fields\","
	    "\"missing_fields\"],"
	    "\"properties\":{\"name\":{\"type\":\"string\"},"
	    "\"gpu_count\":{\"type\":\"integer\",\"minimum\":0},"
	    "\"measured_at\":{\"type\":[\"string\",\"null\"],"
	    "\"format\":\"date-time\"},"
	    "\"fields\":" NULL_OR_NAMES ",\"missing_fields\":" NULL_OR_NAMES
	    "}}}}}");
}

#define NUMBER_OR_NULL "{\"type\":[\"number\",\"null\"]}"
#define SPAN(middle, more, required)                                           \
	"{\"type\":\"object\",\"additionalProperties\":false,"                 \
	"\"required\":[\"min\",\"" middle "\",\"max\"" required                \
	"],\"properties\":{\"min\":" NUMBER_OR_NULL ",\"" middle               \
	"\":" NUMBER_OR_NULL ",\"max\":" NUMBER_OR_NULL more "}}"

/* What parts of one GPU's detail are. */
static void
write_spans(struct json *j)
{
	json_key_raw(j, "GpuDetailSpan", SPAN("median", "", ""));
	json_key_raw(j, "GpuDetailStatistics",
		     SPAN("avg", ",\"last\":" NUMBER_OR_NULL, ",\"last\""));
}

static void
write_schemas(struct json *j)
{
	json_key(j, "schemas");
	json_open_object(j);
	json_key_raw(
	    j, "Error",
	    "{\"type\":\"object\",\"additionalProperties\":false,"
	    "\"required\":[\"success\",\"data\",\"message\",\"error\"],"
	    "\"properties\":{\"success\":{\"const\":false},"
	    "\"data\":{\"type\":\"null\"},\"message\":{\"type\":\"null\"},"
	    "\"error\":{\"type\":\"string\"}}}");
	json_key_raw(j, "Page",
		     "{\"type\":\"object\",\"additionalProperties\":false,"
		     "\"description\":\"Of which rows these are a part.\","
		     "\"required\":[\"total\",\"limit\",\"offset\","
		     "\"next_offset\"],"
		     "\"properties\":{\"total\":{\"type\":\"integer\"},"
		     "\"limit\":{\"type\":[\"integer\",\"null\"]},"
		     "\"offset\":{\"type\":\"integer\"},"
		     "\"next_offset\":{\"type\":[\"integer\",\"null\"]}}}");
	write_objects(j);
	write_spans(j);
	openapi_write_history(j);
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct endpoint *endpoint = endpoint_table[i];
		struct column_list list;

		if (endpoint->operation == NULL || endpoint->write_text != NULL)
			continue;
		endpoint_params(endpoint, &list);
		if (endpoint->kinds != NULL) {
			openapi_write_kinds(j, subject_of(endpoint),
					    endpoint->kinds);
		} else if (endpoint->describe != NULL) {
			openapi_write_row(j, schema_name(endpoint, "Row"),
					  &list, true);
			openapi_write_row(j, schema_name(endpoint, "Part"),
					  &list, false);
		} else if (endpoint->describe_object != NULL) {
			struct member_list members = {.count = 0};

			endpoint->describe_object(&members);
			openapi_write_object(j, schema_name(endpoint, "Data"),
					     &members);
		}
		write_answer(j, endpoint);
	}
	json_close_object(j);
}

static void
write_components(struct json *j)
{
	json_key(j, "components");
	json_open_object(j);
	json_key_raw(
	    j, "headers",
	    "{\"RequestId\":{\"description\":\"The same as in the logs.\","
	    "\"schema\":{\"type\":\"string\"}},"
	    "\"ETag\":{\"description\":\"For If-None-Match.\","
	    "\"schema\":{\"type\":\"string\"}}}");
	json_key(j, "responses");
	json_open_object(j);
	for (size_t i = 0; i < FAILURES; i++)
		json_key_raw(j, failures[i].name, failures[i].json);
	json_close_object(j);
	write_schemas(j);
	json_close_object(j);
}

static enum err_code
write_text(struct endpoint_call *call, struct buf *body, struct err *e)
{
	struct json j;

	(void)call, (void)e;
	json_init(&j, body);
	json_open_object(&j);
	json_key_text(&j, "openapi", "3.1.0");
	json_key(&j, "info");
	json_open_object(&j);
	json_key_text(&j, "title", "GPU Monitoring API");
	json_key_text(&j, "version", PACKAGE_VERSION);
	json_key_text(
	    &j, "description",
	    "What Prometheus knows of a site's GPUs, whatever exporter "
	    "reports them. A value that nobody measured is null.");
	json_close_object(&j);
	json_key_raw(&j, "servers", "[{\"url\":\"/\"}]");
	json_key_raw(&j, "security", "[]");
	json_key(&j, "paths");
	json_open_object(&j);
	for (size_t i = 0; i < endpoint_count; i++) {
		struct column_list list;

		endpoint_params(endpoint_table[i], &list);
		if (endpoint_table[i]->operation != NULL)
			write_path(&j, endpoint_table[i], &list);
	}
	json_close_object(&j);
	write_components(&j);
	json_close_object(&j);
	return ERR_OK;
}

const struct endpoint endpoint_openapi = {
    .path = "/api/openapi.json",
    .operation = "getOpenapi",
    .sentence = "The contract, as OpenAPI 3.1: this document.",
    .failure = "Failed to describe the API",
    .is_cacheable = true,
    .lasts_s = LASTS_S,
    .deadline = ENDPOINT_DEADLINE_HEALTH,
    .content_type = "application/json",
    .write_text = write_text,
};
