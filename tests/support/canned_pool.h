/*
 * Stands in for the query threads and Prometheus behind them: defines
 * pool_begin and so on, so that a test that uses it links neither pool.c nor
 * client.c.
 */
#ifndef SUPPORT_CANNED_POOL_H
#define SUPPORT_CANNED_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The body of an instant query's answer, and its parts. */
#define CANNED_VECTOR(series)                                                  \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","         \
	"\"result\":[" series "]}}"
/* The same of a query over a range of time. */
#define CANNED_MATRIX(series)                                                  \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","         \
	"\"result\":[" series "]}}"
#define CANNED_WARNING(text, series)                                           \
	"{\"status\":\"success\",\"warnings\":[" text "],\"data\":{"           \
	"\"resultType\":\"vector\",\"result\":[" series "]}}"
#define CANNED_PARTIAL(series)                                                 \
	"{\"status\":\"success\",\"isPartial\":true,\"data\":{"                \
	"\"resultType\":\"vector\",\"result\":[" series "]}}"
#define CANNED_SERIES(labels, time, value)                                     \
	"{\"metric\":{" labels "},\"value\":[" time ",\"" value "\"]}"
/* One of a query over a span of time; values: "[0,\"1\"],[60,\"2\"]". */
#define CANNED_LINE(labels, values)                                            \
	"{\"metric\":{" labels "},\"values\":[" values "]}"
/* How the promql of an answer to such a query begins: a start of the query
 * behind it, "...", and a part of it. */
#define CANNED_RANGE "range: "
/* Of instant queries that begin with what stands behind it. */
#define CANNED_START		  "start: "
#define CANNED_LABEL(name, value) "\"" name "\":\"" value "\""

/* Several series, or several labels. */
#define CANNED_TWO(a, b)     a "," b
#define CANNED_THREE(a, ...) a "," CANNED_TWO(__VA_ARGS__)
#define CANNED_FOUR(a, ...)  a "," CANNED_THREE(__VA_ARGS__)
#define CANNED_FIVE(a, ...)  a "," CANNED_FOUR(__VA_ARGS__)
#define CANNED_SIX(a, ...)   a "," CANNED_FIVE(__VA_ARGS__)

/* The labels of one GPU in the documented style, and as found in the field. */
#define CANNED_GPU(node, index, model)                                         \
	CANNED_LABEL("node", node)                                             \
	"," CANNED_LABEL("gpu", index) "," CANNED_LABEL("gpu_name", model)
#define CANNED_FIELD_GPU(node, index, model)                                   \
	CANNED_LABEL("hostname", node)                                         \
	"," CANNED_LABEL("gpu_id", index) "," CANNED_LABEL("gpu_name", model)

/* When all was measured: 2023-11-14T22:13:15Z. */
#define CANNED_MEASURED_S "1699999995"

struct canned_answer {
	const char *promql;
	const char *body;   /* fed to the query; NULL: none came */
	enum err_code code; /* ERR_OK: the body came completely */
	const char *detail; /* the text of that error */
};

/*
 * The answers from now on; the last one's promql is NULL. Bodies arrive in
 * chunks of that size. A query for several metrics finds what there is for each
 * alone, one for timestamp() of a metric CANNED_MEASURED_S for each of its
 * series; any other finds nothing: an empty vector. Queries over a span of time
 * have answers of their own: CANNED_RANGE, of which each is told its own part
 * of the time; or an empty matrix.
 */
void canned_pool_use(const struct canned_answer *answers, size_t chunk_bytes);

/* What was asked since then: the queries in their order, a space between. */
const char *canned_pool_asked(void);

/* The deadline of the newest pool_begin. */
int64_t canned_pool_deadline_ms(void);

#endif
