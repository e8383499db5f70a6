#include "support/moment.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fcgi_client.h"

const char *const moment_paths[INVARIANT__MAX] = {
    [INVARIANT_METRICS] = "/api/v1/gpu/metrics",
    [INVARIANT_NODES] = "/api/v1/gpu/nodes",
    [INVARIANT_UTILIZATION] = "/api/v1/gpu/utilization",
    [INVARIANT_PROCESSES] = "/api/v1/gpu/processes"};

static void
drop_times(struct json_object *rows)
{
	for (size_t i = 0; rows != NULL && i < json_object_array_length(rows);
	     i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		json_object_object_del(row, "timestamp");
		json_object_object_del(row, "measured_at");
	}
}

void
moment_take_one(struct moment *out, const struct responder *r,
		enum invariant_endpoint endpoint)
{
	char *text = fcgi_client_fetch(r->socket, moment_paths[endpoint]);
	const char *end = strstr(text, "\r\n\r\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	out->status[endpoint] = 200;
	sscanf(text, "Status: %u", &out->status[endpoint]);
	out->envelopes[endpoint] = json_tokener_parse(end + 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out->envelopes[endpoint]);
	drop_times(invariant_rows(out->envelopes[endpoint]));
	free(text);
}

void
moment_take(struct moment *out, const struct responder *r)
{
	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		moment_take_one(out, r, i);
}

void
moment_free(struct moment *m)
{
	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		json_object_put(m->envelopes[i]);
}

struct json_object *
moment_rows(const struct moment *m, enum invariant_endpoint endpoint)
{
	struct json_object *rows = invariant_rows(m->envelopes[endpoint]);

	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	return rows;
}
