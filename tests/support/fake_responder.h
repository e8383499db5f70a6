/* tests/fake/fake_responder, in the place of the program. */
#ifndef SUPPORT_FAKE_RESPONDER_H
#define SUPPORT_FAKE_RESPONDER_H

#include "support/responder.h"

/* Returns once it answers. */
void fake_responder_start(struct responder *out);

#endif
