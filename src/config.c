#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "prom/url.h"

enum type { TYPE_NUMBER, TYPE_LOG_LEVEL, TYPE_URL, TYPE_DIRECTORY };

struct setting {
	const char *name;
	enum type type;
	size_t offset;
	const char *standard;
	long long min, max; /* of a number */
	const char *sentence;
};

static const struct setting settings[] = {
    {"PROMETHEUS_URL", TYPE_URL, offsetof(struct config, prometheus_url),
     "http://localhost:9090", 0, 0,
     "Where Prometheus answers: http or https, user:password@ and a path "
     "are allowed."},
    {"PORT", TYPE_NUMBER, offsetof(struct config, port), "8080", 1, 65535,
     "What nginx listens on when ./deploy/quickstart starts it; the program "
     "itself has no port."},
    {"LOG_LEVEL", TYPE_LOG_LEVEL, offsetof(struct config, log_level), "info", 0,
     0, "The least important lines to log: debug, info, warn or error."},
    {"PROFILE_DIR", TYPE_DIRECTORY, offsetof(struct config, profile_dir),
     PROFILE_DIR, 0, 0, "The directory of the exporter profiles (*.json)."},
    {"REQUEST_TIMEOUT_MS", TYPE_NUMBER,
     offsetof(struct config, request_timeout_ms), "10000", 10, 600000,
     "How long a request may take, in milliseconds; Prometheus is told."},
    {"HEALTH_TIMEOUT_MS", TYPE_NUMBER,
     offsetof(struct config, health_timeout_ms), "5000", 10, 600000,
     "The same for /api/health."},
    {"RESPONDER_THREADS", TYPE_NUMBER,
     offsetof(struct config, responder_threads), "8", 1, 256,
     "How many requests one process works on at once."},
    {"QUERY_THREADS", TYPE_NUMBER, offsetof(struct config, query_threads), "8",
     1, 256,
     "How many queries one process asks at once; Prometheus allows 20 from "
     "all processes together, unless told otherwise."},
    {"MAX_SERIES", TYPE_NUMBER, offsetof(struct config, max_series), "200000",
     1, 100000000, "The most series that one metric may have."},
    {"MAX_RESPONSE_BYTES", TYPE_NUMBER,
     offsetof(struct config, max_response_bytes), "134217728", 1024, 2147483647,
     "The most bytes that the body of an answer may have."},
    {"MAX_UPSTREAM_BYTES", TYPE_NUMBER,
     offsetof(struct config, max_upstream_bytes), "268435456", 1024,
     1099511627776, "The most bytes that Prometheus may answer to one query."},
    {"MAX_REQUEST_MEMORY_BYTES", TYPE_NUMBER,
     offsetof(struct config, max_request_memory_bytes), "134217728", 65536,
     1099511627776,
     "The most memory that one request may take, besides its answer."},
};

enum { SETTING_COUNT = sizeof(settings) / sizeof(*settings) };

static enum err_code
wrong(const struct setting *s, const char *got, const char *what, struct err *e)
{
	return err_set(e, ERR_SETTING, "%s is \"%.64s\": %s", s->name, got,
		       what);
}

static enum err_code
set_number(const struct setting *s, const char *text, long long *out,
	   struct err *e)
{
	char what[96];
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	/* strtoll would also take spaces and signs. */
	if (text[strspn(text, "0123456789")] == '\0' && end > text &&
	    errno == 0 && *out >= s->min && *out <= s->max)
		return ERR_OK;
	snprintf(what, sizeof(what),
		 "it takes a whole number from %lld to %lld", s->min, s->max);
	return wrong(s, text, what, e);
}

static enum err_code
set_log_level(const struct setting *s, const char *text, enum log_level *out,
	      struct err *e)
{
	for (int level = 0; level < LOG__MAX; level++)
		if (strcmp(text, log_level_name((enum log_level)level)) == 0) {
			*out = (enum log_level)level;
			return ERR_OK;
		}
	return wrong(s, text, "it takes debug, info, warn or error", e);
}

static enum err_code
set_url(const struct setting *s, const char *text, const char **out,
	struct err *e)
{
	struct err reason;

	*out = text;
	if (url_check(text, &reason) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_SETTING,
		       "%s %s; it takes a URL such as http://localhost:9090 "
		       "or https://user:password@host/path",
		       s->name, reason.text);
}

static enum err_code
set_directory(const struct setting *s, const char *text, const char **out,
	      struct err *e)
{
	*out = text;
	return *text != '\0' ? ERR_OK
			     : wrong(s, text, "it takes a directory", e);
}

static enum err_code
set_value(const struct setting *s, const char *text, struct config *out,
	  struct err *e)
{
	void *place = (char *)out + s->offset;

	switch (s->type) {
	case TYPE_NUMBER:
		return set_number(s, text, place, e);
	case TYPE_LOG_LEVEL:
		return set_log_level(s, text, place, e);
	case TYPE_URL:
		return set_url(s, text, place, e);
	case TYPE_DIRECTORY:
		return set_directory(s, text, place, e);
	}
	return ERR_OK;
}

enum err_code
config_load(struct config *out, config_lookup lookup, struct err *e)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *text = lookup(settings[i].name);
		enum err_code code;

		if (text == NULL)
			text = settings[i].standard;
		code = set_value(&settings[i], text, out, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

void
config_write_help(FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		fprintf(out, "  %s (%s)\n      %s\n", settings[i].name,
			settings[i].standard, settings[i].sentence);
}
