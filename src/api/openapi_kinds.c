#include "api/openapi_kinds.h"

#include <stdio.h>

#include "api/openapi_rows.h"

enum { NAME_BYTES = 64 };

static void
write_reference(struct json *j, const char *subject, const char *suffix)
{
	char reference[NAME_BYTES + 32];

	snprintf(reference, sizeof(reference), "#/components/schemas/%s%s",
		 subject, suffix);
	json_open_object(j);
	json_key_text(j, "$ref", reference);
	json_close_object(j);
}

static void
write_list(struct json *j, const char *subject, const struct kinds *kinds)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof(name), "%sData", subject);
	json_key(j, name);
	json_open_object(j);
	json_key_text(j, "type", "array");
	json_key(j, "items");
	json_open_object(j);
	json_key(j, "anyOf");
	json_open_array(j);
	for (int i = 0; kinds->schemas[i] != NULL; i++)
		write_reference(j, subject, kinds->schemas[i]);
	write_reference(j, subject, "Part");
	json_close_array(j);
	json_close_object(j);
	json_close_object(j);
}

/* What all of them have in common, with each kind of row. */
void
openapi_write_kinds(struct json *j, const char *subject,
		    const struct kinds *kinds)
{
	struct column_list all = {.count = 0};
	char name[NAME_BYTES];

	kinds->describe(&all);
	write_list(j, subject, kinds);
	for (int kind = 0; kinds->schemas[kind] != NULL; kind++) {
		struct column_list list = {.count = 0};
		column_set of = kinds_columns(kinds, &all, kind);

		for (size_t i = 0; i < all.count; i++)
			if ((of & COLUMN_BIT(i)) != 0)
				column_add(&list, &all.columns[i]);
		snprintf(name, sizeof(name), "%s%s", subject,
			 kinds->schemas[kind]);
		openapi_write_row(j, name, &list, true);
	}
	snprintf(name, sizeof(name), "%sPart", subject);
	openapi_write_row(j, name, &all, false);
}
