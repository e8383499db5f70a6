#include "prom/regex.h"

#include <stdbool.h>
#include <string.h>

/* What stands before the place: whether, and how, it may be repeated. */
enum before { NOTHING, ATOM, REPEATED, REPEATED_LAZILY };

struct reader {
	const char *at;
	enum before before;
	unsigned depth; /* of groups */
};

/* From the backslash on. */
static const char *
read_escape(struct reader *r)
{
	const char *end;

	r->before = ATOM;
	if (r->at[1] == '\0')
		return "it ends with a backslash";
	if (r->at[1] != 'Q') {
		r->at += 2;
		return NULL;
	}
	end = strstr(r->at, "\\E");
	r->at = end != NULL ? end + 2 : r->at + strlen(r->at);
	return NULL;
}

/* From [ on. */
static const char *
read_class(struct reader *r)
{
	const char *at = r->at + 1, *end;

	at += *at == '^';
	at += *at == ']';
	while (*at != ']') {
		if (*at == '\0' || (*at == '\\' && at[1] == '\0'))
			return "a [ has no ]";
		end = at[0] == '[' && at[1] == ':' ? strstr(at, ":]") : NULL;
		if (end != NULL)
			at = end + 2;
		else
			at += *at == '\\' ? 2 : 1;
	}
	r->at = at + 1;
	r->before = ATOM;
	return NULL;
}

/* From ( on, and the flags or the name behind it. */
static const char *
open_group(struct reader *r)
{
	r->depth++;
	r->before = NOTHING;
	r->at++;
	if (*r->at != '?')
		return NULL;
	if (r->at[1] == '=' || r->at[1] == '!' ||
	    (r->at[1] == '<' && (r->at[2] == '=' || r->at[2] == '!')))
		return "it looks ahead or behind, which RE2 cannot";
	r->at += strcspn(r->at, ":>)");
	r->at += *r->at == ':' || *r->at == '>';
	return NULL;
}

static const char *
close_group(struct reader *r)
{
	if (r->depth-- == 0)
		return "a ) has no (";
	r->before = ATOM;
	r->at++;
	return NULL;
}

/* *, + or ?. */
static const char *
repeat(struct reader *r)
{
	bool is_lazy = *r->at == '?' && r->before == REPEATED;

	if (r->before == NOTHING)
		return "there is nothing before *, + or ? to repeat";
	if (r->before != ATOM && !is_lazy)
		return "what is repeated is repeated again";
	r->before = is_lazy ? REPEATED_LAZILY : REPEATED;
	r->at++;
	return NULL;
}

static const char *
read_one(struct reader *r)
{
	switch (*r->at) {
	case '\\':
		return read_escape(r);
	case '[':
		return read_class(r);
	case '(':
		return open_group(r);
	case ')':
		return close_group(r);
	case '*':
	case '+':
	case '?':
		return repeat(r);
	default:
		r->before = *r->at == '|' ? NOTHING : ATOM;
		r->at++;
		return NULL;
	}
}

const char *
regex_fault(const char *text)
{
	struct reader r = {.at = text};
	const char *fault = NULL;

	while (fault == NULL && *r.at != '\0')
		fault = read_one(&r);
	if (fault == NULL && r.depth > 0)
		return "a ( has no )";
	return fault;
}
