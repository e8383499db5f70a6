#include "prom/url.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static void
takes_urls(void)
{
	static const char *const urls[] = {"http://localhost:9090",
					   "http://localhost:9090/",
					   "https://prometheus.example.org",
					   "HTTP://Example.org",
					   "http://10.0.0.1:80/a/prefix/",
					   "http://[::1]:9090",
					   "https://user:password@host:1/path",
					   "https://user@host",
					   "http://u%40x:p%2fw@host"};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct err e = {0};

		CU_ASSERT_EQUAL(url_check(urls[i], &e), ERR_OK);
		SUITE_EQUAL(e.text, "");
	}
}

static void
refuses_what_is_no_url_and_never_quotes_it(void)
{
	static const char *const urls[] = {"",
					   "http",
					   "http:",
					   "http://",
					   "https://",
					   "localhost:9090",
					   "//host",
					   "ftp://user:secret@host",
					   "user:secret@host:9090",
					   "file:///etc/passwd",
					   "http://user:secret@",
					   "http://user:secret@host:99999",
					   "http://user:secret@host:port",
					   "http://user:secret@ho st",
					   "http://user:sec ret@host",
					   "http://user:secret@host\n",
					   "http://user:secret@host/a?b=c",
					   "http://user:secret@host/a?",
					   "http://user:secret@host/#",
					   "http://user:secret@host/#a",
					   "http://user:secret@[::1",
					   " http://user:secret@host"};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct err e = {0};

		CU_ASSERT_EQUAL(url_check(urls[i], &e), ERR_SETTING);
		if (e.code != ERR_SETTING)
			SUITE_EQUAL(urls[i], "refused");
		CU_ASSERT_NOT_EQUAL(e.text[0], '\0');
		CU_ASSERT_PTR_NULL(strstr(e.text, "sec"));
		CU_ASSERT_PTR_NULL(strstr(e.text, "user"));
	}
}

static void
readies_a_url_for_paths(void)
{
	static const struct {
		const char *url, *for_paths, *safe;
	} cases[] = {{"http://localhost:9090", "http://localhost:9090",
		      "http://localhost:9090"},
		     {"http://h/", "http://h", "http://h"},
		     {"http://h/a/b///", "http://h/a/b", "http://h/a/b"},
		     {"https://user:secret@h:1/a/", "https://user:secret@h:1/a",
		      "https://h:1/a"},
		     {"https://user@h", "https://user@h", "https://h"},
		     {"https://:secret@h/", "https://:secret@h", "https://h"},
		     {"http://u:p%40q@[::1]:9090/", "http://u:p%40q@[::1]:9090",
		      "http://[::1]:9090"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *for_paths = url_for_paths(cases[i].url);
		char *safe = url_without_secrets(cases[i].url);

		SUITE_EQUAL(for_paths, cases[i].for_paths);
		SUITE_EQUAL(safe, cases[i].safe);
		free(for_paths);
		free(safe);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"takes URLs", takes_urls},
	    {"refuses what is no URL and never quotes it",
	     refuses_what_is_no_url_and_never_quotes_it},
	    {"readies a URL for paths", readies_a_url_for_paths},
	    {NULL, NULL}};

	return suite_run("url", tests);
}
