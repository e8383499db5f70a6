/*
 * Settings: NAME=value. An error names the setting, and never shows a secret
 * (the word hunter2) of one that may hold some.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fuzz/target.h"
#include "prom/headers.h"
#include "prom/upstream.h"

static char *text, *value;

static char *
lookup(const char *name)
{
	return value != NULL && strcmp(name, text) == 0 ? value : NULL;
}

static enum err_code
take_header(void *context, const char *header, struct err *e)
{
	(void)context, (void)e;
	target_require(strpbrk(header, "\r\n") == NULL,
		       "a header holds the start of another");
	return ERR_OK;
}

static void
use(const struct config *config)
{
	struct upstream_list servers;
	struct err e = {.code = ERR_OK};

	target_require(upstream_init(&servers, config->prometheus_url, &e) ==
			   ERR_OK,
		       "the URL was right, and is wrong");
	target_require(servers.count > 0 && servers.safe_urls != NULL,
		       "there is no server");
	upstream_fini(&servers);
	if (config->prometheus_headers != NULL)
		target_require(headers_read(config->prometheus_headers,
					    take_header, NULL, &e) == ERR_OK,
			       "the headers were right, and are wrong");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {.code = ERR_OK};
	struct config config;

	text = target_text(data, size);
	value = strchr(text, '=');
	if (value != NULL)
		*value++ = '\0';
	if (config_load(&config, lookup, &e) == ERR_OK)
		use(&config);
	else
		target_require(e.code == ERR_SETTING &&
				   strncmp(e.text, text, strlen(text)) == 0,
			       "the error does not name the setting");
	if (strcmp(text, "PROMETHEUS_URL") == 0 ||
	    strcmp(text, "PROMETHEUS_HEADERS") == 0 ||
	    strcmp(text, "PROMETHEUS_PROXY") == 0)
		target_require(strstr(e.text, "hunter2") == NULL,
			       "the error shows a secret");
	free(text);
	return 0;
}
