// Time series, drawn by dygraphs. Its own legend, zoom and labels as HTML are off: the
// cursor, the keys, the zoom and the table are here, and names get into texts alone.
import { colourOf, h, load, say } from './dom.js'
import { NONE, number, time } from './format.js'
import { timeTicks } from './scale.js'
import { add, t } from './text.js'

// What charts say, and what is around them.
add({
  as_table: 'Show as table',
  as_chart: 'Show as chart',
  no_history: 'This server has no history: /api/v1/gpu/history is not there.',
  history_failed: 'The history cannot be shown. {reason}',
  history_loading: 'Waiting for the history …',
  history_empty: 'Nothing was measured in this time.',
  range: 'Time',
  earlier: 'Earlier',
  later: 'Later',
  zoom_in: 'Zoom in',
  zoom_out: 'Zoom out',
  back_to_live: 'Back to live',
  chart_label: 'Chart of {what}. Arrow keys move the cursor.',
  at_time: '{time}: {value}',
  missing_not_zero: 'A dash is missing, not zero.'
})

const HEIGHT = 170
const TABLE_ROWS = 40
const SERIES_MAX = 16
// Of the cursor's words, and of the table.
const NAMED_MAX = 8
// A shorter way of the pointer is no selection.
const DRAG_MIN = 8
const TIME_W = 60
// None is one that means something elsewhere on the page: no red, amber or green.
export const SERIES = {
  light: ['#2457c5', '#5a6e00', '#a8327e', '#007a85', '#7a4fd0', '#5c6166', '#1b3a6b', '#6b4a3f'],
  dark: ['#8db2ff', '#c6cf6a', '#ff9ccf', '#5fd0e5', '#cfa6ff', '#b9bec4', '#4f86e8', '#d3b2a4']
}
const DASHES = [null, [6, 3], [2, 2], [9, 3, 2, 3]]

/** @param {number} i */
const dashOf = i => DASHES[Math.floor(i / 4) % DASHES.length]
/** @param {number} i @param {boolean} isDark */
const colourOfSeries = (i, isDark) => SERIES[isDark ? 'dark' : 'light'][i % 8]

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

/** @returns {Promise<any>} dygraphs' class, loaded by the first view with a chart */
async function library() {
  await load('dygraph.min.js')
  const { Dygraph } = /** @type {any} */ (globalThis)
  // The others write HTML, the legend a style attribute, which our policy forbids.
  Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid]
  return Dygraph
}

export class Chart {
  #title
  #zoom
  #plot
  #selection = h('div', { class: 'selection', hidden: true })
  #readout = h('p', { class: 'readout', 'aria-live': 'polite' })
  #rows = h('div', { class: 'points', hidden: true })
  #names = h('ul', { class: 'keys' })
  #toggle
  /** @type {any} */
  #graph = null
  /** @type {Shown | null} */
  #shown = null
  #cursor = -1
  /** @type {number | null} where the pointer went down */
  #dragged = null

  /**
   * @param {string} title
   * @param {(from_ms: number, to_ms: number) => void} zoom what somebody has selected
   */
  constructor(title, zoom) {
    this.#title = title
    this.#zoom = zoom
    this.#plot = h('div', {
      class: 'plot',
      tabindex: 0,
      role: 'application',
      'aria-label': t('chart_label', { what: title })
    })
    this.#toggle = h('button', {
      type: 'button',
      class: 'small',
      text: t('as_table'),
      'aria-expanded': 'false',
      on: { click: () => this.#flip() }
    })
    this.element = h(
      'div',
      { class: 'chart' },
      h('div', { class: 'area' }, this.#plot, this.#selection),
      this.#names,
      h('div', { class: 'under' }, this.#readout, this.#toggle),
      this.#rows
    )
    this.#listen()
  }

  #listen() {
    const plot = this.#plot
    plot.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#keyDown(event))
    plot.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
      if (event.button !== 0 || !this.#graph) return
      this.#dragged = this.#xOf(event)
      plot.setPointerCapture(event.pointerId)
    })
    plot.addEventListener('pointermove', (/** @type {PointerEvent} */ event) =>
      this.#showSelection(this.#xOf(event))
    )
    plot.addEventListener('pointerup', (/** @type {PointerEvent} */ event) =>
      this.#select(this.#xOf(event))
    )
    plot.addEventListener('pointercancel', () => this.#deselect())
  }

  /** @param {Shown} wanted */
  async show(wanted) {
    this.#shown = wanted
    const names = wanted.names.length < 2 ? [] : wanted.names.slice(0, SERIES_MAX)
    this.#names.hidden = names.length === 0
    this.#names.replaceChildren(
      ...names.map((name, i) => h('li', null, swatch(i, wanted.isDark), name))
    )
    const Dygraph = await library()
    if (this.#shown !== wanted || !this.#plot.isConnected || !this.#rows.hidden) return
    const all = optionsOf(
      wanted,
      i => this.#tell(i),
      () => say(this.#readout, '')
    )
    if (this.#graph?.numColumns() === wanted.columns.length) this.#graph.updateOptions(all)
    else {
      this.#graph?.destroy()
      this.#graph = new Dygraph(this.#plot, all.file, { ...all, file: undefined })
    }
    if (this.#cursor >= 0) this.#graph.setSelection(Math.min(this.#cursor, this.#last()))
  }

  destroy() {
    this.#graph?.destroy()
    this.#graph = null
    this.#shown = null
  }

  #last() {
    return (this.#shown?.columns[0].length ?? 0) - 1
  }

  #flip() {
    const isTable = this.#rows.hidden
    this.#rows.hidden = !isTable
    this.#plot.hidden = isTable
    this.#toggle.textContent = t(isTable ? 'as_chart' : 'as_table')
    this.#toggle.setAttribute('aria-expanded', String(isTable))
    const shown = this.#shown
    // The table stands still until it is asked for again.
    if (isTable && shown) this.#rows.replaceChildren(...pointsOf(this.#title, shown))
    // What came meanwhile is not drawn yet.
    else if (shown) this.show(shown).then(() => this.#graph?.resize())
  }

  // --- the cursor

  /** @param {number} i of a point */
  #tell(i) {
    const shown = this.#shown
    if (!shown || i < 0) return
    const values = shown.columns
      .slice(1, 1 + NAMED_MAX)
      .map((column, k) => `${shown.names[k]} ${valueText(column[i], shown)}`.trim())
    const at = time(shown.columns[0][i] * 1000, shown.tz, 'date')
    say(this.#readout, t('at_time', { time: at, value: values.join(', ') }))
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    if (!this.#shown || event.ctrlKey || event.altKey || event.metaKey) return
    const last = this.#last()
    const at = this.#cursor < 0 ? last : this.#cursor
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
      const to = moves[/** @type {'Home'} */ (event.key)]
      this.#cursor = Math.max(0, Math.min(last, to))
      this.#graph?.setSelection(this.#cursor)
      this.#tell(this.#cursor)
    } else if (event.key === 'Escape') {
      this.#deselect()
      this.#cursor = -1
      this.#graph?.clearSelection()
      say(this.#readout, '')
    }
  }

  // --- the zoom

  /** @param {MouseEvent} event */
  #xOf(event) {
    return event.clientX - this.#plot.getBoundingClientRect().left
  }

  /** @param {number} x */
  #showSelection(x) {
    const from = this.#dragged
    if (from === null) return
    this.#selection.hidden = false
    this.#selection.style.left = `${Math.min(from, x)}px`
    this.#selection.style.width = `${Math.abs(x - from)}px`
  }

  #deselect() {
    this.#dragged = null
    this.#selection.hidden = true
  }

  /** @param {number} x */
  #select(x) {
    const from = this.#dragged
    this.#deselect()
    if (from === null || !this.#graph || Math.abs(x - from) < DRAG_MIN) return
    const ends = [from, x].map(it => Number(this.#graph.toDataXCoord(it)))
    this.#zoom(Math.min(...ends), Math.max(...ends))
  }
}

/** @param {number | null | undefined} value @param {Shown} shown */
const valueText = (value, { decimals, unit }) =>
  value === null || value === undefined ? NONE : `${number(value, decimals)} ${unit}`

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
  const series = names.map((_, i) => [`s${i}`, { strokePattern: dashOf(i) }])
  return {
    ...LOOKS,
    file: times.map((s, i) => [new Date(s * 1000), ...values.map(column => column[i])]),
    labels: ['x', ...values.map((_, i) => `s${i}`)],
    colors: names.map((_, i) => colourOfSeries(i, isDark)),
    fillGraph: names.length === 1,
    series: Object.fromEntries(series),
    gridLineColor: colourOf('--line'),
    axisLineColor: colourOf('--line'),
    dateWindow: [times[0] * 1000, end_ms],
    axes: axesOf(shown),
    valueRange: [0, topOf(shown)],
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

/** @param {Shown} shown */
const axesOf = ({ tz }) => ({
  x: {
    // dygraphs has one label alone for a week.
    ticker: (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ width) =>
      timeTicks(from, to, Math.floor(width / TIME_W), tz === 'utc').map(({ ms, isDay }) => ({
        v: ms,
        label: time(ms, tz, isDay ? 'day' : 'minute')
      })),
    drawGrid: false,
    axisLabelWidth: TIME_W
  },
  y: {
    axisLabelFormatter: (/** @type {number} */ y) => number(y, 1),
    pixelsPerLabel: 22,
    axisLabelWidth: 44
  }
})

/** Where the axis of values ends: a little above all, and never at 0. @param {Shown} shown */
function topOf({ columns, most, limit }) {
  if (most !== undefined) return most * 1.06
  return Math.max(limit ?? 0, greatest(columns)) * 1.08 + 0.001
}

/**
 * The points as a table, the newest first.
 *
 * @param {string} title
 * @param {Shown} shown
 */
function pointsOf(title, shown) {
  const { columns, names, tz } = shown
  const [times, ...values] = columns
  const series = values.slice(0, NAMED_MAX)
  const heads = names
    .slice(0, NAMED_MAX)
    .map(name => h('th', { scope: 'col', class: 'r', text: name || t('value') }))
  const head = h('tr', null, h('th', { scope: 'col', text: t('time') }), ...heads)
  const lines = []
  for (let i = times.length - 1; i >= 0 && lines.length < TABLE_ROWS; i--) {
    const cells = series.map(column => h('td', { class: 'r', text: valueText(column[i], shown) }))
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
  const mark = h('i', { class: dashOf(i) ? 'dashed' : '' })
  mark.style.setProperty('--swatch', colourOfSeries(i, isDark))
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
