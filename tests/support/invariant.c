#include "support/invariant.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"

enum { SHOWN_MAX = 40, KEY_BYTES = 512 };

static const char *const paths[INVARIANT__MAX] = {
    [INVARIANT_METRICS] = "/api/v1/gpu/metrics",
    [INVARIANT_NODES] = "/api/v1/gpu/nodes",
    [INVARIANT_UTILIZATION] = "/api/v1/gpu/utilization",
    [INVARIANT_PROCESSES] = "/api/v1/gpu/processes"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *shown[SHOWN_MAX];
static size_t broken_count;
static struct json_object *totals; /* by source, cluster, uuid, instance */

/* --- what was found ------------------------------------------------------ */

void
invariant_broken(const char *source, const char *format, ...)
{
	char what[KEY_BYTES], *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	for (char *at = what; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20)
			*at = '?';
	if (asprintf(&line, "%s: %s", source, what) < 0)
		return;
	pthread_mutex_lock(&lock);
	if (broken_count < SHOWN_MAX)
		shown[broken_count] = line;
	else
		free(line);
	broken_count++;
	pthread_mutex_unlock(&lock);
}

/* Under the lock. */
static size_t
forget(void)
{
	size_t count = broken_count;

	for (size_t i = 0; i < count && i < SHOWN_MAX; i++)
		free(shown[i]);
	broken_count = 0;
	return count;
}

size_t
invariant_forget(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = forget();
	pthread_mutex_unlock(&lock);
	return count;
}

void
invariant_expect(void)
{
	pthread_mutex_lock(&lock);
	CU_ASSERT_EQUAL(broken_count, 0);
	for (size_t i = 0; i < broken_count && i < SHOWN_MAX; i++)
		printf("# %s\n", shown[i]);
	if (broken_count > SHOWN_MAX)
		printf("# and %zu more\n", broken_count - SHOWN_MAX);
	forget();
	pthread_mutex_unlock(&lock);
}

/* --- rows ---------------------------------------------------------------- */

static struct json_object *
value_of(struct json_object *row, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(row, key, &value);
	return value;
}

const char *
invariant_text(struct json_object *row, const char *key)
{
	struct json_object *value = value_of(row, key);

	return value != NULL ? json_object_get_string(value) : NULL;
}

/* NAN for null and for a key that is not there. */
static double
number_of(struct json_object *row, const char *key)
{
	struct json_object *value = value_of(row, key);

	return value != NULL ? json_object_get_double(value) : NAN;
}

struct json_object *
invariant_rows(struct json_object *envelope)
{
	struct json_object *rows = value_of(envelope, "data");

	if (!json_object_get_boolean(value_of(envelope, "success")) ||
	    !json_object_is_type(rows, json_type_array))
		return NULL;
	return rows;
}

/* Null is "-": no text has one alone. */
static const char *
shown_text(struct json_object *row, const char *key)
{
	const char *text = invariant_text(row, key);

	return text != NULL ? text : "-";
}

/* Null before everything. */
static int
compare_texts(struct json_object *a, struct json_object *b, const char *key)
{
	const char *left = invariant_text(a, key);
	const char *right = invariant_text(b, key);

	if (left == NULL || right == NULL)
		return (left != NULL) - (right != NULL);
	return natural_compare(left, right);
}

/* Null after everything. */
static int
compare_numbers(struct json_object *a, struct json_object *b, const char *key)
{
	double left = number_of(a, key), right = number_of(b, key);

	if (isnan(left) || isnan(right))
		return isnan(left) - isnan(right);
	return (left > right) - (left < right);
}

static int
compare_rows(struct json_object *a, struct json_object *b)
{
	int order = compare_texts(a, b, "cluster");

	if (order == 0)
		order = compare_texts(a, b, "node_name");
	if (order == 0)
		order = compare_numbers(a, b, "gpu_index");
	return order;
}

/* Where rows are of one card: instances, or processes. */
static bool
is_in_order(struct json_object *before, struct json_object *row)
{
	const char *const inner[] = {"mig_instance_id", "pid"};
	int order = compare_rows(before, row);

	if (order != 0 || compare_texts(before, row, "uuid") != 0 ||
	    compare_texts(before, row, "vendor") != 0)
		return order <= 0;
	for (size_t i = 0; i < 2 && order == 0; i++)
		order = compare_numbers(before, row, inner[i]);
	return order <= 0;
}

/* What no two rows of one answer share. */
static void
write_identity(char out[static KEY_BYTES], struct json_object *row)
{
	static const char *const keys[] = {
	    "cluster", "node_name", "gpu_index", "uuid", "exporter", "vendor",
	    "mig_instance_id",
	    /* An id may be used again: then the rest tells. */
	    "pid", "process_name", "user", "command", NULL};
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; keys[i] != NULL && length < KEY_BYTES; i++)
		length += (size_t)snprintf(out + length, KEY_BYTES - length,
					   "%s%s", i > 0 ? "|" : "",
					   shown_text(row, keys[i]));
}

/* The key with everything that tells cards apart in all of the endpoints. */
static void
write_card(char out[static KEY_BYTES], struct json_object *row,
	   bool has_instance, bool has_uuid)
{
	snprintf(out, KEY_BYTES, "%s|%s|%s|%s|%s", shown_text(row, "cluster"),
		 shown_text(row, "node_name"), shown_text(row, "gpu_index"),
		 has_uuid ? shown_text(row, "uuid") : "",
		 has_instance ? shown_text(row, "mig_instance_id") : "");
}

/* --- one answer ---------------------------------------------------------- */

/* Three decimals each, so what is rounded is allowed for. */
static void
check_memory(const char *source, struct json_object *row)
{
	double used = number_of(row, "memory_used");
	double free_part = number_of(row, "memory_free");
	double total = number_of(row, "memory_total");
	double parts =
	    (isnan(used) ? 0 : used) + (isnan(free_part) ? 0 : free_part);

	if (!isnan(total) && parts > total * 1.01 + 0.002)
		invariant_broken(source,
				 "%s %s: used %g and free %g are more than the "
				 "total of %g",
				 shown_text(row, "node_name"),
				 shown_text(row, "gpu_index"), used, free_part,
				 total);
	if (total == 0)
		invariant_broken(source, "%s %s: a total of 0",
				 shown_text(row, "node_name"),
				 shown_text(row, "gpu_index"));
}

/* Of a GPU that has no name but a job's number for it, which rows of GPUs do
 * not have. */
static bool
may_be_there_twice(struct json_object *row)
{
	const char *exporter = invariant_text(row, "exporter");

	return json_object_object_get_ex(row, "gpu_index", NULL) &&
	       invariant_text(row, "gpu_index") == NULL &&
	       invariant_text(row, "uuid") == NULL &&
	       (exporter == NULL ||
		strcmp(exporter, "slurm-job-exporter") == 0);
}

static void
check_order(const char *source, struct json_object *rows)
{
	struct json_object *seen = json_object_new_object();
	char identity[KEY_BYTES];

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		write_identity(identity, row);
		if (i > 0 &&
		    !is_in_order(json_object_array_get_idx(rows, i - 1), row))
			invariant_broken(source, "%s is out of order",
					 identity);
		if (json_object_object_get_ex(seen, identity, NULL) &&
		    !may_be_there_twice(row))
			invariant_broken(source, "%s is there twice", identity);
		json_object_object_add(seen, identity, NULL);
	}
	json_object_put(seen);
}

/* A card that others measure as well keeps its total. */
static void
check_total(const char *source, struct json_object *row)
{
	const char *uuid = invariant_text(row, "uuid");
	double total = number_of(row, "memory_total"), before = NAN;
	struct json_object *known;
	char key[KEY_BYTES];

	if (uuid == NULL || isnan(total))
		return;
	snprintf(key, sizeof(key), "%s|%s|%s|%s", source,
		 shown_text(row, "cluster"), uuid,
		 shown_text(row, "mig_instance_id"));
	pthread_mutex_lock(&lock);
	if (totals == NULL)
		totals = json_object_new_object();
	if (json_object_object_get_ex(totals, key, &known))
		before = json_object_get_double(known);
	else
		json_object_object_add(totals, key,
				       json_object_new_double(total));
	pthread_mutex_unlock(&lock);
	if (!isnan(before) && fabs(total - before) > 0.002)
		invariant_broken(source, "%s: a total of %g was %g before",
				 uuid, total, before);
}

static void
check_rows(const char *source, enum invariant_endpoint endpoint,
	   struct json_object *rows)
{
	check_order(source, rows);
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		check_memory(source, row);
		if (endpoint == INVARIANT_METRICS)
			check_total(source, row);
	}
}

enum invariant_endpoint
invariant_find(const char *path)
{
	size_t length = strlen(path);

	for (unsigned i = 0; i < INVARIANT__MAX; i++)
		if (length >= strlen(paths[i]) &&
		    strcmp(path + length - strlen(paths[i]), paths[i]) == 0)
			return i;
	return INVARIANT__MAX;
}

void
invariant_answer(const char *source, const char *path, const char *text)
{
	enum invariant_endpoint endpoint = invariant_find(path);
	struct json_object *envelope, *rows;

	if (endpoint == INVARIANT__MAX ||
	    strncmp(text, "{\"success\":true,", 16) != 0)
		return;
	envelope = json_tokener_parse(text);
	rows = invariant_rows(envelope);
	if (rows != NULL)
		check_rows(source, endpoint, rows);
	json_object_put(envelope);
}

/* --- all endpoints ------------------------------------------------------- */

static bool
have_key(struct json_object *rows, const char *key)
{
	return json_object_array_length(rows) > 0 &&
	       json_object_object_get_ex(json_object_array_get_idx(rows, 0),
					 key, NULL);
}

/* The cards of the rows, each once, in their order. */
static struct json_object *
cards_of(struct json_object *rows, bool has_instance, bool has_uuid)
{
	struct json_object *cards = json_object_new_object();
	char card[KEY_BYTES];

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		write_card(card, json_object_array_get_idx(rows, i),
			   has_instance, has_uuid);
		json_object_object_add(cards, card, NULL);
	}
	return cards;
}

/* The same of processes, which may not tell their card's uuid. */
static void
check_processes(const char *source, struct json_object *metrics,
		struct json_object *processes)
{
	struct json_object *places = cards_of(metrics, true, false);
	struct json_object *cards = cards_of(metrics, true, true);
	char card[KEY_BYTES];

	for (size_t i = 0; i < json_object_array_length(processes); i++) {
		struct json_object *row =
		    json_object_array_get_idx(processes, i);
		bool has_uuid = invariant_text(row, "uuid") != NULL;

		write_card(card, row, true, has_uuid);
		if (!json_object_object_get_ex(has_uuid ? cards : places, card,
					       NULL))
			invariant_broken(source, "%s is not in %s", card,
					 paths[INVARIANT_METRICS]);
	}
	json_object_put(places);
	json_object_put(cards);
}

/* Each of the one is among the other. */
static void
check_within(const char *source, struct json_object *some,
	     struct json_object *all, const char *where)
{
	json_object_object_foreach(some, card, ignored)
	{
		(void)ignored;
		if (!json_object_object_get_ex(all, card, NULL))
			invariant_broken(source, "%s is not in %s", card,
					 where);
	}
}

static void
check_utilization(const char *source, struct json_object *metrics,
		  struct json_object *others)
{
	bool has_instance = have_key(others, "mig_instance_id");
	bool has_uuid = have_key(others, "uuid");
	struct json_object *known = cards_of(metrics, has_instance, has_uuid);
	struct json_object *cards = cards_of(others, has_instance, has_uuid);

	check_within(source, cards, known, paths[INVARIANT_METRICS]);
	check_within(source, known, cards, paths[INVARIANT_UTILIZATION]);
	if (json_object_array_length(metrics) !=
	    json_object_array_length(others))
		invariant_broken(source,
				 "%zu rows of metrics, and %zu of utilization",
				 json_object_array_length(metrics),
				 json_object_array_length(others));
	json_object_put(known);
	json_object_put(cards);
}

static bool
is_same_node(struct json_object *a, struct json_object *b)
{
	return compare_texts(a, b, "cluster") == 0 &&
	       compare_texts(a, b, "node_name") == 0;
}

/* The node's cards that have rows of their own, or those that are there in
 * instances. Partitions may each have an index and a uuid: then no key tells
 * which of them are of one card. */
static size_t
count_cards(struct json_object *metrics, struct json_object *node,
	    bool in_instances)
{
	struct json_object *cards = json_object_new_object();
	char card[KEY_BYTES];
	size_t count;

	for (size_t i = 0; i < json_object_array_length(metrics); i++) {
		struct json_object *row = json_object_array_get_idx(metrics, i);

		if (!is_same_node(row, node) ||
		    in_instances == (value_of(row, "mig_instance_id") == NULL))
			continue;
		snprintf(card, sizeof(card), "%s|%s|%s|%zu",
			 shown_text(row, "gpu_index"), shown_text(row, "uuid"),
			 shown_text(row, "vendor"),
			 may_be_there_twice(row) ? i : 0);
		json_object_object_add(cards, card, NULL);
	}
	count = (size_t)json_object_object_length(cards);
	json_object_put(cards);
	return count;
}

static void
check_count(const char *source, struct json_object *metrics,
	    struct json_object *node)
{
	size_t whole = count_cards(metrics, node, false);
	size_t split = count_cards(metrics, node, true);
	double count = number_of(node, "gpu_count");

	if (!(count >= (double)(whole + (split > 0))) ||
	    count > (double)(whole + split))
		invariant_broken(source,
				 "%s: gpu_count is %s, and there are %zu cards "
				 "and the instances of %zu",
				 shown_text(node, "node_name"),
				 shown_text(node, "gpu_count"), whole, split);
}

static void
check_nodes(const char *source, struct json_object *metrics,
	    struct json_object *nodes)
{
	size_t row_count = json_object_array_length(metrics), node_count = 0;

	for (size_t i = 0; i < row_count; i++)
		node_count +=
		    i == 0 ||
		    !is_same_node(json_object_array_get_idx(metrics, i - 1),
				  json_object_array_get_idx(metrics, i));
	if (node_count != json_object_array_length(nodes))
		invariant_broken(source, "%zu nodes in metrics, %zu in nodes",
				 node_count, json_object_array_length(nodes));
	for (size_t i = 0; i < json_object_array_length(nodes); i++)
		check_count(source, metrics,
			    json_object_array_get_idx(nodes, i));
}

void
invariant_site(const char *source,
	       struct json_object *const envelopes[INVARIANT__MAX])
{
	static void (*const checks[INVARIANT__MAX])(
	    const char *, struct json_object *, struct json_object *) = {
	    [INVARIANT_NODES] = check_nodes,
	    [INVARIANT_UTILIZATION] = check_utilization,
	    [INVARIANT_PROCESSES] = check_processes};
	struct json_object *metrics =
	    invariant_rows(envelopes[INVARIANT_METRICS]);

	for (unsigned i = 0; metrics != NULL && i < INVARIANT__MAX; i++) {
		struct json_object *rows = invariant_rows(envelopes[i]);

		if (rows != NULL && checks[i] != NULL)
			checks[i](source, metrics, rows);
	}
}
