// Asks every endpoint, and prints the GPUs: with types that are the document's, so
// that a null which is not thought of does not compile.
import createClient from 'openapi-fetch'
import type { paths, components } from './api.js'

declare const process: { argv: string[] }

type Gpu = components['schemas']['GpuMetricsRow']

const client = createClient<paths>({
  baseUrl: process.argv[2] ?? 'http://127.0.0.1',
  // A list is one value, with commas between.
  querySerializer: { array: { style: 'form', explode: false } },
})

const text = (value: string | number | null | undefined): string => (value === null || value === undefined ? '-' : String(value))

// With all its columns, since fields= was not asked for.
const isWhole = (row: object): row is Gpu => 'measured_at' in row

// JSON, since format=csv was not asked for; or what went wrong.
const answerOf = <T extends object>(result: { data?: T | string; error?: { error: string } }): T => {
  if (result.error) throw new Error(result.error.error)
  if (typeof result.data !== 'object') throw new Error('no JSON')
  return result.data
}

const line = (gpu: Gpu): string =>
  [gpu.node_name, gpu.gpu_index, gpu.gpu_name, gpu.utilization, gpu.memory_used, gpu.temperature].map(text).join(' ')

const health = answerOf(await client.GET('/api/health'))
for (const exporter of health.data.exporters) console.log(exporter.name, exporter.gpu_count, text(exporter.measured_at))

answerOf(await client.GET('/api/livez'))

const metrics = answerOf(await client.GET('/api/v1/gpu/metrics', {
  params: { query: { sort: ['node_name', 'gpu_index'], limit: 100 } },
}))
for (const row of metrics.data) if (isWhole(row)) console.log(line(row))
console.log(`${text(metrics.page?.total)} GPUs`)

const nodes = answerOf(await client.GET('/api/v1/gpu/nodes', { params: { query: { utilization_avg: '0..100' } } }))
for (const node of nodes.data) console.log(text(node.node_name), text(node.utilization_avg))

const busy = answerOf(await client.GET('/api/v1/gpu/utilization', { params: { query: { fields: ['uuid', 'utilization'] } } }))
console.log(`${busy.data.length} utilizations`)

const processes = answerOf(await client.GET('/api/v1/gpu/processes'))
console.log(`${processes.data.length} processes`)
