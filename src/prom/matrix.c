#include "prom/matrix.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"

/* What is expected next in a series. "First" may be the container's end. */
enum state {
	AT_OPENING,
	MEMBER_FIRST,
	MEMBER,
	MEMBER_NEXT,
	VALUE_FIRST,
	VALUE,
	VALUE_NEXT,
	AT_CLOSING
};

enum {
	/* A value with its time; and the digits of that, with its bracket. */
	USUAL_MAX_BYTES = 64,
	TIME_MAX_BYTES = 12
};

/* How far a value's time may be off, with what a double of it may add. */
static const double tolerance_s = 0.001 + 1e-6;

/* --- the row -------------------------------------------------------------- */

static void
go_to_point(struct matrix *m, size_t point)
{
	m->next_point = point;
	m->next_s = m->range->start_s + (int64_t)point * m->range->step_s;
}

/* No value at any point. */
static void
clear_row(struct matrix *m)
{
	for (size_t i = 0; i < m->point_count; i++)
		m->row[i] = NAN;
	go_to_point(m, 0);
}

static enum scan_result
refuse_time(struct matrix *m, double time_s)
{
	err_set(&m->result.err, ERR_PROM,
		"Prometheus' answer is not aligned: a value of %.3f, where the "
		"next one is of %" PRId64 " or later, in steps of %" PRId64
		" s up to %" PRId64,
		time_s, m->next_s, m->range->step_s, m->range->end_s);
	return SCAN_BAD;
}

/* The point that is meant, or point_count. */
static size_t
find_point(const struct matrix *m, double time_s)
{
	double step_s = (double)m->range->step_s;
	double offset_s = time_s - (double)m->range->start_s;
	double point = round(offset_s / step_s);

	if (point >= 0 && point < (double)m->point_count &&
	    fabs(offset_s - point * step_s) <= tolerance_s)
		return (size_t)point;
	return m->point_count;
}

static void
put(struct matrix *m, double value)
{
	m->row[m->next_point] = isfinite(value) ? value : (double)NAN;
	m->next_point++;
	m->next_s += m->range->step_s;
}

static enum scan_result
put_at(struct matrix *m, double time_s, double value)
{
	size_t point = find_point(m, time_s);

	if (point < m->next_point || point == m->point_count)
		return refuse_time(m, time_s);
	go_to_point(m, point);
	put(m, value);
	return SCAN_OK;
}

/* --- values --------------------------------------------------------------- */

static enum scan_result
read_value(struct matrix *m, struct scan *s)
{
	const char *start = s->at;
	double time_s, value;
	enum scan_result r =
	    element_read_sample(&m->reader, s, &time_s, &value);

	if (r == SCAN_OK)
		r = result_check_piece(start, s);
	return r == SCAN_OK ? put_at(m, time_s, value) : r;
}

/*
 * Values as all servers write them, [1767225600,"42"], and of the point that is
 * next: the one that is in doubt is left to read_value, and so is the last of
 * the window, so that nothing is read beyond it.
 */
static void
read_usual_values(struct matrix *m, struct scan *s)
{
	while (s->end - s->at >= USUAL_MAX_BYTES && *s->at == '[') {
		const char *at = s->at + 1;
		uint64_t time_s;
		double value;

		if (*at == '0')
			return;
		at = number_read_digits(at, s->at + TIME_MAX_BYTES, &time_s);
		if (at == NULL || time_s != (uint64_t)m->next_s ||
		    m->next_point == m->point_count || at[0] != ',' ||
		    at[1] != '"')
			return;
		at = number_read(at + 2, s->at + USUAL_MAX_BYTES - 3, &value);
		if (at == NULL || at[0] != '"' || at[1] != ']' || at[2] != ',')
			return;
		put(m, value);
		s->at = at + 3;
	}
}

static enum scan_result
step_value(struct matrix *m, struct scan *s)
{
	const char *start = s->at;
	enum scan_result r;

	read_usual_values(m, s);
	if (s->at != start)
		return SCAN_OK;
	r = read_value(m, s);
	if (r == SCAN_OK)
		m->state = VALUE_NEXT;
	return r;
}

/* --- a series ------------------------------------------------------------- */

static enum scan_result
open_series(struct matrix *m, struct scan *s)
{
	enum scan_result r = element_begin(&m->reader, s, &m->element);

	if (r != SCAN_OK || (r = scan_mark(s, '{')) != SCAN_OK)
		return r;
	if (m->row == NULL)
		return result_out_of_memory(&m->result);
	m->has_values = false;
	clear_row(m);
	m->state = MEMBER_FIRST;
	return SCAN_OK;
}

static enum scan_result
enter_values(struct matrix *m, struct scan *s)
{
	enum scan_result r = scan_mark(s, '[');

	if (r != SCAN_OK)
		return r;
	m->has_values = true;
	clear_row(m);
	m->state = VALUE_FIRST;
	return SCAN_OK;
}

static enum scan_result
step_member(struct matrix *m, struct scan *s)
{
	const char *start = s->at;
	struct scan_text key;
	enum scan_result r = scan_key(s, &key);

	if (r != SCAN_OK)
		return r;
	if (scan_equals(&key, "values"))
		return enter_values(m, s);
	if (scan_equals(&key, "metric")) {
		r = element_read_labels(&m->reader, s, &m->element);
	} else {
		m->has_values |= scan_equals(&key, "histograms");
		r = scan_skip(s);
	}
	if (r == SCAN_OK)
		r = result_check_piece(start, s);
	if (r == SCAN_OK)
		m->state = MEMBER_NEXT;
	return r;
}

static enum scan_result
hand_on(struct matrix *m, struct scan *s)
{
	const struct matrix_series series = {
	    m->element.label, m->element.source, (uint32_t)m->element.rank[0],
	    m->row};

	m->state = AT_OPENING;
	if (!m->has_values) {
		s->reason = "a series without values";
		return SCAN_BAD;
	}
	if (m->series_count == m->max_series)
		return result_too_many(&m->result, m->max_series);
	m->series_count++;
	return m->sink->take(m->sink->context, &series, &m->result.err) ==
		       ERR_OK
		   ? SCAN_OK
		   : SCAN_BAD;
}

static enum scan_result
step(struct matrix *m, struct scan *s)
{
	switch ((enum state)m->state) {
	case AT_OPENING:
		return open_series(m, s);
	case MEMBER_FIRST:
		return scan_first(s, '}', AT_CLOSING, MEMBER, &m->state);
	case MEMBER:
		return step_member(m, s);
	case MEMBER_NEXT:
		return scan_next(s, '}', AT_CLOSING, MEMBER, &m->state);
	case VALUE_FIRST:
		return scan_first(s, ']', MEMBER_NEXT, VALUE, &m->state);
	case VALUE:
		return step_value(m, s);
	case VALUE_NEXT:
		return scan_next(s, ']', MEMBER_NEXT, VALUE, &m->state);
	case AT_CLOSING:
		break;
	}
	return SCAN_OK;
}

/* A piece of a series: a member, or a value; white space is behind us. */
static enum scan_result
read_piece(void *context, struct scan *s, bool *is_whole)
{
	struct matrix *m = context;
	enum scan_result r = step(m, s);

	if (r == SCAN_BAD && m->reader.is_out_of_memory)
		return result_out_of_memory(&m->result);
	*is_whole = r == SCAN_OK && m->state == AT_CLOSING;
	return *is_whole ? hand_on(m, s) : r;
}

void
matrix_init(struct matrix *m, struct arena *arena, struct intern *strings,
	    const struct element_label *labels, size_t label_count,
	    size_t slot_count, size_t max_series,
	    const struct query_range *range, const struct matrix_sink *sink)
{
	assert(slot_count <= ELEMENT_SLOTS_MAX);
	memset(m, 0, sizeof(*m));
	result_init(&m->result, "matrix", read_piece, m, arena);
	m->strings = strings;
	element_init(&m->reader, labels, label_count, slot_count, strings,
		     arena);
	m->range = range;
	m->sink = sink;
	m->max_series = max_series;
	m->point_count = query_points(range);
	m->row = arena_alloc(arena, m->point_count * sizeof(*m->row));
}

void
matrix_fini(struct matrix *m)
{
	element_fini(&m->reader);
	result_fini(&m->result);
}

enum err_code
matrix_feed(struct matrix *m, const char *bytes, size_t length, struct err *e)
{
	enum err_code code = ERR_OK;

	if (!m->has_begun && m->sink->begin != NULL)
		code = m->sink->begin(m->sink->context, e);
	m->has_begun = true;
	return code == ERR_OK ? result_feed(&m->result, bytes, length, e)
			      : code;
}

enum err_code
matrix_end(struct matrix *m, struct err *e)
{
	enum err_code code = result_end(&m->result, e);

	matrix_fini(m);
	return code;
}
