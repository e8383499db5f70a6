/*
 * Exporter profiles: an error that names the file, or a profile whose names
 * can be asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/target.h"
#include "gpu/profile_read.h"
#include "prom/promql.h"

enum { BUDGET_BYTES = 4 << 20, QUERY_MAX_BYTES = 64 * 1024 };

static void
check_profile(const struct profile *p)
{
	struct buf query;

	target_require(p->name != NULL && p->match_metric_count > 0 &&
			   p->label_count <= PROFILE_LABELS_MAX &&
			   p->metric_count <= PROFILE_METRICS_MAX,
		       "the profile is not whole");
	for (size_t i = 0; i < p->label_count; i++)
		target_require(p->labels[i].label == PROFILE_VALUE ||
				   promql_is_label_name(p->labels[i].name),
			       "no label can have that name");
	for (size_t i = 0; i < p->metric_count; i++) {
		const struct profile_metric *m = &p->metrics[i];

		target_require(promql_is_metric_name(m->name),
			       "no metric can have that name");
		buf_init(&query, QUERY_MAX_BYTES);
		promql_add_selector(&query, &m->name, 1, m->conditions);
		target_require(buf_status(&query) == ERR_OK,
			       "the query is too long");
		buf_fini(&query);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = target_text(data, size);
	struct err e = {.code = ERR_OK};
	struct profile *profile;
	struct budget budget;
	struct arena arena;

	budget_init(&budget, BUDGET_BYTES);
	arena_init(&arena, &budget);
	if (profile_read("file.json", text, size, &arena, &profile, &e) ==
	    ERR_OK)
		check_profile(profile);
	else
		target_require(e.code == ERR_SETTING &&
				   strncmp(e.text, "file.json: ", 11) == 0,
			       "the error does not name the file");
	arena_fini(&arena);
	free(text);
	return 0;
}
