#include "base/natural.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What is left of a text. */
struct rest {
	const char *at, *end;
};

static size_t
count_digits(const struct rest *r)
{
	const char *at = r->at;

	while (at < r->end && is_digit(*at))
		at++;
	return (size_t)(at - r->at);
}

static void
skip_zeros(struct rest *r)
{
	while (r->end - r->at > 1 && r->at[0] == '0' && is_digit(r->at[1]))
		r->at++;
}

/* Compares the numbers that both start with and moves past them. */
static int
compare_numbers(struct rest *a, struct rest *b)
{
	size_t digits_a, digits_b;
	int order;

	skip_zeros(a);
	skip_zeros(b);
	digits_a = count_digits(a);
	digits_b = count_digits(b);
	if (digits_a != digits_b)
		return digits_a < digits_b ? -1 : 1;
	order = memcmp(a->at, b->at, digits_a);
	a->at += digits_a;
	b->at += digits_b;
	return order;
}

static int
compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t both = a_length < b_length ? a_length : b_length;
	int order = both > 0 ? memcmp(a, b, both) : 0;

	return order != 0 ? order
			  : (a_length > b_length) - (a_length < b_length);
}

int
natural_compare_of(const char *a, size_t a_length, const char *b,
		   size_t b_length)
{
	struct rest left = {a, a + a_length}, right = {b, b + b_length};

	while (left.at < left.end && right.at < right.end) {
		int order;

		if (is_digit(*left.at) && is_digit(*right.at))
			order = compare_numbers(&left, &right);
		else
			order = (int)(unsigned char)*left.at++ -
				(int)(unsigned char)*right.at++;
		if (order != 0)
			return order;
	}
	if (left.at < left.end || right.at < right.end)
		return left.at == left.end ? -1 : 1;
	return compare_bytes(a, a_length, b, b_length);
}

int
natural_compare(const char *a, const char *b)
{
	return natural_compare_of(a, strlen(a), b, strlen(b));
}
