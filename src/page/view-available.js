// Which GPUs are free now, and where a job would fit.
import { written } from './api.js'
import { choice, h, say } from './dom.js'
import { keyOf, nameOf, placeOf } from './fleet.js'
import { select, wholeNumber } from './form.js'
import { memoryOf, number, span } from './format.js'
import { measuredColumn, numeric, queryOf, showWarnings, textual } from './listing.js'
import { matching, problemOf } from './rows.js'
import { Table } from './table.js'
import { add, rangeText, spanText, t, usedText } from './text.js'
import './text-more.js'
import { IDLES } from './url.js'

add({
  f_by: 'A row for each',
  f_model: 'Model',
  f_node: 'Node',
  f_gpu: 'GPU',
  f_fit: 'Which nodes first',
  f_pack: 'Fullest first',
  f_spread: 'Emptiest first',
  f_count: 'GPUs on one node',
  f_free: 'GiB free on each',
  f_idle: 'Idle for',
  f_idle_usual: 'as workloads are judged',
  f_idle_now: 'only now',
  f_exclude: 'left out',
  f_include: 'included',
  f_held: 'yes',
  f_not_held: 'no',
  f_none: 'No GPU is known to be free on these terms.',
  f_first: 'The first {n} of {total}.',
  f_advice: 'This is advice, and reserves nothing: others may be told the same.',
  held: 'Held',
  f_held_by: 'Held by workloads',
  free_count: 'Free',
  node_count: 'Nodes with free ones',
  fits_1: 'Jobs of 1 fit',
  fits_2: 'Of 2',
  fits_4: 'Of 4',
  fits_8: 'Of 8',
  gpu_indexes: 'Which',
  memory_free: 'Memory free',
  memory_free_min: 'Memory free, least',
  idle_s: 'Idle, at least'
})

const BYS = ['model', 'node', 'gpu']
const COUNT_MAX = 64
const FREE_MAX = 9999
// As many rows as there are of JSON.
const ROWS_MAX = 1000
// A time that is not the server's own is looked for anew.
const LOOKED_S = 30

/** What is asked for, but for how many and as what. @param {Params} params */
const query = ({ by, count, free, idle, held, fit }) =>
  written({
    by,
    ...(count > 1 ? { count: String(count) } : {}),
    ...(free > 0 ? { memory_free: `${free}..` } : {}),
    ...(idle ? { idle_for: idle } : {}),
    ...(held === 'include' ? { held } : {}),
    ...(fit === 'spread' ? { order: fit } : {})
  })

/** @type {Record<string, string[]>} by what there are rows */
const SORTS = {
  model: [
    ...['model', 'vendor', 'free_count', 'node_count'],
    ...['fits_1', 'fits_2', 'fits_4', 'fits_8']
  ],
  node: ['node', 'gpu_models', 'free_count', 'memory_free_min', 'measured'],
  gpu: ['gpu', 'model', 'mig_profile', 'memory_free', 'utilization', 'idle_s', 'held', 'measured']
}

/** @type {View} */
export const availableView = {
  sources: ({ params }) => ({
    available: {
      path: `v1/gpu/available?${query(params)}&limit=${ROWS_MAX}`,
      ...(params.idle ? { every_s: LOOKED_S } : {})
    }
  }),
  title: () => t('available'),
  sorts: ({ by }) => SORTS[by],
  create(ctx) {
    const grid = new Table({
      label: t('available'),
      keyOf: row => [keyOf(row), row.gpu_name, row.vendor].join('\n'),
      open: row => linkOf(row, ctx),
      change: ctx.change,
      go: ctx.go
    })
    const count = h('span', { class: 'soft' })
    const title = h('h1', { tabindex: -1, text: t('available') })
    const csv = h('a', { download: 'available.csv', text: t('csv') })
    const terms = makeTerms(ctx)
    const notes = h('div')
    const none = h('p', { class: 'soft empty', text: t('f_none') })
    const rest = h('p', { class: 'soft' })
    const rows = h('div', null, notes, none, rest, grid.element)
    const problem = h('div')
    const head = h('div', { class: 'head' }, title, count, h('span', { class: 'end' }, csv))
    const advice = h('p', { class: 'rest', text: t('f_advice') })
    return {
      element: h(
        'div',
        null,
        h('section', { class: 'panel' }, head, terms.element, rows, advice),
        problem
      ),
      update() {
        terms.show()
        csv.setAttribute('href', `../api/v1/gpu/available?${query(ctx.route.params)}&format=csv`)
        rows.hidden = problemOf(problem, ctx, 'available', { isEmptyOk: true })
        count.hidden = rows.hidden
        if (rows.hidden) return
        const reply = /** @type {Reply} */ (ctx.get('available')?.good)
        const { data, warnings, total } = reply
        none.hidden = data.length > 0
        grid.element.hidden = data.length === 0
        showWarnings(notes, warnings)
        showRest(rest, data.length, total)
        grid.show(columnsOf(ctx, reply), matching(count, ctx, data), ctx.route.params)
      },
      destroy: () => grid.destroy()
    }
  }
}

/** What somebody wants. @param {Context} ctx */
function makeTerms(ctx) {
  const { change } = ctx
  const named = (/** @type {string[]} */ ids) => ids.map(id => ({ id, text: t(`f_${id}`) }))
  const by = choice(t('f_by'), named(BYS), id => change({ by: id, sort: '', page: 0 }))
  const fit = choice(t('f_fit'), named(['pack', 'spread']), id => change({ fit: id }))
  const held = select(t('f_held_by'), named(['exclude', 'include']), id => change({ held: id }))
  const times = IDLES.map(id => ({ id, text: idleText(id) }))
  const idle = select(t('f_idle'), times, id => change({ idle: id }))
  const count = wholeNumber(t('f_count'), 1, COUNT_MAX, value => change({ count: value }))
  const free = wholeNumber(t('f_free'), 0, FREE_MAX, value => change({ free: value }))
  return {
    element: h(
      'div',
      { class: 'terms' },
      by.element,
      fit.element,
      ...[count, free, idle, held].map(it => it.row)
    ),
    show() {
      const { params } = ctx.route
      by.show(params.by)
      fit.show(params.fit)
      // Of models there is no such order.
      fit.element.hidden = params.by === 'model'
      const fields = { count, free, idle, held }
      for (const [name, { element }] of Object.entries(fields))
        if (element !== document.activeElement)
          element.value = String(params[/** @type {keyof typeof fields} */ (name)])
    }
  }
}

/** @param {string} idle */
const idleText = idle =>
  idle === '' ? t('f_idle_usual') : idle === '0' ? t('f_idle_now') : rangeText(idle)

/** That there are more than these. @param {HTMLElement} host @param {number} shown @param {number | null} total */
function showRest(host, shown, total) {
  host.hidden = total === null || total <= shown
  if (!host.hidden) say(host, t('f_first', { n: number(shown), total: number(total) }))
}

/** A card, a node, or the nodes with such cards. @param {any} row @param {Context} ctx */
function linkOf(row, ctx) {
  const { by, count, free, idle, held, fit } = ctx.route.params
  const terms = { count, free, idle, held, fit }
  if (by === 'model')
    return row.gpu_name === null
      ? null
      : ctx.link('available', [], { ...terms, by: 'node', q: queryOf({ model: row.gpu_name }) })
  if (by === 'node')
    return row.node_name === null
      ? null
      : ctx.link('node', [row.node_name], { cluster: row.cluster })
  const { view, path, params } = placeOf(row)
  return view === 'gpu' ? ctx.link(view, path, params) : null
}

/** @param {Context} ctx @param {Reply} reply @returns {Column[]} */
function columnsOf(ctx, reply) {
  const { by } = ctx.route.params
  if (by === 'model') return modelColumns(ctx)
  return [
    ...(by === 'node' ? nodeColumns(ctx) : gpuColumns(ctx, reply.data)),
    measuredColumn(ctx, reply)
  ]
}

/** @param {{free_count: number, gpu_count: number}} row */
const freeText = ({ free_count, gpu_count }) =>
  `${number(free_count)} ${t('of_total', { total: number(gpu_count) })}`

const free = () => ({ ...numeric('free_count', row => row.free_count, number), text: freeText })

/** @param {Context} ctx @returns {Column[]} */
const modelColumns = ctx => [
  textual('model', row => row.gpu_name, { link: row => linkOf(row, ctx) }),
  textual('vendor', row => row.vendor),
  free(),
  numeric('node_count', row => row.node_count, number),
  ...['fits_1', 'fits_2', 'fits_4', 'fits_8'].map(id => numeric(id, row => row[id], number))
]

/** @param {{node_name: string | null, cluster: string | null}} row */
const nodeName = ({ node_name, cluster }) =>
  cluster ? `${node_name ?? '?'} (${cluster})` : (node_name ?? '?')

/** @param {Context} ctx @returns {Column[]} */
const nodeColumns = ctx => [
  textual('node', row => row.node_name, { text: nodeName, link: row => linkOf(row, ctx) }),
  textual('gpu_models', row => row.gpu_models[0] ?? null, {
    wide: true,
    text: row => row.gpu_models.join(', ')
  }),
  free(),
  { id: 'gpu_indexes', label: t('gpu_indexes'), text: row => row.gpu_indexes.join(', ') },
  numeric('memory_free_min', row => row.memory_free_min, gib)
]

const gib = (/** @type {number} */ n) => t('gib', { n: number(n, 1) })
const percent = (/** @type {number} */ n) => t('percent', { n: number(n) })

/** @param {Context} ctx @param {AvailableRow[]} rows @returns {Column[]} */
const gpuColumns = (ctx, rows) => [
  textual('gpu', nameOf, { link: row => linkOf(row, ctx) }),
  textual('model', row => row.gpu_name, { wide: true }),
  ...(rows.some(row => row.mig_profile !== null)
    ? [textual('mig_profile', row => row.mig_profile)]
    : []),
  {
    ...numeric('memory_free', row => row.memory_free, gib),
    wide: true,
    text: row => usedText(memoryOf(row.memory_free, row.memory_total))
  },
  numeric('utilization', row => row.utilization, percent),
  numeric(
    'idle_s',
    row => row.idle_s,
    s => spanText(span(s))
  ),
  {
    ...numeric('held', row => (row.held === null ? null : Number(row.held)), number),
    right: false,
    text: row => (row.held === null ? number(null) : t(row.held ? 'f_held' : 'f_not_held')),
    mark: row => (row.held ? 'shared' : '')
  }
]
