// One GPU: now, its last hours, its limits, what runs on it.
import { fill, h, say } from './dom.js'
import { HOT_C, derive, isAtLimit, isOld, nameOf, placeOf } from './fleet.js'
import { energy, memory, number, time, together } from './format.js'
import { written } from './api.js'
import { chartSources, makeCharts, rangeBar } from './history.js'
import {
  actionText,
  amountText,
  processesPanel,
  showFacts,
  showTable,
  showUnknown,
  signOf,
  sinceText,
  toldPanel
} from './facts.js'
import { MARKS, problemOf } from './rows.js'
import { holdersPanel } from './workloads.js'
import { add, t } from './text.js'
import './text-more.js'

add({
  p_not_told: 'What is wrong with it is not known now.',
  p_do: 'What to do: {what}',
  json: 'JSON',
  as_data: 'As data',
  not_reported_by: 'Not reported by {exporter}: {what}.',
  not_reported: 'Not reported: {what}.',
  last_xid: 'Last XID',
  limits: 'Limits and facts',
  siblings: 'The same on this node',
  gpu_unknown: 'No GPU {name} is reported now.'
})

/** @param {Route} route @returns {Record<string, string>} which node, or the GPU itself, if it has no index */
function place({ path, params }) {
  const { cluster, uuid } = params
  return {
    ...(path[0] ? { node_name: path[0] } : { uuid: uuid ?? '-' }),
    ...(cluster ? { cluster: cluster } : {})
  }
}
/** @param {Route} route */
function seriesOf(route) {
  const [node, index, instance] = route.path
  return {
    ...place(route),
    ...(node && index ? { gpu_index: index } : {}),
    ...(instance ? { mig_instance_id: instance } : {}),
    limit: '1'
  }
}

/** @param {Route} route */
const isThis = route => (/** @type {any} */ row) =>
  route.path[0]
    ? row.node_name === route.path[0] &&
      String(row.gpu_index) === route.path[1] &&
      (route.path[2] === undefined || String(row.mig_instance_id) === route.path[2])
    : row.uuid === route.params.uuid
/** @param {Route} route */
const titleOf = ({ path, params }) =>
  path[0]
    ? `${path[0]} · ${path[1] ?? '?'}${path[2] === undefined ? '' : ` / ${path[2]}`}`
    : (params.uuid ?? '?')

/** @param {Route} route @param {Gpu | undefined} row */
const nodeOf = ({ path }, row) => path[0] ?? row?.node_name ?? ''

/** @type {View} */
export const gpuView = {
  sources: route => ({
    node: { path: `v1/gpu/metrics?${written(place(route))}` },
    processes: { path: `v1/gpu/processes?${written(place(route))}` },
    workloads: { path: `v1/gpu/workloads?${written(place(route))}` },
    problems: { path: `v1/gpu/problems?${written(place(route))}`, every_s: 15 },
    ...chartSources(seriesOf(route), route.params)
  }),
  title: route => titleOf(route),
  create(ctx) {
    const charts = makeCharts(ctx)
    const range = rangeBar(ctx)
    const parts = makeParts()
    const processes = processesPanel(ctx)
    const problem = h('div')
    const holders = holdersPanel(ctx)
    const problems = problemsPanel(ctx)
    const aside = asideOf(parts, [problems.element, holders.element])
    const panels = Object.values(charts).map(it => it.element)
    const element = h(
      'div',
      null,
      headOf(ctx, parts, range),
      problem,
      h('div', { class: 'gpu' }, h('div', { class: 'grid' }, ...panels, processes.element), aside)
    )
    return {
      element,
      update() {
        range.show()
        const reply = ctx.get('node')?.good
        const rows = reply?.data ?? []
        const row = rows.find(isThis(ctx.route))
        aside.hidden = !row
        if (reply && !row) showUnknown(problem, t('gpu_unknown', { name: titleOf(ctx.route) }))
        else problemOf(problem, ctx, 'node')
        showCharts(charts, row)
        // What is told of the card is told of each of its instances.
        const isHere = (/** @type {any} */ it) =>
          isThis(ctx.route)({
            ...it,
            mig_instance_id: it.mig_instance_id ?? row?.mig_instance_id ?? null
          })
        processes.update(isHere)
        holders.update(isHere)
        // What is told of the node is told of all that is in it.
        problems.update(
          it =>
            isHere(it) ||
            (it.gpu_index === null && it.uuid === null && it.node_name === nodeOf(ctx.route, row))
        )
        if (row && reply) showRow(parts, row, rows, ctx, derive(reply).times.newest_ms)
      },
      destroy: () => Object.values(charts).forEach(it => it.destroy())
    }
  }
}

const makeParts = () => ({
  model: h('span', { class: 'soft' }),
  tags: h('span', { class: 'tags' }),
  facts: h('dl'),
  missing: h('p', { class: 'rest' }),
  unnamed: h('p', { class: 'rest' }),
  siblings: h('div'),
  identity: h('dl'),
  data: h('p')
})

/** @param {ReturnType<typeof makeParts>} parts @param {HTMLElement[]} panels */
const asideOf = (parts, panels) =>
  h(
    'div',
    { class: 'side' },
    ...panels,
    h('section', { class: 'panel' }, h('h2', { text: t('limits') }), parts.facts, parts.missing),
    h('section', { class: 'panel' }, h('h2', { text: t('siblings') }), parts.siblings),
    h('section', { class: 'panel' }, parts.identity, parts.unnamed, parts.data)
  )

/** What is wrong with it. @param {Context} ctx */
const problemsPanel = ctx =>
  toldPanel(ctx, {
    source: 'problems',
    title: t('problems'),
    untold: t('p_not_told'),
    none: t('p_none'),
    item: row => problemItem(row, ctx.route.params.tz)
  })

/** @param {ProblemRow} row @param {string} tz */
const problemItem = (row, tz) =>
  h(
    'li',
    null,
    signOf(MARKS[row.severity] ?? 'info'),
    h('span', { class: 't', text: row.summary }),
    h('span', { class: 'more', text: t(`p_${row.severity}`) }),
    h('span', {
      class: 's',
      text: [
        t('p_do', { what: actionText(row) }),
        row.since === null ? '' : t('since_time', { time: sinceText(row, tz) }),
        row.value === null ? '' : amountText(row)
      ]
        .filter(Boolean)
        .join(' · ')
    })
  )

/** @param {Context} ctx @param {ReturnType<typeof makeParts>} parts @param {{element: HTMLElement}} range */
function headOf({ route, link }, parts, range) {
  const [node] = route.path
  const href = node && link('node', [node], { cluster: route.params.cluster })
  return h(
    'div',
    { class: 'crumb' },
    node ? h('a', { class: 'up', href, text: `← ${node}` }) : null,
    h('h1', { tabindex: -1, text: titleOf(route) }),
    parts.model,
    parts.tags,
    h('span', { class: 'end' }, range.element)
  )
}

/** @param {Record<string, HistoryPanel>} charts @param {Gpu | undefined} row */
function showCharts(charts, row) {
  /** @param {number | null | undefined} value */
  const text = value => (row ? number(value ?? null) : '')
  charts.utilization.update({
    now: text(row?.utilization),
    small: row && row.utilization !== null ? '%' : ''
  })
  const total = row?.memory_total ?? null
  charts.memory.update({
    now: row ? memory(row.memory_used, total ?? undefined).text : '',
    small: total === null ? 'GiB' : t('of_total', { total: together(memory(total)) }),
    limit: total
  })
  charts.temperature.update({ now: text(row?.temperature), small: '°C' })
  const limit = row?.power_limit ?? null
  charts.power.update({
    now: text(row?.power_draw),
    small: limit === null ? 'W' : t('of_limit', { limit: t('w', { n: number(limit) }) }),
    limit
  })
}

/** @param {any} parts @param {Gpu} row @param {Gpu[]} rows @param {Context} ctx @param {number | null} newest_ms */
function showRow(parts, row, rows, ctx, newest_ms) {
  /** @param {string} label @param {string | number | null} value @param {string} [mark] @returns {[string, string | null, string?]} */
  const fact = (label, value, mark) => [label, value === null ? null : String(value), mark]
  /** @param {number | null} value @param {string} unit */
  const amount = (value, unit) => (value === null ? null : t(unit, { n: number(value, 1) }))
  say(parts.model, row.gpu_name ?? '')
  fill(parts.tags, `${row.xid}${isAtLimit(row)}${Number(row.temperature) >= HOT_C}`, () => [
    row.xid === null
      ? null
      : h('span', { class: 'tag bad', text: `! ${t('xid_n', { n: row.xid })}` }),
    isAtLimit(row) ? h('span', { class: 'tag', text: t('key_limit') }) : null,
    row.temperature !== null && row.temperature >= HOT_C
      ? h('span', { class: 'tag warn', text: `▲ ${t('a_hot', { limit: HOT_C })}` })
      : null
  ])
  const facts = [
    fact(t('power_limit'), amount(row.power_limit, 'w')),
    fact(t('memory_utilization'), amount(row.memory_utilization, 'percent')),
    fact(t('memory_controller_utilization'), amount(row.memory_controller_utilization, 'percent')),
    fact(t('sm_clock_mhz'), amount(row.sm_clock_mhz, 'mhz')),
    fact(t('memory_clock_mhz'), amount(row.memory_clock_mhz, 'mhz')),
    fact(t('memory_temperature'), amount(row.memory_temperature, 'c')),
    fact(t('fan_speed'), amount(row.fan_speed, 'percent')),
    fact(t('energy_joules'), row.energy_joules === null ? null : energy(row.energy_joules)),
    fact(t('last_xid'), row.xid === null ? t('none') : row.xid, row.xid === null ? '' : 'bad'),
    fact(
      t('measured'),
      row.measured_at === null ? null : time(Date.parse(row.measured_at), ctx.route.params.tz),
      isOld(row, newest_ms) ? 'warn' : ''
    )
  ]
  showKnown(parts.facts, parts.missing, facts, row.exporter)
  showSiblings(parts.siblings, row, rows, ctx)
  const identity = [
    fact(t('uuid'), row.uuid),
    fact(t('exporter'), row.exporter),
    fact(t('vendor'), row.vendor),
    ...(row.cluster === null ? [] : [fact(t('cluster'), row.cluster)]),
    ...(row.mig_instance_id === null
      ? []
      : [fact(t('mig_instance_id'), row.mig_instance_id), fact(t('mig_profile'), row.mig_profile)])
  ]
  showKnown(parts.identity, parts.unnamed, identity, row.exporter)
  const query = written({
    ...(row.node_name === null ? {} : { node_name: row.node_name }),
    ...(row.gpu_index === null ? {} : { gpu_index: String(row.gpu_index) }),
    ...(row.uuid === null || row.gpu_index !== null ? {} : { uuid: row.uuid })
  })
  fill(parts.data, query, () => [
    `${t('as_data')}: `,
    h('a', { href: `../api/v1/gpu/metrics?${query}`, text: t('json') }),
    ' · ',
    h('a', {
      href: `../api/v1/gpu/metrics?${query}&format=csv`,
      download: 'gpu.csv',
      text: t('csv')
    })
  ])
}

/** What is known as a list, and the rest in a sentence. @param {HTMLElement} list @param {HTMLElement} rest @param {[string, string | null, string?][]} facts @param {string | null} exporter */
function showKnown(list, rest, facts, exporter) {
  showFacts(
    list,
    /** @type {[string, string, string?][]} */ (facts.filter(([, value]) => value !== null))
  )
  const what = facts
    .filter(([, value]) => value === null)
    .map(([label]) => label)
    .join(', ')
  say(
    rest,
    !what ? '' : exporter ? t('not_reported_by', { exporter, what }) : t('not_reported', { what })
  )
}

/** @param {HTMLElement} host @param {Gpu} self @param {Gpu[]} rows @param {Context} ctx */
function showSiblings(host, self, rows, ctx) {
  const same = rows
    .filter(row => row.node_name === self.node_name && row.cluster === self.cluster)
    .slice(0, 64)
    .map(row => ({ ...row, isSelf: row === self }))
  /** @type {Column[]} */
  const columns = [
    {
      id: 'gpu',
      label: t('gpu'),
      text: row => nameOf(row).split(' · ').pop() ?? '',
      link: row => {
        const { view, path, params } = placeOf(row)
        return row.isSelf || view !== 'gpu' ? null : ctx.link(view, path, params)
      }
    },
    { id: 'u', label: '%', right: true, text: row => number(row.utilization) },
    { id: 'm', label: 'GiB', right: true, text: row => number(row.memory_used) },
    {
      id: 't',
      label: '°C',
      right: true,
      text: row => number(row.temperature),
      mark: row => (row.temperature !== null && row.temperature >= HOT_C ? 'warn' : '')
    },
    { id: 'w', label: 'W', right: true, text: row => number(row.power_draw) }
  ]
  showTable(host, columns, same, t('siblings'), { isNarrow: true })
}
