/*
 * Ways in which an answer travels badly. Each function sends one answer, or
 * the part of it that is sent, and returns whether the connection may stay.
 */
#ifndef TEST_FAKE_WIRE_H
#define TEST_FAKE_WIRE_H

#include "fake_behaviour.h"

bool fake_wire_slow_header(const struct fake_call *call);
bool fake_wire_slow_body(const struct fake_call *call);
bool fake_wire_drip(const struct fake_call *call);
bool fake_wire_reset(const struct fake_call *call);
bool fake_wire_reset_header(const struct fake_call *call);
bool fake_wire_close_early(const struct fake_call *call);
bool fake_wire_chunked(const struct fake_call *call);
bool fake_wire_endless(const struct fake_call *call);
bool fake_wire_endless_whitespace(const struct fake_call *call);
bool fake_wire_endless_trailers(const struct fake_call *call);
bool fake_wire_gzip_bomb(const struct fake_call *call);

#endif
