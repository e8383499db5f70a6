/* profile_adopt: a site's labels and matchers, in profiles and in all that is
 * asked. */
#include "gpu/profile/terms.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/suite.h"

#define MATCHERS "cluster=\"a\",env!~\"test|dev\""

static struct profile_set set;
static struct err err;

static enum err_code
adopt(const char *cluster_labels, const char *node_labels, const char *matchers)
{
	const struct profile_terms terms = {cluster_labels, node_labels,
					    matchers};

	memset(&err, 0, sizeof(err));
	CU_ASSERT_EQUAL_FATAL(
	    profile_load(canned_call_path("conf/profiles"), &set, &err),
	    ERR_OK);
	return profile_adopt(&set, &terms, &err);
}

static const struct profile *
find(const char *name)
{
	for (size_t i = 0; i < set.count; i++)
		if (strcmp(set.profiles[i]->name, name) == 0)
			return set.profiles[i];
	CU_FAIL_FATAL("no such profile");
	return NULL;
}

/* The names that tell it, in their order, a comma between. */
static const char *
names_of(const struct profile *p, enum profile_label label)
{
	static char text[1024];
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == label)
			length += (size_t)snprintf(
			    text + length, sizeof(text) - length, "%s%s",
			    length > 0 ? "," : "", p->labels[i].name);
	return text;
}

static bool
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void
puts_labels_first(void)
{
	CU_ASSERT_EQUAL(adopt("k8s_cluster, cluster", "host,Hostname", NULL),
			ERR_OK);
	for (size_t i = 0; i < set.count; i++) {
		const struct profile *p = set.profiles[i];

		SUITE_EQUAL(names_of(p, PROFILE_CLUSTER),
			    "exported_k8s_cluster,k8s_cluster,"
			    "exported_cluster,cluster");
		CU_ASSERT_TRUE(
		    begins_with(names_of(p, PROFILE_NODE), "host,Hostname"));
		SUITE_EQUAL(profile_matchers(p), "");
	}
	/* Each name once: two of them would be one label's. */
	CU_ASSERT_PTR_NULL(strstr(
	    strstr(names_of(find("dcgm-exporter"), PROFILE_NODE), "Hostname") +
		8,
	    ",Hostname"));
	profile_free(&set);
}

static void
leaves_the_order_to_the_list(void)
{
	CU_ASSERT_EQUAL(adopt("cluster,exported_cluster", NULL, NULL), ERR_OK);
	SUITE_EQUAL(names_of(set.profiles[0], PROFILE_CLUSTER),
		    "cluster,exported_cluster");
	profile_free(&set);
	CU_ASSERT_EQUAL(adopt(NULL, NULL, NULL), ERR_OK);
	SUITE_EQUAL(names_of(set.profiles[0], PROFILE_CLUSTER), "");
	profile_free(&set);
	CU_ASSERT_EQUAL(adopt("", "", NULL), ERR_OK);
	SUITE_EQUAL(names_of(set.profiles[0], PROFILE_CLUSTER), "");
	profile_free(&set);
}

static void
changes_meanings(void)
{
	/* The model's label of one exporter. */
	CU_ASSERT_EQUAL(adopt(NULL, "name", NULL), ERR_OK);
	SUITE_EQUAL(names_of(find("nvidia_gpu_exporter"), PROFILE_MODEL),
		    "exported_name");
	CU_ASSERT_TRUE(begins_with(
	    names_of(find("nvidia_gpu_exporter"), PROFILE_NODE), "name,"));
	profile_free(&set);
}

static void
refuses_what_cannot_be(void)
{
	CU_ASSERT_EQUAL(adopt("site", "site", NULL), ERR_SETTING);
	SUITE_EQUAL(err.text, "CLUSTER_LABELS and NODE_LABELS both have "
			      "\"site\": it takes it in one of them");
	profile_free(&set);
	CU_ASSERT_EQUAL(adopt("site", "exported_site", NULL), ERR_SETTING);
	profile_free(&set);
}

static void
adds_matchers_to_all_conditions(void)
{
	CU_ASSERT_EQUAL(adopt(NULL, NULL, "{" MATCHERS ",}"), ERR_OK);
	for (size_t i = 0; i < set.count; i++) {
		const struct profile *p = set.profiles[i];

		SUITE_EQUAL(profile_matchers(p), MATCHERS);
		CU_ASSERT_PTR_NOT_NULL(strstr(p->match_conditions, MATCHERS));
		for (size_t m = 0; m < p->metric_count; m++)
			CU_ASSERT_PTR_NOT_NULL(
			    strstr(p->metrics[m].conditions, MATCHERS));
	}
	profile_free(&set);
}

static size_t
count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

/* Whatever stands in the selectors' braces ends with the matchers. */
static void
check_selectors(const char *asked)
{
	CU_ASSERT_TRUE(count(asked, "{") > 0);
	CU_ASSERT_EQUAL(count(asked, "{"), count(asked, MATCHERS "}"));
	/* And metrics alone are no selector of ours. */
	CU_ASSERT_EQUAL(count(asked, "kube_pod_info"),
			count(asked, "kube_pod_info{"));
}

/* Finds the exporter, whatever the census asks for it, and its details, and
 * collects. */
static void
asks_nobody_else(void)
{
	static const struct profile_terms terms = {.matchers =
						       "{" MATCHERS "}"};
	struct canned_answer answers[] = {
	    {NULL,
	     CANNED_VECTOR(CANNED_SERIES(
		 CANNED_LABEL("exporter", "nvidia-gpu-list-exporter"),
		 "1700000000", "2")),
	     ERR_OK, NULL},
	    {NULL, NULL, ERR_OK, NULL}};
	struct canned_call call;
	char *census;

	canned_call_init_terms(&call, CANNED_ONE, &terms, answers,
			       CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	census = strdup(canned_pool_asked());
	check_selectors(census);
	canned_call_fini(&call);
	answers[0].promql = census;
	canned_call_init_terms(&call, CANNED_ONE, &terms, answers,
			       CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL(canned_call_collect(&call, &endpoint_metrics), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(canned_pool_asked(), "kube_pod_info"));
	CU_ASSERT_PTR_NOT_NULL(strstr(canned_pool_asked(), "count by"));
	CU_ASSERT_TRUE(count(canned_pool_asked(), "{") > 4);
	check_selectors(canned_pool_asked());
	canned_call_fini(&call);
	free(census);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"puts labels first", puts_labels_first},
	    {"leaves the order to the list", leaves_the_order_to_the_list},
	    {"changes meanings", changes_meanings},
	    {"refuses what cannot be", refuses_what_cannot_be},
	    {"adds matchers to all conditions",
	     adds_matchers_to_all_conditions},
	    {"asks nobody else", asks_nobody_else},
	    {NULL, NULL}};

	return suite_run("terms", tests);
}
