/*
 * A site's own words, over what exporters call things: which label tells the
 * cluster, which the node, and which series count at all.
 */
#ifndef GPU_PROFILE_TERMS_H
#define GPU_PROFILE_TERMS_H

#include "base/err.h"
#include "gpu/profile/profile.h"

/* As promql_read_labels and matchers_read take them; NULL: none. */
struct profile_terms {
	const char *cluster_labels;
	const char *node_labels;
	const char *matchers;
};

/*
 * Puts them into each profile of the set, once: the labels before the profile's
 * own, which lose what they meant under that name; the matchers behind all
 * conditions. Prometheus renames a scraped `cluster` to `exported_cluster`
 * where the target has one, too, as one that federates has: so that is asked
 * first, unless the list says where it is to stand. A node's label is taken as
 * it is listed: it is the target's that a site means.
 * ERR_SETTING names the setting, and what it makes impossible.
 */
enum err_code profile_adopt(struct profile_set *set,
			    const struct profile_terms *terms, struct err *e);

/* The conditions that each selector has, whatever it selects; or "". */
const char *profile_matchers(const struct profile *p);

#endif
