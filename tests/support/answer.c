#include "support/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "prom/matrix.h"
#include "prom/vector.h"
#include "support/answer_line.h"

static const struct element_label gpu_labels[] = {
    {"node", 0, NULL, false},	   {"hostname", 0, NULL, false},
    {"Hostname", 0, NULL, false},  {"gpu", 1, NULL, false},
    {"gpu_id", 1, NULL, false},	   {"gpu_name", 2, NULL, false},
    {"modelName", 2, NULL, false}, {"UUID", 3, NULL, false},
    {"uuid", 3, NULL, false},	   {"__name__", 4, NULL, false}};

enum { GPU_LABELS = sizeof(gpu_labels) / sizeof(*gpu_labels) };

const struct answer_setup answer_gpu = {.labels = gpu_labels,
					.label_count = GPU_LABELS - 1,
					.slot_count = 4,
					.known_slots = 4,
					.max_samples = 100000,
					.budget_bytes = 256 << 20},
			  answer_gpu_nameless = {.labels = gpu_labels,
						 .label_count = GPU_LABELS - 1,
						 .slot_count = 4,
						 .known_slots = 4,
						 .is_nameless = true,
						 .max_samples = 100000,
						 .budget_bytes = 256 << 20},
			  answer_gpu_named = {.labels = gpu_labels,
					      .label_count = GPU_LABELS,
					      .slot_count = 5,
					      .known_slots = 4,
					      .max_samples = 100000,
					      .budget_bytes = 256 << 20};

static const struct query_range five_points = {1700000010, 1700000070, 15};

const struct answer_setup answer_history = {.labels = gpu_labels,
					    .label_count = GPU_LABELS - 1,
					    .slot_count = 4,
					    .max_samples = 100000,
					    .budget_bytes = 256 << 20,
					    .range = &five_points};

const struct answer_cut answer_whole = {(size_t)1 << 30, 0};

static size_t
next_piece(struct answer_cut *cut, size_t left)
{
	size_t bytes = cut->piece_bytes;

	if (cut->seed != 0)
		bytes = 1 + (size_t)rand_r(&cut->seed) % cut->piece_bytes;
	return bytes < left ? bytes : left;
}

/* A decoder of either kind. */
struct decoder {
	enum err_code (*feed)(void *decoder, const char *bytes, size_t length,
			      struct err *e);
	enum err_code (*end)(void *decoder, struct err *e);
	void *itself;
};

static enum err_code
feed(const struct decoder *d, const char *body, size_t length,
     struct answer_cut cut, struct err *e)
{
	size_t room_bytes = cut.piece_bytes < length ? cut.piece_bytes : length;
	char *room = malloc(room_bytes + 1);
	enum err_code code = ERR_OK;

	while (code == ERR_OK && length > 0) {
		size_t bytes = next_piece(&cut, length);
		char *piece = room + room_bytes + 1 - bytes;

		memcpy(piece, body, bytes);
		code = d->feed(d->itself, piece, bytes, e);
		body += bytes;
		length -= bytes;
	}
	free(room);
	return code == ERR_OK ? d->end(d->itself, e) : code;
}

/* Where it lives while it is read. */
struct surroundings {
	struct budget budget;
	struct arena arena;
	struct intern strings;
	FILE *text;
};

static void
begin(struct surroundings *s, const struct answer_setup *setup,
      struct answer *out)
{
	memset(out, 0, sizeof(*out));
	budget_init(&s->budget, setup->budget_bytes);
	arena_init(&s->arena, &s->budget);
	intern_init(&s->strings, &s->budget);
	s->text = open_memstream(&out->text, &out->text_length);
	if (s->text == NULL)
		abort();
}

static void
end(struct surroundings *s, struct answer *out)
{
	fclose(s->text);
	if (out->code != ERR_OK)
		out->text[0] = '\0';
	out->string_count = intern_count(&s->strings);
	intern_fini(&s->strings);
	arena_fini(&s->arena);
}

static void
write_besides(FILE *out, const struct result *r)
{
	for (size_t i = 0; i < r->warning_count; i++)
		answer_line_warning(out, r->warnings[i]);
	if (r->is_partial)
		answer_line_warning(out, "partial");
}

static void
write_strings(FILE *out, const struct intern *strings, const uint32_t *label,
	      size_t slot_count)
{
	for (unsigned i = 0; i < slot_count; i++) {
		const struct intern_string *string =
		    intern_text_or_null(strings, label[i]);

		if (string != NULL)
			answer_line_label(out, i, string->text, string->length);
	}
}

/* --- instant vectors ------------------------------------------------------ */

static enum err_code
feed_vector(void *itself, const char *bytes, size_t length, struct err *e)
{
	return vector_feed(itself, bytes, length, e);
}

static enum err_code
end_vector(void *itself, struct err *e)
{
	return vector_end(itself, e);
}

static void
write_known_labels(FILE *out, const struct vector *v, const struct sample *s)
{
	const struct known *known = v->known.known;
	const struct known_series *series = &known->series[s->known];
	const struct intern_string *name =
	    intern_text_or_null(v->strings, s->label[0]);

	for (unsigned i = 0; i < known->slot_count; i++)
		if (series->parts[i].start > 0)
			answer_line_label(out, i,
					  series->text + series->parts[i].start,
					  series->parts[i].length);
	if (name != NULL)
		answer_line_label(out, (unsigned)known->slot_count, name->text,
				  name->length);
}

static void
describe_sample(FILE *out, const struct vector *v, const struct sample *s,
		struct answer *a)
{
	answer_line_sample(out, s->value, s->timestamp_s);
	if (s->known == SAMPLES_NEW)
		write_strings(out, v->strings, s->label, v->samples.slot_count);
	else
		write_known_labels(out, v, s);
	fputc('\n', out);
	a->known_count += s->known != SAMPLES_NEW;
	a->origins = hash_number(a->origins ^ s->source, s->rank);
}

static void
describe(FILE *out, const struct vector *v, struct answer *a)
{
	struct samples_cursor at = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &at)) != NULL)
		describe_sample(out, v, s, a);
	write_besides(out, &v->result);
}

void
answer_recall(struct answer *out, const struct answer_setup *setup,
	      const char *body, size_t length, struct answer_cut cut,
	      const struct known *known, struct known *recorded)
{
	struct surroundings s;
	struct vector v;
	const struct decoder decoder = {feed_vector, end_vector, &v};

	begin(&s, setup, out);
	vector_init(&v, &s.arena, &s.strings, setup->labels, setup->label_count,
		    setup->slot_count, setup->max_samples);
	vector_set_known(&v, known, recorded, setup->is_nameless);
	out->code = feed(&decoder, body, length, cut, &out->err);
	if (out->code == ERR_OK)
		describe(s.text, &v, out);
	vector_fini(&v);
	end(&s, out);
}

/* --- over a range of time ------------------------------------------------- */

static enum err_code
feed_matrix(void *itself, const char *bytes, size_t length, struct err *e)
{
	return matrix_feed(itself, bytes, length, e);
}

static enum err_code
end_matrix(void *itself, struct err *e)
{
	return matrix_end(itself, e);
}

/* Who takes the series. */
struct taker {
	FILE *text;
	const struct answer_setup *setup;
	const struct intern *strings;
	struct answer *answer;
};

static enum err_code
take_series(void *context, const struct matrix_series *series, struct err *e)
{
	const struct taker *t = context;

	(void)e;
	for (size_t i = 0; i < query_points(t->setup->range); i++)
		answer_line_point(t->text, series->values[i]);
	write_strings(t->text, t->strings, series->label, t->setup->slot_count);
	fputc('\n', t->text);
	t->answer->origins =
	    hash_number(t->answer->origins ^ series->source, series->rank);
	return ERR_OK;
}

static void
decode_matrix(struct answer *out, const struct answer_setup *setup,
	      const char *body, size_t length, struct answer_cut cut)
{
	struct surroundings s;
	struct taker taker;
	const struct matrix_sink sink = {NULL, take_series, &taker};
	struct matrix m;
	const struct decoder decoder = {feed_matrix, end_matrix, &m};

	begin(&s, setup, out);
	taker = (struct taker){s.text, setup, &s.strings, out};
	matrix_init(&m, &s.arena, &s.strings, setup->labels, setup->label_count,
		    setup->slot_count, setup->max_samples, setup->range, &sink);
	out->code = feed(&decoder, body, length, cut, &out->err);
	if (out->code == ERR_OK)
		write_besides(s.text, &m.result);
	matrix_fini(&m);
	end(&s, out);
}

/* -------------------------------------------------------------------------- */

void
answer_decode(struct answer *out, const struct answer_setup *setup,
	      const char *body, size_t length, struct answer_cut cut)
{
	if (setup->range != NULL)
		decode_matrix(out, setup, body, length, cut);
	else
		answer_recall(out, setup, body, length, cut, NULL, NULL);
}

struct known *
answer_known(const struct answer_setup *setup)
{
	static struct budget ample = {.left_bytes = SIZE_MAX / 2};
	struct known *known = known_new(setup->known_slots, &ample);

	if (known == NULL)
		abort();
	return known;
}

struct known *
answer_record(const struct answer_setup *setup, const char *body, size_t length)
{
	struct known *recorded = answer_known(setup);
	struct answer a;

	answer_recall(&a, setup, body, length, answer_whole, NULL, recorded);
	answer_free(&a);
	return recorded;
}

void
answer_free(struct answer *a)
{
	free(a->text);
	a->text = NULL;
}

char *
answer_summary(const struct answer *a)
{
	char *summary = NULL;

	if (asprintf(&summary, "%s\n%s", err_name(a->code), a->text) < 0)
		abort();
	return summary;
}
