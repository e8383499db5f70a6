/*
 * A responder whose answers are of any kind, for tests of web servers, whatever
 * the program's own endpoints are. Each answer has a number, so that one that
 * was kept is known. Listens on its standard input.
 *
 *   /api/livez             200, no-store
 *   /api/v1/gpu/later      200, to be kept; for so many seconds with s=N
 *   /api/v1/gpu/sheet      the same as CSV
 *   /api/v1/gpu/fresh      200, no-store
 *   /api/v1/gpu/request    the same with all that it was told of the request
 *   all others             404, no-store
 */
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* More than a web server compresses from on. */
enum { KEPT_S = 600, LINES = 100 };

static void
leave(int number)
{
	(void)number;
	_exit(EXIT_SUCCESS);
}

static void
write_kept(FCGX_Stream *out, const char *type, const char *query)
{
	const char *seconds = strstr(query, "s=");
	long kept_s = seconds != NULL ? strtol(seconds + 2, NULL, 10) : KEPT_S;

	FCGX_FPrintF(out,
		     "Status: 200 OK\r\n"
		     "Content-Type: %s\r\n"
		     "Cache-Control: max-age=%ld, stale-while-revalidate=1, "
		     "stale-if-error=60\r\n"
		     "X-Accel-Expires: @%ld\r\n\r\n",
		     type, kept_s, (long)time(NULL) + kept_s);
}

static void
write_fresh(FCGX_Stream *out, const char *status)
{
	FCGX_FPrintF(out,
		     "Status: %s\r\n"
		     "Content-Type: application/json\r\n"
		     "Cache-Control: no-store\r\n\r\n",
		     status);
}

static void
answer(FCGX_Stream *out, const char *path, const char *query,
       FCGX_ParamArray env)
{
	static unsigned number;

	number++;
	if (strcmp(path, "/api/v1/gpu/request") == 0) {
		write_fresh(out, "200 OK");
		for (size_t i = 0; env[i] != NULL; i++)
			FCGX_FPrintF(out, "%s\n", env[i]);
		return;
	}
	if (strcmp(path, "/api/v1/gpu/sheet") == 0) {
		write_kept(out, "text/csv; charset=utf-8; header=present",
			   query);
		for (int i = 0; i < LINES; i++)
			FCGX_FPrintF(out, "node-%d,%u\r\n", i, number);
		return;
	}
	if (strcmp(path, "/api/v1/gpu/later") == 0)
		write_kept(out, "application/json", query);
	else if (strcmp(path, "/api/v1/gpu/fresh") == 0 ||
		 strcmp(path, "/api/livez") == 0)
		write_fresh(out, "200 OK");
	else
		write_fresh(out, "404 Not Found");
	FCGX_FPrintF(out, "{\"answer\":%u}", number);
}

int
main(void)
{
	FCGX_Stream *in, *out, *err;
	FCGX_ParamArray env;

	signal(SIGTERM, leave);
	while (FCGX_Accept(&in, &out, &err, &env) == 0) {
		const char *uri = FCGX_GetParam("REQUEST_URI", env);
		const char *query = FCGX_GetParam("QUERY_STRING", env);
		char path[64];

		/* Web servers send the one, tests without them the other. */
		if (uri == NULL)
			uri = FCGX_GetParam("DOCUMENT_URI", env);
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(uri, "?"),
			 uri);
		answer(out, path, query != NULL ? query : "", env);
	}
	return EXIT_SUCCESS;
}
