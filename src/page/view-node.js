// One node: its GPUs beside each other.
import { fill, h, say } from './dom.js'
import { HOT_C, isAtLimit, nameOf, placeOf } from './fleet.js'
import { memoryOf, number, time } from './format.js'
import { written } from './api.js'
import { chartSources, makeCharts, rangeBar } from './history.js'
import { processesPanel, showUnknown } from './facts.js'
import { problemOf } from './rows.js'
import { t, usedText } from './text.js'
import './text-more.js'

const CARDS_MAX = 64
// As many lines as can be told apart.
const LINES_MAX = '16'

/** @param {Route} route */
const node = route => ({
  node_name: route.path[0],
  ...(route.params.cluster ? { cluster: route.params.cluster } : {})
})
/** @param {any} series @returns {string} of a GPU, or of its instance */
const lineName = ({ gpu_index, mig_instance_id }) =>
  `${gpu_index ?? '?'}${(mig_instance_id ?? null) === null ? '' : ` / ${mig_instance_id}`}`

/** @type {View} */
export const nodeView = {
  sources: route => ({
    node: { path: `v1/gpu/metrics?${written(node(route))}` },
    processes: { path: `v1/gpu/processes?${written(node(route))}` },
    ...chartSources({ ...node(route), limit: LINES_MAX }, route.params)
  }),
  title: route => `${route.path[0]} · ${t('node')}`,
  create(ctx) {
    const name = ctx.route.path[0]
    const charts = makeCharts(ctx, lineName)
    const range = rangeBar(ctx)
    const model = h('span', { class: 'soft' })
    const cards = h('ul', { class: 'cards' })
    const processes = processesPanel(ctx, [
      { id: 'gpu', label: t('gpu'), text: row => String(row.gpu_index ?? '?') }
    ])
    const content = h('div', null, cards)
    const problem = h('div')
    const head = h(
      'div',
      { class: 'crumb' },
      h('h1', { tabindex: -1, text: name }),
      model,
      h('span', { class: 'end' }, range.element)
    )
    const element = h(
      'div',
      null,
      head,
      problem,
      content,
      h('div', { class: 'grid' }, ...Object.values(charts).map(it => it.element), processes.element)
    )
    return {
      element,
      update() {
        range.show()
        const reply = ctx.get('node')?.good
        // A * in a name is any text to the API.
        const rows = (reply?.data ?? []).filter((/** @type {any} */ row) => row.node_name === name)
        const isUnknown = reply && rows.length === 0
        content.hidden = isUnknown || problemOf(problem, ctx, 'node')
        if (isUnknown) showUnknown(problem, t('node_unknown', { name }))
        say(
          model,
          rows.length
            ? [...new Set(rows.map((/** @type {any} */ row) => row.gpu_name).filter(Boolean))].join(
                ', '
              )
            : ''
        )
        showCards(cards, rows, ctx)
        for (const it of Object.values(charts)) it.update()
        processes.update(row => row.node_name === name)
      },
      destroy: () => Object.values(charts).forEach(it => it.destroy())
    }
  }
}

/** @param {HTMLElement} list @param {Gpu[]} rows @param {Context} ctx */
function showCards(list, rows, ctx) {
  fill(list, JSON.stringify(rows) + ctx.route.params.tz + ctx.route.params.range, () => [
    ...rows.slice(0, CARDS_MAX).map(row => card(row, ctx)),
    rows.length > CARDS_MAX
      ? h('li', { class: 'soft', text: t('more', { n: rows.length - CARDS_MAX }) })
      : null
  ])
}

/** @param {Gpu} row @param {Context} ctx */
function card(row, ctx) {
  const { view, path, params } = placeOf(row)
  const meter = h('div', { class: 'bar', 'aria-hidden': 'true' })
  if (row.utilization !== null) {
    const part = h('b', { class: 'p-busy' })
    part.style.width = `${Math.min(100, row.utilization)}%`
    meter.append(part)
  }
  /** @param {string} name @param {string} value @param {string} [mark] */
  const fact = (name, value, mark = '') =>
    h('div', null, h('dt', { text: name }), h('dd', { class: mark, text: value }))
  return h(
    'li',
    { class: 'panel card' },
    h('a', {
      href: ctx.link(view, path, params),
      data: { key: nameOf(row) },
      text: `${t('gpu')} ${row.gpu_index ?? row.uuid?.slice(0, 8) ?? '?'}${row.mig_instance_id === null ? '' : ` / ${row.mig_instance_id}`}`
    }),
    h(
      'p',
      { class: 'v' },
      number(row.utilization),
      h('small', { text: row.utilization === null ? ` ${t('not_measured')}` : ' %' })
    ),
    meter,
    h(
      'dl',
      null,
      fact(t('memory'), usedText(memoryOf(row.memory_used, row.memory_total))),
      fact(
        t('temperature_short'),
        row.temperature === null ? number(null) : t('c', { n: number(row.temperature) }),
        row.temperature !== null && row.temperature >= HOT_C ? 'warn' : ''
      ),
      fact(
        t('power'),
        row.power_draw === null ? number(null) : t('w', { n: number(row.power_draw) }),
        isAtLimit(row) ? 'warn' : ''
      ),
      row.xid === null ? null : fact(t('xid'), String(row.xid), 'bad'),
      fact(
        t('measured'),
        row.measured_at === null
          ? number(null)
          : time(Date.parse(row.measured_at), ctx.route.params.tz)
      )
    )
  )
}
