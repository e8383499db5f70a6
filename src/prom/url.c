#include "prom/url.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The part of the URL, to be freed with curl_free; NULL if absent. */
static char *
url_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;

	return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool
url_has(CURLU *url, CURLUPart part)
{
	char *text = url_part(url, part);

	curl_free(text);
	return text != NULL;
}

/* Said first, since libcurl's words for it would be about something else. */
static bool
starts_like_http(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 ||
	       strncasecmp(text, "https://", 8) == 0;
}

static enum err_code
parse_url(CURLU *url, const char *text, struct err *e)
{
	CURLUcode rc;

	if (!starts_like_http(text))
		return err_set(e, ERR_SETTING,
			       "must start with http:// or https://");
	rc = curl_url_set(url, CURLUPART_URL, text, 0);
	if (rc != CURLUE_OK)
		return err_set(e, ERR_SETTING, "is not a URL (%s)",
			       curl_url_strerror(rc));
	if (url_has(url, CURLUPART_QUERY) || url_has(url, CURLUPART_FRAGMENT))
		return err_set(e, ERR_SETTING,
			       "must end with the path, without ? or #");
	return ERR_OK;
}

enum err_code
url_check(const char *text, struct err *e)
{
	CURLU *url = curl_url();
	enum err_code code =
	    url == NULL ? err_set_memory(e) : parse_url(url, text, e);

	curl_url_cleanup(url);
	return code;
}

char *
url_for_paths(const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == '/')
		length--;
	return strndup(text, length);
}

char *
url_without_secrets(const char *text)
{
	CURLU *url = curl_url();
	char *safe = NULL, *copy = NULL;

	if (url != NULL &&
	    curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
	    curl_url_set(url, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
	    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK)
		safe = url_part(url, CURLUPART_URL);
	if (safe != NULL)
		copy = url_for_paths(safe);
	curl_free(safe);
	curl_url_cleanup(url);
	return copy;
}
