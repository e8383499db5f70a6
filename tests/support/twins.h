/*
 * Stores that have the same cards in two states: each exporter of
 * exporters_all as it is, and its other half, with the same names and
 * addresses and other values.
 */
#ifndef SUPPORT_TWINS_H
#define SUPPORT_TWINS_H

#include "support/exporters.h"
#include "support/gate.h"
#include "support/moment.h"

enum { TWINS_TARGETS_MAX = 120, TWINS_LABELS_BYTES = 384 };

/* TWIN_LOST: the half that nobody has measured for three minutes. */
enum twin { TWIN_AS_IS, TWIN_HALF, TWIN_LOST };

/* What is scraped is added before it starts. */
struct twins_store {
	struct source simulator, prometheus;
	struct gate gate; /* in front of it */
	struct exporters_site site;
	struct exporters_target targets[TWINS_TARGETS_MAX];
	char labels[TWINS_TARGETS_MAX][TWINS_LABELS_BYTES];
	char files[TWINS_TARGETS_MAX][64];
	size_t count;
};

/* Writes what the exporters say; once, after harness_start(). */
void twins_write(void);

/*
 * All exporters, with more labels of their targets, which go before those that
 * they have; # in them is another number for each.
 */
void twins_add(struct twins_store *s, enum twin twin, const char *labels);

/* kube-state-metrics: the other half has other nodes at the same addresses. */
void twins_add_pods(struct twins_store *s, enum twin twin, const char *labels);

void twins_start(struct twins_store *s);

/* The same, with what another store has, by federation. */
void twins_start_above(struct twins_store *s, const struct twins_store *other);

void twins_stop(struct twins_store *s);

/* Returns once all of it is there. */
void twins_wait(const struct twins_store *s);

/*
 * What a responder for the store says that has looked around, with all
 * exporters ("auto") or one. To be emptied by moment_free().
 */
void twins_ask(struct moment *out, struct twins_store *s, const char *profiles);

#endif
