/*
 * Which exporters are there: asked at start and again every now and then, in
 * a thread of its own, so that requests find the answer waiting.
 */
#ifndef GPU_SITE_DETECT_H
#define GPU_SITE_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/profile/profile.h"
#include "gpu/site/census.h"
#include "gpu/site/details.h"
#include "gpu/site/site.h"
#include "prom/pool.h"

struct detector;

struct detect_settings {
	struct pool *pool;
	const struct profile_set *profiles; /* to look for */
	bool is_fixed; /* all that given_is are taken to be there */
	int64_t interval_ms;
	int64_t timeout_ms;	 /* of one look */
	size_t max_series;	 /* of one answer */
	size_t max_memory_bytes; /* of one look */
	struct budget *budget;	 /* of the process; or NULL */
	/* Who finds the cards, or NULL; the context is used from the first
	 * look on. */
	details_survey *survey;
	void *survey_context;
};

/* Asks nothing yet. The pool and the profiles are borrowed. */
enum err_code detect_new(const struct detect_settings *settings,
			 struct detector **out, struct err *e);

/*
 * Starts to look, and again and again, in a thread: whenever the interval has
 * passed, and soon after a request, but for a small part of the time only.
 */
enum err_code detect_start(struct detector *d, struct err *e);

/* Ends the thread, which waits for a query under way. NULL is fine. */
void detect_free(struct detector *d);

/* A request asks: what is there may be another since the last look. */
void detect_wake(struct detector *d);

/*
 * What is there, at once if that is known; waits for the first look, for 2.5 s
 * and a quarter of the call's time at most; as long as nothing was ever found,
 * asks. To be returned with detect_release.
 */
enum err_code detect_get(struct detector *d, struct call *call,
			 const struct detection **out, struct err *e);

/* Looks now. To be returned with detect_release. */
enum err_code detect_look(struct detector *d, struct call *call,
			  const struct detection **out, struct err *e);

/* What is known now, without asking; NULL: nothing was ever found. To be
 * returned with detect_release. */
const struct detection *detect_current(struct detector *d);

/* NULL is fine. */
void detect_release(const struct detection *detection);

/* Asks now of when the oldest samples of those are: census_date. */
enum err_code detect_date(struct detector *d, struct call *call,
			  struct census_count *seen, size_t count,
			  struct err *e);

/* Asks now which exporters are there, by census_take; how many GPUs each has is
 * what the last look found, as far as that is known. */
enum err_code detect_census(struct detector *d, struct call *call,
			    struct census_count **out, size_t *count,
			    struct err *e);

/* "No GPU exporter was found; looked for ...": a warning. */
void detect_warn_of_nothing(const struct detector *d, struct call *call);

#endif
