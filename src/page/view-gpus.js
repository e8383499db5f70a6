// A table of all GPUs.
import { fill, h } from './dom.js'
import { FIELDS, HOT_C, derive, isOld, keyOf, nameOf, placeOf } from './fleet.js'
import { energy, memoryOf, number, time } from './format.js'
import { matching, problemOf } from './rows.js'
import { Table } from './table.js'
import { add, several, t, usedText } from './text.js'
import './text-more.js'
import { COLUMNS } from './url.js'

add({
  columns: 'Columns',
  n_gone_rows: 'No longer reported: {gpus}'
})

// What a column needs beyond what all views have.
const MORE_FIELDS = [
  'exporter',
  'vendor',
  'sm_clock_mhz',
  'memory_clock_mhz',
  'fan_speed',
  'memory_temperature',
  'memory_controller_utilization',
  'energy_joules'
]

/** @param {Route} route */
const neededFor = ({ params }) => [
  ...FIELDS,
  ...MORE_FIELDS.filter(
    name =>
      params.cols.includes(name) ||
      (name === 'exporter' && params.q.includes('exporter:')) ||
      (name === 'vendor' && params.q.includes('vendor:'))
  )
]

/** @type {View} */
export const gpusView = {
  sources: route => ({ fleet: { path: `v1/gpu/metrics?fields=${neededFor(route).join()}` } }),
  title: () => t('gpus'),
  sorts: ({ cols }) => ['gpu', ...cols],
  create(ctx) {
    const grid = new Table({
      label: t('gpus'),
      keyOf,
      open: row => placeLink(row, ctx),
      change: ctx.change,
      go: ctx.go
    })
    const count = h('span', { class: 'soft' })
    const choose = columnChoice(ctx)
    const csv = h('a', {
      href: '../api/v1/gpu/metrics?format=csv',
      download: 'gpus.csv',
      text: t('csv')
    })
    const gone = h('div')
    const content = h(
      'section',
      { class: 'panel' },
      h(
        'div',
        { class: 'head' },
        h('h1', { tabindex: -1, text: t('gpus') }),
        count,
        h('span', { class: 'end' }, choose, csv)
      ),
      gone,
      grid.element
    )
    const problem = h('div')
    return {
      element: h('div', null, problem, content),
      update() {
        content.hidden = problemOf(problem, ctx, 'fleet')
        if (content.hidden) return
        const reply = /** @type {any} */ (ctx.get('fleet')).good
        const rows = matching(count, ctx, reply.data)
        showGone(gone, ctx)
        const columns = columnsOf(ctx, derive(reply).times.newest_ms)
        grid.show(columns, rows, ctx.route.params)
      },
      destroy: () => grid.destroy()
    }
  }
}

/** @param {HTMLElement} host @param {Context} ctx */
function showGone(host, ctx) {
  const gone = [...ctx.roll.gone.values()]
  fill(host, gone.map(({ row }) => keyOf(row)).join() + ctx.route.params.tz, () =>
    gone.length === 0
      ? []
      : [
          h(
            'div',
            { class: 'note bad' },
            h('strong', {
              text: t('n_gone_rows', { gpus: several('gpus', gone.length, number(gone.length)) })
            }),
            ' ',
            gone
              .slice(0, 8)
              .map(
                ({ row, since_ms }) =>
                  `${nameOf(row)} (${t('since_time', { time: time(since_ms, ctx.route.params.tz) })})`
              )
              .join(', '),
            gone.length > 8 ? ` ${t('more', { n: gone.length - 8 })}` : '',
            ' ',
            h('button', {
              type: 'button',
              class: 'small',
              data: { key: 'dismiss' },
              text: t('dismiss'),
              on: { click: ctx.dismissGone }
            })
          )
        ]
  )
}

/** @param {Context} ctx */
function columnChoice(ctx) {
  const box = (/** @type {string} */ name) =>
    h(
      'label',
      { class: 'setting' },
      h('input', {
        type: 'checkbox',
        checked: ctx.route.params.cols.includes(name),
        on: {
          change: (/** @type {any} */ event) => {
            const { cols, sort } = ctx.route.params
            const isShown = event.target.checked
            ctx.change({
              cols: COLUMNS.filter(other => (other === name ? isShown : cols.includes(other))),
              sort: !isShown && sort.replace('-', '') === name ? '' : sort
            })
          }
        }
      }),
      h('span', { text: labelOf(name) })
    )
  return h(
    'details',
    { class: 'choose' },
    h('summary', { text: t('columns') }),
    h('div', { class: 'sheet' }, ...COLUMNS.map(box))
  )
}

/** @param {Gpu} row @param {Context} ctx */
function placeLink(row, ctx) {
  const { view, path, params } = placeOf(row)
  return view === 'gpu' ? ctx.link(view, path, params) : null
}

/** @param {string} name */
const labelOf = name => t({ memory: 'memory_used', temperature: 'temperature_short' }[name] ?? name)

/** @param {string} id @param {(row: any) => number | null} value @param {(n: string) => string} text @param {number} [decimals] @returns {Column} */
const numeric = (id, value, text, decimals = 0) => ({
  id,
  label: labelOf(id),
  right: true,
  value,
  text: row =>
    value(row) === null || value(row) === undefined
      ? number(null)
      : text(number(value(row), decimals))
})
/** @param {string} id @param {(row: any) => string | null} value @returns {Column} */
const textual = (id, value) => ({
  id,
  label: labelOf(id),
  value,
  text: row => value(row) ?? number(null)
})
const percent = (/** @type {string} */ n) => t('percent', { n })
const watts = (/** @type {string} */ n) => t('w', { n })
const mhz = (/** @type {string} */ n) => t('mhz', { n })
const celsius = (/** @type {string} */ n) => t('c', { n })

/** @param {Context} ctx @param {number | null} newest_ms @returns {Column[]} */
function columnsOf(ctx, newest_ms) {
  const { tz, cols } = ctx.route.params
  /** @type {Record<string, Column>} */
  const all = {
    model: { ...textual('model', row => row.gpu_name), wide: true },
    vendor: textual('vendor', row => row.vendor),
    exporter: { ...textual('exporter', row => row.exporter), wide: true },
    cluster: textual('cluster', row => row.cluster),
    uuid: { ...textual('uuid', row => row.uuid), wide: true },
    utilization: numeric('utilization', row => row.utilization, percent),
    memory: {
      ...numeric('memory', row => row.memory_used, String),
      wide: true,
      text: row => usedText(memoryOf(row.memory_used, row.memory_total))
    },
    memory_utilization: numeric('memory_utilization', row => row.memory_utilization, percent),
    temperature: {
      ...numeric('temperature', row => row.temperature, celsius),
      mark: row => (row.temperature >= HOT_C ? 'warn' : '')
    },
    power: numeric('power', row => row.power_draw, watts),
    power_limit: numeric('power_limit', row => row.power_limit, watts),
    xid: {
      ...numeric('xid', row => row.xid, String),
      mark: row => (row.xid !== null ? 'bad' : '')
    },
    measured: {
      id: 'measured',
      label: t('measured'),
      right: true,
      value: row => row.measured_at,
      text: row =>
        row.measured_at === null ? number(null) : time(Date.parse(row.measured_at), tz),
      mark: row => (isOld(row, newest_ms) ? 'old' : '')
    },
    sm_clock_mhz: numeric('sm_clock_mhz', row => row.sm_clock_mhz, mhz),
    memory_clock_mhz: numeric('memory_clock_mhz', row => row.memory_clock_mhz, mhz),
    fan_speed: numeric('fan_speed', row => row.fan_speed, percent),
    memory_temperature: numeric('memory_temperature', row => row.memory_temperature, celsius),
    memory_controller_utilization: numeric(
      'memory_controller_utilization',
      row => row.memory_controller_utilization,
      percent
    ),
    energy_joules: {
      ...numeric('energy_joules', row => row.energy_joules, String),
      text: row => energy(row.energy_joules ?? null)
    }
  }
  return [
    { id: 'gpu', label: t('gpu'), text: nameOf, value: nameOf, link: row => placeLink(row, ctx) },
    ...cols.map(name => all[name])
  ]
}
