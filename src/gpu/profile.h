/*
 * What an exporter calls things: one JSON file for each kind of exporter.
 *
 * {
 *   "name": "nvidia-gpu-list-exporter",
 *   "labels": {"node": ["node", "hostname"], "index": ["gpu", "gpu_id"],
 *              "model": ["gpu_name"]},
 *   "fields": {"utilization": {"metric": "nvidia_gpu_utilization_percent"},
 *              "power_draw": {"metric": "nvidia_gpu_power_draw_milliwatts",
 *                             "scale": 0.001, "optional": true}}
 * }
 *
 * labels: the names that may carry it, the first that a series has counts.
 * fields: by field_name; a sample times scale (1) is in the field's unit. An
 * optional metric may fail without failing the request.
 */
#ifndef GPU_PROFILE_H
#define GPU_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/field.h"
#include "prom/element.h"

/* What a label says; the slot that it fills in a sample. */
enum profile_label {
	PROFILE_NODE,
	PROFILE_INDEX,
	PROFILE_MODEL,
	PROFILE_LABEL__MAX
};

enum { PROFILE_LABELS_MAX = 32, PROFILE_FILE_MAX_BYTES = 64 * 1024 };

struct profile_metric {
	const char *name; /* NULL if the exporter has no such metric */
	double scale;
	bool is_optional;
};

struct profile {
	const char *name;
	struct element_label labels[PROFILE_LABELS_MAX];
	size_t label_count;
	struct profile_metric metrics[FIELD__MAX];
};

struct profile_set {
	struct budget budget;
	struct arena arena;
	struct profile **profiles; /* in the order of their file names */
	size_t count;
};

/*
 * Reads every *.json file of the directory. ERR_SETTING names the file, the
 * key, and what is wrong with it; a directory without profiles is one too.
 * The set is to be freed either way.
 */
enum err_code profile_load(const char *directory, struct profile_set *out,
			   struct err *e);

/* Safe on a zeroed set. */
void profile_free(struct profile_set *set);

/*
 * Reads one profile from its text, which has a NUL behind its length bytes,
 * into the arena; file is for error texts only.
 */
enum err_code profile_parse(const char *file, const char *text, size_t length,
			    struct arena *arena, struct profile **out,
			    struct err *e);

#endif
