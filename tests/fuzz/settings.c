/*
 * Settings: NAME=value, with NULs between. What is taken makes sense, and what
 * is not is told by its name, without what may be a secret.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fuzz/fuzz.h"
#include "prom/headers.h"
#include "prom/matchers.h"
#include "prom/promql.h"
#include "prom/server.h"

enum { SETTINGS_MAX = 8 };

/* Where this is in a value, it must not get out. */
static const char secret[] = "s3cr3t";

static const char *texts[SETTINGS_MAX];

static char *
lookup(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < SETTINGS_MAX; i++)
		if (strncmp(texts[i], name, length) == 0 &&
		    texts[i][length] == '=')
			return (char *)texts[i] + length + 1;
	return NULL;
}

/* A number in its range, and the one that was set. */
static void
check_number(const char *name, long long value, long long min, long long max)
{
	const char *text = lookup(name);

	FUZZ_REQUIRE(value >= min && value <= max);
	if (text == NULL)
		return;
	FUZZ_REQUIRE(text[strspn(text, "0123456789")] == '\0');
	FUZZ_REQUIRE(strtoll(text, NULL, 10) == value);
}

static void
check_numbers(const struct config *c)
{
	check_number("PORT", c->port, 1, 65535);
	check_number("DETECTION_INTERVAL_MS", c->detection_interval_ms, 100,
		     86400000);
	check_number("REQUEST_TIMEOUT_MS", c->request_timeout_ms, 10, 600000);
	check_number("HEALTH_TIMEOUT_MS", c->health_timeout_ms, 10, 600000);
	check_number("STALE_IF_ERROR_S", c->stale_if_error_s, 0, 86400);
	check_number("IDLE_WINDOW_S", c->idle_window_s, 60, 86400);
	check_number("IDLE_UTILIZATION", c->idle_utilization, 1, 100);
	check_number("AVAILABLE_MEMORY_USED_BYTES",
		     c->available_memory_used_bytes, 0, 1099511627776);
	check_number("HISTORY_GAP_S", c->history_gap_s, 1, 86400);
	check_number("HISTORY_MIN_STEP_S", c->history_min_step_s, 1, 86400);
	check_number("HISTORY_MAX_RANGE_S", c->history_max_range_s, 60,
		     315360000);
	check_number("HISTORY_MAX_POINTS", c->history_max_points, 1000,
		     100000000);
	check_number("HISTORY_CONCURRENCY", c->history_concurrency, 1, 256);
	check_number("RESPONDER_THREADS", c->responder_threads, 1, 256);
	check_number("QUERY_THREADS", c->query_threads, 1, 256);
	check_number("MAX_SERIES", c->max_series, 1, 100000000);
	check_number("MAX_RESPONSE_BYTES", c->max_response_bytes, 1024,
		     2147483647);
	check_number("MAX_UPSTREAM_BYTES", c->max_upstream_bytes, 1024,
		     1099511627776);
	check_number("MAX_REQUEST_MEMORY_BYTES", c->max_request_memory_bytes,
		     65536, 1099511627776);
}

/* A URL for people has no user and no password: no @ before its path. */
static void
check_servers(const char *urls)
{
	struct err e = {.code = ERR_OK};
	struct server_list list;

	FUZZ_REQUIRE(server_init(&list, urls, &e) == ERR_OK);
	FUZZ_REQUIRE(list.count > 0 && list.count <= SERVERS_MAX);
	for (size_t i = 0; i < list.count; i++) {
		const char *host = strstr(list.servers[i].safe_url, "://");
		size_t length;

		FUZZ_REQUIRE(host != NULL);
		length = strcspn(host + 3, "/");
		FUZZ_REQUIRE(length > 0);
		FUZZ_REQUIRE(memchr(host + 3, '@', length) == NULL);
	}
	server_fini(&list);
}

/* What is sent is one line, and its name is one. */
static enum err_code
take_header(void *context, const char *header, struct err *e)
{
	size_t name = strcspn(header, ": ");

	(void)context, (void)e;
	FUZZ_REQUIRE(name > 0 && strncmp(header + name, ": ", 2) == 0);
	FUZZ_REQUIRE(header[name + 2] != '\0');
	for (; *header != '\0'; header++)
		FUZZ_REQUIRE((unsigned char)*header >= ' ' && *header != 0x7f);
	return ERR_OK;
}

/* Read once more, as it is then written, it is the same. */
static void
check_matchers(const char *text)
{
	struct err e = {.code = ERR_OK};
	struct buf first, braced, second;

	buf_init(&first, 1 << 16);
	buf_init(&braced, 1 << 16);
	buf_init(&second, 1 << 16);
	FUZZ_REQUIRE(matchers_read(text, &first, &e) == ERR_OK);
	buf_append_text(&braced, "{");
	buf_append(&braced, first.data, first.length);
	buf_append(&braced, "}", 2);
	/* What is written may be longer, for its escapes. */
	if (braced.length <= MATCHERS_MAX_BYTES) {
		FUZZ_REQUIRE(matchers_read(braced.data, &second, &e) == ERR_OK);
		FUZZ_REQUIRE(first.length == second.length);
		FUZZ_REQUIRE(first.length == 0 ||
			     memcmp(first.data, second.data, first.length) ==
				 0);
	}
	buf_fini(&first);
	buf_fini(&braced);
	buf_fini(&second);
}

static void
check_labels(const char *text)
{
	struct err e = {.code = ERR_OK};
	struct promql_labels labels;

	FUZZ_REQUIRE(promql_read_labels(text, &labels, &e) == ERR_OK);
	FUZZ_REQUIRE(labels.count > 0 && labels.count <= PROMQL_LABELS_MAX);
	for (size_t i = 0; i < labels.count; i++)
		FUZZ_REQUIRE(promql_is_label_name(labels.names[i]));
}

static void
check_config(const struct config *c)
{
	struct err e = {.code = ERR_OK};

	check_numbers(c);
	check_servers(c->prometheus_url);
	FUZZ_REQUIRE(c->prometheus_headers == NULL ||
		     headers_read(c->prometheus_headers, take_header, NULL,
				  &e) == ERR_OK);
	FUZZ_REQUIRE((c->prometheus_user == NULL) ==
		     (c->prometheus_password_file == NULL));
	FUZZ_REQUIRE((c->prometheus_cert_file == NULL) ==
		     (c->prometheus_key_file == NULL));
	FUZZ_REQUIRE(c->prometheus_user == NULL ||
		     strchr(c->prometheus_user, ':') == NULL);
	if (c->gpu_matchers != NULL)
		check_matchers(c->gpu_matchers);
	if (c->cluster_labels != NULL)
		check_labels(c->cluster_labels);
	if (c->node_labels != NULL)
		check_labels(c->node_labels);
	FUZZ_REQUIRE(*c->profile_dir != '\0' && *c->gpu_profiles != '\0');
	FUZZ_REQUIRE(c->log_level < LOG__MAX);
	FUZZ_REQUIRE(c->log_format < LOG_FORMAT__MAX);
	FUZZ_REQUIRE(config_log_format(lookup) == c->log_format);
}

static bool
starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void
check_complaint(const char *text)
{
	size_t name = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	FUZZ_REQUIRE(name > 3 && text[name] == ' ');
	if (starts_with(text, "PROMETHEUS_URL ") ||
	    starts_with(text, "PROMETHEUS_HEADERS ") ||
	    starts_with(text, "PROMETHEUS_PROXY "))
		FUZZ_REQUIRE(strstr(text, secret) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = fuzz_split(data, size, texts, SETTINGS_MAX);
	struct config c = {.port = 0};
	struct err e = {.code = ERR_OK};

	if (config_load(&c, lookup, &e) == ERR_OK) {
		check_config(&c);
	} else {
		FUZZ_REQUIRE(e.code == ERR_SETTING);
		check_complaint(e.text);
	}
	free(copy);
	return 0;
}
