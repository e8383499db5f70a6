/* Which metrics tell of problems: what is wrong in a profile's section. */
#include <CUnit/CUnit.h>

#include "support/profile_case.h"
#include "support/suite.h"

#define PROBLEMS(text) WITH_KEY("\"problems\":" text)
#define HEALTH(text)   PROBLEMS("{\"health\":{\"metric\":\"h\"," text "}}")

static void
takes_each_way(void)
{
	static const char *const right[] = {
	    HEALTH("\"as\":\"positive\""),
	    HEALTH("\"as\":\"zero\",\"where\":{\"a\":\"b\"}"),
	    HEALTH("\"as\":\"level\",\"warning\":10,\"critical\":20"),
	    HEALTH("\"as\":\"level\",\"warning\":0.5"),
	    HEALTH("\"as\":\"level\",\"critical\":2"),
	    PROBLEMS("{\"power_brake\":[{\"metric\":\"a\",\"as\":\"bits\","
		     "\"mask\":136},{\"metric\":\"b\",\"as\":\"positive\"}]}"),
	    PROBLEMS("{\"ecc_uncorrectable\":{\"metric\":\"a\",\"as\":"
		     "\"increase\",\"window_s\":3600,\"above\":1.5e9}}"),
	    PROBLEMS("{\"xid\":[{\"metric\":\"a\",\"as\":\"code\"},"
		     "{\"metric\":\"b\",\"as\":\"increase\",\"window_s\":60,"
		     "\"code_label\":\"xid\"},{\"metric\":\"c\",\"as\":"
		     "\"positive\",\"code_label\":\"xid\"}]}")};

	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
		profile_case_right(right[i]);
}

static void
says_what_is_wrong(void)
{
	static const char *const cases[][2] = {
	    {PROBLEMS("[]"), "x.json: problems must be an object of problems"},
	    {PROBLEMS("{}"), "x.json: problems must be an object of problems"},
	    {PROBLEMS("{\"hot\":{\"metric\":\"a\",\"as\":\"positive\"}}"),
	     "x.json: problems.hot is no problem that metrics tell of (xid, "
	     "ecc_uncorrectable, row_remap_failed, row_remap_pending, "
	     "thermal_slowdown, power_brake, power_capped, health)"},
	    {HEALTH("\"scale\":2"),
	     "x.json: problems.health.scale is not a known key (metric, where, "
	     "as, mask, window_s, above, warning, critical, code_label)"},
	    {HEALTH("\"as\":\"more\""),
	     "x.json: problems.health as must be positive, zero, bits, "
	     "increase, code or level"},
	    {HEALTH("\"where\":{}"),
	     "x.json: problems.health as must be positive, zero, bits, "
	     "increase, code or level"},
	    {HEALTH("\"as\":\"bits\""),
	     "x.json: problems.health lacks mask, which \"as\": \"bits\" "
	     "needs"},
	    {HEALTH("\"as\":\"bits\",\"mask\":0"),
	     "x.json: problems.health mask must be a whole number from 1 to "
	     "65535"},
	    {HEALTH("\"as\":\"bits\",\"mask\":1.5"),
	     "x.json: problems.health mask must be a whole number from 1 to "
	     "65535"},
	    {HEALTH("\"as\":\"positive\",\"mask\":1"),
	     "x.json: problems.health has mask, which is for \"as\": \"bits\" "
	     "alone"},
	    {HEALTH("\"as\":\"increase\""),
	     "x.json: problems.health lacks window_s, which \"as\": "
	     "\"increase\" needs"},
	    {HEALTH("\"as\":\"increase\",\"window_s\":59"),
	     "x.json: problems.health window_s must be a whole number from 60 "
	     "to 86400"},
	    {HEALTH("\"as\":\"increase\",\"window_s\":60,\"above\":-1"),
	     "x.json: problems.health above must be a number, 0 or more"},
	    {HEALTH("\"as\":\"level\""),
	     "x.json: problems.health lacks warning or critical, one of which "
	     "\"as\": \"level\" needs"},
	    {HEALTH("\"as\":\"level\",\"warning\":\"1\""),
	     "x.json: problems.health warning must be a number, 0 or more"},
	    {HEALTH("\"as\":\"level\",\"warning\":3,\"critical\":2"),
	     "x.json: problems.health warning is above critical"},
	    {HEALTH("\"as\":\"code\""),
	     "x.json: problems.health has codes, which are for xid alone"},
	    {HEALTH("\"as\":\"zero\",\"code_label\":\"c\""),
	     "x.json: problems.health has code_label, which is for \"as\": "
	     "\"increase\" and \"positive\" alone"},
	    {HEALTH("\"as\":\"positive\",\"code_label\":\"gpu\""),
	     "x.json: problems.health code_label is one of labels already"},
	    {PROBLEMS("{\"xid\":{\"metric\":\"a\",\"as\":\"positive\"}}"),
	     "x.json: problems.xid must be \"as\": \"code\", or have a "
	     "code_label"}};

	PROFILE_CASE_ALL_WRONG(cases);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"takes each way", takes_each_way},
	    {"says what is wrong", says_what_is_wrong},
	    {NULL, NULL}};

	return suite_run("profile_problems", tests);
}
