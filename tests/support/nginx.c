#include "support/nginx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/file.h"
#include "support/http.h"
#include "support/port.h"

#define LOCATIONS "include gpu-monitoring-api/locations.conf;\n"
#define CACHE_OFF "set $gpu_api_cache off;\n"

enum { READY_STEP_MS = 20, READY_STEPS = PROCESS_LIMIT_MS / READY_STEP_MS };

static const char *const files[] = {
    "cached.conf",    "error.conf",   "example-server.conf",
    "guard.conf",     "headers.conf", "http.conf",
    "locations.conf", "metrics.conf", "metrics-allow.conf",
    "params.conf",    "respond.conf", "uncached.conf"};

enum { FILE_COUNT = sizeof(files) / sizeof(*files) };

/* Replaces every occurrence in *text, and counts them. */
static unsigned
replace(char **text, const char *from, const char *to)
{
	const char *at = *text, *found;
	unsigned count = 0;
	char *made = NULL;
	size_t length;
	FILE *out = open_memstream(&made, &length);

	harness_require(out != NULL, "out of memory");
	while ((found = strstr(at, from)) != NULL) {
		fwrite(at, 1, (size_t)(found - at), out);
		fputs(to, out);
		at = found + strlen(from);
		count++;
	}
	fputs(at, out);
	fclose(out);
	free(*text);
	*text = made;
	return count;
}

static void
copy_file(const char *directory, const char *file,
	  const struct nginx_plan *plan)
{
	char source[64], path[HARNESS_PATH_BYTES + 64];
	char *text;

	snprintf(source, sizeof(source), "conf/nginx/%s", file);
	text = file_read(harness_source(source));
	harness_require(*text != '\0', "there is no %s", source);
	for (size_t i = 0; i < plan->change_count; i++) {
		const struct nginx_change *c = &plan->changes[i];

		if (strcmp(c->file, file) != 0)
			continue;
		harness_require(replace(&text, c->from, c->to) > 0,
				"%s has no \"%s\"", file, c->from);
	}
	if (!plan->caches && strcmp(file, "example-server.conf") == 0)
		replace(&text, LOCATIONS, LOCATIONS CACHE_OFF);
	snprintf(path, sizeof(path), "%s/gpu-monitoring-api/%s", directory,
		 file);
	file_write(path, text);
	free(text);
}

/* One that names a place of the installed system; the test has its own. */
static void
copy_placed(const char *directory, const char *file, const char *installed,
	    const char *own)
{
	char source[64], path[HARNESS_PATH_BYTES + 64];
	char *text;

	snprintf(source, sizeof(source), "conf/nginx/%s", file);
	text = file_read(harness_source(source));
	harness_require(replace(&text, installed, own) == 1, "%s has no \"%s\"",
			file, installed);
	snprintf(path, sizeof(path), "%s/gpu-monitoring-api/%s", directory,
		 file);
	file_write(path, text);
	free(text);
}

static void
copy_files(const char *directory, const struct nginx_plan *plan)
{
	char path[HARNESS_PATH_BYTES + 64];
	char server[HARNESS_PATH_BYTES + 16], cache[HARNESS_PATH_BYTES + 16];

	snprintf(path, sizeof(path), "%s/gpu-monitoring-api", directory);
	harness_require(mkdir(directory, 0700) == 0 && mkdir(path, 0700) == 0,
			"cannot make %s", path);
	for (size_t i = 0; i < FILE_COUNT; i++)
		copy_file(directory, files[i], plan);
	if (plan->socket != NULL) {
		snprintf(server, sizeof(server), "unix:%s", plan->socket);
		copy_placed(
		    directory, "upstream.conf",
		    "unix:/run/gpu-monitoring-api/gpu-monitoring-api.sock",
		    server);
	} else {
		copy_file(directory, "upstream.conf", plan);
	}
	snprintf(cache, sizeof(cache), "%s/cache", directory);
	copy_placed(directory, "cache.conf",
		    "/var/lib/nginx/gpu-monitoring-api", cache);
}

static void
write_server(FILE *out, const struct nginx *n, const struct nginx_plan *plan)
{
	fputs("include gpu-monitoring-api/http.conf;\n"
	      "include gpu-monitoring-api/cache.conf;\n"
	      "include gpu-monitoring-api/upstream.conf;\n",
	      out);
	if (plan->uses_example) {
		fputs("include gpu-monitoring-api/example-server.conf;\n", out);
		return;
	}
	fprintf(out,
		"server {\n"
		"listen 127.0.0.1:%u;\n"
		"include gpu-monitoring-api/locations.conf;\n"
		"include gpu-monitoring-api/metrics.conf;\n"
		"%s"
		"}\n",
		n->port, plan->caches ? "" : CACHE_OFF);
}

static void
write_main(const struct nginx *n, const char *directory,
	   const struct nginx_plan *plan)
{
	static const char *const kinds[] = {"client_body", "fastcgi", "proxy",
					    "scgi", "uwsgi"};
	char path[HARNESS_PATH_BYTES + 64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/nginx.conf", directory);
	out = fopen(path, "w");
	harness_require(out != NULL, "cannot write %s", path);
	fprintf(out,
		"%sdaemon off;\nworker_processes 1;\npid %s/pid;\n"
		"error_log stderr;\nevents { worker_connections 1000; }\n"
		"http {\nlog_format short '$request_id $status "
		"$request_method $uri';\naccess_log %s short;\n"
		"server_tokens off;\n",
		geteuid() == 0 ? "user root;\n" : "", directory, n->access_log);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		fprintf(out, "%s_temp_path %s/%s;\n", kinds[i], directory,
			kinds[i]);
	write_server(out, n, plan);
	fputs("}\n", out);
	harness_require(fclose(out) == 0, "cannot write %s", path);
}

static void
wait_until_ready(const struct nginx *n)
{
	const struct timespec pause = {.tv_nsec = READY_STEP_MS * 1000000L};
	struct http_reply r;
	int steps = 0;

	long status = 0;

	do {
		harness_require(steps++ < READY_STEPS, "nginx does not start");
		nanosleep(&pause, NULL);
		http_get(&r, nginx_url(n, "/"));
		status = r.status;
		http_free(&r);
	} while (status == 0);
}

void
nginx_start(struct nginx *out, const struct nginx_plan *plan)
{
	char directory[HARNESS_PATH_BYTES], name[32];
	char conf[HARNESS_PATH_BYTES + 16];
	static unsigned number;
	const char *argv[] = {"nginx",	 "-e", "stderr", "-p",
			      directory, "-c", conf,	 NULL};

	if (out->port == 0)
		out->port = port_free();
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
	snprintf(name, sizeof(name), "nginx%u", number);
	harness_path(directory, name);
	snprintf(name, sizeof(name), "access%u.log", number++);
	harness_path(out->access_log, name);
	copy_files(directory, plan);
	write_main(out, directory, plan);
	snprintf(conf, sizeof(conf), "%s/nginx.conf", directory);
	out->process = process_start(
	    &(struct process_plan){.name = "nginx", .argv = argv});
	wait_until_ready(out);
}

void
nginx_start_plain(struct nginx *out, const char *socket)
{
	nginx_start(out, &(struct nginx_plan){.socket = socket});
}

const char *
nginx_url(const struct nginx *n, const char *path)
{
	static char url[512];

	snprintf(url, sizeof(url), "%s%s", n->url, path);
	return url;
}
