#include "gpu/stage.h"

#include <assert.h>

#include "base/progress.h"

static_assert((int)STAGE__MAX == (int)PROGRESS_STAGES_MAX,
	      "an entry has a place for each stage, and for no other");

const char *
stage_name(enum stage stage)
{
	static const char *const names[STAGE__MAX] = {
	    "prepare", "share", "ask", "join", "encode", "send"};

	return names[stage];
}
