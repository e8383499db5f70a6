/*
 * From rows to an answer: which of them, in which order, which columns, as JSON
 * or as CSV.
 */
#ifndef API_TABLE_H
#define API_TABLE_H

#include <stddef.h>

#include "api/column.h"
#include "api/params.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* RFC 4180, section 3. */
#define TABLE_CSV_TYPE "text/csv; charset=utf-8; header=present"

/* What a page is part of. */
struct table_page {
	size_t total;
	long long limit; /* -1: none */
	long long offset;
	long long next_offset; /* -1: this is the last one */
};

/*
 * Filters, sorts and cuts the rows as the parameters say, until the deadline
 * (clock_now_ms): ERR_TIMEOUT. Their memory is the arena's.
 */
enum err_code table_choose(struct rows *rows, const struct column_list *list,
			   const struct params *p, struct arena *arena,
			   int64_t deadline_ms, struct table_page *page,
			   struct err *e);

/* Whether the row is one that the parameters ask for. */
bool table_passes(const struct rows *rows, const void *row,
		  const struct column_list *list, const struct params *p);

/* What the row says in the column, as JSON. */
void table_write_cell(const struct rows *rows, const void *row,
		      const struct column *column, struct json *j);

/* The columns of the rows, as a JSON array of objects. */
void table_write_json(const struct rows *rows, const struct column_list *list,
		      column_set columns, struct json *j);

/*
 * The same as CSV (RFC 4180), with a line of names first. A text that a
 * spreadsheet would take for a formula has a ' before it (OWASP, "CSV
 * Injection").
 */
void table_write_csv(const struct rows *rows, const struct column_list *list,
		     column_set columns, struct buf *out);

/* The same of one row, or of the names (NULL), without the end of the line. */
void table_write_csv_row(const struct rows *rows, const void *row,
			 const struct column_list *list, struct buf *out);

#endif
