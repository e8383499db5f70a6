/* Clients that ask for one thing again and again, while a test does another. */
#ifndef SUPPORT_CROWD_H
#define SUPPORT_CROWD_H

enum crowd_kind {
	CROWD_RIGHT,   /* 200 with data, and all of it */
	CROWD_REFUSED, /* nginx' own envelope with 502 */
	CROWD_WRONG,   /* anything else */
	CROWD_KIND__MAX
};

struct crowd;

/* Starts as many, in a thread; the URL is copied. */
struct crowd *crowd_start(const char *url, unsigned clients);

/* Returns once that many more answers have come, right or not. */
void crowd_wait(const struct crowd *c, unsigned answers);

/*
 * Returns once each client has its last answer, and counts the answers of each
 * kind; what was wrong is printed.
 */
void crowd_stop(struct crowd *c, unsigned counts[static CROWD_KIND__MAX]);

#endif
