// What runs on the GPUs.
import { choice, h } from './dom.js'
import { keyOf, nameOf, placeOf } from './fleet.js'
import { gibOf, ownColumns } from './facts.js'
import { number } from './format.js'
import { matching, problemOf } from './rows.js'
import { Table } from './table.js'
import { add, t } from './text.js'
import './text-more.js'

add({
  processes_none_fleet: 'No exporter here tells of processes, or there are none.',
  group_by: 'Group by',
  group_none: 'process',
  group_user: 'user',
  group_name: 'name',
  count: 'Processes'
})

const SORTS = ['gpu', 'pid', 'process_name', 'user', 'command', 'gpu_memory', 'cpu', 'memory']
const GROUP_SORTS = ['group', 'count', 'gpus', 'gpu_memory']

/** @type {View} */
export const processesView = {
  sources: () => ({ processes: { path: 'v1/gpu/processes' } }),
  title: () => t('processes'),
  sorts: ({ group }) => (group === 'none' ? SORTS : GROUP_SORTS),
  create(ctx) {
    const grid = new Table({
      label: t('processes'),
      keyOf: processKeyOf,
      open: row => (row.node_name === undefined ? null : gpuLink(row, ctx)),
      change: ctx.change,
      go: ctx.go
    })
    const count = h('span', { class: 'soft' })
    const group = choice(
      t('group_by'),
      ['none', 'user', 'name'].map(id => ({ id, text: t(`group_${id}`) })),
      id => ctx.change({ group: id, sort: '' })
    )
    const csv = h('a', {
      href: '../api/v1/gpu/processes?format=csv',
      download: 'processes.csv',
      text: t('csv')
    })
    const none = h('p', { class: 'soft empty', text: t('processes_none_fleet') })
    const content = h(
      'section',
      { class: 'panel' },
      h(
        'div',
        { class: 'head' },
        h('h1', { tabindex: -1, text: t('processes') }),
        count,
        group.element,
        h('span', { class: 'end' }, csv)
      ),
      none,
      grid.element
    )
    const problem = h('div')
    return {
      element: h('div', null, problem, content),
      update() {
        content.hidden = problemOf(problem, ctx, 'processes', { isEmptyOk: true })
        if (content.hidden) return
        const { group: by } = ctx.route.params
        group.show(by)
        const { data } = /** @type {any} */ (ctx.get('processes')).good
        const rows = matching(count, ctx, data)
        none.hidden = data.length > 0
        grid.element.hidden = data.length === 0
        const columns = by === 'none' ? processColumns(ctx) : groupColumns(by)
        grid.show(columns, by === 'none' ? rows : grouped(rows, by), ctx.route.params)
      },
      destroy: () => grid.destroy()
    }
  }
}

/** Of a process on a GPU, or of a group. @param {any} row */
const processKeyOf = row =>
  row.node_name === undefined ? `${row.group}` : `${keyOf(row)}\n${row.pid}\n${row.process_name}`

/** @param {any} row @param {Context} ctx */
export function gpuLink(row, ctx) {
  const { view, path, params } = placeOf(row)
  return view === 'gpu' ? ctx.link(view, path, params) : null
}

/** @param {Context} ctx @returns {Column[]} */
export function processColumns(ctx) {
  return [
    { id: 'gpu', label: t('gpu'), text: nameOf, value: nameOf, link: row => gpuLink(row, ctx) },
    ...ownColumns()
  ]
}

/** @param {string} by @returns {Column[]} */
function groupColumns(by) {
  return [
    {
      id: 'group',
      label: t(by === 'user' ? 'user' : 'process_name'),
      text: row => row.group ?? t('unnamed'),
      value: row => row.group
    },
    {
      id: 'count',
      label: t('count'),
      right: true,
      text: row => number(row.count),
      value: row => row.count
    },
    {
      id: 'gpus',
      label: t('gpus'),
      right: true,
      text: row => number(row.gpus.size),
      value: row => row.gpus.size
    },
    {
      id: 'gpu_memory',
      label: t('gpu_memory'),
      right: true,
      text: row =>
        gibOf(row.measured ? row.gpu_memory : null) +
        (row.measured < row.count && row.measured
          ? ` (${t('of_n_of_total', { n: number(row.measured), total: number(row.count) })})`
          : ''),
      value: row => (row.measured ? row.gpu_memory : null)
    }
  ]
}

/** @param {ProcessRow[]} rows @param {string} by */
function grouped(rows, by) {
  const groups = new Map()
  for (const row of rows) {
    const key = by === 'user' ? row.user : row.process_name
    let it = groups.get(key)
    if (!it)
      groups.set(key, (it = { group: key, count: 0, gpus: new Set(), gpu_memory: 0, measured: 0 }))
    it.count++
    it.gpus.add(nameOf(row))
    if (row.gpu_memory === null) continue
    it.gpu_memory += row.gpu_memory
    it.measured++
  }
  return [...groups.values()].sort((a, b) => b.gpu_memory - a.gpu_memory)
}
