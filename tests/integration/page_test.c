/*
 * The page in a browser, from a real Prometheus, through spawn-fcgi and nginx:
 * tests/page.
 */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/nginx.h"
#include "support/npm_step.h"
#include "support/page.h"
#include "support/process.h"
#include "support/responder.h"
#include "support/source.h"
#include "support/suite.h"

enum { NODES = 3, GPUS = 2, METRICS = 8 };

static struct source simulator, prometheus;
static struct responder responder;
static struct nginx nginx;

/* All of them in one process: a browser that has the page's files is not
 * started, nor loads them, for each anew. */
static const char in_browser[] =
    "views,available,problems,workloads,namespaces,states,truth,"
    "hostile,accessible,keyboard,picture,weight,"
    "large,hidden,hour";
static struct process *browser;

static void
run_step(const char *step)
{
	npm_step_run("tests/page/run.sh", step, nginx.url);
}

/* tests/run, which sets ANSWERS_DIR, installs one; elsewhere it may be missing.
 */
static bool
has_browser(void)
{
	static const char lack[] =
	    "there is neither chromium nor google-chrome";

	if (access("/usr/bin/chromium", X_OK) == 0 ||
	    access("/usr/bin/google-chrome", X_OK) == 0)
		return true;
	if (getenv("ANSWERS_DIR") == NULL)
		suite_skip(lack);
	else
		harness_require(false, "%s", lack);
	return false;
}

static void
run_in_browser(const char *step)
{
	if (!has_browser())
		return;
	if (browser == NULL)
		browser =
		    npm_steps_start("tests/page/run.sh", in_browser, nginx.url);
	npm_steps_expect(browser, step);
}

static void
types_are_right(void)
{
	run_step("types");
}

static void
formatted(void)
{
	run_step("format");
}

static void
lengths(void)
{
	run_step("length");
}

static void
units(void)
{
	run_step("unit");
}

static void
views(void)
{
	run_in_browser("views");
}

static void
available(void)
{
	run_in_browser("available");
}

static void
problems(void)
{
	run_in_browser("problems");
}

static void
workloads(void)
{
	run_in_browser("workloads");
}

static void
namespaces(void)
{
	run_in_browser("namespaces");
}

static void
states(void)
{
	run_in_browser("states");
}

static void
truth(void)
{
	run_in_browser("truth");
}

static void
hostile_names(void)
{
	run_in_browser("hostile");
}

static void
accessible(void)
{
	run_in_browser("accessible");
}

static void
keyboard(void)
{
	run_in_browser("keyboard");
}

static void
the_picture(void)
{
	run_in_browser("picture");
}

static void
weight(void)
{
	run_in_browser("weight");
}

static void
ten_thousand(void)
{
	run_in_browser("large");
}

static void
hidden(void)
{
	run_in_browser("hidden");
}

static void
an_hour(void)
{
	run_in_browser("hour");
}

int
main(void)
{
	static const char *const size[] = {"--nodes", "3", "--gpus", "2", NULL};
	static const char *const shares[] = {"SHARE_ANSWERS=on", NULL};
	static const struct webserver_change changes[] = {
	    {"http.conf", "rate=1000r/s", "rate=100000r/s"}};
	static const struct suite_test tests[] = {
	    {"its types are right", types_are_right},
	    {"it is formatted", formatted},
	    {"its functions and files are short", lengths},
	    {"units", units},
	    {"every view", views},
	    {"what is free", available},
	    {"what is wrong", problems},
	    {"who has which GPU", workloads},
	    {"what each namespace has", namespaces},
	    {"every state of every view", states},
	    {"no number that nobody sent", truth},
	    {"hostile names", hostile_names},
	    {"axe finds nothing", accessible},
	    {"by keyboard alone", keyboard},
	    {"the README's picture", the_picture},
	    {"what it weighs", weight},
	    {"10,000 GPUs", ten_thousand},
	    {"hidden, it asks nothing", hidden},
	    {"an hour of refreshes", an_hour},
	    HARNESS_FINISH,
	    {NULL, NULL}};

	harness_start();
	source_start_simulator(&simulator, size);
	source_start_prometheus(&prometheus, &simulator, 1);
	source_wait_series(&prometheus, (size_t)NODES * GPUS * METRICS);
	responder_start(&responder, prometheus.url, shares);
	nginx_start(&nginx, &(struct nginx_plan){.socket = responder.socket,
						 .caches = true,
						 .has_index = true,
						 .page = page_place(),
						 .changes = changes,
						 .change_count = 1});
	return suite_run("page", tests);
}
