/* The text of a profile: it is read into a valid one, or told what is wrong. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "gpu/profile/read.h"
#include "prom/promql.h"

enum { TEXT_MAX_BYTES = 200 };

static void
check_text(const char *text)
{
	FUZZ_REQUIRE(*text != '\0' && strlen(text) <= TEXT_MAX_BYTES);
}

/* A string in quotes, as PromQL reads it; returns what is behind it. */
static const char *
skip_string(const char *at)
{
	FUZZ_REQUIRE(*at == '"');
	for (at++; *at != '"'; at++) {
		FUZZ_REQUIRE(*at != '\0' && *at != '\n');
		if (*at == '\\')
			FUZZ_REQUIRE(strchr("n\"\\", *++at) != NULL &&
				     *at != '\0');
	}
	return at + 1;
}

/* label="value",label!="value": nothing else gets into a query. */
static void
check_conditions(const char *at)
{
	while (*at != '\0') {
		size_t length = *at == '"' ? (size_t)(skip_string(at) - at)
					   : strcspn(at, "!=");
		char *label = fuzz_text((const uint8_t *)at, length);

		FUZZ_REQUIRE(*at == '"' || promql_is_label_name(label));
		free(label);
		at += length;
		at += *at == '!';
		FUZZ_REQUIRE(*at == '=');
		at = skip_string(at + 1);
		FUZZ_REQUIRE(*at == '\0' || *at == ',');
		at += *at == ',';
	}
}

static void
check_labels(const struct profile *p)
{
	FUZZ_REQUIRE(p->label_count > 0 &&
		     p->label_count <= PROFILE_LABELS_MAX);
	for (size_t i = 0; i < p->label_count; i++) {
		FUZZ_REQUIRE(promql_is_name(p->labels[i].name));
		FUZZ_REQUIRE(p->labels[i].label < PROFILE_METRIC);
		for (size_t k = 0; k < i; k++)
			FUZZ_REQUIRE(
			    strcmp(p->labels[i].name, p->labels[k].name) != 0);
	}
	FUZZ_REQUIRE(profile_has_label(p, PROFILE_INDEX) ||
		     profile_has_label(p, PROFILE_UUID) ||
		     profile_has_label(p, PROFILE_ID));
	FUZZ_REQUIRE(profile_has_label(p, PROFILE_INSTANCE));
}

static void
check_metric(const struct profile *p, size_t i)
{
	const struct profile_metric *m = &p->metrics[i];

	FUZZ_REQUIRE(promql_is_name(m->name));
	check_text(m->name);
	check_conditions(m->conditions);
	FUZZ_REQUIRE(isfinite(m->scale) && m->scale > 0);
	FUZZ_REQUIRE(m->value_label == NULL || promql_is_name(m->value_label));
	FUZZ_REQUIRE(m->kind != PROFILE_FIELD ||
		     (m->field >= 0 && m->field < FIELD__MAX));
	FUZZ_REQUIRE(m->kind != PROFILE_PROCESS ||
		     (m->field >= 0 && m->field < PROCESS_FIELD__MAX) ||
		     m->field == PROFILE_SEEN);
	FUZZ_REQUIRE(m->kind != PROFILE_WORKLOAD_FIELD ||
		     (m->field >= 0 && m->field < WORKLOAD_FIELD__MAX));
	FUZZ_REQUIRE(m->kind != PROFILE_JOB_VALUE || m->field == PROFILE_JOB ||
		     m->field == PROFILE_JOB_USER);
	/* Alternatives stand together, each before its other name. */
	FUZZ_REQUIRE(m->alternative == 0 ||
		     (i > 0 && m[-1].kind == m->kind &&
		      m[-1].field == m->field &&
		      m->alternative % PROFILE_ALTERNATIVES_MAX <=
			  m[-1].alternative % PROFILE_ALTERNATIVES_MAX + 1));
}

static void
check_profile(const struct profile *p)
{
	check_text(p->name);
	FUZZ_REQUIRE(strpbrk(p->name, ",$") == NULL);
	if (p->vendor != NULL)
		check_text(p->vendor);
	FUZZ_REQUIRE(p->match_metric_count > 0 &&
		     p->match_metric_count <= PROFILE_MATCH_METRICS_MAX);
	for (size_t i = 0; i < p->match_metric_count; i++)
		FUZZ_REQUIRE(promql_is_name(p->match_metrics[i]));
	check_conditions(p->match_conditions);
	check_labels(p);
	FUZZ_REQUIRE(p->metric_count > 0 &&
		     p->metric_count <= PROFILE_METRICS_MAX);
	for (size_t i = 0; i < p->metric_count; i++)
		check_metric(p, i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char file[] = "fuzz.json";
	char *text = fuzz_text(data, size);
	struct profile *profile;
	struct budget budget;
	struct arena arena;
	struct err e = {.code = ERR_OK};
	enum err_code code;

	budget_init(&budget, 1 << 20);
	arena_init(&arena, &budget);
	code = profile_read(file, text, size, &arena, &profile, &e);
	FUZZ_REQUIRE((code == ERR_OK) == (profile != NULL));
	FUZZ_REQUIRE(code == ERR_OK || code == ERR_SETTING);
	if (code == ERR_OK)
		check_profile(profile);
	else
		FUZZ_REQUIRE(strncmp(e.text, "fuzz.json: ", sizeof(file) + 1) ==
				 0 &&
			     strlen(e.text) > sizeof(file) + 1);
	arena_fini(&arena);
	free(text);
	return 0;
}
