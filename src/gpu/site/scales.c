#include "gpu/site/scales.h"

#include <stdio.h>
#include <string.h>

#include "prom/promql.h"

enum {
	KEY_MAX_BYTES = 512,
	FIRST_CAPACITY = 64,
	/* Targets come and go, as pods do: then all is found out anew. */
	KEYS_MAX = 100000,
	SLOT_TARGET = 0,
	SLOT_SEEN
};

static const char above[] = "above", fraction[] = "fraction";

void
scales_init(struct scales *s, struct budget *budget)
{
	memset(s, 0, sizeof(*s));
	s->budget = budget;
	arena_init(&s->arena, budget);
	intern_init(&s->keys, budget);
}

void
scales_fini(struct scales *s)
{
	if (s->budget == NULL)
		return;
	intern_fini(&s->keys);
	arena_fini(&s->arena);
	memset(s, 0, sizeof(*s));
}

/* Its length; 0 if it is too long to be known. */
static size_t
write_key(char out[static KEY_MAX_BYTES], size_t metric,
	  const struct intern_string *target)
{
	int length = snprintf(out, KEY_MAX_BYTES, "%zu\n", metric);

	if (length < 0 || (size_t)length + target->length > KEY_MAX_BYTES)
		return 0;
	memcpy(out + length, target->text, target->length);
	return (size_t)length + target->length;
}

static enum err_code
note(struct scales *s, const char *key, size_t length, unsigned seen,
     struct err *e)
{
	uint32_t number = intern_add(&s->keys, key, length);
	uint32_t capacity = s->capacity > 0 ? s->capacity : FIRST_CAPACITY;
	unsigned char *grown;

	if (number == INTERN_NONE)
		return err_set_memory(e);
	while (capacity <= number)
		capacity *= 2;
	if (capacity > s->capacity) {
		grown = arena_grow(&s->arena, s->seen, s->capacity, capacity);
		if (grown == NULL)
			return err_set_memory(e);
		s->seen = grown;
		s->capacity = capacity;
	}
	s->seen[number] |= (unsigned char)seen;
	return ERR_OK;
}

enum err_code
scales_note(struct scales *s, size_t metric, const struct intern_string *target,
	    unsigned seen, struct err *e)
{
	char key[KEY_MAX_BYTES];
	size_t length = write_key(key, metric, target);

	return length > 0 ? note(s, key, length, seen, e) : ERR_OK;
}

unsigned
scales_find(const struct scales *s, size_t metric,
	    const struct intern_string *target)
{
	char key[KEY_MAX_BYTES];
	size_t length = write_key(key, metric, target);
	uint32_t number =
	    length > 0 ? intern_find(&s->keys, key, length) : INTERN_NONE;

	return number != INTERN_NONE ? s->seen[number] : 0;
}

enum err_code
scales_add(struct scales *s, const struct scales *older, struct err *e)
{
	uint32_t count = intern_count(&older->keys);
	enum err_code code = ERR_OK;

	if (count > KEYS_MAX)
		return ERR_OK;
	s->look_count = older->look_count;
	for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
		const struct intern_string *key = intern_text(&older->keys, i);

		code = note(s, key->text, key->length, older->seen[i], e);
	}
	return code;
}

/* --- the question --------------------------------------------------------- */

static const char *
range_of(unsigned look_count)
{
	/* Not in the first one, for which somebody may wait. */
	return look_count == 1 ? "[1d]" : "[5m]";
}

static void
add_mark(struct buf *out, const char *what)
{
	buf_append_text(out, ",\"seen\",\"");
	buf_append_text(out, what);
	buf_append_text(out, "\",\"\",\"\")");
}

/* Of each series the samples of that range, by that function. */
static void
add_samples(struct buf *out, const struct profile_metric *m,
	    const char *function, const char *range)
{
	buf_append_text(out, function);
	buf_append_text(out, "(");
	promql_add_selector(out, &m->name, 1, m->conditions);
	buf_append_text(out, range);
	buf_append_text(out, ")");
}

/* A sum of whole numbers is one. NaN is no fraction: it is above nothing. */
static void
add_query(struct buf *out, const struct profile_metric *m, const char *range)
{
	char limit[32];

	snprintf(limit, sizeof(limit), " > %g)", SCALES_RATIO_MAX);
	buf_append_text(out, "label_replace(max by (instance) (");
	add_samples(out, m, "max_over_time", range);
	buf_append_text(out, limit);
	add_mark(out, above);
	buf_append_text(out, " or label_replace(count by (instance) (");
	add_samples(out, m, "sum_over_time", range);
	buf_append_text(out, " % 1 > 0)");
	add_mark(out, fraction);
}

enum err_code
scales_ask(struct ask *a, const struct profile_metric *m, unsigned look_count,
	   struct err *e)
{
	static const struct element_label labels[] = {
	    {"instance", SLOT_TARGET, NULL, false},
	    {"seen", SLOT_SEEN, NULL, false}};
	enum err_code code;
	struct buf text;

	buf_init(&text, ASK_QUERY_MAX_BYTES);
	add_query(&text, m, range_of(look_count));
	code = ask_add(a, &text, labels, 2, 2, e);
	buf_fini(&text);
	return code;
}

enum err_code
scales_read(struct scales *s, const struct vector *v, size_t metric,
	    struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *sample;
	enum err_code code = ERR_OK;

	while (code == ERR_OK &&
	       (sample = samples_next(&v->samples, &cursor)) != NULL) {
		const struct intern_string *target =
		    vector_text(v, sample, SLOT_TARGET);
		const struct intern_string *seen =
		    vector_text(v, sample, SLOT_SEEN);

		if (target != NULL && seen != NULL)
			code = scales_note(s, metric, target,
					   intern_is(seen, above)
					       ? SCALES_ABOVE
					       : SCALES_FRACTION,
					   e);
	}
	return code;
}
