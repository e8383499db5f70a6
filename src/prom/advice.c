#include "prom/advice.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

const char *
advice_on_status(long status)
{
	switch (status) {
	case 401:
		return " (PROMETHEUS_TOKEN_FILE, or PROMETHEUS_USER and "
		       "PROMETHEUS_PASSWORD_FILE, say who asks)";
	case 403:
		return " (may who asks, by PROMETHEUS_USER or "
		       "PROMETHEUS_TOKEN_FILE, read from it?)";
	case 404:
		return " (PROMETHEUS_URL is the part before /api/v1 or /graph)";
	default:
		return "";
	}
}

const char *
advice_on_connection(CURLcode failure)
{
	switch (failure) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return " (PROMETHEUS_CA_FILE names the CA to trust)";
	case CURLE_SSL_CONNECT_ERROR:
		return " (does it speak https?)";
	default:
		return "";
	}
}

/* The end of the tag that begins at text: behind its '>', or the end of all. */
static const char *
skip_tag(const char *text)
{
	const char *end = strchr(text, '>');

	return end == NULL ? text + strlen(text) : end + 1;
}

/* What people do not see: behind the end of that element, if text begins one.
 */
static const char *
skip_hidden(const char *text)
{
	static const char *const elements[] = {"<style", "<script"};
	static const char *const ends[] = {"</style", "</script"};

	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		if (strncasecmp(text, elements[i], strlen(elements[i])) != 0)
			continue;
		while (*text != '\0' &&
		       strncasecmp(text, ends[i], strlen(ends[i])) != 0)
			text++;
	}
	return text;
}

void
advice_strip_markup(char *text)
{
	const char *in = text + strspn(text, " \t\r\n");
	char *out = text;
	bool is_space = false;

	if (*in != '<')
		return;
	while (*in != '\0') {
		if (*in == '<') {
			in = skip_tag(skip_hidden(in));
			is_space = true;
		} else if (isspace((unsigned char)*in)) {
			in++;
			is_space = true;
		} else {
			if (is_space && out != text)
				*out++ = ' ';
			is_space = false;
			*out++ = *in++;
		}
	}
	*out = '\0';
}
