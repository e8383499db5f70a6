#include "prom/advice.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static void
names_the_setting_that_a_status_is_about(void)
{
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(advice_on_status(401), "PROMETHEUS_TOKEN_FILE"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(advice_on_status(403), "PROMETHEUS_USER"));
	CU_ASSERT_PTR_NOT_NULL(strstr(advice_on_status(404), "/api/v1"));
	SUITE_EQUAL(advice_on_status(500), "");
}

static void
names_what_a_failed_connection_wants(void)
{
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(advice_on_connection(CURLE_PEER_FAILED_VERIFICATION),
		   "PROMETHEUS_CA_FILE"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(advice_on_connection(CURLE_SSL_CONNECT_ERROR), "https"));
	SUITE_EQUAL(advice_on_connection(CURLE_COULDNT_CONNECT), "");
}

static void
leaves_the_words_of_a_page(void)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {"", ""},
	    {"404 page not found\n", "404 page not found\n"},
	    {"a < b,  b > c", "a < b,  b > c"},
	    {"{\"error\":\"<a>\"}", "{\"error\":\"<a>\"}"},
	    {"<html>\r\n<head><title>401 Authorization Required</title></head>"
	     "\r\n<body>\r\n<center><h1>nginx</h1></center></body></html>\n",
	     "401 Authorization Required nginx"},
	    {"\n <!DOCTYPE html><STYLE>p { color: red }</STYLE>"
	     "<p class=\"a\">no</p><script>x < y</script>way",
	     "no way"},
	    {"<p>cut <b", "cut"},
	    {"<p>cut <style>p {", "cut"},
	    {"<", ""},
	    {"<>", ""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s", cases[i].text);
		advice_strip_markup(text);
		SUITE_EQUAL(text, cases[i].words);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"names the setting that a status is about",
	     names_the_setting_that_a_status_is_about},
	    {"names what a failed connection wants",
	     names_what_a_failed_connection_wants},
	    {"leaves the words of a page", leaves_the_words_of_a_page},
	    {NULL, NULL}};

	return suite_run("advice", tests);
}
