/*
 * What the program asks: a real Prometheus that scrapes a simulated fleet, or
 * the fake one.
 */
#ifndef SUPPORT_UPSTREAM_H
#define SUPPORT_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "support/process.h"

enum { UPSTREAM_URL_BYTES = 64, UPSTREAM_ARGUMENTS_MAX = 24 };

struct upstream {
	struct process *process;
	unsigned port;
	char url[UPSTREAM_URL_BYTES]; /* http://127.0.0.1:PORT */
};

/*
 * The simulator with static values, and more arguments, which end with NULL,
 * on a port of its own choice.
 */
void upstream_start_simulator(struct upstream *out,
			      const char *const *arguments);

/*
 * A Prometheus that scrapes the simulator every interval_s seconds, or nothing
 * if that is NULL. Its first scrape takes it five seconds, so start early what
 * is needed later.
 */
void upstream_start_prometheus(struct upstream *out,
			       const struct upstream *simulator,
			       unsigned interval_s);

/* The same with a configuration of its own, the whole file's text. */
void upstream_start_prometheus_with(struct upstream *out, const char *text);

/* One that has ended, on its port and with its data. */
void upstream_restart_prometheus(struct upstream *prometheus);

/* Returns once it answers and has that many series of the fleet. */
void upstream_wait_series(const struct upstream *prometheus, size_t series);

/* The first number that the answer to the PromQL query has; 0 without one. */
size_t upstream_ask(const struct upstream *prometheus, const char *query);

/* The fake Prometheus; arguments as above. */
void upstream_start_fake(struct upstream *out, const char *const *arguments);

/* Tells the fake how to answer from now on, as the query of /__set. */
void upstream_set_fake(const struct upstream *fake, const char *behaviour);

/* A number or a text from what the fake counts; the text is to be freed. */
long upstream_fake_count(const struct upstream *fake, const char *key);
char *upstream_fake_text(const struct upstream *fake, const char *key);

#endif
