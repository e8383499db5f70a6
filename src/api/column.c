#include "api/column.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert((int)COLUMNS_MAX <= 64, "a column_set has a bit for each");

void
column_name(struct column *column, const char *name, const char *suffix)
{
	snprintf(column->name, sizeof(column->name), "%s%s", name, suffix);
}

void
column_add(struct column_list *list, const struct column *column)
{
	assert(list->count < COLUMNS_MAX);
	list->columns[list->count++] = *column;
}

size_t
column_find(const struct column_list *list, const char *name, size_t length)
{
	size_t i = 0;

	while (i < list->count &&
	       (strlen(list->columns[i].name) != length ||
		memcmp(list->columns[i].name, name, length) != 0))
		i++;
	return i;
}

column_set
column_all(const struct column_list *list)
{
	return COLUMN_BIT(list->count) - 1;
}

struct cell
cell_null(void)
{
	return (struct cell){.is_null = true};
}

struct cell
cell_text_of(const char *text, size_t length)
{
	return (struct cell){.text = {text, length}};
}

struct cell
cell_text(const char *text)
{
	return text != NULL ? cell_text_of(text, strlen(text)) : cell_null();
}

struct cell
cell_fleet_text(const struct fleet *fleet, uint32_t number)
{
	const struct intern_string *text = fleet_text(fleet, number);

	return text != NULL ? cell_text_of(text->text, text->length)
			    : cell_null();
}

struct cell
cell_number(uint32_t number)
{
	return (struct cell){.is_null = number == FLEET_UNKNOWN,
			     .integer = number};
}

struct cell
cell_whole(double value)
{
	return isfinite(value) ? (struct cell){.integer = llround(value)}
			       : cell_null();
}

struct cell
cell_boolean(bool is_true)
{
	return (struct cell){.integer = is_true};
}

struct cell
cell_time(double wall_s)
{
	return (struct cell){.is_null = !(wall_s > 0), .number = wall_s};
}
