#include "gpu/profile/terms.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "prom/matchers.h"
#include "prom/promql.h"

static const char exported[] = "exported_";

/* The terms, read. The texts are the set's. */
struct site {
	struct profile_name names[PROFILE_TERMS_MAX];
	size_t name_count;
	const char *matchers;
	struct arena *arena;
};

static const struct profile_name *
find_name(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->name_count; i++)
		if (strcmp(site->names[i].name, name) == 0)
			return &site->names[i];
	return NULL;
}

/* A name has one meaning. */
static enum err_code
add_name(struct site *site, const char *name, enum profile_label label,
	 struct err *e)
{
	const struct profile_name *known = find_name(site, name);
	const char *copy;

	if (known != NULL)
		return err_set(e, ERR_SETTING,
			       "CLUSTER_LABELS and NODE_LABELS both have "
			       "\"%s\": it takes it in one of them",
			       name);
	copy = arena_copy(site->arena, name, strlen(name));
	if (copy == NULL)
		return err_set_memory(e);
	site->names[site->name_count++] =
	    (struct profile_name){copy, label, false};
	return ERR_OK;
}

static bool
is_listed(const struct promql_labels *labels, const char *name)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strcmp(labels->names[i], name) == 0)
			return true;
	return false;
}

static enum err_code
add_exported(struct site *site, const struct promql_labels *labels, size_t i,
	     struct err *e)
{
	char name[sizeof(exported) + PROMQL_LABEL_MAX_BYTES];

	if (strncmp(labels->names[i], exported, strlen(exported)) == 0)
		return ERR_OK;
	snprintf(name, sizeof(name), "%s%s", exported, labels->names[i]);
	return is_listed(labels, name)
		   ? ERR_OK
		   : add_name(site, name, PROFILE_CLUSTER, e);
}

static enum err_code
add_names(struct site *site, const char *text, enum profile_label label,
	  struct err *e)
{
	struct promql_labels labels = {.count = 0};
	enum err_code code = ERR_OK;

	if (text != NULL)
		code = promql_read_labels(text, &labels, e);
	for (size_t i = 0; code == ERR_OK && i < labels.count; i++) {
		if (label == PROFILE_CLUSTER)
			code = add_exported(site, &labels, i, e);
		if (code == ERR_OK)
			code = add_name(site, labels.names[i], label, e);
	}
	return code;
}

static enum err_code
read_matchers(struct site *site, const char *text, struct err *e)
{
	struct buf conditions;
	enum err_code code = ERR_OK;

	buf_init(&conditions, 2 * MATCHERS_MAX_BYTES);
	if (text != NULL)
		code = matchers_read(text, &conditions, e);
	site->matchers = arena_copy(
	    site->arena, conditions.length > 0 ? conditions.data : "",
	    conditions.length);
	buf_fini(&conditions);
	if (code == ERR_OK && site->matchers == NULL)
		return err_set_memory(e);
	return code;
}

/* --- one profile --------------------------------------------------------- */

/* The site's names stand first, and mean what the site says. */
static void
put_names_first(struct profile *p, const struct site *site)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->label_count; i++)
		if (find_name(site, p->labels[i].name) == NULL)
			p->labels[kept++] = p->labels[i];
	memmove(p->labels + site->name_count, p->labels,
		kept * sizeof(*p->labels));
	memcpy(p->labels, site->names, site->name_count * sizeof(*p->labels));
	p->label_count = site->name_count + kept;
}

static bool
tells_gpus_apart(const struct profile *p)
{
	return profile_has_label(p, PROFILE_INDEX) ||
	       profile_has_label(p, PROFILE_UUID) ||
	       profile_has_label(p, PROFILE_ID);
}

static bool
add_matchers(const struct site *site, const char **conditions)
{
	size_t length = strlen(*conditions);
	size_t more = strlen(site->matchers);
	char *text;

	if (more == 0)
		return true;
	text = arena_alloc(site->arena, length + 1 + more + 1);
	if (text == NULL)
		return false;
	snprintf(text, length + 1 + more + 1, "%s%s%s", *conditions,
		 length > 0 ? "," : "", site->matchers);
	*conditions = text;
	return true;
}

static enum err_code
adopt(struct profile *p, const struct site *site, struct err *e)
{
	put_names_first(p, site);
	if (!tells_gpus_apart(p))
		return err_set(e, ERR_SETTING,
			       "CLUSTER_LABELS and NODE_LABELS have all labels "
			       "by which %s tells its GPUs apart",
			       p->name);
	p->matchers = site->matchers;
	if (!add_matchers(site, &p->match_conditions))
		return err_set_memory(e);
	for (size_t i = 0; i < p->metric_count; i++)
		if (!add_matchers(site, &p->metrics[i].conditions))
			return err_set_memory(e);
	return ERR_OK;
}

enum err_code
profile_adopt(struct profile_set *set, const struct profile_terms *terms,
	      struct err *e)
{
	struct site site = {.arena = &set->arena};
	enum err_code code;

	if ((code = add_names(&site, terms->cluster_labels, PROFILE_CLUSTER,
			      e)) != ERR_OK ||
	    (code = add_names(&site, terms->node_labels, PROFILE_NODE, e)) !=
		ERR_OK ||
	    (code = read_matchers(&site, terms->matchers, e)) != ERR_OK)
		return code;
	for (size_t i = 0; code == ERR_OK && i < set->count; i++)
		code = adopt(set->profiles[i], &site, e);
	return code;
}

const char *
profile_matchers(const struct profile *p)
{
	return p->matchers != NULL ? p->matchers : "";
}
