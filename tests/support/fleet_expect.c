#include "support/fleet_expect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/fleet_processes.h"
#include "support/harness.h"

typedef void (*write_rows)(FILE *out, const struct fleet_expect *fleet,
			   unsigned node);

static const double gib_bytes = 1073741824;

/* NAN for what the fleet does not have. */
static double
value(const struct fleet_expect *fleet, enum fleet_metric metric, unsigned node,
      unsigned gpu)
{
	if (fleet->no_power &&
	    (metric == FLEET_POWER_DRAW || metric == FLEET_POWER_LIMIT))
		return NAN;
	if (fleet->has_hole && fleet->hole_metric == metric &&
	    (fleet->hole_node == 0 || fleet->hole_node == node))
		return NAN;
	return fleet_value(metric, node, gpu, 0);
}

/* Halves go up; digits that say nothing are left out. */
static void
write_number(FILE *out, const char *key, double number, int decimals)
{
	double unit = pow(10, decimals);
	char text[64];
	size_t length;

	if (isnan(number)) {
		fprintf(out, ",\"%s\":null", key);
		return;
	}
	number = floor(number * unit + 0.5) / unit;
	length = (size_t)snprintf(text, sizeof(text), "%.*f", decimals, number);
	while (decimals > 0 && text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[length - 1] = '\0';
	fprintf(out, ",\"%s\":%s", key, text);
}

static void
write_metrics(FILE *out, const struct fleet_expect *f, unsigned node)
{
	for (unsigned gpu = 0; gpu < f->gpus; gpu++) {
		double used = value(f, FLEET_MEMORY_USED, node, gpu);
		double total = value(f, FLEET_MEMORY_TOTAL, node, gpu);

		fprintf(out,
			"%s{\"node_name\":\"node-%u\",\"gpu_index\":%u,"
			"\"gpu_name\":\"%s\"",
			node > 1 || gpu > 0 ? "," : "", node, gpu,
			fleet_model(node)->name);
		write_number(out, "utilization",
			     value(f, FLEET_UTILIZATION, node, gpu), 2);
		write_number(out, "memory_used", used / gib_bytes, 3);
		write_number(out, "memory_total", total / gib_bytes, 3);
		write_number(out, "memory_free",
			     value(f, FLEET_MEMORY_FREE, node, gpu) / gib_bytes,
			     3);
		write_number(out, "memory_utilization", used / total * 100, 2);
		write_number(out, "temperature",
			     value(f, FLEET_TEMPERATURE, node, gpu), 1);
		write_number(out, "power_draw",
			     value(f, FLEET_POWER_DRAW, node, gpu), 2);
		write_number(out, "power_limit",
			     value(f, FLEET_POWER_LIMIT, node, gpu), 2);
		fputs(",\"timestamp\":\"T\",\"uuid\":null,"
		      "\"exporter\":\"nvidia-gpu-list-exporter\","
		      "\"mig_instance_id\":null,\"mig_profile\":null,"
		      "\"vendor\":\"NVIDIA\",\"sm_clock_mhz\":null,"
		      "\"memory_clock_mhz\":null,\"fan_speed\":null,"
		      "\"memory_temperature\":null,\"energy_joules\":null,"
		      "\"xid\":null",
		      out);
		write_number(out, "memory_controller_utilization",
			     value(f, FLEET_MEMORY_ACTIVITY, node, gpu), 2);
		fputs(",\"cluster\":null,\"measured_at\":\"T\"}", out);
	}
}

static void
write_utilization(FILE *out, const struct fleet_expect *f, unsigned node)
{
	for (unsigned gpu = 0; gpu < f->gpus; gpu++) {
		fprintf(out, "%s{\"node_name\":\"node-%u\",\"gpu_index\":%u",
			node > 1 || gpu > 0 ? "," : "", node, gpu);
		write_number(out, "utilization",
			     value(f, FLEET_UTILIZATION, node, gpu), 2);
		fputs(",\"timestamp\":\"T\",\"mig_instance_id\":null,"
		      "\"uuid\":null,\"cluster\":null,\"measured_at\":\"T\"}",
		      out);
	}
}

/* The program, without the directories before it and what it was told. */
static void
write_command(FILE *out, const char *command)
{
	size_t length = strcspn(command, " ");
	const char *slash = memrchr(command, '/', length);
	const char *start = slash != NULL ? slash + 1 : command;

	fprintf(out, ",\"command\":\"%.*s\"", (int)(command + length - start),
		start);
}

static void
write_process(FILE *out, const struct fleet_process *process)
{
	fprintf(out, ",\"pid\":%u,\"process_name\":\"%s\",\"user\":\"%s\"",
		process->pid, process->name, process->user);
	write_command(out, process->command);
	write_number(out, "gpu_memory", process->gpu_memory_bytes / gib_bytes,
		     3);
	write_number(out, "cpu", process->cpu_percent, 2);
	write_number(out, "memory", process->memory_percent, 2);
	fputs(
	    ",\"timestamp\":\"T\",\"uuid\":null,"
	    "\"mig_instance_id\":null,\"cluster\":null,\"measured_at\":\"T\"}",
	    out);
}

/* The first GPU has some. */
static void
write_processes(FILE *out, const struct fleet_expect *f, unsigned node)
{
	struct fleet_process process;

	for (unsigned gpu = 0; gpu < f->gpus; gpu++)
		for (unsigned i = 0; i < f->processes; i++) {
			if (!fleet_process(
				&process, node, gpu, i, f->processes,
				fleet_value(FLEET_MEMORY_USED, node, gpu, 0),
				fleet_value(FLEET_UTILIZATION, node, gpu, 0)))
				continue;
			fprintf(out,
				"%s{\"node_name\":\"node-%u\","
				"\"gpu_index\":%u",
				node > 1 || gpu > 0 || i > 0 ? "," : "", node,
				gpu);
			write_process(out, &process);
		}
}

static double
sum(const struct fleet_expect *f, enum fleet_metric metric, unsigned node)
{
	double total = 0;

	for (unsigned gpu = 0; gpu < f->gpus; gpu++)
		total += value(f, metric, node, gpu);
	return total;
}

static double
greatest(const struct fleet_expect *f, enum fleet_metric metric, unsigned node)
{
	double most = NAN;

	for (unsigned gpu = 0; gpu < f->gpus; gpu++)
		most = fmax(most, value(f, metric, node, gpu));
	return most;
}

/* A hole covers all GPUs of its node, so a sum over some never occurs. */
static void
write_node(FILE *out, const struct fleet_expect *f, unsigned node)
{
	double used = sum(f, FLEET_MEMORY_USED, node);
	double total = sum(f, FLEET_MEMORY_TOTAL, node);

	fprintf(out,
		"%s{\"node_name\":\"node-%u\",\"gpu_count\":%u,"
		"\"gpu_models\":[\"%s\"]",
		node > 1 ? "," : "", node, f->gpus, fleet_model(node)->name);
	write_number(out, "utilization_avg",
		     sum(f, FLEET_UTILIZATION, node) / f->gpus, 2);
	write_number(out, "utilization_max",
		     greatest(f, FLEET_UTILIZATION, node), 2);
	write_number(out, "memory_used", used / gib_bytes, 3);
	write_number(out, "memory_total", total / gib_bytes, 3);
	write_number(out, "memory_free",
		     sum(f, FLEET_MEMORY_FREE, node) / gib_bytes, 3);
	write_number(out, "memory_utilization", used / total * 100, 2);
	write_number(out, "temperature_max",
		     greatest(f, FLEET_TEMPERATURE, node), 1);
	write_number(out, "power_draw", sum(f, FLEET_POWER_DRAW, node), 2);
	fputs(",\"timestamp\":\"T\",\"cluster\":null,\"measured_at\":\"T\"}",
	      out);
}

static char *
write_envelope(const struct fleet_expect *fleet, write_rows rows,
	       const char *message)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	harness_require(out != NULL, "out of memory");
	fputs("{\"success\":true,\"data\":[", out);
	for (unsigned node = 1; node <= fleet->nodes; node++)
		rows(out, fleet, node);
	fprintf(out, "],\"message\":\"%s\",\"error\":null", message);
	if (fleet->warnings != NULL)
		fprintf(out, ",\"warnings\":%s", fleet->warnings);
	fputc('}', out);
	fclose(out);
	return text;
}

char *
fleet_expect_metrics(const struct fleet_expect *fleet)
{
	return write_envelope(fleet, write_metrics,
			      "GPU metrics retrieved successfully");
}

char *
fleet_expect_nodes(const struct fleet_expect *fleet)
{
	return write_envelope(fleet, write_node,
			      "GPU nodes retrieved successfully");
}

char *
fleet_expect_processes(const struct fleet_expect *fleet)
{
	return write_envelope(fleet, write_processes,
			      "GPU processes retrieved successfully");
}

char *
fleet_expect_utilization(const struct fleet_expect *fleet)
{
	return write_envelope(fleet, write_utilization,
			      "GPU utilization retrieved successfully");
}
