#include "fleet_text.h"

#include "fleet_processes.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a dialect shows a metric; the shown number is the value / unit. */
struct column {
	enum fleet_metric metric;
	const char *name;
	const char *help;
	double unit;
};

/* The same for processes; the value is at that place of a fleet_process. */
struct process_column {
	const char *name;
	const char *help;
	size_t offset;
};

struct dialect {
	const char *name;
	const struct column *columns;
	size_t column_count;
	const struct column *demo_columns; /* besides, in the demo */
	size_t demo_column_count;
	/* Without the brace at their end. */
	void (*write_labels)(FILE *out, unsigned node, unsigned gpu);
	const struct process_column *process_columns; /* NULL: it has none */
};

struct fleet_text {
	struct fleet_plan plan;
	char *labels;	 /* "{..." of every GPU, one after the other */
	size_t *offsets; /* where each begins, and where the last ends */
};

static const double mib_bytes = 1048576;

static const struct column nvidia_columns[] = {
    {FLEET_UTILIZATION, "nvidia_gpu_utilization_percent",
     "Time the GPU was busy, in percent.", 1},
    {FLEET_MEMORY_USED, "nvidia_gpu_used_memory_bytes",
     "GPU memory in use, in bytes.", 1},
    {FLEET_MEMORY_TOTAL, "nvidia_gpu_total_memory_bytes",
     "GPU memory installed, in bytes.", 1},
    {FLEET_MEMORY_FREE, "nvidia_gpu_free_memory_bytes",
     "GPU memory not in use, in bytes.", 1},
    {FLEET_MEMORY_ACTIVITY, "nvidia_gpu_memory_utilization_percent",
     "Time the memory controller was busy, in percent.", 1},
    {FLEET_TEMPERATURE, "nvidia_gpu_temperature_celsius",
     "Temperature of the GPU, in degrees Celsius.", 1},
    {FLEET_POWER_DRAW, "nvidia_gpu_power_draw_watts",
     "Power that the board draws, in watts.", 1},
    {FLEET_POWER_LIMIT, "nvidia_gpu_power_limit_watts",
     "Power that the board may draw, in watts.", 1},
};

static const struct column dcgm_columns[] = {
    {FLEET_UTILIZATION, "DCGM_FI_DEV_GPU_UTIL", "Time the GPU was busy (in %).",
     1},
    {FLEET_MEMORY_ACTIVITY, "DCGM_FI_DEV_MEM_COPY_UTIL",
     "Time the memory was busy (in %).", 1},
    {FLEET_MEMORY_USED, "DCGM_FI_DEV_FB_USED",
     "Framebuffer memory in use (in MiB).", mib_bytes},
    {FLEET_MEMORY_FREE, "DCGM_FI_DEV_FB_FREE",
     "Framebuffer memory not in use (in MiB).", mib_bytes},
    {FLEET_TEMPERATURE, "DCGM_FI_DEV_GPU_TEMP",
     "Temperature of the GPU (in C).", 1},
    {FLEET_POWER_DRAW, "DCGM_FI_DEV_POWER_USAGE",
     "Power that the board draws (in W).", 1},
};

static const struct column dcgm_demo_columns[] = {
    {FLEET_POWER_LIMIT, "DCGM_FI_DEV_POWER_MGMT_LIMIT",
     "Power that the board may draw (in W).", 1},
    {FLEET_SM_CLOCK, "DCGM_FI_DEV_SM_CLOCK", "Clock of the SMs (in MHz).", 1},
    {FLEET_MEMORY_CLOCK, "DCGM_FI_DEV_MEM_CLOCK",
     "Clock of the memory (in MHz).", 1},
    {FLEET_ENERGY, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
     "Energy since the driver was loaded (in mJ).", 1},
};

static const struct process_column nvidia_process_columns[] = {
    {"nvidia_gpu_process_gpu_memory_bytes",
     "GPU memory that the process holds, in bytes.",
     offsetof(struct fleet_process, gpu_memory_bytes)},
    {"nvidia_gpu_process_cpu_percent",
     "Processor time that the process takes, in percent.",
     offsetof(struct fleet_process, cpu_percent)},
    {"nvidia_gpu_process_memory_percent",
     "Memory of the host that the process takes, in percent.",
     offsetof(struct fleet_process, memory_percent)},
    {NULL, NULL, 0},
};

static void
write_field_labels(FILE *out, unsigned node, unsigned gpu)
{
	char name[FLEET_NAME_BYTES];

	fleet_node_name(name, node);
	fprintf(out, "{hostname=\"%s\",gpu_id=\"%u\",gpu_name=\"%s\"", name,
		gpu, fleet_model(node)->name);
}

static void
write_documented_labels(FILE *out, unsigned node, unsigned gpu)
{
	char name[FLEET_NAME_BYTES];

	fleet_node_name(name, node);
	fprintf(out, "{node=\"%s\",gpu=\"%u\",gpu_name=\"%s\"", name, gpu,
		fleet_model(node)->name);
}

static void
write_dcgm_labels(FILE *out, unsigned node, unsigned gpu)
{
	char name[FLEET_NAME_BYTES];

	fleet_node_name(name, node);
	fprintf(out,
		"{gpu=\"%u\",UUID=\"GPU-%08x-0000-4000-8000-%012x\","
		"pci_bus_id=\"00000000:%02X:00.0\",device=\"nvidia%u\","
		"modelName=\"%s\",Hostname=\"%s\","
		"DCGM_FI_DRIVER_VERSION=\"550.144.03\"",
		gpu, node, gpu, (0x10 + gpu) & 0xff, gpu,
		fleet_model(node)->name, name);
}

#define COLUMNS(array) (array), sizeof(array) / sizeof((array)[0])

static const struct dialect dialects[FLEET_DIALECT__MAX] = {
    [FLEET_DIALECT_FIELD] = {"field", COLUMNS(nvidia_columns), NULL, 0,
			     write_field_labels, nvidia_process_columns},
    [FLEET_DIALECT_DOCUMENTED] = {"documented", COLUMNS(nvidia_columns), NULL,
				  0, write_documented_labels,
				  nvidia_process_columns},
    [FLEET_DIALECT_DCGM] = {"dcgm", COLUMNS(dcgm_columns),
			    COLUMNS(dcgm_demo_columns), write_dcgm_labels,
			    NULL},
};

bool
fleet_dialect_find(enum fleet_dialect *dialect, const char *name)
{
	for (unsigned i = 0; i < FLEET_DIALECT__MAX; i++) {
		if (strcmp(dialects[i].name, name) != 0)
			continue;
		*dialect = (enum fleet_dialect)i;
		return true;
	}
	return false;
}

bool
fleet_dialect_has_processes(enum fleet_dialect dialect)
{
	return dialects[dialect].process_columns != NULL;
}

bool
fleet_dialect_metric(enum fleet_metric *metric, enum fleet_dialect dialect,
		     const char *name)
{
	const struct dialect *spoken = &dialects[dialect];

	for (size_t i = 0; i < spoken->column_count; i++) {
		if (strcmp(spoken->columns[i].name, name) != 0)
			continue;
		*metric = spoken->columns[i].metric;
		return true;
	}
	return false;
}

/* The labels never change, so they are made once and copied at each scrape. */
static bool
prepare_labels(struct fleet_text *text)
{
	const struct fleet_plan *plan = &text->plan;
	size_t count = (size_t)plan->nodes * plan->gpus, row = 0, length;
	FILE *out;

	text->offsets = calloc(count + 1, sizeof(*text->offsets));
	if (text->offsets == NULL)
		return false;
	if ((out = open_memstream(&text->labels, &length)) == NULL)
		return false;
	for (unsigned node = 1; node <= plan->nodes; node++)
		for (unsigned gpu = 0; gpu < plan->gpus; gpu++) {
			dialects[plan->dialect].write_labels(out, node, gpu);
			text->offsets[++row] = (size_t)ftello(out);
		}
	return fclose(out) == 0;
}

struct fleet_text *
fleet_text_new(const struct fleet_plan *plan)
{
	struct fleet_text *text = calloc(1, sizeof(*text));

	if (text == NULL)
		return NULL;
	text->plan = *plan;
	if (!prepare_labels(text)) {
		fleet_text_free(text);
		return NULL;
	}
	return text;
}

void
fleet_text_free(struct fleet_text *text)
{
	if (text == NULL)
		return;
	free(text->labels);
	free(text->offsets);
	free(text);
}

static bool
is_hole(const struct fleet_plan *plan, enum fleet_metric metric, unsigned node)
{
	for (size_t i = 0; i < plan->hole_count; i++)
		if (plan->holes[i].metric == metric &&
		    plan->holes[i].node == node)
			return true;
	return false;
}

/* NAN while the card is lost. */
static double
value(const struct fleet_plan *plan, enum fleet_metric metric, unsigned node,
      unsigned gpu, double time_s)
{
	return plan->demo == NULL
		   ? fleet_value(metric, node, gpu, time_s)
		   : fleet_demo_value(plan->demo, metric, node, gpu, time_s);
}

/* A card's labels at that time, without the brace at their end. */
static void
write_open_labels(FILE *out, const struct fleet_text *text, unsigned node,
		  unsigned gpu, double time_s)
{
	const struct fleet_plan *plan = &text->plan;
	size_t row = (size_t)(node - 1) * plan->gpus + gpu;
	size_t start = text->offsets[row], end = text->offsets[row + 1];
	struct fleet_pod pod;

	fwrite_unlocked(text->labels + start, 1, end - start, out);
	if (plan->has_pods &&
	    fleet_demo_pod(&pod, plan->demo, node, gpu, time_s))
		fprintf(out, ",namespace=\"%s\",pod=\"%s\",container=\"%s\"",
			pod.namespace, pod.name, pod.container);
}

static void
write_sample(FILE *out, const struct fleet_text *text, const char *name,
	     unsigned node, unsigned gpu, double time_s, double shown)
{
	char number[FLEET_NUMBER_BYTES];
	size_t length = fleet_number(number, shown);

	number[length++] = '\n';
	fputs_unlocked(name, out);
	write_open_labels(out, text, node, gpu, time_s);
	fwrite_unlocked("} ", 1, 2, out);
	fwrite_unlocked(number, 1, length, out);
}

static void
write_column(FILE *out, const struct fleet_text *text,
	     const struct column *column, double time_s)
{
	const struct fleet_plan *plan = &text->plan;
	double is;

	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", column->name, column->help,
		column->name,
		column->metric == FLEET_ENERGY ? "counter" : "gauge");
	for (unsigned node = 1; node <= plan->nodes; node++) {
		if (is_hole(plan, column->metric, node))
			continue;
		for (unsigned gpu = 0; gpu < plan->gpus; gpu++) {
			is = value(plan, column->metric, node, gpu, time_s);
			if (!isnan(is))
				write_sample(out, text, column->name, node, gpu,
					     time_s, is / column->unit);
		}
	}
}

static void
write_process(FILE *out, const struct dialect *spoken,
	      const struct process_column *column, unsigned node, unsigned gpu,
	      const struct fleet_process *process)
{
	char number[FLEET_NUMBER_BYTES];
	double value;

	memcpy(&value, (const char *)process + column->offset, sizeof(value));
	fleet_number(number, value);
	fputs(column->name, out);
	spoken->write_labels(out, node, gpu);
	fprintf(out,
		",pid=\"%u\",process_name=\"%s\",user=\"%s\",command=\"%s\"} "
		"%s\n",
		process->pid, process->name, process->user, process->command,
		number);
}

static bool
find_process(struct fleet_process *process, const struct fleet_plan *plan,
	     unsigned node, unsigned gpu, unsigned number, double time_s)
{
	return fleet_process(process, node, gpu, number, plan->processes,
			     value(plan, FLEET_MEMORY_USED, node, gpu, time_s),
			     value(plan, FLEET_UTILIZATION, node, gpu, time_s));
}

static void
write_process_column(FILE *out, const struct fleet_plan *plan,
		     const struct process_column *column, double time_s)
{
	const struct dialect *spoken = &dialects[plan->dialect];
	struct fleet_process process;

	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", column->name,
		column->help, column->name);
	for (unsigned node = 1; node <= plan->nodes; node++)
		for (unsigned gpu = 0; gpu < plan->gpus; gpu++)
			for (unsigned i = 0; i < plan->processes; i++)
				if (find_process(&process, plan, node, gpu, i,
						 time_s))
					write_process(out, spoken, column, node,
						      gpu, &process);
}

static bool
is_power(enum fleet_metric metric)
{
	return metric == FLEET_POWER_DRAW || metric == FLEET_POWER_LIMIT;
}

/* The column number i of what this fleet shows; NULL behind the last one. */
static const struct column *
shown_column(const struct fleet_plan *plan, size_t i)
{
	const struct dialect *spoken = &dialects[plan->dialect];

	if (i < spoken->column_count)
		return &spoken->columns[i];
	i -= spoken->column_count;
	return plan->demo != NULL && i < spoken->demo_column_count
		   ? &spoken->demo_columns[i]
		   : NULL;
}

static bool
is_left_out(const struct fleet_plan *plan, const struct column *column)
{
	return plan->no_power && is_power(column->metric);
}

char *
fleet_text_write(const struct fleet_text *text, double time_s, size_t *length)
{
	const struct process_column *of_processes =
	    dialects[text->plan.dialect].process_columns;
	const struct column *column;
	char *written = NULL;
	FILE *out = open_memstream(&written, length);

	if (out == NULL)
		return NULL;
	for (size_t i = 0; (column = shown_column(&text->plan, i)) != NULL; i++)
		if (!is_left_out(&text->plan, column))
			write_column(out, text, column, time_s);
	for (; of_processes != NULL && of_processes->name != NULL;
	     of_processes++)
		if (text->plan.processes > 0)
			write_process_column(out, &text->plan, of_processes,
					     time_s);
	if (fclose(out) != 0) {
		free(written);
		return NULL;
	}
	return written;
}

static void
write_past_of_card(const struct fleet_text *text, const struct fleet_past *past,
		   const struct column *column, unsigned node, unsigned gpu,
		   FILE *out)
{
	char number[FLEET_NUMBER_BYTES];
	double is;

	for (unsigned time_s = past->from_s; time_s <= past->to_s;
	     time_s += past->step_s) {
		is = value(&text->plan, column->metric, node, gpu, time_s);
		if (isnan(is))
			continue;
		fleet_number(number, is / column->unit);
		fputs(column->name, out);
		write_open_labels(out, text, node, gpu, time_s);
		fprintf(out, ",job=\"%s\",instance=\"%s\"} %s %u\n", past->job,
			past->instance, number, time_s);
	}
}

static void
write_past_of_column(const struct fleet_text *text,
		     const struct fleet_past *past, const struct column *column,
		     FILE *out)
{
	const struct fleet_plan *plan = &text->plan;

	for (unsigned node = 1; node <= plan->nodes; node++)
		for (unsigned gpu = 0; gpu < plan->gpus; gpu++)
			if (!is_hole(plan, column->metric, node))
				write_past_of_card(text, past, column, node,
						   gpu, out);
}

/* What Prometheus itself notes of each scrape. */
static void
write_past_of_up(const struct fleet_past *past, FILE *out)
{
	for (unsigned time_s = past->from_s; time_s <= past->to_s;
	     time_s += past->step_s)
		fprintf(out, "up{job=\"%s\",instance=\"%s\"} 1 %u\n", past->job,
			past->instance, time_s);
}

bool
fleet_text_write_past(const struct fleet_text *text,
		      const struct fleet_past *past, FILE *out)
{
	const struct column *column;

	for (size_t i = 0; (column = shown_column(&text->plan, i)) != NULL; i++)
		if (!is_left_out(&text->plan, column))
			write_past_of_column(text, past, column, out);
	write_past_of_up(past, out);
	fputs("# EOF\n", out);
	return fflush(out) == 0 && !ferror(out);
}
