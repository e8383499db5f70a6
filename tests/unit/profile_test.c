/* profile_parse: what a profile says, and what is wrong with a wrong one. */
#include "gpu/profile.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

#define NAME   "\"name\":\"x\""
#define LABELS "\"labels\":{\"node\":[\"node\"],\"index\":[\"gpu\"]}"
#define FIELDS "\"fields\":{\"utilization\":{\"metric\":\"busy\"}}"

/* Whole profiles in which one thing is as given. */
#define WITH_NAME(value)   "{\"name\":" value "," LABELS "," FIELDS "}"
#define WITH_LABELS(value) "{" NAME ",\"labels\":" value "," FIELDS "}"
#define WITH_FIELDS(value) "{" NAME "," LABELS ",\"fields\":" value "}"
#define WITH_NODE(value)   WITH_LABELS("{\"node\":" value ",\"index\":[\"i\"]}")
#define WITH_METRIC(value) WITH_FIELDS("{\"temperature\":" value "}")
#define WITH_SCALE(value)  WITH_METRIC("{\"metric\":\"t\",\"scale\":" value "}")
#define WITH_OPTIONAL(text)                                                    \
	WITH_METRIC("{\"metric\":\"t\",\"optional\":" text "}")

/* The example of profile.h. */
static const char documented[] =
    "{\n  \"name\": \"nvidia-gpu-list-exporter\",\n"
    "  \"labels\": {\"node\": [\"node\", \"hostname\"], \"index\":"
    " [\"gpu\", \"gpu_id\"],\n"
    "             \"model\": [\"gpu_name\"]},\n"
    "  \"fields\": {\"utilization\":"
    " {\"metric\": \"nvidia_gpu_utilization_percent\"},\n"
    "             \"power_draw\":"
    " {\"metric\": \"nvidia_gpu_power_draw_milliwatts\",\n"
    "                            \"scale\": 0.001, \"optional\": true}}\n}\n";

static struct budget budget;
static struct arena arena;
static struct err err;

static enum err_code
parse_of(const char *text, size_t length, size_t budget_bytes,
	 struct profile **out)
{
	memset(&err, 0, sizeof(err));
	budget_init(&budget, budget_bytes);
	arena_init(&arena, &budget);
	return profile_parse("x.json", text, length, &arena, out, &err);
}

static enum err_code
parse(const char *text, struct profile **out)
{
	return parse_of(text, strlen(text), 1 << 20, out);
}

static void
check_documented(const struct profile *p)
{
	static const struct element_label labels[] = {
	    {"node", PROFILE_NODE},	 {"hostname", PROFILE_NODE},
	    {"gpu", PROFILE_INDEX},	 {"gpu_id", PROFILE_INDEX},
	    {"gpu_name", PROFILE_MODEL},
	};

	SUITE_EQUAL(p->name, "nvidia-gpu-list-exporter");
	CU_ASSERT_EQUAL_FATAL(p->label_count, 5);
	for (size_t i = 0; i < 5; i++) {
		SUITE_EQUAL(p->labels[i].name, labels[i].name);
		CU_ASSERT_EQUAL(p->labels[i].slot, labels[i].slot);
	}
	for (int i = FIELD_MEMORY_USED; i < FIELD_POWER_DRAW; i++)
		CU_ASSERT_PTR_NULL(p->metrics[i].name);
	SUITE_EQUAL(p->metrics[FIELD_UTILIZATION].name,
		    "nvidia_gpu_utilization_percent");
	CU_ASSERT_EQUAL(p->metrics[FIELD_UTILIZATION].scale, 1);
	CU_ASSERT_FALSE(p->metrics[FIELD_UTILIZATION].is_optional);
	SUITE_EQUAL(p->metrics[FIELD_POWER_DRAW].name,
		    "nvidia_gpu_power_draw_milliwatts");
	CU_ASSERT_EQUAL(p->metrics[FIELD_POWER_DRAW].scale, 0.001);
	CU_ASSERT_TRUE(p->metrics[FIELD_POWER_DRAW].is_optional);
}

static void
reads_the_documented_format(void)
{
	char text[sizeof(documented)];
	struct profile *p;

	memcpy(text, documented, sizeof(text));
	CU_ASSERT_EQUAL_FATAL(parse(text, &p), ERR_OK);
	memset(text, '?', sizeof(text)); /* nothing is borrowed from it */
	check_documented(p);
	arena_fini(&arena);
}

static void
reads_other_forms(void)
{
	static const struct {
		const char *text;
		double scale;
		bool is_optional;
	} forms[] = {
	    {WITH_METRIC("{\"metric\":\"t\"}"), 1, false},
	    {WITH_METRIC("{\"metric\":\"a:b_1\"}"), 1, false},
	    {WITH_SCALE("1000"), 1000, false},
	    {WITH_SCALE("1e-3"), 0.001, false},
	    {WITH_SCALE("0.5"), 0.5, false},
	    {WITH_OPTIONAL("false"), 1, false},
	    {WITH_OPTIONAL("true"), 1, true},
	    /* Any order. */
	    {"{\"fields\":{\"temperature\":{\"optional\":true,\"scale\":2,"
	     "\"metric\":\"t\"}}," LABELS "," NAME "}",
	     2, true},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct profile_metric *m;
		struct profile *p;

		CU_ASSERT_EQUAL_FATAL(parse(forms[i].text, &p), ERR_OK);
		m = &p->metrics[FIELD_TEMPERATURE];
		CU_ASSERT_EQUAL(m->scale, forms[i].scale);
		CU_ASSERT_EQUAL(m->is_optional, forms[i].is_optional);
		arena_fini(&arena);
	}
}

static void
check_wrong(const char *text, const char *expected)
{
	struct profile *p = (struct profile *)&err;

	CU_ASSERT_EQUAL(parse(text, &p), ERR_SETTING);
	CU_ASSERT_EQUAL(err.code, ERR_SETTING);
	CU_ASSERT_PTR_NULL(p);
	SUITE_EQUAL(err.text, expected);
	arena_fini(&arena);
}

static void
says_what_is_wrong_at_the_top(void)
{
	static const char *const cases[][2] = {
	    {"[]", "x.json: the file must be an object"},
	    {"\"text\"", "x.json: the file must be an object"},
	    {"12", "x.json: the file must be an object"},
	    {"{}", "x.json: name is missing"},
	    {"{" LABELS "," FIELDS "}", "x.json: name is missing"},
	    {"{" NAME "," FIELDS "}", "x.json: labels.node is missing"},
	    {"{" NAME "," LABELS "}", "x.json: fields is missing or empty"},
	    {"{" NAME "," LABELS "," FIELDS ",\"label\":{}}",
	     "x.json: label is not a known key (name, labels, fields)"},
	    {WITH_NAME("\"\""),
	     "x.json: name must be a text that is not empty"},
	    {WITH_NAME("7"), "x.json: name must be a text that is not empty"},
	    {WITH_NAME("null"),
	     "x.json: name must be a text that is not empty"},
	    {WITH_NAME("[\"x\"]"),
	     "x.json: name must be a text that is not empty"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_wrong(cases[i][0], cases[i][1]);
}

static void
says_what_is_wrong_with_labels(void)
{
	static const char not_names[] =
	    "x.json: labels.node must list names of Prometheus labels";
	static const char *const cases[][2] = {
	    {WITH_LABELS("[]"), "x.json: labels must be an object"},
	    {WITH_LABELS("\"node\""), "x.json: labels must be an object"},
	    {WITH_LABELS("{}"), "x.json: labels.node is missing"},
	    {WITH_LABELS("{\"index\":[\"gpu\"]}"),
	     "x.json: labels.node is missing"},
	    {WITH_LABELS("{\"node\":[\"node\"]}"),
	     "x.json: labels.index is missing"},
	    {WITH_LABELS("{\"node\":[\"n\"],\"index\":[\"i\"],\"uuid\":[]}"),
	     "x.json: labels.uuid is not a known key (node, index, model)"},
	    {WITH_NODE("\"node\""),
	     "x.json: labels.node must be a list of label names"},
	    {WITH_NODE("[]"),
	     "x.json: labels.node must be a list of label names"},
	    {WITH_NODE("null"),
	     "x.json: labels.node must be a list of label names"},
	    {WITH_NODE("[1]"), not_names},
	    {WITH_NODE("[null]"), not_names},
	    {WITH_NODE("[\"\"]"), not_names},
	    {WITH_NODE("[\"node\",\"host name\"]"), not_names},
	    {WITH_NODE("[\"1node\"]"), not_names},
	    {WITH_NODE("[\"node:name\"]"), not_names},
	    {WITH_NODE("[\"n\xc3\xb6"
		       "de\"]"),
	     not_names},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_wrong(cases[i][0], cases[i][1]);
}

static void
says_what_is_wrong_with_fields(void)
{
	static const char no_metric[] = "x.json: fields.temperature metric "
					"must be the name of a Prometheus "
					"metric";
	static const char *const cases[][2] = {
	    {WITH_FIELDS("[]"), "x.json: fields must be an object"},
	    {WITH_FIELDS("{}"), "x.json: fields is missing or empty"},
	    {WITH_FIELDS("{\"heat\":{\"metric\":\"t\"}}"),
	     "x.json: fields.heat is not a known field"},
	    {WITH_FIELDS("{\"memory_utilization\":{\"metric\":\"t\"}}"),
	     "x.json: fields.memory_utilization is computed, it takes no "
	     "metric"},
	    {WITH_METRIC("\"t\""),
	     "x.json: fields.temperature must be an object with a metric"},
	    {WITH_METRIC("null"),
	     "x.json: fields.temperature must be an object with a metric"},
	    {WITH_METRIC("{}"), "x.json: fields.temperature has no metric"},
	    {WITH_METRIC("{\"scale\":2}"),
	     "x.json: fields.temperature has no metric"},
	    {WITH_METRIC("{\"metric\":\"t\",\"unit\":\"K\"}"),
	     "x.json: fields.temperature.unit is not a known key (metric, "
	     "scale, optional)"},
	    {WITH_METRIC("{\"metric\":7}"), no_metric},
	    {WITH_METRIC("{\"metric\":\"\"}"), no_metric},
	    {WITH_METRIC("{\"metric\":\"1t\"}"), no_metric},
	    {WITH_METRIC("{\"metric\":\"gpu-temp\"}"), no_metric},
	    {WITH_METRIC("{\"metric\":\"up or t\"}"), no_metric},
	    {WITH_METRIC("{\"metric\":\"t{a='b'}\"}"), no_metric},
	    {WITH_OPTIONAL("\"true\""),
	     "x.json: fields.temperature optional must be true or false"},
	    {WITH_OPTIONAL("1"),
	     "x.json: fields.temperature optional must be true or false"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_wrong(cases[i][0], cases[i][1]);
}

static void
says_what_is_wrong_with_a_scale(void)
{
	static const char *const small[] = {
	    WITH_SCALE("0"),   WITH_SCALE("-1"),      WITH_SCALE("-0.5"),
	    WITH_SCALE("0.0"), WITH_SCALE("1e-999"),  WITH_SCALE("1e999"),
	    WITH_SCALE("NaN"), WITH_SCALE("Infinity")};
	static const char *const others[] = {
	    WITH_SCALE("\"1\""), WITH_SCALE("true"), WITH_SCALE("null"),
	    WITH_SCALE("[1]")};

	for (size_t i = 0; i < sizeof(small) / sizeof(*small); i++)
		check_wrong(
		    small[i],
		    "x.json: fields.temperature scale must be greater than 0");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		check_wrong(
		    others[i],
		    "x.json: fields.temperature scale must be a number");
}

/* What follows is json-c's own description. */
static void
refuses_what_is_not_json(void)
{
	static const char expected[] = "x.json: is not JSON: ";
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
	    {"", 0},
	    {"   \n", 4},
	    {"{", 1},
	    {"name: x", 7},
	    {"{'name':'x'}", 12},
	    {"{\"name\":\"x\",}", 13},
	    {"{\"name\":\"\xff\"}", 12},
	    {"{" NAME "," LABELS "," FIELDS,
	     sizeof("{" NAME "," LABELS "," FIELDS) - 1},
	    {"{} {}", 5},
	    {"{} // comment", 13},
	    {"[[[[[[[[[[[[]]]]]]]]]]]]", 24},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct profile *p;

		CU_ASSERT_EQUAL(
		    parse_of(cases[i].text, cases[i].length, 1 << 20, &p),
		    ERR_SETTING);
		CU_ASSERT_PTR_NULL(p);
		err.text[sizeof(expected) - 1] = '\0';
		SUITE_EQUAL(err.text, expected);
		arena_fini(&arena);
	}
}

/* JSON can say U+0000; C strings would end there. */
static void
refuses_nul_characters(void)
{
	static const char behind[] = "{" NAME "," LABELS "," FIELDS "}\0,";
	static const char *const cases[][2] = {
	    {WITH_NAME("\"\\u0000\""),
	     "x.json: name must be a text that is not empty"},
	    {WITH_NODE("[\"node\\u0000=\"]"),
	     "x.json: labels.node must list names of Prometheus labels"},
	    {WITH_METRIC("{\"metric\":\"t\\u0000{}\"}"),
	     "x.json: fields.temperature metric must be the name of a "
	     "Prometheus metric"},
	};
	struct profile *p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_wrong(cases[i][0], cases[i][1]);
	CU_ASSERT_EQUAL(parse_of(behind, sizeof(behind) - 1, 1 << 20, &p),
			ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "x.json: is not JSON: "));
	arena_fini(&arena);
}

/* A value like any other, though json-c's is a null pointer. */
static void
takes_null_for_json(void)
{
	check_wrong("null", "x.json: the file must be an object");
}

/* A profile that names that many labels for the node, and one index. */
static const char *
with_labels(int count)
{
	static char text[4096];
	int at = snprintf(text, sizeof(text),
			  "{%s,%s,\"labels\":{\"index\":"
			  "[\"gpu\"],\"node\":[",
			  NAME, FIELDS);

	for (int i = 0; i < count; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at,
			       "%s\"label_%d\"", i > 0 ? "," : "", i);
	snprintf(text + at, sizeof(text) - (size_t)at, "]}}");
	return text;
}

static void
counts_labels(void)
{
	struct profile *p;

	CU_ASSERT_EQUAL_FATAL(parse(with_labels(31), &p), ERR_OK);
	CU_ASSERT_EQUAL(p->label_count, PROFILE_LABELS_MAX);
	SUITE_EQUAL(p->labels[31].name, "label_30");
	arena_fini(&arena);
	check_wrong(with_labels(32),
		    "x.json: labels.node makes more than 32 label names");
}

static void
survives_a_lack_of_memory(void)
{
	size_t bytes = 0, failures = 0;
	enum err_code code;
	struct profile *p;

	do {
		code = parse_of(documented, strlen(documented), bytes, &p);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		CU_ASSERT_EQUAL(p == NULL, code != ERR_OK);
		arena_fini(&arena);
		CU_ASSERT_EQUAL(budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 8;
	} while (code != ERR_OK && bytes < 1 << 20);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads the documented format", reads_the_documented_format},
	    {"reads other forms", reads_other_forms},
	    {"says what is wrong at the top", says_what_is_wrong_at_the_top},
	    {"says what is wrong with labels", says_what_is_wrong_with_labels},
	    {"says what is wrong with fields", says_what_is_wrong_with_fields},
	    {"says what is wrong with a scale",
	     says_what_is_wrong_with_a_scale},
	    {"refuses what is not JSON", refuses_what_is_not_json},
	    {"refuses NUL characters", refuses_nul_characters},
	    {"takes null for JSON", takes_null_for_json},
	    {"counts labels", counts_labels},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("profile", tests);
}
