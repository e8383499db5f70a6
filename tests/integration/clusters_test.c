/*
 * Two clusters in one store, with equal names, addresses and indexes: what the
 * program says of both is what it says of the one alone, and then of the other.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "support/twins.h"

static struct twins_store first, second, both_clusters;

static void
expect_rows(const char *path, struct json_object *got, struct json_object *a,
	    struct json_object *b)
{
	size_t a_count = json_object_array_length(a);
	size_t count = a_count + json_object_array_length(b);

	if (json_object_array_length(got) != count)
		invariant_broken(path, "%zu rows instead of %zu",
				 json_object_array_length(got), count);
	for (size_t i = 0; i < count; i++) {
		struct json_object *row = json_object_array_get_idx(got, i);
		struct json_object *expected =
		    i < a_count ? json_object_array_get_idx(a, i)
				: json_object_array_get_idx(b, i - a_count);

		if (json_object_equal(row, expected))
			continue;
		invariant_broken(path, "got      %s",
				 json_object_to_json_string(row));
		invariant_broken(path, "expected %s",
				 json_object_to_json_string(expected));
		break;
	}
}

static void
clusters_stay_apart(void)
{
	struct moment a, b, both;

	twins_wait(&first);
	twins_wait(&second);
	twins_wait(&both_clusters);
	twins_ask(&a, &first, "auto");
	twins_ask(&b, &second, "auto");
	twins_ask(&both, &both_clusters, "auto");
	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		expect_rows(moment_paths[i], moment_rows(&both, i),
			    moment_rows(&a, i), moment_rows(&b, i));
	invariant_expect();
	moment_free(&a);
	moment_free(&b);
	moment_free(&both);
}

/* The node that kube-state-metrics of the same cluster tells, and no other. */
static void
node_of_its_own_cluster(void)
{
	static const char *const nodes[] = {"\"gpu-k8s-1\"", "\"far-k8s-1\""};
	struct moment both;
	const char *text;

	twins_ask(&both, &both_clusters, "dcgm-exporter");
	text = json_object_to_json_string(both.envelopes[INVARIANT_NODES]);
	for (size_t i = 0; i < 2; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(text, nodes[i]));
	CU_ASSERT_PTR_NULL(strstr(text, "10.42.1.9"));
	moment_free(&both);
}

static void
add(struct twins_store *s, enum twin twin, const char *labels)
{
	twins_add(s, twin, labels);
	twins_add_pods(s, twin, labels);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"two clusters: as one and the other", clusters_stay_apart},
	    {"a pod's address is of its own cluster", node_of_its_own_cluster},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	twins_write();
	add(&first, TWIN_AS_IS, "cluster: a");
	add(&second, TWIN_HALF, "cluster: b");
	add(&both_clusters, TWIN_AS_IS, "cluster: a");
	add(&both_clusters, TWIN_HALF, "cluster: b");
	twins_start(&first);
	twins_start(&second);
	twins_start(&both_clusters);
	return suite_run("clusters", tests);
}
