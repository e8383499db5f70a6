/* The table of what each exporter gives, in conf/profiles/README.md. */
#ifndef SUPPORT_EXPORTER_TABLE_H
#define SUPPORT_EXPORTER_TABLE_H

#include "base/buf.h"
#include "gpu/profile/profile.h"

/* Appends the table in Markdown: a row for each profile, in their order. */
void exporter_table_add(struct buf *out, const struct profile_set *set);

/* True if the profile has a metric for that field. */
bool exporter_has_field(const struct profile *p, enum field field);

#endif
