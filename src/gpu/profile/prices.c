#include "gpu/profile/prices.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/like.h"
#include "base/regular.h"
#include "base/watched.h"
#include "gpu/profile/json.h"

enum { MAX_BYTES = 1 << 20, CURRENCY_MAX_BYTES = 16, PATTERN_MAX_BYTES = 128 };

struct rule {
	const char *pattern;
	size_t length;
	double price;
};

struct prices {
	const char *currency;
	struct rule *rules; /* the nearest first */
	size_t count;
	atomic_uint references;
	struct budget budget;
	struct arena arena;
};

struct price_list {
	struct watched file; /* struct prices */
};

/* --- what it says --------------------------------------------------------- */

void
prices_release(const struct prices *p)
{
	struct prices *ours = (struct prices *)(uintptr_t)p;

	if (p == NULL || atomic_fetch_sub(&ours->references, 1) > 1)
		return;
	arena_fini(&ours->arena);
	free(ours);
}

const char *
prices_currency(const struct prices *p)
{
	return p->currency;
}

double
prices_find(const struct prices *p, const struct intern_string *model)
{
	const char *text = model != NULL ? model->text : "";
	size_t length = model != NULL ? model->length : 0;

	for (size_t i = 0; i < p->count; i++)
		if (like_matches(text, length, p->rules[i].pattern,
				 p->rules[i].length))
			return p->rules[i].price;
	return NAN;
}

/* --- reading -------------------------------------------------------------- */

static enum err_code
read_currency(const struct profile_json *r, struct json_object *root,
	      struct prices *out)
{
	const char *text =
	    profile_json_text(profile_json_member(root, "currency"));
	size_t length = strlen(text);

	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			length = 0;
	if (length == 0 || length > CURRENCY_MAX_BYTES)
		return profile_json_wrong(
		    r, "currency",
		    "has to be a text of 1 to 16 bytes without spaces, as "
		    "\"EUR\"");
	return profile_json_keep(r, text, &out->currency);
}

static enum err_code
read_rule(const struct profile_json *r, const char *pattern,
	  struct json_object *value, struct rule *out)
{
	static const double price_max = 1e9;
	char where[PROFILE_JSON_WHERE_BYTES];

	profile_json_below(where, "gpu_hour", pattern);
	if (*pattern == '\0' || strlen(pattern) > PATTERN_MAX_BYTES)
		return profile_json_wrong(r, where,
					  "has a pattern of no characters, or "
					  "of more than 128 bytes");
	if (!json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int))
		return profile_json_wrong(r, where, "has to be a number");
	out->price = json_object_get_double(value);
	if (!(out->price >= 0 && out->price <= price_max))
		return profile_json_wrong(r, where,
					  "has to be from 0 to 1000000000");
	out->length = strlen(pattern);
	return profile_json_keep(r, pattern, &out->pattern);
}

static size_t
count_characters(const struct rule *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < rule->length; i++)
		count += rule->pattern[i] != '*';
	return count;
}

/* Behind those that have as many characters, or more. */
static void
insert(struct prices *p, const struct rule *rule)
{
	size_t place = p->count++;

	for (; place > 0 &&
	       count_characters(&p->rules[place - 1]) < count_characters(rule);
	     place--)
		p->rules[place] = p->rules[place - 1];
	p->rules[place] = *rule;
}

static enum err_code
read_rules(const struct profile_json *r, struct json_object *root,
	   struct prices *out)
{
	struct json_object *rules = profile_json_member(root, "gpu_hour");
	size_t count =
	    rules != NULL && json_object_is_type(rules, json_type_object)
		? (size_t)json_object_object_length(rules)
		: 0;

	if (count == 0 || count > PRICES_RULES_MAX)
		return profile_json_wrong(
		    r, "gpu_hour",
		    "has to be an object of 1 to 256 patterns of models, each "
		    "with a price, as {\"*H100*\": 2.5, \"*\": 0.5}");
	out->rules = arena_alloc(r->arena, count * sizeof(*out->rules));
	if (out->rules == NULL)
		return err_set_memory(r->err);
	json_object_object_foreach(rules, pattern, value)
	{
		struct rule rule;

		if (read_rule(r, pattern, value, &rule) != ERR_OK)
			return r->err->code;
		insert(out, &rule);
	}
	return ERR_OK;
}

/* How many members its objects have, as it is written; SIZE_MAX: the name of
 * one has a NUL. It is JSON. */
static size_t
count_members(const char *text)
{
	static const char nul[] = "\\u0000";
	bool is_inside = false;
	size_t count = 0;

	for (; *text != '\0'; text++) {
		if (is_inside && strncmp(text, nul, strlen(nul)) == 0)
			return SIZE_MAX;
		if (is_inside && *text == '\\')
			text++;
		else if (*text == '"')
			is_inside = !is_inside;
		else
			count += !is_inside && *text == ':';
	}
	return count;
}

/* json-c keeps the last of several members of one name, and cuts names at a
 * NUL. */
static enum err_code
check_names(const struct profile_json *r, const struct buf *text,
	    struct json_object *root)
{
	struct json_object *rules = profile_json_member(root, "gpu_hour");
	size_t count = count_members(text->data);

	if (count == SIZE_MAX)
		return profile_json_wrong(r, "the file", "has a NUL in a text");
	if (count != (size_t)json_object_object_length(root) +
			 (size_t)json_object_object_length(rules))
		return profile_json_wrong(r, "the file",
					  "has two values of one name");
	return ERR_OK;
}

static enum err_code
read_text(const struct profile_json *r, const struct buf *text,
	  struct prices *out)
{
	struct json_object *root = NULL;
	enum err_code code =
	    profile_json_parse(r, text->data, text->length - 1, &root);

	if (code == ERR_OK)
		code = profile_json_check(r, "the file", root,
					  "currency, gpu_hour");
	if (code == ERR_OK)
		code = read_currency(r, root, out);
	if (code == ERR_OK)
		code = read_rules(r, root, out);
	if (code == ERR_OK)
		code = check_names(r, text, root);
	json_object_put(root);
	return code;
}

static enum err_code
read_file(const char *path, void **out, struct err *e)
{
	struct prices *p = calloc(1, sizeof(*p));
	struct profile_json r = {.file = path, .err = e};
	enum err_code code;
	struct buf text;

	if (p == NULL)
		return err_set_memory(e);
	atomic_init(&p->references, 1);
	budget_init(&p->budget, MAX_BYTES);
	arena_init(&p->arena, &p->budget);
	r.arena = &p->arena;
	buf_init(&text, PRICES_FILE_MAX_BYTES + 1);
	code = regular_read(path, "list of prices", &text, e);
	if (code == ERR_OK)
		code = read_text(&r, &text, p);
	buf_fini(&text);
	if (code == ERR_OK)
		*out = p;
	else
		prices_release(p);
	return code;
}

/* --- the file ------------------------------------------------------------- */

static void
release(void *prices)
{
	prices_release(prices);
}

static const struct watched_kind kind = {.read = read_file,
					 .free = release,
					 .trouble =
					     "changed prices cannot be read"};

const struct prices *
price_list_get(struct price_list *l)
{
	struct prices *p;

	if (l == NULL)
		return NULL;
	p = watched_take(&l->file);
	atomic_fetch_add(&p->references, 1);
	watched_return(&l->file);
	return p;
}

enum err_code
price_list_new(const char *path, struct price_list **out, struct err *e)
{
	struct price_list *l = malloc(sizeof(*l));

	*out = NULL;
	if (l == NULL)
		return err_set_memory(e);
	if (watched_init(&l->file, path, &kind, e) != ERR_OK) {
		price_list_free(l);
		return e->code;
	}
	*out = l;
	return ERR_OK;
}

void
price_list_free(struct price_list *l)
{
	if (l == NULL)
		return;
	watched_fini(&l->file);
	free(l);
}
