/*
 * What an object has that is no row, as a table of members: from it come JSON
 * and its description. A member is a cell, as a row's, or something larger.
 */
#ifndef API_MEMBER_H
#define API_MEMBER_H

#include <stddef.h>

#include "api/column.h"
#include "base/json.h"

struct member {
	/* A cell: of which row member_write is told. */
	struct column column;
	/* Or NULL: what writes the value instead, of the object; and the
	 * members of its schema (OpenAPI 3.1) but for the description, which is
	 * the column's sentence: "\"type\":\"object\",..." */
	void (*write)(struct json *j, const struct member *m,
		      const void *object);
	const char *schema;
};

enum { MEMBERS_MAX = 64 };

struct member_list {
	struct member members[MEMBERS_MAX];
	size_t count;
};

void member_add(struct member_list *list, const struct member *member);
void member_add_column(struct member_list *list, const struct column *column);

/* The object, with the cells of the row. */
void member_write_all(const struct member_list *list, const struct rows *rows,
		      const void *row, const void *object, struct json *j);

#endif
