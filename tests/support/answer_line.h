/* The lines that describe an answer: one form for both ways to decode it. */
#ifndef SUPPORT_ANSWER_LINE_H
#define SUPPORT_ANSWER_LINE_H

#include <stddef.h>
#include <stdio.h>

/* The labels follow, then a newline. */
void answer_line_sample(FILE *out, double value, double timestamp_s);
/* One of the values of a series over a range of time. */
void answer_line_point(FILE *out, double value);

void answer_line_label(FILE *out, unsigned slot, const char *text,
		       size_t length);

/* At most as much of it as the decoder keeps. */
void answer_line_warning(FILE *out, const char *text);

#endif
