#include "prom/refusal.h"

#include <json-c/json.h>
#include <string.h>

/* A text of Prometheus' error body; "" if it has none. */
static const char *
error_text(struct json_object *root, const char *key)
{
	struct json_object *value;

	return root != NULL && json_object_object_get_ex(root, key, &value) &&
		       json_object_is_type(value, json_type_string)
		   ? json_object_get_string(value)
		   : "";
}

/*
 * It says "timeout", or, where that came while it read its storage, "execution"
 * with the reason of Go's context (seen of 2.42: "expanding series: context
 * deadline exceeded").
 */
bool
refusal_says_timeout(const char *body)
{
	struct json_object *root = json_tokener_parse(body);
	bool is_timeout =
	    strcmp(error_text(root, "errorType"), "timeout") == 0 ||
	    strstr(error_text(root, "error"), "context deadline exceeded") !=
		NULL;

	json_object_put(root);
	return is_timeout;
}

/* Also of a body that was cut, behind the query that it quotes. */
bool
refusal_says_limit(const char *body)
{
	static const char *const texts[] = {
	    /* Prometheus, and what has its engine: --query.max-samples, and the
	     * points of a series. */
	    "load too many samples", "exceeded maximum resolution",
	    /* VictoriaMetrics: the points of a series, the samples of one and
	     * of all, memory. */
	    "-search.maxPointsPerTimeseries", "-search.maxSamplesPer",
	    "-search.maxMemoryPerQuery", "not enough memory for processing",
	    /* Mimir, which has a name for each. */
	    "err-mimir-max-chunks-per-query",
	    "err-mimir-max-estimated-chunks-per-query",
	    "err-mimir-max-estimated-memory-consumption-per-query",
	    "err-mimir-max-total-query-length"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strstr(body, texts[i]) != NULL)
			return true;
	return false;
}
