/*
 * Series that were read before. Most of an answer is the text of labels, and
 * that is the same from one answer to the next, and from one metric to the
 * other: so it is compared, not read. Whatever differs in one byte is read as
 * if nothing were known, by prom/element.
 *
 * Only elements as Prometheus and VictoriaMetrics write them are recognised:
 * {"metric":{"a":"x","__name__":"m","b":"y"},"value":[1700000000.123,"42"]}
 */
#ifndef PROM_KNOWN_H
#define PROM_KNOWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/intern.h"
#include "prom/element.h"
#include "prom/samples.h"
#include "prom/scan.h"

enum {
	KNOWN_NAMES_MAX = 32, /* of metrics, in one answer */
	KNOWN_TIME_BYTES = 32,
	/* Longer ones are not remembered. */
	KNOWN_TEXT_MAX_BYTES = 2048
};

/* A part of a series' text; of none, start is 0: no label's text is there. */
struct known_part {
	uint16_t start, length;
};

struct known_series {
	/* Its labels in their order without __name__, and in its place
	 * nothing. */
	const char *text;
	uint16_t length, name_at;
	uint32_t source, rank;		/* as of struct sample */
	const struct known_part *parts; /* what its labels say, by slot */
};

/*
 * A set, to which one thread at a time may add, and which does not change
 * afterwards. Its memory is its own.
 */
struct known {
	struct known_series *series;
	size_t count, capacity;
	size_t slot_count;
	uint32_t *places; /* by the text's hash: number + 1; 0 is free */
	size_t place_count;
	struct arena arena, lists; /* of texts, and of the two lists */
	atomic_uint references;
};

/* An empty set with one reference, for samples of that many slots; the budget
 * outlives it. NULL: no memory. */
struct known *known_new(size_t slot_count, struct budget *budget);

void known_take(struct known *k);

/* The last one frees it. NULL is fine. */
void known_release(struct known *k);

/* Adds one of another set; false if there is no room. */
bool known_add_again(struct known *k, const struct known_series *series);

/* The number of the series with that text; UINT32_MAX if there is none. */
uint32_t known_find(const struct known *k, const struct known_series *series);

/* Whether there is one. */
bool known_has(const struct known *k, const struct known_series *series);

/* --- while an answer is read ---------------------------------------------- */

/* Of one answer; starts zeroed. */
struct known_reader {
	const struct known *known; /* or NULL */
	/* To which all series are added, in their order; or NULL. */
	struct known *recorded;
	/* Names of metrics are not told, as where a function was asked for:
	 * series are known if they come in their order. */
	bool is_nameless;
	size_t missed; /* series that might be known, and are not */

	/* Private. */
	uint32_t next, last;
	struct known_name {
		const char *text; /* with the quote behind it */
		uint32_t length;
		uint32_t number; /* of the string; INTERN_NONE: no slot */
	} *names; /* KNOWN_NAMES_MAX of them, once there is one */
	size_t name_count;
	char time[KNOWN_TIME_BYTES];
	size_t time_length;
	double timestamp_s;
};

/* What such an element says. */
struct known_hit {
	uint32_t number; /* of the series */
	uint32_t metric; /* its name's string, if the answer keeps names */
	double value;
	double timestamp_s;
};

/* KNOWN_CUT: the window ends in what is such an element so far. */
enum known_match { KNOWN_NOT, KNOWN_CUT, KNOWN_READ };

/*
 * Reads one element if it is of a known series, and like the ones before it.
 * Otherwise nothing is read; KNOWN_NOT if there is any doubt.
 */
enum known_match known_read(struct known_reader *r, struct scan *s,
			    struct known_hit *out);

/*
 * Learns from an element that was read otherwise: from its text, up to end, and
 * the string of its metric's name, if those are kept. True if its series is
 * known all the same: *number. Strings and arena are the answer's.
 */
bool known_learn(struct known_reader *r, const char *text, const char *end,
		 const struct element *element, uint32_t metric,
		 const struct intern *strings, struct arena *arena,
		 uint32_t *number);

#endif
