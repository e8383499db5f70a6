/* conf/profiles, and the table of them in its README. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/exporter_table.h"
#include "support/file.h"
#include "support/readme.h"
#include "support/suite.h"

enum { TEXT_MAX_BYTES = 1 << 20, LABEL_MAX_BYTES = 64, VALUE_MAX_BYTES = 64 };

static struct profile_set set;

static void
load(void)
{
	struct err err = {0};

	if (profile_load(readme_path_of("conf/profiles"), &set, &err) != ERR_OK)
		printf("# %s\n", err.text);
	CU_ASSERT_EQUAL_FATAL(err.code, ERR_OK);
}

static void
names_each_exporter_once(void)
{
	static const char *const names[] = {"dcgm-exporter-4.9",
					    "dcgm-exporter",
					    "dcgm-exporter-1.x",
					    "dcgm-exporter-lower-case",
					    "telegraf-nvidia-smi",
					    "a0s-nvidia-smi-exporter",
					    "nvidia_gpu_exporter",
					    "nvidia-gpu-list-exporter",
					    "amd-device-metrics-exporter",
					    "amd_smi_exporter",
					    "omnistat",
					    "intel-xpumd",
					    "intel-xpu-manager",
					    "opentelemetry-hw-gpu",
					    "opentelemetry-hw-gpu-suffixes",
					    "intel-gaudi",
					    "ascend-npu-exporter",
					    "cambricon-mlu-exporter",
					    "hygon-dcu-exporter",
					    "metax-mx-exporter",
					    "iluvatar-ix-exporter",
					    "enflame-gcu-exporter",
					    "nvitop-exporter",
					    "all-smi",
					    "aws-neuron-monitor",
					    "hami",
					    "hami-legacy",
					    "nvidia_gpu_prometheus_exporter",
					    "cadvisor",
					    "gke-gpu-device-plugin",
					    "gke-system-metrics",
					    "opentelemetry-gpu-collector",
					    "triton",
					    "ray",
					    "slurm-job-exporter",

					    "gpu-monitoring-api"};

	load();
	CU_ASSERT_EQUAL_FATAL(set.count, sizeof(names) / sizeof(*names));
	for (size_t i = 0; i < set.count; i++)
		SUITE_EQUAL(set.profiles[i]->name, names[i]);
	profile_free(&set);
}

/* --- no series is of two exporters --------------------------------------- */

struct condition {
	char label[LABEL_MAX_BYTES];
	char value[VALUE_MAX_BYTES];
	bool is_equal;
};

/* The next of `gpu!="",type="sm"`; false at the end. */
static bool
next_condition(const char **at, struct condition *out)
{
	char sign[3];
	int used = 0;

	memset(out, 0, sizeof(*out));
	if (**at == '\0')
		return false;
	if (sscanf(*at, "%63[^=!]%2[=!]\"%n", out->label, sign, &used) != 2 ||
	    used == 0) {
		CU_FAIL_FATAL("a condition has another form");
		return false;
	}
	out->is_equal = strcmp(sign, "=") == 0;
	*at += used;
	used = (int)strcspn(*at, "\"\\");
	CU_ASSERT_FATAL(used < VALUE_MAX_BYTES && (*at)[used] == '"');
	memcpy(out->value, *at, (size_t)used);
	*at += used + 1;
	*at += **at == ',';
	return true;
}

/* No series meets both. */
static bool
exclude_each_other(const char *one, const char *other)
{
	struct condition a, b;

	while (next_condition(&one, &a))
		for (const char *at = other; next_condition(&at, &b);) {
			bool same = strcmp(a.value, b.value) == 0;

			if (strcmp(a.label, b.label) != 0)
				continue;
			if (a.is_equal && b.is_equal
				? !same
				: same && a.is_equal != b.is_equal)
				return true;
		}
	return false;
}

static void
knows_what_excludes(void)
{
	CU_ASSERT_TRUE(exclude_each_other("a!=\"\"", "b=\"x\",a=\"\""));
	CU_ASSERT_TRUE(exclude_each_other("a=\"\"", "a=\"x\""));
	CU_ASSERT_TRUE(exclude_each_other("a=\"x\"", "a=\"y\""));
	CU_ASSERT_FALSE(exclude_each_other("a=\"x\"", "a=\"x\""));
	CU_ASSERT_FALSE(exclude_each_other("a=\"x\"", "a!=\"\""));
	CU_ASSERT_FALSE(exclude_each_other("a!=\"\"", "a!=\"\""));
	CU_ASSERT_FALSE(exclude_each_other("a=\"\"", "b!=\"\""));
	CU_ASSERT_FALSE(exclude_each_other("", "a=\"\""));
}

/* Selectors of the profile: what it is recognised by, then what it asks. */
static bool
nth_selector(const struct profile *p, size_t n, const char **name,
	     const char **conditions)
{
	if (n < p->match_metric_count) {
		*name = p->match_metrics[n];
		*conditions = p->match_conditions;
		return true;
	}
	n -= p->match_metric_count;
	if (n >= p->metric_count)
		return false;
	*name = p->metrics[n].name;
	/* Of problems, two that tell of one are told once. */
	if (p->metrics[n].kind == PROFILE_PROBLEM)
		*name = "";
	*conditions = p->metrics[n].conditions;
	return true;
}

static void
check_disjoint(const struct profile *one, const struct profile *other)
{
	const char *name, *other_name, *conditions, *other_conditions;

	for (size_t i = 0; nth_selector(one, i, &name, &conditions); i++)
		for (size_t k = 0;
		     nth_selector(other, k, &other_name, &other_conditions);
		     k++) {
			if (*name == '\0' || strcmp(name, other_name) != 0 ||
			    exclude_each_other(conditions, other_conditions))
				continue;
			printf("# %s: both %s and %s\n", name, one->name,
			       other->name);
			CU_FAIL("a series is of one exporter");
		}
}

static void
takes_no_series_twice(void)
{
	load();
	for (size_t i = 0; i < set.count; i++)
		for (size_t k = i + 1; k < set.count; k++)
			check_disjoint(set.profiles[i], set.profiles[k]);
	profile_free(&set);
}

/* --- what is asked ------------------------------------------------------- */

/* Of a sample in the unit that the name ends with; 0 if it tells none. */
static double
scale_of_name(const char *name, bool is_percent)
{
	static const struct {
		const char *ending;
		double scale;
	} units[] = {{"_milliwatts", 1e-3},
		     {"_watts", 1},
		     {"_WATTS", 1},
		     {"_W", 1},
		     {"_MiB", 1 << 20},
		     {"_bytes", 1},
		     {"_BYTES", 1},
		     {"_hz", 1e-6},
		     {"_hertz", 1e-6},
		     {"_HERTZ", 1e-6},
		     {"_mhz", 1},
		     {"_MHz", 1},
		     {"_celsius", 1},
		     {"_CELSIUS", 1},
		     {"_C", 1},
		     {"_joules_total", 1},
		     {"_JOULES_TOTAL", 1},
		     {"_percent", 1},
		     {"_Percentage", 1}};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t ending = strlen(units[i].ending);

		if (length > ending &&
		    strcmp(name + length - ending, units[i].ending) == 0)
			return units[i].scale;
	}
	if (length > 6 && strcasecmp(name + length - 6, "_ratio") == 0)
		return is_percent ? 100 : 1;
	return 0;
}

static bool
is_percent(const struct profile_metric *m)
{
	return m->kind == PROFILE_FIELD &&
	       (m->field == FIELD_UTILIZATION || m->field == FIELD_FAN_SPEED ||
		m->field == FIELD_MEMORY_CONTROLLER_UTILIZATION);
}

static void
scales_as_the_names_say(void)
{
	unsigned told = 0;

	load();
	for (size_t i = 0; i < set.count; i++)
		for (size_t k = 0; k < set.profiles[i]->metric_count; k++) {
			const struct profile_metric *m =
			    &set.profiles[i]->metrics[k];
			double scale = scale_of_name(m->name, is_percent(m));

			/* Those say themselves that their name may lie. */
			if (scale == 0 || m->is_ratio_or_percent)
				continue;
			told++;
			if (m->scale != scale)
				printf("# %s of %s\n", m->name,
				       set.profiles[i]->name);
			CU_ASSERT_EQUAL(m->scale, scale);
		}
	CU_ASSERT_TRUE(told > 50);
	profile_free(&set);
}

static bool
may_be_required(const struct profile_metric *m)
{
	static const enum field needed[] = {
	    FIELD_UTILIZATION, FIELD_MEMORY_USED, FIELD_MEMORY_TOTAL,
	    FIELD_MEMORY_FREE, FIELD_MEMORY_USED_RATIO};

	if (m->alternative > 0)
		return false;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (m->kind == PROFILE_FIELD && m->field == (int)needed[i])
			return true;
	return m->kind == PROFILE_INFO;
}

/* One failing metric that few need must not cost the whole answer. */
static void
requires_only_what_everybody_needs(void)
{
	load();
	for (size_t i = 0; i < set.count; i++)
		for (size_t k = 0; k < set.profiles[i]->metric_count; k++) {
			const struct profile_metric *m =
			    &set.profiles[i]->metrics[k];

			if (m->is_optional || may_be_required(m))
				continue;
			printf("# %s of %s\n", m->name, set.profiles[i]->name);
			CU_FAIL("is optional");
		}
	profile_free(&set);
}

static bool
requires_field(const struct profile *p, enum field field)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_FIELD &&
		    p->metrics[i].field == (int)field &&
		    !p->metrics[i].is_optional)
			return true;
	return false;
}

/* Some measure no memory at all. */
static void
requires_what_everybody_needs(void)
{
	load();
	for (size_t i = 0; i < set.count; i++) {
		const struct profile *p = set.profiles[i];

		CU_ASSERT_TRUE(requires_field(p, FIELD_UTILIZATION));
		CU_ASSERT_EQUAL(requires_field(p, FIELD_MEMORY_USED),
				exporter_has_field(p, FIELD_MEMORY_USED));
	}
	profile_free(&set);
}

/* --- the README ---------------------------------------------------------- */

static const char profiles_readme[] = "conf/profiles/README.md";

/* The README with that table in it. */
static void
replace_table(const char *readme, const char *old, size_t length,
	      const struct buf *table)
{
	struct buf text;

	buf_init(&text, TEXT_MAX_BYTES);
	buf_append(&text, readme, (size_t)(old - readme));
	buf_append(&text, table->data, table->length);
	buf_append(&text, old + length, strlen(old + length) + 1);
	CU_ASSERT_EQUAL_FATAL(buf_status(&text), ERR_OK);
	file_write(readme_path_of(profiles_readme), text.data);
	buf_fini(&text);
}

static void
readme_has_the_table(void)
{
	char *readme = readme_read(profiles_readme);
	struct buf table;
	const char *old;
	size_t length;
	char *got;

	load();
	buf_init(&table, TEXT_MAX_BYTES);
	exporter_table_add(&table, &set);
	CU_ASSERT_EQUAL_FATAL(buf_status(&table), ERR_OK);
	old = readme_part(readme, "<!-- exporters -->\n", "<!-- /exporters -->",
			  &length);
	if (getenv("GOLDEN_UPDATE") != NULL) {
		replace_table(readme, old, length, &table);
	} else {
		got = strndup(old, length);
		buf_append(&table, "", 1);
		SUITE_EQUAL(got, table.data);
		free(got);
	}
	buf_fini(&table);
	profile_free(&set);
	free(readme);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"names each exporter once", names_each_exporter_once},
	    {"knows what excludes each other", knows_what_excludes},
	    {"takes no series twice", takes_no_series_twice},
	    {"scales as the names say", scales_as_the_names_say},
	    {"requires only what everybody needs",
	     requires_only_what_everybody_needs},
	    {"requires what everybody needs", requires_what_everybody_needs},
	    {"its README has the table", readme_has_the_table},
	    {NULL, NULL}};

	return suite_run("profiles_shipped", tests);
}
