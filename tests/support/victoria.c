#include "support/victoria.h"

#include <stdio.h>

#include "base/clock.h"
#include "support/harness.h"
#include "support/http.h"
#include "support/port.h"

void
victoria_start(struct source *out)
{
	static unsigned count;
	char data[HARNESS_PATH_BYTES], data_option[160], listen_option[64];
	char name[24];
	const char *argv[] = {"victoria-metrics", data_option, listen_option,
			      "-loggerLevel=WARN", NULL};

	snprintf(name, sizeof(name), "victoria-bare-%u", ++count);
	harness_path(data, name);
	out->port = port_free();
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
	snprintf(data_option, sizeof(data_option), "-storageDataPath=%s", data);
	snprintf(listen_option, sizeof(listen_option),
		 "-httpListenAddr=127.0.0.1:%u", out->port);
	out->process =
	    process_start(&(struct process_plan){.name = name, .argv = argv});
	while (source_ask(out, "vector(7)") != 7)
		;
}

static void
post(const struct source *v, const char *path, const char *body)
{
	struct http_reply r;
	char url[128];

	snprintf(url, sizeof(url), "%s%s", v->url, path);
	http_do(&r, &(struct http_call){
			.url = url, .method = "POST", .body = body});
	harness_require(r.status / 100 == 2, "%s: %ld", url, r.status);
	http_free(&r);
}

void
victoria_write(const struct source *v, const char *text)
{
	post(v, "/api/v1/import/prometheus", text);
	post(v, "/internal/force_flush", "");
}

int64_t
victoria_ago_ms(unsigned seconds)
{
	return (int64_t)(clock_wall_s() * 1000) - (int64_t)seconds * 1000;
}
