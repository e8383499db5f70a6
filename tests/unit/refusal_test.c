#include "prom/refusal.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define ERROR(type, text)                                                      \
	"{\"status\":\"error\",\"errorType\":\"" type "\",\"error\":\"" text   \
	"\"}"

enum refusal { OTHER, TIMEOUT, LIMIT };

static const struct {
	enum refusal refusal;
	const char *body;
} cases[] = {
    /* Prometheus 2.42 and 3.5 */
    {TIMEOUT, ERROR("timeout", "query timed out in expression evaluation")},
    {TIMEOUT,
     ERROR("execution", "expanding series: context deadline exceeded")},
    {LIMIT, ERROR("execution", "query processing would load too many samples "
			       "into memory in query execution")},
    {LIMIT, ERROR("bad_data",
		  "exceeded maximum resolution of 11,000 points per timeseries."
		  " Try decreasing the query resolution (?step=XX)")},
    {OTHER, ERROR("execution", "found duplicate series for the match group")},
    {OTHER, ERROR("bad_data", "invalid parameter \\\"step\\\"")},
    {OTHER, ERROR("canceled", "query was canceled in expression evaluation")},
    /* VictoriaMetrics */
    {LIMIT,
     ERROR("422", "error when executing query=\\\"up\\\" for (time=1, "
		  "step=300000): too many points for the given step=1000, "
		  "start=1 and end=2: 31000; cannot exceed "
		  "-search.maxPointsPerTimeseries=30000")},
    {LIMIT, ERROR("422", "cannot select more than "
			 "-search.maxSamplesPerQuery=1000000000 samples; "
			 "possible solutions: increase it")},
    {LIMIT, ERROR("422", "cannot process more than "
			 "-search.maxSamplesPerSeries=30000000 samples")},
    {LIMIT, ERROR("422", "not enough memory for processing 100 data points "
			 "across 10 time series")},
    {LIMIT, ERROR("422", "rollup exceeds -search.maxMemoryPerQuery=1 bytes")},
    {OTHER, ERROR("422", "the number of matching timeseries exceeds 300000; "
			 "either narrow down the search or increase "
			 "-search.max* command-line flag values")},
    {OTHER, ERROR("429", "cannot handle the query, since "
			 "-search.maxConcurrentRequests=8 are executed")},
    /* Mimir */
    {LIMIT, ERROR("execution", "the query exceeded the maximum number of "
			       "chunks (limit: 2000000 chunks) "
			       "(err-mimir-max-chunks-per-query)")},
    {LIMIT, ERROR("bad_data", "the total query time range exceeds the limit "
			      "(err-mimir-max-total-query-length)")},
    /* No JSON, and one that was cut. */
    {OTHER, ""},
    {OTHER, "Service Unavailable"},
    {OTHER, "<html><body>502 Bad Gateway</body></html>"},
    {LIMIT, "{\"error\":\"query processing would load too many samples into"}};

static void
tells_what_it_was(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool is_right = refusal_says_timeout(cases[i].body) ==
				    (cases[i].refusal == TIMEOUT) &&
				refusal_says_limit(cases[i].body) ==
				    (cases[i].refusal == LIMIT);

		CU_ASSERT_TRUE(is_right);
		if (!is_right)
			printf("# %s\n", cases[i].body);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tells what it was", tells_what_it_was}, {NULL, NULL}};

	return suite_run("refusal", tests);
}
