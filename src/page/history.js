// Panels with a chart of /api/v1/gpu/history: waiting, not there, failed, empty, shown;
// and which time they show.
import { written } from './api.js'
import { choice, fill, h, say } from './dom.js'
import { Chart } from './chart.js'
import { time } from './format.js'
import { reasonOf } from './frame.js'
import { rangeText, t } from './text.js'
import { RANGES } from './url.js'

const ZOOM_MIN_MS = 120000
const ZOOM_MAX_MS = 7 * 86400000
const UNIT_MS = /** @type {Record<string, number>} */ ({ m: 60000, h: 3600000, d: 86400000 })

// --- what is asked for

/**
 * @param {Record<string, string>} query
 * @param {Params} params
 * @returns {Source}
 */
export function historySource(query, { range, from, to }) {
  /** @type {Record<string, string>} */
  const span = from && to ? { start: from, end: to } : { range }
  // What is over does not change.
  return {
    path: `v1/gpu/history?${written({ ...query, ...span, points: '240' })}`,
    every_s: from ? 0 : 15
  }
}

// --- which time

/** What the charts show. @param {Context} ctx @returns {[number, number]} milliseconds */
function spanOf(ctx) {
  const { range, from, to } = ctx.route.params
  if (from && to) return [Date.parse(from), Date.parse(to)]
  const end = ctx.now_ms() ?? Date.now()
  return [end - Number(range.slice(0, -1)) * UNIT_MS[range.slice(-1)], end]
}

/** @param {number} ms */
const instant = ms => new Date(Math.round(ms / 1000) * 1000).toISOString().replace('.000', '')

/**
 * As much around the middle as there is sense in, and nothing that is yet to come.
 *
 * @param {Context} ctx
 * @param {number} from_ms
 * @param {number} to_ms
 */
function zoomTo(ctx, from_ms, to_ms) {
  const length = Math.min(ZOOM_MAX_MS, Math.max(ZOOM_MIN_MS, to_ms - from_ms))
  const end = Math.min((from_ms + to_ms + length) / 2, ctx.now_ms() ?? Infinity)
  const start = Math.max(0, end - length)
  ctx.change({ from: instant(start), to: instant(start + length) })
}

/** The choice of a range; and what a selection in a chart does, without dragging. @param {Context} ctx */
export function rangeBar(ctx) {
  const live = { from: null, to: null }
  const ranges = choice(
    t('range'),
    RANGES.map(id => ({ id, text: rangeText(id) })),
    range => ctx.change({ range, ...live })
  )
  /** @param {string} sign @param {string} name @param {number} before @param {number} after parts of what is shown now */
  const step = (sign, name, before, after) => {
    const click = () => {
      const [from, to] = spanOf(ctx)
      zoomTo(ctx, from + before * (to - from), to + after * (to - from))
    }
    const label = { 'aria-label': t(name), title: t(name) }
    return h('button', { type: 'button', class: 'small', text: sign, on: { click }, ...label })
  }
  const shown = h('span', { class: 'soft' })
  const back = h('button', {
    type: 'button',
    class: 'small',
    text: t('back_to_live'),
    on: { click: () => ctx.change(live) }
  })
  const zoomed = [step('◀', 'earlier', -0.5, -0.5), step('▶', 'later', 0.5, 0.5)]
  const out = step('−', 'zoom_out', -0.5, 0.5)
  const element = h(
    'div',
    { class: 'ranges' },
    ranges.element,
    step('+', 'zoom_in', 0.25, -0.25),
    out,
    ...zoomed,
    shown,
    back
  )
  return {
    element,
    show() {
      const { range, from, to, tz } = ctx.route.params
      const isZoomed = from !== null && to !== null
      ranges.show(isZoomed ? '' : range)
      for (const it of [out, ...zoomed, shown, back]) it.hidden = !isZoomed
      if (isZoomed) say(shown, [from, to].map(it => time(Date.parse(it), tz, 'date')).join(' – '))
    }
  }
}

// --- a panel

/**
 * @param {string} title
 * @param {Context} ctx
 * @param {object} options
 * @param {string} options.source its name
 * @param {string} options.unit
 * @param {number} options.decimals
 * @param {number} [options.most]
 * @param {string} [options.about] behind the title
 * @param {(series: any) => string} [options.name] of a series
 */
export function historyPanel(title, ctx, options) {
  const { source, about = '' } = options
  const now = h('span', { class: 'now' })
  const words = h('p', { class: 'soft empty' })
  const drawing = new Chart(title, (from_ms, to_ms) => zoomTo(ctx, from_ms, to_ms))
  const heading = h('h2', null, title, h('span', { class: 'soft', text: about && ` ${about}` }))
  const element = h(
    'section',
    { class: 'panel chart-panel' },
    h('div', { class: 'head' }, heading, now),
    words,
    drawing.element
  )
  let drawn = ''
  /** @param {string} text in the chart's place */
  const tell = text => {
    drawn = ''
    words.hidden = false
    drawing.element.hidden = true
    say(words, text)
  }
  return {
    element,
    /** @param {{limit?: number | null, now?: string, small?: string}} [more] */
    update({ limit = null, now: value = '', small = '' } = {}) {
      fill(now, value + small, () => [value, h('small', { text: ` ${small}` })])
      const it = ctx.get(source)
      // Until the other one is there; or nothing jumps about.
      const isWaiting = !it?.last && drawn !== ''
      drawing.element.classList.toggle('waiting', isWaiting)
      if (isWaiting) return
      if (!hasPoints(it?.good?.data)) return tell(wordsOf(it))
      const signature = [signatureOf(it, ctx), limit, element.clientWidth].join()
      if (drawn === signature) return
      drawn = signature
      words.hidden = true
      drawing.element.hidden = false
      drawing
        .show({ ...options, ...shownOf(it, ctx, options.name), limit })
        .catch((/** @type {Error} */ { message }) => tell(t('history_failed', { reason: message })))
    },
    destroy: () => drawing.destroy()
  }
}

/** How long there was none, while requests fail. @param {any} it */
const silence_ms = it => (it.failures > 0 ? performance.now() - it.good.received_ms : 0)

/** Of all that the answer's drawing is made from. @param {any} it @param {Context} ctx */
const signatureOf = (it, ctx) =>
  [
    it.path,
    it.good.received_ms,
    ctx.isDark(),
    ctx.route.params.tz,
    Math.floor(silence_ms(it) / 10000)
  ].join()

/** @param {any} it @param {Context} ctx @param {(series: any) => string} [name] */
function shownOf(it, ctx, name = () => '') {
  const { columns, series } = it.good.data
  const { tz, to } = ctx.route.params
  return {
    columns,
    names: series.map(name),
    end_ms: columns[0].at(-1) * 1000 + (to === null ? silence_ms(it) : 0),
    tz,
    isDark: ctx.isDark()
  }
}

/** @param {any} data */
const hasPoints = data =>
  Array.isArray(data?.columns) &&
  Array.isArray(data?.series) &&
  data.columns.length === data.series.length + 1 &&
  data.columns[0].length >= 2 &&
  data.columns.slice(1).some((/** @type {any[]} */ column) => column.some(value => value !== null))

/** @param {Resource | undefined} it */
function wordsOf(it) {
  if (!it?.last) return t('history_loading')
  if (it.last.fault === 'missing') return t('no_history')
  if (!it.good) return t('history_failed', { reason: reasonOf(it.last) })
  return t('history_empty')
}

// --- what a node and a GPU have in common

const CHARTS = {
  utilization: { field: 'utilization', title: 'utilization', unit: '%', decimals: 1, most: 100 },
  memory: { field: 'memory_used', title: 'memory_used', unit: 'GiB', decimals: 1 },
  temperature: { field: 'temperature', title: 'temperature', unit: '°C', decimals: 0 },
  power: { field: 'power_draw', title: 'power', unit: 'W', decimals: 0 }
}

/** @param {Record<string, string>} query which GPUs @param {Params} params @returns {Record<string, Source>} */
export const chartSources = (query, params) =>
  Object.fromEntries(
    Object.entries(CHARTS).map(([id, { field }]) => [
      id,
      historySource({ field, by: 'gpu', ...query }, params)
    ])
  )

/**
 * @param {Context} ctx
 * @param {(series: any) => string} [name] of a series; without it there is one, and the unit is beside its value
 * @returns {Record<keyof typeof CHARTS, HistoryPanel>}
 */
export const makeCharts = (ctx, name) =>
  /** @type {any} */ (
    Object.fromEntries(
      Object.entries(CHARTS).map(([source, { title, ...options }]) => [
        source,
        historyPanel(t(title), ctx, { ...options, source, name, about: name && options.unit })
      ])
    )
  )
