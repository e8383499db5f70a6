/*
 * The queries of one metric fail, each of each shipped profile in turn: the
 * answer fails, or its rows are those of before with null and a warning. What
 * could not be asked is never a number, least of all another index.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/copies.h"
#include "support/exporters.h"
#include "support/gate.h"
#include "support/invariant.h"
#include "support/moment.h"
#include "support/shipped.h"
#include "support/suite.h"

/* So many that no exporter's metrics are few enough to be asked together. */
enum { NODES = 30, TARGETS_MAX = 64 };

static struct source simulator, prometheus;
static struct exporters_target targets[TARGETS_MAX];
static struct exporters_site site = {
    .simulator = &simulator, .targets = targets, .scrape_interval_s = 5};
static struct gate gate;
static struct responder responder;

/* --- what may differ ----------------------------------------------------- */

static bool
is_identity(const char *key)
{
	static const char *const keys[] = {
	    "cluster", "node_name",	  "gpu_index",	 "gpu_count", "uuid",
	    "vendor",  "mig_instance_id", "mig_profile", "pid",	      NULL};

	for (size_t i = 0; keys[i] != NULL; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* What is computed because it was not measured may be off a little. */
static bool
is_near(struct json_object *before, struct json_object *after)
{
	double left = json_object_get_double(before);
	double right = json_object_get_double(after);

	return json_object_get_type(before) != json_type_string &&
	       json_object_get_type(after) != json_type_string &&
	       fabs(left - right) <= fabs(left) * 0.01;
}

/* The first key that is wrong. */
static bool
compare_row(const char *what, struct json_object *before,
	    struct json_object *after, bool is_warned)
{
	json_object_object_foreach(before, key, value)
	{
		struct json_object *now = NULL;

		json_object_object_get_ex(after, key, &now);
		if (json_object_equal(value, now) ||
		    (is_warned && !is_identity(key) &&
		     (now == NULL || is_near(value, now))))
			continue;
		invariant_broken(what, "%s of %s %s is %s, was %s", key,
				 invariant_text(before, "node_name"),
				 invariant_text(before, "gpu_index"),
				 json_object_to_json_string(now),
				 json_object_to_json_string(value));
		return false;
	}
	return true;
}

static bool
has_warnings(struct json_object *envelope)
{
	struct json_object *warnings;

	return json_object_object_get_ex(envelope, "warnings", &warnings) &&
	       json_object_array_length(warnings) > 0;
}

/* One row that is wrong is told; others are so for the same reason. */
static void
compare(const char *what, struct json_object *before, struct json_object *after)
{
	struct json_object *rows = invariant_rows(before);
	struct json_object *now = invariant_rows(after);

	if (json_object_array_length(rows) != json_object_array_length(now)) {
		invariant_broken(what, "%zu rows, there were %zu",
				 json_object_array_length(now),
				 json_object_array_length(rows));
		return;
	}
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		if (!compare_row(what, json_object_array_get_idx(rows, i),
				 json_object_array_get_idx(now, i),
				 has_warnings(after)))
			break;
}

/* --- each metric --------------------------------------------------------- */

/* What a profile's endpoints answer, and which metrics they ask for. */
struct baseline {
	const struct shipped_profile *profile;
	struct moment answers;
	bool is_asked[INVARIANT__MAX][SHIPPED_METRICS_MAX];
};

static void
take_baseline(struct baseline *out, const struct shipped_profile *profile)
{
	*out = (struct baseline){.profile = profile};
	for (unsigned i = 0; i < INVARIANT__MAX; i++) {
		gate_listen(&gate, true);
		moment_take_one(&out->answers, &responder, i);
		CU_ASSERT_EQUAL(out->answers.status[i], 200);
		for (size_t m = 0; m < profile->metric_count; m++)
			out->is_asked[i][m] =
			    gate_heard(&gate, profile->metrics[m]);
		gate_listen(&gate, false);
	}
	if (json_object_array_length(
		moment_rows(&out->answers, INVARIANT_METRICS)) < NODES)
		invariant_broken(profile->name, "only %zu rows",
				 json_object_array_length(moment_rows(
				     &out->answers, INVARIANT_METRICS)));
}

static void
refuse_metric(const struct baseline *b, enum invariant_endpoint endpoint,
	      size_t metric)
{
	struct moment now = {.status = {0}};
	char what[256];

	snprintf(what, sizeof(what), "%s, without %s, %s", b->profile->name,
		 b->profile->metrics[metric], moment_paths[endpoint]);
	gate_refuse(&gate, b->profile->metrics[metric]);
	moment_take_one(&now, &responder, endpoint);
	gate_refuse(&gate, NULL);
	if (invariant_rows(now.envelopes[endpoint]) != NULL)
		compare(what, b->answers.envelopes[endpoint],
			now.envelopes[endpoint]);
	else if (now.status[endpoint] < 502)
		invariant_broken(what, "status %u", now.status[endpoint]);
	moment_free(&now);
}

static void
refuse_each(const struct baseline *b)
{
	size_t tried = 0;

	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		for (size_t m = 0; m < b->profile->metric_count; m++)
			if (b->is_asked[i][m]) {
				refuse_metric(b, i, m);
				tried++;
			}
	CU_ASSERT_TRUE(tried > 2);
}

static void
start(const char *profile)
{
	char setting[RESPONDER_VALUE_BYTES];
	const char *settings[] = {setting, "DETECTION_INTERVAL_MS=100", NULL};

	snprintf(setting, sizeof(setting), "GPU_PROFILES=%s", profile);
	responder_start(&responder, gate.source.url, settings);
	gate_wait_looked(&gate);
}

static void
refuse_all(const char *profile)
{
	struct moment now = {.status = {0}};

	gate_set_down(&gate, true);
	for (unsigned i = 0; i < INVARIANT__MAX; i++) {
		moment_take_one(&now, &responder, i);
		if (now.status[i] < 502)
			invariant_broken(profile,
					 "%s is %u with Prometheus down",
					 moment_paths[i], now.status[i]);
	}
	gate_set_down(&gate, false);
	moment_free(&now);
}

static void
try_profile(const struct shipped_profile *profile)
{
	struct baseline b;

	start(profile->name);
	take_baseline(&b, profile);
	refuse_each(&b);
	refuse_all(profile->name);
	moment_free(&b.answers);
	CU_ASSERT_EQUAL(process_stop(responder.process), 0);
}

static void
each_metric(void)
{
	exporters_wait(&prometheus, &site);
	for (size_t i = 0; exporters_profiles[i] != NULL; i++) {
		struct shipped_profile profile;

		shipped_read(&profile, exporters_profiles[i]);
		try_profile(&profile);
		shipped_free(&profile);
	}
	invariant_expect();
}

/* What all exporters say, as of so many nodes each. */
static void
write_fleet(void)
{
	static char directory[HARNESS_PATH_BYTES];
	const struct copies_plan plan = {.from = exporters_directory(),
					 .to = directory,
					 .nodes = NODES,
					 .factor = 1,
					 .warmth = 1};
	size_t count = 0;

	harness_path(directory, "fleet");
	harness_require(mkdir(directory, 0700) == 0, "cannot make %s",
			directory);
	for (const struct exporters_target *t = exporters_all; t->file != NULL;
	     t++) {
		harness_require(count + 1 < TARGETS_MAX, "too many targets");
		targets[count++] =
		    (struct exporters_target){t->file, "job: fleet", true};
		copies_write(&plan, t->file);
	}
	site.directory = directory;
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"each metric of each profile fails in turn, then all of them",
	     each_metric},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	const struct source *const upstreams[] = {&prometheus, NULL};

	harness_start();
	write_fleet();
	exporters_serve(&simulator, site.directory);
	exporters_start_prometheus(&prometheus, &site);
	gate_start(&gate, upstreams);
	return suite_run("failing_queries", tests);
}
