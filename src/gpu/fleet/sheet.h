/*
 * What belongs together: the values that one exporter told of one row in one
 * way. Copies of them are sheets of their own, and so is what has further
 * labels; see copies.h.
 */
#ifndef GPU_FLEET_SHEET_H
#define GPU_FLEET_SHEET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gpu/field.h"
#include "gpu/fleet/reading.h"

/* A row takes no more of them; what comes in further ways is not looked at. */
enum { SHEETS_MAX = 64 };

/* Who told it, and which way it came. */
struct sheet_origin {
	unsigned exporter; /* its rank: the lowest has precedence */
	uint32_t source;   /* see struct sample */
};

/* Most exporters know fewer fields of a card than half of those that there are:
 * each has a reading once it is told. */
enum { SHEET_PAGE_READINGS = 8 };

struct sheet_page {
	unsigned count;
	unsigned char fields[SHEET_PAGE_READINGS]; /* enum field */
	/* Their ranks say which of an exporter's metrics for the field. */
	struct reading readings[SHEET_PAGE_READINGS];
	struct sheet_page *next; /* only of a full one */
};

struct sheet {
	struct sheet *next;
	struct sheet_origin origin;
	double measured_s; /* 0: not known */
	double lost_s;	   /* not measured since then; 0: it is there */
	struct sheet_page first;
};

/* All of one row. Starts zeroed. */
struct sheet_list {
	struct sheet *first;
	unsigned count;
};

/* Adds a value; false if there is no memory. */
bool sheet_take(struct sheet_list *list, const struct sheet_origin *origin,
		enum field field, const struct reading *reading,
		struct arena *arena);

/* When what comes from there was measured; is_lost: and it is not there any
 * more. False if there is no memory. */
bool sheet_date(struct sheet_list *list, const struct sheet_origin *origin,
		double measured_s, bool is_lost, struct arena *arena);

/* What is known of one row is of another: its sheets move there. False if there
 * is no memory. */
bool sheet_pour(struct sheet_list *into, struct sheet_list *from,
		struct arena *arena);

/* What these exporters told, a bit for the rank of each, is no more known. */
void sheet_drop(struct sheet_list *list, uint64_t exporters);

/*
 * The row's values, complete. Of an exporter's sheets one counts for all
 * fields: what is not lost, or was lost last, then that which knows most of the
 * memory, then the most, then that of always the same copy; the others fill
 * what it lacks, first those of its copy. What an exporter's values yield has
 * that exporter's precedence, and the family of memory comes from one exporter:
 * the first that knows what is used and what there is, else the first that
 * knows anything of it. Returns when that which counts of the first exporter
 * was measured; 0: not known.
 */
double sheet_settle(const struct sheet_list *list, double v[FIELD__MAX]);

#endif
