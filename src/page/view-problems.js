// What is wrong, the most severe first, and what to do about it.
import { h, say } from './dom.js'
import { actionText, amountText, sinceText } from './facts.js'
import { keyOf } from './fleet.js'
import { csvLink, showCounts, showWarnings, textual } from './listing.js'
import { matching, problemOf, whereOf, workloadNameOf } from './rows.js'
import { Table } from './table.js'
import { add, t } from './text.js'
import './text-more.js'

add({
  severity: 'Severity',
  where: 'Where',
  summary: 'What',
  action: 'What to do',
  began: 'Since',
  amount: 'How much',
  holder: 'Workload'
})

const SEVERITIES = ['critical', 'warning', 'info']
const FIELDS = [
  ...['severity', 'kind', 'node_name', 'gpu_index', 'mig_instance_id', 'gpu_name', 'uuid'],
  ...['namespace', 'pod', 'since', 'value', 'threshold', 'unit', 'code', 'summary', 'action'],
  ...['source', 'alert', 'timestamp', 'cluster']
]
const SORTS = ['where', 'severity', 'summary', 'action', 'began', 'amount', 'holder']
// Most are sentences.
const COLUMN_W = 150

/** @type {View} */
export const problemsView = {
  sources: () => ({ problems: { path: `v1/gpu/problems?fields=${FIELDS.join()}` } }),
  title: () => t('problems'),
  sorts: () => SORTS,
  create(ctx) {
    const grid = new Table({
      label: t('problems'),
      columnW: COLUMN_W,
      keyOf: row => [keyOf(row), row.kind, row.pod, row.summary].join('\n'),
      open: row => whereOf(row, ctx).link,
      change: ctx.change,
      go: ctx.go
    })
    const count = h('span', { class: 'soft' })
    const title = h('h1', { tabindex: -1, text: t('problems') })
    const head = h(
      'div',
      { class: 'head' },
      title,
      count,
      h('span', { class: 'end' }, csvLink('problems'))
    )
    const severities = h('ul', { class: 'keys' })
    const notes = h('div')
    const none = h('p', { class: 'soft empty' })
    const content = h(
      'section',
      { class: 'panel sentences' },
      head,
      notes,
      severities,
      none,
      grid.element
    )
    const problem = h('div')
    return {
      element: h('div', null, problem, content),
      update() {
        content.hidden = problemOf(problem, ctx, 'problems', { isEmptyOk: true })
        if (content.hidden) return
        const { data, warnings } = /** @type {Reply} */ (ctx.get('problems')?.good)
        none.hidden = data.length > 0
        // What could not be found out may be one.
        say(none, warnings.length ? '' : t('p_none'))
        grid.element.hidden = data.length === 0
        showWarnings(notes, warnings)
        showCounts(severities, ctx, data, {
          name: 'severity',
          values: SEVERITIES,
          text: severityText
        })
        grid.show(columnsOf(ctx, data), matching(count, ctx, data), ctx.route.params)
      },
      destroy: () => grid.destroy()
    }
  }
}

const severityText = (/** @type {string} */ it) => t(`p_${it}`)

/** @param {ProblemRow} row */
const holderOf = row =>
  row.pod === null && row.namespace === null ? null : workloadNameOf({ ...row, job_id: null })

/** Those of which anybody tells. @param {Context} ctx @param {ProblemRow[]} rows @returns {Column[]} */
function columnsOf(ctx, rows) {
  const rank = (/** @type {ProblemRow} */ row) => SEVERITIES.indexOf(row.severity)
  /** @type {Column[]} */
  const columns = [
    textual('where', row => whereOf(row, ctx).name, { link: row => whereOf(row, ctx).link }),
    {
      ...textual('severity', row => row.severity),
      value: rank,
      text: row => severityText(row.severity),
      mark: row => ['bad', 'warn'][rank(row)] ?? ''
    },
    textual('summary', row => row.summary, { wide: true, lines: 4, mark: () => 'sentence' }),
    textual('action', actionText, { wide: true, mark: () => 'phrase' }),
    textual('began', row => row.since, { text: row => sinceText(row, ctx.route.params.tz) }),
    textual('amount', row => row.value, { wide: true, text: amountText }),
    textual('holder', holderOf, { wide: true })
  ]
  return columns.filter(
    ({ id, value }) => !['amount', 'holder'].includes(id) || rows.some(row => value?.(row) !== null)
  )
}
