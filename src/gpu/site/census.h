/* Which exporters are there, and how many GPUs each reports. */
#ifndef GPU_SITE_CENSUS_H
#define GPU_SITE_CENSUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/profile/profile.h"
#include "gpu/site/site.h"
#include "prom/pool.h"

struct census_count {
	const struct profile *profile;
	uint64_t gpu_count;
	double measured_s; /* its oldest sample's time; 0: not known */
};

/*
 * Asks by one query (more if there are very many profiles), and by another one
 * about exporters whose labels need quotes, if their metrics are there. *out,
 * in the call's arena, has the exporters that report any, in the order of the
 * set.
 */
enum err_code census_take(struct pool *pool, const struct profile_set *set,
			  size_t max_series, struct call *call,
			  struct census_count **out, size_t *count,
			  struct err *e);

/*
 * Leaves out those whose GPUs may be another one's, which nobody could tell,
 * where one before them is there: see profile's id_is_job.
 */
void census_pass_over(struct census_count *seen, size_t *count);

/*
 * Asks of when their oldest samples are, by one query (more if there are very
 * many): one metric of each GPU tells. A failure is a warning.
 */
enum err_code census_date(struct pool *pool, size_t max_series,
			  struct call *call, struct census_count *seen,
			  size_t count, struct err *e);

/*
 * Where it is known which cards the exporters have, they are counted instead:
 * series may be of parts and copies of cards. found may be NULL.
 */
void census_correct(struct census_count *seen, size_t count,
		    const struct detection *found);

/* How many GPUs that exporter has; 0 if it is not among them. */
uint64_t census_find(const struct profile *p, const struct census_count *seen,
		     size_t count);

#endif
