/*
 * What is true of every answer about GPUs, whatever the exporters say: of one
 * answer alone, of all that one responder gave, and of the four endpoints
 * together.
 */
#ifndef SUPPORT_INVARIANT_H
#define SUPPORT_INVARIANT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum invariant_endpoint {
	INVARIANT_METRICS,
	INVARIANT_NODES,
	INVARIANT_UTILIZATION,
	INVARIANT_PROCESSES,
	INVARIANT__MAX
};

/* The endpoint whose path ends so, or INVARIANT__MAX. */
enum invariant_endpoint invariant_find(const char *path);

/*
 * One answer: used and free memory are no more than the total, rows are in
 * their order, and none is there twice. Of one source (a responder, a file) a
 * card's total memory stays what it was. Anything but the success of a GPU
 * endpoint is passed over. From any thread.
 */
void invariant_answer(const char *source, const char *path, const char *text);

/*
 * The envelopes of all endpoints at one moment: they speak of the same cards;
 * a process may not tell its card's uuid, but no other one's. Those that are
 * NULL or failures are passed over.
 */
void invariant_site(const char *source,
		    struct json_object *const envelopes[INVARIANT__MAX]);

/* The list of rows, or NULL for what is no success with one. Borrowed. */
struct json_object *invariant_rows(struct json_object *envelope);

/* A row's text, or NULL for null or a key that is not there. Borrowed. */
const char *invariant_text(struct json_object *row, const char *key);

/* Tells what does not hold; asserted by the next invariant_expect(). */
void invariant_broken(const char *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Asserts that all of it held since the last call, and shows what did not. */
void invariant_expect(void);

/* How much did not hold since then, which nobody is told any more. */
size_t invariant_forget(void);

#endif
