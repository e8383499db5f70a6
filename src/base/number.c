#include "base/number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 400 };

/* sign, digits with a point somewhere, exponent: mantissa * 10^exponent */
struct decimal {
	bool is_negative;
	bool is_exact; /* the mantissa holds every digit */
	uint64_t mantissa;
	int exponent;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
read_digits(const char *at, const char *end, struct decimal *d)
{
	/* Up to here another digit cannot overflow, nor leave 2^53 far. */
	const uint64_t mantissa_max = UINT64_C(1) << 56;

	for (; at < end && is_digit(*at); at++) {
		if (d->mantissa >= mantissa_max)
			d->is_exact = false;
		else
			d->mantissa = d->mantissa * 10 + (uint64_t)(*at - '0');
	}
	return at;
}

static const char *
read_exponent(const char *at, const char *end, struct decimal *d)
{
	bool is_negative = at < end && *at == '-';
	const char *first;
	int value = 0;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	for (first = at; at < end && is_digit(*at); at++)
		if (value < 100000)
			value = value * 10 + (*at - '0');
	d->exponent += is_negative ? -value : value;
	return at > first ? at : NULL;
}

/* False if the text is not a decimal number. */
static bool
read_decimal(const char *at, const char *end, struct decimal *d)
{
	const char *start, *point;
	size_t digits;

	*d = (struct decimal){.is_exact = true};
	if (at < end && (*at == '-' || *at == '+'))
		d->is_negative = *at++ == '-';
	start = at;
	at = read_digits(at, end, d);
	digits = (size_t)(at - start);
	if (at < end && *at == '.') {
		point = ++at;
		at = read_digits(at, end, d);
		digits += (size_t)(at - point);
		d->exponent = -(int)(at - point);
	}
	if (digits > 0 && at < end && (*at == 'e' || *at == 'E')) {
		at = read_exponent(at + 1, end, d);
		if (at == NULL)
			return false;
	}
	return digits > 0 && at == end;
}

/*
 * A mantissa below 2^53 and a power of ten up to 10^22 are both exact as
 * doubles, so one multiplication or division rounds once: the result is the
 * nearest double (Clinger, "How to read floating point numbers accurately").
 */
static bool
convert_exactly(const struct decimal *d, double *out)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,	1e4,  1e5,
					1e6,  1e7,  1e8,  1e9,	1e10, 1e11,
					1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
					1e18, 1e19, 1e20, 1e21, 1e22};
	const int exponent_max = 22;
	double value = (double)d->mantissa;

	if (!d->is_exact || d->mantissa > UINT64_C(1) << 53 ||
	    d->exponent > exponent_max || d->exponent < -exponent_max)
		return false;
	if (d->exponent < 0)
		value /= powers[-d->exponent];
	else
		value *= powers[d->exponent];
	*out = d->is_negative ? -value : value;
	return true;
}

static bool
parse_special(const char *text, size_t length, double *out)
{
	static const struct {
		const char *text;
		double value;
	} specials[] = {{"NaN", NAN},
			{"+Inf", INFINITY},
			{"-Inf", -INFINITY},
			{"Inf", INFINITY}};

	for (size_t i = 0; i < sizeof(specials) / sizeof(*specials); i++)
		if (strlen(specials[i].text) == length &&
		    memcmp(specials[i].text, text, length) == 0) {
			*out = specials[i].value;
			return true;
		}
	return false;
}

bool
number_parse(const char *text, size_t length, double *out)
{
	char copy[TEXT_MAX_BYTES + 1];
	struct decimal d;

	if (length > TEXT_MAX_BYTES)
		return false;
	if (!read_decimal(text, text + length, &d))
		return parse_special(text, length, out);
	if (convert_exactly(&d, out))
		return true;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*out = strtod(copy, NULL);
	return true;
}

bool
number_parse_whole(const char *text, size_t length, long long min,
		   long long max, long long *out)
{
	long long number = 0;

	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, text[i] - '0', &number))
			return false;
	if (length == 0 || number < min || number > max)
		return false;
	*out = number;
	return true;
}
