#include "prom/vector.h"

#include <assert.h>
#include <string.h>

static enum scan_result
add_sample(struct vector *v, uint32_t known, struct sample **out)
{
	if (v->samples.count == v->max_samples)
		return result_too_many(&v->result, v->max_samples);
	*out = samples_add(&v->samples, known);
	return *out != NULL ? SCAN_OK : result_out_of_memory(&v->result);
}

static enum scan_result
keep_known(struct vector *v, const struct known_hit *hit)
{
	const struct known_series *series =
	    &v->known.known->series[hit->number];
	struct sample *sample;
	enum scan_result r = add_sample(v, hit->number, &sample);

	if (r != SCAN_OK)
		return r;
	sample->value = hit->value;
	sample->timestamp_s = hit->timestamp_s;
	sample->source = series->source;
	sample->rank = series->rank;
	sample->label[0] = hit->metric;
	return SCAN_OK;
}

/* The string of the metric's name, if that has a slot behind all others. */
static uint32_t
metric_of(const struct vector *v, const struct element *element)
{
	const struct known *known =
	    v->known.known != NULL ? v->known.known : v->known.recorded;

	return known != NULL && known->slot_count < v->samples.slot_count
		   ? element->label[known->slot_count]
		   : INTERN_NONE;
}

static enum scan_result
keep_sample(struct vector *v, struct scan *s, const char *start,
	    const struct element *element)
{
	struct known_hit hit = {.metric = metric_of(v, element),
				.value = element->value,
				.timestamp_s = element->timestamp_s};
	struct sample *sample;
	enum scan_result r;

	if (known_learn(&v->known, start, s->at, element, hit.metric,
			v->strings, v->arena, &hit.number))
		return keep_known(v, &hit);
	r = add_sample(v, SAMPLES_NEW, &sample);
	if (r != SCAN_OK)
		return r;
	sample->value = element->value;
	sample->timestamp_s = element->timestamp_s;
	sample->source = element->source;
	sample->rank = (uint32_t)element->rank[0];
	memcpy(sample->label, element->label,
	       v->samples.slot_count * sizeof(uint32_t));
	return SCAN_OK;
}

static enum scan_result
read_unknown(struct vector *v, struct scan *s)
{
	const char *start = s->at;
	struct element element;
	enum scan_result r = element_read(&v->reader, s, &element);

	if (r == SCAN_BAD && v->reader.is_out_of_memory)
		return result_out_of_memory(&v->result);
	if (r == SCAN_OK)
		r = result_check_piece(start, s);
	if (r == SCAN_OK && element.has_value)
		r = keep_sample(v, s, start, &element);
	return r;
}

/* Those known ones that follow at once; where one is anything else, it is
 * left to the result's own steps, with the comma before it. */
static enum scan_result
read_next_known(struct vector *v, struct scan *s)
{
	enum scan_result r = SCAN_OK;

	while (r == SCAN_OK && s->at < s->end && *s->at == ',') {
		struct scan next = {s->at + 1, s->end, NULL};
		struct known_hit hit;

		if (known_read(&v->known, &next, &hit) != KNOWN_READ)
			break;
		s->at = next.at;
		r = keep_known(v, &hit);
	}
	return r;
}

/* A series is read at once. */
static enum scan_result
read_series(void *context, struct scan *s, bool *is_whole)
{
	struct vector *v = context;
	struct known_hit hit;
	enum scan_result r;

	*is_whole = true;
	switch (known_read(&v->known, s, &hit)) {
	case KNOWN_READ:
		r = keep_known(v, &hit);
		return r == SCAN_OK ? read_next_known(v, s) : r;
	case KNOWN_CUT:
		/* Not to be read in vain, at the end of each piece. */
		return SCAN_MORE;
	case KNOWN_NOT:
		break;
	}
	return read_unknown(v, s);
}

void
vector_init(struct vector *v, struct arena *arena, struct intern *strings,
	    const struct element_label *labels, size_t label_count,
	    size_t slot_count, size_t max_samples)
{
	assert(slot_count <= ELEMENT_SLOTS_MAX);
	memset(v, 0, sizeof(*v));
	v->arena = arena;
	v->max_samples = max_samples;
	result_init(&v->result, "vector", read_series, v, arena);
	samples_init(&v->samples, arena, slot_count);
	v->strings = strings;
	element_init(&v->reader, labels, label_count, slot_count, strings,
		     arena);
}

void
vector_fini(struct vector *v)
{
	element_fini(&v->reader);
	result_fini(&v->result);
}

enum err_code
vector_feed(struct vector *v, const char *bytes, size_t length, struct err *e)
{
	return result_feed(&v->result, bytes, length, e);
}

enum err_code
vector_end(struct vector *v, struct err *e)
{
	enum err_code code = result_end(&v->result, e);

	/* The samples may have to wait for others: what read them need not. */
	vector_fini(v);
	return code;
}

const struct intern_string *
vector_text(const struct vector *v, const struct sample *s, unsigned slot)
{
	uint32_t number = s->label[slot];

	return intern_text_or_null(v->strings, number);
}
