// Asks every endpoint, and prints the GPUs: with types that are the document's, so
// that a null which is not thought of does not compile.
import createClient from 'openapi-fetch'
import type { paths, components } from './api.js'

type Gpu = components['schemas']['GpuMetricsRow']

const client = createClient<paths>({ baseUrl: process.argv[2] ?? 'http://127.0.0.1' })

const text = (value: string | number | null): string => (value === null ? '-' : String(value))

const isWhole = (row: object): row is Gpu => 'measured_at' in row

const line = (gpu: Gpu): string =>
  [gpu.node_name, gpu.gpu_index, gpu.gpu_name, gpu.utilization, gpu.memory_used, gpu.temperature].map(text).join(' ')

const health = await client.GET('/api/health')
if (health.error) throw new Error(health.error.error)
for (const exporter of health.data.data.exporters) console.log(exporter.name, exporter.gpu_count, text(exporter.measured_at))

const alive = await client.GET('/api/livez')
if (alive.error) throw new Error(alive.error.error)

const metrics = await client.GET('/api/v1/gpu/metrics', {
  params: { query: { sort: ['node_name', 'gpu_index'], limit: 100 } },
})
if (metrics.error) throw new Error(metrics.error.error)
for (const row of metrics.data.data) if (isWhole(row)) console.log(line(row))
console.log(`${metrics.data.page?.total ?? 0} GPUs`)

const nodes = await client.GET('/api/v1/gpu/nodes', { params: { query: { utilization_avg: '0..100' } } })
if (nodes.error) throw new Error(nodes.error.error)
for (const node of nodes.data.data) console.log(text(node.node_name ?? null), text(node.utilization_avg ?? null))

const busy = await client.GET('/api/v1/gpu/utilization', { params: { query: { fields: ['uuid', 'utilization'] } } })
if (busy.error) throw new Error(busy.error.error)

const processes = await client.GET('/api/v1/gpu/processes')
if (processes.error) throw new Error(processes.error.error)
