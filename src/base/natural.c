#include "base/natural.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
digits_at(const char *text)
{
	size_t n = 0;

	while (is_digit(text[n]))
		n++;
	return n;
}

static const char *
skip_zeros(const char *text)
{
	while (text[0] == '0' && is_digit(text[1]))
		text++;
	return text;
}

/* Compares the numbers that both start with and moves past them. */
static int
compare_numbers(const char **a, const char **b)
{
	const char *number_a = skip_zeros(*a), *number_b = skip_zeros(*b);
	size_t digits_a = digits_at(number_a), digits_b = digits_at(number_b);

	*a = number_a + digits_a;
	*b = number_b + digits_b;
	if (digits_a != digits_b)
		return digits_a < digits_b ? -1 : 1;
	return memcmp(number_a, number_b, digits_a);
}

int
natural_compare(const char *a, const char *b)
{
	const char *whole_a = a, *whole_b = b;

	while (*a != '\0' && *b != '\0') {
		int order;

		if (is_digit(*a) && is_digit(*b)) {
			order = compare_numbers(&a, &b);
		} else {
			order = (int)(unsigned char)*a - (unsigned char)*b;
			a++;
			b++;
		}
		if (order != 0)
			return order;
	}
	if (*a != *b)
		return *a == '\0' ? -1 : 1;
	return strcmp(whole_a, whole_b);
}
