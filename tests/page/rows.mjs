// Rows of the API's answers, for tests alone; and by what the page sorts them.

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

/** A row of who has which GPU, with what is given in it; else null. */
export const workload = given => ({
  namespace: 'ml',
  pod: 'train-0',
  container: null,
  node_name: 'node-1',
  gpu_index: 0,
  mig_instance_id: null,
  gpu_name: 'NVIDIA H100 80GB HBM3',
  uuid: null,
  state: 'unknown',
  shared_by: null,
  utilization: null,
  utilization_max: null,
  memory_used: null,
  memory_limit: null,
  power_draw: null,
  owner_kind: null,
  owner_name: null,
  started_at: null,
  job_id: null,
  job_user: null,
  job_partition: null,
  requested: null,
  source: 'dcgm-exporter',
  timestamp: now(),
  cluster: null,
  measured_at: now(),
  ...given
})

/** A row of what is wrong, with what is given in it; else null. */
export const problem = given => ({
  severity: 'warning',
  kind: 'xid',
  node_name: 'node-1',
  gpu_index: 0,
  mig_instance_id: null,
  gpu_name: 'NVIDIA H100 80GB HBM3',
  uuid: null,
  namespace: null,
  pod: null,
  since: null,
  value: null,
  threshold: null,
  unit: null,
  code: null,
  summary: 'GPU 0 of node-1 had an Xid error',
  action: 'contact_support',
  source: 'rules',
  alert: null,
  timestamp: now(),
  cluster: null,
  ...given
})

/** One for each of the rows of GPUs, of all kinds. */
export const ills = rows =>
  rows.map(({ node_name, gpu_index, uuid, cluster }, i) =>
    problem({
      ...{ node_name, gpu_index, uuid, cluster },
      ...[
        { severity: 'critical', kind: 'xid', code: 79, action: 'reboot_node' },
        { kind: 'hot', value: 95, threshold: 90, unit: 'celsius', action: 'check_cooling' },
        { severity: 'info', kind: 'idle_held', value: 1, unit: 'hours', pod: `train-${i}` }
      ][i % 3],
      since: '2026-01-02T03:04:05.000Z'
    })
  )

/** A row of what a namespace has, with what is given in it; else null. */
export const namespace = given => ({
  namespace: 'ml',
  workload_count: 0,
  gpu_count: 1,
  gpu_requested: null,
  idle_gpu_count: null,
  utilization_avg: null,
  memory_used: null,
  power_draw: null,
  timestamp: now(),
  cluster: null,
  measured_at: now(),
  ...given
})

/** As many of them, and a last row of what none has. */
export const tenants = count => [
  ...Array.from({ length: count }, (_, i) =>
    namespace({
      namespace: `team-${i}`,
      workload_count: 1 + (i % 5),
      gpu_count: 1 + (i % 9) / 4,
      gpu_requested: 1 + (i % 3),
      idle_gpu_count: i % 2,
      utilization_avg: i % 101,
      memory_used: 10 + i,
      power_draw: 100 + i
    })
  ),
  namespace({ namespace: null, gpu_count: 3 })
]

/** What is free, as if all of them were: a row for each model, node or GPU. */
export function freeOf(rows, by) {
  if (by === 'gpu')
    return rows.map(it => ({ ...it, idle_s: 900, held: it.gpu_index % 2 ? null : false }))
  const key = by === 'model' ? 'gpu_name' : 'node_name'
  const groups = new Map()
  for (const it of rows) groups.set(it[key], [...(groups.get(it[key]) ?? []), it])
  return [...groups.values()].map(all => {
    const [{ node_name, gpu_name, vendor, cluster, timestamp, measured_at, memory_free }] = all
    const count = all.length
    const counts = { free_count: count, gpu_count: count }
    return by === 'model'
      ? {
          ...{ gpu_name, vendor, ...counts, node_count: 1, timestamp },
          ...{ fits_1: count, fits_2: count >> 1, fits_4: count >> 2, fits_8: count >> 3 }
        }
      : {
          ...{ node_name, gpu_models: gpu_name === null ? [] : [gpu_name], ...counts },
          gpu_indexes: all.map(it => it.gpu_index),
          ...{ memory_free_min: memory_free, timestamp, cluster, measured_at }
        }
  })
}

const STATES = ['active', 'idle', 'starting', 'pending', 'unseen', 'unknown']

/** One for each of the rows of GPUs, in all states. */
export const holders = rows =>
  rows.map(({ node_name, gpu_index, uuid, cluster, utilization, power_draw }, i) =>
    workload({
      ...{ node_name, gpu_index, uuid, cluster, utilization, power_draw },
      pod: `train-${i}`,
      container: 'main',
      state: STATES[i % STATES.length],
      shared_by: 1 + (i % 3),
      utilization_max: utilization,
      memory_used: i % 70,
      memory_limit: 70,
      owner_kind: 'Job',
      owner_name: 'train',
      started_at: '2026-01-02T03:04:05.000Z',
      job_user: 'ada',
      requested: 1
    })
  )

/** A view's own, of what its rows can be sorted by. */
export async function sortsOf({ view, params }) {
  const module = await import(`../src/page/view-${view}.js`)
  return module[`${view}View`].sorts?.(params) ?? []
}
