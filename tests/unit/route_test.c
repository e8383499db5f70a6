#include "web/route.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static enum err_code
find(const char *method, const char *path, const struct endpoint **out,
     struct err *e)
{
	struct request r = {.method = method, .path = path, .is_local = true};

	memset(e, 0, sizeof(*e));
	*out = NULL;
	return route_find(&r, true, out, e);
}

static void
finds_every_endpoint(void)
{
	static const char *const methods[] = {"GET", "HEAD"};
	static const struct {
		const char *path;
		const struct endpoint *endpoint;
	} routes[] = {
	    {"/api/health", &endpoint_health},
	    {"/api/livez", &endpoint_livez},
	    {"/api/v1/gpu/metrics", &endpoint_metrics},
	    {"/api/v1/gpu/nodes", &endpoint_nodes},
	    {"/api/v1/gpu/processes", &endpoint_processes},
	    {"/api/v1/gpu/utilization", &endpoint_utilization},
	    {"/api/v1/gpu/workloads", &endpoint_workloads},
	    {"/api/v1/gpu/namespaces", &endpoint_namespaces},
	    {"/api/v1/gpu/capacity", &endpoint_capacity},
	    {"/api/v1/gpu/usage", &endpoint_usage},
	    {"/api/v1/gpu/available", &endpoint_available},
	    {"/api/v1/gpu/problems", &endpoint_problems},
	    {"/api/v1/gpu/summary", &endpoint_summary},
	    {"/metrics/gpus", &endpoint_fleet_metrics},
	    {"/api/v1/gpu/detail", &endpoint_detail},
	    {"/metrics", &endpoint_own_metrics},
	    {"/debug/vars", &endpoint_debug_vars},
	    {"/debug/requests", &endpoint_debug_requests},
	    {"/api/openapi.json", &endpoint_openapi},
	    {"/api/v1/gpu/history", &endpoint_history},
#ifdef ENABLE_PROFILING
	    {"/debug/pprof/profile", &endpoint_pprof_cpu},
	    {"/debug/pprof/heap", &endpoint_pprof_heap},
#endif
	};

	CU_ASSERT_EQUAL(sizeof(routes) / sizeof(*routes), endpoint_count);
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		for (size_t m = 0; m < 2; m++) {
			const struct endpoint *found;
			struct err e;

			CU_ASSERT_EQUAL(
			    find(methods[m], routes[i].path, &found, &e),
			    ERR_OK);
			CU_ASSERT_PTR_EQUAL(found, routes[i].endpoint);
		}
}

static void
finds_no_other_path(void)
{
	static const char *const cases[][2] = {
	    {"", "No such path: "},
	    {"/", "No such path: /"},
	    {"/api", "No such path: /api"},
	    {"/api/", "No such path: /api/"},
	    {"/api/health/", "No such path: /api/health/"},
	    {"/api/healthz", "No such path: /api/healthz"},
	    {"/API/health", "No such path: /API/health"},
	    {"//api/health", "No such path: //api/health"},
	    {"/api/v1/gpu", "No such path: /api/v1/gpu"},
	    {"/api/v1/gpu/metrics%20", "No such path: /api/v1/gpu/metrics%20"},
	    {"/%s%n", "No such path: /%s%n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct endpoint *found;
		struct err e;

		CU_ASSERT_EQUAL(find("GET", cases[i][0], &found, &e),
				ERR_NOT_FOUND);
		SUITE_EQUAL(e.text, cases[i][1]);
		/* What does not exist allows no method at all. */
		CU_ASSERT_EQUAL(find("POST", cases[i][0], &found, &e),
				ERR_NOT_FOUND);
	}
}

static void
cuts_long_paths(void)
{
	char path[1001], expected[256] = "No such path: ";
	const struct endpoint *found;
	struct err e;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	memcpy(expected + strlen(expected), path, 128);
	CU_ASSERT_EQUAL(find("GET", path, &found, &e), ERR_NOT_FOUND);
	SUITE_EQUAL(e.text, expected);
}

static void
allows_no_other_method(void)
{
	static const char *const cases[][2] = {
	    {"POST", "Method POST is not allowed here; use GET or HEAD"},
	    {"PUT", "Method PUT is not allowed here; use GET or HEAD"},
	    {"DELETE", "Method DELETE is not allowed here; use GET or HEAD"},
	    {"PATCH", "Method PATCH is not allowed here; use GET or HEAD"},
	    {"OPTIONS", "Method OPTIONS is not allowed here; use GET or HEAD"},
	    {"get", "Method get is not allowed here; use GET or HEAD"},
	    {"Get", "Method Get is not allowed here; use GET or HEAD"},
	    {"GETS", "Method GETS is not allowed here; use GET or HEAD"},
	    {"", "Method  is not allowed here; use GET or HEAD"},
	    {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ",
	     "Method ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF is not allowed here; "
	     "use GET or HEAD"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t n = 0; n < endpoint_count; n++) {
			const struct endpoint *found;
			struct err e;

			CU_ASSERT_EQUAL(find(cases[i][0],
					     endpoint_table[n]->path, &found,
					     &e),
					ERR_METHOD);
			SUITE_EQUAL(e.text, cases[i][1]);
		}
}

/* Whether it is there is not told to those who may not use it; who may not use
 * it learns so before the method is looked at. */
static void
keeps_debugging_to_itself(void)
{
	static const struct {
		bool has_debug, is_local;
		const char *method;
		enum err_code code;
		const char *before, *behind; /* the path */
	} cases[] = {
	    {true, true, "GET", ERR_OK, NULL, NULL},
	    {true, false, "GET", ERR_FORBIDDEN, "",
	     " is for clients on this machine only"},
	    {true, false, "POST", ERR_FORBIDDEN, "",
	     " is for clients on this machine only"},
	    {false, true, "GET", ERR_NOT_FOUND, "No such path: ", ""},
	    {false, false, "GET", ERR_NOT_FOUND, "No such path: ", ""},
	};
	static const char *const paths[] = {"/debug/vars", "/debug/requests"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t p = 0; p < 2; p++) {
			struct request r = {.method = cases[i].method,
					    .path = paths[p],
					    .is_local = cases[i].is_local};
			const struct endpoint *found;
			struct err e = {.code = ERR_OK};
			char text[256] = "";

			if (cases[i].before != NULL)
				snprintf(text, sizeof(text), "%s%s%s",
					 cases[i].before, paths[p],
					 cases[i].behind);
			CU_ASSERT_EQUAL(
			    route_find(&r, cases[i].has_debug, &found, &e),
			    cases[i].code);
			SUITE_EQUAL(e.text, text);
		}
}

/* All the others are there for everybody. */
static void
shows_the_rest_to_all(void)
{
	for (size_t n = 0; n < endpoint_count; n++) {
		struct request r = {.method = "GET",
				    .path = endpoint_table[n]->path};
		bool is_debug = strncmp(r.path, "/debug/", 7) == 0;
		const struct endpoint *found;
		struct err e;

		CU_ASSERT_EQUAL(route_find(&r, false, &found, &e),
				is_debug ? ERR_NOT_FOUND : ERR_OK);
	}
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"finds every endpoint", finds_every_endpoint},
	    {"finds no other path", finds_no_other_path},
	    {"cuts long paths", cuts_long_paths},
	    {"allows no other method", allows_no_other_method},
	    {"keeps debugging to itself", keeps_debugging_to_itself},
	    {"shows the rest to all", shows_the_rest_to_all},
	    {NULL, NULL}};

	return suite_run("route", tests);
}
