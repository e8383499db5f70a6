/*
 * Prometheus' answers, decoded twice: by prom/vector or prom/matrix, in pieces
 * of any size, and by a plain walk of what json-c makes of the same text. Both
 * give a text that can be compared.
 */
#ifndef SUPPORT_ANSWER_H
#define SUPPORT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "prom/element.h"
#include "prom/known.h"
#include "prom/query.h"

/* What the decoder is told. */
struct answer_setup {
	const struct element_label *labels;
	size_t label_count;
	size_t slot_count;
	/* The first ones, of labels other than the metric's name. */
	size_t known_slots;
	bool is_nameless; /* as of vector_set_known */
	size_t max_samples;
	size_t budget_bytes;
	const struct query_range *range; /* or NULL: of an instant query */
};

/* node, gpu, model and UUID, by several names each; limits out of the way. The
 * other one has the metric's name, too. */
extern const struct answer_setup answer_gpu, answer_gpu_named;

/* As the first, of answers that keep no names of metrics. */
extern const struct answer_setup answer_gpu_nameless;

/* The same labels over five points, from 1700000010 on in steps of 15 s. */
extern const struct answer_setup answer_history;

/* In pieces of piece_bytes; of 1 to piece_bytes with a seed other than 0. */
struct answer_cut {
	size_t piece_bytes;
	unsigned seed;
};

/* In one piece. */
extern const struct answer_cut answer_whole;

struct answer {
	enum err_code code;
	struct err err;
	/*
	 * A line for each sample, `value@time slot="text"`, or for each series
	 * over a range, `value value slot="text"`; and one for each warning and
	 * for an answer that calls itself partial; on the heap, empty after an
	 * error.
	 */
	char *text;
	size_t text_length;
	/* Of answer_expect: json-c keeps the last of them, whatever the others
	 * say. */
	bool has_repeated_keys;
	/* Of the decoder: a hash of all samples' sources and ranks; the samples
	 * of known series; the strings that it had to keep. */
	uint64_t origins;
	size_t known_count, string_count;
};

/*
 * Feeds a new decoder. The pieces lie at the end of a heap block each, so that
 * AddressSanitizer sees what is read beyond them.
 */
void answer_decode(struct answer *out, const struct answer_setup *setup,
		   const char *body, size_t length, struct answer_cut cut);

/*
 * The same by a decoder that knows series, and adds to a set, as of
 * vector_set_known; either may be NULL.
 */
void answer_recall(struct answer *out, const struct answer_setup *setup,
		   const char *body, size_t length, struct answer_cut cut,
		   const struct known *known, struct known *recorded);

/* A set for that, which known_release ends. */
struct known *answer_known(const struct answer_setup *setup);

/* One with all series of that body that can be known, also if it is not whole.
 */
struct known *answer_record(const struct answer_setup *setup, const char *body,
			    size_t length);

/* What json-c (strict, UTF-8 checked) makes of it; without an error text. */
void answer_expect(struct answer *out, const struct answer_setup *setup,
		   const char *body, size_t length);

void answer_free(struct answer *a);

/* The same outcome and the same lines. */
bool answer_is_same(const struct answer *a, const struct answer *b);

/* The same of two decoders: the texts of their errors and the samples' origins
 * as well. */
bool answer_is_equal(const struct answer *a, const struct answer *b);

/*
 * What answer_decode made of a body is what answer_expect made of it, or an
 * error where json-c 0.16 takes what is no JSON: raw control characters in
 * strings, characters past U+10FFFF, numbers such as 1. or .5 or 007; or
 * where an object has a key twice.
 */
bool answer_agrees(const struct answer *got, const struct answer *expected,
		   const char *body, size_t length);

/* The outcome's name and the text: "ok", a newline, the lines. On the heap. */
char *answer_summary(const struct answer *a);

#endif
