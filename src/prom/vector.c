#include "prom/vector.h"

#include <assert.h>
#include <string.h>

/* What is expected next. "First" may be the container's end at once. */
enum state {
	AT_START,
	ANSWER_FIRST,
	ANSWER_KEY,
	ANSWER_NEXT,
	DATA_FIRST,
	DATA_KEY,
	DATA_NEXT,
	RESULT_FIRST,
	RESULT_ELEMENT,
	RESULT_NEXT,
	AT_END
};

static enum scan_result
fail(struct vector *v, struct scan *s, enum err_code code, const char *reason)
{
	v->failure = code;
	s->reason = reason;
	return SCAN_BAD;
}

static enum scan_result
add_sample(struct vector *v, struct scan *s, uint32_t known,
	   struct sample **out)
{
	if (v->samples.count == v->max_samples)
		return fail(v, s, ERR_TOO_BIG, "too many series");
	*out = samples_add(&v->samples, known);
	return *out != NULL ? SCAN_OK : fail(v, s, ERR_MEMORY, "out of memory");
}

static enum scan_result
keep_known(struct vector *v, struct scan *s, const struct known_hit *hit)
{
	const struct known_series *series =
	    &v->known.known->series[hit->number];
	struct sample *sample;
	enum scan_result r = add_sample(v, s, hit->number, &sample);

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
		return keep_known(v, s, &hit);
	r = add_sample(v, s, SAMPLES_NEW, &sample);
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
step_element(struct vector *v, struct scan *s)
{
	struct element element;
	const char *start = s->at;
	struct known_hit hit;
	enum scan_result r;

	if (known_read(&v->known, s, &hit)) {
		v->state = RESULT_NEXT;
		return keep_known(v, s, &hit);
	}
	r = element_read(&v->reader, s, &element);
	if (r == SCAN_BAD && v->reader.is_out_of_memory)
		return fail(v, s, ERR_MEMORY, "out of memory");
	if (r == SCAN_OK && s->at - start > VECTOR_ELEMENT_MAX_BYTES)
		return fail(v, s, ERR_PROM, "a series that is too long");
	if (r == SCAN_OK && element.has_value)
		r = keep_sample(v, s, start, &element);
	if (r == SCAN_OK)
		v->state = RESULT_NEXT;
	return r;
}

static enum scan_result
keep_warning(struct vector *v, struct scan *s)
{
	char text[256];
	enum scan_result r = scan_string_into(s, text, sizeof(text));

	if (r != SCAN_OK || v->warning_count == VECTOR_WARNINGS_MAX)
		return r;
	v->warnings[v->warning_count] =
	    arena_copy(v->arena, text, strlen(text));
	if (v->warnings[v->warning_count] == NULL)
		return fail(v, s, ERR_MEMORY, "out of memory");
	v->warning_count++;
	return SCAN_OK;
}

/* An array of strings; none is kept before the window holds all of them. */
static enum scan_result
read_warnings(struct vector *v, struct scan *s)
{
	struct scan whole = *s;
	bool more = true;
	enum scan_result r = scan_skip(&whole);

	v->warning_count = 0;
	if (r != SCAN_OK || scan_mark(s, '[') != SCAN_OK) {
		*s = whole;
		return r;
	}
	if ((r = scan_space(s)) != SCAN_OK)
		return r;
	if (*s->at == ']') {
		s->at++;
		return SCAN_OK;
	}
	while (more)
		if ((r = keep_warning(v, s)) != SCAN_OK ||
		    (r = scan_either(s, ',', ']', &more)) != SCAN_OK)
			return r;
	return SCAN_OK;
}

/* A key and its colon. */
static enum scan_result
read_key(struct scan *s, struct scan_text *key)
{
	enum scan_result r = scan_string(s, key);

	return r == SCAN_OK ? scan_mark(s, ':') : r;
}

static enum scan_result
read_status(struct vector *v, struct scan *s)
{
	struct scan_text status;
	enum scan_result r = scan_string(s, &status);

	if (r == SCAN_OK)
		v->is_success = scan_equals(&status, "success");
	return r;
}

/* VictoriaMetrics' cluster warns in no other way. */
static enum scan_result
read_partial(struct vector *v, struct scan *s)
{
	enum scan_result r = scan_space(s);
	const char *value = s->at;

	if (r != SCAN_OK || (r = scan_skip(s)) != SCAN_OK)
		return r;
	v->is_partial = *value == 't';
	return SCAN_OK;
}

/* Enters the object behind "data"; passes over anything else there. Another
 * one would take back the result, which is out of the window. */
static enum scan_result
enter_data(struct vector *v, struct scan *s)
{
	enum scan_result r = scan_space(s);

	if (v->has_result)
		return fail(v, s, ERR_PROM, "data behind the result");
	if (r != SCAN_OK || *s->at != '{')
		return r == SCAN_OK ? scan_skip(s) : r;
	s->at++;
	v->state = DATA_FIRST;
	return SCAN_OK;
}

static enum scan_result
step_answer_key(struct vector *v, struct scan *s)
{
	struct scan_text key;
	enum scan_result r = read_key(s, &key);

	if (r != SCAN_OK)
		return r;
	v->state = ANSWER_NEXT;
	if (scan_equals(&key, "data"))
		r = enter_data(v, s);
	else if (scan_equals(&key, "status"))
		r = read_status(v, s);
	else if (scan_equals(&key, "warnings"))
		r = read_warnings(v, s);
	else if (scan_equals(&key, "isPartial"))
		r = read_partial(v, s);
	else if (scan_equals(&key, "errorType"))
		r = scan_string_into(s, v->error_type, sizeof(v->error_type));
	else if (scan_equals(&key, "error"))
		r = scan_string_into(s, v->error, sizeof(v->error));
	else
		r = scan_skip(s);
	if (r == SCAN_MORE)
		v->state = ANSWER_KEY;
	return r;
}

static bool
is_other_type(const struct vector *v)
{
	return v->result_type[0] != '\0' &&
	       strcmp(v->result_type, "vector") != 0;
}

static enum scan_result
enter_result(struct vector *v, struct scan *s)
{
	enum scan_result r;

	if (is_other_type(v))
		return fail(v, s, ERR_PROM, "not an instant vector");
	if (v->has_result)
		return fail(v, s, ERR_PROM, "a second result");
	if ((r = scan_mark(s, '[')) != SCAN_OK)
		return r;
	v->has_result = true;
	v->state = RESULT_FIRST;
	return SCAN_OK;
}

static enum scan_result
read_type(struct vector *v, struct scan *s)
{
	enum scan_result r =
	    scan_string_into(s, v->result_type, sizeof(v->result_type));

	if (r == SCAN_OK && v->result_type[0] == '\0')
		return fail(v, s, ERR_PROM, "a result without a type");
	return r;
}

static enum scan_result
step_data_key(struct vector *v, struct scan *s)
{
	struct scan_text key;
	enum scan_result r = read_key(s, &key);

	if (r != SCAN_OK)
		return r;
	v->state = DATA_NEXT;
	if (scan_equals(&key, "result"))
		r = enter_result(v, s);
	else if (scan_equals(&key, "resultType"))
		r = read_type(v, s);
	else
		r = scan_skip(s);
	if (r == SCAN_MORE)
		v->state = DATA_KEY;
	return r;
}

/* At the start of a container: its end, or what comes first in it. */
static enum scan_result
step_first(struct vector *v, struct scan *s, char closing, int after,
	   int inside)
{
	enum scan_result r = scan_space(s);

	if (r != SCAN_OK)
		return r;
	v->state = *s->at == closing ? after : inside;
	s->at += *s->at == closing;
	return SCAN_OK;
}

/* Behind a member of a container: a comma, or its end. */
static enum scan_result
step_next(struct vector *v, struct scan *s, char closing, int after, int inside)
{
	bool more;
	enum scan_result r = scan_either(s, ',', closing, &more);

	if (r == SCAN_OK)
		v->state = more ? inside : after;
	return r;
}

static enum scan_result
step(struct vector *v, struct scan *s)
{
	enum scan_result r;

	switch ((enum state)v->state) {
	case AT_START:
		r = scan_mark(s, '{');
		v->state = r == SCAN_OK ? ANSWER_FIRST : AT_START;
		return r;
	case ANSWER_FIRST:
		return step_first(v, s, '}', AT_END, ANSWER_KEY);
	case ANSWER_KEY:
		return step_answer_key(v, s);
	case ANSWER_NEXT:
		return step_next(v, s, '}', AT_END, ANSWER_KEY);
	case DATA_FIRST:
		return step_first(v, s, '}', ANSWER_NEXT, DATA_KEY);
	case DATA_KEY:
		return step_data_key(v, s);
	case DATA_NEXT:
		return step_next(v, s, '}', ANSWER_NEXT, DATA_KEY);
	case RESULT_FIRST:
		return step_first(v, s, ']', DATA_NEXT, RESULT_ELEMENT);
	case RESULT_ELEMENT:
		return step_element(v, s);
	case RESULT_NEXT:
		return step_next(v, s, ']', DATA_NEXT, RESULT_ELEMENT);
	case AT_END:
		break;
	}
	s->reason = "text behind the answer";
	return SCAN_BAD;
}

static enum err_code
explain(const struct vector *v, const struct scan *s, struct err *e)
{
	if (v->failure == ERR_MEMORY)
		return err_set_memory(e);
	if (v->failure == ERR_TOO_BIG)
		return err_set(e, ERR_TOO_BIG,
			       "One metric has more than %zu series; "
			       "MAX_SERIES sets this limit",
			       v->max_samples);
	if (is_other_type(v))
		return err_set(e, ERR_PROM,
			       "Prometheus answered a %s, not a vector",
			       v->result_type);
	return err_set(e, ERR_PROM, "Prometheus' answer is malformed: %s",
		       s->reason);
}

/* Reads all that is whole; *used is what need not be seen again. */
static enum err_code
consume(void *context, const char *bytes, size_t length, size_t *used,
	struct err *e)
{
	struct vector *v = context;
	struct scan s = {bytes, bytes + length, NULL};
	enum scan_result r;

	do {
		r = scan_space(&s);
		*used = (size_t)(s.at - bytes);
		if (r == SCAN_OK)
			r = step(v, &s);
	} while (r == SCAN_OK);
	return r == SCAN_MORE ? ERR_OK : explain(v, &s, e);
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
	samples_init(&v->samples, arena, slot_count);
	v->strings = strings;
	element_init(&v->reader, labels, label_count, slot_count, strings,
		     arena);
	window_init(&v->window, consume, v, VECTOR_ELEMENT_MAX_BYTES,
		    arena->budget);
}

void
vector_fini(struct vector *v)
{
	element_fini(&v->reader);
	window_fini(&v->window);
}

enum err_code
vector_feed(struct vector *v, const char *bytes, size_t length, struct err *e)
{
	enum err_code code = window_feed(&v->window, bytes, length, e);

	if (code != ERR_TOO_BIG || v->failure == ERR_TOO_BIG)
		return code;
	return err_set(e, ERR_PROM,
		       "Prometheus' answer has %s of more than %d bytes",
		       v->state == RESULT_ELEMENT ? "a series" : "a member",
		       VECTOR_ELEMENT_MAX_BYTES);
}

static enum err_code
check_complete(const struct vector *v, struct err *e)
{
	if (v->state != AT_END || window_has_rest(&v->window))
		return err_set(e, ERR_PROM, "Prometheus' answer is cut off");
	if (v->is_success && v->has_result && !is_other_type(v))
		return ERR_OK;
	if (v->is_success)
		return err_set(e, ERR_PROM,
			       "Prometheus' answer holds no vector");
	return err_set(
	    e, strcmp(v->error_type, "timeout") == 0 ? ERR_TIMEOUT : ERR_PROM,
	    "Prometheus answered an error: %s: %s", v->error_type, v->error);
}

enum err_code
vector_end(struct vector *v, struct err *e)
{
	enum err_code code = window_end(&v->window, e);

	if (code == ERR_OK)
		code = check_complete(v, e);
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
