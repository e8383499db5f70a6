/* What the code under test writes to stderr. */
#ifndef SUPPORT_CAPTURE_H
#define SUPPORT_CAPTURE_H

/* From here on stderr goes to a file. */
void capture_start(void);

/* Gives stderr back; the text, NUL-terminated, lives until the next one. */
const char *capture_end(void);

#endif
