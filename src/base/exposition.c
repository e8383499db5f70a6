#include "base/exposition.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/quote.h"

enum { NUMBER_BYTES = 32 };

void
exposition_init_text(struct exposition *x, struct buf *out)
{
	*x = (struct exposition){.text = out};
}

void
exposition_init_json(struct exposition *x, struct json *out)
{
	*x = (struct exposition){.json = out};
	json_open_object(out);
}

static void
close_family(struct exposition *x)
{
	if (x->json != NULL && x->name != NULL)
		json_close_array(x->json);
}

void
exposition_end(struct exposition *x)
{
	close_family(x);
	x->name = NULL;
	if (x->json != NULL)
		json_close_object(x->json);
}

void
exposition_family(struct exposition *x, const char *name, const char *type,
		  const char *help)
{
	close_family(x);
	x->name = name;
	if (x->json != NULL) {
		json_key(x->json, name);
		json_open_array(x->json);
		return;
	}
	buf_append_format(x->text, "# HELP %s %s\n# TYPE %s %s\n", name, help,
			  name, type);
}

/* 2^53: up to there a double has every whole number. */
#define WHOLE_MAX 9007199254740992.0

/* Counts are whole, and exact; sums of seconds have microseconds. */
static void
format_number(double value, char out[static NUMBER_BYTES])
{
	if (isinf(value))
		snprintf(out, NUMBER_BYTES, "+Inf");
	else if (value == trunc(value) && fabs(value) <= WHOLE_MAX)
		snprintf(out, NUMBER_BYTES, "%.0f", value);
	else
		snprintf(out, NUMBER_BYTES, "%.15g", value);
}

/* --- text ---------------------------------------------------------------- */

static void
append_label(struct buf *out, char before, const char *name, const char *value)
{
	buf_append(out, &before, 1);
	buf_append_text(out, name);
	buf_append_text(out, "=");
	quote_append(out, value);
}

/* more: one more label, or NULL. */
static void
append_sample(struct exposition *x, const char *suffix,
	      const struct exposition_label *labels,
	      const struct exposition_label *more, double value)
{
	char number[NUMBER_BYTES], before = '{';

	buf_append_text(x->text, x->name);
	buf_append_text(x->text, suffix);
	for (; labels != NULL && labels->name != NULL; labels++) {
		append_label(x->text, before, labels->name, labels->value);
		before = ',';
	}
	if (more != NULL) {
		append_label(x->text, before, more->name, more->value);
		before = ',';
	}
	if (before == ',')
		buf_append_text(x->text, "}");
	format_number(value, number);
	buf_append_format(x->text, " %s\n", number);
}

/* --- JSON ---------------------------------------------------------------- */

static void
open_row(struct exposition *x, const struct exposition_label *labels)
{
	json_open_object(x->json);
	for (; labels != NULL && labels->name != NULL; labels++) {
		json_key(x->json, labels->name);
		json_text(x->json, labels->value);
	}
}

static void
add_number(struct exposition *x, const char *key, double value)
{
	char number[NUMBER_BYTES];

	format_number(value, number);
	json_key(x->json, key);
	json_number_text(x->json, number);
}

/* --- both ---------------------------------------------------------------- */

void
exposition_sample(struct exposition *x, const struct exposition_label *labels,
		  double value)
{
	if (x->json == NULL) {
		append_sample(x, "", labels, NULL, value);
		return;
	}
	open_row(x, labels);
	add_number(x, "value", value);
	json_close_object(x->json);
}

static void
write_bucket(struct exposition *x, const struct exposition_label *labels,
	     size_t bucket, double count)
{
	char bound[NUMBER_BYTES];
	const struct exposition_label le = {"le", bound};

	format_number(histogram_bound_s(bucket), bound);
	if (x->json != NULL)
		add_number(x, bound, count);
	else
		append_sample(x, "_bucket", labels, &le, count);
}

void
exposition_histogram(struct exposition *x,
		     const struct exposition_label *labels, struct histogram *h)
{
	double sum_s = (double)atomic_load(&h->sum_us) / 1e6, count = 0;

	if (x->json != NULL) {
		open_row(x, labels);
		json_key(x->json, "buckets");
		json_open_object(x->json);
	}
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		count += (double)atomic_load(&h->counts[i]);
		write_bucket(x, labels, i, count);
	}
	if (x->json == NULL) {
		append_sample(x, "_sum", labels, NULL, sum_s);
		append_sample(x, "_count", labels, NULL, count);
		return;
	}
	json_close_object(x->json);
	add_number(x, "sum", sum_s);
	add_number(x, "count", count);
	json_close_object(x->json);
}
