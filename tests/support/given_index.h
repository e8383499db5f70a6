/*
 * Which index the exporters of a folder of exposition files give a card: what
 * no answer may make up.
 */
#ifndef SUPPORT_GIVEN_INDEX_H
#define SUPPORT_GIVEN_INDEX_H

#include <json-c/json.h>

/*
 * Rows with a uuid and an index have one that an exporter gives that card by a
 * label or as a value; or none gives any, and the order of the bus addresses
 * does. Others are passed over. What does not hold is told to
 * invariant_broken().
 */
void given_index_check(const char *source, const char *directory,
		       struct json_object *rows);

#endif
