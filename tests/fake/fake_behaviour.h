/*
 * The table of ways in which the fake Prometheus answers a query.
 */
#ifndef TEST_FAKE_BEHAVIOUR_H
#define TEST_FAKE_BEHAVIOUR_H

#include <stdbool.h>
#include <stdio.h>

/* Over which points of time a query is asked, in Unix time. */
struct fake_range {
	long long start_s, end_s, step_s;
};

/* Whether the correct answer has a value then: not at each fifth point. */
static inline bool
fake_range_has_value(const struct fake_range *range, long long time_s)
{
	return (time_s - range->start_s) / range->step_s % 5 != 3;
}

/* One query to answer. */
struct fake_call {
	int fd;
	const char *query;
	const struct fake_range *range; /* NULL: an instant query */
	const struct fake_behaviour *behaviour;
	unsigned wait_ms;
	unsigned gpus_total;
	unsigned gpus_per_node;
};

/*
 * Exactly one of send, write and body is set: send() does everything itself
 * and returns whether the connection may stay; write() writes the body of an
 * answer with status 200 and type application/json; body is a fixed answer.
 */
struct fake_behaviour {
	const char *name;
	const char *about;
	bool (*send)(const struct fake_call *call);
	void (*write)(FILE *out, const struct fake_call *call);
	const char *body;
	int status;	     /* with body; 0 means 200 */
	const char *type;    /* with body; NULL means application/json */
	const char *headers; /* with body; more header lines, or NULL */
	unsigned wait_ms;    /* what waits, waits so long unless told */
};

/* The row of that name, or NULL. */
const struct fake_behaviour *fake_behaviour_find(const char *name);

/* Prints name and description of every row. */
void fake_behaviour_list(FILE *out);

/* Answers as call->behaviour says; false: the connection must be closed. */
bool fake_behaviour_run(const struct fake_call *call);

#endif
