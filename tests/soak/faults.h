/*
 * What goes wrong during the soak, at random times: Prometheus is paused,
 * stopped and killed, one after the other, and responders are killed meanwhile.
 */
#ifndef SOAK_FAULTS_H
#define SOAK_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "support/responder.h"
#include "support/source.h"

enum {
	FAULTS_PROCESSES = 2,
	/* How long after Prometheus' return requests may still fail. */
	FAULTS_RECOVERY_MS = 2000
};

enum faults_kind {
	FAULTS_PAUSE,
	FAULTS_STOP,
	FAULTS_KILL,
	FAULTS_KILL_RESPONDER,
	FAULTS_KIND__MAX
};

extern const char *const faults_names[FAULTS_KIND__MAX];

struct faults {
	struct source *prometheus;
	const struct responder *responder;
	unsigned done[FAULTS_KIND__MAX];
	int64_t down_ms; /* of Prometheus, all together */

	/* Private. */
	unsigned short random[3];
	enum { WELL, PAUSED, ENDING, GONE, STARTING } state;
	int64_t due_ms;	       /* when the state changes */
	int64_t fault_ms;      /* when the last fault of Prometheus began */
	int64_t well_ms;       /* when it was over */
	int64_t kill_due_ms;   /* the same of the responders */
	pid_t killed_pid;      /* the last of them, until it has gone */
	int64_t killed_ms;     /* when it was last seen; 0 for none */
	unsigned scrape_at_ms; /* when in each second Prometheus scrapes */
};

/* Prometheus has to have scraped. */
void faults_init(struct faults *f, long seed, struct source *prometheus,
		 const struct responder *responder);

/* What is due by now; begins nothing new if may_begin is false. */
void faults_step(struct faults *f, bool may_begin);

/* No fault is under way, and requests must not fail any more. */
bool faults_are_over(const struct faults *f);

/*
 * Whether Prometheus' trouble, or a responder's death, explains that a request
 * failed that began then and has just ended.
 */
bool faults_explain_error(const struct faults *f, int64_t start_ms);
bool faults_explain_loss(const struct faults *f, int64_t start_ms);

/* How long after Prometheus' return that was; 0 if it is not back. */
int64_t faults_since_return_ms(const struct faults *f, int64_t time_ms);

/* A number from least to most. */
int64_t faults_random(struct faults *f, int64_t least, int64_t most);

#endif
