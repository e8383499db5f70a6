// The heat map of the fleet: which cells there are, and what is around them.
import { choice, h, say } from './dom.js'
import { FLAG, isOfSameNode, nameOf, nodeKeyOf, placeOf, summaryOf } from './fleet.js'
import { number } from './format.js'
import { HeatMap } from './heatmap.js'
import { matching, searcherOf } from './rows.js'
import { niceAbove } from './scale.js'
import { legend, picture } from './spark.js'
import { several, t } from './text.js'
import { METRICS } from './url.js'

const MODELS_MAX = 12
// As few that nodes stand side by side, whatever their models.
const FEW = 64
// More cells than a phone can show: one for each node.
const PHONE_CELLS = 2000

/** @type {Record<string, {value: (row: Gpu) => number | null, unit: string}>} */
const METRIC = {
  utilization: { value: row => row.utilization, unit: '%' },
  memory: { value: row => row.memory_utilization, unit: '%' },
  temperature: { value: row => row.temperature, unit: '°C' },
  power: { value: row => row.power_draw, unit: 'W' }
}

/** @param {Context} ctx */
export function makeMap(ctx) {
  let isByNode = false
  const map = new HeatMap({
    open: ({ row }) => ctx.go(isByNode ? nodeLink(row, ctx) : gpuLink(row, ctx)),
    describe: cell => wordsOf(cell, ctx.route.params.metric)
  })
  const head = makeHead(ctx)
  const note = h('p', { class: 'soft match' })
  const element = h('section', { class: 'panel heat' }, ...head.elements, note, map.element)
  let drawn = ''
  let drawnReply = /** @type {Reply | null} */ (null)
  return {
    element,
    width: () => map.element.clientWidth,
    /** @param {Reply} reply @param {number} width */
    update(reply, width) {
      isByNode = innerWidth < 640 && reply.data.length > PHONE_CELLS
      const signature = signatureOf(ctx, [width, isByNode])
      if (drawn === signature && drawnReply === reply) return
      drawn = signature
      drawnReply = reply
      const { metric, order, q } = ctx.route.params
      const range = rangeOf(reply.data, metric)
      const cells = cellsOf(reply, ctx)
      const label = t('map_label', { what: t(metric), n: cells.length })
      const options = { ...range, isDark: ctx.isDark(), label }
      map.show(groupsOf(cells, order, isByNode), width, options)
      head.show(range, isByNode)
      note.hidden = q.trim() === ''
      if (!note.hidden) matching(note, ctx, reply.data)
    }
  }
}

/** Of all that it is drawn from, but the answer. @param {Context} ctx @param {any[]} more */
function signatureOf(ctx, more) {
  const { metric, order, q } = ctx.route.params
  return [metric, order, q, ctx.isDark(), ctx.roll.gone.size, ...more].join()
}

/** What is above the cells: title, choices, legend. @param {Context} ctx */
function makeHead(ctx) {
  const metric = choice(
    t('metric'),
    METRICS.map(id => ({ id, text: t(id) })),
    id => ctx.change({ metric: id })
  )
  const order = choice(
    t('order'),
    ['node', 'value'].map(id => ({ id, text: t(`by_${id}`) })),
    id => ctx.change({ order: id })
  )
  const scale = picture(12, 120)
  const [least, most] = [h('span'), h('span')]
  const marks = ['xid', 'gone', 'unknown', 'old', 'limit'].map(id =>
    h('li', null, h('i', { class: `m-${id}`, 'aria-hidden': 'true' }), t(`key_${id}`))
  )
  const title = h('h2')
  return {
    elements: [
      h('div', { class: 'head' }, title, metric.element, order.element),
      h(
        'div',
        { class: 'legend' },
        h('span', { class: 'scale' }, least, scale.element, most),
        h('ul', { class: 'marks' }, ...marks)
      )
    ],
    /** @param {{least: number, most: number}} range @param {boolean} isByNode */
    show(range, isByNode) {
      const { params } = ctx.route
      metric.show(params.metric)
      order.show(params.order)
      say(title, isByNode ? t('every_node', { what: t(params.metric) }) : t('every_gpu'))
      say(least, String(range.least))
      say(most, `${number(range.most)} ${METRIC[params.metric].unit}`)
      scale.show(legend(ctx.isDark()))
    }
  }
}

/** @param {Gpu[]} rows @param {string} metric */
function rangeOf(rows, metric) {
  if (metric === 'utilization' || metric === 'memory') return { least: 0, most: 100 }
  if (metric === 'temperature') return { least: 20, most: 100 }
  let most = 0
  for (const row of rows) most = Math.max(most, row.power_limit ?? 0, row.power_draw ?? 0)
  return { least: 0, most: niceAbove(most) }
}

/** @param {Gpu} row @param {Context} ctx */
function gpuLink(row, ctx) {
  const { view, path, params } = placeOf(row)
  return ctx.link(view, path, params)
}
/** @param {Gpu} row @param {Context} ctx */
const nodeLink = (row, ctx) => ctx.link('node', [row.node_name ?? ''], { cluster: row.cluster })

/** @param {Cell} cell @param {string} metric */
function wordsOf({ row, flags }, metric) {
  const { value, unit } = METRIC[metric]
  const amount = value(row)
  return [
    nameOf(row),
    row.gpu_name,
    `${t(metric)} ${number(amount)} ${amount === null ? t('not_measured') : unit}`,
    flags & FLAG.gone ? t('key_gone') : '',
    flags & FLAG.xid ? t('xid_n', { n: row.xid ?? '' }) : '',
    flags & FLAG.old ? t('key_old') : '',
    flags & FLAG.limit ? t('key_limit') : ''
  ]
    .filter(Boolean)
    .join(', ')
}

// --- which cells there are

/** @param {Reply} reply @param {Context} ctx @returns {Cell[]} of all rows, in their order, and of those that are gone */
function cellsOf(reply, ctx) {
  const { metric, q } = ctx.route.params
  const { value } = METRIC[metric]
  const { flags } = summaryOf(reply)
  const match = searcherOf(q)
  const dim = (/** @type {Gpu} */ row) => (match && !match(row) ? FLAG.dim : 0)
  /** @type {Cell[]} */
  const cells = reply.data.map((/** @type {Gpu} */ row, /** @type {number} */ i) => ({
    value: value(row),
    flags: flags[i] | dim(row),
    row
  }))
  for (const { row } of ctx.roll.gone.values())
    cells.push({ value: null, flags: FLAG.gone | dim(row), row })
  return cells
}

/** @param {Cell[]} cells @returns {NodeCells[]} in the order of their first cells */
function nodesOf(cells) {
  /** @type {Map<string, NodeCells>} */
  const nodes = new Map()
  /** @type {NodeCells | null} */
  let node = null
  for (const cell of cells) {
    const { row } = cell
    const model = row.gpu_name ?? t('unnamed')
    // Rows of a node mostly are beside each other.
    if (!node || node.model !== model || !isOfSameNode(row, node.cells[0].row)) {
      /** @type {string} */
      const key = `${model}\n${nodeKeyOf(row)}`
      node = nodes.get(key) ?? { model, cells: [] }
      nodes.set(key, node)
    }
    node.cells.push(cell)
  }
  return [...nodes.values()]
}

/**
 * @param {Cell[]} cells
 * @param {string} order
 * @param {boolean} isByNode a cell is a node
 * @returns {Group[]}
 */
function groupsOf(cells, order, isByNode) {
  const nodes = nodesOf(cells)
  if (cells.length <= FEW && !isByNode && order === 'node') {
    const blocks = nodes.map(({ model, cells }) => ({
      label: `${nodeName(cells)} · ${model}`,
      cells
    }))
    return [{ title: '', blocks }]
  }
  /** @type {Map<string, NodeCells[]>} */
  const models = new Map()
  for (const node of nodes) {
    const list = models.get(node.model)
    if (list) list.push(node)
    else models.set(node.model, [node])
  }
  const lists = [...models.values()].sort((a, b) => b.length - a.length)
  const groups = lists.slice(0, MODELS_MAX).map(list => ({
    title: titleOf(list),
    blocks: blocksOf(list, order, isByNode)
  }))
  const rest = lists.slice(MODELS_MAX).flat()
  if (rest.length > 0)
    groups.push({
      title: t('more', { n: number(countOf(rest)) }),
      blocks: blocksOf(rest, 'value', isByNode)
    })
  return groups
}

/** @param {Cell[]} cells */
const nodeName = ([{ row }]) => row.node_name ?? '?'
/** @param {NodeCells[]} nodes */
const countOf = nodes => nodes.reduce((n, { cells }) => n + cells.length, 0)

/** @param {NodeCells[]} nodes of one model */
function titleOf(nodes) {
  const count = countOf(nodes)
  return t('model_title', {
    model: nodes[0].model,
    gpus: several('gpus', count, number(count)),
    nodes: several('nodes', nodes.length, number(nodes.length))
  })
}

/** @param {NodeCells[]} nodes @param {string} order @param {boolean} isByNode @returns {Block[]} */
function blocksOf(nodes, order, isByNode) {
  if (order === 'node' && !isByNode)
    return nodes.map(({ cells }) => ({ label: nodeName(cells), cells }))
  const cells = isByNode ? nodes.map(worstOf) : nodes.flatMap(({ cells }) => cells)
  if (order === 'value') cells.sort((a, b) => (b.value ?? -1) - (a.value ?? -1))
  return [{ label: '', cells }]
}

/** What stands for a node. @param {NodeCells} node @returns {Cell} */
function worstOf({ cells }) {
  const worst = cells.reduce((a, b) => ((b.value ?? -1) > (a.value ?? -1) ? b : a))
  const flags = cells.reduce((all, cell) => all | (cell.flags & ~FLAG.dim), 0)
  const isDim = cells.every(cell => cell.flags & FLAG.dim)
  return { ...worst, flags: flags | (isDim ? FLAG.dim : 0) }
}
