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
starts_with_any(const char *text, const char *const *schemes)
{
	for (; *schemes != NULL; schemes++)
		if (strncasecmp(text, *schemes, strlen(*schemes)) == 0)
			return true;
	return false;
}

static enum err_code
parse_url(CURLU *url, const char *text, unsigned flags, struct err *e)
{
	CURLUcode rc = curl_url_set(url, CURLUPART_URL, text, flags);

	return rc == CURLUE_OK ? ERR_OK
			       : err_set(e, ERR_SETTING, "is not a URL (%s)",
					 curl_url_strerror(rc));
}

static enum err_code
check_server(CURLU *url, const char *text, struct err *e)
{
	static const char *const schemes[] = {"http://", "https://", NULL};

	/* Said first, since libcurl's words would be about something else. */
	if (!starts_with_any(text, schemes))
		return err_set(e, ERR_SETTING,
			       "must start with http:// or https://");
	if (parse_url(url, text, 0, e) != ERR_OK)
		return e->code;
	/* An empty one is none for libcurl, and cuts off what follows. */
	if (strpbrk(text, "?#") != NULL)
		return err_set(e, ERR_SETTING,
			       "must end with the path, without ? or #");
	return ERR_OK;
}

static enum err_code
check_proxy(CURLU *url, const char *text, struct err *e)
{
	static const char *const schemes[] = {"http://", "https://",
					      "socks5://", "socks5h://", NULL};

	if (!starts_with_any(text, schemes))
		return err_set(e, ERR_SETTING,
			       "must start with http://, https://, socks5:// "
			       "or socks5h://");
	return parse_url(url, text, CURLU_NON_SUPPORT_SCHEME, e);
}

typedef enum err_code (*url_checker)(CURLU *url, const char *text,
				     struct err *e);

static enum err_code
check_with(url_checker check, const char *text, struct err *e)
{
	CURLU *url = curl_url();
	enum err_code code =
	    url == NULL ? err_set_memory(e) : check(url, text, e);

	curl_url_cleanup(url);
	return code;
}

enum err_code
url_check(const char *text, struct err *e)
{
	return check_with(check_server, text, e);
}

enum err_code
url_check_proxy(const char *text, struct err *e)
{
	return check_with(check_proxy, text, e);
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

enum err_code
url_append_escaped(struct buf *out, const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);

	if (escaped == NULL)
		return ERR_MEMORY;
	buf_append_text(out, escaped);
	curl_free(escaped);
	return buf_status(out);
}
