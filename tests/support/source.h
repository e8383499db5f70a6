/*
 * What the program asks: a real Prometheus that scrapes a simulated fleet, or
 * the fake one.
 */
#ifndef SUPPORT_SOURCE_H
#define SUPPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "support/process.h"

enum { SOURCE_URL_BYTES = 64, SOURCE_ARGUMENTS_MAX = 24 };

struct source {
	struct process *process;
	unsigned port;
	char url[SOURCE_URL_BYTES]; /* http://127.0.0.1:PORT */
};

/*
 * The simulator with static values, and more arguments, which end with NULL,
 * on a port of its own choice.
 */
void source_start_simulator(struct source *out, const char *const *arguments);

/*
 * A Prometheus that scrapes the simulator every interval_s seconds, or nothing
 * if that is NULL. Its first scrape takes it five seconds, so start early what
 * is needed later.
 */
void source_start_prometheus(struct source *out, const struct source *simulator,
			     unsigned interval_s);

/* The same with a configuration of its own, the whole file's text. */
void source_start_prometheus_with(struct source *out, const char *text);

/* One that has ended, on its port and with its data. */
void source_restart_prometheus(struct source *prometheus);

/* Returns once it answers and has that many series of the fleet. */
void source_wait_series(const struct source *prometheus, size_t series);

/* The first number that the answer to the PromQL query has; 0 without one. */
size_t source_ask(const struct source *prometheus, const char *query);

/* The fake Prometheus; arguments as above. */
void source_start_fake(struct source *out, const char *const *arguments);

/* Tells the fake how to answer from now on, as the query of /__set. */
void source_set_fake(const struct source *fake, const char *behaviour);

/* From now on it has a clock, that much ahead of ours. */
void source_set_fake_clock(const struct source *fake, int ahead_s);

/* A number or a text from what the fake counts; the text is to be freed. */
long source_fake_count(const struct source *fake, const char *key);
char *source_fake_text(const struct source *fake, const char *key);

#endif
