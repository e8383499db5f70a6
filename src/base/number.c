#include "base/number.h"

#include <endian.h>
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

enum { EIGHT = 8, TEN_TO_EIGHT = 100000000 };

/* Eight digits as a number: pairs of them at once, then pairs of those. False
 * if there is anything else among them. */
static bool
read_eight(const char *at, uint64_t *out)
{
	const uint64_t zeros = 0x3030303030303030U;
	const uint64_t upper = 0xf0f0f0f0f0f0f0f0U;
	const uint64_t to_ten = 0x0606060606060606U;
	uint64_t word;

	memcpy(&word, at, EIGHT);
	word = le64toh(word); /* the first digit is the lowest byte */
	if ((word & upper) != zeros || ((word + to_ten) & upper) != zeros)
		return false;
	word -= zeros;
	word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ffU;
	word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffffU;
	*out = (word * 10000 + (word >> 32)) & 0xffffffffU;
	return true;
}

/* Most numbers are short, and most digits are those of times and of means. */
static const char *
read_digits(const char *at, const char *end, struct decimal *d)
{
	/* Up to here another digit, or eight of them, cannot overflow. */
	const uint64_t mantissa_max = (UINT64_MAX - 9) / 10;
	const uint64_t before_eight_max = UINT64_MAX / TEN_TO_EIGHT - 1;
	uint64_t mantissa = d->mantissa, eight;

	for (; end - at >= EIGHT && mantissa <= before_eight_max &&
	       read_eight(at, &eight);
	     at += EIGHT)
		mantissa = mantissa * TEN_TO_EIGHT + eight;
	for (; at < end && is_digit(*at); at++) {
		if (mantissa > mantissa_max)
			d->is_exact = false;
		else
			mantissa = mantissa * 10 + (uint64_t)(*at - '0');
	}
	d->mantissa = mantissa;
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

static double
power_of_two(int exponent)
{
	const int bias = 1023, mantissa_bits = 52;
	uint64_t bits = (uint64_t)(exponent + bias) << mantissa_bits;
	double power;

	memcpy(&power, &bits, sizeof(power));
	return power;
}

/*
 * m / 10^k, for k from 1 to 27, unless it is too close to the middle between
 * two doubles. 10^k is 2^k times 5^k, of which 64 bits hold the reciprocal, cut
 * off: so the product of it and m, shifted to the top, is cut off as well, and
 * the quotient is not below its upper half, nor above it by more than 2. If
 * both of these are rounded to the same double, that is the nearest one.
 */
static bool
divide(uint64_t m, int k, double *out)
{
	static const struct {
		uint64_t reciprocal; /* 2^(63 + bits) / 5^k */
		int bits;	     /* of 5^k */
	} powers[] = {{0, 0},
		      {UINT64_C(0xcccccccccccccccc), 3},
		      {UINT64_C(0xa3d70a3d70a3d70a), 5},
		      {UINT64_C(0x83126e978d4fdf3b), 7},
		      {UINT64_C(0xd1b71758e219652b), 10},
		      {UINT64_C(0xa7c5ac471b478423), 12},
		      {UINT64_C(0x8637bd05af6c69b5), 14},
		      {UINT64_C(0xd6bf94d5e57a42bc), 17},
		      {UINT64_C(0xabcc77118461cefc), 19},
		      {UINT64_C(0x89705f4136b4a597), 21},
		      {UINT64_C(0xdbe6fecebdedd5be), 24},
		      {UINT64_C(0xafebff0bcb24aafe), 26},
		      {UINT64_C(0x8cbccc096f5088cb), 28},
		      {UINT64_C(0xe12e13424bb40e13), 31},
		      {UINT64_C(0xb424dc35095cd80f), 33},
		      {UINT64_C(0x901d7cf73ab0acd9), 35},
		      {UINT64_C(0xe69594bec44de15b), 38},
		      {UINT64_C(0xb877aa3236a4b449), 40},
		      {UINT64_C(0x9392ee8e921d5d07), 42},
		      {UINT64_C(0xec1e4a7db69561a5), 45},
		      {UINT64_C(0xbce5086492111aea), 47},
		      {UINT64_C(0x971da05074da7bee), 49},
		      {UINT64_C(0xf1c90080baf72cb1), 52},
		      {UINT64_C(0xc16d9a0095928a27), 54},
		      {UINT64_C(0x9abe14cd44753b52), 56},
		      {UINT64_C(0xf79687aed3eec551), 59},
		      {UINT64_C(0xc612062576589dda), 61},
		      {UINT64_C(0x9e74d1b791e07e48), 63}};
	int shift = __builtin_clzll(m);
	uint64_t quotient =
	    (uint64_t)((uint128)(m << shift) * powers[k].reciprocal >> 64);
	double least = (double)quotient, most = (double)(quotient + 2);

	*out = least * power_of_two(1 - powers[k].bits - k - shift);
	return least == most;
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
	bool is_short = d->mantissa <= UINT64_C(1) << 53;
	double value = (double)d->mantissa;

	if (!d->is_exact || d->exponent > exponent_max ||
	    d->exponent < -quotient_max)
		return false;
	if (d->exponent != 0 && (!is_short || d->exponent < -exponent_max)) {
		if (d->exponent > 0 || d->mantissa == 0 ||
		    !divide(d->mantissa, -d->exponent, &value))
			return false;
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
number_read_digits(const char *text, const char *end, uint64_t *out)
{
	struct decimal d = {.is_exact = true};
	const char *behind = read_digits(text, end, &d);

	if (behind == text || !d.is_exact)
		return NULL;
	*out = d.mantissa;
	return behind;
}

const char *
number_read(const char *text, const char *end, double *out)
{
	struct decimal d;
	const char *behind = read_plain(text, end, &d);

	return behind != NULL && convert_exactly(&d, out) ? behind : NULL;
}

/* Of those that are rare: the compiler clears the copy, which takes longer than
 * to read the others. */
static double __attribute__((noinline))
parse_slowly(const char *text, size_t length)
{
	char copy[TEXT_MAX_BYTES + 1];

	memcpy(copy, text, length);
	copy[length] = '\0';
	return strtod(copy, NULL);
}

/* Most are a few digits, of which each double is exact. */
static bool
read_few_digits(const char *text, size_t length, double *out)
{
	enum { FEW = 15 };
	uint64_t number = 0;

	if (length == 0 || length > FEW)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(text[i]))
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	*out = (double)number;
	return true;
}

bool
number_parse(const char *text, size_t length, double *out)
{
	struct decimal d;

	if (read_few_digits(text, length, out))
		return true;
	if (length > TEXT_MAX_BYTES)
		return false;
	if (!read_decimal(text, text + length, &d))
		return parse_special(text, length, out);
	if (!convert_exactly(&d, out))
		*out = parse_slowly(text, length);
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
