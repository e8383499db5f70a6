/*
 * What the answers to instant and to range queries have in common: the envelope
 * around a list of series, read while its bytes arrive, cut anywhere.
 *
 * {"status":"success","data":{"resultType":"vector","result":[...]},
 *  "warnings":["..."]}
 *
 * Keys may come in any order, unknown ones are checked and passed over.
 */
#ifndef PROM_RESULT_H
#define PROM_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "prom/scan.h"
#include "prom/window.h"

enum {
	RESULT_WARNINGS_MAX = 10,
	/* A member of the envelope, or a piece of a series that is read at
	 * once, is refused if it is longer. */
	RESULT_PIECE_MAX_BYTES = 4 << 20
};

/*
 * Reads the next piece of a series, the first one from its opening brace on;
 * tells whether it was the last. SCAN_MORE: it is shown again, with more behind
 * it. SCAN_BAD: with a reason, or with the result's err set.
 */
typedef enum scan_result (*result_reader)(void *context, struct scan *s,
					  bool *is_whole);

struct result {
	const char *warnings[RESULT_WARNINGS_MAX];
	size_t warning_count;
	bool is_partial; /* VictoriaMetrics: a storage node did not answer */

	/* For the reader: what is wrong, where that is not the JSON. */
	struct err err;

	/* Private from here on. */
	const char *type;
	result_reader read;
	void *context;
	struct arena *arena;
	struct window window;
	int state;
	bool is_success, has_result;
	char result_type[16];
	char error_type[32];
	char error[200];
};

/* Of series of that type, which the reader reads; all of it is borrowed until
 * result_fini. */
void result_init(struct result *r, const char *type, result_reader read,
		 void *context, struct arena *arena);

/* Frees what is not the arena's. Safe on a zeroed result. */
void result_fini(struct result *r);

/* Takes the next bytes. ERR_PROM: not JSON, or of another type; or what the
 * reader says. Not to be called again after a failure. */
enum err_code result_feed(struct result *r, const char *bytes, size_t length,
			  struct err *e) __attribute__((warn_unused_result));

/* The body is complete. ERR_PROM if it is cut off, or is no such result;
 * ERR_PROM or ERR_TIMEOUT if it says "status":"error". */
enum err_code result_end(struct result *r, struct err *e)
    __attribute__((warn_unused_result));

/* For the reader: SCAN_BAD, since there is no memory, or there are more series
 * than that. */
enum scan_result result_out_of_memory(struct result *r);
enum scan_result result_too_many(struct result *r, size_t max_series);

/* For the reader: SCAN_BAD if a piece that began there, and was in the window
 * as a whole, is longer than is let through in parts. */
enum scan_result result_check_piece(const char *start, struct scan *s);

#endif
