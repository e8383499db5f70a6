#include "support/nginx.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/page.h"

#define CACHE_OFF "set $gpu_api_cache off;\n"

static const char *const files[] = {"access.conf",
				    "auth-basic.conf",
				    "auth-certificate.conf",
				    "auth-certificate-http.conf",
				    "auth-certificate-server.conf",
				    "auth-request.conf",
				    "auth-request-server.conf",
				    "auth-tokens.conf",
				    "auth-tokens-http.conf",
				    "cached.conf",
				    "error.conf",
				    "errors.conf",
				    "example-server.conf",
				    "guard.conf",
				    "headers.conf",
				    "http.conf",
				    "index.conf",
				    "locations.conf",
				    "metrics-allow.conf",
				    "metrics.conf",
				    "metrics-gpus.conf",
				    "page-headers.conf",
				    "params.conf",
				    "respond.conf",
				    "uncached.conf",
				    NULL};

static void
copy_files(const struct webserver *w, const struct nginx_plan *plan)
{
	static const char locations[] =
	    "include gpu-monitoring-api/locations.conf;\n";
	char server[HARNESS_PATH_BYTES + 16], cache[HARNESS_PATH_BYTES];
	char uncached[128], page[HARNESS_PATH_BYTES];
	const struct webserver_change
	    placed_socket = {.file = "upstream.conf",
			     .from = "unix:/run/gpu-monitoring-api/"
				     "gpu-monitoring-api.sock",
			     .to = server},
	    placed_page = {.file = "page.conf",
			   .from = PAGE_INSTALLED,
			   .to = page},
	    placed_cache = {.file = "cache.conf",
			    .from = "/var/lib/nginx/gpu-monitoring-api",
			    .to = cache},
	    cache_off = {.file = "example-server.conf",
			 .from = locations,
			 .to = uncached};

	snprintf(server, sizeof(server), "unix:%s", plan->socket);
	webserver_path(w, cache, "cache");
	snprintf(page, sizeof(page), "%s",
		 plan->page != NULL ? plan->page : PAGE_INSTALLED);
	snprintf(uncached, sizeof(uncached), "%s" CACHE_OFF, locations);
	for (size_t i = 0; files[i] != NULL; i++)
		webserver_copy(w, files[i], plan->changes, plan->change_count,
			       !plan->caches &&
				       strcmp(files[i], cache_off.file) == 0
				   ? &cache_off
				   : NULL);
	webserver_copy(w, placed_socket.file, plan->changes, plan->change_count,
		       plan->socket != NULL ? &placed_socket : NULL);
	webserver_copy(w, placed_page.file, plan->changes, plan->change_count,
		       &placed_page);
	webserver_copy(w, placed_cache.file, plan->changes, plan->change_count,
		       &placed_cache);
}

static void
write_server(FILE *out, const struct webserver *w,
	     const struct nginx_plan *plan)
{
	fputs("include gpu-monitoring-api/http.conf;\n"
	      "include gpu-monitoring-api/cache.conf;\n"
	      "include gpu-monitoring-api/upstream.conf;\n",
	      out);
	if (plan->http != NULL)
		fputs(plan->http, out);
	if (plan->uses_example) {
		fputs("include gpu-monitoring-api/example-server.conf;\n", out);
		return;
	}
	fprintf(
	    out,
	    "server {\n"
	    "listen 127.0.0.1:%u;\n"
	    "include gpu-monitoring-api/locations.conf;\n"
	    "%s%s%s%s%s"
	    "}\n",
	    w->port, plan->caches ? "" : CACHE_OFF,
	    plan->has_metrics
		? "include gpu-monitoring-api/metrics.conf;\n"
		  "include gpu-monitoring-api/metrics-gpus.conf;\n"
		: "",
	    plan->page != NULL ? "include gpu-monitoring-api/page.conf;\n" : "",
	    plan->has_index ? "include gpu-monitoring-api/index.conf;\n" : "",
	    plan->server != NULL ? plan->server : "");
}

static void
write_main(FILE *out, const struct webserver *w, const struct nginx_plan *plan)
{
	static const char *const kinds[] = {"client_body", "fastcgi", "proxy",
					    "scgi", "uwsgi"};

	fprintf(out,
		"%sdaemon off;\nworker_processes 1;\npid %s/pid;\n"
		"error_log stderr;\nevents { worker_connections 1000; }\n"
		"http {\nlog_format short '$request_id $status "
		"$request_method $uri';\naccess_log %s short;\n"
		"server_tokens off;\n",
		geteuid() == 0 ? "user root;\n" : "", w->directory,
		w->access_log);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		fprintf(out, "%s_temp_path %s/%s;\n", kinds[i], w->directory,
			kinds[i]);
	write_server(out, w, plan);
	fputs("}\n", out);
}

static struct process *
start(const struct webserver *w)
{
	char conf[HARNESS_PATH_BYTES];
	const char *argv[] = {"nginx",	    "-e", "stderr", "-p",
			      w->directory, "-c", conf,	    NULL};

	webserver_path(w, conf, w->kind->main_file);
	return process_start(
	    &(struct process_plan){.name = "nginx", .argv = argv});
}

static void
reload(const struct webserver *w)
{
	process_signal(w->process, SIGHUP);
}

static void
start_planned(struct webserver *w, const struct nginx_plan *plan)
{
	FILE *main_file;

	webserver_place(w, &webserver_nginx);
	copy_files(w, plan);
	main_file = webserver_open_main(w);
	write_main(main_file, w, plan);
	webserver_run(w, main_file);
}

static void
start_as_web_server(struct webserver *out, const struct webserver_plan *plan)
{
	start_planned(out,
		      &(struct nginx_plan){.socket = plan->socket,
					   .changes = plan->changes,
					   .change_count = plan->change_count,
					   .has_metrics = plan->has_metrics,
					   .page = plan->page});
}

const struct webserver_kind webserver_nginx = {
    .name = "nginx",
    .program = "nginx",
    .main_file = "nginx.conf",
    .file_of_headers = "headers.conf",
    .start_planned = start_as_web_server,
    .start = start,
    .reload = reload};

void
nginx_start(struct nginx *out, const struct nginx_plan *plan)
{
	struct webserver w = {.port = out->port};

	start_planned(&w, plan);
	out->process = w.process;
	out->port = w.port;
	memcpy(out->url, w.url, sizeof(out->url));
	memcpy(out->access_log, w.access_log, sizeof(out->access_log));
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
