/*
 * The parts that reading a profile from JSON is made of. json-c is known here,
 * in profile_labels, in profile_metric, in profile_read and in prices.
 */
#ifndef GPU_PROFILE_JSON_H
#define GPU_PROFILE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "gpu/profile/profile.h"

enum {
	PROFILE_JSON_WHERE_BYTES = 160,
	PROFILE_JSON_NAME_MAX_BYTES = 200,
	PROFILE_JSON_CONDITIONS_MAX_BYTES = 2048
};

/* One file being read: for error texts, and where its strings go. */
struct profile_json {
	const char *file;
	struct arena *arena;
	struct profile *profile;
	struct err *err;
};

/*
 * The value that the whole text is, strictly by RFC 8259; to be given back with
 * json_object_put, and NULL for null. The text has a NUL behind it.
 * ERR_SETTING: what is no JSON in it, and at which byte.
 */
enum err_code profile_json_parse(const struct profile_json *r, const char *text,
				 size_t length, struct json_object **out);

/* ERR_SETTING: "file: where what". */
enum err_code profile_json_wrong(const struct profile_json *r,
				 const char *where, const char *what);

/* "fields" and "power" make "fields.power". */
void profile_json_below(char out[static PROFILE_JSON_WHERE_BYTES],
			const char *where, const char *key);

/* Empty if the value is no text, or has a NUL in it: no name does. */
const char *profile_json_text(struct json_object *value);

/* NULL if there is none, or no object. */
struct json_object *profile_json_member(struct json_object *object,
					const char *key);

/* That it is an object, with no keys but those of the list: "a, b, c". */
enum err_code profile_json_check(const struct profile_json *r,
				 const char *where, struct json_object *value,
				 const char *keys);

/*
 * The name of a metric or of a label: any text of no more than 200 bytes, as
 * Prometheus 3 takes them. Or NULL, and ERR_SETTING: what has to be such a
 * name.
 */
const char *profile_json_metric(const struct profile_json *r, const char *where,
				const char *what, struct json_object *value);
const char *profile_json_label(const struct profile_json *r, const char *where,
			       const char *what, struct json_object *value);

/* A copy in the arena. */
enum err_code profile_json_keep(const struct profile_json *r, const char *text,
				const char **out);

typedef enum err_code (*profile_json_item)(const struct profile_json *r,
					   const char *where,
					   struct json_object *value,
					   void *context);

/* Reads each of a list of at least one; what: is wrong with anything else. */
enum err_code profile_json_list(const struct profile_json *r, const char *where,
				struct json_object *value, const char *what,
				profile_json_item read, void *context);

/* Appends a condition of a selector; the label's name is checked. */
enum err_code profile_json_condition(const struct profile_json *r,
				     const char *where, const char *label,
				     bool is_equal, const char *value,
				     struct buf *out);

/* A copy in the arena; what went wrong while it was written is told here. */
enum err_code profile_json_conditions(const struct profile_json *r,
				      const char *where, struct buf *text,
				      const char **out);

#endif
