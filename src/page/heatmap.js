// Every GPU as a cell, on one canvas, node by node; where the cells are is computed,
// so that 10,000 of them are no elements and have no listeners.
import { colourOf, h } from './dom.js'
import { number } from './format.js'
import { STEPS, colours, stepOf } from './scale.js'

const TITLE_H = 26
const LABEL_H = 18
// With the model in it.
const LONG_LABEL_W = 230
const RATIO_MAX = 2
// Where a number fits into its cell.
const NUMBER_MIN = 28
// Who holds an arrow key down hears where it ends.
const SPEAK_AFTER_MS = 250

/**
 * @typedef {object} Cell
 * @property {number | null} value
 * @property {number} flags of FLAG
 * @property {any} item whose cell it is
 *
 * @typedef {{label: string, cells: Cell[]}} Block of a node, or of nothing in particular
 * @typedef {{title: string, blocks: Block[]}} Group
 * @typedef {{y: number, perLine: number, columns: number, blockW: number, blockH: number, blocks: Block[], labelH: number}} Area
 */

export const FLAG = { xid: 1, gone: 2, old: 4, limit: 8, dim: 16 }

/**
 * The largest cells with which all fits into a screen, or nearly.
 *
 * @param {Group[]} groups
 * @param {number} width
 */
function sizeOf(groups, width) {
  for (const cell of [64, 44, 36, 28, 20, 16, 12, 10]) {
    const height = place(groups, width, cell).height
    if (height <= (cell >= 60 ? 380 : cell >= NUMBER_MIN ? 420 : 640)) return cell
  }
  return 8
}

/**
 * @param {Group[]} groups
 * @param {number} width
 * @param {number} cell its side
 */
function place(groups, width, cell) {
  const gap = cell >= 16 ? 3 : 1
  const apart = cell >= 16 ? 10 : 4
  /** @type {Area[]} */
  const areas = []
  let y = 0
  for (const { title, blocks } of groups) {
    if (title) y += TITLE_H
    const most = blocks.reduce((n, block) => Math.max(n, block.cells.length), 1)
    const isOneBlock = blocks.length === 1 && most > 64
    const fit = Math.max(1, Math.floor((width + gap) / (cell + gap)))
    const columns = isOneBlock
      ? fit
      : Math.min(fit, most <= 4 || cell >= 36 ? Math.min(most, 8) : Math.ceil(most / 2))
    const labelH =
      cell >= NUMBER_MIN && !isOneBlock && blocks.some(block => block.label) ? LABEL_H : 0
    const labelW = labelH ? (title ? 84 : LONG_LABEL_W) : 0
    const blockW = Math.max(columns * (cell + gap), labelW) + apart
    const blockH = Math.ceil(most / columns) * (cell + gap) + labelH + apart - (cell >= 16 ? 0 : 1)
    const perLine = Math.max(1, Math.floor((width + apart) / blockW))
    areas.push({ y, perLine, columns, blockW, blockH, blocks, labelH })
    y += Math.ceil(blocks.length / perLine) * blockH
  }
  return { areas, height: Math.max(y, cell), cell, gap, width }
}

/**
 * @typedef {{a: number, b: number, c: number}} At a cell: its area, its block there, its place in that
 * @typedef {ReturnType<typeof place>} Placed
 */

export class HeatMap {
  #open
  #describe
  #canvas = h('canvas', { tabindex: 0, role: 'application' })
  #over = h('canvas', { class: 'over', 'aria-hidden': 'true' })
  #tip = h('div', { class: 'tip', hidden: true })
  #live = h('div', { class: 'unseen', 'aria-live': 'polite' })
  /** @type {{groups: Group[], least: number, most: number, isDark: boolean}} */
  #shown = { groups: [], least: 0, most: 1, isDark: false }
  #placed = place([], 1, 8)
  /** @type {At | null} */
  #cursor = null
  #speaking = 0

  /**
   * @param {object} options
   * @param {(item: any) => void} options.open
   * @param {(item: any) => string} options.describe for tooltip and screen readers
   */
  constructor({ open, describe }) {
    this.#open = open
    this.#describe = describe
    this.element = h('div', { class: 'map' }, this.#canvas, this.#over, this.#tip, this.#live)
    this.#listen()
  }

  #listen() {
    const canvas = this.#canvas
    /** @param {MouseEvent} event */
    const under = event => hit(this.#placed, event.offsetX, event.offsetY)
    canvas.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#keyDown(event))
    canvas.addEventListener('focus', () => {
      if (!this.#cursor && canvas.matches(':focus-visible')) this.#move(first(this.#placed), true)
    })
    canvas.addEventListener('pointermove', (/** @type {PointerEvent} */ event) =>
      this.#move(under(event), false)
    )
    canvas.addEventListener('click', (/** @type {MouseEvent} */ event) =>
      this.#openAt(under(event))
    )
    this.element.addEventListener('pointerleave', () => this.#move(null, false))
  }

  /**
   * @param {Group[]} groups
   * @param {{least: number, most: number, label: string, isDark: boolean}} options
   */
  show(groups, { least, most, label, isDark }) {
    const width = this.element.clientWidth
    if (width === 0) return
    this.#shown = { groups, least, most, isDark }
    this.#placed = place(groups, width, sizeOf(groups, width))
    this.#canvas.setAttribute('aria-label', label)
    this.#draw()
  }

  #draw() {
    const { groups, isDark } = this.#shown
    const { cell } = this.#placed
    const g = contextOf(this.#canvas, this.#placed)
    const steps = this.#cellsByStep()
    drawTitles(g, groups, this.#placed)
    drawCells(g, steps, cell, colours(isDark))
    drawMarks(g, steps, cell, isDark)
    this.#drawCursor()
  }

  /** By colour, which is then changed once for each; the last ones have no value. */
  #cellsByStep() {
    const { least, most } = this.#shown
    /** @type {Drawn[][]} */
    const steps = Array.from({ length: STEPS + 1 }, () => [])
    this.#placed.areas.forEach((area, a) =>
      area.blocks.forEach((block, b) =>
        block.cells.forEach((cell, c) => {
          const { x, y } = boxOf(this.#placed, { a, b, c })
          const step = cell.value === null ? STEPS : stepOf(cell.value, least, most)
          steps[step].push({ x, y, cell, step })
        })
      )
    )
    return steps
  }

  #drawCursor() {
    const g = contextOf(this.#over, this.#placed)
    const side = this.#placed.cell
    if (!this.#cursor || !cellAt(this.#placed, this.#cursor)) return
    const { x, y } = boxOf(this.#placed, this.#cursor)
    g.strokeStyle = colourOf('--text')
    g.lineWidth = 2
    g.strokeRect(x - 1, y - 1, side + 2, side + 2)
  }

  /** @param {At | null} at @param {boolean} speak */
  #move(at, speak) {
    const tip = this.#tip
    this.#cursor = at
    this.#drawCursor()
    const cell = at && cellAt(this.#placed, at)
    tip.hidden = !cell
    if (!at || !cell) return
    const { x, y } = boxOf(this.#placed, at)
    tip.textContent = this.#describe(cell.item)
    const room = this.#placed.width - tip.offsetWidth
    tip.style.left = `${Math.max(0, Math.min(room, x))}px`
    tip.style.top = `${y + this.#placed.cell + 4}px`
    if (!speak) return
    clearTimeout(this.#speaking)
    this.#speaking = setTimeout(() => (this.#live.textContent = tip.textContent), SPEAK_AFTER_MS)
  }

  /** @param {At | null} at */
  #openAt(at) {
    const cell = at && cellAt(this.#placed, at)
    if (cell) this.#open(cell.item)
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const placed = this.#placed
    // It may be gone since.
    const at = this.#cursor && cellAt(placed, this.#cursor) ? this.#cursor : null
    const step = placed.cell + placed.gap
    const moves = {
      ArrowRight: () => along(placed, at, 1),
      ArrowLeft: () => along(placed, at, -1),
      ArrowDown: () => vertical(placed, at, step),
      ArrowUp: () => vertical(placed, at, -step),
      Home: () => first(placed),
      End: () => last(placed),
      PageDown: () => vertical(placed, at, step * 10),
      PageUp: () => vertical(placed, at, -step * 10)
    }
    if (event.ctrlKey && event.key !== 'Home' && event.key !== 'End') return
    if (event.key in moves) {
      event.preventDefault()
      this.#move(moves[/** @type {'Home'} */ (event.key)](), true)
      if (this.#cursor) revealIn(this.#canvas, boxOf(placed, this.#cursor).y, placed.cell)
    } else if (event.key === 'Enter') this.#openAt(at)
    else if (event.key === 'Escape') this.#move(null, false)
  }
}

// --- where cells are

/** @param {Placed} placed @param {At} at */
function boxOf({ areas, cell, gap }, { a, b, c }) {
  const area = areas[a]
  const step = cell + gap
  const blockX = (b % area.perLine) * area.blockW
  const blockY = area.y + Math.floor(b / area.perLine) * area.blockH + area.labelH
  return {
    x: blockX + (c % area.columns) * step,
    y: blockY + Math.floor(c / area.columns) * step
  }
}

/** @param {Placed} placed @param {At} at @returns {Cell | undefined} */
const cellAt = ({ areas }, { a, b, c }) => areas[a]?.blocks[b]?.cells[c]

/** @param {Placed} placed @param {number} x @param {number} y @returns {At | null} */
function hit(placed, x, y) {
  const a = placed.areas.findLastIndex(area => area.y <= y)
  if (a < 0) return null
  const area = placed.areas[a]
  const column = Math.floor(x / area.blockW)
  if (column < 0 || column >= area.perLine) return null
  const b = Math.floor((y - area.y) / area.blockH) * area.perLine + column
  const step = placed.cell + placed.gap
  const inX = Math.floor((x - column * area.blockW) / step)
  const inY = Math.floor((((y - area.y) % area.blockH) - area.labelH) / step)
  if (inX < 0 || inX >= area.columns || inY < 0) return null
  const at = { a, b, c: inY * area.columns + inX }
  return cellAt(placed, at) ? at : null
}

/** @param {Placed} placed @returns {At | null} */
const first = ({ areas }) => (areas[0]?.blocks[0] ? { a: 0, b: 0, c: 0 } : null)

/** @param {Placed} placed @returns {At | null} */
function last({ areas }) {
  const a = areas.length - 1
  const b = (areas[a]?.blocks.length ?? 0) - 1
  return b >= 0 ? { a, b, c: areas[a].blocks[b].cells.length - 1 } : null
}

/** @param {Placed} placed @param {At | null} at @param {number} by 1 or -1, in the order of the page */
function along(placed, at, by) {
  if (!at) return first(placed)
  const next = { ...at, c: at.c + by }
  if (cellAt(placed, next)) return next
  const block = neighbour(placed, at, by)
  if (!block) return at
  const count = placed.areas[block.a].blocks[block.b].cells.length
  return { ...block, c: by > 0 ? 0 : count - 1 }
}

/** @param {Placed} placed @param {At} at @param {number} sign @returns {{a: number, b: number} | null} */
function neighbour({ areas }, { a, b }, sign) {
  for (b += sign; ; b += sign) {
    if (b < 0 || b >= areas[a].blocks.length) {
      a += sign
      if (a < 0 || a >= areas.length) return null
      b = sign > 0 ? -1 : areas[a].blocks.length
    } else if (areas[a].blocks[b].cells.length > 0) return { a, b }
  }
}

/** @param {Placed} placed @param {At | null} at @param {number} dy pixels */
function vertical(placed, at, dy) {
  if (!at) return first(placed)
  const { x, y } = boxOf(placed, at)
  const half = placed.cell / 2
  const stride = (Math.sign(dy) * (placed.cell + placed.gap)) / 2
  for (let tries = 0; tries < 40; tries++) {
    const found = hit(placed, x + half, y + dy + tries * stride + half)
    if (found && (found.a !== at.a || found.b !== at.b || found.c !== at.c)) return found
  }
  return at
}

// --- how they are drawn

/**
 * A canvas of the size of all, empty.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Placed} placed
 */
function contextOf(canvas, { width, height }) {
  const ratio = Math.min(RATIO_MAX, devicePixelRatio || 1)
  const deviceW = Math.round(width * ratio)
  const deviceH = Math.round(height * ratio)
  if (canvas.width !== deviceW || canvas.height !== deviceH) {
    canvas.width = deviceW
    canvas.height = deviceH
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  g.setTransform(ratio, 0, 0, ratio, 0, 0)
  g.clearRect(0, 0, width, height)
  return g
}

/** @typedef {{x: number, y: number, cell: Cell, step: number}} Drawn */

/** @param {CanvasRenderingContext2D} g @param {Drawn[][]} steps @param {number} side @param {string[]} scale */
function drawCells(g, steps, side, scale) {
  for (let step = 0; step < STEPS; step++) {
    g.fillStyle = scale[step]
    for (const isDim of [false, true]) {
      g.globalAlpha = isDim ? 0.2 : 1
      for (const { x, y, cell } of steps[step])
        if (!!(cell.flags & FLAG.dim) === isDim) g.fillRect(x, y, side, side)
    }
  }
  g.globalAlpha = 1
}

/** @param {HTMLCanvasElement} canvas @param {number} y @param {number} height */
function revealIn(canvas, y, height) {
  const top = canvas.getBoundingClientRect().top + y
  if (top < 80) scrollBy(0, top - 120)
  else if (top + height > innerHeight - 60) scrollBy(0, top + height - innerHeight + 120)
}

/**
 * @param {CanvasRenderingContext2D} g
 * @param {Group[]} groups
 * @param {Placed} placed
 */
function drawTitles(g, groups, placed) {
  const family = getComputedStyle(document.body).fontFamily
  groups.forEach(({ title }, a) => {
    const area = placed.areas[a]
    g.fillStyle = colourOf('--soft')
    g.font = `13px ${family}`
    g.textBaseline = 'alphabetic'
    if (title) g.fillText(title, 0, area.y - 8, placed.width)
    if (!area.labelH) return
    g.font = `12px ${family}`
    area.blocks.forEach(({ label }, b) => {
      const x = (b % area.perLine) * area.blockW
      const y = area.y + Math.floor(b / area.perLine) * area.blockH
      g.fillText(fitting(g, label, area.blockW - 10), x, y + 12)
    })
  })
}

/** @param {CanvasRenderingContext2D} g @param {string} text @param {number} width */
function fitting(g, text, width) {
  if (g.measureText(text).width <= width) return text
  const letters = [...text.slice(-80)]
  while (letters.length > 1 && g.measureText(letters.join('') + '…').width > width) letters.shift()
  // The end tells nodes of one site apart.
  return '…' + letters.join('')
}

/**
 * States by shape, not by colour alone; and numbers, where they fit.
 *
 * @param {CanvasRenderingContext2D} g
 * @param {Drawn[][]} steps
 * @param {number} side
 * @param {boolean} isDark
 */
function drawMarks(g, steps, side, isDark) {
  const [bad, faint, text] = [colourOf('--bad'), colourOf('--faint'), colourOf('--text')]
  g.lineWidth = 1
  g.font = `600 ${side >= 60 ? 18 : side >= 36 ? 13 : 11}px ${getComputedStyle(document.body).fontFamily}`
  g.textAlign = 'center'
  g.textBaseline = 'middle'
  for (const { x, y, cell, step } of steps.flat()) {
    const isGone = cell.flags & FLAG.gone
    if (cell.value === null || isGone) {
      if (isGone) g.clearRect(x, y, side, side)
      g.strokeStyle = isGone ? bad : faint
      g.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1)
      if (isGone) line(g, x + 1, y + side - 1, x + side - 1, y + 1)
    }
    if (cell.flags & FLAG.old && !isGone) {
      g.strokeStyle = faint
      g.clearRect(x + 2, y + 2, side - 4, side - 4)
      line(g, x + 1, y + 1, x + side - 1, y + side - 1)
    }
    if (cell.flags & FLAG.limit && side >= 10) {
      g.fillStyle = colourOf('--warn-mark')
      g.fillRect(x, y, side, Math.max(2, side / 12))
    }
    if (cell.flags & FLAG.xid) {
      const notch = Math.max(5, side / 3)
      g.fillStyle = bad
      g.beginPath()
      g.moveTo(x + side, y)
      g.lineTo(x + side, y + notch)
      g.lineTo(x + side - notch, y)
      g.fill()
    }
    if (side < NUMBER_MIN || isGone) continue
    g.fillStyle =
      cell.value === null || cell.flags & FLAG.old || cell.flags & FLAG.dim
        ? text
        : numberColour(step, isDark)
    g.fillText(number(cell.value), x + side / 2, y + side / 2 + 1)
  }
  g.textAlign = 'start'
}

/** @param {number} step @param {boolean} isDark */
const numberColour = (step, isDark) =>
  isDark ? (step > STEPS * 0.42 ? '#101214' : '#fff') : step > STEPS * 0.42 ? '#fff' : '#101214'

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} x2 @param {number} y2 */
function line(g, x, y, x2, y2) {
  g.beginPath()
  g.moveTo(x, y)
  g.lineTo(x2, y2)
  g.stroke()
}
