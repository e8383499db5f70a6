/*
 * Exporters of many kinds, played by the files of tests/exporters/, a real
 * Prometheus or VictoriaMetrics that scrapes them, and what the program says
 * of them.
 */
#ifndef SUPPORT_EXPORTERS_H
#define SUPPORT_EXPORTERS_H

#include <stdbool.h>

#include "support/responder.h"
#include "support/source.h"

/* One target, as in a scrape configuration. */
struct exporters_target {
	const char *file;   /* FILE.prom; NULL ends a list */
	const char *labels; /* in YAML: job: x, instance: "10.0.0.1:9400" */
	bool honors_labels;
};

struct exporters_site {
	const struct source *simulator; /* serves the directory */
	const char *directory;
	const struct exporters_target *targets;
	/* Another Prometheus, whose series this one has, too; or NULL. */
	const struct source *federated;
	unsigned scrape_interval_s; /* 0: the shortest that is safe */
};

/* One target at least of every exporter that there is a profile for. */
extern const struct exporters_target exporters_all[];

/* Those profiles' names; the last one is NULL. */
extern const char *const exporters_profiles[];

/* The directory of the files. */
const char *exporters_directory(void);

/* Serves each file of the directory, also those that come later. */
void exporters_serve(struct source *out, const char *directory);

/*
 * Scrape the site. An interval is the time a scrape may take as well: one that
 * is late, as all are on a busy machine, makes its series stale, and rows go.
 * What is there, comes after an interval, or some 10 seconds.
 */
void exporters_start_prometheus(struct source *out,
				const struct exporters_site *site);
void exporters_start_victoria(struct source *out,
			      const struct exporters_site *site);

/*
 * Returns once all the samples of the site's files are there, and those of
 * whom it federates. Files that are not do not count.
 */
void exporters_wait(const struct source *database,
		    const struct exporters_site *site);

/*
 * Asserts that what the program answers at the five endpoints, with times,
 * latency and version masked, is in tests/golden/exporters/NAME.json.
 */
void exporters_expect(const struct responder *r, const char *name);

/* The same with a program started for it, which looks for those profiles, and
 * is asked again what it remembers the series of. */
void exporters_expect_of(const struct source *database, const char *profiles,
			 const char *name);

/* Until a responder has looked for exporters. */
void exporters_wait_look(const struct responder *r);

/*
 * Asserts that /api/health counts GPUs as /api/v1/gpu/nodes does, after the
 * first look: no exporter has more than all nodes, nor all exporters fewer, and
 * none is there without rows.
 */
void exporters_expect_counts(const struct responder *r);

/* The body of one answer, masked, to be freed; asserts that it is a success. */
char *exporters_body(const struct responder *r, const char *path);

#endif
