/* nodemap: addresses and nodes, in one cluster, in several, and where some
 * series lack the cluster's label. */
#include "gpu/site/nodemap.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/canned_pool.h"
#include "support/suite.h"

enum { AMPLE_BYTES = 1 << 24 };

#define POD(cluster, address, node)                                            \
	CANNED_SERIES(cluster CANNED_TWO(CANNED_LABEL("pod_ip", address),      \
					 CANNED_LABEL("node", node)),          \
		      "1700000000", "1")
#define GPUS(cluster, address)                                                 \
	CANNED_SERIES(cluster CANNED_LABEL("pod_ip", address), "1700000000",   \
		      "1")
#define IN(cluster) CANNED_LABEL("cluster", cluster) ","

static const struct profile names = {
    .labels = {{"exported_cluster", PROFILE_CLUSTER},
	       {"cluster", PROFILE_CLUSTER},
	       {"hostname", PROFILE_NODE}},
    .label_count = 3,
    .matchers = "env=\"x\""};

static struct budget budget;
static struct arena arena;
static struct intern strings;
static struct nodemap map;

static void
read_map(struct nodemap *m, const char *body)
{
	struct element_label labels[NODEMAP_LABELS_MAX];
	size_t count = nodemap_labels(&names, labels);
	struct err e = {.code = ERR_OK};
	struct vector v;

	vector_init(&v, &arena, &strings, labels, count, NODEMAP_SLOT_COUNT,
		    100);
	CU_ASSERT_EQUAL_FATAL(vector_feed(&v, body, strlen(body), &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(vector_end(&v, &e), ERR_OK);
	nodemap_init(m, &budget);
	CU_ASSERT_EQUAL_FATAL(nodemap_add(m, &v, &e), ERR_OK);
	vector_fini(&v);
}

static void
start(const char *body)
{
	budget_init(&budget, AMPLE_BYTES);
	arena_init(&arena, &budget);
	intern_init(&strings, &budget);
	read_map(&map, body);
}

static void
end(void)
{
	nodemap_fini(&map);
	intern_fini(&strings);
	arena_fini(&arena);
	CU_ASSERT_EQUAL(budget.left_bytes, AMPLE_BYTES);
}

/* "" if it is not known. */
static const char *
find(const char *cluster, const char *address)
{
	const struct intern_string text = {
	    .text = cluster,
	    .length = cluster != NULL ? (uint32_t)strlen(cluster) : 0};
	const struct intern_string *node = nodemap_find(
	    &map, cluster != NULL ? &text : NULL, address, strlen(address));

	return node != NULL ? node->text : "";
}

static void
finds_nodes(void)
{
	start(CANNED_VECTOR(CANNED_FOUR(
	    POD("", "10.0.0.7", "gpu-7"), POD("", "10.0.0.8", "gpu-8"),
	    POD("", "10.0.0.8", "gpu-9"), GPUS("", "10.0.0.7"))));
	SUITE_EQUAL(find(NULL, "10.0.0.7"), "gpu-7");
	/* On two nodes at once. */
	SUITE_EQUAL(find(NULL, "10.0.0.8"), "");
	SUITE_EQUAL(find(NULL, "10.0.0.9"), "");
	end();
}

static void
keeps_clusters_apart(void)
{
	start(CANNED_VECTOR(CANNED_FIVE(
	    POD(IN("a"), "10.0.0.7", "a-7"), POD(IN("b"), "10.0.0.7", "b-7"),
	    GPUS(IN("a"), "10.0.0.7"), GPUS(IN("b"), "10.0.0.7"),
	    GPUS(IN("c"), "10.0.0.7"))));
	SUITE_EQUAL(find("a", "10.0.0.7"), "a-7");
	SUITE_EQUAL(find("b", "10.0.0.7"), "b-7");
	/* Another cluster's pod is nobody's. */
	SUITE_EQUAL(find("c", "10.0.0.7"), "");
	SUITE_EQUAL(find(NULL, "10.0.0.7"), "");
	end();
}

/* A pod of another cluster that has the address by chance. */
static void
takes_no_other_clusters_node(void)
{
	start(CANNED_VECTOR(CANNED_TWO(POD(IN("b"), "10.0.0.7", "b-cpu-3"),
				       GPUS(IN("a"), "10.0.0.7"))));
	SUITE_EQUAL(find("a", "10.0.0.7"), "");
	end();
}

static void
does_without_the_pods_cluster(void)
{
	start(CANNED_VECTOR(
	    CANNED_FIVE(POD("", "10.0.0.7", "n-7"), GPUS(IN("a"), "10.0.0.7"),
			POD("", "10.0.0.8", "n-8"), GPUS(IN("a"), "10.0.0.8"),
			GPUS(IN("b"), "10.0.0.8"))));
	SUITE_EQUAL(find("a", "10.0.0.7"), "n-7");
	/* One of two clusters'. */
	SUITE_EQUAL(find("a", "10.0.0.8"), "");
	SUITE_EQUAL(find("b", "10.0.0.8"), "");
	end();
}

static void
does_without_the_gpus_cluster(void)
{
	start(CANNED_VECTOR(CANNED_FIVE(
	    POD(IN("a"), "10.0.0.7", "n-7"), GPUS("", "10.0.0.7"),
	    POD(IN("a"), "10.0.0.8", "a-8"), POD(IN("b"), "10.0.0.8", "b-8"),
	    GPUS("", "10.0.0.8"))));
	SUITE_EQUAL(find(NULL, "10.0.0.7"), "n-7");
	SUITE_EQUAL(find(NULL, "10.0.0.8"), "");
	end();
}

static void
keeps_what_the_older_one_knows(void)
{
	struct err e = {.code = ERR_OK};
	struct nodemap older;

	start(CANNED_VECTOR(CANNED_TWO(POD(IN("a"), "10.0.0.7", "new-7"),
				       GPUS(IN("a"), "10.0.0.7"))));
	read_map(&older,
		 CANNED_VECTOR(CANNED_FIVE(POD(IN("a"), "10.0.0.7", "old-7"),
					   POD(IN("b"), "10.0.0.7", "b-7"),
					   POD("", "10.0.0.8", "n-8"),
					   GPUS(IN("a"), "10.0.0.8"),
					   GPUS(IN("b"), "10.0.0.8"))));
	CU_ASSERT_EQUAL(nodemap_add_older(&map, &older, &e), ERR_OK);
	nodemap_fini(&older);
	SUITE_EQUAL(find("a", "10.0.0.7"), "new-7");
	SUITE_EQUAL(find("b", "10.0.0.7"), "b-7");
	SUITE_EQUAL(find(NULL, "10.0.0.8"), "n-8");
	SUITE_EQUAL(find("a", "10.0.0.8"), "");
	end();
}

#define TARGETS                                                                \
	"group by (pod_ip,exported_cluster,cluster) (label_replace(group by "  \
	"(instance,exported_cluster,cluster) (busy{gpu!=\"\"}),\"pod_ip\","    \
	"\"$1\",\"instance\",\"\\\\[?([^\\\\]]+?)\\\\]?(:[0-9]+)?\"))"

static void
asks_with_clusters_and_matchers(void)
{
	char text[4096];
	struct buf out;

	buf_use(&out, text, sizeof(text));
	nodemap_add_query(&out, "busy{gpu!=\"\"}", &names);
	buf_append(&out, "", 1);
	SUITE_EQUAL(
	    text,
	    "(group by (pod_ip,node,exported_node,exported_cluster,cluster) ("
	    "kube_pod_info{pod_ip!=\"\",node!=\"\",env=\"x\"}) or group by "
	    "(pod_ip,node,exported_node,exported_cluster,cluster) ("
	    "label_replace(kube_pod_info{host_ip!=\"\",node!=\"\",env=\"x\"},"
	    "\"pod_ip\",\"$1\",\"host_ip\",\"(.+)\"))) and on (pod_ip) " TARGETS
	    " or " TARGETS);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"finds nodes", finds_nodes},
	    {"keeps clusters apart", keeps_clusters_apart},
	    {"takes no other cluster's node", takes_no_other_clusters_node},
	    {"does without the pods' cluster", does_without_the_pods_cluster},
	    {"does without the GPUs' cluster", does_without_the_gpus_cluster},
	    {"keeps what the older one knows", keeps_what_the_older_one_knows},
	    {"asks with clusters and matchers",
	     asks_with_clusters_and_matchers},
	    {NULL, NULL}};

	return suite_run("nodemap", tests);
}
