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
	/* Up to here another digit cannot overflow. */
	const uint64_t mantissa_max = (UINT64_MAX - 9) / 10;

	for (; at < end && is_digit(*at); at++) {
		if (d->mantissa > mantissa_max)
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

/* All but an exponent. NULL if that is no number. */
static const char *
read_plain(const char *at, const char *end, struct decimal *d)
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
	return digits > 0 ? at : NULL;
}

/* False if the text is not a decimal number. */
static bool
read_decimal(const char *at, const char *end, struct decimal *d)
{
	at = read_plain(at, end, d);
	if (at != NULL && at < end && (*at == 'e' || *at == 'E'))
		at = read_exponent(at + 1, end, d);
	return at == end;
}

__extension__ typedef unsigned __int128 uint128;

/* m, and how far its highest bit was from the top. */
static uint64_t
to_the_top(uint64_t m, int *shift)
{
	*shift = __builtin_clzll(m);
	return m << *shift;
}

/*
 * m / 10^k, for k up to 27, rounded once. 10^k is 5^k, which 64 bits hold, and
 * a power of two. So the quotient of both, shifted to the top, has 64 bits;
 * what is left only tells whether there was anything behind them, which one bit
 * below the last that a double has says as well.
 */
static double
divide(uint64_t m, int k)
{
	static const uint64_t powers[] = {1,
					  5,
					  25,
					  125,
					  625,
					  3125,
					  15625,
					  78125,
					  390625,
					  1953125,
					  9765625,
					  48828125,
					  244140625,
					  1220703125,
					  6103515625,
					  30517578125,
					  152587890625,
					  762939453125,
					  3814697265625,
					  19073486328125,
					  95367431640625,
					  476837158203125,
					  2384185791015625,
					  11920928955078125,
					  59604644775390625,
					  298023223876953125,
					  1490116119384765625,
					  7450580596923828125};
	int m_shift, d_shift;
	uint64_t dividend = to_the_top(m, &m_shift);
	uint64_t divisor = to_the_top(powers[k], &d_shift);
	int shift = dividend >= divisor ? 63 : 64;
	uint128 wide = (uint128)dividend << shift;
	uint64_t quotient = (uint64_t)(wide / divisor);
	bool is_more = (uint128)quotient * divisor != wide;

	return ldexp((double)(quotient | is_more),
		     d_shift - m_shift - shift - k);
}

/*
 * A mantissa below 2^53 and a power of ten up to 10^22 are both exact as
 * doubles, so one multiplication or division rounds once: the result is the
 * nearest double (Clinger, "How to read floating point numbers accurately").
 * An average has a longer one, most often.
 */
static bool
convert_exactly(const struct decimal *d, double *out)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,	1e4,  1e5,
					1e6,  1e7,  1e8,  1e9,	1e10, 1e11,
					1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
					1e18, 1e19, 1e20, 1e21, 1e22};
	const int exponent_max = 22, quotient_max = 27;
	double value = (double)d->mantissa;

	if (!d->is_exact || d->exponent > exponent_max ||
	    d->exponent < -quotient_max)
		return false;
	if (d->mantissa > UINT64_C(1) << 53 || d->exponent < -exponent_max) {
		if (d->exponent > 0 || d->mantissa == 0)
			return false;
		value = divide(d->mantissa, -d->exponent);
	} else if (d->exponent < 0) {
		value /= powers[-d->exponent];
	} else {
		value *= powers[d->exponent];
	}
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

const char *
number_read(const char *text, const char *end, double *out)
{
	struct decimal d;
	const char *behind = read_plain(text, end, &d);

	return behind != NULL && convert_exactly(&d, out) ? behind : NULL;
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
