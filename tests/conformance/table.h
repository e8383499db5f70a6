/* The table in conf/README.md: what each web server does. */
#ifndef CONFORMANCE_TABLE_H
#define CONFORMANCE_TABLE_H

/* A test: it is what the suite asserts. */
void table_is_true(void);

#endif
