// Lists of facts, and small tables, that node and GPU have in common.
import { fill, h } from './dom.js'
import { memory, number, together } from './format.js'
import { t } from './text.js'

const PROCESSES_MAX = 50

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
    text: row => together(memory(row.gpu_memory)),
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
const percentOf = value => (value === null ? number(null) : t('percent', { n: number(value, 1) }))

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
 */
export function showTable(host, columns, rows, label) {
  const cells = rows.map(row => columns.map(column => column.text(row)))
  const links = rows.map(row => columns.map(column => column.link?.(row) ?? null))
  fill(host, JSON.stringify([cells, links]), () => [
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label },
      h(
        'table',
        { class: 'plain' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            ...columns.map(column =>
              h('th', { scope: 'col', class: column.right ? 'r' : '', text: column.label })
            )
          )
        ),
        h(
          'tbody',
          null,
          ...cells.map((line, i) =>
            h(
              'tr',
              { class: rows[i].isSelf ? 'self' : '' },
              ...line.map((text, k) =>
                h(
                  'td',
                  {
                    class:
                      `${columns[k].right ? 'r' : ''} ${columns[k].mark?.(rows[i]) ?? ''}`.trim()
                  },
                  links[i][k]
                    ? h('a', { href: links[i][k], data: { key: `${i}-${k}` }, text })
                    : text
                )
              )
            )
          )
        )
      )
    )
  ])
}

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
