/* What an operator edits in the files of each web server. */
#ifndef CONFORMANCE_EDITS_H
#define CONFORMANCE_EDITS_H

#include "support/webserver.h"

/* /metrics and /debug/, where that is an edit and not another file. */
size_t edits_open(const struct webserver_kind *kind,
		  const struct webserver_change **out);

/*
 * The same, for another address alone; an allow-list with one origin,
 * https://dashboard.example.com; and one second for the responder to answer.
 */
size_t edits_strict(const struct webserver_kind *kind,
		    const struct webserver_change **out);

#endif
