#include "conformance/table.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance.h"
#include "conformance/probe.h"
#include "support/readme.h"

enum { SERVERS = 4 };

static const struct webserver_kind *const kinds[SERVERS] = {
    &webserver_nginx, &webserver_apache, &webserver_lighttpd, &webserver_caddy};

static void
write_tests(FILE *out, const struct conformance_test *test)
{
	for (; test->name != NULL; test++) {
		if (test->label == NULL)
			continue;
		fprintf(out, "| %s |", test->label);
		for (int i = 0; i < SERVERS; i++)
			fputs(" yes |", out);
		putc('\n', out);
	}
}

/* What it does instead, each once. */
static void
write_cell(FILE *out, enum probe_row row, const char *server)
{
	const char *shown[8];
	size_t count = 0;

	for (const struct probe *p = probes; p->name != NULL; p++) {
		const struct probe_deviation *d =
		    probe_deviation_of(server, p->name);
		size_t i = 0;

		if (p->row != row || d == NULL)
			continue;
		while (i < count && strcmp(shown[i], d->shown) != 0)
			i++;
		if (i < count)
			continue;
		fprintf(out, "%s %s", count > 0 ? ";" : "", d->shown);
		shown[count++] = d->shown;
	}
	fputs(count > 0 ? " |" : " yes |", out);
}

static void
write_probes(FILE *out)
{
	for (int row = 0; row < PROBE_ROW__MAX; row++) {
		fprintf(out, "| %s |", probe_row_label((enum probe_row)row));
		for (int i = 0; i < SERVERS; i++)
			write_cell(out, (enum probe_row)row, kinds[i]->name);
		putc('\n', out);
	}
}

static char *
write_table(void)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	harness_require(out != NULL, "out of memory");
	fputs("\n| |", out);
	for (int i = 0; i < SERVERS; i++)
		fprintf(out, " %s |", kinds[i]->name);
	fputs("\n|---|---|---|---|---|\n", out);
	write_tests(out, conformance_answers);
	write_tests(out, conformance_load);
	write_probes(out);
	fclose(out);
	return text;
}

void
table_is_true(void)
{
	char *readme = readme_read("conf/README.md"), *expected = write_table(),
	     *got;
	size_t length;
	const char *part = readme_part(readme, "<!-- web servers -->",
				       "<!-- /web servers -->", &length);

	got = strndup(part, length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	CU_ASSERT_TRUE(strcmp(got, expected) == 0);
	if (strcmp(got, expected) != 0)
		printf("# it should be:%s", expected);
	free(got);
	free(expected);
	free(readme);
}
