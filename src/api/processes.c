#include <string.h>

#include "api/endpoint.h"
#include "api/row.h"

/* White space, and what could pass for it. */
static bool
ends_word(char c)
{
	return (unsigned char)c <= ' ';
}

/* The program's name: the first word, without the directories before it. */
static void
write_program(struct json *j, const char *command)
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
	json_text_of(j, start, (size_t)(end - start));
}

static void
write_command(struct json *j, const struct fleet *fleet, uint32_t number,
	      enum endpoint_command how)
{
	const struct intern_string *text = fleet_text(fleet, number);

	json_key(j, "command");
	if (text == NULL || how == ENDPOINT_COMMAND_NONE)
		json_null(j);
	else if (how == ENDPOINT_COMMAND_FULL)
		json_text_of(j, text->text, text->length);
	else
		write_program(j, text->text);
}

/* Some exporters give a command line as the name: its arguments are cut. */
static void
write_name(struct json *j, const struct fleet *fleet, uint32_t number,
	   enum endpoint_command how)
{
	const struct intern_string *text = fleet_text(fleet, number);
	const char *arguments;

	json_key(j, "process_name");
	if (text == NULL) {
		json_null(j);
		return;
	}
	arguments = memmem(text->text, text->length, " -", 2);
	if (arguments == NULL || how == ENDPOINT_COMMAND_FULL)
		arguments = text->text + text->length;
	json_text_of(j, text->text, (size_t)(arguments - text->text));
}

static void
write_row(struct json *j, const struct process_table *table,
	  const struct process *p, enum endpoint_command how)
{
	const struct fleet *fleet = &table->fleet;

	json_open_object(j);
	row_identity(j, fleet, p->gpu);
	row_number(j, "pid", p->pid);
	write_name(j, fleet, p->name, how);
	row_text(j, "user", fleet, p->user);
	write_command(j, fleet, p->command, how);
	for (int i = 0; i < PROCESS_FIELD__MAX; i++)
		row_value(j, process_field_table[i].name,
			  process_field_table[i].unit, p->readings[i].value);
	row_timestamp(j, p->timestamp_s);
	row_text(j, "uuid", fleet, fleet_told_uuid(fleet, p->gpu));
	row_number(j, "mig_instance_id", p->mig_instance);
	row_cluster(j, fleet, p->gpu);
	row_measured(j, p->gpu->measured_s);
	json_close_object(j);
}

static enum err_code
write_data(struct endpoint_call *call, const struct fleet *fleet,
	   struct json *j, struct err *e)
{
	struct process_table table;
	enum err_code code =
	    collect_processes(call->collector, &call->collect, &table, e);

	(void)fleet;
	if (code == ERR_OK) {
		json_open_array(j);
		for (size_t i = 0; i < table.count; i++)
			write_row(j, &table, table.sorted[i], call->command);
		json_close_array(j);
	}
	process_fini(&table);
	return code;
}

const struct endpoint endpoint_processes = {
    .path = "/api/v1/gpu/processes",
    .message = "GPU processes retrieved successfully",
    .failure = "Failed to retrieve GPU processes",
    .is_shared = true,
    .is_cacheable = true,
    .deadline = ENDPOINT_DEADLINE_REQUEST,
    .write_data = write_data,
};
