#include "support/record.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ANSWERS_MAX = 400, ANSWER_MAX_BYTES = 64 * 1024, PATH_BYTES = 4096 };

/* NULL: nobody wants it. */
static FILE *
open_file(void)
{
	const char *directory = getenv("ANSWERS_DIR");
	char path[PATH_BYTES];

	if (directory == NULL || *directory == '\0')
		return NULL;
	snprintf(path, sizeof(path), "%s/%ld.jsonl", directory, (long)getpid());
	return fopen(path, "a");
}

void
record_answer(const char *path, long status, const char *text, size_t length)
{
	static unsigned count;
	struct json_object *line;
	FILE *file;

	if (length > ANSWER_MAX_BYTES || count >= ANSWERS_MAX ||
	    (file = open_file()) == NULL)
		return;
	count++;
	line = json_object_new_object();
	json_object_object_add(line, "path", json_object_new_string(path));
	json_object_object_add(line, "status",
			       json_object_new_int((int)status));
	json_object_object_add(line, "text",
			       json_object_new_string_len(text, (int)length));
	fprintf(file, "%s\n",
		json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
	json_object_put(line);
	fclose(file);
}
