#include "support/shipped.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

static void
add_metric(struct shipped_profile *p, const char *metric)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (strcmp(p->metrics[i], metric) == 0)
			return;
	harness_require(p->metric_count < SHIPPED_METRICS_MAX,
			"%s has too many metrics", p->name);
	p->metrics[p->metric_count++] = metric;
}

/* Each text whose key is "metric", however deep. */
static void
add_metrics(struct shipped_profile *p, struct json_object *value)
{
	if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++)
			add_metrics(p, json_object_array_get_idx(value, i));
	if (!json_object_is_type(value, json_type_object))
		return;
	json_object_object_foreach(value, key, member)
	{
		if (strcmp(key, "metric") == 0)
			add_metric(p, json_object_get_string(member));
		else
			add_metrics(p, member);
	}
}

static bool
has_name(struct json_object *root, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(root, "name", &value) &&
	       strcmp(json_object_get_string(value), name) == 0;
}

void
shipped_read(struct shipped_profile *out, const char *name)
{
	const char *directory = harness_source("conf/profiles");
	DIR *entries = opendir(directory);
	struct dirent *entry;

	*out = (struct shipped_profile){.name = name};
	harness_require(entries != NULL, "cannot read %s", directory);
	while (out->root == NULL && (entry = readdir(entries)) != NULL) {
		char path[4096];

		if (strstr(entry->d_name, ".json") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		out->root = json_object_from_file(path);
		if (out->root != NULL && !has_name(out->root, name)) {
			json_object_put(out->root);
			out->root = NULL;
		}
	}
	closedir(entries);
	harness_require(out->root != NULL, "no profile is called %s", name);
	add_metrics(out, out->root);
}

void
shipped_free(struct shipped_profile *p)
{
	json_object_put(p->root);
}
