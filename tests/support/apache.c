#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/webserver.h"

static const char *const files[] = {"gpu-monitoring-api.conf",
				    "metrics.conf",
				    "metrics-gpus.conf",
				    "page.conf",
				    "respond.conf",
				    NULL};

/* What a2enmod enables, and Debian from the start. */
static const char *const modules[] = {
    "mpm_event", "alias",      "dir",	  "authz_core", "authz_host",
    "proxy",	 "proxy_fcgi", "rewrite", "setenvif",	"headers",
    "unique_id", "buffer",     "filter",  "deflate"};

/*
 * Apache takes no superuser as the one to serve as; another one has to get to
 * the socket.
 */
static void
write_user(FILE *out, const struct webserver *w)
{
	char above[HARNESS_PATH_BYTES];

	if (geteuid() != 0)
		return;
	fputs("User www-data\nGroup www-data\n", out);
	strcpy(above, w->directory);
	*strrchr(above, '/') = '\0';
	harness_require(chmod(above, 0711) == 0, "chmod %s", above);
}

static void
write_main(FILE *out, const struct webserver *w,
	   const struct webserver_plan *plan)
{
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
		fprintf(out,
			"LoadModule %s_module "
			"/usr/lib/apache2/modules/mod_%s.so\n",
			modules[i], modules[i]);
	write_user(out, w);
	fprintf(
	    out,
	    "ServerRoot %s\nServerName localhost\nListen 127.0.0.1:%u\n"
	    "PidFile pid\nDefaultRuntimeDir .\nMutex file:%s default\n"
	    "ServerTokens Prod\nTraceEnable Off\nErrorLog /dev/stderr\n"
	    "StartServers 1\nServerLimit 8\nThreadsPerChild 64\n"
	    "MaxRequestWorkers 512\nMinSpareThreads 64\n"
	    "LogFormat \"%%{UNIQUE_ID}e %%>s %%m %%U\" short\n"
	    "CustomLog %s short\n"
	    "<VirtualHost *:%u>\n"
	    "Include gpu-monitoring-api/gpu-monitoring-api.conf\n"
	    "%s%s"
	    "</VirtualHost>\n",
	    w->directory, w->port, w->directory, w->access_log, w->port,
	    plan->has_metrics ? "Include gpu-monitoring-api/metrics.conf\n"
				"Include gpu-monitoring-api/metrics-gpus.conf\n"
			      : "",
	    plan->page != NULL ? "Include gpu-monitoring-api/page.conf\n" : "");
}

static struct process *
start(const struct webserver *w)
{
	char conf[HARNESS_PATH_BYTES];
	const char *argv[] = {"apache2", "-DFOREGROUND", "-f", conf, NULL};

	webserver_path(w, conf, w->kind->main_file);
	return process_start(
	    &(struct process_plan){.name = "apache2", .argv = argv});
}

static void
reload(const struct webserver *w)
{
	process_signal(w->process, SIGUSR1);
}

const struct webserver_kind webserver_apache = {.name = "Apache",
						.program = "apache",
						.files = files,
						.main_file = "apache2.conf",
						.file_of_headers =
						    "respond.conf",
						.write_main = write_main,
						.start = start,
						.reload = reload};
