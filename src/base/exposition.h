/*
 * Metrics as a program tells them of itself: in Prometheus' text format
 * (version 0.0.4, prometheus.io/docs/instrumenting/exposition_formats), or the
 * same as JSON. Failures are the buf's: ask buf_status at the end.
 */
#ifndef BASE_EXPOSITION_H
#define BASE_EXPOSITION_H

#include <stddef.h>

#include "base/buf.h"
#include "base/histogram.h"
#include "base/json.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition {
	struct buf *text;  /* or NULL, and then ... */
	struct json *json; /* ... this, or NULL */
	const char *name;  /* of the family that is open, or NULL */
};

/* A list of them ends with a NULL name. Values may be any text. */
struct exposition_label {
	const char *name, *value;
};

void exposition_init_text(struct exposition *x, struct buf *out);

/* Writes an object; between exposition_init_json and exposition_end it is the
 * only one to write there. */
void exposition_init_json(struct exposition *x, struct json *out);

void exposition_end(struct exposition *x);

/* What comes next is of that name: "counter", "gauge" or "histogram". The help
 * is one plain line. */
void exposition_family(struct exposition *x, const char *name, const char *type,
		       const char *help);

/* labels: or NULL for none. */
void exposition_sample(struct exposition *x,
		       const struct exposition_label *labels, double value);

/* Of a family of that type. It may be counting meanwhile: what is written is
 * consistent in itself. */
void exposition_histogram(struct exposition *x,
			  const struct exposition_label *labels,
			  struct histogram *h);

#endif
