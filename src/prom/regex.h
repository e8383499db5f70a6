/* What is wrong with a regular expression, as far as it is plain to see. */
#ifndef PROM_REGEX_H
#define PROM_REGEX_H

/*
 * What RE2, which Prometheus has, would refuse it for; NULL if nothing is
 * found. A fault that is not found here Prometheus tells of, query by query.
 */
const char *regex_fault(const char *text);

#endif
