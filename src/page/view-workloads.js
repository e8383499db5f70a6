// Who has which GPU, and who waits for one.
import { h, say } from './dom.js'
import { keyOf } from './fleet.js'
import { csvLink, showCounts, showWarnings } from './listing.js'
import { matching, problemOf, workloadNameOf } from './rows.js'
import { Table } from './table.js'
import { t } from './text.js'
import './text-more.js'
import { STATES, cardLink, stateText, workloadColumns } from './workloads.js'

const FIELDS = [
  ...[
    'namespace',
    'pod',
    'container',
    'node_name',
    'gpu_index',
    'mig_instance_id',
    'gpu_name',
    'uuid'
  ],
  ...['state', 'shared_by', 'utilization', 'memory_used', 'memory_limit'],
  ...['power_draw', 'owner_kind', 'owner_name', 'started_at', 'job_id', 'job_user', 'requested'],
  ...['source', 'timestamp', 'cluster', 'measured_at']
]
// Most are names, some of them long.
const COLUMN_W = 150

const SORTS = [
  ...['workload', 'container', 'gpu', 'state', 'shared_by', 'utilization', 'gpu_memory', 'power'],
  ...['user', 'owner', 'started', 'requested']
]

/** @type {View} */
export const workloadsView = {
  sources: () => ({ workloads: { path: `v1/gpu/workloads?fields=${FIELDS.join()}` } }),
  title: () => t('workloads'),
  sorts: () => SORTS,
  create(ctx) {
    const grid = new Table({
      label: t('workloads'),
      columnW: COLUMN_W,
      keyOf: row => [workloadNameOf(row), row.container, row.job_id, keyOf(row)].join('\n'),
      open: row => cardLink(row, ctx),
      change: ctx.change,
      go: ctx.go
    })
    const count = h('span', { class: 'soft' })
    const title = h('h1', { tabindex: -1, text: t('workloads') })
    const end = h('span', { class: 'end' }, meanings(), csvLink('workloads'))
    const states = h('ul', { class: 'keys' })
    const notes = h('div')
    const none = h('p', { class: 'soft empty' })
    const head = h('div', { class: 'head' }, title, count, end)
    const content = h('section', { class: 'panel' }, head, notes, states, none, grid.element)
    const problem = h('div')
    return {
      element: h('div', null, problem, content),
      update() {
        content.hidden = problemOf(problem, ctx, 'workloads', { isEmptyOk: true })
        if (content.hidden) return
        const { data, warnings } = /** @type {any} */ (ctx.get('workloads')).good
        const rows = matching(count, ctx, data)
        none.hidden = data.length > 0
        say(none, warnings.length ? '' : t('w_none'))
        grid.element.hidden = data.length === 0
        showWarnings(notes, warnings)
        showCounts(states, ctx, data, { name: 'state', values: STATES, text: stateText })
        grid.show(workloadColumns(ctx, data), rows, ctx.route.params)
      },
      destroy: () => grid.destroy()
    }
  }
}

/** What each state means. */
const meanings = () =>
  h(
    'details',
    { class: 'choose' },
    h('summary', { text: t('states_mean') }),
    h(
      'ul',
      { class: 'sheet meanings' },
      ...STATES.map(state =>
        h('li', null, h('strong', { text: stateText(state) }), ` ${t(`w_${state}_means`)}`)
      )
    )
  )
