#include <signal.h>

#include "support/webserver.h"

static const char *const files[] = {
    "gpu-monitoring-api.conf", "page.conf",	  "errors/400.html",
    "errors/401.html",	       "errors/403.html", "errors/404.html",
    "errors/413.html",	       "errors/500.html", "errors/502.html",
    "errors/503.html",	       "errors/504.html", NULL};

static void
write_main(FILE *out, const struct webserver *w,
	   const struct webserver_plan *plan)
{
	fprintf(out,
		"server.modules = ( \"mod_indexfile\", \"mod_access\", "
		"\"mod_alias\", \"mod_redirect\", \"mod_accesslog\" )\n"
		"server.document-root = \"%s/none\"\n"
		"server.upload-dirs = ( \"%s\" )\n"
		"server.bind = \"127.0.0.1\"\nserver.port = %u\n"
		"server.tag = \"lighttpd\"\n"
		"accesslog.filename = \"%s\"\n"
		"accesslog.format = \"%%{X-Request-Id}o %%>s %%m %%U\"\n"
		"include \"gpu-monitoring-api/gpu-monitoring-api.conf\"\n%s",
		w->directory, w->directory, w->port, w->access_log,
		plan->page != NULL
		    ? "include \"gpu-monitoring-api/page.conf\"\n"
		    : "");
}

static struct process *
start(const struct webserver *w)
{
	char conf[HARNESS_PATH_BYTES];
	const char *argv[] = {"lighttpd", "-D", "-f", conf, NULL};

	webserver_path(w, conf, w->kind->main_file);
	return process_start(
	    &(struct process_plan){.name = "lighttpd", .argv = argv});
}

static void
reload(const struct webserver *w)
{
	process_signal(w->process, SIGUSR1);
}

const struct webserver_kind webserver_lighttpd = {.name = "lighttpd",
						  .program = "lighttpd",
						  .files = files,
						  .main_file = "lighttpd.conf",
						  .file_of_headers =
						      "gpu-monitoring-api.conf",
						  .installed = "/etc/lighttpd",
						  .write_main = write_main,
						  .start = start,
						  .reload = reload};
