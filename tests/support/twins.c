#include "support/twins.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/copies.h"
#include "support/file.h"

static const char *const prefixes[] = {
    [TWIN_AS_IS] = "", [TWIN_HALF] = "half-", [TWIN_LOST] = "lost-"};
static char directory[HARNESS_PATH_BYTES];

/* Who knows nodes by addresses, and who needs that. */
static const struct exporters_target kube_state_metrics = {
    "kube-state-metrics",
    "job: kube-state-metrics, instance: '10.42.0.5:8080', node: control-1",
    true};
static const struct exporters_target more[] = {
    {"dcgm-podname",
     "job: dcgm-exporter, instance: '10.42.1.9:9400', namespace: gpu-operator, "
     "container: nvidia-dcgm-exporter, pod: nvidia-dcgm-exporter-q8kfz",
     false},
    {NULL, NULL, false}};

static const struct exporters_target *const lists[] = {exporters_all, more};

/* The other cluster's pods have other nodes at the same addresses. */
static void
rename_nodes(const char *file)
{
	static const char from[] = "gpu-k8s-", to[] = "far-k8s-";
	char path[HARNESS_PATH_BYTES + 64], *text;

	snprintf(path, sizeof(path), "%s/%s.prom", directory, file);
	text = file_read(path);
	for (char *at = text; (at = strstr(at, from)) != NULL;)
		memcpy(at, to, strlen(to));
	file_write(path, text);
	free(text);
}

void
twins_write(void)
{
	const struct copies_plan as_is = {.from = exporters_directory(),
					  .to = directory,
					  .factor = 1,
					  .warmth = 1};
	struct copies_plan half = as_is, lost;

	half.prefix = prefixes[TWIN_HALF];
	half.factor = 0.5;
	half.warmth = 1.25;
	lost = half;
	lost.prefix = prefixes[TWIN_LOST];
	lost.age_s = 180;
	harness_path(directory, "copies");
	harness_require(mkdir(directory, 0700) == 0, "cannot make %s",
			directory);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct exporters_target *t = lists[i];
		     t->file != NULL; t++) {
			copies_write(&as_is, t->file);
			copies_write(&half, t->file);
			copies_write(&lost, t->file);
		}
	copies_write(&as_is, kube_state_metrics.file);
	copies_write(&half, kube_state_metrics.file);
	rename_nodes("half-kube-state-metrics");
}

static bool
has_key(const char *labels, const char *key)
{
	const char *at = labels;

	while ((at = strstr(at, key)) != NULL && at > labels && at[-1] != ' ')
		at++;
	return at != NULL;
}

/* Appends those of the target's labels that the list has not. */
static void
add_labels(char out[static TWINS_LABELS_BYTES], const char *labels)
{
	const char *at = labels;

	while (*at != '\0') {
		size_t length = strcspn(at, ","), used = strlen(out);
		char key[64];

		snprintf(key, sizeof(key), "%.*s:", (int)strcspn(at, ":"), at);
		if (!has_key(out, key))
			snprintf(out + used, TWINS_LABELS_BYTES - used,
				 "%s%.*s", used > 0 ? ", " : "", (int)length,
				 at);
		at += length;
		at += strspn(at, ", ");
	}
}

static void
number_labels(char labels[static TWINS_LABELS_BYTES], size_t number)
{
	char text[TWINS_LABELS_BYTES], *mark;

	while ((mark = strchr(labels, '#')) != NULL) {
		snprintf(text, sizeof(text), "%.*s%zu%s", (int)(mark - labels),
			 labels, number, mark + 1);
		memcpy(labels, text, sizeof(text));
	}
}

static void
add(struct twins_store *s, const struct exporters_target *t, enum twin twin,
    const char *labels)
{
	size_t n = s->count++;

	harness_require(n + 1 < TWINS_TARGETS_MAX, "too many targets");
	snprintf(s->files[n], sizeof(*s->files), "%s%s", prefixes[twin],
		 t->file);
	add_labels(s->labels[n], labels);
	number_labels(s->labels[n], n);
	add_labels(s->labels[n], t->labels);
	s->targets[n] = (struct exporters_target){s->files[n], s->labels[n],
						  t->honors_labels};
}

void
twins_add(struct twins_store *s, enum twin twin, const char *labels)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct exporters_target *t = lists[i];
		     t->file != NULL; t++)
			add(s, t, twin, labels);
}

void
twins_add_pods(struct twins_store *s, enum twin twin, const char *labels)
{
	add(s, &kube_state_metrics, twin, labels);
}

static void
start(struct twins_store *s, const struct source *federated)
{
	const struct source *const upstreams[] = {&s->prometheus, NULL};

	/* One serves so many connections, and no more. */
	exporters_serve(&s->simulator, directory);
	s->site = (struct exporters_site){.simulator = &s->simulator,
					  .directory = directory,
					  .targets = s->targets,
					  .federated = federated};
	exporters_start_prometheus(&s->prometheus, &s->site);
	gate_start(&s->gate, upstreams);
}

void
twins_start(struct twins_store *s)
{
	start(s, NULL);
}

void
twins_start_above(struct twins_store *s, const struct twins_store *other)
{
	start(s, &other->prometheus);
}

void
twins_stop(struct twins_store *s)
{
	CU_ASSERT_EQUAL(process_stop(s->prometheus.process), 0);
	CU_ASSERT_EQUAL(process_stop(s->simulator.process), 0);
}

static void
start_responder(struct responder *r, struct gate *gate, const char *profiles)
{
	char setting[RESPONDER_VALUE_BYTES];
	const char *settings[] = {setting, "DETECTION_INTERVAL_MS=100", NULL};

	snprintf(setting, sizeof(setting), "GPU_PROFILES=%s", profiles);
	responder_start(r, gate->source.url, settings);
	gate_wait_looked(gate);
}

void
twins_ask(struct moment *out, struct twins_store *s, const char *profiles)
{
	struct responder r;

	start_responder(&r, &s->gate, profiles);
	moment_take(out, &r);
	exporters_expect_counts(&r);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

void
twins_wait(const struct twins_store *s)
{
	exporters_wait(&s->prometheus, &s->site);
}
