// Time series, drawn by dygraphs. Its own legend, zoom and labels as HTML are off: the
// cursor, the keys and the table are here, and names get into texts alone.
import { colourOf, h, say } from './dom.js'
import { NONE, number, time } from './format.js'
import { t } from './text.js'

const HEIGHT = 170
const TABLE_ROWS = 40
const LIGHT = [
  '#2457c5',
  '#b3261e',
  '#1f7a4d',
  '#8a4fbe',
  '#a15c00',
  '#00758f',
  '#b0357f',
  '#5c6166'
]
const DARK = [
  '#8db2ff',
  '#ff8a80',
  '#7ccf9f',
  '#cfa6ff',
  '#f0b35a',
  '#5fd0e5',
  '#ff9ccf',
  '#b9bec4'
]
const DASHES = [
  null,
  null,
  null,
  null,
  [6, 3],
  [6, 3],
  [6, 3],
  [6, 3],
  [2, 2],
  [2, 2],
  [2, 2],
  [2, 2],
  [9, 3, 2, 3],
  [9, 3, 2, 3],
  [9, 3, 2, 3],
  [9, 3, 2, 3]
]

// What all charts have of dygraphs' options.
const LOOKS = {
  legend: 'never',
  interactionModel: {},
  height: HEIGHT,
  strokeWidth: 1.6,
  fillAlpha: 0.12,
  gridLineWidth: 1,
  drawPoints: false,
  drawGapEdgePoints: true,
  pointSize: 1.6,
  highlightCircleSize: 3
}

/** @type {Promise<any> | null} */
let loading = null

/** @returns {Promise<any>} dygraphs' class, loaded once, by the first view with a chart */
function library() {
  loading ??= new Promise((resolve, reject) => {
    const url = new URL('./dygraph.min.js', import.meta.url)
    document.head.append(
      h('script', {
        src: url.href,
        on: {
          load: () => {
            const { Dygraph } = /** @type {any} */ (globalThis)
            // The others write HTML, the legend a style attribute, which our policy forbids.
            Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid]
            resolve(Dygraph)
          },
          error: () => {
            loading = null
            reject(new Error(String(url)))
          }
        }
      })
    )
  })
  return loading
}

/** @param {string} title */
export function chart(title) {
  const plot = h('div', {
    class: 'plot',
    tabindex: 0,
    role: 'application',
    'aria-label': t('chart_label', { what: title })
  })
  const readout = h('p', { class: 'readout', 'aria-live': 'polite' })
  const rows = h('div', { class: 'points', hidden: true })
  const names = h('ul', { class: 'keys' })
  const toggle = h('button', {
    type: 'button',
    class: 'small',
    text: t('as_table'),
    'aria-expanded': 'false',
    on: { click: () => flip() }
  })
  const element = h(
    'div',
    { class: 'chart' },
    plot,
    names,
    h('div', { class: 'under' }, readout, toggle),
    rows
  )
  /** @type {any} */
  let graph = null
  /** @type {Shown | null} */
  let shown = null
  let cursor = -1

  const flip = () => {
    rows.hidden = !rows.hidden
    plot.hidden = !rows.hidden
    toggle.textContent = t(rows.hidden ? 'as_table' : 'as_chart')
    toggle.setAttribute('aria-expanded', String(!rows.hidden))
    if (rows.hidden) graph?.resize()
    else fillTable()
  }

  /** @param {number | null | undefined} value */
  const valueText = value =>
    value === null || value === undefined
      ? NONE
      : `${number(value, shown?.decimals)} ${shown?.unit}`

  /** What stands still until it is asked for again. */
  const fillTable = () => {
    if (shown) rows.replaceChildren(...pointsOf(title, shown, valueText))
  }

  /** @param {number} to */
  const moveTo = to => {
    if (!shown || !graph) return
    cursor = Math.max(0, Math.min(shown.columns[0].length - 1, to))
    graph.setSelection(cursor)
    tell(cursor)
  }
  /** @param {number} i */
  const tell = i => {
    if (!shown) return
    const values = shown.columns
      .slice(1, 9)
      .map((column, k) => `${shown?.names[k] ? shown.names[k] + ' ' : ''}${valueText(column[i])}`)
    say(
      readout,
      t('at_time', {
        time: time(shown.columns[0][i] * 1000, shown.tz, 'date'),
        value: values.join(', ')
      })
    )
  }
  plot.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (!shown || event.ctrlKey || event.altKey || event.metaKey) return
    const last = shown.columns[0].length - 1
    const at = cursor < 0 ? last : cursor
    const moves = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - 10,
      PageDown: at + 10,
      Home: 0,
      End: last
    }
    if (event.key in moves) {
      event.preventDefault()
      moveTo(moves[/** @type {'Home'} */ (event.key)])
    } else if (event.key === 'Escape') {
      cursor = -1
      graph?.clearSelection()
      say(readout, '')
    }
  })

  return {
    element,
    /** @param {Shown} wanted */
    async show(wanted) {
      shown = wanted
      names.hidden = wanted.names.length < 2
      names.replaceChildren(
        ...(wanted.names.length < 2
          ? []
          : wanted.names
              .slice(0, 16)
              .map((name, i) => h('li', null, swatch(i, wanted.isDark), name)))
      )
      const Dygraph = await library()
      if (shown !== wanted || !plot.isConnected) return
      if (!rows.hidden) return
      const all = optionsOf(wanted, tell, () => say(readout, ''))
      if (graph && graph.numColumns() === wanted.columns.length) graph.updateOptions(all)
      else {
        graph?.destroy()
        graph = new Dygraph(plot, all.file, { ...all, file: undefined })
      }
      if (cursor >= 0) graph.setSelection(Math.min(cursor, wanted.columns[0].length - 1))
    },
    destroy() {
      graph?.destroy()
      graph = null
      shown = null
    }
  }
}

/**
 * What dygraphs is told of a chart.
 *
 * @param {Shown} shown
 * @param {(i: number) => void} tell of a point that is pointed at
 * @param {() => void} untell
 */
function optionsOf(shown, tell, untell) {
  const { columns, limit, end_ms, names, isDark } = shown
  const [times, ...values] = columns
  const start_ms = times[0] * 1000
  return {
    ...LOOKS,
    file: times.map((s, i) => [new Date(s * 1000), ...values.map(column => column[i])]),
    labels: ['x', ...values.map((_, i) => `s${i}`)],
    colors: names.map((_, i) => (isDark ? DARK : LIGHT)[i % 8]),
    fillGraph: names.length === 1,
    series: Object.fromEntries(
      names.map((_, i) => [`s${i}`, { strokePattern: DASHES[i % DASHES.length] }])
    ),
    gridLineColor: colourOf('--line'),
    axisLineColor: colourOf('--line'),
    dateWindow: [start_ms, end_ms],
    axes: axesOf(shown, end_ms - start_ms > 36 * 3600e3),
    valueRange: [0, topOf(shown)],
    labelsUTC: shown.tz === 'utc',
    highlightCallback: (/** @type {any} */ _, /** @type {number} */ x) =>
      tell(times.findIndex(s => s * 1000 === x)),
    unhighlightCallback: untell,
    underlayCallback: (
      /** @type {CanvasRenderingContext2D} */ g,
      /** @type {any} */ area,
      /** @type {any} */ it
    ) => drawLimit(g, area, it, limit)
  }
}

/** @param {Shown} shown @param {boolean} isLong so that a time has its day */
const axesOf = ({ tz }, isLong) => ({
  x: {
    axisLabelFormatter: (/** @type {number | Date} */ x) =>
      time(Number(x), tz, isLong ? 'date' : 'minute'),
    pixelsPerLabel: isLong ? 110 : 60,
    drawGrid: false,
    axisLabelWidth: isLong ? 100 : 50
  },
  y: {
    axisLabelFormatter: (/** @type {number} */ y) => number(y, 1),
    pixelsPerLabel: 30,
    axisLabelWidth: 44
  }
})

/** Where the axis of values ends: a little above all, and never at 0. @param {Shown} shown */
function topOf({ columns, most, limit }) {
  if (most !== null) return most * 1.06
  return Math.max(limit ?? 0, greatest(columns)) * 1.08 + 0.001
}

/**
 * The points as a table, the newest first.
 *
 * @param {string} title
 * @param {Shown} shown
 * @param {(value: number | null | undefined) => string} valueText
 */
function pointsOf(title, { columns, names, tz }, valueText) {
  const [times, ...values] = columns
  const series = values.slice(0, 8)
  const heads = names
    .slice(0, 8)
    .map(name => h('th', { scope: 'col', class: 'r', text: name || t('value') }))
  const head = h('tr', null, h('th', { scope: 'col', text: t('time') }), ...heads)
  const lines = []
  for (let i = times.length - 1; i >= 0 && lines.length < TABLE_ROWS; i--) {
    const cells = series.map(column => h('td', { class: 'r', text: valueText(column[i]) }))
    lines.push(h('tr', null, h('td', { text: time(times[i] * 1000, tz, 'date') }), ...cells))
  }
  const rest = times.length - lines.length
  const more = rest > 0 ? ' ' + t('more', { n: rest }) : ''
  return [
    h('p', { class: 'soft', text: t('missing_not_zero') + more }),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
      h('table', null, h('thead', null, head), h('tbody', null, ...lines))
    )
  ]
}

/** @param {number} i @param {boolean} isDark */
function swatch(i, isDark) {
  const mark = h('i', { class: DASHES[i % DASHES.length] ? 'dashed' : '' })
  mark.style.setProperty('--swatch', (isDark ? DARK : LIGHT)[i % 8])
  return mark
}

/** @param {number[][]} columns */
function greatest(columns) {
  let most = 0
  for (const column of columns.slice(1))
    for (const value of column) if (value !== null && value > most) most = value
  return most
}

/** @param {CanvasRenderingContext2D} g @param {any} area @param {any} graph @param {number | null} limit */
function drawLimit(g, area, graph, limit) {
  if (limit === null) return
  const y = graph.toDomYCoord(limit)
  g.save()
  g.strokeStyle = colourOf('--warn')
  g.setLineDash([4, 4])
  g.beginPath()
  g.moveTo(area.x, y)
  g.lineTo(area.x + area.w, y)
  g.stroke()
  g.restore()
}
