#include "config_table.h"

#include "config.h"

const struct config_setting config_table[] = {
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
    {"XIDS_FILE", TYPE_TABLE, offsetof(struct config, xids_file), XIDS_FILE, 0,
     0,
     "The table (JSON) of what NVIDIA's Xid errors mean, how severe they are, "
     "and what to do."},
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
    {"IDLE_WINDOW_S", TYPE_NUMBER, offsetof(struct config, idle_window_s),
     "900", 60, 86400,
     "For how long, in seconds, a workload is to do nothing to be idle."},
    {"IDLE_UTILIZATION", TYPE_NUMBER, offsetof(struct config, idle_utilization),
     "1", 1, 100,
     "Below how many percent a GPU does nothing: what is less is noise."},
    {"AVAILABLE_MEMORY_USED_BYTES", TYPE_NUMBER,
     offsetof(struct config, available_memory_used_bytes), "1073741824", 0,
     1099511627776,
     "Below how many bytes of its memory in use a GPU counts as free in "
     "/api/v1/gpu/available."},
    {"PROBLEMS_TTL_S", TYPE_NUMBER, offsetof(struct config, problems_ttl_s),
     "15", 1, 3600,
     "For how long, in seconds, the answer of /api/v1/gpu/problems is told "
     "again before Prometheus is asked anew."},
    {"PROBLEM_TEMPERATURE", TYPE_NUMBER,
     offsetof(struct config, problem_temperature), "90", 0, 200,
     "Above how many degrees Celsius a GPU is told of as hot; 0: never."},
    {"PROBLEM_MEMORY_TEMPERATURE", TYPE_NUMBER,
     offsetof(struct config, problem_memory_temperature), "100", 0, 200,
     "The same for its memory."},
    {"STALE_S", TYPE_NUMBER, offsetof(struct config, stale_s), "180", 10, 86400,
     "How old a GPU's values may be, in seconds, before it is told of as "
     "stale."},
    {"ALERT_MATCH", TYPE_ALERTS, offsetof(struct config, alert_match), "auto",
     0, 0,
     "Which of Prometheus' alerts /api/v1/gpu/problems passes on: auto, those "
     "whose names tell of GPUs; off; or matchers in PromQL: "
     "{team=\"gpu\"}."},
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
    {"PRICES_FILE", TYPE_FILE, offsetof(struct config, prices_file), "", 0, 0,
     "A file (JSON) with what an hour of a GPU costs, by its model, for "
     "/api/v1/gpu/usage; read again when it changes."},
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

const size_t config_table_count = sizeof(config_table) / sizeof(*config_table);
