#include "api/openapi_usage.h"

#include <stdio.h>

#include "api/openapi_rows.h"
#include "api/usage_columns.h"

enum { NAME_BYTES = 64 };

/* "GpuUsageByNode" */
static const char *
schema_name(enum usage_by by, char name[static NAME_BYTES])
{
	static const char *const names[] = {[USAGE_BY_NAMESPACE] = "Namespace",
					    [USAGE_BY_POD] = "Pod",
					    [USAGE_BY_JOB] = "Job",
					    [USAGE_BY_USER] = "User",
					    [USAGE_BY_NODE] = "Node",
					    [USAGE_BY_MODEL] = "Model"};

	snprintf(name, NAME_BYTES, "GpuUsageBy%s", names[by]);
	return name;
}

static void
write_reference(struct json *j, const char *name)
{
	char reference[NAME_BYTES + 32];

	snprintf(reference, sizeof(reference), "#/components/schemas/%s", name);
	json_open_object(j);
	json_key_text(j, "$ref", reference);
	json_close_object(j);
}

/* What all of them have in common, with each kind of row. */
void
openapi_write_usage(struct json *j)
{
	struct column_list all = {.count = 0};
	char name[NAME_BYTES];

	usage_describe(&all);
	json_key(j, "GpuUsageData");
	json_open_object(j);
	json_key_text(j, "type", "array");
	json_key(j, "items");
	json_open_object(j);
	json_key(j, "anyOf");
	json_open_array(j);
	for (int by = USAGE_BY_NAMESPACE; by <= USAGE_BY_MODEL; by++)
		write_reference(j, schema_name((enum usage_by)by, name));
	write_reference(j, "GpuUsagePart");
	json_close_array(j);
	json_close_object(j);
	json_close_object(j);
	for (int by = USAGE_BY_NAMESPACE; by <= USAGE_BY_MODEL; by++) {
		struct column_list list = {.count = 0};
		column_set of = usage_columns_of(&all, (enum usage_by)by);

		for (size_t i = 0; i < all.count; i++)
			if ((of & COLUMN_BIT(i)) != 0)
				column_add(&list, &all.columns[i]);
		openapi_write_row(j, schema_name((enum usage_by)by, name),
				  &list, true);
	}
	openapi_write_row(j, "GpuUsagePart", &all, false);
}
