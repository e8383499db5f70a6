/* What people ask the program about their site, from a shell. */
#ifndef CHECK_H
#define CHECK_H

#include "base/err.h"
#include "program.h"

/* One line of ASCII: what Prometheus said may be part of it, and this is a
 * terminal. */
void check_make_printable(char *text);

/* --check: asks once and prints which exporters are there, and what they have
 * and lack. */
enum err_code check_exporters(struct program *p, struct err *e);

/* --explain-profile: asks once and prints what each line of the program's
 * explained_file finds. */
enum err_code check_profile(struct program *p, struct err *e);

#endif
