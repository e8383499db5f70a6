/*
 * A request as nginx sends it: its parameters, with NULs between. Whatever
 * they are, the reply is well-formed and has the status that it should.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "support/body.h"
#include "web/handle.h"
#include "web/route.h"

static const char *const names[] = {
    "REQUEST_METHOD", "DOCUMENT_URI", "QUERY_STRING", "HTTP_IF_NONE_MATCH",
    "REQUEST_ID",     "SCRIPT_NAME",  "PATH_INFO"};

enum { PARAMETER_COUNT = sizeof(names) / sizeof(*names) };

static const char *
get(const void *context, const char *name)
{
	const char *const *values = context;

	for (size_t i = 0; i < PARAMETER_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return values[i];
	return NULL;
}

static bool
is_get(const struct request *r)
{
	return strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
}

static void
check_id(const char *id)
{
	FUZZ_REQUIRE(strlen(id) > 0 && strlen(id) <= REQUEST_ID_MAX_BYTES);
	for (; *id != '\0'; id++)
		FUZZ_REQUIRE(
		    (*id >= '0' && *id <= '9') || (*id >= 'A' && *id <= 'Z') ||
		    (*id >= 'a' && *id <= 'z') || strchr("._-", *id) != NULL);
}

/* What it answers where Prometheus need not be asked; 0 elsewhere. */
static int
expected_status(const struct request *r)
{
	bool is_path = false;

	for (size_t i = 0; i < endpoint_count; i++)
		is_path |= strcmp(endpoint_table[i]->path, r->path) == 0 &&
			   endpoint_table[i]->access == ENDPOINT_FOR_ALL;
	if (!is_path)
		return 404;
	if (!is_get(r))
		return 405;
	if (r->query[strspn(r->query, "&")] != '\0')
		return 400;
	return strcmp(r->path, "/api/livez") == 0 ? 200 : 0;
}

/* Lines that end in CR LF, an empty one at the end and nowhere else. */
static void
check_header(const struct reply *reply)
{
	const char *at, *end;
	struct buf header;
	size_t length;

	buf_init(&header, 4096);
	reply_write_header(reply, &header);
	buf_append(&header, "", 1);
	FUZZ_REQUIRE(buf_status(&header) == ERR_OK);
	for (at = header.data; (length = strcspn(at, "\r\n")) > 0; at = end) {
		const char *colon = memchr(at, ':', length);

		FUZZ_REQUIRE(colon != NULL && colon[1] == ' ');
		end = at + length + 2;
		FUZZ_REQUIRE(memcmp(at + length, "\r\n", 2) == 0);
	}
	FUZZ_REQUIRE(strcmp(at, "\r\n") == 0);
	FUZZ_REQUIRE(at + 3 == header.data + header.length);
	buf_fini(&header);
}

static void
check_reply(const char *const *values, int status)
{
	const struct handle_settings settings = {.request_timeout_ms = 1000,
						 .health_timeout_ms = 1000,
						 .max_response_bytes = 1 << 16,
						 .max_memory_bytes = 1 << 20};
	const struct handle_input input = {.get = get, .context = values};
	static struct handle_thread thread;
	struct handle h;

	/* None of them asks anybody, so none waits. */
	FUZZ_REQUIRE(handle_request(&h, &settings, &thread, &input));
	FUZZ_REQUIRE(reply_status(&h.reply) == status);
	FUZZ_REQUIRE(body_is_json(h.reply.body->data, h.reply.body->length));
	check_header(&h.reply);
	handle_fini(&h);
}

/* A tag as RFC 9110, section 8.8.3 has it, at text: its length, or 0. */
static size_t
tag_length(const char *text)
{
	size_t length = 1;

	if (*text != '"')
		return 0;
	while ((unsigned char)text[length] > ' ' && text[length] != '"' &&
	       text[length] != 0x7f)
		length++;
	return text[length] == '"' ? length + 1 : 0;
}

/* False if the header is malformed, and nothing is said about it. */
static bool
read_tags(const char *text, const char *tag, bool *is_listed)
{
	bool is_tag_next = true;

	*is_listed = strcmp(text, "*") == 0;
	if (*is_listed)
		return true;
	while (*(text += strspn(text, " \t")) != '\0') {
		size_t length = 1;

		if (*text != ',') {
			text += strncmp(text, "W/", 2) == 0 ? 2 : 0;
			length = is_tag_next ? tag_length(text) : 0;
			if (length == 0)
				return false;
			*is_listed |= length == strlen(tag) &&
				      memcmp(text, tag, length) == 0;
		}
		is_tag_next = *text == ',';
		text += length;
	}
	return true;
}

static void
check_tags(const char *if_none_match)
{
	struct caching c = {.tag = "\"0123456789abcdef\""};
	bool is_listed, is_match = caching_matches(&c, if_none_match);

	if (read_tags(if_none_match, c.tag, &is_listed))
		FUZZ_REQUIRE(is_match == is_listed);
	if (is_match && strchr(if_none_match, '*') == NULL)
		FUZZ_REQUIRE(strstr(if_none_match, c.tag) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *values[PARAMETER_COUNT];
	char *copy = fuzz_split(data, size, values, PARAMETER_COUNT);
	struct budget budget;
	struct arena arena;
	struct request r;
	struct err e = {.code = ERR_OK};
	int status;

	budget_init(&budget, 1 << 20);
	arena_init(&arena, &budget);
	FUZZ_REQUIRE(request_parse(get, values, &arena, &r, &e) == ERR_OK);
	check_id(r.id);
	check_tags(r.if_none_match);
	status = expected_status(&r);
	if (status != 0)
		check_reply(values, status);
	arena_fini(&arena);
	free(copy);
	return 0;
}
