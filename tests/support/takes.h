/* What /api/v1/gpu/metrics takes, as it says to who asks for something else. */
#ifndef SUPPORT_TAKES_H
#define SUPPORT_TAKES_H

#define METRICS_TAKES                                                          \
	"node_name, gpu_index, gpu_name, utilization, memory_used, "           \
	"memory_total, memory_free, memory_utilization, temperature, "         \
	"power_draw, power_limit, timestamp, uuid, exporter, "                 \
	"mig_instance_id, mig_profile, vendor, sm_clock_mhz, "                 \
	"memory_clock_mhz, fan_speed, memory_temperature, energy_joules, "     \
	"xid, memory_controller_utilization, cluster, measured_at, sort, "     \
	"fields, limit, offset, format"

#endif
