#include "support/fake_responder.h"

#include <stddef.h>

#include "support/record.h"

void
fake_responder_start(struct responder *out)
{
	const char *argv[] = {harness_built("tests/fake/fake_responder"), NULL};

	record_stop();
	responder_start_program(out, argv, NULL);
}
