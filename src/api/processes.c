#include <string.h>

#include "api/endpoint.h"
#include "api/gpu_columns.h"
#include "api/gpu_rows.h"

/* White space, and what could pass for it. */
static bool
ends_word(char c)
{
	return (unsigned char)c <= ' ';
}

/* The program's name: the first word, without the directories before it. */
static struct cell
program_of(const char *command)
{
	const char *start = command, *end, *slash;

	while (*start != '\0' && ends_word(*start))
		start++;
	end = start;
	while (!ends_word(*end))
		end++;
	slash = memrchr(start, '/', (size_t)(end - start));
	if (slash != NULL && slash + 1 < end)
		start = slash + 1;
	return cell_text_of(start, (size_t)(end - start));
}

static struct cell
get_command(const struct rows *rows, const void *row, const struct column *c)
{
	const struct process *p = row;
	const struct intern_string *text = fleet_text(rows->fleet, p->command);

	(void)c;
	if (text == NULL || rows->command == ENDPOINT_COMMAND_NONE)
		return cell_null();
	return rows->command == ENDPOINT_COMMAND_FULL
		   ? cell_text_of(text->text, text->length)
		   : program_of(text->text);
}

/* Some exporters give a command line as the name: its arguments are cut. */
static struct cell
get_name(const struct rows *rows, const void *row, const struct column *c)
{
	const struct process *p = row;
	const struct intern_string *text = fleet_text(rows->fleet, p->name);
	const char *arguments;

	(void)c;
	if (text == NULL)
		return cell_null();
	arguments = memmem(text->text, text->length, " -", 2);
	if (arguments == NULL || rows->command == ENDPOINT_COMMAND_FULL)
		arguments = text->text + text->length;
	return cell_text_of(text->text, (size_t)(arguments - text->text));
}

static struct cell
get_pid(const struct rows *rows, const void *row, const struct column *c)
{
	const struct process *p = row;

	(void)rows, (void)c;
	return cell_number(p->pid);
}

static struct cell
get_user(const struct rows *rows, const void *row, const struct column *c)
{
	const struct process *p = row;

	(void)c;
	return cell_fleet_text(rows->fleet, p->user);
}

static struct cell
get_reading(const struct rows *rows, const void *row, const struct column *c)
{
	const struct process *p = row;

	(void)rows;
	return cell_value(c->unit, p->readings[c->of].value);
}

/* The process', where its exporter tells: the row's GPU is the card. */
static struct cell
get_instance(const struct rows *rows, const void *row, const struct column *c)
{
	const struct process *p = row;

	(void)rows, (void)c;
	return cell_number(p->mig_instance);
}

static const struct column own_columns[] = {
    {.name = "pid",
     .type = COLUMN_INTEGER,
     .sentence = "The process' id on its node.",
     .get = get_pid},
    {.name = "process_name",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "Its name, as the exporter tells it.",
     .get = get_name},
    {.name = "user",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "Whose process it is.",
     .get = get_user},
    {.name = "command",
     .type = COLUMN_TEXT,
     .is_nullable = true,
     .sentence = "The program's name, or its command line, as PROCESS_COMMAND "
		 "says.",
     .get = get_command},
};

static void
add_readings(struct column_list *list)
{
	for (int i = 0; i < PROCESS_FIELD__MAX; i++) {
		const struct process_field_info *info = &process_field_table[i];
		struct column column = {.type = COLUMN_DECIMAL,
					.unit = info->unit,
					.is_nullable = true,
					.of = i,
					.sentence = info->sentence,
					.get = get_reading};

		column_name(&column, info->name, "");
		column_add(list, &column);
	}
}

static void
describe(struct column_list *list)
{
	struct column timestamp = gpu_column_own_time(
	    &gpu_column_timestamp, offsetof(struct process, timestamp_s));
	struct column instance = gpu_column_mig_instance_id;

	instance.get = get_instance;
	column_add(list, &gpu_column_node_name);
	column_add(list, &gpu_column_gpu_index);
	for (size_t i = 0; i < sizeof(own_columns) / sizeof(*own_columns); i++)
		column_add(list, &own_columns[i]);
	add_readings(list);
	column_add(list, &timestamp);
	column_add(list, &gpu_column_uuid);
	column_add(list, &instance);
	column_add(list, &gpu_column_cluster);
	column_add(list, &gpu_column_measured_at);
}

static const struct fleet_gpu *
gpu_of(const void *row)
{
	const struct process *p = row;

	return p->gpu;
}

static enum err_code
list_rows(struct endpoint_call *call, const struct snapshot *snapshot,
	  struct rows *out, struct err *e)
{
	const struct process_table *table = &snapshot->processes;

	out->fleet = &table->fleet;
	out->gpu_of = gpu_of;
	return gpu_rows_take(out, table->sorted, table->count,
			     call->collect.arena, e);
}

const struct endpoint endpoint_processes = {
    .path = "/api/v1/gpu/processes",
    .operation = "getGpuProcesses",
    .sentence = "A row for each process on each GPU.",
    .message = "GPU processes retrieved successfully",
    .failure = "Failed to retrieve GPU processes",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .need = {.processes = true},
    .describe = describe,
    .list_rows = list_rows,
};
