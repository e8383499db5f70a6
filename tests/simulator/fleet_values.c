#include "fleet_values.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct fleet_model models[] = {
    {"NVIDIA A100-SXM4-80GB", 81920, 400, 1410, 1593},
    {"NVIDIA H100 80GB HBM3", 81559, 700, 1980, 2619},
    {"NVIDIA L40S", 46068, 350, 2520, 9001},
    {"Tesla T4", 15360, 70, 1590, 5001},
    {"NVIDIA GeForce RTX 4090", 24564, 450, 3105, 10501},
};

static const char *const metric_names[FLEET_METRIC__MAX] = {
    [FLEET_UTILIZATION] = "nvidia_gpu_utilization_percent",
    [FLEET_MEMORY_USED] = "nvidia_gpu_used_memory_bytes",
    [FLEET_MEMORY_TOTAL] = "nvidia_gpu_total_memory_bytes",
    [FLEET_MEMORY_FREE] = "nvidia_gpu_free_memory_bytes",
    [FLEET_MEMORY_ACTIVITY] = "nvidia_gpu_memory_utilization_percent",
    [FLEET_TEMPERATURE] = "nvidia_gpu_temperature_celsius",
    [FLEET_POWER_DRAW] = "nvidia_gpu_power_draw_watts",
    [FLEET_POWER_LIMIT] = "nvidia_gpu_power_limit_watts",
};

static const double mib_bytes = 1048576;

/* Between 0 and 1, different for each GPU, so that no two move in step. */
static double
pace(unsigned node, unsigned gpu)
{
	uint32_t mixed = node * 2654435761u ^ (gpu + 1) * 2246822519u;

	mixed ^= mixed >> 15;
	mixed *= 3266489917u;
	mixed ^= mixed >> 16;
	return mixed / 4294967296.0;
}

/* Keeps a moving value within 0..most by turning it back at both ends. */
static double
fold(double value, double most)
{
	value = fmod(fabs(value), 2 * most);
	return value > most ? 2 * most - value : value;
}

/* A wave that is 0 at time 0. */
static double
wave(double time_s, double period_s)
{
	return sin(2 * M_PI * time_s / period_s);
}

static double
utilization(unsigned node, unsigned gpu, double time_s)
{
	double base = (17 * node + 29 * gpu) % 101;
	double own = pace(node, gpu);

	base += 30 * wave(time_s, 200 + 300 * own);
	base += 12 * wave(time_s, 45 + 40 * own);
	return round(fold(base, 100));
}

static double
memory_used_mib(unsigned node, unsigned gpu, double time_s)
{
	double share = (31 * node + 37 * gpu + 5) % 96;

	share += 15 * wave(time_s, 600 + 600 * pace(node, gpu));
	share = fold(share, 95);
	return floor(fleet_model(node)->memory_total_mib * share / 100);
}

/* A busy GPU draws its limit, an idle one a tenth of it. */
static double
power_draw(unsigned node, double percent)
{
	double limit = fleet_model(node)->power_limit_watts;

	return (100 * limit + 9 * limit * percent) / 1000;
}

static double
value_from_load(enum fleet_metric metric, unsigned node, unsigned gpu,
		double percent)
{
	if (metric == FLEET_MEMORY_ACTIVITY)
		return floor(3 * percent / 5);
	if (metric == FLEET_TEMPERATURE)
		return 30 + floor(9 * percent / 20) + (node + gpu) % 5;
	if (metric == FLEET_POWER_DRAW)
		return power_draw(node, percent);
	return percent;
}

double
fleet_value(enum fleet_metric metric, unsigned node, unsigned gpu,
	    double time_s)
{
	const struct fleet_model *model = fleet_model(node);
	double total_mib = model->memory_total_mib;

	switch (metric) {
	case FLEET_MEMORY_TOTAL:
		return total_mib * mib_bytes;
	case FLEET_MEMORY_USED:
		return memory_used_mib(node, gpu, time_s) * mib_bytes;
	case FLEET_MEMORY_FREE:
		return (total_mib - memory_used_mib(node, gpu, time_s)) *
		       mib_bytes;
	case FLEET_POWER_LIMIT:
		return model->power_limit_watts;
	default:
		return value_from_load(metric, node, gpu,
				       utilization(node, gpu, time_s));
	}
}

const struct fleet_model *
fleet_model(unsigned node)
{
	return &models[(node - 1) % (sizeof(models) / sizeof(models[0]))];
}

void
fleet_node_name(char name[FLEET_NAME_BYTES], unsigned node)
{
	snprintf(name, FLEET_NAME_BYTES, "node-%u", node);
}

const char *
fleet_metric_name(enum fleet_metric metric)
{
	return metric_names[metric];
}

bool
fleet_metric_find(enum fleet_metric *metric, const char *name)
{
	for (unsigned i = 0; i < FLEET_METRIC__MAX; i++) {
		if (strcmp(metric_names[i], name) != 0)
			continue;
		*metric = (enum fleet_metric)i;
		return true;
	}
	return false;
}

/* Not printf: it would take most of the time of a large fleet's text. */
size_t
fleet_number(char text[FLEET_NUMBER_BYTES], double value)
{
	uint64_t hundredths = (uint64_t)llround(value * 100);
	unsigned decimals = hundredths % 100;
	uint64_t whole = hundredths / 100;
	char reversed[FLEET_NUMBER_BYTES];
	size_t digits = 0, length = 0;

	do
		reversed[digits++] = (char)('0' + whole % 10);
	while ((whole /= 10) > 0);
	while (digits > 0)
		text[length++] = reversed[--digits];
	if (decimals > 0) {
		text[length++] = '.';
		text[length++] = (char)('0' + decimals / 10);
		if (decimals % 10 > 0)
			text[length++] = (char)('0' + decimals % 10);
	}
	text[length] = '\0';
	return length;
}
