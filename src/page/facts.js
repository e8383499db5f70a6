// Lists of facts, and small tables, that node and GPU have in common.
import { fill, h } from './dom.js'
import { fixed, number, span, time } from './format.js'
import { add, several, spanText, t } from './text.js'
import './text-more.js'

add({
  p_above: '{value} > {limit}',
  p_critical: 'critical',
  p_warning: 'warning',
  p_info: 'to know',
  p_none: 'No problem is known.',
  do_none: 'Nothing',
  do_restart_workload: 'Restart the workload',
  do_reset_gpu: 'Reset the GPU',
  do_reboot_node: 'Reboot the node',
  do_drain_node: 'Drain the node',
  do_check_cooling: 'Check its cooling',
  do_check_power: 'Check its power supply',
  do_check_nvlink: 'Check NVLink',
  do_update_software: 'Update the software',
  do_contact_support: 'Ask the vendor',
  do_release_gpu: 'Release the GPU',
  do_check_exporter: 'Check the exporter',
  gpu_unknown_hint: 'Its history, if there is any, is below.',
  processes_none: 'No exporter here tells of a process on it.',
  pid: 'PID',
  process_name: 'Name',
  user: 'User',
  command: 'Command',
  gpu_memory: 'GPU memory',
  cpu: 'CPU',
  host_memory: 'Host memory'
})

const ACTIONS = [
  ...['none', 'restart_workload', 'reset_gpu', 'reboot_node', 'drain_node', 'check_cooling'],
  ...['check_power', 'check_nvlink', 'update_software', 'contact_support', 'release_gpu'],
  'check_exporter'
]
const PROCESSES_MAX = 50
const TOLD_MAX = 16

/** What a process has, wherever it runs. @returns {Column[]} */
export const ownColumns = () => [
  {
    id: 'pid',
    label: t('pid'),
    right: true,
    text: row => (row.pid === null ? number(null) : String(row.pid)),
    value: row => row.pid
  },
  {
    id: 'process_name',
    label: t('process_name'),
    text: row => row.process_name ?? number(null),
    value: row => row.process_name
  },
  { id: 'user', label: t('user'), text: row => row.user ?? number(null), value: row => row.user },
  {
    id: 'command',
    label: t('command'),
    wide: true,
    text: row => row.command ?? number(null),
    value: row => row.command
  },
  {
    id: 'gpu_memory',
    label: t('gpu_memory'),
    right: true,
    wide: true,
    text: row => gibOf(row.gpu_memory),
    value: row => row.gpu_memory
  },
  {
    id: 'cpu',
    label: t('cpu'),
    right: true,
    text: row => percentOf(row.cpu),
    value: row => row.cpu
  },
  {
    id: 'memory',
    label: t('host_memory'),
    right: true,
    text: row => percentOf(row.memory),
    value: row => row.memory
  }
]

/** @param {number | null} value */
const percentOf = value => (value === null ? number(null) : t('percent', { n: fixed(value, 1) }))

/** Of a process, which may have little of a card. @param {number | null} gib */
export const gibOf = gib => (gib === null ? number(null) : t('gib', { n: fixed(gib, 2) }))

/**
 * @param {HTMLElement} list a dl
 * @param {[string, string, string?][]} facts names, values, and a class
 */
export function showFacts(list, facts) {
  fill(list, JSON.stringify(facts), () =>
    facts.flatMap(([name, value, mark]) => [
      h('dt', { text: name }),
      h('dd', { class: mark ?? '', text: value })
    ])
  )
}

/**
 * @param {HTMLElement} host
 * @param {Column[]} columns
 * @param {any[]} rows
 * @param {string} label
 * @param {{isNarrow?: boolean}} [options] whether a phone has room for it as a table; else a row is a list there
 */
export function showTable(host, columns, rows, label, { isNarrow = false } = {}) {
  const cells = rows.map(row => columns.map(column => column.text(row)))
  const links = rows.map(row => columns.map(column => column.link?.(row) ?? null))
  /** @param {Column} column @param {string} mark */
  const kind = ({ right, wide }, mark) =>
    [right ? 'r' : '', wide ? 'w' : '', mark].filter(Boolean).join(' ')
  /** @param {number} i @param {number} k */
  const cell = (i, k) => {
    const text = cells[i][k]
    const href = links[i][k]
    return h(
      'td',
      { class: kind(columns[k], columns[k].mark?.(rows[i]) ?? ''), 'data-label': columns[k].label },
      href ? h('a', { href, data: { key: `${i}-${k}` }, text }) : text
    )
  }
  fill(host, JSON.stringify([cells, links]), () => {
    const heads = columns.map(column =>
      h('th', { scope: 'col', class: kind(column, ''), text: column.label })
    )
    const lines = rows.map(({ isSelf }, i) =>
      h('tr', { class: isSelf ? 'self' : '' }, ...columns.map((_, k) => cell(i, k)))
    )
    const table = h(
      'table',
      { class: isNarrow ? 'plain' : 'plain stack' },
      h('thead', null, h('tr', null, ...heads)),
      h('tbody', null, ...lines)
    )
    const box = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }
    return [h('div', box, table)]
  })
}

/** What to do; one that is new here is as the API calls it. @param {ProblemRow} row */
export const actionText = ({ action }) => (ACTIONS.includes(action) ? t(`do_${action}`) : action)

/** @param {ProblemRow} row @param {string} tz */
export const sinceText = ({ since }, tz) =>
  since === null ? number(null) : time(Date.parse(since), tz, 'date')

/** With the limit that it is above. @param {ProblemRow} row */
export function amountText({ value, threshold, unit }) {
  if (value === null) return number(null)
  const text = (/** @type {number} */ n) => {
    if (unit === 'celsius') return t('c', { n: number(n) })
    if (unit === 'seconds' || unit === 'hours')
      return spanText(span(unit === 'hours' ? 3600 * n : n))
    return unit === 'gpus' ? several('gpus', n, number(n)) : number(n, 1)
  }
  return threshold !== null && threshold > 0 && threshold < value
    ? t('p_above', { value: text(value), limit: text(threshold) })
    : text(value)
}

/** A name that no row has. @param {HTMLElement} host @param {string} text */
export const showUnknown = (host, text) =>
  fill(host, 'unknown', () => [
    h('p', { class: 'note', role: 'status', text: `${text} ${t('gpu_unknown_hint')}` })
  ])

/**
 * What a source tells of one GPU, as a list.
 *
 * @param {Context} ctx
 * @param {object} options
 * @param {string} options.source its name
 * @param {string} options.title
 * @param {string} options.untold said after a failure
 * @param {string} options.none said if there is nothing, and no warning of that
 * @param {(row: any, i: number) => HTMLElement} options.item
 */
export function toldPanel(ctx, { source, title, untold, none, item }) {
  const list = h('ul', { class: 'list' })
  const element = h('section', { class: 'panel' }, h('h2', { text: title }), list)
  const say = (/** @type {string[]} */ ...texts) =>
    fill(list, texts.join('\n'), () => texts.map(text => h('li', { class: 'soft', text })))
  return {
    element,
    /** @param {(row: any) => boolean} isHere */
    update(isHere) {
      const last = ctx.get(source)?.last
      if (!last) return say(t('loading'))
      // What was so before a failure is not shown as what is.
      if (!last.ok) return say(untold)
      const rows = last.data.filter(isHere)
      if (rows.length === 0) return say(...(last.warnings.length ? last.warnings : [none]))
      const rest = rows.length - TOLD_MAX
      fill(list, JSON.stringify([rows, ctx.route.params.tz]), () => [
        ...rows.slice(0, TOLD_MAX).map(item),
        rest > 0 ? h('li', { class: 'soft', text: t('more', { n: number(rest) }) }) : null
      ])
    }
  }
}

/** @param {'bad' | 'warn' | 'info'} mark */
export const signOf = mark =>
  h('span', {
    class: `ic ${mark}`,
    'aria-hidden': 'true',
    text: { bad: '!', warn: '▲', info: 'i' }[mark]
  })

/** @param {Context} ctx @param {Column[]} [first] before a process' own columns */
export function processesPanel(ctx, first = []) {
  const host = h('div')
  const element = h(
    'section',
    { class: 'panel wide' },
    h('div', { class: 'head' }, h('h2', { text: t('processes') })),
    host
  )
  return {
    element,
    /** @param {(row: any) => boolean} isHere */
    update(isHere) {
      const it = ctx.get('processes')
      if (!it?.good)
        return fill(host, it?.last ? 'failed' : 'waiting', () => [
          h('p', { class: 'soft', text: it?.last ? t('state_error') : t('loading') })
        ])
      const rows = it.good.data.filter(isHere)
      if (rows.length === 0)
        return fill(host, 'none', () => [h('p', { class: 'soft', text: t('processes_none') })])
      showTable(host, [...first, ...ownColumns()], rows.slice(0, PROCESSES_MAX), t('processes'))
      if (rows.length > PROCESSES_MAX && !host.querySelector('.rest'))
        host.append(
          h('p', {
            class: 'soft rest',
            text: t('more', { n: number(rows.length - PROCESSES_MAX) })
          })
        )
    }
  }
}
