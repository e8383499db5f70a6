/*
 * Reads one series of an instant vector, or the parts of one of a matrix:
 * {"metric":{"label":"value",...},"value":[1700000000.123,"42"]}
 *
 * Series follow each other with the same labels in the same order, and with
 * most values repeated, so the reader compares with what it saw last and only
 * looks closer at what differs.
 */
#ifndef PROM_ELEMENT_H
#define PROM_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "prom/scan.h"

enum { ELEMENT_SLOTS_MAX = 28 };

/*
 * A label worth keeping. Several names may fill one slot: of those that a
 * series has, the one that is listed first does. A text that is not accepted is
 * as good as none: the next name's turn.
 */
struct element_label {
	const char *name;
	unsigned slot;
	bool (*accepts)(const char *text, size_t length); /* NULL: any text */
	/* Fills the next slot, too: there the one that is listed last counts.
	 */
	bool with_last;
};

/* What a series said. */
struct element {
	bool has_value; /* false for a native histogram, which has none */
	double value;
	double timestamp_s;
	uint32_t label[ELEMENT_SLOTS_MAX]; /* INTERN_NONE where absent */
	size_t rank[ELEMENT_SLOTS_MAX];	   /* of the name that filled it */
	uint32_t source;		   /* as of struct sample */
};

struct element_memory;

struct element_reader {
	const struct element_label *labels;
	size_t label_count;
	size_t slot_count;
	/* Names of labels that, as __name__, are no part of the source: a list
	 * that ends with NULL, or NULL. Set after element_init. */
	const char *const *aside;
	struct intern *strings;
	struct element_memory *memory;
	struct buf scratch; /* for strings with escapes */
	bool is_out_of_memory;
};

/* The labels, strings and arena are borrowed until element_fini. */
void element_init(struct element_reader *r, const struct element_label *labels,
		  size_t label_count, size_t slot_count, struct intern *strings,
		  struct arena *arena);

/* Safe on a zeroed reader. */
void element_fini(struct element_reader *r);

/*
 * Reads one element, from its opening brace on. SCAN_BAD with
 * is_out_of_memory set means just that.
 */
enum scan_result element_read(struct element_reader *r, struct scan *s,
			      struct element *out);

/* Before the parts of a series: there are no labels yet, and no value. */
enum scan_result element_begin(struct element_reader *r, struct scan *s,
			       struct element *out);

/* {"label":"value",...}; as element_read. */
enum scan_result element_read_labels(struct element_reader *r, struct scan *s,
				     struct element *out);

/* [1700000000.123,"42"]; as element_read. */
enum scan_result element_read_sample(struct element_reader *r, struct scan *s,
				     double *timestamp_s, double *value);

#endif
