/*
 * Bodies of answers to a query: the correct one, and those that a client must
 * survive. Each function writes one body.
 */
#ifndef TEST_FAKE_BODY_H
#define TEST_FAKE_BODY_H

#include "fake_behaviour.h"

void fake_body_ok(FILE *out, const struct fake_call *call);
void fake_body_changing(FILE *out, const struct fake_call *call);
void fake_body_empty(FILE *out, const struct fake_call *call);
void fake_body_truncated(FILE *out, const struct fake_call *call);
void fake_body_garbage(FILE *out, const struct fake_call *call);
void fake_body_warnings(FILE *out, const struct fake_call *call);
void fake_body_infos(FILE *out, const struct fake_call *call);
void fake_body_unaligned(FILE *out, const struct fake_call *call);
void fake_body_backwards(FILE *out, const struct fake_call *call);
void fake_body_vector(FILE *out, const struct fake_call *call);
void fake_body_matrix(FILE *out, const struct fake_call *call);
void fake_body_scalar(FILE *out, const struct fake_call *call);
void fake_body_string(FILE *out, const struct fake_call *call);
void fake_body_nan(FILE *out, const struct fake_call *call);
void fake_body_duplicates(FILE *out, const struct fake_call *call);
void fake_body_huge_label(FILE *out, const struct fake_call *call);
void fake_body_invalid_utf8(FILE *out, const struct fake_call *call);
void fake_body_hostile_labels(FILE *out, const struct fake_call *call);
void fake_body_deep_nesting(FILE *out, const struct fake_call *call);
void fake_body_key_order(FILE *out, const struct fake_call *call);
void fake_body_no_labels(FILE *out, const struct fake_call *call);
void fake_body_bad_index(FILE *out, const struct fake_call *call);

/* What such a function writes, in memory that the caller frees. */
char *fake_body_text(void (*write)(FILE *out, const struct fake_call *call),
		     const struct fake_call *call, size_t *length);

#endif
