/* profile_read: what is wrong with a wrong profile, with file and key. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "support/profile_case.h"
#include "support/suite.h"

#define NOT_METRICS                                                            \
	"x.json: match.metrics must list names of Prometheus metrics"
#define NOT_LABELS "x.json: match.labels must name Prometheus labels"
#define NOT_NAMES  "x.json: labels.node must list names of Prometheus labels"
#define NOT_A_METRIC                                                           \
	"x.json: fields.temperature metric must be the name of a Prometheus "  \
	"metric"

static void
checks_the_top(void)
{
	static const char name[] = "x.json: name must be a text of 1 to 200 "
				   "bytes";
	static const char vendor[] = "x.json: vendor must be a text of 1 to "
				     "200 bytes";
	static const char *const cases[][2] = {
	    {"[]", "x.json: the file must be an object"},
	    {"\"text\"", "x.json: the file must be an object"},
	    {"12", "x.json: the file must be an object"},
	    /* A value like any other, though json-c's is a null pointer. */
	    {"null", "x.json: the file must be an object"},
	    {"{}", "x.json: name is missing"},
	    {"{" PROFILE_CASE_REST "}", "x.json: name is missing"},
	    {"{" PROFILE_CASE_NAME "," PROFILE_CASE_LABELS
	     "," PROFILE_CASE_FIELDS "}",
	     "x.json: match is missing"},
	    {"{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH
	     "," PROFILE_CASE_FIELDS "}",
	     "x.json: labels is missing"},
	    {"{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH
	     "," PROFILE_CASE_LABELS "}",
	     "x.json: fields is missing or empty"},
	    {WITH_KEY("\"label\":{}"),
	     "x.json: label is not a known key (name, vendor, match, labels, "
	     "id_is_job, info, fields, processes, workloads, problems, "
	     "second_hand)"},
	    {WITH_KEY("\"\":1"),
	     "x.json:  is not a known key (name, vendor, match, labels, "
	     "id_is_job, info, fields, processes, workloads, problems, "
	     "second_hand)"},
	    {WITH_KEY("\"name, vendor\":1"),
	     "x.json: name, vendor is not a known key (name, vendor, match, "
	     "labels, id_is_job, info, fields, processes, workloads, "
	     "problems, second_hand)"},
	    {WITH_NAME("\"\""), name},
	    {WITH_NAME("7"), name},
	    {WITH_NAME("[\"x\"]"), name},
	    {WITH_NAME("null"), "x.json: name must not be null"},
	    {WITH_NAME("\"a,b\""),
	     "x.json: name must not contain \",\" or \"$\""},
	    {WITH_NAME("\"a $1\""),
	     "x.json: name must not contain \",\" or \"$\""},
	    {WITH_KEY("\"vendor\":\"\""), vendor},
	    {WITH_KEY("\"vendor\":1"), vendor},
	    {WITH_KEY("\"vendor\":[]"), vendor},
	    {WITH_KEY("\"id_is_job\":1"),
	     "x.json: id_is_job must be true or false"},
	    {WITH_KEY("\"id_is_job\":true"),
	     "x.json: id_is_job needs labels.id and labels.index"},
	    {WITH_KEY("\"second_hand\":1"),
	     "x.json: second_hand must be true or false"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
}

static void
checks_the_match(void)
{
	static const char metrics[] =
	    "x.json: match.metrics must be a list of metric names";
	static const char *const cases[][2] = {
	    {WITH_MATCH("[]"), "x.json: match must be an object"},
	    {WITH_MATCH("\"busy\""), "x.json: match must be an object"},
	    {WITH_MATCH("null"), "x.json: match must not be null"},
	    {WITH_MATCH("{\"metric\":\"busy\"}"),
	     "x.json: match.metric is not a known key (metrics, labels, "
	     "without)"},
	    {WITH_MATCH("{}"), metrics},
	    {WITH_MATCH("{\"metrics\":[]}"), metrics},
	    {WITH_MATCH("{\"metrics\":\"busy\"}"), metrics},
	    {WITH_MATCH("{\"metrics\":{\"metric\":\"busy\"}}"), metrics},
	    {WITH_MATCH("{\"metrics\":[\"busy\",7]}"), NOT_METRICS},
	    {WITH_MATCH("{\"metrics\":[\"busy\",null]}"), NOT_METRICS},
	    {WITH_MATCH("{\"metrics\":[\"\"]}"), NOT_METRICS},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":\"gpu\"}"),
	     "x.json: match.labels must be a list of label names"},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":[]}"),
	     "x.json: match.labels must be a list of label names"},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":[7]}"), NOT_LABELS},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":[\"\"]}"), NOT_LABELS},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"without\":{}}"),
	     "x.json: match.without must be a list of label names"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
}

static void
checks_labels(void)
{
	static const char keys[] =
	    "x.json: labels.gpu is not a known key (node, index, uuid, id, "
	    "card, model, mig_instance, mig_profile, workload, pod, namespace, "
	    "container, job, job_user, job_partition, bus, vendor)";
	static const char *const cases[][2] = {
	    {WITH_LABELS("[]"), "x.json: labels must be an object"},
	    {WITH_LABELS("\"node\""), "x.json: labels must be an object"},
	    {WITH_LABELS("{}"), "x.json: labels must have index, uuid or id"},
	    {WITH_LABELS("{\"node\":[\"node\"]}"),
	     "x.json: labels must have index, uuid or id"},
	    {WITH_LABELS("{\"index\":[\"i\"],\"gpu\":[\"gpu\"]}"), keys},
	    /* These are the processes'. */
	    {WITH_LABELS("{\"index\":[\"i\"],\"pid\":[\"pid\"]}"),
	     "x.json: labels.pid is not a known key (node, index, uuid, id, "
	     "card, model, mig_instance, mig_profile, workload, pod, "
	     "namespace, "
	     "container, job, job_user, job_partition, bus, vendor)"},
	    {WITH_NODE("\"node\""),
	     "x.json: labels.node must be a list of label names"},
	    {WITH_NODE("[]"),
	     "x.json: labels.node must be a list of label names"},
	    {WITH_NODE("[1]"), NOT_NAMES},
	    {WITH_NODE("[null]"), NOT_NAMES},
	    {WITH_NODE("[\"\"]"), NOT_NAMES},
	};

	PROFILE_CASE_ALL_WRONG(cases);
}

/* A label can say one thing only; instance is the last resort for the node. */
static void
refuses_labels_that_say_two_things(void)
{
	static const char node[] =
	    "x.json: labels.node lists a label that is listed already";
	static const char *const cases[][2] = {
	    {WITH_NODE("[\"n\",\"m\",\"n\"]"), node},
	    {WITH_NODE("[\"n\",\"exported_n\"]"), node},
	    {WITH_NODE("[\"exported_n\",\"n\"]"), node},
	    {WITH_NODE("[\"i\"]"),
	     "x.json: labels.index lists a label that is listed already"},
	    {WITH_NODE("[\"instance\"]"),
	     "x.json: labels lists a label that is listed already"},
	    {WITH_LABELS("{\"index\":[\"i\"],\"node\":[\"n\"],\"workload\":"
			 "[\"n\"]}"),
	     "x.json: labels.workload lists a label that is listed already"},
	    {WITH_LABELS("{\"index\":[\"i\"],\"workload\":[\"p\"],\"pod\":"
			 "[\"p\",\"p\"]}"),
	     "x.json: labels.pod lists a label that is listed already"},
	    {WITH_LABELS("{\"index\":[\"i\"],\"workload\":[\"p\"],\"job\":"
			 "[\"p\"]}"),
	     "x.json: labels.job lists a label that is listed already"},
	    {WITH_PROCESSES("{\"labels\":{\"pid\":[\"gpu\"]},\"fields\":{}}"),
	     "x.json: processes.labels.pid lists a label that is listed "
	     "already"},
	    {WITH_PROCESSES("{\"labels\":{\"pid\":[\"p\"],\"name\":[\"c\"],"
			    "\"command\":[\"c\"]},\"fields\":{}}"),
	     "x.json: processes.labels.command lists a label that is listed "
	     "already"},
	    {WITH_MORE("value_label", "\"gpu\""),
	     "x.json: fields.temperature value_label is one of labels "
	     "already"},
	    {WITH_MORE("value_label", "\"exported_node\""),
	     "x.json: fields.temperature value_label is one of labels "
	     "already"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
}

static void
checks_metrics(void)
{
	static const char no_object[] =
	    "x.json: fields.temperature must be an object with a metric, or a "
	    "list of them";
	static const char *const cases[][2] = {
	    {WITH_FIELDS("[]"), "x.json: fields is missing or empty"},
	    {WITH_FIELDS("{}"), "x.json: fields is missing or empty"},
	    {WITH_FIELDS("{\"heat\":{\"metric\":\"t\"}}"),
	     "x.json: fields.heat is not a known field (index, utilization, "
	     "memory_used, memory_total, memory_free, temperature, "
	     "power_draw, power_limit, sm_clock, memory_clock, fan_speed, "
	     "memory_temperature, energy, xid, memory_controller_utilization, "
	     "memory_reserved, memory_used_ratio)"},
	    {WITH_FIELDS("{\"memory_utilization\":{\"metric\":\"t\"}}"),
	     "x.json: fields.memory_utilization is computed, it takes no "
	     "metric"},
	    {WITH_METRIC("\"t\""), no_object},
	    {WITH_METRIC("null"), no_object},
	    {WITH_METRIC("[]"), no_object},
	    {WITH_METRIC("[\"t\"]"),
	     "x.json: fields.temperature must be an object"},
	    {WITH_METRIC("[[{\"metric\":\"t\"}]]"),
	     "x.json: fields.temperature must be an object"},
	    {WITH_METRIC("[{\"metric\":\"t\"},null]"),
	     "x.json: fields.temperature must be an object"},
	    {WITH_METRIC("{}"), NOT_A_METRIC},
	    {WITH_METRIC("{\"scale\":2}"), NOT_A_METRIC},
	    {WITH_METRIC("{\"metric\":7}"), NOT_A_METRIC},
	    {WITH_METRIC("{\"metric\":\"\"}"), NOT_A_METRIC},
	    {WITH_MORE("unit", "\"K\""),
	     "x.json: fields.temperature.unit is not a known key (metric, "
	     "scale, optional, where, ratio_or_percent, zero_is_unknown, "
	     "negative_is_unknown, value_label)"},
	    {WITH_KEY("\"info\":\"i\""),
	     "x.json: info must be an object with a metric, or a list of "
	     "them"},
	    {WITH_KEY("\"info\":[\"i\"]"), "x.json: info must be an object"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
}

static void
checks_options_of_a_metric(void)
{
	static const char where[] = "x.json: fields.temperature.where must ";
	static const char *const cases[][2] = {
	    {WITH_MORE("optional", "\"true\""),
	     "x.json: fields.temperature optional must be true or false"},
	    {WITH_MORE("optional", "1"),
	     "x.json: fields.temperature optional must be true or false"},
	    {WITH_MORE("ratio_or_percent", "0"),
	     "x.json: fields.temperature ratio_or_percent must be true or "
	     "false"},
	    {WITH_MORE("zero_is_unknown", "\"no\""),
	     "x.json: fields.temperature zero_is_unknown must be true or "
	     "false"},
	    {WITH_MORE("negative_is_unknown", "1"),
	     "x.json: fields.temperature negative_is_unknown must be true "
	     "or false"},
	    {WITH_MORE("value_label", "\"\""),
	     "x.json: fields.temperature value_label must name a Prometheus "
	     "label"},
	    {WITH_MORE("value_label", "[\"a\"]"),
	     "x.json: fields.temperature value_label must name a Prometheus "
	     "label"},
	};
	static const char *const wheres[][2] = {
	    {WITH_MORE("where", "[]"), "be an object of labels"},
	    {WITH_MORE("where", "\"a=b\""), "be an object of labels"},
	    {WITH_MORE("where", "{\"a\":7}"), "give texts"},
	    {WITH_MORE("where", "{\"a\":null}"), "give texts"},
	    {WITH_MORE("where", "{\"a\":[\"b\"]}"), "give texts"},
	    {WITH_MORE("where", "{\"\":\"c\"}"), "name Prometheus labels"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
	for (size_t i = 0; i < sizeof(wheres) / sizeof(*wheres); i++) {
		char expected[ERR_TEXT_BYTES];

		snprintf(expected, sizeof(expected), "%s%s", where,
			 wheres[i][1]);
		profile_case_wrong(wheres[i][0], expected);
	}
}

static void
checks_scales(void)
{
	static const char *const small[] = {
	    WITH_MORE("scale", "0"),	  WITH_MORE("scale", "-1"),
	    WITH_MORE("scale", "-0.5"),	  WITH_MORE("scale", "0.0"),
	    WITH_MORE("scale", "1e-999"), WITH_MORE("scale", "1e999")};
	static const char *const others[] = {WITH_MORE("scale", "\"1\""),
					     WITH_MORE("scale", "true"),
					     WITH_MORE("scale", "[1]")};

	for (size_t i = 0; i < sizeof(small) / sizeof(*small); i++)
		profile_case_wrong(
		    small[i],
		    "x.json: fields.temperature scale must be greater than 0");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		profile_case_wrong(
		    others[i],
		    "x.json: fields.temperature scale must be a number");
}

/* Whose they are somebody has to tell. */
static void
checks_workloads(void)
{
	static const char *const cases[][2] = {
	    {WITH_KEY("\"workloads\":[]"),
	     "x.json: workloads must be an object"},
	    {WITH_KEY("\"workloads\":{\"labels\":{}}"),
	     "x.json: workloads.labels is not a known key (fields)"},
	    {WITH_KEY("\"workloads\":{}"),
	     "x.json: workloads.fields must be an object"},
	    {WITH_KEY("\"workloads\":{\"fields\":{\"power_draw\":{}}}"),
	     "x.json: workloads.fields.power_draw is not a known key (job, "
	     "job_user, utilization, memory_used, memory_limit)"},
	    {WITH_KEY("\"workloads\":{\"fields\":{\"job_user\":{\"metric\":"
		      "\"u\"}}}"),
	     "x.json: workloads needs labels.pod, labels.job or "
	     "workloads.fields.job"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
	profile_case_right(WITH_KEY("\"workloads\":{\"fields\":{\"job\":{"
				    "\"metric\":\"j\"}}}"));
}

static void
checks_processes(void)
{
	static const char *const cases[][2] = {
	    {WITH_PROCESSES("[]"), "x.json: processes must be an object"},
	    {WITH_PROCESSES("{\"label\":{}}"),
	     "x.json: processes.label is not a known key (labels, info, "
	     "fields)"},
	    {WITH_PROCESSES("{}"),
	     "x.json: processes.labels must be an object"},
	    {WITH_PROCESSES("{\"labels\":[],\"fields\":{}}"),
	     "x.json: processes.labels must be an object"},
	    {WITH_PROCESSES("{\"labels\":{\"node\":[\"n\"]},\"fields\":{}}"),
	     "x.json: processes.labels.node is not a known key (pid, name, "
	     "user, command)"},
	    {WITH_PROCESSES("{\"labels\":{\"user\":[\"u\"]},\"fields\":{}}"),
	     "x.json: processes.labels.pid is missing"},
	    {WITH_PROCESSES("{\"labels\":{\"pid\":[]},\"fields\":{}}"),
	     "x.json: processes.labels.pid must be a list of label names"},
	    {WITH_PROCESSES("{\"labels\":{\"pid\":[\"p\"]}}"),
	     "x.json: processes.fields must be an object"},
	    {WITH_PROCESSES("{\"labels\":{\"pid\":[\"p\"]},\"info\":\"i\"}"),
	     "x.json: processes.info must be an object with a metric, or a "
	     "list of them"},
	    {WITH_PROCESS_FIELDS("[]"),
	     "x.json: processes.fields must be an object"},
	    {WITH_PROCESS_FIELDS("{\"threads\":{\"metric\":\"t\"}}"),
	     "x.json: processes.fields.threads is not a known key "
	     "(gpu_memory, cpu, memory)"},
	    {WITH_PROCESS_FIELDS("{\"cpu\":\"t\"}"),
	     "x.json: processes.fields.cpu must be an object with a metric, "
	     "or a list of them"},
	    {WITH_PROCESS_FIELDS("{\"cpu\":{\"metric\":\"t\",\"scale\":0}}"),
	     "x.json: processes.fields.cpu scale must be greater than 0"},
	    {WITH_PROCESS_FIELDS("{\"cpu\":{\"metric\":\"t\",\"unit\":1}}"),
	     "x.json: processes.fields.cpu.unit is not a known key (metric, "
	     "scale, optional, where, ratio_or_percent, zero_is_unknown, "
	     "negative_is_unknown, value_label)"},
	};

	PROFILE_CASE_ALL_WRONG(cases);
}

/* What is there but null is as wrong as any other value. */
static void
refuses_null(void)
{
	static const char *const cases[][2] = {
	    {WITH_KEY("\"vendor\":null"), "vendor must not be null"},
	    {WITH_LABELS("null"), "labels must not be null"},
	    {WITH_FIELDS("null"), "fields must not be null"},
	    {WITH_NODE("null"), "labels.node must not be null"},
	    {WITH_KEY("\"info\":null"), "info must not be null"},
	    {WITH_MATCH("{\"metrics\":null}"),
	     "match.metrics must not be null"},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"labels\":null}"),
	     "match.labels must not be null"},
	    {WITH_MATCH("{\"metrics\":[\"m\"],\"without\":null}"),
	     "match.without must not be null"},
	    {WITH_FIELDS("{\"index\":null}"),
	     "fields.index must be an object with a metric, or a list of "
	     "them"},
	    {WITH_METRIC("{\"metric\":null}"),
	     "fields.temperature.metric must not be null"},
	    {WITH_MORE("scale", "null"),
	     "fields.temperature.scale must not be null"},
	    {WITH_MORE("optional", "null"),
	     "fields.temperature.optional must not be null"},
	    {WITH_MORE("where", "null"),
	     "fields.temperature.where must not be null"},
	    {WITH_MORE("value_label", "null"),
	     "fields.temperature.value_label must not be null"},
	    {WITH_PROCESSES("null"), "processes must not be null"},
	    {WITH_PROCESSES("{\"labels\":{\"pid\":null},\"fields\":{}}"),
	     "processes.labels.pid must not be null"},
	    {WITH_PROCESS_FIELDS("{\"cpu\":null}"),
	     "processes.fields.cpu must not be null"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char expected[ERR_TEXT_BYTES];

		snprintf(expected, sizeof(expected), "x.json: %s", cases[i][1]);
		profile_case_wrong(cases[i][0], expected);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"checks the top", checks_the_top},
	    {"checks the match", checks_the_match},
	    {"checks labels", checks_labels},
	    {"refuses labels that say two things",
	     refuses_labels_that_say_two_things},
	    {"checks metrics", checks_metrics},
	    {"checks options of a metric", checks_options_of_a_metric},
	    {"checks scales", checks_scales},
	    {"checks processes", checks_processes},
	    {"checks workloads", checks_workloads},
	    {"refuses null", refuses_null},
	    {NULL, NULL}};

	return suite_run("profile_wrong", tests);
}
