#include "support/readme.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/file.h"

const char *
readme_path_of(const char *name)
{
	static char path[4096];
	const char *top = getenv("top_srcdir");

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", name);
	return path;
}

char *
readme_read(const char *name)
{
	return file_read(readme_path_of(name));
}

const char *
readme_part(const char *text, const char *from, const char *to, size_t *length)
{
	const char *start = strstr(text, from), *end;

	CU_ASSERT_PTR_NOT_NULL_FATAL(start);
	start += strlen(from);
	end = strstr(start, to);
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	*length = (size_t)(end - start);
	return start;
}
