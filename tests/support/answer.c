#include "support/answer.h"

#include <stdlib.h>
#include <string.h>

#include "prom/vector.h"
#include "support/answer_line.h"

static const struct element_label gpu_labels[] = {
    {"node", 0, NULL, false},	   {"hostname", 0, NULL, false},
    {"Hostname", 0, NULL, false},  {"gpu", 1, NULL, false},
    {"gpu_id", 1, NULL, false},	   {"gpu_name", 2, NULL, false},
    {"modelName", 2, NULL, false}, {"UUID", 3, NULL, false},
    {"uuid", 3, NULL, false}};

const struct answer_setup answer_gpu = {.labels = gpu_labels,
					.label_count = sizeof(gpu_labels) /
						       sizeof(*gpu_labels),
					.slot_count = 4,
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
describe(FILE *out, const struct vector *v)
{
	struct samples_cursor at = {NULL, 0};
	const struct sample *s;

	while ((s = samples_next(&v->samples, &at)) != NULL) {
		answer_line_sample(out, s->value, s->timestamp_s);
		for (unsigned i = 0; i < v->samples.slot_count; i++) {
			const struct intern_string *string =
			    vector_text(v, s, i);

			if (string != NULL)
				answer_line_label(out, i, string->text,
						  string->length);
		}
		fputc('\n', out);
	}
	for (size_t i = 0; i < v->warning_count; i++)
		answer_line_warning(out, v->warnings[i]);
	if (v->is_partial)
		answer_line_warning(out, "partial");
}

void
answer_decode(struct answer *out, const struct answer_setup *setup,
	      const char *body, size_t length, struct answer_cut cut)
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
	out->code = feed(&v, body, length, cut, &out->err);
	text = open_memstream(&out->text, &out->text_length);
	if (text == NULL)
		abort();
	if (out->code == ERR_OK)
		describe(text, &v);
	fclose(text);
	vector_fini(&v);
	intern_fini(&strings);
	arena_fini(&arena);
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
