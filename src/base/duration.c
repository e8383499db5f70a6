#include "base/duration.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DIGITS = 11 };

/* A thousand years. */
static const long long max_s = 366LL * 86400 * 1000;

static const struct {
	char name;
	long long s;
} units[] = {
    {'w', 7 * 86400LL}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
enum { UNITS = sizeof(units) / sizeof(*units) };

/* How long a unit is; 0 if that is the name of none. */
static long long
unit_s(char name)
{
	for (size_t i = 0; i < UNITS; i++)
		if (units[i].name == name)
			return units[i].s;
	return 0;
}

/* The digits from *at on; false if there are none, or too many. */
static bool
read_digits(const char *text, size_t length, size_t *at, long long *out)
{
	size_t first = *at;

	*out = 0;
	while (*at < length && text[*at] >= '0' && text[*at] <= '9' &&
	       *at - first < MAX_DIGITS)
		*out = *out * 10 + (text[(*at)++] - '0');
	return *at > first && *out <= max_s;
}

bool
duration_read(const char *text, size_t length, long long *out)
{
	long long sum = 0, number;
	size_t at = 0;

	if (length == 0)
		return false;
	while (at < length) {
		bool is_first = at == 0;
		long long unit;

		if (!read_digits(text, length, &at, &number))
			return false;
		/* Without a unit it is seconds, and all there is. */
		if (at == length && !is_first)
			return false;
		unit = at == length ? 1 : unit_s(text[at++]);
		if (unit == 0 || number > max_s / unit)
			return false;
		sum += number * unit;
		if (sum > max_s)
			return false;
	}
	*out = sum;
	return true;
}

/* Weeks are no unit that people compare days with. */
void
duration_write(long long s, char out[static DURATION_TEXT_BYTES])
{
	size_t length = 0;

	snprintf(out, DURATION_TEXT_BYTES, "0s");
	for (size_t i = 1; i < UNITS; i++) {
		long long count = s / units[i].s;

		s %= units[i].s;
		if (count > 0)
			length += (size_t)snprintf(
			    out + length, DURATION_TEXT_BYTES - length,
			    "%lld%c", count, units[i].name);
	}
}
