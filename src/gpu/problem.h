/*
 * What may be wrong with a GPU, a node or an exporter: the words of answers, of
 * profiles and of conf/xids.json.
 */
#ifndef GPU_PROBLEM_H
#define GPU_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

/* The most severe first. */
enum problem_severity {
	PROBLEM_CRITICAL,
	PROBLEM_WARNING,
	PROBLEM_INFO,
	PROBLEM_SEVERITY__MAX
};

/* What to do. */
enum problem_action {
	PROBLEM_NONE,
	PROBLEM_RESTART_WORKLOAD,
	PROBLEM_RESET_GPU,
	PROBLEM_REBOOT_NODE,
	PROBLEM_DRAIN_NODE,
	PROBLEM_CHECK_COOLING,
	PROBLEM_CHECK_POWER,
	PROBLEM_CHECK_NVLINK,
	PROBLEM_UPDATE_SOFTWARE,
	PROBLEM_CONTACT_SUPPORT,
	PROBLEM_RELEASE_GPU,
	PROBLEM_CHECK_EXPORTER,
	PROBLEM_ACTION__MAX
};

/* In the order of answers. */
enum problem_kind {
	PROBLEM_GPU_LOST,
	PROBLEM_EXPORTER_DOWN,
	PROBLEM_NODE_GONE,
	PROBLEM_STALE,
	/* What profiles have metrics of, from here ... */
	PROBLEM_XID,
	PROBLEM_ECC_UNCORRECTABLE,
	PROBLEM_ROW_REMAP_FAILED,
	PROBLEM_ROW_REMAP_PENDING,
	PROBLEM_THERMAL_SLOWDOWN,
	PROBLEM_POWER_BRAKE,
	PROBLEM_POWER_CAPPED,
	PROBLEM_HEALTH,
	/* ... to here. */
	PROBLEM_HOT,
	PROBLEM_MEMORY_HOT,
	PROBLEM_DEVICE_WITHDRAWN,
	PROBLEM_IDLE_HELD,
	PROBLEM_PROMETHEUS_ALERT,
	PROBLEM_KIND__MAX
};

/* Whether profiles may have metrics of that kind. */
static inline bool
problem_is_of_metrics(enum problem_kind kind)
{
	return kind >= PROBLEM_XID && kind <= PROBLEM_HEALTH;
}

struct problem_kind_info {
	const char *name; /* in answers and profiles */
	enum problem_severity severity;
	enum problem_action action;
	/* Behind "GPU 3 of node-7 "; of a node, behind "node-7 ". */
	const char *sentence;
	const char *unit; /* of value and threshold; NULL: there are none */
};

extern const struct problem_kind_info problem_kinds[PROBLEM_KIND__MAX];
extern const char *const problem_severities[PROBLEM_SEVERITY__MAX + 1];
extern const char *const problem_actions[PROBLEM_ACTION__MAX + 1];

/* The place of a text in a list that ends with NULL; that end if it is none. */
size_t problem_find(const char *const *names, const char *text);

/* The kind of that name, PROBLEM_KIND__MAX if there is none. */
enum problem_kind problem_find_kind(const char *name);

#endif
