/* Where Prometheus is: the URL of the settings, read by libcurl's parser. */
#ifndef PROM_URL_H
#define PROM_URL_H

#include "base/buf.h"
#include "base/err.h"

/*
 * ERR_SETTING with a reason if the text is not an http or https URL, with an
 * optional user, password, port and path, and nothing behind the path. The
 * reason never quotes the URL: it may hold a password.
 */
enum err_code url_check(const char *text, struct err *e);

/* The same for a proxy: http, https, socks5 or socks5h, without a path. */
enum err_code url_check_proxy(const char *text, struct err *e);

/*
 * Both return a copy on the heap, without slashes at the end, or NULL if
 * there is no memory: the URL as it is, ready for a path behind it, and
 * without user and password, fit for logs and messages.
 */
char *url_for_paths(const char *text);
char *url_without_secrets(const char *text);

/* Appends a text as the value of a parameter, %-encoded. ERR_MEMORY, or what
 * buf_status says. */
enum err_code url_append_escaped(struct buf *out, const char *text)
    __attribute__((warn_unused_result));

#endif
