#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 9999-12-31T23:59:59.999Z */
static const double wall_max_s = 253402300799.999;

static int64_t
now(clockid_t which, int64_t units_per_s)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * units_per_s +
	       (int64_t)t.tv_nsec / (1000000000 / units_per_s);
}

int64_t
clock_now_ms(void)
{
	return now(CLOCK_MONOTONIC, 1000);
}

int64_t
clock_now_us(void)
{
	return now(CLOCK_MONOTONIC, 1000000);
}

int64_t
clock_boot_ms(void)
{
	return now(CLOCK_BOOTTIME, 1000);
}

int
clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;
	int rc = pthread_condattr_init(&attributes);

	if (rc != 0)
		return rc;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	rc = pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
	return rc;
}

bool
clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
	struct timespec until = {.tv_sec = until_ms / 1000,
				 .tv_nsec = until_ms % 1000 * 1000000};

	return pthread_cond_timedwait(cond, lock, &until) != ETIMEDOUT;
}

double
clock_wall_s(void)
{
	return (double)now(CLOCK_REALTIME, 1000000) / 1e6;
}

int
clock_format(double wall_s, char out[static CLOCK_TEXT_BYTES])
{
	struct tm date;
	long long ms;
	time_t s;
	size_t length;

	out[0] = '\0';
	if (!(wall_s >= 0 && wall_s <= wall_max_s))
		return 0;
	ms = llround(wall_s * 1000);
	s = (time_t)(ms / 1000);
	if (gmtime_r(&s, &date) == NULL)
		return 0;
	length = strftime(out, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &date);
	return (int)length + snprintf(out + length, CLOCK_TEXT_BYTES - length,
				      ".%03dZ", (int)(ms % 1000));
}

#define HTTP_FORMAT "%a, %d %b %Y %H:%M:%S GMT"

int
clock_format_http(int64_t wall_s, char out[static CLOCK_TEXT_BYTES])
{
	struct tm date;
	time_t s = (time_t)wall_s;

	out[0] = '\0';
	if (wall_s < 0 || (double)wall_s > wall_max_s ||
	    gmtime_r(&s, &date) == NULL)
		return 0;
	return (int)strftime(out, CLOCK_TEXT_BYTES, HTTP_FORMAT, &date);
}

int64_t
clock_read_http(const char *text)
{
	struct tm date = {0};
	const char *end = strptime(text, HTTP_FORMAT, &date);

	return end != NULL && *end == '\0' ? (int64_t)timegm(&date) : -1;
}

/* That many digits at text, and then that character. */
static bool
has_digits(const char **text, size_t count, char behind)
{
	for (size_t i = 0; i < count; i++)
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
	*text += count;
	return *(*text)++ == behind;
}

/* "2026-01-02T03:04:05", and what stands behind it. */
static const char *
find_fraction(const char *text)
{
	static const struct {
		size_t digits;
		char behind;
	} parts[] = {{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!has_digits(&text, parts[i].digits, parts[i].behind))
			return NULL;
	return text[0] >= '0' && text[0] <= '9' && text[1] >= '0' &&
		       text[1] <= '9'
		   ? text + 2
		   : NULL;
}

bool
clock_read(const char *text, size_t length, double *wall_s)
{
	char copy[CLOCK_TEXT_BYTES], fraction[CLOCK_TEXT_BYTES] = "";
	struct tm date = {0};
	const char *end;
	int day, used = 0;

	if (length >= sizeof(copy) || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	end = find_fraction(copy);
	if (end == NULL || strptime(copy, "%Y-%m-%dT%H:%M:%S", &date) == NULL)
		return false;
	if (sscanf(end, ".%9[0-9]%n", fraction, &used) == 1)
		end += used;
	day = date.tm_mday;
	*wall_s = (double)timegm(&date);
	/* The 30th of February would be a day of March. */
	if (strcmp(end, "Z") != 0 || date.tm_mday != day)
		return false;
	if (fraction[0] != '\0')
		*wall_s +=
		    strtod(fraction, NULL) / pow(10, (double)strlen(fraction));
	return true;
}
