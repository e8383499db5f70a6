#include "support/csv_rows.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fcgi_client.h"
#include "support/file.h"
#include "support/suite.h"

char *
csv_rows_ask(const struct responder *r, const char *path)
{
	char *answer = fcgi_client_fetch(r->socket, path);
	const char *end = strstr(answer, "\r\n\r\n");

	CU_ASSERT_EQUAL(strncmp(answer, "Status: 200 ", 12), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	memmove(answer, end + 4, strlen(end + 4) + 1);
	return answer;
}

/* With lines as files have them. */
static void
unfold(char *text)
{
	char *to = text;

	for (const char *at = text; *at != '\0'; at++)
		if (*at != '\r')
			*to++ = *at;
	*to = '\0';
}

void
csv_rows_expect(const struct responder *r, const char *endpoint,
		const char *cluster, const char *file)
{
	char path[512], *expected = file_read(file), *got;

	snprintf(path, sizeof(path), "%s%cformat=csv&cluster=%s&fields=%.*s",
		 endpoint, strchr(endpoint, '?') != NULL ? '&' : '?', cluster,
		 (int)strcspn(expected, "\n"), expected);
	got = csv_rows_ask(r, path);
	unfold(got);
	SUITE_EQUAL(got, expected);
	free(got);
	free(expected);
}
