#include "support/given_index.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"
#include "support/harness.h"
#include "support/invariant.h"

static const char *const index_labels[] = {
    "gpu=\"", "gpu_id=\"",    "index=\"",    "gpu_index=\"", "device_index=\"",
    "mlu=\"", "deviceidx=\"", "deviceId=\"", "id=\"",	     "minor_number=\"",
    NULL};
static const char *const bus_labels[] = {"pci_bus_id=\"", "pci_bdf=\"", NULL};

static int
is_exposition(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".prom") == 0;
}

/* The text of all files, to be freed. */
static char *
read_all(const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_exposition, alphasort);
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	harness_require(count >= 0 && out != NULL, "cannot read %s", directory);
	for (int i = 0; i < count; i++) {
		char path[4096], *one;

		snprintf(path, sizeof(path), "%s/%s", directory,
			 entries[i]->d_name);
		one = file_read(path);
		fputs(one, out);
		free(one);
		free(entries[i]);
	}
	free(entries);
	fclose(out);
	return text;
}

/* The label's text in the line, or NULL: label has its = and quote. */
static const char *
label_in(const char *line, const char *label)
{
	for (const char *at = line; (at = strstr(at, label)) != NULL; at++)
		if (at[-1] == '{' || at[-1] == ',')
			return at + strlen(label);
	return NULL;
}

/* Whether the line gives an index by that label, alone or behind the node's
 * name and a hyphen, and whether it is that one. */
static bool
gives(const char *line, const char *label, long index, bool *is_it)
{
	const char *text = label_in(line, label), *end, *digits;

	if (text == NULL || (end = strchr(text, '"')) == NULL)
		return false;
	for (digits = end; digits > text && isdigit((unsigned char)digits[-1]);)
		digits--;
	if (digits == end || (digits > text && digits[-1] != '-'))
		return false;
	*is_it |= strtol(digits, NULL, 10) == index;
	return true;
}

/* The same for a metric whose value the index is. */
static bool
is_index_value(const char *line, long index, bool *is_it)
{
	size_t name = strcspn(line, "{");
	const char *value = strrchr(line, ' ');

	if (name < 6 || strncmp(line + name - 6, "_index", 6) != 0 ||
	    value == NULL)
		return false;
	*is_it |= strtol(value, NULL, 10) == index;
	return true;
}

/* True if the card of that uuid may have that index. */
static bool
is_given(const char *all, const char *uuid, long index)
{
	char *text = strdup(all), *rest = text, *line;
	bool has_index = false, has_bus = false, is_it = false;

	harness_require(text != NULL, "out of memory");
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strcasestr(line, uuid) == NULL)
			continue;
		for (size_t i = 0; index_labels[i] != NULL; i++)
			has_index |=
			    gives(line, index_labels[i], index, &is_it);
		has_index |= is_index_value(line, index, &is_it);
		for (size_t i = 0; bus_labels[i] != NULL; i++)
			has_bus |= label_in(line, bus_labels[i]) != NULL;
	}
	free(text);
	return is_it || (!has_index && has_bus);
}

void
given_index_check(const char *source, const char *directory,
		  struct json_object *rows)
{
	char *all = read_all(directory);

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		const char *uuid = invariant_text(row, "uuid");
		const char *index = invariant_text(row, "gpu_index");

		if (uuid != NULL && index != NULL &&
		    !is_given(all, uuid, strtol(index, NULL, 10)))
			invariant_broken(source,
					 "%s: nobody gives it the index %s",
					 uuid, index);
	}
	free(all);
}
