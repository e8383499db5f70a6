#include "support/backfill.h"

#include <time.h>

#include "support/file.h"
#include "support/harness.h"
#include "support/port.h"

enum { WAIT_STEP_MS = 50, WAIT_STEPS = 60000 / WAIT_STEP_MS };

static void
fill(const struct backfill *b, char data[static HARNESS_PATH_BYTES])
{
	char text[HARNESS_PATH_BYTES], name[64];
	/* Each block is read from the whole text. */
	const char *const argv[] = {"promtool",
				    "tsdb",
				    "create-blocks-from",
				    "--max-block-duration=500h",
				    "openmetrics",
				    text,
				    data,
				    NULL};
	struct process *filler;
	FILE *file;

	snprintf(name, sizeof(name), "%s.om", b->name);
	harness_path(text, name);
	snprintf(name, sizeof(name), "%s-data", b->name);
	harness_path(data, name);
	file = fopen(text, "w");
	harness_require(file != NULL, "cannot write %s", text);
	b->write(file, b->context);
	fputs("# EOF\n", file);
	fclose(file);
	harness_require(process_run(&(struct process_plan){.name = "promtool",
							   .argv = argv},
				    &filler) == 0,
			"promtool failed");
}

void
backfill_start_prometheus(struct source *out, const struct backfill *b)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	unsigned steps = 0;
	char data[HARNESS_PATH_BYTES], config[HARNESS_PATH_BYTES];
	char config_option[160], data_option[160], listen_option[64];
	const char *const argv[] = {"prometheus",
				    config_option,
				    data_option,
				    listen_option,
				    "--storage.tsdb.retention.time=400d",
				    "--log.level=warn",
				    NULL};

	fill(b, data);
	harness_path(config, "backfill.yml");
	file_write(config, "global: {scrape_interval: 1m}\n");
	out->port = port_free();
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
	snprintf(config_option, sizeof(config_option), "--config.file=%s",
		 config);
	snprintf(data_option, sizeof(data_option), "--storage.tsdb.path=%s",
		 data);
	snprintf(listen_option, sizeof(listen_option),
		 "--web.listen-address=127.0.0.1:%u", out->port);
	out->process = process_start(
	    &(struct process_plan){.name = b->name, .argv = argv});
	while (source_ask(out, b->there) == 0) {
		harness_require(steps++ < WAIT_STEPS, "%s does not answer %s",
				b->name, b->there);
		nanosleep(&pause, NULL);
	}
}
