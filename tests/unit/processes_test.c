/* /api/v1/gpu/processes: whole envelopes, in tests/golden/api/. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "api/endpoint.h"
#include "support/canned_call.h"
#include "support/capture.h"
#include "support/golden.h"
#include "support/suite.h"

#define GPU_MEMORY "nvidia_gpu_process_gpu_memory_bytes"
#define CPU	   "nvidia_gpu_process_cpu_percent"
#define MEMORY	   "nvidia_gpu_process_memory_percent"
#define SPLIT	   "split_process_mib{gpu!=\"\",tile=\"\"}"
#define DESK(name) name "{uuid!=\"\"}"
#define DESK_CPU                                                               \
	"{__name__=~\"desk_process_cpu|desk_process_cpu_ratio\",uuid!=\"\"}"

#define NOW "1700000000.123"

#define ON(node, gpu, pid)                                                     \
	CANNED_LABEL("hostname", node)                                         \
	"," CANNED_LABEL("gpu_id", gpu) "," CANNED_LABEL("pid", pid)
#define WHAT(name, user, command)                                              \
	"," CANNED_LABEL("process_name", name) "," CANNED_LABEL(               \
	    "user", user) "," CANNED_LABEL("command", command)
#define TRAIN(value)                                                           \
	CANNED_SERIES(ON("node-2", "0", "4711")                                \
			  WHAT("python3", "ada",                               \
			       "/usr/bin/python3 train.py --key=s3cret"),      \
		      NOW, value)
#define SERVE(value)                                                           \
	CANNED_SERIES(ON("node-10", "1", "12") WHAT("llm", "", "llm"), NOW,    \
		      value)
#define BARE(node, gpu, pid, value)                                            \
	CANNED_SERIES(ON(node, gpu, pid), NOW, value)

#define ANSWER(promql, body) {promql, CANNED_VECTOR(body), ERR_OK, NULL}
#define FAILURE(promql, code)                                                  \
	{promql, NULL, code, "http://10.0.0.1:9090: refused"}
#define LAST_ANSWER {NULL, NULL, ERR_OK, NULL}

static const struct canned_answer full[] = {
    ANSWER(GPU_MEMORY, CANNED_TWO(SERVE("0"), TRAIN("42949672960"))),
    ANSWER(CPU, CANNED_TWO(TRAIN("387.456"), SERVE("0.004"))),
    ANSWER(MEMORY, TRAIN("12.5")), LAST_ANSWER};

/* By node in natural order, index, pid: all as numbers. */
static const struct canned_answer unsorted[] = {
    ANSWER(GPU_MEMORY, CANNED_FIVE(BARE("node-10", "0", "1", "1073741824"),
				   BARE("node-2", "10", "5", "1"),
				   BARE("node-2", "2", "100", "2"),
				   BARE("node-2", "2", "99", "3"),
				   BARE("node-1", "0", "4194304", "4"))),
    /* The same process on two cards, and in another order. */
    ANSWER(CPU, CANNED_THREE(BARE("node-2", "2", "5", "50"),
			     BARE("node-2", "2", "99", "9"),
			     BARE("node-2", "10", "5", "50"))),
    LAST_ANSWER};

/* Nor are arguments shown that stand in the name. */
static const struct canned_answer arguments[] = {
    ANSWER(GPU_MEMORY,
	   CANNED_TWO(CANNED_SERIES(ON("n", "0", "1")
					WHAT("/opt/my app/run --key=s3cret",
					     "ada", "run"),
				    NOW, "1"),
		      CANNED_SERIES(ON("n", "0", "2")
					WHAT("/opt/my app/run", "ada", "run"),
				    NOW, "1"))),
    LAST_ANSWER};

/* Nothing of what is not a number of its kind gets through. */
static const struct canned_answer odd_values[] = {
    ANSWER(GPU_MEMORY,
	   CANNED_THREE(BARE("n", "0", "1", "-1"), BARE("n", "0", "2", "NaN"),
			BARE("n", "0", "3", "+Inf"))),
    ANSWER(CPU, CANNED_TWO(BARE("n", "0", "1", "-0.5"),
			   BARE("n", "0", "2", "12800"))),
    ANSWER(MEMORY,
	   CANNED_TWO(BARE("n", "0", "1", "100"), BARE("n", "0", "2", "0"))),
    LAST_ANSWER};

/* What labels may hold; bodies write it in JSON's escapes. */
#define HOSTILE(pid, name, user, command)                                      \
	CANNED_SERIES(ON("n", "0", pid) WHAT(name, user, command), NOW, "1")
#define HOSTILE_NAMES                                                          \
	CANNED_FOUR(HOSTILE("1", "<script>", "a\\\"b\\\\c",                    \
			    "/opt/<b>&amp; --x=hidden"),                       \
		    HOSTILE("2", "line\\nbreak\\r\\u0001",                     \
			    "k\xc3\xb6ln \\u2028", "./a\\\"b hidden"),         \
		    HOSTILE("3", "\\ud83d\\ude00", "\\u007f",                  \
			    "\xe2\x82\xac/\xc3\xb6 hidden"),                   \
		    HOSTILE("4", "{\\\"pid\\\":1}", "root\\u0000x",            \
			    "sh\\u0000-c\\u0000hidden"))
#define HOSTILE_COMMANDS                                                       \
	CANNED_FOUR(HOSTILE("5", " ", "\\t", "  /bin/sh  -c  hidden"),         \
		    HOSTILE("6", "x", "x", "/"),                               \
		    HOSTILE("7", "x", "x", "/usr/bin/"),                       \
		    HOSTILE("8", "x", "x", "   "))
static const struct canned_answer hostile[] = {
    ANSWER(GPU_MEMORY, CANNED_TWO(HOSTILE_NAMES, HOSTILE_COMMANDS)),
    LAST_ANSWER};

static const struct canned_answer warned[] = {
    {GPU_MEMORY,
     CANNED_WARNING("\"one store of <2> did not answer\"",
		    CANNED_TWO(TRAIN("1073741824"),
			       CANNED_SERIES("\"pid\":\"x\"", NOW, "1"))),
     ERR_OK, NULL},
    FAILURE(CPU, ERR_TIMEOUT),
    LAST_ANSWER};

static const struct canned_answer in_part[] = {
    {GPU_MEMORY, CANNED_PARTIAL(TRAIN("1073741824")), ERR_OK, NULL},
    LAST_ANSWER};

static const struct canned_answer refused[] = {FAILURE(GPU_MEMORY, ERR_PROM),
					       LAST_ANSWER};

/*
 * One process that two exporters see, on a card that each of them calls
 * something else; on an instance of a card; and one that only one sees.
 */
#define SPLIT_ON(more, value)                                                  \
	CANNED_SERIES("\"node\":\"node-1\",\"gpu\":\"0\",\"uuid\":\"GPU-A\","  \
		      "\"process_name\":\"trainer\"," more,                    \
		      NOW, value)
#define DESK_ON(more, value)                                                   \
	CANNED_SERIES("\"instance\":\"10.0.0.1:9835\",\"uuid\":\"a\"," more,   \
		      "1700000009", value)
#define DESK_PROCESS(pid, value)                                               \
	DESK_ON(CANNED_LABEL("pid", pid)                                       \
		    WHAT("python3", "ada",                                     \
			 "/usr/bin/python3 train.py --key=s3cret"),            \
		value)
#define DESK_CPU_OF(pid, what, value)                                          \
	DESK_ON(CANNED_TWO(CANNED_LABEL("pid", pid),                           \
			   CANNED_LABEL("__name__", "desk_process_cpu" what)), \
		value)
static const struct canned_answer two_exporters[] = {
    ANSWER(SPLIT,
	   CANNED_TWO(SPLIT_ON("\"pid\":\"7\"", "1024"),
		      SPLIT_ON("\"pid\":\"8\",\"slice\":\"2\"", "2048"))),
    ANSWER(DESK("desk_process_bytes"),
	   CANNED_TWO(DESK_PROCESS("7", "1"), DESK_PROCESS("9", "3221225472"))),
    /* The first alternative counts. */
    ANSWER(DESK_CPU, CANNED_THREE(DESK_CPU_OF("7", "_ratio", "0.9"),
				  DESK_CPU_OF("7", "", "150"),
				  DESK_CPU_OF("9", "_ratio", "0.25"))),
    LAST_ANSWER};

/*
 * An id was used twice: of the process that ended there are series yet.
 */
#define NAMESAKE_ON(pid, more, value)                                          \
	CANNED_SERIES(ON("n", "0", pid) more, NOW, value)
#define DEAD  WHAT("python3", "ada", "python3 train.py")
#define ALIVE WHAT("Xorg", "root", "Xorg :0")
#define REPLICA(name)                                                          \
	WHAT("serve", "bob", "serve") "," CANNED_LABEL("replica", name)
static const struct canned_answer namesakes[] = {
    ANSWER(GPU_MEMORY, CANNED_TWO(NAMESAKE_ON("4242", DEAD, "64000000000"),
				  NAMESAKE_ON("4242", ALIVE, "4194304"))),
    ANSWER(CPU, CANNED_TWO(NAMESAKE_ON("4242", ALIVE, "1.5"),
			   NAMESAKE_ON("4242", DEAD, "99"))),
    /* Of a process that is either of the two nothing can be told. */
    ANSWER(MEMORY, CANNED_TWO(NAMESAKE_ON("4242", "", "77"),
			      NAMESAKE_ON("4242", ALIVE, "0.5"))),
    LAST_ANSWER};

/* One process, as two replicas saw it at two moments. */
static const struct canned_answer replicas[] = {
    ANSWER(GPU_MEMORY,
	   CANNED_TWO(NAMESAKE_ON("7", REPLICA("a"), "3221225472"),
		      NAMESAKE_ON("7", REPLICA("b"), "1073741824"))),
    ANSWER(CPU, CANNED_TWO(NAMESAKE_ON("7", REPLICA("a"), "30"),
			   NAMESAKE_ON("7", REPLICA("b"), "10"))),
    ANSWER(MEMORY, CANNED_TWO(NAMESAKE_ON("7", REPLICA("a"), "3"),
			      NAMESAKE_ON("7", REPLICA("b"), "1"))),
    LAST_ANSWER};

/* The same, where each metric has labels of its own. */
#define OWN(metric, name) REPLICA(name) "," CANNED_LABEL(metric, metric)
#define REPLICAS_APART(a, b)                                                   \
	{ANSWER(GPU_MEMORY,                                                    \
		CANNED_TWO(NAMESAKE_ON("7", REPLICA(a), "3221225472"),         \
			   NAMESAKE_ON("7", REPLICA(b), "1073741824"))),       \
	 ANSWER(CPU, CANNED_TWO(NAMESAKE_ON("7", OWN("cpu", a), "30"),         \
				NAMESAKE_ON("7", OWN("cpu", b), "10"))),       \
	 ANSWER(MEMORY, CANNED_TWO(NAMESAKE_ON("7", OWN("ram", a), "3"),       \
				   NAMESAKE_ON("7", OWN("ram", b), "1"))),     \
	 LAST_ANSWER}
static const struct canned_answer replicas_apart[][4] = {
    REPLICAS_APART("a", "b"), REPLICAS_APART("b", "a"),
    REPLICAS_APART("0", "1"), REPLICAS_APART("x", "yy")};

/*
 * The first exporter knows the card's place but no processes: a process is
 * where /metrics says that its card is.
 */
#define PLACED CANNED_VECTOR(SPLIT_ON("\"slice\":\"\"", "1"))
static const struct canned_answer elsewhere[] = {
    {"split_busy{gpu!=\"\",tile=\"\",slice=\"\"}", PLACED, ERR_OK, NULL},
    {"split_busy{gpu!=\"\",tile=\"\"}", PLACED, ERR_OK, NULL},
    {"split_used_mib{gpu!=\"\",tile=\"\"}", PLACED, ERR_OK, NULL},
    {"split_celsius{gpu!=\"\",tile=\"\"}", PLACED, ERR_OK, NULL},
    {"{__name__=~\"split_busy|split_active\",gpu!=\"\",tile=\"\"}",
     CANNED_VECTOR(SPLIT_ON("\"__name__\":\"split_busy\"", "1")), ERR_OK, NULL},
    ANSWER(DESK("desk_info"), DESK_ON("\"model\":\"A100\"", "1")),
    ANSWER(DESK("desk_process_bytes"), DESK_PROCESS("7", "1073741824")),
    LAST_ANSWER};

static const struct {
	const char *golden, *profiles;
	const struct canned_answer *answers;
	enum endpoint_command command;
	enum err_code outcome;
} cases[] = {
    {"full", CANNED_ONE, full, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"command_full", CANNED_ONE, full, ENDPOINT_COMMAND_FULL, ERR_OK},
    {"command_none", CANNED_ONE, full, ENDPOINT_COMMAND_NONE, ERR_OK},
    {"arguments", CANNED_ONE, arguments, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"arguments_none", CANNED_ONE, arguments, ENDPOINT_COMMAND_NONE, ERR_OK},
    {"arguments_full", CANNED_ONE, arguments, ENDPOINT_COMMAND_FULL, ERR_OK},
    {"empty", CANNED_ONE, NULL, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"sorted", CANNED_ONE, unsorted, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"odd_values", CANNED_ONE, odd_values, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"hostile", CANNED_ONE, hostile, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"hostile_full", CANNED_ONE, hostile, ENDPOINT_COMMAND_FULL, ERR_OK},
    {"warned", CANNED_ONE, warned, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"in_part", CANNED_ONE, in_part, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"refused", CANNED_ONE, refused, ENDPOINT_COMMAND_NAME, ERR_PROM},
    {"two_exporters", CANNED_CARDS, two_exporters, ENDPOINT_COMMAND_NAME,
     ERR_OK},
    {"namesakes", CANNED_ONE, namesakes, ENDPOINT_COMMAND_NAME, ERR_OK},
    {"elsewhere", CANNED_CARDS, elsewhere, ENDPOINT_COMMAND_NAME, ERR_OK},
    /* No exporter knows of processes. */
    {"empty", CANNED_SEVERAL, NULL, ENDPOINT_COMMAND_NAME, ERR_OK},
};

static struct canned_call call;

static enum err_code
answer(const char *profiles, const struct canned_answer *answers,
       enum endpoint_command command, size_t budget_bytes)
{
	canned_call_init(&call, profiles, answers, budget_bytes);
	call.call.command = command;
	return canned_call_answer(&call, &endpoint_processes, 1 << 20);
}

static void
answers_as_recorded(void)
{
	char path[64];

	capture_start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(answer(cases[i].profiles, cases[i].answers,
				       cases[i].command, CANNED_AMPLE_BYTES),
				cases[i].outcome);
		CU_ASSERT_EQUAL(call.err.code, cases[i].outcome);
		snprintf(path, sizeof(path), "api/processes_%s.json",
			 cases[i].golden);
		GOLDEN_EQUAL(path, call.body.data, call.body.length);
		canned_call_fini(&call);
	}
	capture_end();
}

/* Not the memory of one and the rest of the other. */
static void
expect_one_copy(const struct canned_answer *answers)
{
	bool is_a, is_b;

	CU_ASSERT_EQUAL(answer(CANNED_ONE, answers, ENDPOINT_COMMAND_NAME,
			       CANNED_AMPLE_BYTES),
			ERR_OK);
	is_a = canned_call_says(&call,
				"\"gpu_memory\":3,\"cpu\":30,\"memory\":3,");
	is_b = canned_call_says(&call,
				"\"gpu_memory\":1,\"cpu\":10,\"memory\":1,");
	CU_ASSERT_TRUE(is_a != is_b);
	canned_call_fini(&call);
}

static void
takes_one_copy(void)
{
	expect_one_copy(replicas);
	for (size_t i = 0; i < sizeof(replicas_apart) / sizeof(*replicas_apart);
	     i++)
		expect_one_copy(replicas_apart[i]);
}

/* However the arguments are parted from the program's name. */
static void
never_tells_arguments(void)
{
	static const char *const commands[] = {
	    "prog --key=hidden",     "/usr/bin/prog hidden", "  prog   hidden",
	    "prog\\thidden",	     "prog\\nhidden",	     "prog\\r\\nhidden",
	    "/bin/prog\\thidden /x", "prog\\u0000hidden",    "\\tprog\\thidden",
	    "prog\\u000bhidden",
	};
	static char series[512];
	static const char format[] = CANNED_VECTOR(
	    CANNED_SERIES(ON("n", "0", "1") WHAT("p", "u", "%s"), NOW, "1"));

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct canned_answer answers[] = {
		    {GPU_MEMORY, series, ERR_OK, NULL}, LAST_ANSWER};

		snprintf(series, sizeof(series), format, commands[i]);
		CU_ASSERT_EQUAL(answer(CANNED_ONE, answers,
				       ENDPOINT_COMMAND_NAME,
				       CANNED_AMPLE_BYTES),
				ERR_OK);
		CU_ASSERT_TRUE(canned_call_says(&call, "\"command\":\"prog\""));
		CU_ASSERT_FALSE(canned_call_says(&call, "hidden"));
		canned_call_fini(&call);
		CU_ASSERT_EQUAL(answer(CANNED_ONE, answers,
				       ENDPOINT_COMMAND_NONE,
				       CANNED_AMPLE_BYTES),
				ERR_OK);
		CU_ASSERT_TRUE(canned_call_says(&call, "\"command\":null"));
		CU_ASSERT_FALSE(canned_call_says(&call, "hidden"));
		canned_call_fini(&call);
	}
}

/* A pid is needed, and a GPU; who has none is no process. */
static void
warns_of_processes_without_a_number(void)
{
#define PROCESS(labels)                                                        \
	CANNED_SERIES(CANNED_LABEL("hostname", "n") "," labels, NOW, "5")
	static const struct canned_answer answers[] = {
	    ANSWER(GPU_MEMORY,
		   CANNED_TWO(
		       PROCESS("\"gpu_id\":\"0\",\"pid\":\"7\""),
		       CANNED_SIX(PROCESS("\"gpu_id\":\"0\""),
				  PROCESS("\"gpu_id\":\"0\",\"pid\":\"\""),
				  PROCESS("\"gpu_id\":\"0\",\"pid\":\"-1\""),
				  PROCESS("\"gpu_id\":\"0\",\"pid\":\"7.5\""),
				  PROCESS("\"gpu_id\":\"0\",\"pid\":"
					  "\"99999999999\""),
				  PROCESS("\"pid\":\"8\"")))),
	    LAST_ANSWER};

	CU_ASSERT_EQUAL(answer(CANNED_ONE, answers, ENDPOINT_COMMAND_NAME,
			       CANNED_AMPLE_BYTES),
			ERR_OK);
	CU_ASSERT_TRUE(canned_call_says(
	    &call, "\"data\":[{\"node_name\":\"n\",\"gpu_index\":0,"
		   "\"pid\":7,"));
	CU_ASSERT_TRUE(canned_call_says(
	    &call, "\"timestamp\":\"2023-11-14T22:13:20.123Z\","
		   "\"uuid\":null,\"mig_instance_id\":null,"
		   "\"cluster\":null,\"measured_at\":null}],"));
	CU_ASSERT_EQUAL_FATAL(call.call.collect.warning_count, 1);
	SUITE_EQUAL(call.call.collect.warnings[0],
		    "4 series of " GPU_MEMORY
		    " do not tell which process on which GPU they are of");
	canned_call_fini(&call);
}

static void
survives_a_lack_of_memory(void)
{
	static const char expected[] =
	    "{\"success\":false,\"data\":null,\"message\":null,\"error\":"
	    "\"Out of memory: the request needs more than "
	    "MAX_REQUEST_MEMORY_BYTES, all requests more than "
	    "MAX_MEMORY_BYTES, or the machine has no more\"}";
	size_t bytes = 0, failures = 0;
	enum err_code code;

	capture_start();
	do {
		code = answer(CANNED_CARDS, two_exporters,
			      ENDPOINT_COMMAND_NAME, bytes);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		if (code != ERR_OK) {
			CU_ASSERT_TRUE(canned_call_says(&call, expected));
			CU_ASSERT_EQUAL(call.body.length, strlen(expected));
		}
		canned_call_fini(&call);
		CU_ASSERT_EQUAL(call.budget.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 512;
	} while (code != ERR_OK && bytes < CANNED_AMPLE_BYTES);
	capture_end();
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"answers as recorded", answers_as_recorded},
	    {"takes one copy", takes_one_copy},
	    {"never tells arguments", never_tells_arguments},
	    {"warns of processes without a number",
	     warns_of_processes_without_a_number},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("processes", tests);
}
