/*
 * What a row has, as a table of columns: from it come JSON and CSV, filters,
 * sorting, the choice of columns, and the description of all that.
 */
#ifndef API_COLUMN_H
#define API_COLUMN_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/intern.h"
#include "gpu/field.h"
#include "gpu/fleet/fleet.h"

enum column_type {
	COLUMN_TEXT,
	COLUMN_UUID, /* a text; asked for with or without prefix, in any case */
	COLUMN_INTEGER,
	COLUMN_DECIMAL, /* with its unit's decimals */
	COLUMN_TIME,
	COLUMN_TEXTS, /* a list of texts, sorted */
	COLUMN_INTEGERS,
	COLUMN_BOOLEAN,
	COLUMN_TYPE__MAX
};

struct cell_text {
	const char *text;
	size_t length;
};

/* What one row says in one column. */
struct cell {
	bool is_null; /* nobody knows */
	union {
		struct cell_text text;
		/* Of a decimal as it is told, but not rounded; of a time its
		 * Unix time. */
		double number;
		int64_t integer; /* of a boolean 0 or 1 */
		struct {
			const struct intern_string *const *items;
			size_t count;
		} texts;
		struct {
			const uint32_t *items;
			size_t count;
		} integers;
	};
};

/* How much of a process' command line is shown: it may hold secrets. */
enum endpoint_command {
	ENDPOINT_COMMAND_NAME, /* the program's name */
	ENDPOINT_COMMAND_FULL,
	ENDPOINT_COMMAND_NONE
};

/* Rows in the order of the contract, and what all of them need. */
struct rows {
	const struct fleet *fleet;
	/* The GPU that a row is of. */
	const struct fleet_gpu *(*gpu_of)(const void *row);
	enum endpoint_command command;
	const void **list;
	size_t count;
};

enum { COLUMN_NAME_BYTES = 40, COLUMNS_MAX = 48 };

struct column {
	char name[COLUMN_NAME_BYTES];
	enum column_type type;
	enum unit unit;
	bool is_nullable;
	bool is_measured_time;
	field_set need; /* which fields its value comes from */
	int of;		/* which of several get is to tell */
	const char *sentence;
	/* Of a text that is one of a few words: each of them by its place, NULL
	 * behind the last one. Or NULL: any text. */
	const char *(*word)(size_t place);
	/* What it points to stays as it is until all rows are written. */
	struct cell (*get)(const struct rows *rows, const void *row,
			   const struct column *column);
};

struct column_list {
	struct column columns[COLUMNS_MAX];
	size_t count;
};

/* A set of columns, by their places in the list. */
typedef uint64_t column_set;
#define COLUMN_BIT(place) (UINT64_C(1) << (place))

/* Its name, of two parts. */
void column_name(struct column *column, const char *name, const char *suffix);

/* Adds it at the end. */
void column_add(struct column_list *list, const struct column *column);

/* The place of the column of that name; the list's count if there is none. */
size_t column_find(const struct column_list *list, const char *name,
		   size_t length);

/* All of the list. */
column_set column_all(const struct column_list *list);

/* Cells. */
struct cell cell_null(void);
struct cell cell_text_of(const char *text, size_t length);

/* Null for NULL. */
struct cell cell_text(const char *text);

/* A text of the fleet; null if it is not known. */
struct cell cell_fleet_text(const struct fleet *fleet, uint32_t number);

/* Null for FLEET_UNKNOWN. */
struct cell cell_number(uint32_t number);

/* A value in the unit that it is kept in; null for NaN. */
static inline struct cell
cell_value(enum unit unit, double value)
{
	return (struct cell){.is_null = !isfinite(value),
			     .number = value * unit_table[unit].factor};
}

/* Of a number that is whole; null for NaN. */
struct cell cell_whole(double value);

struct cell cell_boolean(bool is_true);

/* Null for 0 and less. */
struct cell cell_time(double wall_s);

#endif
