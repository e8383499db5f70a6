/* Strings as PromQL and the text format of metrics have them. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include "base/buf.h"

/* Appends the text in double quotes, with \\, \" and \n for what they are. */
void quote_append(struct buf *out, const char *text);

#endif
