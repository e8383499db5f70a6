// Rows of /api/v1/gpu/metrics, for tests alone.

const now = () => new Date().toISOString()

/** A row, with what is given in it; else null. */
export const row = given => ({
  node_name: 'node-1',
  gpu_index: 0,
  gpu_name: 'NVIDIA H100 80GB HBM3',
  utilization: null,
  memory_used: null,
  memory_total: null,
  memory_free: null,
  memory_utilization: null,
  temperature: null,
  power_draw: null,
  power_limit: null,
  timestamp: now(),
  uuid: null,
  exporter: 'dcgm-exporter',
  mig_instance_id: null,
  mig_profile: null,
  vendor: 'NVIDIA',
  sm_clock_mhz: null,
  memory_clock_mhz: null,
  fan_speed: null,
  memory_temperature: null,
  energy_joules: null,
  xid: null,
  memory_controller_utilization: null,
  cluster: null,
  measured_at: now(),
  ...given
})
