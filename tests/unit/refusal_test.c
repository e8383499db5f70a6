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
    /* VictoriaMetrics 1.79 */
    {LIMIT,
     ERROR("422", "error when executing query=\\\"max by (gpu)(m)\\\" on the "
		  "time range (start=1795978935000, end=1795981935000, "
		  "step=15000): too many points for the given step=15000, "
		  "start=1795978935000 and end=1795981935000: 201; cannot "
		  "exceed -search.maxPointsPerTimeseries=10")},
    {LIMIT,
     ERROR("422", "cannot execute query: cannot select more than "
		  "-search.maxSamplesPerQuery=10 samples; possible solutions: "
		  "to increase the -search.maxSamplesPerQuery")},
    {LIMIT,
     ERROR("422", "error during time series unpacking: cannot process more "
		  "than 10 samples per series; either increase "
		  "-search.maxSamplesPerSeries or reduce time range for the "
		  "query")},
    {LIMIT,
     ERROR("422",
	   "not enough memory for processing 100 data points across 10 "
	   "time series with 10 points in each time series; possible "
	   "solutions are: reducing the number of matching time series")},
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
