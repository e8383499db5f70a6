#include "fake_fleet.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

static bool
is_word_byte(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_' || byte == ':';
}

/* Whether text has the word, not as a part of a longer one. */
static bool
has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *at = text;

	for (; (at = strstr(at, word)) != NULL; at++)
		if ((at == text || !is_word_byte(at[-1])) &&
		    !is_word_byte(at[length]))
			return true;
	return false;
}

/* The pattern of a matcher of __name__, anchored; false if there is none. */
static bool
name_pattern(const char *query, char *pattern, size_t size)
{
	static const char matcher[] = "__name__=~\"";
	const char *from = strstr(query, matcher);
	size_t length = 0;

	if (from == NULL)
		return false;
	from += sizeof(matcher) - 1;
	pattern[length++] = '^';
	pattern[length++] = '(';
	for (; *from != '"' && *from != '\0' && length + 3 < size; from++) {
		if (*from == '\\' && from[1] == '\\')
			from++;
		pattern[length++] = *from;
	}
	memcpy(pattern + length, ")$", 3);
	return true;
}

static bool
pattern_fits(const char *query, const char *name)
{
	char pattern[2048];
	regex_t compiled;
	bool fits;

	if (!name_pattern(query, pattern, sizeof(pattern)))
		return false;
	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	fits = regexec(&compiled, name, 0, NULL, 0) == 0;
	regfree(&compiled);
	return fits;
}

static bool
is_asked_for(const char *query, enum fleet_metric metric)
{
	const char *name = fleet_metric_name(metric);

	return has_word(query, name) || pattern_fits(query, name);
}

enum fake_query
fake_fleet_query(const char *query)
{
	if (has_word(query, "kube_pod_info"))
		return FAKE_QUERY_NODES;
	if (strncmp(query, "count by (__name__)", 19) == 0)
		return FAKE_QUERY_INVENTORY;
	if (has_word(query, "count"))
		return FAKE_QUERY_COUNT;
	if (strstr(query, "min(timestamp(") != NULL)
		return FAKE_QUERY_OLDEST;
	return has_word(query, "vector") ? FAKE_QUERY_VECTOR
					 : FAKE_QUERY_SERIES;
}

static void
emit_row(const struct fake_call *call, enum fleet_metric metric, unsigned row,
	 void (*emit)(void *context, struct fake_series *series), void *context)
{
	unsigned node = row / call->gpus_per_node + 1;
	unsigned gpu = row % call->gpus_per_node;
	char node_name[FLEET_NAME_BYTES], gpu_text[FLEET_NUMBER_BYTES];
	struct fake_series series = {
	    .row = row,
	    .number = fleet_value(metric, node, gpu, 0),
	    .metric = fleet_metric_name(metric),
	    .node = node_name,
	    .gpu = gpu_text,
	    .model = fleet_model(node)->name,
	    .more = "",
	    .aggregated = has_word(call->query, "by"),
	};

	fleet_node_name(node_name, node);
	fleet_number(gpu_text, gpu);
	fleet_number(series.value, series.number);
	emit(context, &series);
}

void
fake_fleet_each(const struct fake_call *call,
		void (*emit)(void *context, struct fake_series *series),
		void *context)
{
	enum fleet_metric metric;

	for (unsigned i = 0; i < FLEET_METRIC__MAX; i++) {
		metric = (enum fleet_metric)i;
		if (!is_asked_for(call->query, metric))
			continue;
		for (unsigned row = 0; row < call->gpus_total; row++)
			emit_row(call, metric, row, emit, context);
	}
}
