#include "support/webserver.h"

static const char *const files[] = {"gpu-monitoring-api.caddy",
				    "metrics.caddy",
				    "metrics-gpus.caddy",
				    "page.caddy",
				    "respond.caddy",
				    NULL};

static void
write_main(FILE *out, const struct webserver *w,
	   const struct webserver_plan *plan)
{
	fprintf(out,
		"{\n"
		"	admin unix/%s/admin.sock\n"
		"	auto_https off\n"
		"	storage file_system %s/storage\n"
		"}\n"
		"http://127.0.0.1:%u {\n"
		"	log {\n"
		"		output file %s\n"
		"	}\n"
		"	import gpu-monitoring-api/gpu-monitoring-api.caddy\n"
		"%s%s"
		"	handle {\n"
		"		respond 404\n"
		"	}\n"
		"}\n",
		w->directory, w->directory, w->port, w->access_log,
		plan->has_metrics
		    ? "	import gpu-monitoring-api/metrics.caddy\n"
		      "	import gpu-monitoring-api/metrics-gpus.caddy\n"
		    : "",
		plan->page != NULL ? "	import gpu-monitoring-api/page.caddy\n"
				   : "");
}

/* It keeps things at home. */
static void
run_at_home(const struct webserver *w, struct process_plan *plan,
	    char home[static HARNESS_PATH_BYTES + 8], const char **env)
{
	snprintf(home, HARNESS_PATH_BYTES + 8, "HOME=%s", w->directory);
	env[0] = home;
	env[1] = NULL;
	plan->env = env;
}

static struct process *
start(const struct webserver *w)
{
	char conf[HARNESS_PATH_BYTES], home[HARNESS_PATH_BYTES + 8];
	const char *env[2];
	const char *argv[] = {"caddy",	  "run", "--adapter", "caddyfile",
			      "--config", conf,	 NULL};
	struct process_plan plan = {.name = "caddy", .argv = argv};

	webserver_path(w, conf, w->kind->main_file);
	run_at_home(w, &plan, home, env);
	return process_start(&plan);
}

static void
reload(const struct webserver *w)
{
	char conf[HARNESS_PATH_BYTES], home[HARNESS_PATH_BYTES + 8];
	char address[HARNESS_PATH_BYTES + 24];
	const char *env[2];
	const char *argv[] = {"caddy",	   "reload",   "--adapter",
			      "caddyfile", "--config", conf,
			      "--address", address,    NULL};
	struct process_plan plan = {.name = "caddy-reload", .argv = argv};

	webserver_path(w, conf, w->kind->main_file);
	snprintf(address, sizeof(address), "unix/%s/admin.sock", w->directory);
	run_at_home(w, &plan, home, env);
	harness_require(process_run(&plan, NULL) == 0, "caddy reload fails");
}

const struct webserver_kind webserver_caddy = {.name = "Caddy",
					       .program = "caddy",
					       .files = files,
					       .main_file = "Caddyfile",
					       .file_of_headers =
						   "gpu-monitoring-api.caddy",
					       .write_main = write_main,
					       .start = start,
					       .reload = reload};
