#include "support/past.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support/backfill.h"
#include "support/harness.h"
#include "support/victoria.h"

enum { HOUR_S = 3600, OFFSET_S = 7, MIB_OF_CARD = 81920 };

struct past_times past;

const struct past_card past_cards[PAST_CARDS] = {
    {"node-1", "00000000-aaaa", 0, false, false, -1, 0},
    {"node-1", "00000001-aaaa", 1, false, false, -1, 0},
    {"node-1", "00000002-bbbb", 2, false, false, -1, 0},
    {"node-2", "00000003-aaaa", 0, false, false, -1, 0},
    {"node-3", "00000004-aaaa", 0, false, true, -1, 0},
    {"node-4", "00000005-aaaa", 0, false, true, -1, 0},
    {"node-1", "00000002-aaaa", 2, true, false, -1, 0},
    {"node-3", "00000004-aaaa", 0, true, true, 1, 3},
    {"node-3", "00000004-aaaa", 0, true, true, 2, 1},
};
enum { FIRST, LOST, NEW, OTHER, SPLIT, SECOND, OLD, PART_A, PART_B };

static void
set_times(void)
{
	int64_t now_s = (int64_t)clock_wall_s();
	int64_t hour_s = now_s - now_s % HOUR_S;

	past = (struct past_times){.start_s = hour_s - 26 * HOUR_S,
				   .end_s = now_s + HOUR_S / 2,
				   .lost_s = hour_s - 10 * HOUR_S,
				   .found_s = hour_s - 9 * HOUR_S,
				   .restarted_s = hour_s - 6 * HOUR_S,
				   .exchanged_s = hour_s - 4 * HOUR_S,
				   .reset_s = hour_s - 8 * HOUR_S,
				   .split_s = hour_s - 7 * HOUR_S,
				   .joined_s = hour_s - 3 * HOUR_S,
				   .second_s = hour_s - 12 * HOUR_S};
}

int64_t
past_scrape(int64_t s)
{
	return (s - OFFSET_S) / PAST_SCRAPE_S * PAST_SCRAPE_S + OFFSET_S;
}

/* Whether the card was there, by whatever exporter. */
static bool
is_there(size_t card, int64_t s)
{
	switch (card) {
	case LOST:
		return s < past.lost_s || s >= past.found_s;
	case NEW:
		return s >= past.exchanged_s;
	case OLD:
		return s < past.exchanged_s;
	case SPLIT:
		return s < past.split_s || s >= past.joined_s;
	case PART_A:
	case PART_B:
		return s >= past.split_s && s < past.joined_s;
	default:
		return true;
	}
}

static double
busy(size_t card, int64_t s)
{
	return (double)((s / 60 + 7 * (int64_t)card) % 101);
}

static double
used_mib(size_t card, int64_t s)
{
	return (double)(1000 + (s / 300 * 13 + (int64_t)card * 100) % 40000);
}

/* In millijoules, since it began anew. */
static double
energy_mj(size_t card, int64_t s)
{
	int64_t since_s =
	    card == FIRST && s >= past.reset_s ? past.reset_s : past.start_s;

	return (double)((s - since_s) * 1000 * (100 + (int64_t)card));
}

double
past_value(size_t card, enum field field, int64_t s)
{
	const double mib = 1048576;

	if (!is_there(card, s) || s < past.start_s + OFFSET_S)
		return NAN;
	switch (field) {
	case FIELD_UTILIZATION:
		return busy(card, s);
	case FIELD_MEMORY_USED:
		return used_mib(card, s) * mib;
	case FIELD_MEMORY_TOTAL:
		return MIB_OF_CARD * mib;
	case FIELD_MEMORY_FREE:
		return (MIB_OF_CARD - used_mib(card, s)) * mib;
	case FIELD_MEMORY_UTILIZATION:
		return used_mib(card, s) / MIB_OF_CARD * 100;
	case FIELD_TEMPERATURE:
		return 30 + floor(busy(card, s) / 2);
	case FIELD_POWER_DRAW:
		return 60 + 3 * busy(card, s);
	case FIELD_ENERGY:
		return energy_mj(card, s) / 1000;
	default:
		return NAN;
	}
}

/* --- samples -------------------------------------------------------------- */

/* A metric of one of both exporters, and how it says a field. */
static const struct metric {
	const char *name;
	enum field field;
	double scale; /* from the field's unit */
	bool is_of_second;
} metrics[] = {
    {"DCGM_FI_DEV_GPU_UTIL", FIELD_UTILIZATION, 1, false},
    {"DCGM_FI_DEV_FB_USED", FIELD_MEMORY_USED, 1 / 1048576.0, false},
    {"DCGM_FI_DEV_FB_FREE", FIELD_MEMORY_FREE, 1 / 1048576.0, false},
    {"DCGM_FI_DEV_GPU_TEMP", FIELD_TEMPERATURE, 1, false},
    {"DCGM_FI_DEV_POWER_USAGE", FIELD_POWER_DRAW, 1, false},
    {"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", FIELD_ENERGY, 1000, false},
    {"DCGM_FI_PROF_GR_ENGINE_ACTIVE", FIELD_UTILIZATION, 0.01, false},
    {"nvidia_smi_utilization_gpu_ratio", FIELD_UTILIZATION, 0.01, true},
    {"nvidia_smi_memory_used_bytes", FIELD_MEMORY_USED, 1, true},
    {"nvidia_smi_memory_total_bytes", FIELD_MEMORY_TOTAL, 1, true},
    {"nvidia_smi_gpu_info", FIELD__MAX, 1, true},
};

static bool
is_profiling(const struct metric *m)
{
	return m->field == FIELD_UTILIZATION && !m->is_of_second &&
	       m->scale != 1;
}

/* Whether that metric of the card was scraped then. */
static bool
is_scraped(const struct metric *m, size_t card, int64_t s)
{
	bool is_part = past_cards[card].instance >= 0;

	if (!is_there(card, s))
		return false;
	if (m->is_of_second)
		return card == SECOND;
	/* Instances have what DCGM profiles, and no other utilization. */
	if (is_profiling(m) || m->field == FIELD_UTILIZATION)
		return is_profiling(m) == is_part &&
		       (card != SECOND || s >= past.second_s);
	return (!is_part || m->field != FIELD_ENERGY) &&
	       (card != SECOND || s >= past.second_s);
}

/* The second exporter goes on beside the first one, and tells something else
 * then. */
static double
sample(const struct metric *m, size_t card, int64_t s)
{
	if (m->field == FIELD__MAX)
		return 1;
	if (m->is_of_second && s >= past.second_s &&
	    m->field == FIELD_UTILIZATION)
		return 0.99;
	return past_value(card, m->field, s) * m->scale;
}

static void
write_labels(FILE *out, const struct metric *m, size_t card, int64_t s)
{
	const struct past_card *c = &past_cards[card];
	int address = c->node[5] - '0' + (s >= past.restarted_s ? 100 : 0);

	if (m->is_of_second) {
		fprintf(out, "{uuid=\"%s\",instance=\"%s:9835\",job=\"smi\"",
			c->uuid, c->node);
		if (m->field == FIELD__MAX)
			fprintf(out, ",index=\"%u\",name=\"NVIDIA L40S\"",
				c->index);
		fputs("}", out);
		return;
	}
	fprintf(out,
		"{gpu=\"%u\",UUID=\"GPU-%s\",modelName=\"NVIDIA L40S\","
		"Hostname=\"%s\",instance=\"10.0.0.%d:9400\",job=\"dcgm\"",
		c->index, c->uuid, c->node, address);
	if (c->instance >= 0)
		fprintf(out, ",GPU_I_ID=\"%d\",GPU_I_PROFILE=\"%ug.10gb\"",
			c->instance, c->slices);
	if (card == FIRST)
		fprintf(out, ",pod=\"job-%" PRId64 "\"", s / (2 * HOUR_S));
	fputs("}", out);
}

/* unit: 1 for seconds, 1000 for milliseconds. */
static void
write_samples(FILE *out, bool is_special, int64_t unit)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
		for (size_t card = 0; card < PAST_CARDS; card++) {
			const struct metric *m = &metrics[i];

			if (past_cards[card].is_special && !is_special)
				continue;
			for (int64_t s = past.start_s + OFFSET_S;
			     s < past.end_s; s += PAST_SCRAPE_S) {
				if (!is_scraped(m, card, s))
					continue;
				fputs(m->name, out);
				write_labels(out, m, card, s);
				fprintf(out, " %.17g %" PRId64 "\n",
					sample(m, card, s), s * unit);
			}
		}
}

/* --- stores --------------------------------------------------------------- */

static void
write_past(FILE *out, const void *context)
{
	const bool *is_special = context;

	write_samples(out, *is_special, 1);
}

static void
start_prometheus(struct source *out, bool is_special)
{
	const struct backfill b = {.name = is_special ? "past-special"
						      : "past-plain",
				   .write = write_past,
				   .context = &is_special,
				   .there = "count(DCGM_FI_DEV_GPU_UTIL)"};

	backfill_start_prometheus(out, &b);
}

static void
fill_victoria(const struct source *victoria, bool is_special)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	harness_require(file != NULL, "no memory");
	write_samples(file, is_special, 1000);
	fclose(file);
	victoria_write(victoria, text);
	free(text);
}

void
past_start(struct source *prometheus, struct source *victoria, bool is_special)
{
	if (past.end_s == 0)
		set_times();
	start_prometheus(prometheus, is_special);
	victoria_start(victoria);
	fill_victoria(victoria, is_special);
}
