/*
 * Decodes the answer to an instant query while its bytes arrive: keeps the
 * samples and, of their labels, only the wanted ones. No body is ever held
 * whole; the memory is the samples', plus at most one element's bytes.
 *
 * The format: https://prometheus.io/docs/prometheus/latest/querying/api/
 */
#ifndef PROM_VECTOR_H
#define PROM_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "prom/element.h"
#include "prom/known.h"
#include "prom/result.h"
#include "prom/samples.h"

struct vector {
	/* The answer; complete once vector_end returned ERR_OK. */
	struct samples samples;
	struct result result; /* what was said besides */

	/* Of the samples' labels. */
	struct intern *strings;

	/* Private from here on. */
	struct arena *arena;
	struct element_reader reader;
	struct known_reader known;
	size_t max_samples;
};

/*
 * labels, arena and strings are borrowed until vector_fini; other vectors may
 * add to the same strings meanwhile. More than max_samples samples are
 * refused. slot_count is at most ELEMENT_SLOTS_MAX.
 */
void vector_init(struct vector *v, struct arena *arena, struct intern *strings,
		 const struct element_label *labels, size_t label_count,
		 size_t slot_count, size_t max_samples);

/*
 * What labels of these names say, in a list that ends with NULL, makes no
 * sample's source another one. Before the first byte; borrowed.
 */
static inline void
vector_set_aside(struct vector *v, const char *const *names)
{
	v->reader.aside = names;
}

/*
 * What is known of its series, whose slots are the first of the vector's, or
 * NULL; and a set with as many slots that is to know all of them then, or NULL.
 * is_nameless: the answer keeps no names of metrics, and nothing is recorded.
 * Before the first byte; borrowed until vector_end.
 */
static inline void
vector_set_known(struct vector *v, const struct known *known,
		 struct known *recorded, bool is_nameless)
{
	v->known.known = known;
	v->known.recorded = recorded;
	v->known.is_nameless = is_nameless;
}

/* Frees what is not the arena's. Safe on a zeroed vector. */
void vector_fini(struct vector *v);

/*
 * Takes the next bytes, cut anywhere. ERR_PROM: not JSON, not an instant
 * vector; ERR_TOO_BIG: too many samples; ERR_MEMORY. Not to be called again
 * after a failure.
 */
enum err_code vector_feed(struct vector *v, const char *bytes, size_t length,
			  struct err *e) __attribute__((warn_unused_result));

/*
 * The body is complete, and the memory that reading it took is returned but for
 * the answer's. ERR_PROM if it is cut off, or is no vector;
 * ERR_PROM or ERR_TIMEOUT if it says "status":"error".
 */
enum err_code vector_end(struct vector *v, struct err *e)
    __attribute__((warn_unused_result));

/* The string in a slot of a sample, which is not of a known series, or NULL. */
const struct intern_string *vector_text(const struct vector *v,
					const struct sample *s, unsigned slot);

#endif
