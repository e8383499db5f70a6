// What of the fleet somebody should look at: each kind in words, with the first of it.
import { fill, h } from './dom.js'
import { FLAG, HOT_C, keyOf, summaryOf } from './fleet.js'
import { memory, number, time, together } from './format.js'
import { MARKS, whereOf, workloadNameOf } from './rows.js'
import { t } from './text.js'

const LISTED = 3

/** @type {Kind[]} */
const KINDS = [
  {
    kind: 'xid',
    mark: 'bad',
    title: () => t('a_xid'),
    q: 'xid:',
    isOfCard: true,
    flag: FLAG.xid,
    note: row => t('xid_n', { n: Number(row.xid) })
  },
  {
    kind: 'hot',
    mark: 'warn',
    title: () => t('a_hot', { limit: HOT_C }),
    q: `temp>=${HOT_C}`,
    isOfCard: true,
    flag: FLAG.hot,
    rank: row => row.temperature,
    note: row => t('c', { n: number(row.temperature) })
  },
  {
    kind: 'old',
    mark: 'warn',
    title: () => t('a_old'),
    q: '',
    flag: FLAG.old,
    note: (row, tz) => time(Date.parse(String(row.measured_at)), tz)
  },
  {
    kind: 'unknown',
    mark: 'warn',
    title: () => t('a_unknown'),
    q: 'unknown:',
    flag: FLAG.unknown,
    note: () => ''
  },
  {
    kind: 'limit',
    mark: 'info',
    title: () => t('a_limit'),
    q: 'limit:',
    isOfCard: true,
    flag: FLAG.limit,
    note: row => t('w', { n: number(row.power_draw) })
  },
  {
    kind: 'held',
    mark: 'info',
    title: () => t('a_held'),
    q: 'held:',
    flag: FLAG.held,
    rank: row => row.memory_used,
    note: row => together(memory(row.memory_used))
  }
]

// What /problems tells better: those of now, of every exporter.
const TOLD = ['xid', 'hot', 'old']
// As many as can be counted by kind.
const PROBLEMS_MAX = 1000

/** What is wrong, but for what is only good to know. @returns {Source} */
export const problemsSource = () => ({
  path:
    'v1/gpu/problems?severity=critical,warning&fields=severity,kind,node_name,gpu_index,' +
    `mig_instance_id,uuid,value,unit,code,cluster&limit=${PROBLEMS_MAX}`,
  every_s: 15
})

/** GPUs that workloads hold, but do not use: the first ones, and how many there are. @returns {Source} */
export const keptSource = () => ({
  path:
    'v1/gpu/workloads?state=idle&sort=-memory_used&fields=namespace,pod,node_name,gpu_index,' +
    `mig_instance_id,uuid,memory_used,job_id,cluster&limit=${LISTED}`,
  every_s: 30
})

/** @param {Context} ctx */
export function makeAttention(ctx) {
  const list = h('ul', { class: 'list' })
  const element = h(
    'section',
    { class: 'panel' },
    h('div', { class: 'head' }, h('h2', { text: t('attention') })),
    list
  )
  return {
    element,
    /** @param {Reply} reply */
    update(reply) {
      const problems = problemsOf(ctx)
      const own = findings(reply, ctx)
      const isTold = ctx.get('problems')?.last?.ok
      const items = [
        ...goneOf(ctx),
        ...problems,
        ...(isTold ? own.filter(({ kind }) => !TOLD.includes(kind)) : own),
        ...keptOf(ctx),
        ...warningsOf(reply, ctx)
      ]
      fill(list, JSON.stringify(items) + ctx.route.params.tz, () =>
        items.length
          ? items.map(item => entry(item, ctx))
          : [h('li', { class: 'soft', text: t('nothing_wrong') })]
      )
    }
  }
}

/** @template T @param {T[]} rows @param {(row: T) => string} note @param {Context} ctx */
const firstOf = (rows, note, ctx) =>
  rows.slice(0, LISTED).map(row => {
    const { name, link } = whereOf(row, ctx)
    return { name: name ?? '?', link: link ?? ctx.link('gpus'), note: note(row) }
  })

/** Those that are listed, the greatest first: a thousand are not sorted for three. @template T @param {T[]} rows @param {(row: T) => number | null} rank */
export function topOf(rows, rank) {
  /** @type {{row: T, value: number}[]} */
  const top = []
  for (const row of rows) {
    const value = Number(rank(row))
    // Of equals the first stays the first.
    const at = top.findIndex(it => it.value < value)
    if (at >= 0) top.splice(at, 0, { row, value })
    else if (top.length < LISTED) top.push({ row, value })
    if (top.length > LISTED) top.pop()
  }
  return top.map(({ row }) => row)
}

/** @param {Context} ctx @returns {Finding[]} */
function goneOf(ctx) {
  const { tz } = ctx.route.params
  const gone = [...ctx.roll.gone.values()]
  if (gone.length === 0) return []
  const since = (/** @type {Gpu} */ row) => Number(ctx.roll.gone.get(keyOf(row))?.since_ms)
  const first = firstOf(
    gone.map(({ row }) => row),
    row => t('since_time', { time: time(since(row), tz) }),
    ctx
  )
  return [{ kind: 'gone', mark: 'bad', title: t('a_gone'), count: gone.length, first, all: '' }]
}

/** @param {Reply} reply @param {Context} ctx @returns {Finding[]} */
function findings(reply, ctx) {
  const { flags } = summaryOf(reply)
  /** @type {Gpu[][]} */
  const found = KINDS.map(() => [])
  reply.data.forEach((/** @type {Gpu} */ row, /** @type {number} */ i) => {
    const all = flags[i]
    // Most have none of them.
    if (all === FLAG.card || all === 0) return
    KINDS.forEach(({ flag, isOfCard }, k) => {
      if (all & flag && (all & FLAG.card || !isOfCard)) found[k].push(row)
    })
  })
  return KINDS.map(({ kind, mark, title, q, rank, note }, i) => {
    const rows = found[i]
    const first = firstOf(
      rank ? topOf(rows, rank) : rows,
      row => note(row, ctx.route.params.tz),
      ctx
    )
    const all = q && ctx.link('gpus', [], { q })
    return { kind, mark, title: title(), count: rows.length, first, all }
  }).filter(({ count }) => count > 0)
}

/** @param {Context} ctx @returns {Finding[]} of each kind, in the order of the first of it */
function problemsOf(ctx) {
  const last = ctx.get('problems')?.last
  if (!last || last.fault === 'missing') return []
  const all = ctx.link('problems')
  if (!last.ok)
    return [{ kind: 'untold', mark: 'warn', title: t('a_untold'), count: 0, first: [], all }]
  /** @type {Map<string, ProblemRow[]>} */
  const kinds = new Map()
  for (const row of last.data) {
    const rows = kinds.get(row.kind)
    if (rows) rows.push(row)
    else kinds.set(row.kind, [row])
  }
  return [...kinds].map(([kind, rows]) => ({
    kind: `p-${kind}`,
    mark: MARKS[rows[0].severity],
    // One that is new here is as the API calls it.
    title: t(`k_${kind}`).replace(/^k_/, ''),
    count: rows.length,
    first: firstOf(rows, noteOf, ctx),
    all: ctx.link('problems', [], { q: `kind:${kind}` })
  }))
}

/** @param {ProblemRow} row */
const noteOf = ({ code, value, unit }) =>
  code !== null
    ? t('xid_n', { n: code })
    : value !== null && unit === 'celsius'
      ? t('c', { n: number(value) })
      : ''

/** @param {Context} ctx @returns {Finding[]} */
function keptOf(ctx) {
  const last = ctx.get('kept')?.last
  // A server may have no such endpoint, and a site nobody who tells.
  if (!last || last.fault === 'missing') return []
  const all = ctx.link('workloads', [], { q: 'state:idle' })
  const finding = /** @type {const} */ ({ kind: 'kept', mark: 'info', all })
  // What was so before a failure is not shown as what is.
  if (!last.ok) return [{ ...finding, title: t('a_kept_unknown'), count: 0, first: [] }]
  const note = (/** @type {any} */ row) =>
    [workloadNameOf(row), row.memory_used === null ? '' : together(memory(row.memory_used))]
      .filter(Boolean)
      .join(', ')
  const first = firstOf(last.data, row => `(${note(row)})`, ctx)
  const count = last.total ?? last.data.length
  return count ? [{ ...finding, title: t('a_kept'), count, first }] : []
}

/** @param {Reply} reply @param {Context} ctx @returns {Finding[]} */
const warningsOf = ({ warnings }, ctx) =>
  warnings.slice(0, LISTED).map(text => ({
    kind: text,
    mark: 'warn',
    title: t('a_warnings'),
    count: 1,
    first: [{ name: text, link: ctx.link('status'), note: '' }],
    all: ''
  }))

/** @param {Finding} item @param {Context} ctx */
function entry(item, ctx) {
  const { kind, mark, title, first } = item
  return h(
    'li',
    null,
    h('span', {
      class: `ic ${mark}`,
      'aria-hidden': 'true',
      text: { bad: '!', warn: '▲', info: 'i' }[mark]
    }),
    h('span', { class: 't', text: title }),
    moreOf(item, ctx),
    h(
      'span',
      { class: 's' },
      ...first.flatMap(({ name, link, note }, i) => [
        i ? ', ' : '',
        h('a', { href: link, data: { key: `${kind}-${i}` }, text: name }),
        note ? ` ${note}` : ''
      ])
    )
  )
}

/** What stands at the end of a finding's first line. @param {Finding} item @param {Context} ctx */
function moreOf({ kind, count, first, all }, ctx) {
  if (kind === 'gone')
    return h('button', {
      type: 'button',
      class: 'small more',
      data: { key: 'dismiss' },
      text: t('dismiss'),
      on: { click: ctx.dismissGone }
    })
  if (count > first.length && all)
    return h('a', {
      href: all,
      class: 'more',
      data: { key: `${kind}-all` },
      text: t('all_n', { n: number(count) })
    })
  return h('span', { class: 'more', text: count > 1 ? number(count) : '' })
}
