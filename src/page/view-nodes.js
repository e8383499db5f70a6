// A row for each node.
import { written } from './api.js'
import { colourOf, h } from './dom.js'
import { HOT_C, fleetSource, nodeKeyOf } from './fleet.js'
import { fixed, memoryOf, number } from './format.js'
import { csvLink, measuredColumn, numeric } from './listing.js'
import { matching, problemOf } from './rows.js'
import { picture } from './spark.js'
import { sparkline, strip } from './strip.js'
import { Table } from './table.js'
import { add, rangeText, t, usedText } from './text.js'
import './text-more.js'

add({
  utilization_max: 'Util. most',
  temperature_max: 'Hottest',
  trend_of: 'Utilization, {range}',
  load: 'Load of its GPUs',
  kw: '{n} kW'
})

const TREND_POINTS = '40'
const TREND_S = 60
// Of what is asked for at once: names have to fit into an address.
const TREND_NODES = 50
const TREND_LETTERS = 3000
// Who scrolls on wants the next ones.
const SETTLED_MS = 300

// Columns whose values have an order.
const SORTS = [
  ...['node', 'gpu_count', 'gpu_models', 'utilization_avg', 'utilization_max', 'memory'],
  ...['temperature_max', 'power_draw', 'measured']
]

/** @type {View} */
export const nodesView = {
  sources: () => ({ nodes: { path: 'v1/gpu/nodes' }, fleet: fleetSource() }),
  title: () => `${t('nodes')} · ${t('gpus_title')}`,
  sorts: () => SORTS,
  create(ctx) {
    const trend = makeTrend(ctx)
    const grid = new Table({
      label: t('nodes'),
      keyOf: nodeKeyOf,
      open: row => linkOf(row, ctx),
      change: ctx.change,
      go: ctx.go,
      seen: trend.seen
    })
    const count = h('span', { class: 'soft' })
    const title = h('h1', { tabindex: -1, text: t('nodes') })
    const head = h(
      'div',
      { class: 'head' },
      title,
      count,
      h('span', { class: 'end' }, csvLink('nodes'))
    )
    const content = h('section', { class: 'panel' }, head, grid.element)
    const problem = h('div')
    const pictures = makePictures(ctx)
    return {
      element: h('div', null, problem, content),
      wants: trend.wants,
      update() {
        content.hidden = problemOf(problem, ctx, 'nodes')
        if (content.hidden) return
        const reply = /** @type {any} */ (ctx.get('nodes')).good
        const rows = matching(count, ctx, reply.data)
        pictures.update(reply)
        const columns = columnsOf(ctx, reply, pictures)
        grid.show(columns, rows, ctx.route.params)
      },
      destroy() {
        trend.destroy()
        grid.destroy()
      }
    }
  }
}

/** The last hour of those nodes that are in sight. @param {Context} ctx */
function makeTrend(ctx) {
  /** @type {string[]} */
  let names = []
  let settling = 0
  return {
    /** @param {NodeRow[]} rows */
    seen(rows) {
      const seen = rows.flatMap(({ node_name }) => (node_name === null ? [] : [node_name]))
      const wanted = fitting(seen)
      if (wanted.join('\n') === names.join('\n')) return
      clearTimeout(settling)
      // The first ones at once.
      const wait_ms = names.length === 0 ? 0 : SETTLED_MS
      names = wanted
      settling = setTimeout(ctx.wanted, wait_ms)
    },
    /** @returns {Record<string, Source>} */
    wants() {
      if (names.length === 0) return {}
      const { range } = ctx.route.params
      const query = { by: 'node', range, points: TREND_POINTS, node_name: names }
      return { trend: { path: `v1/gpu/history?${written(query)}`, every_s: TREND_S } }
    },
    destroy: () => clearTimeout(settling)
  }
}

/** As many names as fit into an address. @param {string[]} names */
function fitting(names) {
  const items = []
  let letters = 0
  for (const name of names.slice(0, TREND_NODES)) {
    letters += encodeURIComponent(name).length + 1
    if (letters > TREND_LETTERS) break
    items.push(name)
  }
  return items
}

/** What rows have as pictures, each made once for an answer. @param {Context} ctx */
function makePictures(ctx) {
  /** @type {Map<string, (number | null)[]>} */
  let loads = new Map()
  /** @type {Map<string, (number | null)[]>} */
  let lines = new Map()
  /** @type {any[]} */
  let made = []
  /** @type {Map<string, HTMLElement>} */
  const kept = new Map()
  /** @param {string} key @param {number} width @param {(g: any, width: number, height: number) => void} draw */
  const once = (key, width, draw) => {
    let element = kept.get(key)
    if (!element) {
      const it = picture(20, width)
      it.show(draw)
      kept.set(key, (element = it.element))
    }
    return element
  }
  return {
    /** @param {Reply} reply */
    update(reply) {
      const [fleet, trend] = ['fleet', 'trend'].map(name => ctx.get(name)?.good)
      const now = [reply, fleet, trend, ctx.isDark()]
      if (now.every((it, i) => it === made[i])) return
      made = now
      kept.clear()
      loads = loadsOf(fleet?.data ?? [])
      // While other rows are asked for, those that were there stay.
      if (trend) lines = linesOf(trend.data)
    },
    /** @param {NodeRow} row */
    load(row) {
      const values = loads.get(nodeKeyOf(row)) ?? []
      const width = Math.min(112, 14 * Math.max(1, values.length))
      const draw = strip(values, ctx.isDark(), colourOf('--faint'))
      return once(`load ${nodeKeyOf(row)}`, width, draw)
    },
    /** @param {NodeRow} row */
    line(row) {
      const values = lines.get(nodeKeyOf(row)) ?? []
      return once(`line ${nodeKeyOf(row)}`, 90, sparkline(values, colourOf('--busy')))
    }
  }
}

/** @param {Gpu[]} rows */
function loadsOf(rows) {
  const loads = new Map()
  for (const row of rows) {
    const list = loads.get(nodeKeyOf(row))
    if (list) list.push(row.utilization)
    else loads.set(nodeKeyOf(row), [row.utilization])
  }
  return loads
}

/** @param {any} history @returns {Map<string, (number | null)[]>} */
const linesOf = ({ series, columns }) =>
  new Map(
    series.map((/** @type {any} */ it, /** @type {number} */ i) => [nodeKeyOf(it), columns[i + 1]])
  )

/** @param {NodeRow} row @param {Context} ctx */
const linkOf = (row, ctx) =>
  row.node_name === null ? null : ctx.link('node', [row.node_name], { cluster: row.cluster })

/** @param {NodeRow} row */
const nameOf = ({ node_name, cluster }) =>
  cluster ? `${node_name ?? '?'} (${cluster})` : (node_name ?? '?')

/** @param {Context} ctx @param {Reply} reply @param {ReturnType<typeof makePictures>} pictures @returns {Column[]} */
function columnsOf(ctx, reply, pictures) {
  const { range } = ctx.route.params
  const percent = (/** @type {number} */ n) => t('percent', { n: fixed(n, 1) })
  // One unit for all, or numbers below each other cannot be compared.
  const isLarge = reply.data.some((/** @type {NodeRow} */ row) => Number(row.power_draw) >= 1000)
  const watts = (/** @type {number} */ n) =>
    isLarge ? t('kw', { n: fixed(n / 1000, 2) }) : t('w', { n: number(n) })
  return [
    {
      id: 'node',
      label: t('node'),
      text: nameOf,
      value: row => row.node_name,
      link: row => linkOf(row, ctx)
    },
    { id: 'load', label: t('load'), wide: true, text: () => '', picture: pictures.load },
    {
      id: 'trend',
      label: t('trend_of', { range: rangeText(range) }),
      wide: true,
      text: () => '',
      picture: pictures.line
    },
    numeric('gpu_count', row => row.gpu_count, number),
    {
      id: 'gpu_models',
      label: t('gpu_models'),
      wide: true,
      text: row => row.gpu_models.join(', '),
      value: row => row.gpu_models[0] ?? null
    },
    numeric('utilization_avg', row => row.utilization_avg, percent),
    numeric('utilization_max', row => row.utilization_max, percent),
    {
      id: 'memory',
      label: t('memory_used'),
      right: true,
      wide: true,
      text: row => usedText(memoryOf(row.memory_used, row.memory_total)),
      value: row => row.memory_used
    },
    {
      ...numeric(
        'temperature_max',
        row => row.temperature_max,
        n => t('c', { n: number(n) })
      ),
      mark: row => (row.temperature_max >= HOT_C ? 'warn' : '')
    },
    numeric('power_draw', row => row.power_draw, watts),
    measuredColumn(ctx, reply)
  ]
}
