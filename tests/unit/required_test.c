/* collect, with the shipped profiles: each query failing in turn, and all of
 * them. What an answer may not lack fails it, also where exporters need not
 * have it; where nothing is found there is nothing to lack. */
#include "gpu/collect/collect.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/capture.h"
#include "support/suite.h"

enum { QUERIES_MAX = 512, MAX_BYTES = 1 << 20 };

static const struct endpoint *const endpoints[] = {
    &endpoint_metrics, &endpoint_nodes, &endpoint_utilization,
    &endpoint_processes};
enum { ENDPOINT_COUNT = sizeof(endpoints) / sizeof(*endpoints) };

static struct canned_call call;

static enum err_code
answer(const struct endpoint *endpoint, const struct canned_answer *answers)
{
	enum err_code code;

	canned_call_init(&call, "conf/profiles", answers, CANNED_AMPLE_BYTES);
	capture_start();
	code = canned_call_answer(&call, endpoint, MAX_BYTES);
	capture_end();
	return code;
}

/* Whether the query asks for that metric, whatever else: what is asked together
 * has the same conditions. */
static bool
asks_for(const char *query, const struct profile_metric *m)
{
	size_t length = strlen(m->name), end = strlen(m->conditions);
	const char *conditions = strchr(query, '{');

	if (conditions == NULL)
		return end == 0 && strcmp(query, m->name) == 0;
	conditions += strncmp(conditions, "{__name__=~", 11) == 0
			  ? strcspn(conditions, ",}")
			  : 0;
	if (strlen(conditions) != end + (end > 0 || *conditions != '}') + 1 ||
	    strncmp(conditions + 1, m->conditions, end) != 0)
		return false;
	for (const char *at = query; (at = strstr(at, m->name)) != NULL; at++)
		if ((at == query || at[-1] == '"' || at[-1] == '|') &&
		    (at[length] == '\0' || strchr("{\"|", at[length]) != NULL))
			return true;
	return false;
}

static bool
is_required(const struct profile_metric *m, const struct endpoint *endpoint)
{
	switch (m->kind) {
	case PROFILE_FIELD:
		return !m->is_optional &&
		       (endpoint->need.required & FIELD_BIT(m->field)) != 0;
	case PROFILE_PROCESS:
		return endpoint == &endpoint_processes &&
		       (m->field == PROCESS_GPU_MEMORY ||
			m->field == PROFILE_SEEN);
	default:
		return true;
	}
}

static bool
needs(const struct endpoint *endpoint, const char *query)
{
	for (size_t i = 0; i < call.profiles.count; i++) {
		const struct profile *p = call.profiles.profiles[i];

		for (size_t k = 0; k < p->metric_count; k++)
			if (is_required(&p->metrics[k], endpoint) &&
			    asks_for(query, &p->metrics[k]))
				return true;
	}
	return false;
}

/* All that the endpoint asks, to be freed: the queries point into it. */
static char *
list_queries(const struct endpoint *endpoint,
	     struct canned_answer queries[static QUERIES_MAX])
{
	static const struct canned_answer nothing[] = {
	    {NULL, NULL, ERR_OK, NULL}};
	size_t count = 0;
	char *text, *rest = NULL;

	/* Nothing is found, and that is no failure. */
	CU_ASSERT_EQUAL(answer(endpoint, nothing), ERR_OK);
	text = strdup(canned_pool_asked());
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (char *query = strtok_r(text, " ", &rest);
	     query != NULL && count + 1 < QUERIES_MAX;
	     query = strtok_r(NULL, " ", &rest))
		queries[count++] = (struct canned_answer){
		    query, NULL, ERR_TIMEOUT, "it took too long"};
	queries[count] = (struct canned_answer){NULL, NULL, ERR_OK, NULL};
	canned_call_fini(&call);
	return text;
}

static void
one_fails(void)
{
	static struct canned_answer queries[QUERIES_MAX];

	for (size_t i = 0; i < ENDPOINT_COUNT; i++) {
		char *text = list_queries(endpoints[i], queries);
		unsigned required = 0;

		CU_ASSERT_TRUE(queries[0].promql != NULL);
		for (size_t k = 0; queries[k].promql != NULL; k++) {
			const struct canned_answer one[] = {
			    queries[k], {NULL, NULL, ERR_OK, NULL}};
			enum err_code code = answer(endpoints[i], one);
			bool is_needed = needs(endpoints[i], queries[k].promql);

			if (is_needed && code != ERR_TIMEOUT)
				printf("# %s: %s\n", endpoints[i]->path,
				       queries[k].promql);
			CU_ASSERT_TRUE(is_needed ? code == ERR_TIMEOUT
						 : code == ERR_OK ||
						       code == ERR_TIMEOUT);
			required += is_needed;
			canned_call_fini(&call);
		}
		CU_ASSERT_TRUE(required > 0);
		free(text);
	}
}

/* Prometheus is down. */
static void
all_fail(void)
{
	static struct canned_answer queries[QUERIES_MAX];

	for (size_t i = 0; i < ENDPOINT_COUNT; i++) {
		char *text = list_queries(endpoints[i], queries);

		CU_ASSERT_EQUAL(answer(endpoints[i], queries), ERR_TIMEOUT);
		canned_call_fini(&call);
		free(text);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"one fails", one_fails}, {"all fail", all_fail}, {NULL, NULL}};

	return suite_run("required", tests);
}
