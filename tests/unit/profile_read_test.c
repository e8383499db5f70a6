/* profile_read: what a profile says. What is wrong with a wrong one is in
 * profile_wrong_test. */
#include "gpu/profile/read.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/profile_case.h"
#include "support/suite.h"

/* Every key there is. */
static const char everything[] =
    "{\n  \"name\": \"everything-exporter\", \"vendor\": \"ACME\",\n"
    "  \"match\": {\"metrics\": [\"a_busy\", \"b:busy\"],\n"
    "    \"labels\": [\"gpu\", \"uuid\"], \"without\": [\"tile\", \"sub\"]},\n"
    "  \"labels\": {\"node\": [\"node\", \"host\"], \"index\": [\"gpu\"],\n"
    "    \"uuid\": [\"uuid\"], \"id\": [\"id\"], \"card\": [\"serial\"], "
    "\"model\": [\"model\"],\n"
    "    \"mig_instance\": [\"slice\"], \"mig_profile\": [\"profile\"],\n"
    "    \"workload\": [\"pod\"], \"pod\": [\"pod\", \"podname\"],\n"
    "    \"namespace\": [\"ns\"], \"container\": [\"ctr\"],\n"
    "    \"job\": [\"hpc_job\"], \"job_user\": [\"job_user\"],\n"
    "    \"job_partition\": [\"partition\"], \"bus\": [\"bdf\"],\n"
    "    \"vendor\": [\"maker\"]},\n"
    "  \"info\": [{\"metric\": \"a_info\"},\n"
    "    {\"metric\": \"b_info\", \"optional\": true}],\n"
    "  \"fields\": {\n"
    "    \"power_draw\": {\"metric\": \"milliwatts\", \"scale\": 0.001,\n"
    "      \"optional\": true},\n"
    "    \"index\": {\"metric\": \"a_index\"},\n"
    "    \"utilization\": [{\"metric\": \"a_busy\"},\n"
    "      {\"metric\": \"b:busy\", \"ratio_or_percent\": true}],\n"
    "    \"sm_clock\": {\"metric\": \"clock\",\n"
    "      \"where\": {\"type\": \"s\\\"m\\\\\", \"card\": \"\"}},\n"
    "    \"temperature\": {\"metric\": \"heat\", \"zero_is_unknown\": true,\n"
    "      \"negative_is_unknown\": true},\n"
    "    \"xid\": {\"metric\": \"xid_time\", \"value_label\": \"xid\"}},\n"
    "  \"processes\": {\n"
    "    \"labels\": {\"pid\": [\"pid\"], \"name\": [\"process\"],\n"
    "      \"user\": [\"user\", \"uid\"], \"command\": [\"cmd\"]},\n"
    "    \"fields\": {\"memory\": {\"metric\": \"p_memory\"},\n"
    "      \"gpu_memory\": {\"metric\": \"p_mib\", \"scale\": 1048576},\n"
    "      \"cpu\": [{\"metric\": \"p_cpu\"}, {\"metric\": \"p_cpu2\"}]}}\n"
    "}\n";

#define EVERYWHERE "gpu!=\"\",uuid!=\"\",tile=\"\",sub=\"\""

static struct budget budget;
static struct arena arena;
static struct err err;

static enum err_code
read_of(const char *text, size_t budget_bytes, struct profile **out)
{
	memset(&err, 0, sizeof(err));
	budget_init(&budget, budget_bytes);
	arena_init(&arena, &budget);
	return profile_read("x.json", text, strlen(text), &arena, out, &err);
}

/* NULL if it is wrong. */
static const struct profile *
read_profile(const char *text)
{
	struct profile *p;

	CU_ASSERT_EQUAL(read_of(text, 1 << 20, &p), ERR_OK);
	SUITE_EQUAL(err.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

/* Nothing of it is borrowed from the text. */
static const struct profile *
read_everything(void)
{
	char text[sizeof(everything)];
	const struct profile *p;

	memcpy(text, everything, sizeof(text));
	p = read_profile(text);
	memset(text, '?', sizeof(text));
	return p;
}

static void
reads_name_and_match(void)
{
	const struct profile *p = read_everything();

	SUITE_EQUAL(p->name, "everything-exporter");
	SUITE_EQUAL(p->vendor, "ACME");
	CU_ASSERT_EQUAL_FATAL(p->match_metric_count, 2);
	SUITE_EQUAL(p->match_metrics[0], "a_busy");
	SUITE_EQUAL(p->match_metrics[1], "b:busy");
	SUITE_EQUAL(p->match_conditions, EVERYWHERE);
	arena_fini(&arena);
}

/* Those behind the names that targets have for the node. */
static void
check_labels(const struct profile *p, const struct profile_name *expected,
	     size_t count)
{
	size_t first = 0;

	while (first < p->label_count && p->labels[first].is_of_target)
		CU_ASSERT_EQUAL(p->labels[first++].label, PROFILE_NODE);
	CU_ASSERT_EQUAL_FATAL(p->label_count, first + count);
	for (size_t i = 0; i < count; i++) {
		SUITE_EQUAL(p->labels[first + i].name, expected[i].name);
		CU_ASSERT_EQUAL(p->labels[first + i].label, expected[i].label);
		CU_ASSERT_FALSE(p->labels[first + i].is_of_target);
	}
}

/* exported_exported_x is what another Prometheus called its target. */
static void
renames_once(void)
{
	const struct profile *p = read_profile(WITH_LABELS(
	    "{\"node\":[\"exported_instance\"],\"index\":[\"gpu\"]}"));
	static const struct profile_name expected[] = {
	    {"exported_instance", PROFILE_NODE, false},
	    {"exported_gpu", PROFILE_INDEX, false},
	    {"gpu", PROFILE_INDEX, false},
	    {"instance", PROFILE_INSTANCE, false}};

	check_labels(p, expected, sizeof(expected) / sizeof(*expected));
	arena_fini(&arena);
}

/* What the profile names itself stays where it is, and what it is for. */
static void
knows_what_targets_call_their_node(void)
{
	const struct profile *p = read_profile(WITH_LABELS(
	    "{\"node\":[\"h\",\"nodename\"],\"index\":[\"host\"]}"));
	static const struct profile_name expected[] = {
	    {"exported_node", PROFILE_NODE, true},
	    {"node", PROFILE_NODE, true},
	    {"exported_node_name", PROFILE_NODE, true},
	    {"node_name", PROFILE_NODE, true},
	    {"exported_kubernetes_node", PROFILE_NODE, true},
	    {"kubernetes_node", PROFILE_NODE, true},
	    {"exported_k8s_node_name", PROFILE_NODE, true},
	    {"k8s_node_name", PROFILE_NODE, true},
	    {"exported_kubernetes_io_hostname", PROFILE_NODE, true},
	    {"kubernetes_io_hostname", PROFILE_NODE, true},
	    {"exported_host_name", PROFILE_NODE, true},
	    {"host_name", PROFILE_NODE, true},
	    {"exported_h", PROFILE_NODE, false},
	    {"h", PROFILE_NODE, false},
	    {"exported_nodename", PROFILE_NODE, false},
	    {"nodename", PROFILE_NODE, false},
	    {"exported_host", PROFILE_INDEX, false},
	    {"host", PROFILE_INDEX, false},
	    {"instance", PROFILE_INSTANCE, false},
	    {"exported_instance", PROFILE_EXPORTED_INSTANCE, false}};
	size_t count = sizeof(expected) / sizeof(*expected);

	CU_ASSERT_EQUAL_FATAL(p->label_count, count);
	for (size_t i = 0; i < count; i++) {
		SUITE_EQUAL(p->labels[i].name, expected[i].name);
		CU_ASSERT_EQUAL(p->labels[i].label, expected[i].label);
		CU_ASSERT_EQUAL(p->labels[i].is_of_target,
				expected[i].is_of_target);
	}
	arena_fini(&arena);
}

/* What Prometheus renamed comes first, but a pod's name is taken as it is. */
static void
reads_labels(void)
{
	static const struct profile_name expected[] = {
	    {"exported_node", PROFILE_NODE, false},
	    {"node", PROFILE_NODE, false},
	    {"exported_host", PROFILE_NODE, false},
	    {"host", PROFILE_NODE, false},
	    {"exported_gpu", PROFILE_INDEX, false},
	    {"gpu", PROFILE_INDEX, false},
	    {"exported_uuid", PROFILE_UUID, false},
	    {"uuid", PROFILE_UUID, false},
	    {"exported_id", PROFILE_ID, false},
	    {"id", PROFILE_ID, false},
	    {"exported_serial", PROFILE_CARD, false},
	    {"serial", PROFILE_CARD, false},
	    {"exported_model", PROFILE_MODEL, false},
	    {"model", PROFILE_MODEL, false},
	    {"exported_slice", PROFILE_MIG_INSTANCE, false},
	    {"slice", PROFILE_MIG_INSTANCE, false},
	    {"exported_profile", PROFILE_MIG_PROFILE, false},
	    {"profile", PROFILE_MIG_PROFILE, false},
	    {"pod", PROFILE_WORKLOAD, false},
	    {"exported_pod", PROFILE_POD, false},
	    {"exported_podname", PROFILE_POD, false},
	    {"podname", PROFILE_POD, false},
	    {"exported_ns", PROFILE_NAMESPACE, false},
	    {"ns", PROFILE_NAMESPACE, false},
	    {"exported_ctr", PROFILE_CONTAINER, false},
	    {"ctr", PROFILE_CONTAINER, false},
	    {"exported_hpc_job", PROFILE_JOB, false},
	    {"hpc_job", PROFILE_JOB, false},
	    {"exported_job_user", PROFILE_JOB_USER, false},
	    {"job_user", PROFILE_JOB_USER, false},
	    {"exported_partition", PROFILE_JOB_PARTITION, false},
	    {"partition", PROFILE_JOB_PARTITION, false},
	    {"exported_bdf", PROFILE_BUS, false},
	    {"bdf", PROFILE_BUS, false},
	    {"exported_maker", PROFILE_VENDOR, false},
	    {"maker", PROFILE_VENDOR, false},
	    {"instance", PROFILE_INSTANCE, false},
	    {"exported_instance", PROFILE_EXPORTED_INSTANCE, false},
	    {"exported_pid", PROFILE_PID, false},
	    {"pid", PROFILE_PID, false},
	    {"exported_process", PROFILE_PROCESS_NAME, false},
	    {"process", PROFILE_PROCESS_NAME, false},
	    {"exported_user", PROFILE_USER, false},
	    {"user", PROFILE_USER, false},
	    {"exported_uid", PROFILE_USER, false},
	    {"uid", PROFILE_USER, false},
	    {"exported_cmd", PROFILE_COMMAND, false},
	    {"cmd", PROFILE_COMMAND, false},
	};
	const struct profile *p = read_everything();

	check_labels(p, expected, sizeof(expected) / sizeof(*expected));
	for (int i = 0; i <= PROFILE_EXPORTED_INSTANCE; i++)
		if (i != PROFILE_HOST)
			CU_ASSERT_TRUE(
			    profile_has_label(p, (enum profile_label)i));
	CU_ASSERT_FALSE(profile_has_label(p, PROFILE_METRIC));
	CU_ASSERT_FALSE(profile_has_label(p, PROFILE_VALUE));
	CU_ASSERT_TRUE(p->workload_may_use_gpu);
	arena_fini(&arena);
}

/* The target has a pod, too, but by another name. */
static void
tells_pods_from_targets(void)
{
	const struct profile *p = read_profile(
	    WITH_LABELS("{\"index\":[\"i\"],\"workload\":[\"pod\"],"
			"\"pod\":[\"pod_name\"]}"));
	static const struct profile_name expected[] = {
	    {"exported_i", PROFILE_INDEX, false},
	    {"i", PROFILE_INDEX, false},
	    {"pod", PROFILE_WORKLOAD, false},
	    {"exported_pod_name", PROFILE_POD, false},
	    {"pod_name", PROFILE_POD, false},
	    {"instance", PROFILE_INSTANCE, false},
	    {"exported_instance", PROFILE_EXPORTED_INSTANCE, false}};

	check_labels(p, expected, sizeof(expected) / sizeof(*expected));
	CU_ASSERT_FALSE(p->workload_may_use_gpu);
	arena_fini(&arena);
}

static void
check_metric(const struct profile_metric *m,
	     const struct profile_metric *expected)
{
	SUITE_EQUAL(m->name, expected->name);
	SUITE_EQUAL(m->conditions, expected->conditions != NULL
				       ? expected->conditions
				       : EVERYWHERE);
	CU_ASSERT_EQUAL(m->kind, expected->kind);
	CU_ASSERT_EQUAL(m->field, expected->field);
	CU_ASSERT_EQUAL(m->scale, expected->scale != 0 ? expected->scale : 1);
	CU_ASSERT_EQUAL(m->is_optional, expected->is_optional);
	CU_ASSERT_EQUAL(m->is_zero_unknown, expected->is_zero_unknown);
	CU_ASSERT_EQUAL(m->is_negative_unknown, expected->is_negative_unknown);
	CU_ASSERT_EQUAL(m->is_ratio_or_percent, expected->is_ratio_or_percent);
	CU_ASSERT_EQUAL(m->alternative, expected->alternative);
	CU_ASSERT_EQUAL(m->value_label == NULL, expected->value_label == NULL);
	if (m->value_label != NULL && expected->value_label != NULL)
		SUITE_EQUAL(m->value_label, expected->value_label);
}

/* By kind, alternatives side by side: their order is precedence. */
static void
reads_metrics(void)
{
	static const struct profile_metric expected[] = {
	    {.kind = PROFILE_INFO, .name = "a_info"},
	    {.kind = PROFILE_INFO,
	     .name = "b_info",
	     .is_optional = true,
	     .alternative = 1},
	    {.kind = PROFILE_INDEX_VALUE, .name = "a_index"},
	    {.kind = PROFILE_FIELD,
	     .field = FIELD_POWER_DRAW,
	     .name = "milliwatts",
	     .scale = 0.001,
	     .is_optional = true},
	    {.kind = PROFILE_FIELD,
	     .field = FIELD_UTILIZATION,
	     .name = "a_busy"},
	    {.kind = PROFILE_FIELD,
	     .field = FIELD_UTILIZATION,
	     .name = "b:busy",
	     .is_ratio_or_percent = true,
	     .alternative = 1},
	    {.kind = PROFILE_FIELD,
	     .field = FIELD_SM_CLOCK,
	     .name = "clock",
	     .conditions = EVERYWHERE ",type=\"s\\\"m\\\\\",card=\"\""},
	    {.kind = PROFILE_FIELD,
	     .field = FIELD_TEMPERATURE,
	     .name = "heat",
	     .is_zero_unknown = true,
	     .is_negative_unknown = true},
	    {.kind = PROFILE_FIELD,
	     .field = FIELD_XID,
	     .name = "xid_time",
	     .value_label = "xid"},
	    {.kind = PROFILE_PROCESS,
	     .field = PROCESS_GPU_MEMORY,
	     .name = "p_mib",
	     .scale = 1048576},
	    {.kind = PROFILE_PROCESS, .field = PROCESS_CPU, .name = "p_cpu"},
	    {.kind = PROFILE_PROCESS,
	     .field = PROCESS_CPU,
	     .name = "p_cpu2",
	     .alternative = 1},
	    {.kind = PROFILE_PROCESS,
	     .field = PROCESS_MEMORY,
	     .name = "p_memory"},
	};
	const struct profile *p = read_everything();
	size_t count = sizeof(expected) / sizeof(*expected);

	CU_ASSERT_EQUAL_FATAL(p->metric_count, count);
	for (size_t i = 0; i < count; i++)
		check_metric(&p->metrics[i], &expected[i]);
	arena_fini(&arena);
}

/* What collectors call a counter stands behind the name that it is given. */
static void
finds_renamed_counters(void)
{
	static const char text[] =
	    "{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH "," PROFILE_CASE_LABELS
	    ",\"fields\":{\"energy\":[{\"metric\":\"mj\",\"scale\":0.001},"
	    "{\"metric\":\"j_total\"},{\"metric\":\"J_TOTAL\"}],"
	    "\"power_draw\":{\"metric\":\"w\"}}}";
	static const struct {
		const char *name;
		double scale;
		unsigned alternative;
		bool is_optional;
	} expected[] = {
	    {"mj", 0.001, 0, false},	    {"mj_total", 0.001, 8, true},
	    {"j_total", 1, 1, false},	    {"J_TOTAL", 1, 2, false},
	    {"J_TOTAL_total", 1, 10, true}, {"w", 1, 0, false}};
	const struct profile *p = read_profile(text);
	size_t count = sizeof(expected) / sizeof(*expected);

	CU_ASSERT_EQUAL_FATAL(p->metric_count, count);
	for (size_t i = 0; i < count; i++) {
		const struct profile_metric *m = &p->metrics[i];

		SUITE_EQUAL(m->name, expected[i].name);
		CU_ASSERT_EQUAL(m->scale, expected[i].scale);
		CU_ASSERT_EQUAL(m->alternative, expected[i].alternative);
		CU_ASSERT_EQUAL(m->is_optional, expected[i].is_optional);
	}
	arena_fini(&arena);
}

static void
reads_processes_of_labels_alone(void)
{
	static const char text[] =
	    "{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH "," PROFILE_CASE_LABELS
	    ",\"fields\":{\"power_draw\":{\"metric\":\"w\"}},\"processes\":{"
	    "\"labels\":{\"pid\":[\"pid\"]},\"info\":[{\"metric\":\"p_info\"}]}"
	    "}";
	const struct profile *p = read_profile(text);

	CU_ASSERT_EQUAL_FATAL(p->metric_count, 2);
	CU_ASSERT_EQUAL(p->metrics[1].kind, PROFILE_PROCESS);
	CU_ASSERT_EQUAL(p->metrics[1].field, PROFILE_SEEN);
	SUITE_EQUAL(p->metrics[1].name, "p_info");
	arena_fini(&arena);
}

/* The least that there can be. */
static void
reads_a_short_profile(void)
{
	static const struct profile_name by_id[] = {
	    {"exported_i", PROFILE_ID, false},
	    {"i", PROFILE_ID, false},
	    {"instance", PROFILE_INSTANCE, false},
	    {"exported_instance", PROFILE_EXPORTED_INSTANCE, false}};
	const struct profile *p =
	    read_profile("{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH
			 ",\"labels\":{\"id\":[\"i\"]},"
			 "\"fields\":{\"index\":{\"metric\":\"n\"}}}");

	CU_ASSERT_PTR_NULL(p->vendor);
	SUITE_EQUAL(p->match_conditions, "");
	check_labels(p, by_id, 4);
	CU_ASSERT_EQUAL_FATAL(p->metric_count, 1);
	CU_ASSERT_EQUAL(p->metrics[0].kind, PROFILE_INDEX_VALUE);
	SUITE_EQUAL(p->metrics[0].conditions, "");
	arena_fini(&arena);
	p = read_profile(WITH_LABELS("{\"uuid\":[\"u\"]}"));
	CU_ASSERT_FALSE(profile_has_label(p, PROFILE_INDEX));
	CU_ASSERT_TRUE(profile_has_label(p, PROFILE_UUID));
	arena_fini(&arena);
	p = read_profile(WITH_LABELS("{\"index\":[\"i\"]}"));
	CU_ASSERT_FALSE(profile_has_label(p, PROFILE_UUID));
	CU_ASSERT_TRUE(profile_has_label(p, PROFILE_INDEX));
	arena_fini(&arena);
}

static void
reads_other_forms(void)
{
	static const struct {
		const char *text;
		double scale;
		bool is_optional, is_zero_unknown, is_ratio_or_percent;
	} forms[] = {
	    {WITH_METRIC("{\"metric\":\"t\"}"), 1, false, false, false},
	    {WITH_METRIC("{\"metric\":\"a:b_1\"}"), 1, false, false, false},
	    {WITH_METRIC("[{\"metric\":\"t\"}]"), 1, false, false, false},
	    {WITH_MORE("scale", "1000"), 1000, false, false, false},
	    {WITH_MORE("scale", "1e-3"), 0.001, false, false, false},
	    {WITH_MORE("scale", "0.5"), 0.5, false, false, false},
	    {WITH_MORE("optional", "false"), 1, false, false, false},
	    {WITH_MORE("optional", "true"), 1, true, false, false},
	    {WITH_MORE("zero_is_unknown", "true"), 1, false, true, false},
	    {WITH_MORE("zero_is_unknown", "false"), 1, false, false, false},
	    {WITH_MORE("ratio_or_percent", "true"), 1, false, false, true},
	    {WITH_MORE("ratio_or_percent", "false"), 1, false, false, false},
	    {WITH_MORE("where", "{}"), 1, false, false, false},
	    /* Any order. */
	    {"{\"fields\":{\"temperature\":{\"optional\":true,\"scale\":2,"
	     "\"metric\":\"t\"}}," PROFILE_CASE_LABELS "," PROFILE_CASE_MATCH
	     "," PROFILE_CASE_NAME "}",
	     2, true, false, false},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct profile *p = read_profile(forms[i].text);
		const struct profile_metric *m = &p->metrics[0];

		CU_ASSERT_EQUAL(p->metric_count, 1);
		CU_ASSERT_EQUAL(m->field, FIELD_TEMPERATURE);
		CU_ASSERT_EQUAL(m->scale, forms[i].scale);
		CU_ASSERT_EQUAL(m->is_optional, forms[i].is_optional);
		CU_ASSERT_EQUAL(m->is_zero_unknown, forms[i].is_zero_unknown);
		CU_ASSERT_EQUAL(m->is_ratio_or_percent,
				forms[i].is_ratio_or_percent);
		SUITE_EQUAL(m->conditions, "");
		arena_fini(&arena);
	}
}

static void
reads_every_field(void)
{
	for (int i = 0; i < FIELD__MAX; i++) {
		char text[512];
		const struct profile *p;

		if (i == FIELD_MEMORY_UTILIZATION)
			continue;
		snprintf(text, sizeof(text),
			 "{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH
			 "," PROFILE_CASE_LABELS ","
			 "\"fields\":{\"%s\":{\"metric\":\"m\"}}}",
			 field_table[i].name);
		p = read_profile(text);
		CU_ASSERT_EQUAL(p->metrics[0].kind, PROFILE_FIELD);
		CU_ASSERT_EQUAL(p->metrics[0].field, i);
		arena_fini(&arena);
	}
}

static bool
is_aside(const struct profile_metric *m, const char *name)
{
	size_t i = 0;

	while (m->aside[i] != NULL && strcmp(m->aside[i], name) != 0)
		i++;
	return m->aside[i] != NULL;
}

/* What the conditions fix, what is a value, and whose work it is. */
static void
sets_labels_aside(void)
{
	const struct profile *p = read_profile(
	    "{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH "," PROFILE_CASE_LABELS
	    ",\"fields\":{\"xid\":{\"metric\":\"m\",\"value_label\":\"code\","
	    "\"where\":{\"state\":\"used\",\"tile\":\"\"}},"
	    "\"utilization\":{\"metric\":\"n\"}}}");

	CU_ASSERT_TRUE(is_aside(&p->metrics[0], "code"));
	CU_ASSERT_TRUE(is_aside(&p->metrics[0], "state"));
	CU_ASSERT_TRUE(is_aside(&p->metrics[0], "exported_pod"));
	CU_ASSERT_FALSE(is_aside(&p->metrics[0], "replica"));
	CU_ASSERT_TRUE(is_aside(&p->metrics[1], "pod"));
	CU_ASSERT_FALSE(is_aside(&p->metrics[1], "code"));
	arena_fini(&arena);
}

/* One list, not only equal ones. */
static void
shares_what_most_set_aside(void)
{
	const struct profile *p = read_profile(WITH_FIELDS(
	    "{\"utilization\":{\"metric\":\"n\"},"
	    "\"temperature\":{\"metric\":\"t\",\"where\":{\"at\":\"x\"}},"
	    "\"power_draw\":{\"metric\":\"w\",\"where\":{\"at\":\"y\"}},"
	    "\"power_limit\":{\"metric\":\"w\",\"where\":{\"to\":\"y\"}}}"));

	CU_ASSERT_TRUE(is_aside(&p->metrics[1], "at"));
	CU_ASSERT_PTR_EQUAL(p->metrics[1].aside, p->aside);
	CU_ASSERT_PTR_EQUAL(p->metrics[2].aside, p->aside);
	CU_ASSERT_PTR_NOT_EQUAL(p->metrics[0].aside, p->aside);
	CU_ASSERT_PTR_NOT_EQUAL(p->metrics[3].aside, p->aside);
	arena_fini(&arena);
}

/* Labels that all series have, that none has, or both. */
static void
makes_conditions_of_the_match(void)
{
	static const char *const cases[][2] = {
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":[\"a\"]}"), "a!=\"\""},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"without\":[\"b\",\"c\"]}"),
	     "b=\"\",c=\"\""},
	    {WITH_MATCH("{\"without\":[\"b\"],\"labels\":[\"a\",\"c\"],"
			"\"metrics\":[\"m\"]}"),
	     "a!=\"\",c!=\"\",b=\"\""},
	    {WITH_MATCH("{\"metrics\":[\"m\"]}"), ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct profile *p = read_profile(cases[i][0]);

		SUITE_EQUAL(p->match_conditions, cases[i][1]);
		SUITE_EQUAL(p->metrics[0].conditions, cases[i][1]);
		arena_fini(&arena);
	}
}

/* Nothing in a value ends its string early. */
static void
escapes_values(void)
{
	const struct profile *p = read_profile(WITH_MORE(
	    "where",
	    "{\"a\":\"\\\"} or up{\\\"\",\"b\":\"\\\\\",\"c\":\"x\\ny\"}"));

	SUITE_EQUAL(p->metrics[0].conditions,
		    "a=\"\\\"} or up{\\\"\",b=\"\\\\\",c=\"x\\ny\"");
	arena_fini(&arena);
}

static void
survives_a_lack_of_memory(void)
{
	size_t bytes = 0, failures = 0;
	enum err_code code;
	struct profile *p;

	do {
		code = read_of(everything, bytes, &p);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		CU_ASSERT_EQUAL(p == NULL, code != ERR_OK);
		arena_fini(&arena);
		CU_ASSERT_EQUAL(budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 64;
	} while (code != ERR_OK && bytes < 1 << 20);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"reads name and match", reads_name_and_match},
	    {"knows what targets call their node",
	     knows_what_targets_call_their_node},
	    {"reads labels", reads_labels},
	    {"tells pods from targets", tells_pods_from_targets},
	    {"reads metrics", reads_metrics},
	    {"finds renamed counters", finds_renamed_counters},
	    {"reads processes of labels alone",
	     reads_processes_of_labels_alone},
	    {"reads a short profile", reads_a_short_profile},
	    {"reads other forms", reads_other_forms},
	    {"reads every field", reads_every_field},
	    {"renames once", renames_once},
	    {"sets labels aside", sets_labels_aside},
	    {"shares what most set aside", shares_what_most_set_aside},
	    {"makes conditions of the match", makes_conditions_of_the_match},
	    {"escapes values", escapes_values},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("profile_read", tests);
}
