#include "api/parameter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/text.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/number.h"

/* Unix seconds have at most three decimals: what is kept has no more. */
static bool
read_time(const char *text, size_t length, long long *out)
{
	enum { DECIMALS = 3, SECONDS_MAX_BYTES = 16 };
	const char *point = memchr(text, '.', length);
	double wall_s;

	if (!clock_read(text, length, &wall_s) &&
	    (length == 0 || length > SECONDS_MAX_BYTES || *text == '-' ||
	     !text_is_decimal(text, length) ||
	     (point != NULL && text + length - point - 1 > DECIMALS) ||
	     !number_parse(text, length, &wall_s)))
		return false;
	*out = llround(wall_s * 1000);
	return true;
}

static bool
read_choice(const char *const *choices, const char *text, size_t length,
	    long long *out)
{
	for (size_t i = 0; choices[i] != NULL; i++)
		if (strlen(choices[i]) == length &&
		    memcmp(choices[i], text, length) == 0) {
			*out = (long long)i;
			return true;
		}
	return false;
}

bool
parameter_read(const struct endpoint_parameter *p, const char *text,
	       size_t length, long long *out)
{
	switch (p->type) {
	case PARAMETER_INTEGER:
		return number_parse_whole(text, length, p->min, p->max, out);
	case PARAMETER_DURATION:
		return duration_read(text, length, out) && *out >= p->min &&
		       (p->max == 0 || *out <= p->max);
	case PARAMETER_TIME:
		return read_time(text, length, out);
	case PARAMETER_CHOICE:
		return read_choice(p->choices, text, length, out);
	}
	return false;
}

static void
write_spans(const struct endpoint_parameter *p,
	    char out[static PARAMETER_TAKES_BYTES])
{
	static const char examples[] = "as 90s, 1h30m, 7d or in whole seconds";
	char from[DURATION_TEXT_BYTES], to[DURATION_TEXT_BYTES];

	duration_write(p->min, from);
	duration_write(p->max, to);
	if (p->max == 0)
		snprintf(out, PARAMETER_TAKES_BYTES,
			 "a span of time of %s or more, %s", from, examples);
	else
		snprintf(out, PARAMETER_TAKES_BYTES,
			 "a span of time from %s to %s, %s", from, to,
			 examples);
}

static void
write_choices(const char *const *choices,
	      char out[static PARAMETER_TAKES_BYTES])
{
	struct buf names;

	buf_use(&names, out, PARAMETER_TAKES_BYTES - 1);
	buf_append_text(&names, "one of ");
	for (size_t i = 0; choices[i] != NULL; i++) {
		buf_append_text(&names, i > 0 ? ", " : "");
		buf_append_text(&names, choices[i]);
	}
	out[names.length] = '\0';
}

void
parameter_write_takes(const struct endpoint_parameter *p,
		      char out[static PARAMETER_TAKES_BYTES])
{
	switch (p->type) {
	case PARAMETER_INTEGER:
		snprintf(out, PARAMETER_TAKES_BYTES,
			 "a whole number from %lld to %lld", p->min, p->max);
		break;
	case PARAMETER_DURATION:
		write_spans(p, out);
		break;
	case PARAMETER_TIME:
		snprintf(out, PARAMETER_TAKES_BYTES,
			 "a time, as 2026-01-02T03:04:05Z or in Unix seconds");
		break;
	case PARAMETER_CHOICE:
		write_choices(p->choices, out);
		break;
	}
}

enum err_code
parameter_refuse(struct err *e, const char *name, const char *value,
		 const char *takes)
{
	return err_set(e, ERR_QUERY,
		       "Query parameter \"%s\" is \"%.64s\": it takes %s", name,
		       value, takes);
}
