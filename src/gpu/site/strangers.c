#include "gpu/site/strangers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "base/regular.h"
#include "prom/promql.h"
#include "prom/regex.h"

enum { LINE_BYTES = 256, LIST_MAX_BYTES = 4096 };

/* --- the list ------------------------------------------------------------ */

struct lists {
	const char *path;
	unsigned line;
	struct buf like, unlike;
};

static enum err_code
add_line(struct lists *l, char *text, struct err *e)
{
	size_t length = strcspn(text, "\r\n");
	struct buf *out = *text == '!' ? &l->unlike : &l->like;
	const char *fault;

	l->line++;
	if (text[length] == '\0' && length + 1 == LINE_BYTES)
		return err_set(e, ERR_SETTING,
			       "%s: line %u: is longer than %d bytes", l->path,
			       l->line, LINE_BYTES - 2);
	text[length] = '\0';
	if (*text == '\0' || *text == '#')
		return ERR_OK;
	text += *text == '!';
	fault = regex_fault(text);
	if (fault != NULL || *text == '\0')
		return err_set(
		    e, ERR_SETTING, "%s: line %u: is no regular expression: %s",
		    l->path, l->line, fault != NULL ? fault : "it is empty");
	buf_append_text(out, out->length > 0 ? "|" : "");
	buf_append_text(out, text);
	return ERR_OK;
}

static enum err_code
keep(struct arena *arena, struct lists *l, struct strangers_names *out,
     struct err *e)
{
	if (buf_status(&l->like) == ERR_TOO_BIG ||
	    buf_status(&l->unlike) == ERR_TOO_BIG)
		return err_set(e, ERR_SETTING,
			       "%s: is longer than a query may be", l->path);
	if (buf_status(&l->like) != ERR_OK || buf_status(&l->unlike) != ERR_OK)
		return err_set_memory(e);
	if (l->like.length == 0)
		return err_set(e, ERR_SETTING,
			       "%s: has no regular expression of names",
			       l->path);
	out->like = arena_copy(arena, l->like.data, l->like.length);
	out->unlike =
	    arena_copy(arena, l->unlike.length > 0 ? l->unlike.data : "",
		       l->unlike.length);
	return out->like != NULL && out->unlike != NULL ? ERR_OK
							: err_set_memory(e);
}

enum err_code
strangers_read(const char *path, struct arena *arena,
	       struct strangers_names *out, struct err *e)
{
	struct lists l = {.path = path};
	FILE *file = regular_open(path);
	enum err_code code = ERR_OK;
	char line[LINE_BYTES];

	if (file == NULL)
		return err_set(e, ERR_SETTING, "%s: cannot be read: %s", path,
			       regular_reason(errno));
	buf_init(&l.like, LIST_MAX_BYTES);
	buf_init(&l.unlike, LIST_MAX_BYTES);
	while (code == ERR_OK && fgets(line, sizeof(line), file) != NULL)
		code = add_line(&l, line, e);
	if (code == ERR_OK && ferror(file))
		code = err_set(e, ERR_SETTING, "%s: cannot be read", path);
	if (code == ERR_OK)
		code = keep(arena, &l, out, e);
	buf_fini(&l.like);
	buf_fini(&l.unlike);
	fclose(file);
	return code;
}

/* --- the query ----------------------------------------------------------- */

/* All that targets of exporters have is theirs. */
static void
add_query(struct buf *out, const struct strangers_names *names,
	  const char *matchers, const struct detection *found)
{
	char most[32];

	snprintf(most, sizeof(most), "topk(%d,", STRANGERS_MAX);
	buf_append_text(out, most);
	buf_append_text(out, "count by (__name__) ({__name__=~");
	quote_append(out, names->like);
	if (*names->unlike != '\0') {
		buf_append_text(out, ",__name__!~");
		quote_append(out, names->unlike);
	}
	buf_append_text(out, *matchers != '\0' ? "," : "");
	buf_append_text(out, matchers);
	buf_append_text(out, "}");
	for (size_t i = 0; found != NULL && i < found->count; i++) {
		const struct profile *p = found->profiles[i];

		if (found->is_silent[i])
			continue;
		buf_append_text(out, " unless on (instance,job) ");
		promql_add_selector(out, p->match_metrics,
				    p->match_metric_count, p->match_conditions);
	}
	buf_append_text(out, "))");
}

static enum err_code
keep_strangers(struct call *call, const struct vector *v,
	       struct stranger out[static STRANGERS_MAX], size_t *count,
	       struct err *e)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	while (*count < STRANGERS_MAX &&
	       (s = samples_next(&v->samples, &cursor)) != NULL) {
		const struct intern_string *name = vector_text(v, s, 0);

		if (name == NULL || !(s->value > 0 && s->value < 1e15))
			continue;
		out[*count] = (struct stranger){
		    arena_copy(call->arena, name->text, strlen(name->text)),
		    (uint64_t)s->value};
		if (out[(*count)++].metric == NULL)
			return err_set_memory(e);
	}
	return ERR_OK;
}

/* Those with the most series first, and of as many by name. */
static int
compare(const void *left, const void *right)
{
	const struct stranger *a = left, *b = right;

	if (a->series_count != b->series_count)
		return a->series_count > b->series_count ? -1 : 1;
	return strcmp(a->metric, b->metric);
}

enum err_code
strangers_find(struct pool *pool, struct call *call,
	       const struct strangers_names *names, const char *matchers,
	       const struct detection *found,
	       struct stranger out[static STRANGERS_MAX], size_t *count,
	       struct err *e)
{
	static const struct element_label labels[] = {
	    {"__name__", 0, NULL, false}};
	struct intern strings;
	struct buf text;
	struct ask ask;
	enum err_code code;

	*count = 0;
	intern_init(&strings, call->arena->budget);
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	add_query(&text, names, matchers, found);
	code = call_ask(call, &ask, 1, &strings, STRANGERS_MAX, e);
	if (code == ERR_OK)
		code = ask_add(&ask, &text, labels, 1, 1, e);
	if (code == ERR_OK) {
		call_start(call, &ask, pool);
		*e = *call_await(call, &ask, 0);
		code = e->code;
	}
	if (code == ERR_OK)
		code = keep_strangers(call, &ask.questions[0].vector, out,
				      count, e);
	if (code == ERR_OK)
		qsort(out, *count, sizeof(*out), compare);
	ask_fini(&ask);
	buf_fini(&text);
	intern_fini(&strings);
	return code;
}
