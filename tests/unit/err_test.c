#include "base/err.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

static void
records_code_and_text(void)
{
	struct err e = {0};

	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(err_set(&e, ERR_QUERY, "%s is %d", "x", 7), ERR_QUERY);
	CU_ASSERT_EQUAL(e.code, ERR_QUERY);
	SUITE_EQUAL(e.text, "x is 7");
	CU_ASSERT_EQUAL(err_set(&e, ERR_TIMEOUT, "other"), ERR_TIMEOUT);
	SUITE_EQUAL(e.text, "other");
}

static void
cuts_long_text(void)
{
	char text[2 * ERR_TEXT_BYTES];
	struct err e = {0};

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_PROM, "%s", text);
	CU_ASSERT_EQUAL(strlen(e.text), ERR_TEXT_BYTES - 1);
	text[ERR_TEXT_BYTES - 1] = '\0';
	SUITE_EQUAL(e.text, text);
}

static void
has_one_text_for_spent_memory(void)
{
	struct err e = {0};

	CU_ASSERT_EQUAL(err_set_memory(&e), ERR_MEMORY);
	CU_ASSERT_EQUAL(e.code, ERR_MEMORY);
	SUITE_EQUAL(e.text, "Out of memory: the request needs more than "
			    "MAX_REQUEST_MEMORY_BYTES, all requests more than "
			    "MAX_MEMORY_BYTES, or the machine has no more");
}

static void
names_every_code(void)
{
	static const char *const names[ERR__MAX] = {
	    "ok",	 "setting", "query",	"not_found", "method",
	    "forbidden", "busy",    "upstream", "timeout",   "not_ready",
	    "too_big",	 "limit",   "gone",	"memory"};

	for (int code = 0; code < ERR__MAX; code++)
		SUITE_EQUAL(err_name((enum err_code)code), names[code]);
	CU_ASSERT_PTR_NOT_NULL(err_name(ERR__MAX));
}

static void
keeps_what_may_name_hosts_from_clients(void)
{
	static const struct {
		enum err_code code;
		bool is_public;
	} cases[] = {
	    {ERR_OK, false},	    {ERR_SETTING, false}, {ERR_QUERY, true},
	    {ERR_NOT_FOUND, true},  {ERR_METHOD, true},	  {ERR_FORBIDDEN, true},
	    {ERR_BUSY, true},	    {ERR_PROM, false},	  {ERR_TIMEOUT, false},
	    {ERR_NOT_READY, false}, {ERR_TOO_BIG, true},  {ERR_LIMIT, true},
	    {ERR_GONE, false},	    {ERR_MEMORY, true},	  {ERR__MAX, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CU_ASSERT_EQUAL(err_is_public(cases[i].code),
				cases[i].is_public);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"records code and text", records_code_and_text},
	    {"cuts long text", cuts_long_text},
	    {"has one text for spent memory", has_one_text_for_spent_memory},
	    {"names every code", names_every_code},
	    {"keeps what may name hosts from clients",
	     keeps_what_may_name_hosts_from_clients},
	    {NULL, NULL}};

	return suite_run("err", tests);
}
