#include "support/answer_line.h"

#include <math.h>

/* As %a: every bit counts. */
static void
write_double(FILE *out, double value)
{
	if (isnan(value))
		fputs("nan", out);
	else
		fprintf(out, "%a", value);
}

void
answer_line_sample(FILE *out, double value, double timestamp_s)
{
	/* json-c keeps integers in 64 bits, and has no -0 among them. */
	const double integer_max = 9e18;

	write_double(out, value);
	fputc('@', out);
	if (fabs(timestamp_s) > integer_max)
		fputs("huge", out);
	else
		write_double(out, timestamp_s + 0.0);
}

void
answer_line_point(FILE *out, double value)
{
	write_double(out, value);
	fputc(' ', out);
}

void
answer_line_label(FILE *out, unsigned slot, const char *text, size_t length)
{
	fprintf(out, " %u=\"", slot);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == '"' || c == '\\')
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

void
answer_line_warning(FILE *out, const char *text)
{
	fprintf(out, "warning: %.255s\n", text);
}
