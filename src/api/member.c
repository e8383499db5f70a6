#include "api/member.h"

#include <assert.h>

#include "api/table.h"

void
member_add(struct member_list *list, const struct member *member)
{
	assert(list->count < MEMBERS_MAX);
	list->members[list->count++] = *member;
}

void
member_add_column(struct member_list *list, const struct column *column)
{
	member_add(list, &(struct member){.column = *column});
}

void
member_write_all(const struct member_list *list, const struct rows *rows,
		 const void *row, const void *object, struct json *j)
{
	json_open_object(j);
	for (size_t i = 0; i < list->count; i++) {
		const struct member *m = &list->members[i];

		json_key(j, m->column.name);
		if (m->write != NULL) {
			m->write(j, m, object);
			continue;
		}
		table_write_cell(rows, row, &m->column, j);
	}
	json_close_object(j);
}
