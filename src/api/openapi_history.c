#include "api/openapi_history.h"

#include <stdio.h>

#include "api/history.h"
#include "api/history_columns.h"
#include "api/openapi_rows.h"

enum { NAME_BYTES = 64 };

/* "GpuHistoryByNode" */
static const char *
schema_name(enum history_by by, char name[static NAME_BYTES])
{
	static const char *const names[] = {
	    [HISTORY_BY_GPU] = "Gpu",	  [HISTORY_BY_NODE] = "Node",
	    [HISTORY_BY_MODEL] = "Model", [HISTORY_BY_CLUSTER] = "Cluster",
	    [HISTORY_BY_ALL] = "All",	  [HISTORY_BY_NAMESPACE] = "Namespace"};

	snprintf(name, NAME_BYTES, "GpuHistoryBy%s", names[by]);
	return name;
}

static void
write_series(struct json *j)
{
	json_key(j, "series");
	json_open_object(j);
	json_key_text(j, "type", "array");
	json_key_text(j, "description",
		      "What each column but the first is of; with by=gpu the "
		      "first of these, and so on.");
	json_key(j, "items");
	json_open_object(j);
	json_key(j, "anyOf");
	json_open_array(j);
	for (int by = HISTORY_BY_GPU; by <= HISTORY_BY_NAMESPACE; by++) {
		char name[NAME_BYTES], reference[NAME_BYTES + 32];

		snprintf(reference, sizeof(reference),
			 "#/components/schemas/%s",
			 schema_name((enum history_by)by, name));
		json_open_object(j);
		json_key_text(j, "$ref", reference);
		json_close_object(j);
	}
	json_close_array(j);
	json_close_object(j);
	json_close_object(j);
}

#define TIME "{\"type\":\"string\",\"format\":\"date-time\"}"

/* Points are numbers; the first column has none that is null. */
static void
write_data(struct json *j)
{
	json_key(j, "GpuHistoryData");
	json_open_object(j);
	json_key_text(j, "type", "object");
	json_key_raw(j, "additionalProperties", "false");
	json_key_raw(
	    j, "required",
	    "[\"field\",\"unit\",\"by\",\"aggregate\",\"start\",\"end\","
	    "\"step_s\",\"series\",\"columns\"]");
	json_key(j, "properties");
	json_open_object(j);
	json_key_raw(j, "field", "{\"type\":\"string\"}");
	json_key_raw(j, "unit", "{\"type\":\"string\"}");
	json_key_raw(j, "by", "{\"type\":\"string\"}");
	json_key_raw(j, "aggregate", "{\"type\":\"string\"}");
	json_key_raw(j, "start", TIME);
	json_key_raw(j, "end", TIME);
	json_key_raw(j, "step_s", "{\"type\":\"integer\",\"minimum\":1}");
	write_series(j);
	json_key_raw(
	    j, "columns",
	    "{\"type\":\"array\",\"minItems\":1,\"description\":"
	    "\"Unix seconds, then a column for each series; null: "
	    "nobody measured it.\",\"items\":{\"type\":\"array\","
	    "\"minItems\":2,\"items\":{\"type\":[\"number\",\"null\"]}}"
	    "}");
	json_close_object(j);
	json_close_object(j);
}

void
openapi_write_history(struct json *j)
{
	write_data(j);
	for (int by = HISTORY_BY_GPU; by <= HISTORY_BY_NAMESPACE; by++) {
		struct column_list list;
		char name[NAME_BYTES];

		/* Of a field without a unit: they depend on it. */
		history_describe(&list, (enum history_by)by, FIELD_XID);
		openapi_write_row(j, schema_name((enum history_by)by, name),
				  &list, true);
	}
}
