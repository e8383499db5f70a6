#include "web/route.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "support/suite.h"

static enum err_code
find(const char *method, const char *path, const struct endpoint **out,
     struct err *e)
{
	struct request r = {method, path, "", "id", "", ""};

	memset(e, 0, sizeof(*e));
	*out = NULL;
	return route_find(&r, out, e);
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

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"finds every endpoint", finds_every_endpoint},
	    {"finds no other path", finds_no_other_path},
	    {"cuts long paths", cuts_long_paths},
	    {"allows no other method", allows_no_other_method},
	    {NULL, NULL}};

	return suite_run("route", tests);
}
