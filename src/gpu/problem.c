#include "gpu/problem.h"

#include <string.h>

const struct problem_kind_info problem_kinds[PROBLEM_KIND__MAX] = {
    [PROBLEM_GPU_LOST] = {"gpu_lost", PROBLEM_CRITICAL, PROBLEM_REBOOT_NODE,
			  "was there, and no exporter shows it any more", NULL},
    [PROBLEM_EXPORTER_DOWN] = {"exporter_down", PROBLEM_CRITICAL,
			       PROBLEM_CHECK_EXPORTER,
			       "has an exporter that does not answer", "gpus"},
    [PROBLEM_NODE_GONE] = {"node_gone", PROBLEM_INFO, PROBLEM_NONE,
			   "is gone with its GPUs", "gpus"},
    [PROBLEM_STALE] = {"stale", PROBLEM_WARNING, PROBLEM_CHECK_EXPORTER,
		       "was not measured anew for long", "seconds"},
    [PROBLEM_XID] = {"xid", PROBLEM_WARNING, PROBLEM_CONTACT_SUPPORT, "had Xid",
		     "errors"},
    [PROBLEM_ECC_UNCORRECTABLE] = {"ecc_uncorrectable", PROBLEM_CRITICAL,
				   PROBLEM_RESET_GPU,
				   "had memory errors that cannot be corrected",
				   "errors"},
    [PROBLEM_ROW_REMAP_FAILED] = {"row_remap_failed", PROBLEM_CRITICAL,
				  PROBLEM_CONTACT_SUPPORT,
				  "has memory rows that could not be replaced",
				  NULL},
    [PROBLEM_ROW_REMAP_PENDING] = {"row_remap_pending", PROBLEM_WARNING,
				   PROBLEM_RESET_GPU,
				   "has memory rows to be replaced at its next "
				   "reset",
				   NULL},
    [PROBLEM_THERMAL_SLOWDOWN] = {"thermal_slowdown", PROBLEM_WARNING,
				  PROBLEM_CHECK_COOLING,
				  "is slowed down by heat", NULL},
    [PROBLEM_POWER_BRAKE] = {"power_brake", PROBLEM_CRITICAL,
			     PROBLEM_CHECK_POWER,
			     "is slowed down by its power supply", NULL},
    [PROBLEM_POWER_CAPPED] = {"power_capped", PROBLEM_INFO, PROBLEM_NONE,
			      "is held to its power limit", NULL},
    [PROBLEM_HEALTH] = {"health", PROBLEM_CRITICAL, PROBLEM_CONTACT_SUPPORT,
			"is not healthy, by its exporter", NULL},
    [PROBLEM_HOT] = {"hot", PROBLEM_WARNING, PROBLEM_CHECK_COOLING, "is hot",
		     "celsius"},
    [PROBLEM_MEMORY_HOT] = {"memory_hot", PROBLEM_WARNING,
			    PROBLEM_CHECK_COOLING, "has hot memory", "celsius"},
    [PROBLEM_DEVICE_WITHDRAWN] = {"device_withdrawn", PROBLEM_WARNING,
				  PROBLEM_DRAIN_NODE,
				  "has GPUs that Kubernetes does not hand out",
				  "gpus"},
    [PROBLEM_IDLE_HELD] = {"idle_held", PROBLEM_INFO, PROBLEM_RELEASE_GPU,
			   "is held and idle", "hours"},
    [PROBLEM_PROMETHEUS_ALERT] = {"prometheus_alert", PROBLEM_WARNING,
				  PROBLEM_NONE, "has an alert", NULL}};

const char *const problem_severities[PROBLEM_SEVERITY__MAX + 1] = {
    [PROBLEM_CRITICAL] = "critical",
    [PROBLEM_WARNING] = "warning",
    [PROBLEM_INFO] = "info"};

const char *const problem_actions[PROBLEM_ACTION__MAX + 1] = {
    [PROBLEM_NONE] = "none",
    [PROBLEM_RESTART_WORKLOAD] = "restart_workload",
    [PROBLEM_RESET_GPU] = "reset_gpu",
    [PROBLEM_REBOOT_NODE] = "reboot_node",
    [PROBLEM_DRAIN_NODE] = "drain_node",
    [PROBLEM_CHECK_COOLING] = "check_cooling",
    [PROBLEM_CHECK_POWER] = "check_power",
    [PROBLEM_CHECK_NVLINK] = "check_nvlink",
    [PROBLEM_UPDATE_SOFTWARE] = "update_software",
    [PROBLEM_CONTACT_SUPPORT] = "contact_support",
    [PROBLEM_RELEASE_GPU] = "release_gpu",
    [PROBLEM_CHECK_EXPORTER] = "check_exporter"};

size_t
problem_find(const char *const *names, const char *text)
{
	size_t i = 0;

	while (names[i] != NULL && strcmp(names[i], text) != 0)
		i++;
	return i;
}

enum problem_kind
problem_find_kind(const char *name)
{
	int i = 0;

	while (i < PROBLEM_KIND__MAX &&
	       strcmp(problem_kinds[i].name, name) != 0)
		i++;
	return (enum problem_kind)i;
}
