#include "prom/element.h"

#include <string.h>

#include "base/hash.h"
#include "base/number.h"

enum {
	LABELS_REMEMBERED = 32,
	TOKEN_MAX_BYTES = 64,
	VALUE_MAX_BYTES = 96,
	TIME_MAX_BYTES = 32,
	SCRATCH_MAX_BYTES = 8 << 20,
	SOURCE_SEED = 0x51f15eed
};

/* The label that stood at one position of the last series. */
struct seen_label {
	char token[TOKEN_MAX_BYTES]; /* `"name":"` */
	char value[VALUE_MAX_BYTES];
	size_t token_length; /* 0 if nothing is remembered */
	size_t value_length;
	bool has_value;
	bool is_aside;	 /* no part of the source */
	size_t rank;	 /* in the reader's labels; label_count if unwanted */
	uint32_t string; /* INTERN_NONE if it is not accepted */
	uint64_t name_hash;
	uint64_t hash; /* of name and value: its part of the source */
};

struct element_memory {
	struct seen_label labels[LABELS_REMEMBERED];
	char time[TIME_MAX_BYTES];
	size_t time_length;
	double timestamp_s;
};

static enum scan_result
bad(struct scan *s, const char *reason)
{
	s->reason = reason;
	return SCAN_BAD;
}

static enum scan_result
out_of_memory(struct element_reader *r, struct scan *s)
{
	r->is_out_of_memory = true;
	return bad(s, "out of memory");
}

void
element_init(struct element_reader *r, const struct element_label *labels,
	     size_t label_count, size_t slot_count, struct intern *strings,
	     struct arena *arena)
{
	memset(r, 0, sizeof(*r));
	r->labels = labels;
	r->label_count = label_count;
	r->slot_count = slot_count;
	r->strings = strings;
	r->memory = arena_alloc(arena, sizeof(*r->memory));
	if (r->memory != NULL)
		memset(r->memory, 0, sizeof(*r->memory));
	buf_init_within(&r->scratch, SCRATCH_MAX_BYTES, arena->budget);
}

void
element_fini(struct element_reader *r)
{
	buf_fini(&r->scratch);
}

/* The string without its escapes; NULL if there is no memory for that. */
static const char *
decode(struct element_reader *r, const struct scan_text *string, size_t *length)
{
	char *room;

	if (!string->has_escapes) {
		*length = string->length;
		return string->text;
	}
	buf_reset(&r->scratch);
	room = buf_reserve(&r->scratch, string->length);
	if (room != NULL)
		*length = scan_unescape(string, room);
	return room;
}

static bool
is_aside(const struct element_reader *r, const struct scan_text *name)
{
	const char *const *aside = r->aside;

	if (scan_equals(name, "__name__"))
		return true;
	while (aside != NULL && *aside != NULL && !scan_equals(name, *aside))
		aside++;
	return aside != NULL && *aside != NULL;
}

static size_t
find_rank(const struct element_reader *r, const struct scan_text *name)
{
	size_t rank = 0;

	while (rank < r->label_count &&
	       !scan_equals(name, r->labels[rank].name))
		rank++;
	return rank;
}

static void
remember_name(struct seen_label *seen, const struct scan_text *name)
{
	seen->has_value = false;
	seen->token_length = 0;
	if (name->length > TOKEN_MAX_BYTES - 4)
		return;
	seen->token[0] = '"';
	memcpy(seen->token + 1, name->text, name->length);
	memcpy(seen->token + 1 + name->length, "\":\"", 3);
	seen->token_length = name->length + 4;
}

static void
remember_value(struct seen_label *seen, const struct scan_text *value,
	       uint32_t string)
{
	seen->has_value = value->length <= VALUE_MAX_BYTES;
	if (!seen->has_value)
		return;
	memcpy(seen->value, value->text, value->length);
	seen->value_length = value->length;
	seen->string = string;
}

static bool
starts_with(const struct scan *s, const char *text, size_t length)
{
	return (size_t)(s->end - s->at) >= length &&
	       memcmp(s->at, text, length) == 0;
}

/* A label that had to give way to its target's is still what it was called. */
static uint64_t
hash_name(const char *text, size_t length)
{
	static const char prefix[] = "exported_";
	const size_t cut = sizeof(prefix) - 1;

	while (length > cut && memcmp(text, prefix, cut) == 0) {
		text += cut;
		length -= cut;
	}
	return hash_bytes(SOURCE_SEED, text, length);
}

/* Up to and with the opening quote of the value. */
static enum scan_result
read_name(struct element_reader *r, struct scan *s, struct seen_label *seen)
{
	struct scan_text name;
	enum scan_result result;
	const char *text;
	size_t length;

	if (seen->token_length > 0 &&
	    starts_with(s, seen->token, seen->token_length)) {
		s->at += seen->token_length;
		return SCAN_OK;
	}
	if ((result = scan_key(s, &name)) != SCAN_OK)
		return result;
	remember_name(seen, &name);
	seen->rank = find_rank(r, &name);
	seen->is_aside = is_aside(r, &name);
	text = decode(r, &name, &length);
	if (text == NULL)
		return out_of_memory(r, s);
	seen->name_hash = hash_name(text, length);
	return scan_mark(s, '"');
}

/* The number of the label's text; INTERN_NONE if it is not accepted. */
static enum scan_result
take_text(struct element_reader *r, struct scan *s,
	  const struct element_label *label, const char *text, size_t length,
	  uint32_t *out)
{
	*out = INTERN_NONE;
	if (label->accepts != NULL && !label->accepts(text, length))
		return SCAN_OK;
	*out = intern_add(r->strings, text, length);
	return *out != INTERN_NONE ? SCAN_OK : out_of_memory(r, s);
}

/*
 * From behind the opening quote of the value; its string number and hash are
 * kept.
 */
static enum scan_result
read_value(struct element_reader *r, struct scan *s, struct seen_label *seen)
{
	struct scan_text value;
	enum scan_result result;
	const char *text;
	size_t length;

	if (seen->has_value &&
	    starts_with(s, seen->value, seen->value_length) &&
	    s->end - s->at > (ptrdiff_t)seen->value_length &&
	    s->at[seen->value_length] == '"') {
		s->at += seen->value_length + 1;
		return SCAN_OK;
	}
	if ((result = scan_string_rest(s, &value)) != SCAN_OK)
		return result;
	text = decode(r, &value, &length);
	if (text == NULL)
		return out_of_memory(r, s);
	seen->hash =
	    seen->is_aside ? 0 : hash_bytes(seen->name_hash, text, length);
	if (seen->rank < r->label_count &&
	    (result = take_text(r, s, &r->labels[seen->rank], text, length,
				&seen->string)) != SCAN_OK)
		return result;
	remember_value(seen, &value, seen->string);
	return SCAN_OK;
}

static void
fill_slot(struct element *out, unsigned slot, const struct seen_label *seen)
{
	out->label[slot] = seen->string;
	out->rank[slot] = seen->rank;
}

static void
keep_label(const struct element_reader *r, const struct seen_label *seen,
	   struct element *out)
{
	const struct element_label *label;
	unsigned slot;

	if (seen->rank == r->label_count || seen->string == INTERN_NONE)
		return;
	label = &r->labels[seen->rank];
	slot = label->slot;
	if (out->label[slot] == INTERN_NONE || out->rank[slot] >= seen->rank)
		fill_slot(out, slot, seen);
	if (label->with_last && (out->label[slot + 1] == INTERN_NONE ||
				 out->rank[slot + 1] <= seen->rank))
		fill_slot(out, slot + 1, seen);
}

static void
forget_labels(const struct element_reader *r, struct element *out)
{
	for (size_t i = 0; i < r->slot_count; i++)
		out->label[i] = INTERN_NONE;
	out->rank[0] = 0;
	out->source = 0;
}

/* Tells whether an object is empty, and if so reads its end. */
static enum scan_result
read_opening(struct scan *s, bool *is_empty)
{
	enum scan_result result = scan_mark(s, '{');

	if (result != SCAN_OK || (result = scan_space(s)) != SCAN_OK)
		return result;
	*is_empty = *s->at == '}';
	s->at += *is_empty;
	return SCAN_OK;
}

enum scan_result
element_read_labels(struct element_reader *r, struct scan *s,
		    struct element *out)
{
	struct seen_label unremembered;
	bool is_empty = false, more = true;
	enum scan_result result = read_opening(s, &is_empty);
	uint64_t hash = 0;

	forget_labels(r, out);
	if (result != SCAN_OK || is_empty)
		return result;
	for (size_t i = 0; more; i++) {
		struct seen_label *seen = &unremembered;

		if (i < LABELS_REMEMBERED)
			seen = &r->memory->labels[i];
		else
			*seen = (struct seen_label){.token_length = 0};
		if ((result = read_name(r, s, seen)) != SCAN_OK ||
		    (result = read_value(r, s, seen)) != SCAN_OK ||
		    (result = scan_either(s, ',', '}', &more)) != SCAN_OK)
			return result;
		keep_label(r, seen, out);
		hash += seen->hash;
	}
	out->source = (uint32_t)hash;
	return SCAN_OK;
}

static enum scan_result
read_time(struct element_reader *r, struct scan *s, double *out)
{
	struct element_memory *seen = r->memory;
	struct scan_text text;
	enum scan_result result = scan_number(s, &text);

	if (result != SCAN_OK)
		return result;
	if (text.length == seen->time_length &&
	    memcmp(text.text, seen->time, text.length) == 0) {
		*out = seen->timestamp_s;
		return SCAN_OK;
	}
	if (!number_parse(text.text, text.length, out))
		return bad(s, "a timestamp that is out of range");
	if (text.length <= TIME_MAX_BYTES) {
		memcpy(seen->time, text.text, text.length);
		seen->time_length = text.length;
		seen->timestamp_s = *out;
	}
	return SCAN_OK;
}

enum scan_result
element_read_sample(struct element_reader *r, struct scan *s,
		    double *timestamp_s, double *value)
{
	struct scan_text text;
	enum scan_result result;
	const char *decoded;
	size_t length;

	if ((result = scan_mark(s, '[')) != SCAN_OK ||
	    (result = read_time(r, s, timestamp_s)) != SCAN_OK ||
	    (result = scan_mark(s, ',')) != SCAN_OK ||
	    (result = scan_string(s, &text)) != SCAN_OK ||
	    (result = scan_mark(s, ']')) != SCAN_OK)
		return result;
	decoded = decode(r, &text, &length);
	if (decoded == NULL)
		return out_of_memory(r, s);
	return number_parse(decoded, length, value)
		   ? SCAN_OK
		   : bad(s, "a sample value that is not a number");
}

static enum scan_result
read_member(struct element_reader *r, struct scan *s, struct element *out,
	    bool *is_sample)
{
	struct scan_text key;
	enum scan_result result;

	if ((result = scan_key(s, &key)) != SCAN_OK)
		return result;
	if (scan_equals(&key, "metric"))
		return element_read_labels(r, s, out);
	if (scan_equals(&key, "value")) {
		*is_sample = out->has_value = true;
		return element_read_sample(r, s, &out->timestamp_s,
					   &out->value);
	}
	*is_sample |= scan_equals(&key, "histogram");
	return scan_skip(s);
}

enum scan_result
element_begin(struct element_reader *r, struct scan *s, struct element *out)
{
	out->has_value = false;
	forget_labels(r, out);
	return r->memory != NULL ? SCAN_OK : out_of_memory(r, s);
}

enum scan_result
element_read(struct element_reader *r, struct scan *s, struct element *out)
{
	bool is_empty = false, is_sample = false, more = true;
	enum scan_result result;

	if ((result = element_begin(r, s, out)) != SCAN_OK ||
	    (result = read_opening(s, &is_empty)) != SCAN_OK)
		return result;
	while (!is_empty && more)
		if ((result = read_member(r, s, out, &is_sample)) != SCAN_OK ||
		    (result = scan_either(s, ',', '}', &more)) != SCAN_OK)
			return result;
	return is_sample ? SCAN_OK : bad(s, "a series without a value");
}
