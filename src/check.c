#include "check.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "gpu/profile/labels.h"
#include "gpu/profile/terms.h"
#include "gpu/site/coverage.h"
#include "gpu/site/explain.h"
#include "gpu/site/strangers.h"

enum { VERSION_BYTES = 64, PATH_BYTES = 4096 };

void
check_make_printable(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
		else if ((unsigned char)text[i] >= 0x80)
			text[i] = '?';
}

/* Something that Prometheus said, in a copy that is cut off if it is long. */
static void
print_text(const char *text)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	check_make_printable(copy);
	fputs(copy, stdout);
}

/* They may quote Prometheus. */
static void
print_warnings(const struct call *call)
{
	for (size_t i = 0; i < call->warning_count; i++) {
		print_text(call->warnings[i]);
		putchar('\n');
	}
}

/* Not every server that speaks Prometheus' language tells its version. */
static enum err_code
find_version(struct program *p, int64_t deadline_ms,
	     char version[static VERSION_BYTES], struct err *e)
{
	struct client_session *session = client_session_new(p->client);
	enum err_code code;

	if (session == NULL)
		return err_set_memory(e);
	code = client_version(session, deadline_ms, version, VERSION_BYTES, e);
	client_session_free(session);
	if (code == ERR_OK)
		check_make_printable(version);
	if (code != ERR_PROM)
		return code;
	snprintf(version, VERSION_BYTES, "of unknown version");
	*e = (struct err){.code = ERR_OK};
	return ERR_OK;
}

/* What is wrong is said once, at the end. */
static void
log_errors_alone(void)
{
	if (!log_wants(LOG_DEBUG))
		log_set_level(LOG_ERROR);
}

/* --- --check ------------------------------------------------------------ */

static void
print_fields(const char *verb, field_set fields)
{
	char names[COVERAGE_NAMES_BYTES];

	coverage_write(names, fields);
	if (*names != '\0')
		printf("  %s %s\n", verb, names);
}

static void
print_exporter(const struct census_count *seen, const struct detection *found)
{
	size_t rank = site_find(found, seen->profile);
	const struct coverage *known;

	printf("%s: %llu GPUs\n", seen->profile->name,
	       (unsigned long long)seen->gpu_count);
	if (rank == found->count)
		return;
	known = &found->coverage[rank];
	if (!known->is_known) {
		printf("  what it has is not known (%s)\n",
		       err_name(known->outcome));
		return;
	}
	print_fields("has", known->fields);
	print_fields("lacks", coverage_of(seen->profile) & ~known->fields);
}

static void
print_strangers(const struct stranger *strangers, size_t count)
{
	if (count == 0)
		return;
	puts("Series that look like GPUs', but are of no exporter that was "
	     "found:");
	for (size_t i = 0; i < count; i++) {
		fputs("  ", stdout);
		print_text(strangers[i].metric);
		printf(": %llu\n",
		       (unsigned long long)strangers[i].series_count);
	}
	if (count == STRANGERS_MAX)
		puts("  and perhaps more");
	puts("  write a profile: a JSON file in PROFILE_DIR, as "
	     "conf/profiles/README.md has it;\n"
	     "  --explain-profile FILE shows what it finds");
}

/* A site that has a directory of its own need not have the list. */
static enum err_code
look_for_strangers(struct program *p, struct call *call,
		   const struct detection *found, struct err *e)
{
	struct stranger strangers[STRANGERS_MAX];
	struct strangers_names names;
	char path[PATH_BYTES];
	size_t count;
	int length = snprintf(path, sizeof(path), "%s/" STRANGERS_FILE,
			      p->config.profile_dir);

	if (length < 0 || (size_t)length >= sizeof(path) ||
	    access(path, F_OK) != 0)
		return ERR_OK;
	if (strangers_read(path, call->arena, &names, e) != ERR_OK)
		return e->code;
	call->deadline_ms = clock_now_ms() + p->config.health_timeout_ms;
	if (strangers_find(p->pool, call, &names,
			   profile_matchers(p->profiles.profiles[0]), found,
			   strangers, &count, e) == ERR_OK) {
		print_strangers(strangers, count);
		return ERR_OK;
	}
	if (e->code == ERR_MEMORY)
		return e->code;
	printf("Whether there are exporters without a profile is not known "
	       "(%s)\n",
	       err_name(e->code));
	*e = (struct err){.code = ERR_OK};
	return ERR_OK;
}

static enum err_code
check_found(struct program *p, const char *version, struct call *call,
	    const struct detection *found, struct err *e)
{
	struct census_count *seen;
	size_t count;
	enum err_code code = detect_census(p->detector, call, &seen, &count, e);

	for (size_t i = 0; code == ERR_OK && i < found->count; i++)
		if (found->coverage[i].outcome == ERR_MEMORY)
			code = err_set_memory(e);
	if (code != ERR_OK)
		return code;
	printf("Prometheus %s at %s\n", version, client_url(p->client));
	for (size_t i = 0; i < count; i++)
		print_exporter(&seen[i], found);
	if (count == 0)
		detect_warn_of_nothing(p->detector, call);
	coverage_warn(call, found);
	print_warnings(call);
	return look_for_strangers(p, call, found, e);
}

/* For one who asks from a shell. */
struct asker {
	struct budget budget;
	struct arena arena;
	struct call call;
	char version[VERSION_BYTES];
};

static enum err_code
start_asking(struct asker *a, struct program *p, int64_t timeout_ms,
	     struct err *e)
{
	budget_init(&a->budget, (size_t)p->config.max_request_memory_bytes);
	arena_init(&a->arena, &a->budget);
	a->call = (struct call){.arena = &a->arena,
				.request_id = "check",
				.deadline_ms = clock_now_ms() + timeout_ms};
	return find_version(p, a->call.deadline_ms, a->version, e);
}

enum err_code
check_exporters(struct program *p, struct err *e)
{
	const struct detection *found;
	struct asker a;
	enum err_code code;

	log_errors_alone();
	printf("settings and %zu exporter profile(s) are valid\n",
	       p->profiles.count);
	code = start_asking(&a, p, p->config.health_timeout_ms, e);
	/* So that GPUs are counted as rows are. */
	if (code == ERR_OK)
		code = detect_look(p->detector, &a.call, &found, e);
	if (code == ERR_OK) {
		code = check_found(p, a.version, &a.call, found, e);
		detect_release(found);
	}
	arena_fini(&a.arena);
	return code;
}

/* --- --explain-profile -------------------------------------------------- */

/* {sensor="edge"}, as the query has it. */
static void
print_metric(const char *name, const char *conditions)
{
	print_text(name);
	if (*conditions == '\0')
		return;
	putchar('{');
	print_text(conditions);
	putchar('}');
}

static void
print_count(const struct explain_line *l)
{
	if (l->series_count > 0)
		printf(": %llu series", (unsigned long long)l->series_count);
	else if (l->named_count > 0)
		printf(": no series; %llu of that name have other labels",
		       (unsigned long long)l->named_count);
	else
		fputs(": no series", stdout);
}

static void
print_match(const struct profile *p, const struct explain_line *l)
{
	fputs("  ", stdout);
	print_metric(p->match_metrics[l->place], p->match_conditions);
	print_count(l);
	putchar('\n');
}

/* Prometheus and targets make some names, of which most are not there. */
static bool
is_of_file(const struct profile_name *name)
{
	return !name->is_of_target && *profile_label_key(name->label) != '\0' &&
	       strncmp(name->name, "exported_", strlen("exported_")) != 0;
}

static void
print_label(const struct profile *p, const struct explain_line *l)
{
	const struct profile_name *name = &p->labels[l->place];

	if (l->series_count == 0 && !is_of_file(name))
		return;
	printf("  %s ", name->label == PROFILE_CLUSTER ? "cluster"
			: *profile_label_key(name->label) != '\0'
			    ? profile_label_key(name->label)
			    : "target");
	print_text(name->name);
	if (l->series_count == 0) {
		puts(": no series has it");
		return;
	}
	printf(": %llu series", (unsigned long long)l->series_count);
	if (l->text != NULL) {
		fputs(", e.g. \"", stdout);
		print_text(l->text);
		putchar('"');
	}
	putchar('\n');
}

static const char *
name_of(const struct profile *p, const struct profile_metric *m)
{
	switch (m->kind) {
	case PROFILE_INFO:
		return "info";
	case PROFILE_INDEX_VALUE:
		return "index";
	case PROFILE_FIELD:
		return field_table[m->field].name;
	case PROFILE_JOB_VALUE:
		return profile_label_key((enum profile_label)m->field);
	case PROFILE_WORKLOAD_FIELD:
		return workload_field_table[m->field].name;
	case PROFILE_PROBLEM:
		return problem_kinds[p->problems[m->field].kind].name;
	default:
		return m->field == PROFILE_SEEN
			   ? "processes.info"
			   : process_field_table[m->field].name;
	}
}

static const char *
unit_of(const struct profile_metric *m)
{
	enum unit unit = UNIT_NUMBER;

	if (m->kind == PROFILE_FIELD)
		unit = field_table[m->field].unit;
	else if (m->kind == PROFILE_WORKLOAD_FIELD)
		unit = field_table[workload_field_table[m->field].field].unit;
	else if (m->kind == PROFILE_PROCESS && m->field != PROFILE_SEEN)
		unit = process_field_table[m->field].unit;
	return unit != UNIT_NUMBER ? unit_table[unit].kept : "";
}

/* "42 percent (0.42 times 100)" */
static void
print_value(const struct profile_metric *m, const struct explain_line *l)
{
	double value = l->value * m->scale;

	if (m->value_label != NULL) {
		fputs(", e.g. its label says \"", stdout);
		print_text(l->text != NULL ? l->text : "");
		putchar('"');
		return;
	}
	printf(", e.g. %.12g%s%s", value, *unit_of(m) != '\0' ? " " : "",
	       unit_of(m));
	if (m->scale != 1)
		printf(" (%.12g times %.12g)", l->value, m->scale);
	if (m->is_ratio_or_percent)
		fputs(", or a ratio: all its values tell", stdout);
	if (field_is_blank(l->value) ||
	    (m->kind == PROFILE_FIELD &&
	     isnan(field_clean((enum field)m->field, value))))
		fputs(", which no GPU measures: null", stdout);
}

static void
print_metric_line(const struct profile *p, const struct explain_line *l)
{
	const struct profile_metric *m = &p->metrics[l->place];

	/* A name that a collector may have made, and none has. */
	if (l->series_count == 0 && m->alternative >= PROFILE_ALTERNATIVES_MAX)
		return;
	printf("  %s ", name_of(p, m));
	print_metric(m->name, m->conditions);
	print_count(l);
	if (l->has_value && m->kind != PROFILE_INFO &&
	    !(m->kind == PROFILE_PROCESS && m->field == PROFILE_SEEN))
		print_value(m, l);
	else if (l->series_count == 0 && m->is_optional)
		fputs(" (it is optional)", stdout);
	putchar('\n');
}

static void
print_lines(const struct profile *p, const struct explanation *x,
	    enum explain_part part,
	    void (*print)(const struct profile *p,
			  const struct explain_line *l))
{
	for (size_t i = 0; i < x->count; i++)
		if (x->lines[i].part == part)
			print(p, &x->lines[i]);
}

static void
print_explanation(const struct profile *p, const struct explanation *x,
		  uint64_t gpu_count)
{
	puts("match");
	print_lines(p, x, EXPLAIN_MATCH, print_match);
	printf("labels, of %llu series of match and info",
	       (unsigned long long)x->gpu_series_count);
	if (x->process_series_count > 0)
		printf(", and %llu of processes",
		       (unsigned long long)x->process_series_count);
	putchar('\n');
	print_lines(p, x, EXPLAIN_LABEL, print_label);
	if (x->gpu_series_count == 0)
		puts("  there is no series of match: this exporter is not "
		     "there, or has other names or labels");
	printf("GPUs that they tell apart: %llu\nmetrics\n",
	       (unsigned long long)gpu_count);
	print_lines(p, x, EXPLAIN_METRIC, print_metric_line);
}

static enum err_code
explain(struct program *p, struct asker *a, struct err *e)
{
	const struct profile *profile = p->profiles.profiles[0];
	struct explanation x;
	struct census_count *seen;
	size_t count;
	enum err_code code;

	printf("%s: %s is valid\n", p->explained_file, profile->name);
	code = start_asking(a, p, p->config.request_timeout_ms, e);
	if (code == ERR_OK)
		code = explain_profile(p->pool, &a->call, profile, &x, e);
	if (code == ERR_OK)
		code = census_take(p->pool, &p->profiles,
				   (size_t)p->config.max_series, &a->call,
				   &seen, &count, e);
	if (code != ERR_OK)
		return code;
	printf("Prometheus %s at %s\n", a->version, client_url(p->client));
	print_explanation(profile, &x, count > 0 ? seen[0].gpu_count : 0);
	print_warnings(&a->call);
	return ERR_OK;
}

enum err_code
check_profile(struct program *p, struct err *e)
{
	struct asker a = {.version = ""};
	enum err_code code;

	log_errors_alone();
	code = explain(p, &a, e);
	arena_fini(&a.arena);
	return code;
}
