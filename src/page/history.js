// A panel with a chart of /api/v1/gpu/history: waiting, not there, failed, empty, shown.
import { choice, fill, h, say } from './dom.js'
import { chart } from './chart.js'
import { RANGES } from './url.js'
import { reasonOf } from './frame.js'
import { t } from './text.js'

/**
 * @param {Record<string, string>} query
 * @param {string} range
 * @returns {Source}
 */
export function historySource(query, range) {
  const text = Object.entries({ ...query, range, points: '240' })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  return { path: `v1/gpu/history?${text}`, every_s: 15 }
}

/** @param {string} value in a list of texts: a comma is the list's own, else */
export const listItem = value => value.replaceAll(',', '%2C')

/** @param {(range: string) => void} choose */
export const rangeChoice = choose =>
  choice(
    t('range'),
    RANGES.map(id => ({ id, text: rangeText(id) })),
    choose
  )

/** @param {string} range such as 15m */
export const rangeText = range =>
  t({ m: 'min', h: 'h', d: 'd' }[range.slice(-1)] ?? 's', { n: range.slice(0, -1) })

/**
 * @param {string} title
 * @param {Context} ctx
 * @param {object} options
 * @param {string} options.source its name
 * @param {string} options.unit
 * @param {number} options.decimals
 * @param {number | null} [options.most]
 * @param {(series: any) => string} [options.name] of a series
 */
export function historyPanel(title, ctx, { source, unit, decimals, most = null, name = () => '' }) {
  const now = h('span', { class: 'now' })
  const words = h('p', { class: 'soft empty' })
  const drawing = chart(title)
  const element = h(
    'section',
    { class: 'panel chart-panel' },
    h('div', { class: 'head' }, h('h2', { text: title }), now),
    words,
    drawing.element
  )
  /** @type {any} */
  let drawn = null
  return {
    element,
    /** @param {{limit?: number | null, now?: string, small?: string}} [more] */
    update({ limit = null, now: value = '', small = '' } = {}) {
      fill(now, value + small, () => [value, h('small', { text: ` ${small}` })])
      const it = ctx.get(source)
      const data = it?.good?.data
      const hasPoints =
        isHistory(data) &&
        data.columns
          .slice(1)
          .some((/** @type {any} */ column) => column.some((/** @type {any} */ v) => v !== null))
      words.hidden = hasPoints
      drawing.element.hidden = !hasPoints
      if (!hasPoints) return say(words, wordsOf(it))
      const elapsed_ms = it?.good ? performance.now() - it.good.received_ms : 0
      const isOld = it ? it.failures > 0 : false
      const signature = [
        it?.good?.received_ms,
        limit,
        ctx.isDark(),
        ctx.route.params.tz,
        isOld ? Math.floor(elapsed_ms / 10000) : 0,
        element.clientWidth
      ].join()
      if (drawn === signature) return
      drawn = signature
      const end_ms = data.columns[0].at(-1) * 1000 + (isOld ? elapsed_ms : 0)
      drawing
        .show({
          columns: data.columns,
          names: data.series.map(name),
          unit,
          decimals,
          most,
          limit,
          end_ms,
          tz: ctx.route.params.tz,
          isDark: ctx.isDark()
        })
        .catch((/** @type {Error} */ cause) => {
          drawn = null
          words.hidden = false
          drawing.element.hidden = true
          say(words, t('history_failed', { reason: cause.message }))
        })
    },
    destroy: () => drawing.destroy()
  }
}

/** @param {any} data */
const isHistory = data =>
  Array.isArray(data?.columns) &&
  Array.isArray(data?.series) &&
  data.columns.length === data.series.length + 1 &&
  data.columns[0].length >= 2

/** @param {Resource | undefined} it */
function wordsOf(it) {
  if (!it?.last) return t('history_loading')
  if (it.last.fault === 'missing') return t('no_history')
  if (!it.good) return t('history_failed', { reason: reasonOf(it.last) })
  return t('history_empty')
}
