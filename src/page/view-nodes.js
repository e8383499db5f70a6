// A row for each node.
import { colourOf, h } from './dom.js'
import { derive, fleetSource, nodeKeyOf } from './fleet.js'
import { memoryOf, number, power, time, together } from './format.js'
import { matching, problemOf } from './rows.js'
import { picture, strip } from './spark.js'
import { Table } from './table.js'
import { t, usedText } from './text.js'

/** @type {View} */
export const nodesView = {
  sources: () => ({ nodes: { path: 'v1/gpu/nodes' }, fleet: fleetSource() }),
  title: () => `${t('nodes')} · ${t('gpus_title')}`,
  create(ctx) {
    const grid = new Table({
      label: t('nodes'),
      keyOf: nodeKeyOf,
      open: row => linkOf(row, ctx),
      change: ctx.change,
      go: ctx.go
    })
    const count = h('span', { class: 'soft' })
    const csv = h('a', {
      href: '../api/v1/gpu/nodes?format=csv',
      download: 'nodes.csv',
      text: t('csv')
    })
    const content = h(
      'section',
      { class: 'panel' },
      h(
        'div',
        { class: 'head' },
        h('h1', { tabindex: -1, text: t('nodes') }),
        count,
        h('span', { class: 'end' }, csv)
      ),
      grid.element
    )
    const problem = h('div')
    /** @type {Map<string, (number | null)[]>} */
    let loads = new Map()
    let loadsOf = /** @type {any} */ (null)
    return {
      element: h('div', null, problem, content),
      update() {
        content.hidden = problemOf(problem, ctx, 'nodes')
        if (content.hidden) return
        const reply = /** @type {any} */ (ctx.get('nodes')).good
        const fleet = ctx.get('fleet')?.good
        if (fleet && loadsOf !== fleet) {
          loadsOf = fleet
          loads = new Map()
          for (const row of fleet.data) {
            const list = loads.get(nodeKeyOf(row))
            if (list) list.push(row.utilization)
            else loads.set(nodeKeyOf(row), [row.utilization])
          }
        }
        const { q, sort } = ctx.route.params
        const rows = matching(count, ctx, reply.data)
        const columns = columnsOf(ctx, loads, derive(reply).times.newest_ms)
        grid.show(columns, rows, sort, q)
      },
      destroy: () => grid.destroy()
    }
  }
}

/** @param {NodeRow} row @param {Context} ctx */
const linkOf = (row, ctx) =>
  row.node_name === null ? null : ctx.link('node', [row.node_name], { cluster: row.cluster })

/** @param {Context} ctx @param {Map<string, (number | null)[]>} loads @param {number | null} newest_ms @returns {Column[]} */
function columnsOf(ctx, loads, newest_ms) {
  const { tz } = ctx.route.params
  return [
    {
      id: 'node',
      label: t('node'),
      text: row =>
        row.cluster ? `${row.node_name ?? '?'} (${row.cluster})` : (row.node_name ?? '?'),
      value: row => row.node_name,
      link: row => linkOf(row, ctx)
    },
    {
      id: 'load',
      label: t('load'),
      wide: true,
      text: () => '',
      picture: row => loadPicture(loads.get(nodeKeyOf(row)), ctx)
    },
    {
      id: 'gpu_count',
      label: t('gpu_count'),
      right: true,
      text: row => number(row.gpu_count),
      value: row => row.gpu_count
    },
    {
      id: 'gpu_models',
      label: t('gpu_models'),
      wide: true,
      text: row => row.gpu_models.join(', '),
      value: row => row.gpu_models[0] ?? null
    },
    {
      id: 'utilization_avg',
      label: t('utilization_avg'),
      right: true,
      text: row => number(row.utilization_avg, 1) + percentOf(row.utilization_avg),
      value: row => row.utilization_avg
    },
    {
      id: 'utilization_max',
      label: t('utilization_max'),
      right: true,
      text: row => number(row.utilization_max, 1) + percentOf(row.utilization_max),
      value: row => row.utilization_max
    },
    {
      id: 'memory',
      label: t('memory_used'),
      right: true,
      wide: true,
      text: row => usedText(memoryOf(row.memory_used, row.memory_total)),
      value: row => row.memory_used
    },
    {
      id: 'temperature_max',
      label: t('temperature_max'),
      right: true,
      text: row =>
        row.temperature_max === null ? number(null) : t('c', { n: number(row.temperature_max) }),
      value: row => row.temperature_max,
      mark: row => (row.temperature_max >= 85 ? 'warn' : '')
    },
    {
      id: 'power_draw',
      label: t('power_draw'),
      right: true,
      text: row => together(power(row.power_draw)),
      value: row => row.power_draw
    },
    {
      id: 'measured',
      label: t('measured'),
      right: true,
      text: row =>
        row.measured_at === null ? number(null) : time(Date.parse(row.measured_at), tz),
      value: row => row.measured_at,
      mark: row =>
        newest_ms !== null &&
        row.measured_at !== null &&
        newest_ms - Date.parse(row.measured_at) > 120000
          ? 'old'
          : ''
    }
  ]
}

/** @param {number | null} value */
const percentOf = value => (value === null ? '' : ' %')

/** @param {(number | null)[] | undefined} values @param {Context} ctx */
function loadPicture(values, ctx) {
  const it = picture(20, Math.min(112, 14 * Math.max(1, values?.length ?? 0)))
  if (values) it.show(strip(values, ctx.isDark(), colourOf('--faint')))
  return it.element
}
