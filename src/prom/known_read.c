#include <string.h>

#include "base/number.h"
#include "prom/known.h"

enum { NUMBER_MAX_BYTES = 40 };

static const char opening[] = "{\"metric\":{", naming[] = "\"__name__\":\"",
		  valuing[] = "},\"value\":[";

/* --- known ones ----------------------------------------------------------- */

/* False if anything else is there. Where the window ends in the text, *at is
 * that end: what is there might be the text once there is more of it. */
static inline bool
skip(const char **at, const char *end, const char *text, size_t length)
{
	size_t there = (size_t)(end - *at);

	if (there < length) {
		*at = memcmp(*at, text, there) == 0 ? end : *at;
		return false;
	}
	if (memcmp(*at, text, length) != 0)
		return false;
	*at += length;
	return true;
}

#define SKIP(at, end, literal) skip(at, end, literal, sizeof(literal) - 1)

static bool
skip_name(const struct known_reader *r, const char **at, const char *end,
	  uint32_t *metric)
{
	for (size_t i = 0; i < r->name_count; i++)
		if (skip(at, end, r->names[i].text, r->names[i].length)) {
			*metric = r->names[i].number;
			return true;
		}
	return false;
}

static bool
skip_named(const struct known_reader *r, const struct known_series *series,
	   const char **at, const char *end, uint32_t *metric)
{
	return skip(at, end, series->text, series->name_at) &&
	       SKIP(at, end, naming) && skip_name(r, at, end, metric) &&
	       skip(at, end, series->text + series->name_at,
		    (size_t)(series->length - series->name_at));
}

/* With the name one of the commas around it is gone: the one behind it, or, of
 * the last one, that before. */
static bool
skip_nameless(const struct known_series *series, const char **at,
	      const char *end)
{
	size_t before = series->name_at, rest = series->length - before;
	size_t gone = rest > 0;

	before -= gone == 0 && before > 0;
	return skip(at, end, series->text, before) &&
	       skip(at, end, series->text + series->name_at + gone,
		    rest - gone);
}

/* Of what differs nothing is skipped. */
static bool
skip_labels(const struct known_reader *r, uint32_t number, const char **at,
	    const char *end, uint32_t *metric)
{
	const struct known_series *series;
	const char *from = *at;

	if (number >= r->known->count)
		return false;
	series = &r->known->series[number];
	*metric = INTERN_NONE;
	if ((r->is_nameless ? skip_nameless(series, at, end)
			    : skip_named(r, series, at, end, metric)) &&
	    SKIP(at, end, valuing))
		return true;
	if (*at != end)
		*at = from;
	return false;
}

/* 1700000000.123,"42"]}; as skip. */
static bool
read_value(const struct known_reader *r, const char **at, const char *end,
	   double *value)
{
	const char *quote;
	size_t most;

	if (!skip(at, end, r->time, r->time_length) || !SKIP(at, end, ",\""))
		return false;
	most = (size_t)(end - *at);
	quote =
	    memchr(*at, '"',
		   most < NUMBER_MAX_BYTES ? most : (size_t)NUMBER_MAX_BYTES);
	if (quote == NULL && most < NUMBER_MAX_BYTES)
		*at = end;
	if (quote == NULL || !number_parse(*at, (size_t)(quote - *at), value))
		return false;
	*at = quote;
	return SKIP(at, end, "\"]}");
}

/* Once, of however many metrics; no more where there is no room for it. */
static void
record_again(struct known_reader *r, const struct known_series *series)
{
	if (r->recorded != NULL && !known_has(r->recorded, series) &&
	    !known_add_again(r->recorded, series))
		r->recorded = NULL;
}

/* Its number in out. */
static bool
skip_series(const struct known_reader *r, const char **at, const char *end,
	    struct known_hit *out)
{
	if (r->known == NULL || r->time_length == 0 || !SKIP(at, end, opening))
		return false;
	out->number = r->next;
	if (skip_labels(r, out->number, at, end, &out->metric))
		return true;
	/* The next metric of the one before, where several are asked for. */
	out->number = r->last;
	return *at != end && r->name_count > 1 &&
	       skip_labels(r, out->number, at, end, &out->metric);
}

enum known_match
known_read(struct known_reader *r, struct scan *s, struct known_hit *out)
{
	const char *at = s->at;

	if (!skip_series(r, &at, s->end, out) ||
	    !read_value(r, &at, s->end, &out->value))
		return at == s->end ? KNOWN_CUT : KNOWN_NOT;
	record_again(r, &r->known->series[out->number]);
	s->at = at;
	r->last = out->number;
	out->timestamp_s = r->timestamp_s;
	r->next = out->number + 1;
	return KNOWN_READ;
}

/* --- new ones ------------------------------------------------------------- */

/* What stands where in an element. */
struct layout {
	struct known_series series; /* without parts */
	const char *labels, *labels_end;
	/* "__name__":"NAME" and, in it, NAME" */
	const char *naming, *name, *name_end;
	const char *time, *time_end;
	char text[KNOWN_TEXT_MAX_BYTES];
};

/* Behind the string's end; in what has no backslash the first quote is that. */
static bool
skip_string_rest(const char **at, const char *end)
{
	const char *quote = memchr(*at, '"', (size_t)(end - *at));

	if (quote != NULL)
		*at = quote + 1;
	return quote != NULL;
}

static bool
skip_label(const char **at, const char *end)
{
	return SKIP(at, end, "\"") && skip_string_rest(at, end) &&
	       SKIP(at, end, ":\"") && skip_string_rest(at, end);
}

/* False if there is more than one name among them; NULL: there is none. */
static bool
find_labels(const char **at, const char *end, struct layout *l)
{
	l->name = NULL;
	do {
		const char *label = *at, *name = label;

		if (!skip_label(at, end))
			return false;
		if (!SKIP(&name, *at, naming))
			continue;
		if (l->name != NULL)
			return false;
		l->naming = label;
		l->name = name;
		l->name_end = *at;
	} while (SKIP(at, end, ","));
	return true;
}

static bool
find_value(const char **at, const char *end, struct layout *l)
{
	l->time = *at;
	l->time_end = memchr(*at, ',', (size_t)(end - *at));
	if (l->time_end == NULL)
		return false;
	*at = l->time_end;
	return SKIP(at, end, ",\"") && skip_string_rest(at, end) &&
	       SKIP(at, end, "]}");
}

static bool
take_text(struct layout *l)
{
	size_t before, behind;

	if (l->name == NULL)
		return false;
	before = (size_t)(l->naming - l->labels);
	behind = (size_t)(l->labels_end - l->name_end);
	if (before + behind > sizeof(l->text))
		return false;
	memcpy(l->text, l->labels, before);
	memcpy(l->text + before, l->name_end, behind);
	l->series = (struct known_series){.text = l->text,
					  .length = (uint16_t)(before + behind),
					  .name_at = (uint16_t)before};
	return true;
}

/*
 * Of an element that was read. False if it has anything more than the members
 * that known_read knows: it may say something else than these do.
 */
static bool
find_layout(const char *at, const char *end, struct layout *l)
{
	if (memchr(at, '\\', (size_t)(end - at)) != NULL ||
	    !SKIP(&at, end, opening))
		return false;
	l->labels = at;
	if (!find_labels(&at, end, l))
		return false;
	l->labels_end = at;
	return SKIP(&at, end, valuing) && find_value(&at, end, l) && at == end;
}

/* Where that text stands, which is a label's; any place will do. */
static bool
find_part(const struct known_series *series, const struct intern_string *text,
	  struct known_part *out)
{
	const char *at = series->length == 0
			     ? NULL
			     : memmem(series->text + 1, series->length - 1U,
				      text->text, text->length);

	if (at == NULL)
		return false;
	*out = (struct known_part){(uint16_t)(at - series->text),
				   (uint16_t)text->length};
	return true;
}

static bool
find_parts(struct layout *l, const struct element *element,
	   const struct intern *strings, size_t slot_count,
	   struct known_part *parts)
{
	for (size_t i = 0; i < slot_count; i++) {
		const struct intern_string *text =
		    intern_text_or_null(strings, element->label[i]);

		parts[i] = (struct known_part){0, 0};
		if (text != NULL && !find_part(&l->series, text, &parts[i]))
			return false;
	}
	l->series.parts = parts;
	l->series.source = element->source;
	l->series.rank = (uint32_t)element->rank[0];
	return true;
}

static void
learn_time(struct known_reader *r, const struct layout *l, double timestamp_s)
{
	size_t length = (size_t)(l->time_end - l->time);

	if (length > sizeof(r->time))
		return;
	memcpy(r->time, l->time, length);
	r->time_length = length;
	r->timestamp_s = timestamp_s;
}

static void
learn_name(struct known_reader *r, const struct layout *l, uint32_t number,
	   struct arena *arena)
{
	size_t length = (size_t)(l->name_end - l->name);
	struct known_name *name;

	for (size_t i = 0; i < r->name_count; i++)
		if (r->names[i].length == length &&
		    memcmp(r->names[i].text, l->name, length) == 0)
			return;
	if (r->names == NULL)
		r->names =
		    arena_alloc(arena, KNOWN_NAMES_MAX * sizeof(*r->names));
	if (r->names == NULL || r->name_count == KNOWN_NAMES_MAX)
		return;
	name = &r->names[r->name_count];
	name->text = arena_copy(arena, l->name, length);
	name->length = (uint32_t)length;
	name->number = number;
	r->name_count += name->text != NULL;
}

static void
record(struct known_reader *r, struct layout *l, const struct element *element,
       const struct intern *strings)
{
	struct known_part parts[ELEMENT_SLOTS_MAX];

	if (r->recorded != NULL &&
	    find_parts(l, element, strings, r->recorded->slot_count, parts))
		record_again(r, &l->series);
}

/* Nobody can look for it, but the next one may be it; UINT32_MAX: it is not. */
static uint32_t
find_nameless(const struct known_reader *r, const struct layout *l)
{
	const char *at = l->labels;

	return l->name == NULL && r->known != NULL &&
		       r->next < r->known->count &&
		       skip_nameless(&r->known->series[r->next], &at,
				     l->labels_end) &&
		       at == l->labels_end
		   ? r->next
		   : UINT32_MAX;
}

static uint32_t
find_named(struct known_reader *r, struct layout *l,
	   const struct element *element, uint32_t metric,
	   const struct intern *strings, struct arena *arena)
{
	uint32_t number;

	if (!take_text(l))
		return UINT32_MAX;
	learn_name(r, l, metric, arena);
	record(r, l, element, strings);
	number =
	    r->known != NULL ? known_find(r->known, &l->series) : UINT32_MAX;
	r->missed += number == UINT32_MAX;
	return number;
}

bool
known_learn(struct known_reader *r, const char *text, const char *end,
	    const struct element *element, uint32_t metric,
	    const struct intern *strings, struct arena *arena, uint32_t *number)
{
	struct layout l;

	if ((r->known == NULL && r->recorded == NULL) ||
	    !find_layout(text, end, &l))
		return false;
	learn_time(r, &l, element->timestamp_s);
	*number = r->is_nameless
		      ? find_nameless(r, &l)
		      : find_named(r, &l, element, metric, strings, arena);
	if (*number == UINT32_MAX)
		return false;
	r->last = *number;
	r->next = *number + 1;
	return true;
}
