// What each namespace has of the GPUs, and leaves idle.
import { h } from './dom.js'
import { fixed, number } from './format.js'
import { csvLink, numeric, queryOf, showWarnings } from './listing.js'
import { matching, problemOf } from './rows.js'
import { Table } from './table.js'
import { add, t } from './text.js'
import './text-more.js'

add({
  namespace: 'Namespace',
  workload_count: 'Workloads',
  gpu_requested: 'Asks for',
  idle_gpu_count: 'Idle',
  gpu_hours: 'GPU hours, 24 h',
  idle_share: 'Idle, 24 h',
  ns_none: 'of no namespace'
})

// A day is read anew, which is not done for nothing.
const USED_S = 300

/** @returns {Source} of a day, as the columns say */
const usedSource = () => ({
  path: 'v1/gpu/usage?by=namespace&range=24h&fields=namespace,gpu_hours,idle_share',
  every_s: USED_S
})

const SORTS = [
  ...['namespace', 'gpu_count', 'idle_gpu_count', 'gpu_requested', 'workload_count'],
  ...['utilization_avg', 'memory_used', 'power_draw', 'gpu_hours', 'idle_share']
]

/** @type {View} */
export const namespacesView = {
  sources: () => ({ namespaces: { path: 'v1/gpu/namespaces' } }),
  title: () => t('namespaces'),
  sorts: () => SORTS,
  create(ctx) {
    const grid = new Table({
      label: t('namespaces'),
      keyOf: row => [row.cluster, row.namespace].join('\n'),
      open: row => linkOf(row, ctx),
      change: ctx.change,
      go: ctx.go
    })
    const count = h('span', { class: 'soft' })
    const title = h('h1', { tabindex: -1, text: t('namespaces') })
    const end = h('span', { class: 'end' }, csvLink('namespaces'))
    const notes = h('div')
    const head = h('div', { class: 'head' }, title, count, end)
    const content = h('section', { class: 'panel' }, head, notes, grid.element)
    const problem = h('div')
    let isAsked = false
    return {
      element: h('div', null, problem, content),
      // Once there are rows that it is of.
      wants: () => /** @type {Record<string, Source>} */ (isAsked ? { used: usedSource() } : {}),
      update() {
        content.hidden = problemOf(problem, ctx, 'namespaces')
        if (content.hidden) return
        const { data, warnings } = /** @type {any} */ (ctx.get('namespaces')).good
        showWarnings(notes, warnings)
        grid.show(columnsOf(ctx, data), matching(count, ctx, data), ctx.route.params)
        if (isAsked || !isUseTold(data)) return
        isAsked = true
        setTimeout(ctx.wanted)
      },
      destroy: () => grid.destroy()
    }
  }
}

/** Use is told by name: of two clusters' namespaces of one name it is of both. @param {NamespaceRow[]} rows */
function isUseTold(rows) {
  const names = rows.flatMap(({ namespace }) => (namespace === null ? [] : [namespace]))
  return names.length > 0 && new Set(names).size === names.length
}

/** Its workloads. @param {NamespaceRow} row @param {Context} ctx */
const linkOf = ({ namespace }, ctx) =>
  namespace === null ? null : ctx.link('workloads', [], { q: queryOf({ namespace }) })

/** @param {NamespaceRow} row */
const nameOf = ({ namespace, cluster }) => {
  const name = namespace ?? t('ns_none')
  return cluster ? `${name} (${cluster})` : name
}

/** @param {Context} ctx @param {NamespaceRow[]} rows @returns {Column[]} */
function columnsOf(ctx, rows) {
  const percent = (/** @type {number} */ n) => t('percent', { n: fixed(n, 1) })
  // Of cards that are shared there are parts, and then of all, or they cannot be compared.
  const hasParts = rows.some(row => !Number.isInteger(row.gpu_count))
  const cards = (/** @type {number} */ n) => (hasParts ? fixed(n, 2) : number(n))
  /** @type {Column[]} */
  const columns = [
    {
      id: 'namespace',
      label: t('namespace'),
      text: nameOf,
      value: row => row.namespace,
      link: row => linkOf(row, ctx)
    },
    numeric('gpu_count', row => row.gpu_count, cards),
    {
      ...numeric('idle_gpu_count', row => row.idle_gpu_count, cards),
      mark: row => (row.idle_gpu_count > 0 ? 'warn' : '')
    },
    numeric('gpu_requested', row => row.gpu_requested, number),
    numeric('workload_count', row => row.workload_count, number),
    numeric('utilization_avg', row => row.utilization_avg, percent),
    numeric(
      'memory_used',
      row => row.memory_used,
      n => t('gib', { n: number(n) })
    ),
    numeric(
      'power_draw',
      row => row.power_draw,
      n => t('w', { n: number(n) })
    )
  ]
  return isUseTold(rows) ? [...columns, ...useOf(ctx, percent)] : columns
}

/** What was used in the last day; once it is told, and as long as it is. @param {Context} ctx @param {(n: number) => string} percent @returns {Column[]} */
function useOf(ctx, percent) {
  const used = ctx.get('used')?.last
  if (!used?.ok) return []
  /** @type {Map<string | null, any>} */
  const known = new Map(used.data.map((/** @type {any} */ row) => [row.namespace, row]))
  // What no namespace has is not what nobody knows the namespace of.
  const of = (/** @type {NamespaceRow} */ row) =>
    row.namespace === null ? undefined : known.get(row.namespace)
  return [
    {
      ...numeric(
        'gpu_hours',
        row => of(row)?.gpu_hours ?? null,
        n => fixed(n, 1)
      ),
      wide: true
    },
    numeric(
      'idle_share',
      row => of(row)?.idle_share ?? null,
      n => percent(100 * n)
    )
  ]
}
