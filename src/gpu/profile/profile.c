#include "gpu/profile/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/regular.h"
#include "gpu/profile/read.h"

enum { SET_MAX_BYTES = 16 << 20, PROFILES_MAX = 256 };

bool
profile_has_label(const struct profile *p, enum profile_label label)
{
	for (size_t i = 0; i < p->label_count; i++)
		if (p->labels[i].label == label)
			return true;
	return false;
}

bool
profile_has_kind(const struct profile *p, enum profile_kind kind)
{
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == kind)
			return true;
	return false;
}

bool
profile_tells_workloads(const struct profile *p)
{
	if (p->id_is_job || profile_has_label(p, PROFILE_POD) ||
	    profile_has_label(p, PROFILE_JOB))
		return true;
	for (size_t i = 0; i < p->metric_count; i++)
		if (p->metrics[i].kind == PROFILE_JOB_VALUE &&
		    p->metrics[i].field == PROFILE_JOB)
			return true;
	return false;
}

bool
profile_has_name(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->label_count; i++)
		if (strcmp(p->labels[i].name, name) == 0)
			return true;
	return false;
}

static struct profile *
find_profile(const struct profile_set *set, const char *name, size_t length)
{
	for (size_t i = 0; i < set->count; i++)
		if (strlen(set->profiles[i]->name) == length &&
		    memcmp(set->profiles[i]->name, name, length) == 0)
			return set->profiles[i];
	return NULL;
}

static enum err_code
load_file(struct profile_set *set, const char *path, struct err *e)
{
	struct profile *profile;
	struct buf text;
	enum err_code code;

	buf_init(&text, PROFILE_FILE_MAX_BYTES + 1);
	code = regular_read(path, "profile", &text, e);
	if (code == ERR_OK)
		code = profile_read(path, text.data, text.length - 1,
				    &set->arena, &profile, e);
	if (code == ERR_OK &&
	    find_profile(set, profile->name, strlen(profile->name)) != NULL)
		code = err_set(e, ERR_SETTING,
			       "%s: name %s is another profile's already", path,
			       profile->name);
	if (code == ERR_OK)
		set->profiles[set->count++] = profile;
	buf_fini(&text);
	return code;
}

static int
is_profile_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".json") == 0;
}

static enum err_code
load_files(struct profile_set *set, const char *directory,
	   struct dirent **entries, int count, struct err *e)
{
	enum err_code code = ERR_OK;
	char path[4096];

	if (count == 0)
		return err_set(e, ERR_SETTING,
			       "%s: holds no profile (*.json); PROFILE_DIR "
			       "names the directory of the profiles",
			       directory);
	if (count > PROFILES_MAX)
		return err_set(e, ERR_SETTING, "%s: holds more than %d files",
			       directory, PROFILES_MAX);
	set->profiles =
	    arena_alloc(&set->arena, (size_t)count * sizeof(*set->profiles));
	if (set->profiles == NULL)
		return err_set_memory(e);
	for (int i = 0; code == ERR_OK && i < count; i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", directory,
				 entries[i]->d_name);

		if (n < 0 || (size_t)n >= sizeof(path))
			return err_set(e, ERR_SETTING,
				       "%.200s: the path is too long",
				       directory);
		code = load_file(set, path, e);
	}
	return code;
}

static void
init_set(struct profile_set *set)
{
	memset(set, 0, sizeof(*set));
	budget_init(&set->budget, SET_MAX_BYTES);
	arena_init(&set->arena, &set->budget);
}

enum err_code
profile_load_file(const char *path, struct profile_set *out, struct err *e)
{
	init_set(out);
	out->profiles = arena_alloc(&out->arena, sizeof(*out->profiles));
	return out->profiles != NULL ? load_file(out, path, e)
				     : err_set_memory(e);
}

enum err_code
profile_load(const char *directory, struct profile_set *out, struct err *e)
{
	struct dirent **entries = NULL;
	enum err_code code;
	int count;

	init_set(out);
	count = scandir(directory, &entries, is_profile_file, alphasort);
	if (count < 0)
		return err_set(e, ERR_SETTING,
			       "%s: cannot be read: %s; PROFILE_DIR names the "
			       "directory of the profiles",
			       directory, strerror(errno));
	code = load_files(out, directory, entries, count, e);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return code;
}

static enum err_code
refuse_name(const struct profile_set *set, const char *name, size_t length,
	    struct err *e)
{
	char known[ERR_TEXT_BYTES];
	size_t used = 0;

	known[0] = '\0';
	for (size_t i = 0; i < set->count && used < sizeof(known); i++)
		used +=
		    (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
				     i > 0 ? ", " : "", set->profiles[i]->name);
	return err_set(e, ERR_SETTING,
		       "there is no exporter profile \"%.*s\"; there are: %s",
		       (int)(length < 64 ? length : 64), name, known);
}

static bool
has_profile(struct profile *const *profiles, size_t count,
	    const struct profile *profile)
{
	for (size_t i = 0; i < count; i++)
		if (profiles[i] == profile)
			return true;
	return false;
}

enum err_code
profile_choose(struct profile_set *set, const char *names, struct err *e)
{
	struct profile **chosen =
	    arena_alloc(&set->arena, set->count * sizeof(*chosen));
	size_t count = 0, length, rest;

	if (chosen == NULL)
		return err_set_memory(e);
	for (bool more = true; more; names += rest + 1) {
		struct profile *profile;

		names += strspn(names, " ");
		length = rest = strcspn(names, ",");
		more = names[rest] != '\0';
		while (length > 0 && names[length - 1] == ' ')
			length--;
		profile = find_profile(set, names, length);
		if (profile == NULL)
			return refuse_name(set, names, length, e);
		if (!has_profile(chosen, count, profile))
			chosen[count++] = profile;
	}
	set->profiles = chosen;
	set->count = count;
	return ERR_OK;
}

void
profile_free(struct profile_set *set)
{
	arena_fini(&set->arena);
	memset(set, 0, sizeof(*set));
}
