#include "base/quote.h"

void
quote_append(struct buf *out, const char *text)
{
	buf_append_text(out, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_append_text(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			buf_append_text(out, "\\");
		buf_append(out, text, 1);
	}
	buf_append_text(out, "\"");
}
