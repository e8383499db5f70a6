#include "prom/result.h"

#include <string.h>

/* What is expected next. "First" may be the container's end at once. */
enum state {
	AT_START,
	ANSWER_FIRST,
	ANSWER_KEY,
	ANSWER_NEXT,
	DATA_FIRST,
	DATA_KEY,
	DATA_NEXT,
	SERIES_FIRST,
	SERIES,
	SERIES_NEXT,
	AT_END
};

static enum scan_result
refuse(struct scan *s, const char *reason)
{
	s->reason = reason;
	return SCAN_BAD;
}

enum scan_result
result_out_of_memory(struct result *r)
{
	err_set_memory(&r->err);
	return SCAN_BAD;
}

enum scan_result
result_too_many(struct result *r, size_t max_series)
{
	err_set(&r->err, ERR_TOO_BIG,
		"One metric has more than %zu series; "
		"MAX_SERIES sets this limit",
		max_series);
	return SCAN_BAD;
}

enum scan_result
result_check_piece(const char *start, struct scan *s)
{
	return s->at - start <= RESULT_PIECE_MAX_BYTES
		   ? SCAN_OK
		   : refuse(s, "a series that is too long");
}

static enum scan_result
keep_warning(struct result *r, struct scan *s)
{
	char text[256];
	enum scan_result rc = scan_string_into(s, text, sizeof(text));

	if (rc != SCAN_OK || r->warning_count == RESULT_WARNINGS_MAX)
		return rc;
	r->warnings[r->warning_count] =
	    arena_copy(r->arena, text, strlen(text));
	if (r->warnings[r->warning_count] == NULL)
		return result_out_of_memory(r);
	r->warning_count++;
	return SCAN_OK;
}

/* An array of strings; none is kept before the window holds all of them. */
static enum scan_result
read_warnings(struct result *r, struct scan *s)
{
	struct scan whole = *s;
	bool more = true;
	enum scan_result rc = scan_skip(&whole);

	r->warning_count = 0;
	if (rc != SCAN_OK || scan_mark(s, '[') != SCAN_OK) {
		*s = whole;
		return rc;
	}
	if ((rc = scan_space(s)) != SCAN_OK)
		return rc;
	if (*s->at == ']') {
		s->at++;
		return SCAN_OK;
	}
	while (more)
		if ((rc = keep_warning(r, s)) != SCAN_OK ||
		    (rc = scan_either(s, ',', ']', &more)) != SCAN_OK)
			return rc;
	return SCAN_OK;
}

static enum scan_result
read_status(struct result *r, struct scan *s)
{
	struct scan_text status;
	enum scan_result rc = scan_string(s, &status);

	if (rc == SCAN_OK)
		r->is_success = scan_equals(&status, "success");
	return rc;
}

/* VictoriaMetrics' cluster warns in no other way. */
static enum scan_result
read_partial(struct result *r, struct scan *s)
{
	enum scan_result rc = scan_space(s);
	const char *value = s->at;

	if (rc != SCAN_OK || (rc = scan_skip(s)) != SCAN_OK)
		return rc;
	r->is_partial = *value == 't';
	return SCAN_OK;
}

/* Enters the object behind "data"; passes over anything else there. Another
 * one would take back the result, which is out of the window. */
static enum scan_result
enter_data(struct result *r, struct scan *s)
{
	enum scan_result rc = scan_space(s);

	if (r->has_result)
		return refuse(s, "data behind the result");
	if (rc != SCAN_OK || *s->at != '{')
		return rc == SCAN_OK ? scan_skip(s) : rc;
	s->at++;
	r->state = DATA_FIRST;
	return SCAN_OK;
}

static enum scan_result
step_answer_key(struct result *r, struct scan *s)
{
	struct scan_text key;
	enum scan_result rc = scan_key(s, &key);

	if (rc != SCAN_OK)
		return rc;
	r->state = ANSWER_NEXT;
	if (scan_equals(&key, "data"))
		rc = enter_data(r, s);
	else if (scan_equals(&key, "status"))
		rc = read_status(r, s);
	else if (scan_equals(&key, "warnings"))
		rc = read_warnings(r, s);
	else if (scan_equals(&key, "isPartial"))
		rc = read_partial(r, s);
	else if (scan_equals(&key, "errorType"))
		rc = scan_string_into(s, r->error_type, sizeof(r->error_type));
	else if (scan_equals(&key, "error"))
		rc = scan_string_into(s, r->error, sizeof(r->error));
	else
		rc = scan_skip(s);
	if (rc == SCAN_MORE)
		r->state = ANSWER_KEY;
	return rc;
}

static bool
is_other_type(const struct result *r)
{
	return r->result_type[0] != '\0' &&
	       strcmp(r->result_type, r->type) != 0;
}

static enum scan_result
enter_result(struct result *r, struct scan *s)
{
	enum scan_result rc;

	if (is_other_type(r))
		return refuse(s, "another type of result");
	if (r->has_result)
		return refuse(s, "a second result");
	if ((rc = scan_mark(s, '[')) != SCAN_OK)
		return rc;
	r->has_result = true;
	r->state = SERIES_FIRST;
	return SCAN_OK;
}

static enum scan_result
read_type(struct result *r, struct scan *s)
{
	enum scan_result rc =
	    scan_string_into(s, r->result_type, sizeof(r->result_type));

	if (rc == SCAN_OK && r->result_type[0] == '\0')
		return refuse(s, "a result without a type");
	return rc;
}

static enum scan_result
step_data_key(struct result *r, struct scan *s)
{
	struct scan_text key;
	enum scan_result rc = scan_key(s, &key);

	if (rc != SCAN_OK)
		return rc;
	r->state = DATA_NEXT;
	if (scan_equals(&key, "result"))
		rc = enter_result(r, s);
	else if (scan_equals(&key, "resultType"))
		rc = read_type(r, s);
	else
		rc = scan_skip(s);
	if (rc == SCAN_MORE)
		r->state = DATA_KEY;
	return rc;
}

static enum scan_result
step_series(struct result *r, struct scan *s)
{
	bool is_whole = true;
	enum scan_result rc = r->read(r->context, s, &is_whole);

	if (rc == SCAN_OK && is_whole)
		r->state = SERIES_NEXT;
	return rc;
}

static enum scan_result
step(struct result *r, struct scan *s)
{
	enum scan_result rc;

	switch ((enum state)r->state) {
	case AT_START:
		rc = scan_mark(s, '{');
		r->state = rc == SCAN_OK ? ANSWER_FIRST : AT_START;
		return rc;
	case ANSWER_FIRST:
		return scan_first(s, '}', AT_END, ANSWER_KEY, &r->state);
	case ANSWER_KEY:
		return step_answer_key(r, s);
	case ANSWER_NEXT:
		return scan_next(s, '}', AT_END, ANSWER_KEY, &r->state);
	case DATA_FIRST:
		return scan_first(s, '}', ANSWER_NEXT, DATA_KEY, &r->state);
	case DATA_KEY:
		return step_data_key(r, s);
	case DATA_NEXT:
		return scan_next(s, '}', ANSWER_NEXT, DATA_KEY, &r->state);
	case SERIES_FIRST:
		return scan_first(s, ']', DATA_NEXT, SERIES, &r->state);
	case SERIES:
		return step_series(r, s);
	case SERIES_NEXT:
		return scan_next(s, ']', DATA_NEXT, SERIES, &r->state);
	case AT_END:
		break;
	}
	return refuse(s, "text behind the answer");
}

static enum err_code
explain(const struct result *r, const struct scan *s, struct err *e)
{
	if (r->err.code != ERR_OK)
		return err_set(e, r->err.code, "%s", r->err.text);
	if (is_other_type(r))
		return err_set(e, ERR_PROM,
			       "Prometheus answered a %s, not a %s",
			       r->result_type, r->type);
	return err_set(e, ERR_PROM, "Prometheus' answer is malformed: %s",
		       s->reason);
}

/* Reads all that is whole; *used is what need not be seen again. */
static enum err_code
consume(void *context, const char *bytes, size_t length, size_t *used,
	struct err *e)
{
	struct result *r = context;
	struct scan s = {bytes, bytes + length, NULL};
	enum scan_result rc;

	do {
		rc = scan_space(&s);
		*used = (size_t)(s.at - bytes);
		if (rc == SCAN_OK)
			rc = step(r, &s);
	} while (rc == SCAN_OK);
	return rc == SCAN_MORE ? ERR_OK : explain(r, &s, e);
}

void
result_init(struct result *r, const char *type, result_reader read,
	    void *context, struct arena *arena)
{
	memset(r, 0, sizeof(*r));
	r->type = type;
	r->read = read;
	r->context = context;
	r->arena = arena;
	window_init(&r->window, consume, r, RESULT_PIECE_MAX_BYTES,
		    arena->budget);
}

void
result_fini(struct result *r)
{
	window_fini(&r->window);
}

enum err_code
result_feed(struct result *r, const char *bytes, size_t length, struct err *e)
{
	enum err_code code = window_feed(&r->window, bytes, length, e);

	if (code != ERR_TOO_BIG || r->err.code == ERR_TOO_BIG)
		return code;
	return err_set(e, ERR_PROM,
		       "Prometheus' answer has %s of more than %d bytes",
		       r->state == SERIES ? "a series" : "a member",
		       RESULT_PIECE_MAX_BYTES);
}

static enum err_code
check_complete(const struct result *r, struct err *e)
{
	if (r->state != AT_END || window_has_rest(&r->window))
		return err_set(e, ERR_PROM, "Prometheus' answer is cut off");
	if (r->is_success && r->has_result && !is_other_type(r))
		return ERR_OK;
	if (r->is_success)
		return err_set(e, ERR_PROM, "Prometheus' answer holds no %s",
			       r->type);
	return err_set(
	    e, strcmp(r->error_type, "timeout") == 0 ? ERR_TIMEOUT : ERR_PROM,
	    "Prometheus answered an error: %s: %s", r->error_type, r->error);
}

enum err_code
result_end(struct result *r, struct err *e)
{
	enum err_code code = window_end(&r->window, e);

	return code == ERR_OK ? check_complete(r, e) : code;
}
