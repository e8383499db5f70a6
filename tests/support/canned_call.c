#include "support/canned_call.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/stats.h"
#include "base/clock.h"
#include "gpu/collect/survey.h"
#include "support/capture.h"
#include "web/query.h"

enum { CHUNK_BYTES = 61, MAX_SERIES = 1000, COMPARED_MAX_BYTES = 1 << 20 };

const char *
canned_call_path(const char *below_top)
{
	const char *top = getenv("top_srcdir");
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".",
		 below_top);
	return path;
}

/* What the settings have by default. */
static const struct profile_terms standard = {.cluster_labels = "cluster"};

static void
keep_problems(struct canned_call *c)
{
	const struct problems_settings settings = {
	    .limits = {.xids = &c->xids->table,
		       .hot = 90,
		       .memory_hot = 100,
		       .stale_s = 1e12},
	    .ttl_s = 15,
	    .alert_match = "auto",
	    .max_bytes = CANNED_AMPLE_BYTES,
	    .budget = budget_left(&c->budget) > 0 ? &c->budget : &c->kept};

	budget_init(&c->kept, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(
	    problems_keeper_new(&settings, &c->problems, &c->err), ERR_OK);
	c->collector.problems = c->problems;
}

static void
init(struct canned_call *c, const char *profile_dir,
     const struct profile_terms *terms, const struct canned_answer *answers,
     size_t budget_bytes, bool is_fixed, details_survey *survey)
{
	struct detect_settings detect = {.profiles = &c->profiles,
					 .survey = survey,
					 .survey_context = &c->collector,
					 .is_fixed = is_fixed,
					 .interval_ms = 60000,
					 .timeout_ms = 5000,
					 .max_series = MAX_SERIES,
					 .max_memory_bytes =
					     CANNED_AMPLE_BYTES};

	memset(c, 0, sizeof(*c));
	CU_ASSERT_EQUAL_FATAL(
	    profile_load(canned_call_path(profile_dir), &c->profiles, &c->err),
	    ERR_OK);
	CU_ASSERT_EQUAL_FATAL(profile_adopt(&c->profiles, terms, &c->err),
			      ERR_OK);
	CU_ASSERT_EQUAL_FATAL(
	    xids_load(canned_call_path("conf/xids.json"), &c->xids, &c->err),
	    ERR_OK);
	budget_init(&c->budget, budget_bytes);
	arena_init(&c->arena, &c->budget);
	CU_ASSERT_EQUAL_FATAL(detect_new(&detect, &c->detector, &c->err),
			      ERR_OK);
	c->collector.detector = c->detector;
	c->collector.xids = &c->xids->table;
	keep_problems(c);
	c->collector.max_series = MAX_SERIES;
	c->collector.idle = (struct workload_idle){900, 1};
	c->collector.available_memory_used_bytes = 1024.0 * 1024 * 1024;
	c->collector.history =
	    (struct history_settings){.gap_s = 90,
				      .min_step_s = 15,
				      .max_range_s = 31 * 86400,
				      .max_points = 4000};
	c->call.collector = &c->collector;
	c->call.asked_s = clock_wall_s();
	c->call.collect.arena = &c->arena;
	c->call.collect.request_id = "test-1";
	c->call.collect.deadline_ms = CANNED_DEADLINE_MS;
	canned_pool_use(answers, CHUNK_BYTES);
}

void
canned_call_init(struct canned_call *c, const char *profile_dir,
		 const struct canned_answer *answers, size_t budget_bytes)
{
	init(c, profile_dir, &standard, answers, budget_bytes, true, NULL);
}

void
canned_call_init_survey(struct canned_call *c, const char *profile_dir,
			size_t budget_bytes)
{
	init(c, profile_dir, &standard, NULL, budget_bytes, true, survey_cards);
}

void
canned_call_init_auto(struct canned_call *c, const char *profile_dir,
		      const struct canned_answer *answers, size_t budget_bytes)
{
	init(c, profile_dir, &standard, answers, budget_bytes, false, NULL);
}

void
canned_call_init_auto_survey(struct canned_call *c, const char *profile_dir,
			     const struct canned_answer *answers,
			     size_t budget_bytes)
{
	init(c, profile_dir, &standard, answers, budget_bytes, false,
	     survey_cards);
}

void
canned_call_init_terms(struct canned_call *c, const char *profile_dir,
		       const struct profile_terms *terms,
		       const struct canned_answer *answers, size_t budget_bytes)
{
	init(c, profile_dir, terms, answers, budget_bytes, false, NULL);
}

static void
write_no_settings(const void *program, struct json *j)
{
	(void)program;
	json_open_object(j);
	json_close_object(j);
}

static void
publish_nothing(void *program)
{
	(void)program;
}

void
canned_call_count(struct canned_call *c)
{
	char file[64];

	snprintf(file, sizeof(file), "/dev/shm/gpu-monitoring-api-test-%ld",
		 (long)getpid());
	CU_ASSERT_EQUAL_FATAL(stats_open(file, 1, &c->self.stats, &c->err),
			      ERR_OK);
	c->self.publish_state = publish_nothing;
	c->self.write_settings = write_no_settings;
	c->call.self = &c->self;
}

void
canned_call_look(struct canned_call *c)
{
	const struct detection *found;
	struct call look = c->call.collect;
	struct budget budget;
	struct arena arena;

	budget_init(&budget, CANNED_AMPLE_BYTES);
	arena_init(&arena, &budget);
	look.arena = &arena;
	CU_ASSERT_EQUAL_FATAL(detect_look(c->detector, &look, &found, &c->err),
			      ERR_OK);
	detect_release(found);
	arena_fini(&arena);
}

void
canned_call_survey(struct canned_call *c)
{
	struct detect_settings settings = {.profiles = &c->profiles,
					   .is_fixed = true,
					   .interval_ms = 60000,
					   .timeout_ms = 5000,
					   .max_series = MAX_SERIES,
					   .max_memory_bytes =
					       CANNED_AMPLE_BYTES,
					   .survey = survey_cards,
					   .survey_context = &c->collector};

	detect_free(c->detector);
	CU_ASSERT_EQUAL_FATAL(detect_new(&settings, &c->detector, &c->err),
			      ERR_OK);
	c->collector.detector = c->detector;
	canned_call_look(c);
}

void
canned_call_fini(struct canned_call *c)
{
	stats_close(c->self.stats);
	buf_fini(&c->body);
	fleet_fini(&c->fleet);
	arena_fini(&c->arena);
	detect_free(c->detector);
	problems_keeper_free(c->problems);
	xids_free(c->xids);
	profile_free(&c->profiles);
}

enum err_code
canned_call_collect(struct canned_call *c, const struct endpoint *endpoint)
{
	fleet_fini(&c->fleet);
	return collect_fleet(&c->collector, &endpoint->need, &c->call.collect,
			     &c->fleet, &c->err);
}

const char *
canned_call_text(const struct canned_call *c, uint32_t number)
{
	const struct intern_string *text = fleet_text(&c->fleet, number);

	return text != NULL ? text->text : "";
}

enum err_code
canned_call_answer(struct canned_call *c, const struct endpoint *endpoint,
		   size_t max_bytes)
{
	enum err_code code;

	buf_init(&c->body, max_bytes);
	code = endpoint_answer(endpoint, &c->call, &c->body, &c->err);
	if (code != ERR_OK)
		endpoint_write_error(&c->body, &c->err,
				     endpoint_failure(endpoint, c->err.code));
	return code;
}

enum err_code
canned_call_query(struct canned_call *c, const struct endpoint *endpoint,
		  const char *query, struct params *params)
{
	const struct request r = {.path = endpoint->path, .query = query};
	struct column_list columns;
	struct params_table table = endpoint_params(endpoint, &columns);
	enum err_code code = query_read(&r, &table, &c->arena, params, &c->err);

	if (code == ERR_OK)
		code = endpoint_check(endpoint, params, &c->err);
	c->call.params = params;
	return code;
}

bool
canned_call_says(const struct canned_call *c, const char *text)
{
	return memmem(c->body.data, c->body.length, text, strlen(text)) != NULL;
}

void
canned_call_expect(const struct canned_call *c, const char *text)
{
	bool is_said = canned_call_says(c, text);

	CU_ASSERT_TRUE(is_said);
	if (!is_said)
		printf("# %.*s\n# has no %s\n", (int)c->body.length,
		       c->body.data, text);
}

/* The answer to a further request, to be freed. */
static char *
ask(struct canned_call *c, const struct endpoint *endpoint,
    struct memory *memory)
{
	struct call *call = &c->call.collect;
	char *body;

	fleet_fini(&c->fleet);
	c->fleet.arena = NULL;
	arena_fini(&c->arena);
	arena_init(&c->arena, &c->budget);
	call->warning_count = 0;
	call->query_count = 0;
	c->collector.memory = memory;
	capture_start();
	canned_call_answer(c, endpoint, COMPARED_MAX_BYTES);
	capture_end();
	body = strndup(c->body.data, c->body.length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	buf_fini(&c->body);
	return body;
}

void
canned_call_compare(struct canned_call *c, const struct endpoint *endpoint,
		    struct memory *memory, unsigned round)
{
	char *fresh = ask(c, endpoint, NULL);
	char *remembering = ask(c, endpoint, memory);
	bool is_same = strcmp(fresh, remembering) == 0;

	CU_ASSERT_TRUE(is_same);
	if (!is_same)
		printf("# round %u of %s:\n# %s\n# instead of\n# %s\n", round,
		       endpoint->path, remembering, fresh);
	free(fresh);
	free(remembering);
}

void
canned_call_starve(const char *profile_dir, const struct canned_answer *answers,
		   const struct endpoint *endpoint, size_t step_bytes)
{
	canned_call_starve_query(profile_dir, answers, endpoint, "",
				 step_bytes);
}

void
canned_call_starve_query(const char *profile_dir,
			 const struct canned_answer *answers,
			 const struct endpoint *endpoint, const char *query,
			 size_t step_bytes)
{
	size_t bytes = 0, failures = 0;
	struct canned_call call;
	struct params params;
	enum err_code code;

	capture_start();
	do {
		canned_call_init(&call, profile_dir, answers, bytes);
		code = canned_call_query(&call, endpoint, query, &params);
		if (code == ERR_OK)
			code = canned_call_answer(&call, endpoint, 1 << 20);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		canned_call_fini(&call);
		CU_ASSERT_EQUAL(call.budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += step_bytes;
	} while (code != ERR_OK && bytes < CANNED_AMPLE_BYTES);
	capture_end();
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}
