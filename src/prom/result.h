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
 * it.
 */
typedef enum scan_result (*result_reader)(void *context, struct scan *s,
					  bool *is_whole);

struct result {
	const char *warnings[RESULT_WARNINGS_MAX];
	size_t warning_count;
	bool is_partial; /* VictoriaMetrics: a storage node did not answer */

	/* Private from here on. */
	const char *type; /* that it is to be of */
	result_reader read;
	void *context;
	struct arena *arena;
	struct window window;
	int state;
	bool is_success, has_result;
	enum err_code failure; /* of a step, where it is not the JSON's */
	char result_type[16];
	char error_type[32];
	char error[200];
};
#endif
