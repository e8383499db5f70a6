#include "config.h"

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

/* The environment: one variable, or none. */
static const char *set_name, *set_value;

static char *
lookup(const char *name)
{
	if (set_name == NULL || strcmp(name, set_name) != 0)
		return NULL;
	return (char *)set_value;
}

static enum err_code
load(const char *name, const char *value, struct config *out, struct err *e)
{
	set_name = name;
	set_value = value;
	memset(out, 0, sizeof(*out));
	memset(e, 0, sizeof(*e));
	return config_load(out, lookup, e);
}

static const struct {
	const char *name;
	size_t offset;
	long long standard, min, max;
} numbers[] = {
    {"PORT", offsetof(struct config, port), 8080, 1, 65535},
    {"REQUEST_TIMEOUT_MS", offsetof(struct config, request_timeout_ms), 10000,
     10, 600000},
    {"HEALTH_TIMEOUT_MS", offsetof(struct config, health_timeout_ms), 5000, 10,
     600000},
    {"PROBE_TIMEOUT_MS", offsetof(struct config, probe_timeout_ms), 2000, 10,
     600000},
    {"DETECTION_INTERVAL_MS", offsetof(struct config, detection_interval_ms),
     60000, 100, 86400000},
    {"STALE_IF_ERROR_S", offsetof(struct config, stale_if_error_s), 60, 0,
     86400},
    {"IDLE_WINDOW_S", offsetof(struct config, idle_window_s), 900, 60, 86400},
    {"IDLE_UTILIZATION", offsetof(struct config, idle_utilization), 1, 1, 100},
    {"AVAILABLE_MEMORY_USED_BYTES",
     offsetof(struct config, available_memory_used_bytes), 1073741824, 0,
     1099511627776},
    {"PROBLEMS_TTL_S", offsetof(struct config, problems_ttl_s), 15, 1, 3600},
    {"PROBLEM_TEMPERATURE", offsetof(struct config, problem_temperature), 90, 0,
     200},
    {"PROBLEM_MEMORY_TEMPERATURE",
     offsetof(struct config, problem_memory_temperature), 100, 0, 200},
    {"STALE_S", offsetof(struct config, stale_s), 180, 10, 86400},
    {"HISTORY_GAP_S", offsetof(struct config, history_gap_s), 90, 1, 86400},
    {"HISTORY_MIN_STEP_S", offsetof(struct config, history_min_step_s), 15, 1,
     86400},
    {"HISTORY_MAX_RANGE_S", offsetof(struct config, history_max_range_s),
     2678400, 60, 315360000},
    {"HISTORY_MAX_POINTS", offsetof(struct config, history_max_points), 1000000,
     1000, 100000000},
    {"HISTORY_CONCURRENCY", offsetof(struct config, history_concurrency), 2, 1,
     256},
    {"RESPONDER_THREADS", offsetof(struct config, responder_threads), 8, 1,
     256},
    {"QUERY_THREADS", offsetof(struct config, query_threads), 8, 1, 256},
    {"MAX_SERIES", offsetof(struct config, max_series), 200000, 1, 100000000},
    {"MAX_RESPONSE_BYTES", offsetof(struct config, max_response_bytes),
     134217728, 1024, 2147483647},
    {"MAX_UPSTREAM_BYTES", offsetof(struct config, max_upstream_bytes),
     268435456, 1024, 1099511627776},
    {"MAX_REQUEST_MEMORY_BYTES",
     offsetof(struct config, max_request_memory_bytes), 134217728, 65536,
     1099511627776},
    {"MAX_MEMORY_BYTES", offsetof(struct config, max_memory_bytes), 536870912,
     65536, 1099511627776}};

enum { NUMBER_COUNT = sizeof(numbers) / sizeof(*numbers) };

static long long
number_at(const struct config *c, size_t i)
{
	return *(const long long *)((const char *)c + numbers[i].offset);
}

static void
has_defaults(void)
{
	struct config c;
	struct err e;

	CU_ASSERT_EQUAL(load(NULL, NULL, &c, &e), ERR_OK);
	SUITE_EQUAL(c.prometheus_url, "http://localhost:9090");
	SUITE_EQUAL(c.profile_dir, PROFILE_DIR);
	CU_ASSERT_EQUAL(c.log_level, LOG_INFO);
	CU_ASSERT_EQUAL(c.log_format, LOG_LOGFMT);
	SUITE_EQUAL(c.gpu_profiles, "auto");
	SUITE_EQUAL(c.xids_file, XIDS_FILE);
	SUITE_EQUAL(c.alert_match, "auto");
	CU_ASSERT_EQUAL(c.process_command, ENDPOINT_COMMAND_NAME);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		CU_ASSERT_EQUAL(number_at(&c, i), numbers[i].standard);
}

static void
takes_numbers_up_to_their_limits(void)
{
	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		const long long values[] = {numbers[i].min, numbers[i].max,
					    numbers[i].min + 1};

		for (size_t k = 0; k < 3; k++) {
			struct config c;
			char text[32];
			struct err e;

			snprintf(text, sizeof(text), "%lld", values[k]);
			CU_ASSERT_EQUAL(load(numbers[i].name, text, &c, &e),
					ERR_OK);
			CU_ASSERT_EQUAL(number_at(&c, i), values[k]);
		}
	}
}

static void
check_refused_number(size_t i, const char *value)
{
	char expected[ERR_TEXT_BYTES];
	struct config c;
	struct err e;

	snprintf(expected, sizeof(expected),
		 "%s is \"%s\": it takes a whole number from %lld to %lld",
		 numbers[i].name, value, numbers[i].min, numbers[i].max);
	CU_ASSERT_EQUAL(load(numbers[i].name, value, &c, &e), ERR_SETTING);
	CU_ASSERT_EQUAL(e.code, ERR_SETTING);
	SUITE_EQUAL(e.text, expected);
}

static void
refuses_other_numbers(void)
{
	static const char *const values[] = {"",
					     " ",
					     "x",
					     "-1",
					     "+20000",
					     " 20000",
					     "20000 ",
					     "20000ms",
					     "2e4",
					     "0x4e20",
					     "20000.0",
					     "20,000",
					     "9223372036854775808",
					     "99999999999999999999999",
					     "-9223372036854775809"};

	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		char text[32];

		for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++)
			check_refused_number(i, values[k]);
		snprintf(text, sizeof(text), "%lld", numbers[i].min - 1);
		check_refused_number(i, text);
		snprintf(text, sizeof(text), "%lld", numbers[i].max + 1);
		check_refused_number(i, text);
	}
}

static void
cuts_a_long_value_in_its_error(void)
{
	char value[1000], expected[ERR_TEXT_BYTES];
	struct config c;
	struct err e;

	memset(value, '9', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	CU_ASSERT_EQUAL(load("PORT", value, &c, &e), ERR_SETTING);
	snprintf(expected, sizeof(expected),
		 "PORT is \"%.64s\": it takes a whole number from 1 to 65535",
		 value);
	SUITE_EQUAL(e.text, expected);
}

static void
takes_log_levels(void)
{
	static const char *const bad[] = {"",	   "INFO", "warning",	"err",
					  "info ", "2",	   "debug,info"};
	struct config c;
	struct err e;

	for (int level = 0; level < LOG__MAX; level++) {
		const char *name = log_level_name((enum log_level)level);

		CU_ASSERT_EQUAL(load("LOG_LEVEL", name, &c, &e), ERR_OK);
		CU_ASSERT_EQUAL((int)c.log_level, level);
	}
	CU_ASSERT_EQUAL(load("SHARE_ANSWERS", "off", &c, &e), ERR_OK);
	CU_ASSERT_FALSE(c.share_answers);
	CU_ASSERT_EQUAL(load("SHARE_ANSWERS", "on", &c, &e), ERR_OK);
	CU_ASSERT_TRUE(c.share_answers);
	CU_ASSERT_EQUAL(load("SHARE_ANSWERS", "no", &c, &e), ERR_SETTING);
	SUITE_EQUAL(e.text, "SHARE_ANSWERS is \"no\": it takes on or off");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char expected[ERR_TEXT_BYTES];

		snprintf(expected, sizeof(expected),
			 "LOG_LEVEL is \"%s\": it takes debug, info, warn or "
			 "error",
			 bad[i]);
		CU_ASSERT_EQUAL(load("LOG_LEVEL", bad[i], &c, &e), ERR_SETTING);
		SUITE_EQUAL(e.text, expected);
	}
}

static void
takes_log_formats(void)
{
	static const char *const bad[] = {"", "JSON", "json ", "text", "1"};
	struct config c;
	struct err e;

	for (int format = 0; format < LOG_FORMAT__MAX; format++) {
		const char *name = log_format_name((enum log_format)format);

		CU_ASSERT_EQUAL(load("LOG_FORMAT", name, &c, &e), ERR_OK);
		CU_ASSERT_EQUAL((int)c.log_format, format);
		CU_ASSERT_EQUAL((int)config_log_format(lookup), format);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char expected[ERR_TEXT_BYTES];

		snprintf(expected, sizeof(expected),
			 "LOG_FORMAT is \"%s\": it takes logfmt or json",
			 bad[i]);
		CU_ASSERT_EQUAL(load("LOG_FORMAT", bad[i], &c, &e),
				ERR_SETTING);
		SUITE_EQUAL(e.text, expected);
		CU_ASSERT_EQUAL(config_log_format(lookup), LOG_LOGFMT);
	}
	/* Known also where another setting is wrong, or this one is not set. */
	load("PORT", "x", &c, &e);
	CU_ASSERT_EQUAL(config_log_format(lookup), LOG_LOGFMT);
}

static void
takes_a_directory(void)
{
	struct config c;
	struct err e;

	CU_ASSERT_EQUAL(load("PROFILE_DIR", "/somewhere else", &c, &e), ERR_OK);
	SUITE_EQUAL(c.profile_dir, "/somewhere else");
	CU_ASSERT_EQUAL(load("PROFILE_DIR", "", &c, &e), ERR_SETTING);
	SUITE_EQUAL(e.text, "PROFILE_DIR is \"\": it takes a directory");
	CU_ASSERT_EQUAL(load("XIDS_FILE", "", &c, &e), ERR_SETTING);
	SUITE_EQUAL(e.text, "XIDS_FILE is \"\": it takes a file");
}

static void
takes_names_of_profiles(void)
{
	static const char *const lists[] = {"auto", "dcgm-exporter",
					    "all-smi, hami", "no such,"};
	struct config c;
	struct err e;

	/* Whether there are any of that name is found out later. */
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		CU_ASSERT_EQUAL(load("GPU_PROFILES", lists[i], &c, &e), ERR_OK);
		CU_ASSERT_PTR_EQUAL(c.gpu_profiles, lists[i]);
	}
	CU_ASSERT_EQUAL(load("GPU_PROFILES", "", &c, &e), ERR_SETTING);
	CU_ASSERT_EQUAL(e.code, ERR_SETTING);
	SUITE_EQUAL(e.text, "GPU_PROFILES is \"\": it takes auto, or names of "
			    "profiles with commas between");
}

static void
takes_names_of_labels(void)
{
	static const struct {
		const char *list, *what;
	} bad[] = {
	    {"a-b", "\"a-b\" is no label's name, of letters, digits and _, no "
		    "digit first"},
	    {"a,,b", "\"\" is no label's name, of letters, digits and _, no "
		     "digit first"},
	    {"a,", "\"\" is no label's name, of letters, digits and _, no "
		   "digit first"},
	    {"a b", "\"a b\" is no label's name, of letters, digits and _, no "
		    "digit first"},
	    {"{a}", "\"{a}\" is no label's name, of letters, digits and _, no "
		    "digit first"},
	    {"a,__name__", "__name__ has another meaning"},
	    {"instance", "instance has another meaning"},
	    {"a,b,c,d,e,f,g,h,i", "it has more than 8 names"}};
	struct config c;
	struct err e;

	CU_ASSERT_EQUAL(load("PORT", "1", &c, &e), ERR_OK);
	SUITE_EQUAL(c.cluster_labels, "cluster");
	CU_ASSERT_PTR_NULL(c.node_labels);
	CU_ASSERT_EQUAL(load("CLUSTER_LABELS", "", &c, &e), ERR_OK);
	CU_ASSERT_PTR_NULL(c.cluster_labels);
	CU_ASSERT_EQUAL(load("NODE_LABELS", "a, b ,_1", &c, &e), ERR_OK);
	SUITE_EQUAL(c.node_labels, "a, b ,_1");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char expected[ERR_TEXT_BYTES];

		snprintf(expected, sizeof(expected),
			 "CLUSTER_LABELS is \"%s\": %s; it takes names of "
			 "labels with commas between",
			 bad[i].list, bad[i].what);
		CU_ASSERT_EQUAL(load("CLUSTER_LABELS", bad[i].list, &c, &e),
				ERR_SETTING);
		SUITE_EQUAL(e.text, expected);
		CU_ASSERT_EQUAL(load("NODE_LABELS", bad[i].list, &c, &e),
				ERR_SETTING);
	}
}

static void
takes_matchers(void)
{
	struct config c;
	struct err e;

	CU_ASSERT_EQUAL(load("GPU_MATCHERS", "{cluster=\"a\"}", &c, &e),
			ERR_OK);
	SUITE_EQUAL(c.gpu_matchers, "{cluster=\"a\"}");
	CU_ASSERT_EQUAL(load("GPU_MATCHERS", "", &c, &e), ERR_OK);
	CU_ASSERT_PTR_NULL(c.gpu_matchers);
	CU_ASSERT_EQUAL(load("ALERT_MATCH", "off", &c, &e), ERR_OK);
	SUITE_EQUAL(c.alert_match, "off");
	CU_ASSERT_EQUAL(load("ALERT_MATCH", "{team=\"gpu\"}", &c, &e), ERR_OK);
	SUITE_EQUAL(c.alert_match, "{team=\"gpu\"}");
	CU_ASSERT_EQUAL(load("ALERT_MATCH", "on", &c, &e), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "ALERT_MATCH is \"on\": "));
	CU_ASSERT_EQUAL(load("GPU_MATCHERS", "{cluster=a}", &c, &e),
			ERR_SETTING);
	SUITE_EQUAL(e.text,
		    "GPU_MATCHERS is \"{cluster=a}\": the value of cluster is "
		    "not in quotes; it takes matchers such as {cluster=\"a\"} "
		    "or {cluster=~\"a|b\",env!=\"test\"}");
}

static void
takes_how_much_of_commands_to_show(void)
{
	static const struct {
		const char *text;
		enum endpoint_command command;
	} good[] = {{"name", ENDPOINT_COMMAND_NAME},
		    {"full", ENDPOINT_COMMAND_FULL},
		    {"none", ENDPOINT_COMMAND_NONE}};
	static const char *const bad[] = {"",	   "Full",     "all", "yes",
					  "true",  "names",    "nam", " full",
					  "full ", "name,full"};
	struct config c;
	struct err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		CU_ASSERT_EQUAL(load("PROCESS_COMMAND", good[i].text, &c, &e),
				ERR_OK);
		CU_ASSERT_EQUAL(c.process_command, good[i].command);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char expected[ERR_TEXT_BYTES];

		snprintf(expected, sizeof(expected),
			 "PROCESS_COMMAND is \"%s\": it takes name, full or "
			 "none",
			 bad[i]);
		CU_ASSERT_EQUAL(load("PROCESS_COMMAND", bad[i], &c, &e),
				ERR_SETTING);
		SUITE_EQUAL(e.text, expected);
	}
}

static void
takes_urls(void)
{
	static const char *const urls[] = {"http://localhost:9090/",
					   "https://user:password@host/a/path",
					   "http://[::1]:9090"};
	struct config c;
	struct err e;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		CU_ASSERT_EQUAL(load("PROMETHEUS_URL", urls[i], &c, &e),
				ERR_OK);
		CU_ASSERT_PTR_EQUAL(c.prometheus_url, urls[i]);
	}
}

static void
never_quotes_a_url(void)
{
	static const char takes[] =
	    "; it takes a URL such as http://localhost:9090 or "
	    "https://user:password@host/path, or several with "
	    "commas between";
	static const char *const urls[] = {"",
					   "hidden",
					   "ftp://hidden:hidden@host",
					   "hidden:hidden@host:9090",
					   "http://hidden:hidden@",
					   "http://hidden:hidden@host:99999",
					   "http://hidden:hid den@host",
					   "http://hidden:hidden@host/?hidden",
					   "http://hidden:hidden@host/#hidden"};
	struct config c;
	struct err e;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		size_t length;

		CU_ASSERT_EQUAL(load("PROMETHEUS_URL", urls[i], &c, &e),
				ERR_SETTING);
		CU_ASSERT_PTR_NULL(strstr(e.text, "hid"));
		CU_ASSERT_EQUAL(strncmp(e.text, "PROMETHEUS_URL ", 15), 0);
		length = strlen(e.text);
		CU_ASSERT_TRUE_FATAL(length > strlen(takes));
		SUITE_EQUAL(e.text + length - strlen(takes), takes);
	}
	load("PROMETHEUS_URL", "host:9090", &c, &e);
	SUITE_EQUAL(e.text,
		    "PROMETHEUS_URL must start with http:// or https://; it "
		    "takes a URL such as http://localhost:9090 or "
		    "https://user:password@host/path, or several with commas "
		    "between");
	load("PROMETHEUS_URL", "http://host/?a", &c, &e);
	SUITE_EQUAL(e.text,
		    "PROMETHEUS_URL must end with the path, without ? or #; it "
		    "takes a URL such as http://localhost:9090 or "
		    "https://user:password@host/path, or several with commas "
		    "between");
}

static void
takes_a_path(void)
{
	static const char *const wrong[] = {"gpu", "./gpu", "~/gpu", " /gpu"};
	struct config c;
	struct err e;

	CU_ASSERT_EQUAL(load("SHARED_FILE", "", &c, &e), ERR_OK);
	CU_ASSERT_PTR_NULL(c.shared_file);
	/* It need not be there. */
	CU_ASSERT_EQUAL(load("SHARED_FILE", "/no/such", &c, &e), ERR_OK);
	SUITE_EQUAL(c.shared_file, "/no/such");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char expected[128];

		CU_ASSERT_EQUAL(load("SHARED_FILE", wrong[i], &c, &e),
				ERR_SETTING);
		snprintf(expected, sizeof(expected),
			 "SHARED_FILE is \"%s\": it takes a path from / on",
			 wrong[i]);
		SUITE_EQUAL(e.text, expected);
	}
}

static void
explains_every_setting(void)
{
	static const char *const others[] = {
	    "  PROMETHEUS_URL (http://localhost:9090)\n      ",
	    "  LOG_LEVEL (info)\n      ",
	    "  LOG_FORMAT (logfmt)\n      ",
	    "  GPU_PROFILES (auto)\n      ",
	    "  CLUSTER_LABELS (cluster)\n      ",
	    "  PROCESS_COMMAND (name)\n      ",
	    "  SHARE_ANSWERS (on)\n      ",
	    "  DEBUG_ENDPOINTS (off)\n      ",
	    "  ALERT_MATCH (auto)\n      ",
	    "  XIDS_FILE (" XIDS_FILE ")\n      ",
	    "  PROFILE_DIR (" PROFILE_DIR ")\n      "};
	char *help = NULL;
	size_t length;
	FILE *out = open_memstream(&help, &length);
	unsigned names = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	config_write_help(out);
	fclose(out);
	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		char expected[128];

		snprintf(expected, sizeof(expected), "  %s (%lld)\n      ",
			 numbers[i].name, numbers[i].standard);
		CU_ASSERT_PTR_NOT_NULL(strstr(help, expected));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(help, others[i]));
	/* And no other: what is missing above would be untested. */
	for (const char *at = help; (at = strstr(at, ")\n      ")) != NULL;
	     at++)
		names++;
	CU_ASSERT_EQUAL(names, NUMBER_COUNT + sizeof(others) / sizeof(*others));
	free(help);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"has defaults", has_defaults},
	    {"takes numbers up to their limits",
	     takes_numbers_up_to_their_limits},
	    {"refuses other numbers", refuses_other_numbers},
	    {"cuts a long value in its error", cuts_a_long_value_in_its_error},
	    {"takes log levels", takes_log_levels},
	    {"takes log formats", takes_log_formats},
	    {"takes a directory", takes_a_directory},
	    {"takes names of labels", takes_names_of_labels},
	    {"takes matchers", takes_matchers},
	    {"takes names of profiles", takes_names_of_profiles},
	    {"takes how much of commands to show",
	     takes_how_much_of_commands_to_show},
	    {"takes URLs", takes_urls},
	    {"never quotes a URL", never_quotes_a_url},
	    {"takes a path", takes_a_path},
	    {"explains every setting", explains_every_setting},
	    {NULL, NULL}};

	return suite_run("config", tests);
}
