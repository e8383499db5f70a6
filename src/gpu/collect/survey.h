/*
 * Which cards there are. With each look of the detection the roll is called,
 * and the answers go through the join that requests' answers go through: so
 * both speak of the same cards.
 */
#ifndef GPU_COLLECT_SURVEY_H
#define GPU_COLLECT_SURVEY_H

#include "base/err.h"
#include "gpu/call.h"
#include "gpu/site/details.h"

/*
 * A details_survey, whose context is the collector. Cards that are gone stay in
 * the list for SITE_KNOWN_FOR_MS. Where a query fails all stay what they were,
 * and none of them is silent.
 */
enum err_code survey_cards(void *context, const struct details_goal *goal,
			   struct call *call, struct err *e);

#endif
