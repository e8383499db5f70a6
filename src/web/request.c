#include "web/request.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/number.h"

static bool
is_id(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t length = text != NULL ? strspn(text, allowed) : 0;

	return length > 0 && length <= REQUEST_ID_MAX_BYTES &&
	       text[length] == '\0';
}

/* 16 random bytes as nginx's $request_id has them. */
static void
make_id(char out[static REQUEST_ID_MAX_BYTES + 1])
{
	uint64_t words[2];

	if (getrandom(words, sizeof(words), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(words)) {
		static atomic_uint_fast64_t count;

		words[0] = (uint64_t)clock_now_us();
		words[1] = atomic_fetch_add(&count, 1);
	}
	snprintf(out, REQUEST_ID_MAX_BYTES + 1, "%016" PRIx64 "%016" PRIx64,
		 words[0], words[1]);
}

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static const char *
copy(struct arena *arena, const char *text, bool *is_short)
{
	const char *made = arena_copy(arena, text, strlen(text));

	*is_short |= made == NULL;
	return text_or_empty(made);
}

/* One after the other; either may be NULL. */
static const char *
join(struct arena *arena, const char *first, const char *second, bool *is_short)
{
	size_t first_length = strlen(text_or_empty(first));
	size_t second_length = strlen(text_or_empty(second));
	char *made = arena_alloc(arena, first_length + second_length + 1);

	if (made == NULL) {
		*is_short = true;
		return "";
	}
	memcpy(made, text_or_empty(first), first_length);
	memcpy(made + first_length, text_or_empty(second), second_length);
	made[first_length + second_length] = '\0';
	return made;
}

/* 127.0.0.0/8, ::1, and the first as nginx tells it of an IPv6 socket. */
static bool
is_loopback(const char *address)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (address == NULL)
		return false;
	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
	return inet_pton(AF_INET6, address, &v6) == 1 &&
	       (IN6_IS_ADDR_LOOPBACK(&v6) ||
		(IN6_IS_ADDR_V4MAPPED(&v6) &&
		 v6.s6_addr[12] == IN_LOOPBACKNET));
}

/* More than an hour, or in the future, is a clock that differs. */
static int64_t
queued_us(request_parameter get, const void *context)
{
	static const struct {
		const char *name;
		double units_per_s;
	} known[] = {{"REQUEST_SENT_S", 1},
		     {"REQUEST_SENT_MS", 1e3},
		     {"REQUEST_SENT_US", 1e6}};
	enum { QUEUED_MAX_S = 3600, AHEAD_MAX_S = 1 };
	double now_s = clock_wall_s();

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const char *text = text_or_empty(get(context, known[i].name));
		double sent, queued_s;

		if (strncmp(text, "t=", 2) == 0)
			text += 2;
		if (!number_parse(text, strlen(text), &sent))
			continue;
		queued_s = now_s - sent / known[i].units_per_s;
		if (queued_s > QUEUED_MAX_S || !(queued_s > -AHEAD_MAX_S))
			return -1;
		return queued_s > 0 ? (int64_t)(queued_s * 1e6) : 0;
	}
	return -1;
}

enum err_code
request_parse(request_parameter get, const void *context, struct arena *arena,
	      struct request *out, struct err *e)
{
	const char *uri = get(context, "DOCUMENT_URI");
	const char *id = get(context, "REQUEST_ID");
	bool is_short = false;

	if (is_id(id))
		memcpy(out->id, id, strlen(id) + 1);
	else
		make_id(out->id);
	out->queued_us = queued_us(get, context);
	out->is_local = is_loopback(get(context, "REMOTE_ADDR"));
	out->method = copy(arena, text_or_empty(get(context, "REQUEST_METHOD")),
			   &is_short);
	out->query =
	    copy(arena, text_or_empty(get(context, "QUERY_STRING")), &is_short);
	out->if_none_match =
	    copy(arena, text_or_empty(get(context, "HTTP_IF_NONE_MATCH")),
		 &is_short);
	out->cached_since =
	    copy(arena, text_or_empty(get(context, "CACHED_SINCE")), &is_short);
	if (uri != NULL && *uri != '\0')
		out->path = copy(arena, uri, &is_short);
	else
		out->path = join(arena, get(context, "SCRIPT_NAME"),
				 get(context, "PATH_INFO"), &is_short);
	return is_short ? err_set_memory(e) : ERR_OK;
}
