/* label: numbers, uuids and hosts. */
#include "gpu/label.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static void
reads_numbers(void)
{
	static const struct {
		const char *text;
		uint32_t number;
	} cases[] = {{"0", 0},
		     {"007", 7},
		     {"4294967294", 4294967294},
		     {"4294967295", LABEL_NO_NUMBER},
		     {"99999999999", LABEL_NO_NUMBER},
		     {"", LABEL_NO_NUMBER},
		     {"-1", LABEL_NO_NUMBER},
		     {"+1", LABEL_NO_NUMBER},
		     {"1.0", LABEL_NO_NUMBER},
		     {" 1", LABEL_NO_NUMBER},
		     {"0x1", LABEL_NO_NUMBER},
		     {"nvidia0", LABEL_NO_NUMBER}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CU_ASSERT_EQUAL(
		    label_number(cases[i].text, strlen(cases[i].text)),
		    cases[i].number);
}

static void
expect_uuid(const char *text, const char *expected)
{
	char uuid[LABEL_UUID_MAX_BYTES + 1];
	size_t length = label_uuid(text, strlen(text), uuid);

	uuid[length] = '\0';
	SUITE_EQUAL(uuid, expected);
}

static void
normalises_uuids(void)
{
	char longest[LABEL_UUID_MAX_BYTES + 2];

	expect_uuid("GPU-8B2281DE-6d3c", "8b2281de-6d3c");
	expect_uuid("gpu-8b2281de-6d3c", "8b2281de-6d3c");
	expect_uuid("8b2281de-6d3c", "8b2281de-6d3c");
	expect_uuid("185011D4-21104518", "185011d4-21104518");
	expect_uuid("GPU-", "gpu-");
	expect_uuid("", "");
	expect_uuid("N/A", "");
	expect_uuid("[N/A]", "");
	expect_uuid("[Not Supported]", "");
	expect_uuid("unknown", "");
	expect_uuid("GPU-unknown", "");
	expect_uuid("unknown-1", "unknown-1");
	memset(longest, 'A', sizeof(longest));
	longest[LABEL_UUID_MAX_BYTES + 1] = '\0';
	expect_uuid(longest, "");
	longest[LABEL_UUID_MAX_BYTES] = '\0';
	CU_ASSERT_EQUAL(label_uuid(longest, LABEL_UUID_MAX_BYTES, longest),
			LABEL_UUID_MAX_BYTES);
}

static void
tells_masked_uuids(void)
{
	CU_ASSERT_TRUE(label_is_masked("00000000-0000", 13));
	CU_ASSERT_TRUE(label_is_masked("0", 1));
	CU_ASSERT_FALSE(label_is_masked("00000000-0001", 13));
}

static void
knows_texts_that_say_nothing(void)
{
	static const struct {
		const char *text;
		bool is_name, is_of_hardware;
	} cases[] = {{"", false, false},
		     {"[N/A]", false, false},
		     {"n/a", false, false},
		     {"[Not Supported]", false, false},
		     {"[Insufficient Permissions]", false, false},
		     {"<<<NULL>>>", false, false},
		     {"<<<PERMISSION_DENIED>>>", false, false},
		     {"<<<>>>", false, false},
		     /* People, and ps, may call theirs so. */
		     {"unknown", true, false},
		     {"none", true, false},
		     {"[kworker/0:1]", true, false},
		     {"<<>>", true, true},
		     {"<<<NULL", true, true},
		     {"NVIDIA A30", true, true},
		     {"Aqua Vanjaram [Instinct MI300X VF]", true, true},
		     {"0", true, true}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t length = strlen(cases[i].text);

		CU_ASSERT_EQUAL(label_says_something(cases[i].text, length),
				cases[i].is_name);
		CU_ASSERT_EQUAL(
		    label_of_hardware_says_something(cases[i].text, length),
		    cases[i].is_of_hardware);
	}
	CU_ASSERT_TRUE(label_is_instance("0", 1));
	CU_ASSERT_FALSE(label_is_instance("4294967295", 10));
	CU_ASSERT_FALSE(label_is_instance("NA", 2));
}

static void
reads_indexes(void)
{
	static const struct {
		const char *text;
		uint32_t index, instance;
		bool is_index;
	} cases[] = {{"3", 3, LABEL_NO_NUMBER, true},
		     {"3:0", 3, 0, true},
		     {"0:12", 0, 12, true},
		     {"node-1-3", LABEL_NO_NUMBER, LABEL_NO_NUMBER, true},
		     {"3:", LABEL_NO_NUMBER, LABEL_NO_NUMBER, false},
		     {":3", LABEL_NO_NUMBER, 3, false},
		     {"0:1:2", LABEL_NO_NUMBER, LABEL_NO_NUMBER, false},
		     {"node-1-", LABEL_NO_NUMBER, LABEL_NO_NUMBER, false},
		     {"true", LABEL_NO_NUMBER, LABEL_NO_NUMBER, false},
		     {"", LABEL_NO_NUMBER, LABEL_NO_NUMBER, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t length = strlen(cases[i].text);
		uint32_t index, instance;

		label_index(cases[i].text, length, &index, &instance);
		CU_ASSERT_EQUAL(index, cases[i].index);
		CU_ASSERT_EQUAL(instance, cases[i].instance);
		CU_ASSERT_EQUAL(label_is_index(cases[i].text, length),
				cases[i].is_index);
	}
}

static void
cuts_the_instance_off_a_model(void)
{
	static const struct {
		const char *model;
		size_t length;
	} cases[] = {{"NVIDIA A100 MIG 3g.20gb", 11},
		     {"NVIDIA-A100 MIG 1c.3g.20gb", 4},
		     {"NVIDIA A100 MIG", 15},
		     {"A MIG x", 7},
		     {" MIG 1g.5gb", 11},
		     {"", 0}};
	size_t length;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		label_model(cases[i].model, strlen(cases[i].model), &length);
		CU_ASSERT_EQUAL(length, cases[i].length);
	}
}

static void
cuts_what_stands_before(void)
{
	static const struct {
		const char *model, *rest;
	} models[] = {{"NVIDIA-NVIDIA A100", "NVIDIA A100"},
		      {"NVIDIA-Tesla T4", "Tesla T4"},
		      {"NVIDIA A100-SXM4", "NVIDIA A100-SXM4"},
		      {"NVIDIA-", "NVIDIA-"},
		      {"MLU370-X8", "MLU370-X8"}},
	  profiles[] = {{"1c.3g.40gb", "3g.40gb"},
			{"3g.40gb", "3g.40gb"},
			{"1g.10gb+me", "1g.10gb+me"},
			{"c.3g", "c.3g"},
			{"1c.", "1c."},
			{"12", "12"},
			{"cpx", "cpx"}};
	size_t length;

	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++) {
		SUITE_EQUAL(label_model(models[i].model,
					strlen(models[i].model), &length),
			    models[i].rest);
		CU_ASSERT_EQUAL(length, strlen(models[i].rest));
	}
	for (size_t i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) {
		SUITE_EQUAL(label_mig_profile(profiles[i].model,
					      strlen(profiles[i].model),
					      &length),
			    profiles[i].rest);
		CU_ASSERT_EQUAL(length, strlen(profiles[i].rest));
	}
}

static void
cuts_hosts(void)
{
	static const struct {
		const char *instance, *host;
	} cases[] = {{"10.1.2.3:9400", "10.1.2.3"},
		     {"node-1:9400", "node-1"},
		     {"node-1", "node-1"},
		     {"[fd00::1]:9400", "fd00::1"},
		     {"[fd00::1]", "fd00::1"},
		     {"[fd00::1", "fd00::1"},
		     {"[", ""},
		     {":9400", ""},
		     {"", ""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *host;
		char text[32];
		size_t length;

		label_host(cases[i].instance, strlen(cases[i].instance), &host,
			   &length);
		snprintf(text, sizeof(text), "%.*s", (int)length, host);
		SUITE_EQUAL(text, cases[i].host);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads numbers", reads_numbers},
	    {"normalises uuids", normalises_uuids},
	    {"tells masked uuids", tells_masked_uuids},
	    {"knows texts that say nothing", knows_texts_that_say_nothing},
	    {"reads indexes", reads_indexes},
	    {"cuts the instance off a model", cuts_the_instance_off_a_model},
	    {"cuts what stands before", cuts_what_stands_before},
	    {"cuts hosts", cuts_hosts},
	    {NULL, NULL}};

	return suite_run("label", tests);
}
