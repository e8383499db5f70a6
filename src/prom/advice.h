/* What to do about a server that does not answer as Prometheus does: what is
 * added to the text of the failure. */
#ifndef PROM_ADVICE_H
#define PROM_ADVICE_H

#include <curl/curl.h>

/* About an answer with that HTTP status; "" if there is nothing to advise. */
const char *advice_on_status(long status);

/* About a connection that failed so; "" if there is nothing to advise. */
const char *advice_on_connection(CURLcode failure);

/* Takes the tags and what is between <style> or <script> and their end away,
 * and makes one space of all space: of a page in HTML its words are left. Of a
 * text that does not begin with a tag nothing changes. */
void advice_strip_markup(char *text);

#endif
