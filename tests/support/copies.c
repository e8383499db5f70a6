#include "support/copies.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/file.h"
#include "support/harness.h"

/* What tells one node, or a card anywhere, from another one. */
static bool
is_identity(const char *label, size_t length)
{
	static const char *const names[] = {
	    "UUID",	      "uuid",	    "device_id", "gpu_uuid",
	    "device_uuid",    "deviceuuid", "vdie_id",	 "node",
	    "node_name",      "nodeid",	    "Hostname",	 "hostname",
	    "host",	      "instance",   "host_name", "acc_id",
	    "accelerator_id", NULL};

	for (size_t i = 0; names[i] != NULL; i++)
		if (strlen(names[i]) == length &&
		    strncmp(names[i], label, length) == 0)
			return true;
	return false;
}

/* Behind the quote that ends the label's value at text. */
static const char *
value_end(const char *text)
{
	while (*text != '"' && *text != '\0')
		text += *text == '\\' && text[1] != '\0' ? 2 : 1;
	return *text == '"' ? text + 1 : text;
}

/* The labels up to their brace; returns what is behind it. */
static const char *
write_labels(FILE *out, const char *at, const char *file, unsigned node)
{
	bool has_instance = false;

	while (*at != '}' && *at != '\0') {
		size_t name = strcspn(at, "=");
		const char *end = value_end(at + name + 2);

		fwrite(at, 1, (size_t)(end - at) - 1, out);
		/* Those that were masked are alike in all files. */
		if (node > 0 &&
		    strncmp(at + name, "=\"00000000-0000-", 16) == 0)
			fprintf(out, "-%s", file);
		if (node > 0 && is_identity(at, name))
			fprintf(out, "-%u", node);
		fputc('"', out);
		has_instance |= strncmp(at, "instance=", 9) == 0;
		at = end;
		while (*at == ',' || *at == ' ')
			fputc(*at++, out);
	}
	if (node > 0 && !has_instance)
		fprintf(out, ",instance=\"%s-%u.example.org:9100\"", file,
			node);
	return *at == '}' ? at + 1 : at;
}

static bool
is_index(const char *line)
{
	size_t length = strcspn(line, "{");

	return length > 6 && strncmp(line + length - 6, "_index", 6) == 0;
}

/* One copy is not to be the greater one in everything. */
static double
factor_of(const struct copies_plan *plan, const char *line)
{
	static const char *const words[] = {"temp",  "TEMP",  "power", "POWER",
					    "watts", "clock", "CLOCK", NULL};
	const char *brace = strchr(line, '{');

	if (is_index(line))
		return 1;
	for (size_t i = 0; words[i] != NULL; i++) {
		const char *at = strstr(line, words[i]);

		if (at != NULL && at < brace)
			return plan->warmth;
	}
	return plan->factor;
}

/* Lines without labels are of the exporter itself. */
static void
write_line(FILE *out, const char *line, const struct copies_plan *plan,
	   const char *file, unsigned node)
{
	size_t name = strcspn(line, "{");
	double value;

	if (line[0] == '#' || line[name] == '\0')
		return;
	fwrite(line, 1, name + 1, out);
	value = strtod(write_labels(out, line + name + 1, file, node), NULL);
	fputs("} ", out);
	if (isnan(value))
		fputs("NaN", out);
	else
		fprintf(out, "%.17g", value * factor_of(plan, line));
	if (plan->age_s > 0)
		fprintf(out, " %lld000", (long long)time(NULL) - plan->age_s);
	fputc('\n', out);
}

static void
write_all(FILE *out, const char *text, const struct copies_plan *plan,
	  const char *file, unsigned node)
{
	char *copy = strdup(text), *rest = copy, *line;

	harness_require(copy != NULL, "out of memory");
	while ((line = strsep(&rest, "\n")) != NULL)
		write_line(out, line, plan, file, node);
	free(copy);
}

static char *
read_exposition(const char *directory, const char *file)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.prom", directory, file);
	return file_read(path);
}

void
copies_write(const struct copies_plan *plan, const char *file)
{
	char *from = read_exposition(plan->from, file), *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	char path[512];

	harness_require(out != NULL && from[0] != '\0', "no %s.prom in %s",
			file, plan->from);
	if (plan->nodes == 0)
		write_all(out, from, plan, file, 0);
	for (unsigned node = 1; node <= plan->nodes; node++)
		write_all(out, from, plan, file, node);
	fclose(out);
	snprintf(path, sizeof(path), "%s/%s%s.prom", plan->to,
		 plan->prefix != NULL ? plan->prefix : "", file);
	file_write(path, text);
	free(text);
	free(from);
}
