#include "support/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
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
			  answer_gpu_named = {.labels = gpu_labels,
					      .label_count = GPU_LABELS,
					      .slot_count = 5,
					      .known_slots = 4,
					      .max_samples = 100000,
					      .budget_bytes = 256 << 20};

const struct answer_cut answer_whole = {(size_t)1 << 30, 0};

static size_t
next_piece(struct answer_cut *cut, size_t left)
{
	size_t bytes = cut->piece_bytes;

	if (cut->seed != 0)
		bytes = 1 + (size_t)rand_r(&cut->seed) % cut->piece_bytes;
	return bytes < left ? bytes : left;
}

static enum err_code
feed(struct vector *v, const char *body, size_t length, struct answer_cut cut,
     struct err *e)
{
	size_t room_bytes = cut.piece_bytes < length ? cut.piece_bytes : length;
	char *room = malloc(room_bytes + 1);
	enum err_code code = ERR_OK;

	while (code == ERR_OK && length > 0) {
		size_t bytes = next_piece(&cut, length);
		char *piece = room + room_bytes + 1 - bytes;

		memcpy(piece, body, bytes);
		code = vector_feed(v, piece, bytes, e);
		body += bytes;
		length -= bytes;
	}
	free(room);
	return code == ERR_OK ? vector_end(v, e) : code;
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
write_labels(FILE *out, const struct vector *v, const struct sample *s)
{
	for (unsigned i = 0; i < v->samples.slot_count; i++) {
		const struct intern_string *string = vector_text(v, s, i);

		if (string != NULL)
			answer_line_label(out, i, string->text, string->length);
	}
}

static void
describe_sample(FILE *out, const struct vector *v, const struct sample *s,
		struct answer *a)
{
	answer_line_sample(out, s->value, s->timestamp_s);
	if (s->known == SAMPLES_NEW)
		write_labels(out, v, s);
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
	for (size_t i = 0; i < v->result.warning_count; i++)
		answer_line_warning(out, v->result.warnings[i]);
	if (v->result.is_partial)
		answer_line_warning(out, "partial");
}

void
answer_recall(struct answer *out, const struct answer_setup *setup,
	      const char *body, size_t length, struct answer_cut cut,
	      const struct known *known, struct known *recorded)
{
	struct budget budget;
	struct arena arena;
	struct intern strings;
	struct vector v;
	FILE *text;

	memset(out, 0, sizeof(*out));
	budget_init(&budget, setup->budget_bytes);
	arena_init(&arena, &budget);
	intern_init(&strings, &budget);
	vector_init(&v, &arena, &strings, setup->labels, setup->label_count,
		    setup->slot_count, setup->max_samples);
	vector_set_known(&v, known, recorded);
	out->code = feed(&v, body, length, cut, &out->err);
	text = open_memstream(&out->text, &out->text_length);
	if (text == NULL)
		abort();
	if (out->code == ERR_OK)
		describe(text, &v, out);
	fclose(text);
	out->string_count = intern_count(&strings);
	vector_fini(&v);
	intern_fini(&strings);
	arena_fini(&arena);
}

void
answer_decode(struct answer *out, const struct answer_setup *setup,
	      const char *body, size_t length, struct answer_cut cut)
{
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
