#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "prom/headers.h"
#include "prom/matchers.h"
#include "prom/promql.h"
#include "prom/server.h"
#include "prom/url.h"

enum type {
	TYPE_NUMBER,
	TYPE_LOG_LEVEL,
	TYPE_LOG_FORMAT,
	TYPE_COMMAND,
	TYPE_SWITCH,
	TYPE_URLS,
	TYPE_DIRECTORY,
	TYPE_PROFILES,
	/* These may be empty, and are NULL then. */
	TYPE_FILE,
	TYPE_PATH, /* of a file that need not be there */
	TYPE_USER,
	TYPE_HEADERS,
	TYPE_PROXY,
	TYPE_LABELS,
	TYPE_MATCHERS
};

struct setting {
	const char *name;
	enum type type;
	size_t offset;
	const char *standard;
	long long min, max; /* of a number */
	const char *sentence;
};

static const struct setting settings[] = {
    {"PROMETHEUS_URL", TYPE_URLS, offsetof(struct config, prometheus_url),
     "http://localhost:9090", 0, 0,
     "Where Prometheus answers: http or https, user:password@ and a path "
     "are allowed. Of several, with commas between, the first that is not "
     "down is asked."},
    {"PROMETHEUS_HEADERS", TYPE_HEADERS,
     offsetof(struct config, prometheus_headers), "", 0, 0,
     "More request headers: Name=value,Name=value, with %XX for a comma and "
     "other special characters in a value."},
    {"PROMETHEUS_TOKEN_FILE", TYPE_FILE,
     offsetof(struct config, prometheus_token_file), "", 0, 0,
     "A file with a bearer token; read again when it changes."},
    {"PROMETHEUS_USER", TYPE_USER, offsetof(struct config, prometheus_user), "",
     0, 0, "The user for basic authentication."},
    {"PROMETHEUS_PASSWORD_FILE", TYPE_FILE,
     offsetof(struct config, prometheus_password_file), "", 0, 0,
     "A file with that user's password; read again when it changes."},
    {"PROMETHEUS_CA_FILE", TYPE_FILE,
     offsetof(struct config, prometheus_ca_file), "", 0, 0,
     "The certificates (PEM) that may have signed Prometheus' own, in place "
     "of the system's; read again for each connection."},
    {"PROMETHEUS_CERT_FILE", TYPE_FILE,
     offsetof(struct config, prometheus_cert_file), "", 0, 0,
     "The certificate (PEM) to show to Prometheus."},
    {"PROMETHEUS_KEY_FILE", TYPE_FILE,
     offsetof(struct config, prometheus_key_file), "", 0, 0,
     "Its key (PEM), without a passphrase."},
    {"PROMETHEUS_PROXY", TYPE_PROXY, offsetof(struct config, prometheus_proxy),
     "", 0, 0,
     "The URL of a proxy (http, https, socks5, socks5h) to Prometheus; "
     "http_proxy and the like have no effect."},
    {"PORT", TYPE_NUMBER, offsetof(struct config, port), "8080", 1, 65535,
     "What nginx listens on in the quickstart and in the container; the "
     "program itself has no port."},
    {"LOG_LEVEL", TYPE_LOG_LEVEL, offsetof(struct config, log_level), "info", 0,
     0, "The least important lines to log: debug, info, warn or error."},
    {"LOG_FORMAT", TYPE_LOG_FORMAT, offsetof(struct config, log_format),
     "logfmt", 0, 0, "How to write log lines: logfmt or json."},
    {"DEBUG_ENDPOINTS", TYPE_SWITCH, offsetof(struct config, debug_endpoints),
     "off", 0, 0,
     "Whether /debug/vars and /debug/requests answer clients on this machine: "
     "on or off."},
    {"SHARED_FILE", TYPE_PATH, offsetof(struct config, shared_file), "", 0, 0,
     "A file for what the processes count together, best in memory; without "
     "one, those of a socket share one in /dev/shm."},
    {"PROFILE_DIR", TYPE_DIRECTORY, offsetof(struct config, profile_dir),
     PROFILE_DIR, 0, 0, "The directory of the exporter profiles (*.json)."},
    {"GPU_PROFILES", TYPE_PROFILES, offsetof(struct config, gpu_profiles),
     "auto", 0, 0,
     "Which exporters to ask for: auto finds out; or names of profiles with "
     "commas between, the first has precedence."},
    {"CLUSTER_LABELS", TYPE_LABELS, offsetof(struct config, cluster_labels),
     "cluster", 0, 0,
     "The labels that tell a GPU's cluster, with commas between; the first "
     "that a series has counts."},
    {"NODE_LABELS", TYPE_LABELS, offsetof(struct config, node_labels), "", 0, 0,
     "Labels that tell a GPU's node, with commas between, before those that "
     "the profiles have for it."},
    {"GPU_MATCHERS", TYPE_MATCHERS, offsetof(struct config, gpu_matchers), "",
     0, 0,
     "Which series to ask for at all, in PromQL: {cluster=\"a\"}; more "
     "matchers with commas between."},
    {"DETECTION_INTERVAL_MS", TYPE_NUMBER,
     offsetof(struct config, detection_interval_ms), "60000", 100, 86400000,
     "How often to find out which exporters are there, in milliseconds."},
    {"PROCESS_COMMAND", TYPE_COMMAND, offsetof(struct config, process_command),
     "name", 0, 0,
     "How much of command lines, which may hold secrets, to show: the "
     "program's name, full or none."},
    {"REQUEST_TIMEOUT_MS", TYPE_NUMBER,
     offsetof(struct config, request_timeout_ms), "10000", 10, 600000,
     "How long a request may take, in milliseconds; Prometheus is told."},
    {"HEALTH_TIMEOUT_MS", TYPE_NUMBER,
     offsetof(struct config, health_timeout_ms), "5000", 10, 600000,
     "The same for /api/health."},
    {"PROBE_TIMEOUT_MS", TYPE_NUMBER, offsetof(struct config, probe_timeout_ms),
     "2000", 10, 600000,
     "How long Prometheus may take for the smallest query, in milliseconds; a "
     "slower one is not asked until it is faster."},
    {"STALE_IF_ERROR_S", TYPE_NUMBER, offsetof(struct config, stale_if_error_s),
     "60", 0, 86400,
     "How old an answer a cache may give, in seconds, when Prometheus "
     "fails; 0: none."},
    {"SHARE_ANSWERS", TYPE_SWITCH, offsetof(struct config, share_answers), "on",
     0, 0, "Whether requests of the same second share an answer: on or off."},
    {"HISTORY_GAP_S", TYPE_NUMBER, offsetof(struct config, history_gap_s), "90",
     1, 86400,
     "For how long, in seconds, a value of /api/v1/gpu/history stands for what "
     "was not measured: some of the exporters' scrape intervals."},
    {"HISTORY_MIN_STEP_S", TYPE_NUMBER,
     offsetof(struct config, history_min_step_s), "15", 1, 86400,
     "The shortest step, in seconds, that a history has without being asked "
     "for it."},
    {"HISTORY_MAX_RANGE_S", TYPE_NUMBER,
     offsetof(struct config, history_max_range_s), "2678400", 60, 315360000,
     "The longest span of time, in seconds, that a history may be asked for."},
    {"HISTORY_MAX_POINTS", TYPE_NUMBER,
     offsetof(struct config, history_max_points), "1000000", 1000, 100000000,
     "The most points that a history may have, in all of its series together."},
    {"HISTORY_CONCURRENCY", TYPE_NUMBER,
     offsetof(struct config, history_concurrency), "2", 1, 256,
     "How many histories one process makes at once, and how many of their "
     "queries it asks at once; others wait, so that they never hinder what is "
     "about now."},
    {"RESPONDER_THREADS", TYPE_NUMBER,
     offsetof(struct config, responder_threads), "8", 1, 256,
     "How many answers one process makes at once; other requests wait for one "
     "of them, or for a turn."},
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
    {"MAX_MEMORY_BYTES", TYPE_NUMBER, offsetof(struct config, max_memory_bytes),
     "536870912", 65536, 1099511627776,
     "The most memory that all requests of a process may take together, with "
     "their answers and what is remembered of Prometheus' series, at most a "
     "quarter."},
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

	if (number_parse_whole(text, strlen(text), s->min, s->max, out))
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
set_log_format(const struct setting *s, const char *text, enum log_format *out,
	       struct err *e)
{
	for (int format = 0; format < LOG_FORMAT__MAX; format++)
		if (strcmp(text, log_format_name((enum log_format)format)) ==
		    0) {
			*out = (enum log_format)format;
			return ERR_OK;
		}
	return wrong(s, text, "it takes logfmt or json", e);
}

static const char *const command_names[] = {[ENDPOINT_COMMAND_NAME] = "name",
					    [ENDPOINT_COMMAND_FULL] = "full",
					    [ENDPOINT_COMMAND_NONE] = "none"};

static enum err_code
set_command(const struct setting *s, const char *text,
	    enum endpoint_command *out, struct err *e)
{
	for (size_t i = 0; i < sizeof(command_names) / sizeof(*command_names);
	     i++)
		if (strcmp(text, command_names[i]) == 0) {
			*out = (enum endpoint_command)i;
			return ERR_OK;
		}
	return wrong(s, text, "it takes name, full or none", e);
}

static enum err_code
set_switch(const struct setting *s, const char *text, bool *out, struct err *e)
{
	*out = strcmp(text, "on") == 0;
	return *out || strcmp(text, "off") == 0
		   ? ERR_OK
		   : wrong(s, text, "it takes on or off", e);
}

/* Whatever it is, it is not empty. */
static enum err_code
set_text(const struct setting *s, const char *text, const char *what,
	 const char **out, struct err *e)
{
	*out = text;
	return *text != '\0' ? ERR_OK : wrong(s, text, what, e);
}

typedef enum err_code (*checker)(const char *text, struct err *e);

/* Of what may hold a secret, nothing but the reason is told. */
static enum err_code
set_secret(const struct setting *s, const char *text, checker check,
	   const char *what, const char **out, struct err *e)
{
	struct err reason = {.code = ERR_OK};

	*out = text;
	if (check(text, &reason) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_SETTING, "%s %s; it takes %s", s->name,
		       reason.text, what);
}

/* Of what holds no secret. */
static enum err_code
set_checked(const struct setting *s, const char *text, checker check,
	    const char *what, const char **out, struct err *e)
{
	struct err reason = {.code = ERR_OK};

	*out = text;
	if (check(text, &reason) == ERR_OK)
		return ERR_OK;
	return err_set(e, reason.code, "%s is \"%.64s\": %s; it takes %s",
		       s->name, text, reason.text, what);
}

static enum err_code
set_user(const struct setting *s, const char *text, const char **out,
	 struct err *e)
{
	*out = text;
	return strchr(text, ':') == NULL
		   ? ERR_OK
		   : wrong(s, text, "a user's name has no colon in it", e);
}

static enum err_code
set_file(const struct setting *s, const char *text, const char **out,
	 struct err *e)
{
	*out = text;
	if (access(text, R_OK) == 0)
		return ERR_OK;
	return err_set(e, ERR_SETTING,
		       "%s is \"%.200s\": it takes a file that can be read: %s",
		       s->name, text, strerror(errno));
}

static enum err_code
set_path(const struct setting *s, const char *text, const char **out,
	 struct err *e)
{
	*out = text;
	return *text == '/' ? ERR_OK
			    : wrong(s, text, "it takes a path from / on", e);
}

/* Those that may be empty are not set then. */
static enum err_code
set_optional(const struct setting *s, const char *text, const char **out,
	     struct err *e)
{
	*out = NULL;
	if (*text == '\0')
		return ERR_OK;
	switch (s->type) {
	case TYPE_HEADERS:
		return set_secret(s, text, headers_check,
				  "Name=value,Name=value", out, e);
	case TYPE_PROXY:
		return set_secret(s, text, url_check_proxy,
				  "a URL such as http://proxy:3128", out, e);
	case TYPE_LABELS:
		return set_checked(s, text, promql_check_labels,
				   "names of labels with commas between", out,
				   e);
	case TYPE_MATCHERS:
		return set_checked(s, text, matchers_check,
				   "matchers such as {cluster=\"a\"} or "
				   "{cluster=~\"a|b\",env!=\"test\"}",
				   out, e);
	case TYPE_USER:
		return set_user(s, text, out, e);
	case TYPE_PATH:
		return set_path(s, text, out, e);
	default:
		return set_file(s, text, out, e);
	}
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
	case TYPE_LOG_FORMAT:
		return set_log_format(s, text, place, e);
	case TYPE_COMMAND:
		return set_command(s, text, place, e);
	case TYPE_SWITCH:
		return set_switch(s, text, place, e);
	case TYPE_URLS:
		return set_secret(s, text, server_check,
				  "a URL such as http://localhost:9090 or "
				  "https://user:password@host/path, or several "
				  "with commas between",
				  place, e);
	case TYPE_DIRECTORY:
		return set_text(s, text, "it takes a directory", place, e);
	case TYPE_PROFILES:
		return set_text(s, text,
				"it takes auto, or names of profiles with "
				"commas between",
				place, e);
	default:
		return set_optional(s, text, place, e);
	}
}

static enum err_code
need_both(const char *a, const char *a_name, const char *b, const char *b_name,
	  struct err *e)
{
	if ((a == NULL) == (b == NULL))
		return ERR_OK;
	return err_set(e, ERR_SETTING, "%s is set without %s: it takes both",
		       a != NULL ? a_name : b_name,
		       a != NULL ? b_name : a_name);
}

/* What makes sense together only, or not together. */
static enum err_code
check_together(const struct config *c, struct err *e)
{
	enum err_code code = need_both(c->prometheus_user, "PROMETHEUS_USER",
				       c->prometheus_password_file,
				       "PROMETHEUS_PASSWORD_FILE", e);

	if (code == ERR_OK)
		code =
		    need_both(c->prometheus_cert_file, "PROMETHEUS_CERT_FILE",
			      c->prometheus_key_file, "PROMETHEUS_KEY_FILE", e);
	if (code == ERR_OK && c->prometheus_user != NULL &&
	    c->prometheus_token_file != NULL)
		code = err_set(e, ERR_SETTING,
			       "PROMETHEUS_USER and PROMETHEUS_TOKEN_FILE are "
			       "both set: it takes one of them");
	return code;
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
	return check_together(out, e);
}

enum log_format
config_log_format(config_lookup lookup)
{
	const char *text = lookup("LOG_FORMAT");

	return text != NULL && strcmp(text, log_format_name(LOG_JSON)) == 0
		   ? LOG_JSON
		   : LOG_LOGFMT;
}

void
config_write_help(FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		fprintf(out, "  %s", settings[i].name);
		if (*settings[i].standard != '\0')
			fprintf(out, " (%s)", settings[i].standard);
		fprintf(out, "\n      %s\n", settings[i].sentence);
	}
}

/* URLs and headers may hold a secret: whether they are set is all that is
 * told. */
static void
write_value(const struct setting *s, const struct config *c, struct json *j)
{
	const void *place = (const char *)c + s->offset;

	switch (s->type) {
	case TYPE_NUMBER:
		json_integer(j, *(const long long *)place);
		break;
	case TYPE_LOG_LEVEL:
		json_text(j, log_level_name(*(const enum log_level *)place));
		break;
	case TYPE_LOG_FORMAT:
		json_text(j, log_format_name(*(const enum log_format *)place));
		break;
	case TYPE_COMMAND:
		json_text(j,
			  command_names[*(const enum endpoint_command *)place]);
		break;
	case TYPE_SWITCH:
		json_boolean(j, *(const bool *)place);
		break;
	case TYPE_URLS:
	case TYPE_HEADERS:
	case TYPE_PROXY:
		json_text(j,
			  *(const char *const *)place != NULL ? "(set)" : NULL);
		break;
	default:
		json_text(j, *(const char *const *)place);
	}
}

void
config_write_values(const struct config *c, struct json *j)
{
	json_open_object(j);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		json_key(j, settings[i].name);
		write_value(&settings[i], c, j);
	}
	json_close_object(j);
}
