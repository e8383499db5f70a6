#include "gpu/xid.h"

struct xid
xid_find(const struct xid_table *table, double number)
{
	static const struct xid unknown = {NULL, PROBLEM_WARNING,
					   PROBLEM_CONTACT_SUPPORT};

	if (table == NULL || !(number >= 0 && number <= XID_MAX))
		return unknown;
	return table->xids[(size_t)number].name != NULL
		   ? table->xids[(size_t)number]
		   : unknown;
}

bool
xid_is_critical(const struct xid_table *table, double number)
{
	return xid_find(table, number).severity == PROBLEM_CRITICAL;
}
