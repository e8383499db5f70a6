/* Steps of tests that run in Node.js, with what they need from npm. */
#ifndef SUPPORT_NPM_STEP_H
#define SUPPORT_NPM_STEP_H

#include "support/process.h"

/*
 * Runs the step of that script, a path in the sources, against that URL: bash
 * SCRIPT BUILD STEP URL. Asserts that it succeeds; what it says is shown, and
 * if it fails what it says of that.
 */
void npm_step_run(const char *script, const char *step, const char *url);

/*
 * Starts several steps in one process: bash SCRIPT BUILD STEP,STEP... URL. Of
 * each it says "begin STEP", what the step says, and "ok STEP" or "not ok
 * STEP", in lines of their own.
 */
struct process *npm_steps_start(const char *script, const char *steps,
				const char *url);

/*
 * Waits until all of them have ended, if they have not, as long as for one that
 * is run. Asserts that this one was right; what it said is shown.
 */
void npm_steps_expect(struct process *steps, const char *step);

#endif
