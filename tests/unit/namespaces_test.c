/* What each namespace has, of fleets made by hand and at random: against sums
 * that know nothing of how it is told. What real exporters say is in
 * integration/workloads_test. */
#include "gpu/fleet/namespaces.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

enum { AMPLE_BYTES = 1 << 24 };

static struct budget budget;
static struct arena arena;
static struct workload_table table;
static struct namespace_table found;
static struct err err;

static void
start(void)
{
	memset(&err, 0, sizeof(err));
	budget_init(&budget, AMPLE_BYTES);
	arena_init(&arena, &budget);
	workload_init(&table, &arena);
	table.idle = (struct workload_idle){900, 1};
}

static void
list(void)
{
	CU_ASSERT_EQUAL_FATAL(workload_finish(&table, &err), ERR_OK);
	fleet_close(&table.fleet);
	CU_ASSERT_EQUAL_FATAL(namespaces_list(&table, &arena, &found, &err),
			      ERR_OK);
}

static void
end(void)
{
	workload_fini(&table);
	arena_fini(&arena);
	CU_ASSERT_EQUAL(budget.left_bytes, AMPLE_BYTES);
}

static uint32_t
text(const char *s)
{
	return s == NULL ? FLEET_UNKNOWN
			 : fleet_intern(&table.fleet, s, strlen(s));
}

static struct fleet_gpu *
card(const char *cluster, uint32_t index, const char *model)
{
	struct identity id = {.cluster = text(cluster),
			      .uuid = FLEET_UNKNOWN,
			      .node = text("n"),
			      .index = index,
			      .vendor = FLEET_UNKNOWN,
			      .part = FLEET_UNKNOWN};
	struct fleet_gpu *gpu = fleet_find(&table.fleet, &id);

	CU_ASSERT_PTR_NOT_NULL_FATAL(gpu);
	gpu->model = text(model);
	gpu->timestamp_s = 1000 + index;
	gpu->measured_s = 900 + index;
	return gpu;
}

static struct fleet_gpu *
instance(struct fleet_gpu *of, uint32_t number, const char *profile)
{
	struct fleet_gpu *gpu = NULL;

	CU_ASSERT_EQUAL(
	    fleet_find_instance(&table.fleet, of, number, &gpu, &err), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(gpu);
	gpu->mig_profile = text(profile);
	return gpu;
}

static void
take(struct fleet_gpu *gpu, enum field field, double value)
{
	const struct sheet_origin origin = {0, 1};
	struct reading reading = reading_of(value, 1, 0);

	CU_ASSERT_TRUE_FATAL(
	    fleet_take(&table.fleet, gpu, &origin, field, &reading));
}

static void
note(const struct workload_note *n)
{
	CU_ASSERT_EQUAL_FATAL(workload_add(&table, n, &err), ERR_OK);
}

static struct workload_note
note_of(struct fleet_gpu *gpu, const char *namespace, const char *pod)
{
	struct workload_note n = {.gpu = gpu,
				  .name = workload_nobody(),
				  .exporter = "x",
				  .field = WORKLOAD_SEEN,
				  .reading = reading_none()};

	n.name.namespace = text(namespace);
	n.name.pod = text(pod);
	return n;
}

static void
hold(struct fleet_gpu *gpu, const char *namespace, const char *pod)
{
	struct workload_note n = note_of(gpu, namespace, pod);

	note(&n);
}

/* So busy for the whole window, by itself. */
static void
hold_at(struct fleet_gpu *gpu, const char *namespace, const char *pod,
	double utilization)
{
	struct workload_note n = note_of(gpu, namespace, pod);

	n.field = WORKLOAD_UTILIZATION;
	n.is_own = true;
	n.reading = reading_of(utilization, 1, 0);
	for (int when = WORKLOAD_NOW; when <= WORKLOAD_BEFORE; when++) {
		n.when = (enum workload_when)when;
		note(&n);
	}
}

static void
hold_memory(struct fleet_gpu *gpu, const char *namespace, const char *pod,
	    double bytes)
{
	struct workload_note n = note_of(gpu, namespace, pod);

	n.field = WORKLOAD_MEMORY_USED;
	n.is_own = true;
	n.reading = reading_of(bytes, 1, 0);
	note(&n);
}

static void
claim(const char *namespace, const char *pod, const char *container,
      enum claims_phase phase, uint64_t requested)
{
	const struct claims_key key = {FLEET_UNKNOWN, text(namespace),
				       text(pod)};
	struct claims_pod *p = claims_pod(&table.claims, &key);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	if (phase != CLAIMS_UNTOLD)
		CU_ASSERT_TRUE_FATAL(
		    claims_note_phase(&table.claims, p, phase));
	p->timestamp_s = 2000;
	CU_ASSERT_EQUAL_FATAL(claims_note(&table.claims, p, text(container),
					  text("nvidia_com_gpu"), requested,
					  &err),
			      ERR_OK);
}

static const char *
name_of(uint32_t number)
{
	const struct intern_string *s = fleet_text(&table.fleet, number);

	return s != NULL ? s->text : "-";
}

/* All rows, a line for each: what nobody knows is "-". */
static const char *
told(void)
{
	static char lines[4096];
	size_t used = 0;

	lines[0] = '\0';
	for (size_t i = 0; i < found.count; i++) {
		const struct namespace_row *r = found.rows[i];
		const double numbers[] = {
		    r->gpu_count,
		    r->is_requested ? (double)r->requested : NAN,
		    r->idle_gpu_count,
		    r->utilization,
		    r->memory_used,
		    r->power_draw,
		    r->timestamp_s,
		    r->measured_s};

		used += (size_t)snprintf(lines + used, sizeof(lines) - used,
					 "%s %s %zu", name_of(r->cluster),
					 name_of(r->name), r->workload_count);
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++)
			used +=
			    (size_t)(isnan(numbers[k])
					 ? snprintf(lines + used,
						    sizeof(lines) - used, " -")
					 : snprintf(lines + used,
						    sizeof(lines) - used, " %g",
						    numbers[k]));
		used +=
		    (size_t)snprintf(lines + used, sizeof(lines) - used, "\n");
	}
	return lines;
}

/* --- by hand -------------------------------------------------------------- */

static void
cards_shared_and_free(void)
{
	struct fleet_gpu *gpu;

	start();
	/* All of it one's: what is measured there is his. */
	gpu = card(NULL, 0, NULL);
	take(gpu, FIELD_UTILIZATION, 80);
	take(gpu, FIELD_MEMORY_USED, 64);
	take(gpu, FIELD_POWER_DRAW, 500);
	hold_at(gpu, "ml", "a", 80);
	/* One namespace's, of two of its pods. */
	gpu = card(NULL, 1, NULL);
	take(gpu, FIELD_UTILIZATION, 10);
	take(gpu, FIELD_POWER_DRAW, 100);
	hold_at(gpu, "ml", "a", 0);
	hold_at(gpu, "ml", "b", 10);
	/* Two namespaces': what is told apart, and what is not. */
	gpu = card(NULL, 2, NULL);
	take(gpu, FIELD_UTILIZATION, 70);
	take(gpu, FIELD_MEMORY_USED, 32);
	take(gpu, FIELD_POWER_DRAW, 300);
	hold_at(gpu, "ml", "c", 70);
	hold_at(gpu, "lab", "d", 0);
	hold_memory(gpu, "lab", "d", 8);
	/* Nobody's. */
	gpu = card(NULL, 3, NULL);
	take(gpu, FIELD_UTILIZATION, 0);
	take(gpu, FIELD_MEMORY_USED, 1);
	take(gpu, FIELD_POWER_DRAW, 50);
	list();
	SUITE_EQUAL(told(), "- lab 1 0.5 - 0.5 0 8 - 1002 902\n"
			    "- ml 3 2.5 - 0 50 64 600 1002 900\n"
			    "- - 0 1 - - 0 1 50 1003 903\n");
	end();
}

static void
split_cards(void)
{
	struct fleet_gpu *gpu, *part;

	start();
	/* 4/8 and 1/8; 3/8 are in no instance. The card's power is nobody's
	 * alone. */
	gpu = card(NULL, 0, "NVIDIA A100-SXM4-80GB");
	take(gpu, FIELD_POWER_DRAW, 250);
	part = instance(gpu, 1, "3g.40gb");
	take(part, FIELD_MEMORY_USED, 16);
	hold_at(part, "ml", "a", 50);
	part = instance(gpu, 7, "1g.10gb");
	take(part, FIELD_MEMORY_USED, 2);
	hold_at(part, "lab", "b", 0);
	/* All of it one's, by the card's own label. */
	gpu = card(NULL, 1, "NVIDIA H100 80GB HBM3");
	take(gpu, FIELD_POWER_DRAW, 600);
	instance(gpu, 1, "1g.20gb");
	instance(gpu, 2, "4g.40gb");
	hold(gpu, "ml", "c");
	/* Each third tells the whole card's memory. */
	gpu = card(NULL, 2, "AMD Instinct MI300X");
	for (uint32_t i = 0; i < 3; i++) {
		part = instance(gpu, i, NULL);
		take(part, FIELD_MEMORY_USED, 30);
		if (i > 0)
			hold(part, "amd", "d");
	}
	list();
	SUITE_EQUAL(told(), "- amd 1 0.666667 - - - 20 - 1002 902\n"
			    "- lab 1 0.125 - 0.125 0 2 - 1000 900\n"
			    "- ml 2 1.5 - - 50 16 600 1001 900\n"
			    "- - 0 0.708333 - - - 10 - 1002 900\n");
	end();
}

static void
asked_for(void)
{
	struct fleet_gpu *gpu;

	start();
	gpu = card("c1", 0, NULL);
	hold(gpu, "ml", "a");
	/* Which of its containers, nobody tells: all of the pod's count. */
	claim("ml", "a", "x", CLAIMS_RUNNING, 1);
	claim("ml", "a", "y", CLAIMS_RUNNING, 2);
	claim("wait", "b", "x", CLAIMS_PENDING, 4);
	claim("done", "c", "x", CLAIMS_ENDED, 8);
	list();
	SUITE_EQUAL(told(), "c1 ml 1 1 3 - - - - 2000 900\n"
			    "- wait 1 0 4 - - - - 2000 0\n");
	end();
}

/* It has nothing, whoever still shows it. */
static void
ended(void)
{
	start();
	hold_at(card(NULL, 0, NULL), "ml", "a", 0);
	hold_at(card(NULL, 1, NULL), "ml", "b", 0);
	claim("ml", "a", "x", CLAIMS_ENDED, 1);
	claim("ml", "b", "x", CLAIMS_RUNNING, 2);
	list();
	CU_ASSERT_EQUAL(table.ended_count, 1);
	SUITE_EQUAL(told(), "- ml 1 1 2 1 0 - - 2000 901\n"
			    "- - 0 1 - - - - - 1000 900\n");
	end();
}

/* Whether somebody has ended nobody tells: what it asks for may be too much. */
static void
phases_untold(void)
{
	start();
	hold(card(NULL, 0, NULL), "ml", "a");
	claim("ml", "a", "x", CLAIMS_UNTOLD, 1);
	claim("ml", "b", "x", CLAIMS_UNTOLD, 2);
	claim("none", "c", "x", CLAIMS_UNTOLD, 4);
	list();
	CU_ASSERT_EQUAL(table.claims.untold_count, 3);
	SUITE_EQUAL(told(), "- ml 1 1 - - - - - 1000 900\n");
	end();
}

/* Nobody measured it when the window began. */
static void
unmeasured(void)
{
	struct workload_note n;

	start();
	n = note_of(card(NULL, 0, NULL), "ml", "a");
	n.field = WORKLOAD_UTILIZATION;
	n.is_own = true;
	n.reading = reading_of(0, 1, 0);
	note(&n);
	n.when = WORKLOAD_SO_FAR;
	note(&n);
	/* It was there then: that is told of a job by its number alone. */
	n.when = WORKLOAD_BEFORE;
	n.field = WORKLOAD_SEEN;
	n.reading = reading_none();
	note(&n);
	list();
	SUITE_EQUAL(told(), "- ml 1 1 - - 0 - - 1000 900\n");
	end();
}

/* A pod is where its GPUs are seen, also what of it is not. */
static void
half_shown(void)
{
	struct workload_note n;

	start();
	n = note_of(card("c1", 0, NULL), "ml", "a");
	n.name.container = text("x");
	note(&n);
	claim("ml", "a", "x", CLAIMS_RUNNING, 1);
	claim("ml", "a", "y", CLAIMS_RUNNING, 2);
	claim("ml", "b", "x", CLAIMS_RUNNING, 4);
	list();
	SUITE_EQUAL(told(), "- ml 1 0 4 - - - - 2000 0\n"
			    "c1 ml 1 1 3 - - - - 2000 900\n");
	end();
}

/* What nobody knows of one card, nobody knows of all. */
static void
idle_in_part(void)
{
	start();
	hold_at(card(NULL, 0, NULL), "ml", "a", 0);
	hold(card(NULL, 1, NULL), "ml", "b");
	hold_at(card(NULL, 2, NULL), "lab", "c", 0);
	hold_at(card(NULL, 3, NULL), "lab", "d", 50);
	list();
	SUITE_EQUAL(told(), "- lab 2 2 - 1 25 - - 1003 902\n"
			    "- ml 2 2 - - 0 - - 1001 900\n");
	end();
}

/* Of what nobody calls a part by its profile. */
static void
parts_without_profiles(void)
{
	struct fleet_gpu *gpu, *part;

	start();
	gpu = card(NULL, 0, NULL);
	gpu->vendor = text("NVIDIA");
	take(gpu, FIELD_MEMORY_TOTAL, 80);
	part = instance(gpu, 1, NULL);
	take(part, FIELD_MEMORY_TOTAL, 60);
	hold(part, "ml", "a");
	part = instance(gpu, 2, NULL);
	take(part, FIELD_MEMORY_TOTAL, 10);
	hold(part, "lab", "b");
	list();
	CU_ASSERT_EQUAL(found.unsized_count, 0);
	SUITE_EQUAL(told(), "- lab 1 0.125 - - - - - 1000 900\n"
			    "- ml 1 0.75 - - - - - 1000 900\n"
			    "- - 0 0.125 - - - - - 1000 900\n");
	end();
	start();
	gpu = card(NULL, 0, NULL);
	gpu->vendor = text("NVIDIA");
	hold(instance(gpu, 1, NULL), "ml", "a");
	instance(gpu, 2, "1g.10gb");
	gpu = card(NULL, 1, NULL);
	gpu->vendor = text("AMD");
	instance(gpu, 1, NULL);
	instance(gpu, 2, NULL);
	list();
	CU_ASSERT_EQUAL(found.unsized_count, 1);
	SUITE_EQUAL(told(), "- ml 1 0.5 - - - - - 1000 900\n"
			    "- - 0 1.5 - - - - - 1001 900\n");
	end();
}

static void
clusters_and_jobs(void)
{
	struct workload_note n;

	start();
	hold(card("b", 0, NULL), "ml", "a");
	hold(card("a", 0, NULL), "ml", "a");
	hold(card("a", 1, NULL), "ml10", "a");
	hold(card("a", 2, NULL), "ml9", "a");
	/* Slurm's jobs have no namespace. */
	n = note_of(card(NULL, 0, NULL), NULL, NULL);
	n.name.job = text("12");
	note(&n);
	card(NULL, 1, NULL);
	card("b", 1, NULL);
	list();
	SUITE_EQUAL(told(), "a ml 1 1 - - - - - 1000 900\n"
			    "b ml 1 1 - - - - - 1000 900\n"
			    "a ml9 1 1 - - - - - 1002 902\n"
			    "a ml10 1 1 - - - - - 1001 901\n"
			    "- - 1 2 - - - - - 1001 900\n"
			    "b - 0 1 - - - - - 1001 901\n");
	end();
}

static void
nothing_at_all(void)
{
	start();
	list();
	CU_ASSERT_EQUAL(found.count, 0);
	end();
}

/* --- at random ------------------------------------------------------------ */

enum {
	FLEETS = 1000,
	CARDS_MAX = 12,
	NAMESPACES = 4,
	CLUSTERS = 3,
	NOBODYS = NAMESPACES
};

static unsigned seed;

static unsigned
random_below(unsigned bound)
{
	return (unsigned)rand_r(&seed) % bound;
}

/* What each has by the model: the last column is nobody's. */
static double gpus[CLUSTERS][NAMESPACES + 1];
static double idle[CLUSTERS][NAMESPACES + 1];
static double memory[CLUSTERS][NAMESPACES + 1];
static unsigned pod_number;

static const char *const namespaces[] = {"n0", "n1", "n2", "n3"};
static const char *const clusters[] = {NULL, "c1", "c2"};

/* Some pods on it, each with all that it does for itself. */
static void
fill(struct fleet_gpu *gpu, unsigned cluster, double part)
{
	unsigned holders = random_below(4), has = 0, busy = 0, count = 0;
	double used = 1 + random_below(1000);

	take(gpu, FIELD_MEMORY_USED, used);
	for (unsigned i = 0; i < holders; i++) {
		unsigned n = random_below(NAMESPACES);
		unsigned is_busy = random_below(2);
		char pod[16];

		snprintf(pod, sizeof(pod), "p%u", pod_number++);
		hold_at(gpu, namespaces[n], pod, is_busy ? 20 : 0.5);
		has |= 1U << n;
		busy |= is_busy << n;
	}
	for (unsigned n = 0; n < NAMESPACES; n++)
		count += has >> n & 1;
	if (count == 0)
		gpus[cluster][NOBODYS] += part;
	if (count <= 1)
		memory[cluster][count == 0 ? NOBODYS : __builtin_ctz(has)] +=
		    used;
	for (unsigned n = 0; n < NAMESPACES; n++)
		if ((has >> n & 1) != 0) {
			gpus[cluster][n] += part / count;
			if ((busy >> n & 1) == 0)
				idle[cluster][n] += part / count;
		}
}

/* NVIDIA's MIG User Guide, A100: eighths of the memory. */
static void
add_card(uint32_t index)
{
	static const struct {
		const char *profiles[7];
		unsigned eighths[7];
		unsigned rest;
	} splits[] = {{{"7g.80gb"}, {8}, 0},
		      {{"4g.40gb", "2g.20gb", "1g.10gb"}, {4, 2, 1}, 1},
		      {{"3g.40gb", "3g.40gb"}, {4, 4}, 0},
		      {{"1g.20gb", "1g.10gb+me"}, {2, 1}, 5},
		      {{"1g.10gb", "1g.10gb", "1g.10gb", "1g.10gb", "1g.10gb",
			"1g.10gb", "1g.10gb"},
		       {1, 1, 1, 1, 1, 1, 1},
		       1}};
	unsigned cluster = random_below(CLUSTERS);
	struct fleet_gpu *gpu =
	    card(clusters[cluster], index, "NVIDIA A100-SXM4-80GB");
	unsigned split = random_below(10);

	if (split >= sizeof(splits) / sizeof(*splits)) {
		fill(gpu, cluster, 1);
		return;
	}
	for (unsigned i = 0; i < 7 && splits[split].profiles[i] != NULL; i++)
		fill(instance(gpu, i, splits[split].profiles[i]), cluster,
		     splits[split].eighths[i] / 8.0);
	gpus[cluster][NOBODYS] += splits[split].rest / 8.0;
}

static unsigned
place_of(const char *const *names, unsigned count, uint32_t number,
	 unsigned none)
{
	for (unsigned i = 0; i < count; i++)
		if (names[i] != NULL && strcmp(names[i], name_of(number)) == 0)
			return i;
	return none;
}

static void
expect_model(unsigned cards)
{
	double sum = 0;

	for (size_t i = 0; i < found.count; i++) {
		const struct namespace_row *r = found.rows[i];
		unsigned c = place_of(clusters, CLUSTERS, r->cluster, 0);
		unsigned n = place_of(namespaces, NAMESPACES, r->name, NOBODYS);

		sum += r->gpu_count;
		CU_ASSERT_DOUBLE_EQUAL(r->gpu_count, gpus[c][n], 1e-9);
		CU_ASSERT_DOUBLE_EQUAL(isnan(r->memory_used) ? 0
							     : r->memory_used,
				       memory[c][n], 1e-6);
		CU_ASSERT_EQUAL(isnan(r->idle_gpu_count), n == NOBODYS);
		if (n != NOBODYS)
			CU_ASSERT_DOUBLE_EQUAL(r->idle_gpu_count, idle[c][n],
					       1e-9);
		gpus[c][n] = 0;
	}
	CU_ASSERT_DOUBLE_EQUAL(sum, cards, 1e-9);
	/* There is none that has no row. */
	for (unsigned c = 0; c < CLUSTERS; c++)
		for (unsigned n = 0; n <= NAMESPACES; n++)
			CU_ASSERT_DOUBLE_EQUAL(gpus[c][n], 0, 1e-9);
}

static void
as_the_model_has_it(void)
{
	for (unsigned i = 0; i < FLEETS; i++) {
		unsigned failures = CU_get_number_of_failures();
		unsigned cards;

		seed = i;
		cards = random_below(CARDS_MAX);
		memset(gpus, 0, sizeof(gpus));
		memset(idle, 0, sizeof(idle));
		memset(memory, 0, sizeof(memory));
		start();
		for (uint32_t k = 0; k < cards; k++)
			add_card(k);
		list();
		expect_model(cards);
		end();
		if (CU_get_number_of_failures() > failures) {
			printf("# the fleet of seed %u\n", i);
			return;
		}
	}
}

static void
survives_a_lack_of_memory(void)
{
	size_t bytes = 0, failures = 0;
	enum err_code code;

	start();
	for (uint32_t i = 0; i < CARDS_MAX; i++)
		hold(card(NULL, i, NULL), namespaces[i % NAMESPACES], "p");
	claim("n0", "p", "x", CLAIMS_RUNNING, 1);
	list();
	do {
		struct budget small;
		struct arena scarce;

		budget_init(&small, bytes);
		arena_init(&scarce, &small);
		code = namespaces_list(&table, &scarce, &found, &err);
		CU_ASSERT_TRUE(code == ERR_OK || code == ERR_MEMORY);
		arena_fini(&scarce);
		CU_ASSERT_EQUAL(small.left_bytes, bytes);
		failures += code != ERR_OK;
		bytes += 256;
	} while (code != ERR_OK && bytes < AMPLE_BYTES);
	CU_ASSERT_EQUAL(code, ERR_OK);
	CU_ASSERT_TRUE(failures > 0);
	end();
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"cards, shared and free", cards_shared_and_free},
	    {"split cards", split_cards},
	    {"what is asked for", asked_for},
	    {"ended", ended},
	    {"phases that are not told", phases_untold},
	    {"not measured for so long", unmeasured},
	    {"half of a pod shown", half_shown},
	    {"idle in part", idle_in_part},
	    {"parts without profiles", parts_without_profiles},
	    {"clusters, and jobs", clusters_and_jobs},
	    {"nothing at all", nothing_at_all},
	    {"as the model has it", as_the_model_has_it},
	    {"survives a lack of memory", survives_a_lack_of_memory},
	    {NULL, NULL}};

	return suite_run("namespaces", tests);
}
