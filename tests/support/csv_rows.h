/* Rows that were written by hand, as CSV, and what the program says of them. */
#ifndef SUPPORT_CSV_ROWS_H
#define SUPPORT_CSV_ROWS_H

#include "support/responder.h"

/* The body of an answer, which is to be a success; to be freed. */
char *csv_rows_ask(const struct responder *r, const char *path);

/*
 * Asserts that the endpoint, which may have parameters, tells of a cluster what
 * the file has, whose first line names the columns.
 */
void csv_rows_expect(const struct responder *r, const char *endpoint,
		     const char *cluster, const char *file);

#endif
