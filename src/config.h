/* The settings: environment variables, one table, checked at start. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "api/endpoint.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"

struct config {
	const char *prometheus_url; /* or several, with commas between */
	/* NULL where not set. */
	const char *prometheus_headers;
	const char *prometheus_token_file;
	const char *prometheus_user;
	const char *prometheus_password_file;
	const char *prometheus_ca_file;
	const char *prometheus_cert_file;
	const char *prometheus_key_file;
	const char *prometheus_proxy;
	const char *shared_file;
	const char *profile_dir;
	const char *xids_file;
	const char *gpu_profiles; /* "auto", or names with commas between */
	/* Names of labels with commas between, and matchers in braces; or
	 * NULL. */
	const char *cluster_labels;
	const char *node_labels;
	const char *gpu_matchers;
	enum endpoint_command process_command;
	long long detection_interval_ms;
	enum log_level log_level;
	enum log_format log_format;
	bool debug_endpoints;
	long long port;
	long long request_timeout_ms;
	long long health_timeout_ms;
	long long probe_timeout_ms;
	long long stale_if_error_s;
	bool share_answers;
	long long idle_window_s;
	long long idle_utilization;
	long long available_memory_used_bytes;
	long long problems_ttl_s;
	long long problem_temperature;
	long long problem_memory_temperature;
	long long stale_s;
	const char *alert_match; /* "auto", "off", or matchers */
	long long history_gap_s;
	long long history_min_step_s;
	long long history_max_range_s;
	long long history_max_points;
	long long history_concurrency;
	const char *prices_file; /* or NULL */
	long long responder_threads;
	long long query_threads;
	long long max_series;
	long long max_response_bytes;
	long long max_upstream_bytes;
	long long max_request_memory_bytes;
	long long max_memory_bytes;
};

/* The value of an environment variable, or NULL: getenv. */
typedef char *(*config_lookup)(const char *name);

/*
 * Fills in every setting, from the environment or with its default. Strings
 * are borrowed from there. ERR_SETTING names the variable, what it got (but
 * not a URL: it may hold a password), and what it takes.
 */
enum err_code config_load(struct config *out, config_lookup lookup,
			  struct err *e);

/* What LOG_FORMAT says, or its default if it is wrong: for a failure to load
 * all settings. */
enum log_format config_log_format(config_lookup lookup);

/* An object with the value of each setting by its name, without secrets. */
void config_write_values(const struct config *c, struct json *j);

/* One paragraph for each setting: name, default, sentence. */
void config_write_help(FILE *out);

#endif
