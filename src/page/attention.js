// What of the fleet somebody should look at: each kind in words, with the first of it.
import { fill, h } from './dom.js'
import { FLAG, HOT_C, keyOf, nameOf, placeOf, summaryOf } from './fleet.js'
import { memory, number, time, together } from './format.js'
import { workloadNameOf } from './rows.js'
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
      const items = [
        ...goneOf(ctx),
        ...findings(reply, ctx),
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

/** @param {Gpu[]} rows @param {(row: Gpu) => string} note @param {Context} ctx */
const firstOf = (rows, note, ctx) =>
  rows.slice(0, LISTED).map(row => {
    const { view, path, params } = placeOf(row)
    return { name: nameOf(row), link: ctx.link(view, path, params), note: note(row) }
  })

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
    if (rank) rows.sort((a, b) => Number(rank(b)) - Number(rank(a)))
    const first = firstOf(rows, row => note(row, ctx.route.params.tz), ctx)
    const all = q && ctx.link('gpus', [], { q })
    return { kind, mark, title: title(), count: rows.length, first, all }
  }).filter(({ count }) => count > 0)
}

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
