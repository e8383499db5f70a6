/*
 * The expected answers themselves: what is true of every answer is true of
 * each file of tests/golden/, so that none nails a wrong number in place.
 */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/file.h"
#include "support/given_index.h"
#include "support/harness.h"
#include "support/invariant.h"
#include "support/suite.h"

static int
is_golden(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".json") == 0;
}

/* Calls it with each file of the folder, and asserts that there are some. */
static void
for_each_file(const char *folder,
	      void (*check)(const char *folder, const char *name))
{
	struct dirent **entries;
	int count =
	    scandir(harness_source(folder), &entries, is_golden, alphasort);

	CU_ASSERT_TRUE_FATAL(count > 0);
	for (int i = 0; i < count; i++) {
		check(folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* The file's text, to be freed. */
static char *
read_golden(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return file_read(harness_source(path));
}

static struct json_object *
parse_golden(const char *folder, const char *name)
{
	char *text = read_golden(folder, name);
	struct json_object *parsed = json_tokener_parse(text);

	CU_ASSERT_PTR_NOT_NULL_FATAL(parsed);
	free(text);
	return parsed;
}

/* --- one answer in each file --------------------------------------------- */

static void
check_answer(const char *folder, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/api/v1/gpu/%.*s",
		 (int)strcspn(name, "_."), name);
	if (invariant_find(path) != INVARIANT__MAX) {
		char *text = read_golden(folder, name);

		invariant_answer(name, path, text);
		free(text);
	}
}

static void
each_answer(void)
{
	for_each_file("tests/golden/api", check_answer);
	invariant_expect();
}

/* --- all endpoints of one scene ------------------------------------------ */

static void
free_envelopes(struct json_object *envelopes[static INVARIANT__MAX])
{
	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		json_object_put(envelopes[i]);
}

/* The endpoints of cards, of the same answers of Prometheus. */
static void
check_files(const char *folder, const char *scene)
{
	static const char *const prefixes[] = {[INVARIANT_METRICS] = "metrics",
					       [INVARIANT_NODES] = "nodes",
					       [INVARIANT_UTILIZATION] =
						   "utilization"};
	struct json_object *envelopes[INVARIANT__MAX] = {NULL};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		char name[64], path[128];

		snprintf(name, sizeof(name), "%s_%s.json", prefixes[i], scene);
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (access(harness_source(path), R_OK) == 0)
			envelopes[i] = parse_golden(folder, name);
	}
	CU_ASSERT_PTR_NOT_NULL(envelopes[INVARIANT_METRICS]);
	CU_ASSERT_PTR_NOT_NULL(envelopes[INVARIANT_NODES]);
	invariant_site(scene, envelopes);
	free_envelopes(envelopes);
}

/* All in one file, by their paths. */
static void
check_scene(const char *folder, const char *name)
{
	struct json_object *scene = parse_golden(folder, name);
	struct json_object *envelopes[INVARIANT__MAX] = {NULL}, *rows;

	json_object_object_foreach(scene, path, envelope)
	{
		enum invariant_endpoint endpoint = invariant_find(path);

		if (endpoint == INVARIANT__MAX)
			continue;
		envelopes[endpoint] = json_object_get(envelope);
		invariant_answer(name, path,
				 json_object_to_json_string_ext(
				     envelope, JSON_C_TO_STRING_PLAIN));
	}
	invariant_site(name, envelopes);
	rows = invariant_rows(envelopes[INVARIANT_METRICS]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	given_index_check(name, harness_source("tests/exporters"), rows);
	free_envelopes(envelopes);
	json_object_put(scene);
}

static void
each_scene(void)
{
	static const char *const scenes[] = {
	    "cards",   "clusters", "empty", "extreme", "full",
	    "hostile", "in_part",  "named", "slices",  "warned"};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++)
		check_files("tests/golden/api", scenes[i]);
	for_each_file("tests/golden/exporters", check_scene);
	invariant_expect();
}

/* --- that they find something -------------------------------------------- */

#define ROWS(text)                                                             \
	"{\"success\":true,\"data\":[" text "],\"message\":\"\","              \
	"\"error\":null}"
#define CARD(index, uuid, used, total)                                         \
	"{\"node_name\":\"n\",\"gpu_index\":" index ",\"uuid\":\"" uuid        \
	"\",\"memory_used\":" used ",\"memory_free\":1,"                       \
	"\"memory_total\":" total "}"

/* CUnit counts a failed assertion as a failure of this test. */
static void
expect_broken(const char *path, const char *text, unsigned count)
{
	CU_ASSERT_EQUAL(invariant_forget(), 0);
	invariant_answer("a", path, text);
	CU_ASSERT_EQUAL(invariant_forget(), count);
}

static void
wrong_answers(void)
{
	static const char path[] = "/api/v1/gpu/metrics";

	expect_broken(path, ROWS(CARD("0", "u", "1", "2")), 0);
	expect_broken(path, ROWS(CARD("0", "u", "1", "3")), 1);
	expect_broken(path, ROWS(CARD("0", "u", "9", "2")), 1);
	expect_broken(path, ROWS(CARD("0", "v", "0", "0")), 2);
	expect_broken(
	    path, ROWS(CARD("1", "u", "1", "2") "," CARD("0", "w", "1", "2")),
	    1);
	expect_broken(
	    path, ROWS(CARD("0", "u", "1", "2") "," CARD("0", "u", "1", "2")),
	    1);
	expect_broken("/api/v1/gpu/nodes",
		      ROWS("{\"node_name\":\"n-10\"},{\"node_name\":\"n-2\"}"),
		      1);
	expect_broken("/api/health", ROWS(CARD("0", "u", "9", "2")), 0);
}

static void
expect_site(const char *nodes, const char *utilization, const char *processes,
	    unsigned count)
{
	struct json_object *envelopes[INVARIANT__MAX] = {
	    [INVARIANT_METRICS] = json_tokener_parse(
		ROWS(CARD("0", "u", "1", "2") "," CARD("1", "v", "1", "2"))),
	    [INVARIANT_NODES] = json_tokener_parse(nodes),
	    [INVARIANT_UTILIZATION] = json_tokener_parse(utilization),
	    [INVARIANT_PROCESSES] = json_tokener_parse(processes)};

	invariant_site("a", envelopes);
	CU_ASSERT_EQUAL(invariant_forget(), count);
	free_envelopes(envelopes);
}

static void
wrong_sites(void)
{
#define NODE(count) "{\"node_name\":\"n\",\"gpu_count\":" count "}"
#define BUSY(index) "{\"node_name\":\"n\",\"gpu_index\":" index "}"
#define RUNS(index, uuid)                                                      \
	"{\"node_name\":\"n\",\"gpu_index\":" index ",\"uuid\":" uuid "}"
	static const char two[] = ROWS(BUSY("0") "," BUSY("1"));
	static const char none[] = ROWS("");

	expect_site(ROWS(NODE("2")), two, none, 0);
	expect_site(ROWS(NODE("3")), two, none, 1);
	expect_site(ROWS(""), two, none, 1);
	expect_site(ROWS(NODE("2")), ROWS(BUSY("0")), none, 2);
	expect_site(ROWS(NODE("2")), ROWS(BUSY("0") "," BUSY("2")), none, 2);
	expect_site(ROWS(NODE("2")), two, ROWS(RUNS("1", "\"v\"")), 0);
	expect_site(ROWS(NODE("2")), two, ROWS(RUNS("1", "\"u\"")), 1);
	expect_site(ROWS(NODE("2")), two, ROWS(RUNS("1", "null")), 0);
	expect_site(ROWS(NODE("2")), two, ROWS(RUNS("2", "null")), 1);
	expect_site(ROWS(NODE("2")), two,
		    ROWS(RUNS("0", "null") "," RUNS("1", "\"v\"")), 0);
}

static void
wrong_indexes(void)
{
	static const struct {
		const char *index, *uuid;
		unsigned count;
	} rows[] = {{"1", "15338f3e-5fd9-962d-921a-979b820520f0", 0},
		    {"0", "15338f3e-5fd9-962d-921a-979b820520f0", 1},
		    {"0", "of-nobody", 1},
		    {"null", "of-nobody", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[256];
		struct json_object *list;

		snprintf(text, sizeof(text),
			 "[{\"gpu_index\":%s,\"uuid\":\"%s\"}]", rows[i].index,
			 rows[i].uuid);
		list = json_tokener_parse(text);
		given_index_check("a", harness_source("tests/exporters"), list);
		CU_ASSERT_EQUAL(invariant_forget(), rows[i].count);
		json_object_put(list);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"an answer that cannot be right is found", wrong_answers},
	    {"answers that do not agree are found", wrong_sites},
	    {"an index of nobody is found", wrong_indexes},
	    {"each expected answer holds", each_answer},
	    {"each scene's answers agree", each_scene},
	    {NULL, NULL}};

	return suite_run("golden_invariants", tests);
}
