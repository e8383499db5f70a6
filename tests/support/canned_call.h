/* One request's surroundings, with the canned pool in place of Prometheus. */
#ifndef SUPPORT_CANNED_CALL_H
#define SUPPORT_CANNED_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "api/endpoint.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "gpu/collect/collect.h"
#include "gpu/profile/profile.h"
#include "gpu/profile/terms.h"
#include "gpu/profile/xids.h"
#include "support/canned_pool.h"

/* Directories of profiles, below the top of the source tree. */
#define CANNED_ONE     "tests/golden/profiles/one"
#define CANNED_SEVERAL "tests/golden/profiles/several"
#define CANNED_CARDS   "tests/golden/profiles/cards"
#define CANNED_LENIENT "tests/golden/profiles/lenient"

/* How many GPUs the exporters of CANNED_SEVERAL have: the query. */
#define CANNED_SEVERAL_CENSUS                                                  \
	"label_replace(count(count by (cluster,host,slot,instance) "           \
	"(rack_gpu_busy_ratio{slot!=\"\"})),\"exporter\",\"rack-exporter\","   \
	"\"\",\"\") or "                                                       \
	"label_replace(count(count by (cluster,node,gpu,instance) "            \
	"({__name__=~"                                                         \
	"\"bench_gpu_celsius|bench:gpu:busy\"})),\"exporter\","                \
	"\"bench-exporter\",\"\",\"\")"

/* The budget of tests that do not run out of memory. */
enum { CANNED_AMPLE_BYTES = 1 << 24 };

/* A deadline that no test lives to see. */
#define CANNED_DEADLINE_MS (INT64_C(1) << 40)

struct canned_call {
	struct profile_set profiles;
	struct xids *xids;		  /* those that are shipped */
	struct problems_keeper *problems; /* as the settings have it */
	struct budget kept;		  /* its, where calls have none */
	struct detector *detector;
	struct collector collector;
	struct budget budget;
	struct arena arena;
	struct endpoint_call call;
	struct endpoint_self self; /* canned_call_count */
	struct fleet fleet;	   /* filled by canned_call_collect */
	struct buf body;	   /* filled by canned_call_answer */
	struct err err;
};

/*
 * Loads the profiles, all of which are taken to be there; answers as in
 * canned_pool_use.
 */
void canned_call_init(struct canned_call *c, const char *profile_dir,
		      const struct canned_answer *answers, size_t budget_bytes);

/* The same, but what is there is found out. */
void canned_call_init_auto(struct canned_call *c, const char *profile_dir,
			   const struct canned_answer *answers,
			   size_t budget_bytes);

/* The same, and a look lists the cards. */
void canned_call_init_auto_survey(struct canned_call *c,
				  const char *profile_dir,
				  const struct canned_answer *answers,
				  size_t budget_bytes);

/* As canned_call_init_auto, and the site has terms of its own. */
void canned_call_init_terms(struct canned_call *c, const char *profile_dir,
			    const struct profile_terms *terms,
			    const struct canned_answer *answers,
			    size_t budget_bytes);

/* The same as canned_call_init, and a look lists the cards. */
void canned_call_init_survey(struct canned_call *c, const char *profile_dir,
			     size_t budget_bytes);

/* From now on what is answered is counted, in memory of this test alone; the
 * settings are an empty object. */
void canned_call_count(struct canned_call *c);

/* Looks now, in memory of its own. */
void canned_call_look(struct canned_call *c);

/* From now on all of the profiles are taken to be there, and which cards they
 * have was found out once. */
void canned_call_survey(struct canned_call *c);

/* Asks as a process that was just started, and one that remembers, which is
 * what the call does from then on: both are to answer the same. */
void canned_call_compare(struct canned_call *c, const struct endpoint *endpoint,
			 struct memory *memory, unsigned round);

void canned_call_fini(struct canned_call *c);

/* collect_fleet for that endpoint's need. */
enum err_code canned_call_collect(struct canned_call *c,
				  const struct endpoint *endpoint);

/* A text of the fleet; "" if it is not known. */
const char *canned_call_text(const struct canned_call *c, uint32_t number);

/*
 * endpoint_answer into a body of that many bytes at most, or the envelope of
 * its failure.
 */
enum err_code canned_call_answer(struct canned_call *c,
				 const struct endpoint *endpoint,
				 size_t max_bytes);

/*
 * Reads a query string, which from then on is the call's; *params is room for
 * it. Or the refusal is in call->err.
 */
enum err_code canned_call_query(struct canned_call *c,
				const struct endpoint *endpoint,
				const char *query, struct params *params);

/* Whether the text is in the body, which need not be NUL-terminated. */
bool canned_call_says(const struct canned_call *c, const char *text);

/* Asserts that it is, or shows the body. */
void canned_call_expect(const struct canned_call *c, const char *text);

/*
 * Asserts that with too little memory an answer is a clean failure, that all of
 * it is given back, and that with enough there is one. The budget begins with
 * nothing and grows by step_bytes.
 */
void canned_call_starve(const char *profile_dir,
			const struct canned_answer *answers,
			const struct endpoint *endpoint, size_t step_bytes);

/* The same of a request with that query string. */
void canned_call_starve_query(const char *profile_dir,
			      const struct canned_answer *answers,
			      const struct endpoint *endpoint,
			      const char *query, size_t step_bytes);

/* A path below the top of the source tree; valid until the next call. */
const char *canned_call_path(const char *below_top);

#endif
