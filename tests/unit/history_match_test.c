/* Which series are asked for, of GPUs that are known and of such that are not.
 */
#include "gpu/collect/history_match.h"

#include <CUnit/CUnit.h>

#include "support/suite.h"

#define TEXT(literal) {.text = (literal), .length = sizeof(literal) - 1}

enum { ARENA_BYTES = 1 << 20 };

/* Its labels do not name nodes: their targets do. */
static struct profile profile = {
    .labels = {{.name = "uuid", .label = PROFILE_UUID}}, .label_count = 1};

static const struct intern_string n0 = TEXT("n0"), n1 = TEXT("n1"),
				  pod = TEXT("10.0.0.2:9835"),
				  host = TEXT("n1.x:9835"), aa = TEXT("GPU-aa"),
				  bb = TEXT("GPU-bb"), plain_aa = TEXT("aa"),
				  plain_bb = TEXT("bb");
static const struct card_spelling of_pod = {&profile, &aa, NULL, &pod, NULL};
static const struct card_spelling of_host = {&profile, &bb, NULL, &host, NULL};

/* One in a pod, whose node a map tells, and one that a host's name tells. */
static struct card cards[] = {
    {.node = &n0, .uuid = &plain_aa, .spellings = &of_pod, .spelling_count = 1},
    {.node = &n1,
     .uuid = &plain_bb,
     .spellings = &of_host,
     .spelling_count = 1}};

static void
expect(const struct history_filter *filter, const char *const *expected,
       size_t count)
{
	const struct card *wanted[] = {&cards[0], &cards[1]};
	const struct profile *profiles[] = {&profile};
	struct roster roster = {.cards = {.cards = cards, .count = 2}};
	struct detection found = {
	    .profiles = profiles, .count = 1, .roster = &roster};
	struct history_arms arms;
	struct budget budget;
	struct arena arena;
	struct err err = {.code = ERR_OK};

	budget_init(&budget, ARENA_BYTES);
	arena_init(&arena, &budget);
	CU_ASSERT_EQUAL(
	    history_match(&found, 0, wanted, 2, filter, &arena, &arms, &err),
	    ERR_OK);
	CU_ASSERT_EQUAL_FATAL(arms.count, count);
	for (size_t i = 0; i < count; i++)
		SUITE_EQUAL(arms.conditions[i], expected[i]);
	arena_fini(&arena);
}

static void
few_go_by_their_uuids(void)
{
	static const char *const expected[] = {"uuid=~\"GPU-aa|GPU-bb\""};
	const struct history_filter filter = {.node_count = 0};

	expect(&filter, expected, 1);
}

/* A pod had another address before: its GPU's uuid is the same. */
static void
pods_go_by_their_uuids_too(void)
{
	static const char *const names[] = {"n0", "n7"};
	static const char *const uuids[] = {"aa", "yy", "zz"};
	static const char *const expected[] = {
	    "instance=~\"10\\\\.0\\\\.0\\\\.2:9835|n1\\\\.x:9835|"
	    "(n0|n7)(:[0-9]+)?\"",
	    "uuid=~\"GPU-aa|(?i:(GPU-)?(yy|zz))\""};
	struct history_filter filter = {
	    .nodes = names, .node_count = 2, .uuids = uuids, .uuid_count = 3};

	expect(&filter, expected, 2);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"few go by their uuids", few_go_by_their_uuids},
	    {"pods go by their uuids, too", pods_go_by_their_uuids_too},
	    {NULL, NULL}};

	return suite_run("history_match", tests);
}
