/* Steps of tests that run in Node.js, with what they need from npm. */
#ifndef SUPPORT_NPM_STEP_H
#define SUPPORT_NPM_STEP_H

/*
 * Runs the step of that script, a path in the sources, against that URL: bash
 * SCRIPT BUILD STEP URL. Asserts that it succeeds; what it says is shown, and
 * if it fails what it says of that.
 */
void npm_step_run(const char *script, const char *step, const char *url);

#endif
