/* Standard input, output and error. */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

#include "base/err.h"

/*
 * Opens /dev/null in place of those that are closed, as FastCGI's specification
 * (section 2.2) has programs started: else the next file or connection would
 * be standard error, and get the log. To be called first in main().
 */
enum err_code descriptors_fill_standard(struct err *e);

#endif
