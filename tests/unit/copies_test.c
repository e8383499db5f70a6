/* collect: of several copies of a GPU's series one counts for all fields. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "support/canned_call.h"
#include "support/suite.h"

#define SPLIT(metric) metric "{gpu!=\"\",tile=\"\"}"
#define BUSY	      "split_busy{gpu!=\"\",tile=\"\",slice=\"\"}"
#define CLOCK	      "split_clock_mhz{gpu!=\"\",tile=\"\",clock=\"sm\"}"
#define DESK(metric)  metric "{uuid!=\"\"}"

#define GPU                                                                    \
	CANNED_THREE(CANNED_LABEL("node", "n"), CANNED_LABEL("gpu", "0"),      \
		     CANNED_LABEL("uuid", "GPU-aaaa"))
#define BY(name, text, value)                                                  \
	CANNED_SERIES(GPU "," CANNED_LABEL(name, text), "1700000000", value)
#define BARE(value) CANNED_SERIES(GPU, "1700000000", value)

#define ANSWER(promql, body) {promql, CANNED_VECTOR(body), ERR_OK, NULL}
#define LAST_ANSWER	     {NULL, NULL, ERR_OK, NULL}

static const double mib = 1048576, gib = 1073741824;

static struct canned_call call;

static void
collect(const struct canned_answer *answers, const struct endpoint *endpoint)
{
	canned_call_init(&call, CANNED_CARDS, answers, CANNED_AMPLE_BYTES);
	CU_ASSERT_EQUAL_FATAL(canned_call_collect(&call, endpoint), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(call.fleet.count, 1);
}

static double
value(enum field field)
{
	return fleet_value(call.fleet.sorted[0], field);
}

/* Both of the states that there were, in either order of the series. */
static void
expect_a_state(const struct canned_answer *answers)
{
	double used;

	collect(answers, &endpoint_metrics);
	used = value(FIELD_MEMORY_USED) / mib;
	CU_ASSERT_TRUE(used == 70000 || used == 1000);
	CU_ASSERT_EQUAL(value(FIELD_MEMORY_FREE) / mib, 80000 - used);
	CU_ASSERT_EQUAL(value(FIELD_MEMORY_TOTAL) / mib, 80000);
	CU_ASSERT_EQUAL(value(FIELD_UTILIZATION), used == 70000 ? 99 : 0);
	canned_call_fini(&call);
}

/* Two replicas; one has scraped since a job ended. */
static void
takes_a_replica(void)
{
	static const struct canned_answer first_is_busy[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("replica", "a", "99"),
				    BY("replica", "b", "0"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("replica", "a", "70000"),
			      BY("replica", "b", "1000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("replica", "a", "10000"),
			      BY("replica", "b", "79000"))),
	    LAST_ANSWER};
	static const struct canned_answer second_is_busy[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("replica", "a", "0"),
				    BY("replica", "b", "99"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("replica", "b", "70000"),
			      BY("replica", "a", "1000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("replica", "a", "79000"),
			      BY("replica", "b", "10000"))),
	    LAST_ANSWER};

	expect_a_state(first_is_busy);
	expect_a_state(second_is_busy);
}

/* Labels that the query asks for are those of all copies. */
static void
takes_a_replica_with_conditions(void)
{
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("replica", "a", "99"),
				    BY("replica", "b", "1"))),
	    ANSWER(CLOCK,
		   CANNED_TWO(BY("clock\":\"sm\",\"replica", "a", "1410"),
			      BY("clock\":\"sm\",\"replica", "b", "345"))),
	    LAST_ANSWER};
	static const struct canned_answer swapped[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("replica", "a", "1"),
				    BY("replica", "b", "99"))),
	    ANSWER(CLOCK,
		   CANNED_TWO(BY("clock\":\"sm\",\"replica", "a", "345"),
			      BY("clock\":\"sm\",\"replica", "b", "1410"))),
	    LAST_ANSWER};

	for (int i = 0; i < 2; i++) {
		collect(i == 0 ? answers : swapped, &endpoint_metrics);
		CU_ASSERT_EQUAL(value(FIELD_SM_CLOCK),
				value(FIELD_UTILIZATION) == 99 ? 1410 : 345);
		canned_call_fini(&call);
	}
}

/* A metric may have labels that the others lack. */
static void
takes_a_replica_with_labels_of_its_own(void)
{
#define ENGINE(replica, value) BY("engine\":\"0\",\"replica", replica, value)
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, CANNED_TWO(ENGINE("a", "99"), ENGINE("b", "0"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("replica", "a", "70000"),
			      BY("replica", "b", "1000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("replica", "a", "10000"),
			      BY("replica", "b", "79000"))),
	    LAST_ANSWER};
	static const struct canned_answer swapped[] = {
	    ANSWER(BUSY, CANNED_TWO(ENGINE("b", "99"), ENGINE("a", "0"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("replica", "a", "1000"),
			      BY("replica", "b", "70000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("replica", "a", "79000"),
			      BY("replica", "b", "10000"))),
	    LAST_ANSWER};

	expect_a_state(answers);
	expect_a_state(swapped);
}

/* One job calls a target as the exporter calls something: only some of its
 * series have that. */
static void
takes_a_job_that_renames(void)
{
#define RENAMED(value)                                                         \
	BY("job\":\"b\",\"exported_zone\":\"vgpu\",\"zone", "z", value)
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("job", "a", "99"),
				    BY("job\":\"b\",\"zone", "z", "0"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("job\":\"a\",\"zone", "vgpu", "70000"),
			      RENAMED("1000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("job\":\"a\",\"zone", "vgpu", "10000"),
			      RENAMED("79000"))),
	    LAST_ANSWER};
	static const struct canned_answer swapped[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("job", "a", "0"),
				    BY("job\":\"b\",\"zone", "z", "99"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("job\":\"a\",\"zone", "vgpu", "1000"),
			      RENAMED("70000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("job\":\"a\",\"zone", "vgpu", "79000"),
			      RENAMED("10000"))),
	    LAST_ANSWER};

	expect_a_state(answers);
	expect_a_state(swapped);
}

/* The exporter's pod was replaced: its series are of another target. */
static void
takes_a_target(void)
{
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("instance", "10.0.0.1:9400", "0"),
				    BY("instance", "10.0.0.2:9400", "99"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("instance", "10.0.0.1:9400", "1000"),
			      BY("instance", "10.0.0.2:9400", "70000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("instance", "10.0.0.1:9400", "79000"),
			      BY("instance", "10.0.0.2:9400", "10000"))),
	    LAST_ANSWER};

	expect_a_state(answers);
}

/* A copy that was not federated whole does not count beside the other. */
static void
takes_the_whole_copy(void)
{
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, CANNED_TWO(BARE("99"), BY("from", "edge", "0"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BARE("70000"), BY("from", "edge", "1000"))),
	    ANSWER(SPLIT("split_free_mib"), BARE("10000")), LAST_ANSWER};

	expect_a_state(answers);
	collect(answers, &endpoint_metrics);
	CU_ASSERT_EQUAL(value(FIELD_MEMORY_USED) / mib, 70000);
	canned_call_fini(&call);
}

/* Pods that share a GPU have a part of it each, or repeat the whole. */
static void
takes_the_gpu_before_its_pods(void)
{
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, CANNED_THREE(BARE("99"), BY("pod", "p", "60"),
				      BY("exported_pod", "q", "39"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_THREE(BARE("70000"), BY("pod", "p", "30000"),
				BY("exported_pod", "q", "40000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("pod", "p", "10000"),
			      BY("exported_pod", "q", "10000"))),
	    LAST_ANSWER};

	expect_a_state(answers);
}

/* Another exporter's share of the card is no part of the first one's sum. */
static void
takes_memory_of_one_exporter(void)
{
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, BARE("99")),
	    ANSWER(SPLIT("split_used_mib"), BARE("70000")),
	    ANSWER(SPLIT("split_free_mib"), BARE("10000")),
	    ANSWER(DESK("desk_used_bytes"), BARE("73400320000")),
	    ANSWER(DESK("desk_used_ratio"), BARE("0.4375")),
	    ANSWER(DESK("desk_celsius"), BARE("44")),
	    LAST_ANSWER};

	expect_a_state(answers);
	collect(answers, &endpoint_metrics);
	CU_ASSERT_EQUAL(value(FIELD_TEMPERATURE), 44);
	CU_ASSERT_TRUE(value(FIELD_MEMORY_TOTAL) < 100 * gib);
	canned_call_fini(&call);
}

/* Who asks for less sees the same copy. */
static void
is_the_same_for_all_endpoints(void)
{
	static const struct canned_answer answers[] = {
	    ANSWER(BUSY, CANNED_TWO(BY("replica", "a", "99"),
				    BY("replica", "b", "0"))),
	    ANSWER(SPLIT("split_used_mib"),
		   CANNED_TWO(BY("replica", "a", "70000"),
			      BY("replica", "b", "1000"))),
	    ANSWER(SPLIT("split_free_mib"),
		   CANNED_TWO(BY("replica", "a", "10000"),
			      BY("replica", "b", "79000"))),
	    LAST_ANSWER};
	double busy;

	collect(answers, &endpoint_metrics);
	busy = value(FIELD_UTILIZATION);
	canned_call_fini(&call);
	collect(answers, &endpoint_utilization);
	CU_ASSERT_EQUAL(value(FIELD_UTILIZATION), busy);
	canned_call_fini(&call);
	collect(answers, &endpoint_nodes);
	CU_ASSERT_EQUAL(value(FIELD_UTILIZATION), busy);
	canned_call_fini(&call);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"takes a replica", takes_a_replica},
	    {"takes a replica with conditions",
	     takes_a_replica_with_conditions},
	    {"takes a replica with labels of its own",
	     takes_a_replica_with_labels_of_its_own},
	    {"takes a job that renames", takes_a_job_that_renames},
	    {"takes a target", takes_a_target},
	    {"takes the whole copy", takes_the_whole_copy},
	    {"takes the GPU before its pods", takes_the_gpu_before_its_pods},
	    {"takes memory of one exporter", takes_memory_of_one_exporter},
	    {"is the same for all endpoints", is_the_same_for_all_endpoints},
	    {NULL, NULL}};

	return suite_run("copies", tests);
}
