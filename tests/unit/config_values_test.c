/* config_write_values: what /debug/vars tells of the settings. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/suite.h"

/* The environment: one variable, or none. */
static const char *set_name, *set_value;

static char *
lookup(const char *name)
{
	if (set_name == NULL || strcmp(name, set_name) != 0)
		return NULL;
	return (char *)set_value;
}

static enum err_code
load(const char *name, const char *value, struct config *out, struct err *e)
{
	set_name = name;
	set_value = value;
	memset(out, 0, sizeof(*out));
	memset(e, 0, sizeof(*e));
	return config_load(out, lookup, e);
}

/* All of them, to be freed; valid JSON. */
static char *
values_of(const struct config *c)
{
	struct buf out;
	struct json j;
	char *text;

	buf_init(&out, 1 << 16);
	json_init(&j, &out);
	config_write_values(c, &j);
	CU_ASSERT_TRUE(body_is_json(out.data, out.length));
	buf_append(&out, "", 1);
	CU_ASSERT_EQUAL_FATAL(buf_status(&out), ERR_OK);
	text = strdup(out.data);
	buf_fini(&out);
	return text;
}

static void
expect_value(const char *name, const char *value, const char *written)
{
	char expected[256], *text;
	struct config c;
	struct err e;

	CU_ASSERT_EQUAL_FATAL(load(name, value, &c, &e), ERR_OK);
	text = values_of(&c);
	snprintf(expected, sizeof(expected), "\"%s\":%s", name, written);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, expected));
	if (strstr(text, expected) == NULL)
		printf("# no %s in %s\n", expected, text);
	free(text);
}

static void
tells_values(void)
{
	expect_value("PORT", "8090", "8090,");
	expect_value("LOG_LEVEL", "debug", "\"debug\",");
	expect_value("LOG_FORMAT", "json", "\"json\",");
	expect_value("PROCESS_COMMAND", "none", "\"none\",");
	expect_value("SHARE_ANSWERS", "off", "false,");
	expect_value("DEBUG_ENDPOINTS", "on", "true,");
	expect_value("GPU_PROFILES", "a,b", "\"a,b\",");
	expect_value("CLUSTER_LABELS", "a,b", "\"a,b\",");
	expect_value("GPU_MATCHERS", "{a=\"b\"}", "\"{a=\\\"b\\\"}\",");
	expect_value("SHARED_FILE", "/a \"b\"", "\"/a \\\"b\\\"\",");
	expect_value("SHARED_FILE", "", "null,");
	expect_value("PROMETHEUS_TOKEN_FILE", "/dev/null", "\"/dev/null\",");
	expect_value("MAX_MEMORY_BYTES", "1099511627776", "1099511627776}");
}

/* Each setting by its name, as the help has them. */
static void
tells_every_setting(void)
{
	char *help = NULL, *text, *at;
	size_t length;
	FILE *out = open_memstream(&help, &length);
	struct config c;
	struct err e;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	config_write_help(out);
	fclose(out);
	CU_ASSERT_EQUAL_FATAL(load(NULL, NULL, &c, &e), ERR_OK);
	text = values_of(&c);
	for (at = help; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
		char key[64];

		at += *at == '\n';
		if (sscanf(at, "  %60[A-Z_]", key + 1) != 1 || at[2] == ' ')
			continue;
		key[0] = '"';
		strcat(key, "\"");
		CU_ASSERT_PTR_NOT_NULL(strstr(text, key));
	}
	free(text);
	free(help);
}

/* Nor where Prometheus is, nor who asks it with what. */
static void
tells_no_secret(void)
{
	static const struct {
		const char *name, *value, *written;
	} cases[] = {
	    {"PROMETHEUS_URL", "http://hunter2:hunter2@hunter2/hunter2",
	     "\"(set)\","},
	    {"PROMETHEUS_URL", "http://a,http://hunter2@b/", "\"(set)\","},
	    {"PROMETHEUS_HEADERS", "X-hunter2=hunter2", "\"(set)\","},
	    {"PROMETHEUS_PROXY", "http://hunter2:hunter2@hunter2:1",
	     "\"(set)\","}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct config c;
		struct err e;
		char *text;

		expect_value(cases[i].name, cases[i].value, cases[i].written);
		CU_ASSERT_EQUAL(load(cases[i].name, cases[i].value, &c, &e),
				ERR_OK);
		text = values_of(&c);
		CU_ASSERT_PTR_NULL(strstr(text, "hunter2"));
		free(text);
	}
	expect_value("PROMETHEUS_HEADERS", "", "null,");
	expect_value("PROMETHEUS_PROXY", "", "null,");
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"tells values", tells_values},
	    {"tells every setting", tells_every_setting},
	    {"tells no secret", tells_no_secret},
	    {NULL, NULL}};

	return suite_run("config_values", tests);
}
