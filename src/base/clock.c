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

bool
clock_read(const char *text, size_t length, double *wall_s)
{
	char copy[CLOCK_TEXT_BYTES], fraction[CLOCK_TEXT_BYTES] = "";
	struct tm date = {0};
	const char *end;
	int used = 0;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	end = strptime(copy, "%Y-%m-%dT%H:%M:%S", &date);
	if (end == NULL)
		return false;
	if (sscanf(end, ".%9[0-9]%n", fraction, &used) == 1)
		end += used;
	if (strcmp(end, "Z") != 0)
		return false;
	*wall_s = (double)timegm(&date);
	if (fraction[0] != '\0')
		*wall_s +=
		    strtod(fraction, NULL) / pow(10, (double)strlen(fraction));
	return true;
}
