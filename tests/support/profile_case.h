/* Profiles in which one thing is as given, and what reading them brings. */
#ifndef SUPPORT_PROFILE_CASE_H
#define SUPPORT_PROFILE_CASE_H

#include <stddef.h>

#define PROFILE_CASE_NAME  "\"name\":\"x\""
#define PROFILE_CASE_MATCH "\"match\":{\"metrics\":[\"busy\"]}"
#define PROFILE_CASE_LABELS                                                    \
	"\"labels\":{\"node\":[\"node\"],\"index\":[\"gpu\"]}"
#define PROFILE_CASE_FIELDS "\"fields\":{\"utilization\":{\"metric\":\"busy\"}}"
#define PROFILE_CASE_REST                                                      \
	PROFILE_CASE_MATCH "," PROFILE_CASE_LABELS "," PROFILE_CASE_FIELDS

/* Whole profiles. */
#define WITH_NAME(value) "{\"name\":" value "," PROFILE_CASE_REST "}"
#define WITH_KEY(text)	 "{" PROFILE_CASE_NAME "," PROFILE_CASE_REST "," text "}"
#define WITH_MATCH(value)                                                      \
	"{" PROFILE_CASE_NAME "," PROFILE_CASE_LABELS "," PROFILE_CASE_FIELDS  \
	",\"match\":" value "}"
#define WITH_LABELS(value)                                                     \
	"{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH "," PROFILE_CASE_FIELDS   \
	",\"labels\":" value "}"
#define WITH_FIELDS(value)                                                     \
	"{" PROFILE_CASE_NAME "," PROFILE_CASE_MATCH "," PROFILE_CASE_LABELS   \
	",\"fields\":" value "}"
#define WITH_NODE(value)   WITH_LABELS("{\"node\":" value ",\"index\":[\"i\"]}")
#define WITH_METRIC(value) WITH_FIELDS("{\"temperature\":" value "}")
#define WITH_MORE(key, value)                                                  \
	WITH_METRIC("{\"metric\":\"t\",\"" key "\":" value "}")
#define WITH_PROCESSES(value) WITH_KEY("\"processes\":" value)
#define WITH_PROCESS_FIELDS(value)                                             \
	WITH_PROCESSES("{\"labels\":{\"pid\":[\"pid\"]},\"fields\":" value "}")

/* Asserts that the profile is refused, with that text. */
void profile_case_wrong(const char *text, const char *expected);

/* The same for each {text, expected}. */
void profile_case_all_wrong(const char *const (*cases)[2], size_t count);
#define PROFILE_CASE_ALL_WRONG(cases)                                          \
	profile_case_all_wrong(cases, sizeof(cases) / sizeof(*cases))

/* Asserts that the text, NULs and all, is refused; returns why. */
const char *profile_case_refused(const char *text, size_t length);

/* Asserts that the profile is taken. */
void profile_case_right(const char *text);

#endif
