/*
 * What an exporter says, once more: as it would of other nodes, or of the same
 * cards at another time.
 */
#ifndef SUPPORT_COPIES_H
#define SUPPORT_COPIES_H

#include <stdio.h>

struct copies_plan {
	const char *from;   /* directory of FILE.prom */
	const char *to;	    /* another one, which is there */
	const char *prefix; /* of the new file's name, or NULL */
	unsigned nodes;	    /* as many nodes; 0: the ones that it has */
	double factor;	    /* of all values but indexes */
	double warmth;	    /* the same of temperatures, watts and clocks */
	unsigned age_s;	    /* if not 0: measured that long ago */
};

/*
 * Writes PREFIXFILE.prom. With nodes, each of them has its own names of hosts,
 * uuids and an instance, in labels of the exporter's own: to be scraped with
 * honor_labels.
 */
void copies_write(const struct copies_plan *plan, const char *file);

#endif
