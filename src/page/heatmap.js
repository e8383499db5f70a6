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
 * @param {object} options
 * @param {(item: any) => void} options.open
 * @param {(item: any) => string} options.describe for tooltip and screen readers
 */
export function heatmap({ open, describe }) {
  const canvas = h('canvas', { tabindex: 0, role: 'application' })
  const over = h('canvas', { class: 'over', 'aria-hidden': 'true' })
  const tip = h('div', { class: 'tip', hidden: true })
  const live = h('div', { class: 'unseen', 'aria-live': 'polite' })
  const element = h('div', { class: 'map' }, canvas, over, tip, live)
  /** @type {{groups: Group[], least: number, most: number, isDark: boolean}} */
  let shown = { groups: [], least: 0, most: 1, isDark: false }
  let placed = place([], 1, 8)
  /** @type {{a: number, b: number, c: number} | null} area, block, cell */
  let cursor = null
  let spoken = 0

  /** @param {{a: number, b: number, c: number}} at */
  const boxOf = ({ a, b, c }) => {
    const area = placed.areas[a]
    const step = placed.cell + placed.gap
    return {
      x: (b % area.perLine) * area.blockW + (c % area.columns) * step,
      y:
        area.y +
        Math.floor(b / area.perLine) * area.blockH +
        area.labelH +
        Math.floor(c / area.columns) * step
    }
  }
  /** @param {{a: number, b: number, c: number}} at @returns {Cell | undefined} */
  const cellAt = ({ a, b, c }) => placed.areas[a]?.blocks[b]?.cells[c]

  /** @param {number} x @param {number} y */
  const hit = (x, y) => {
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
    return cellAt(at) ? at : null
  }

  /** @param {HTMLCanvasElement} it */
  const context = it => {
    const ratio = Math.min(RATIO_MAX, devicePixelRatio || 1)
    const w = Math.round(placed.width * ratio)
    const height = Math.round(placed.height * ratio)
    if (it.width !== w || it.height !== height) {
      it.width = w
      it.height = height
      it.style.width = `${placed.width}px`
      it.style.height = `${placed.height}px`
    }
    const g = /** @type {CanvasRenderingContext2D} */ (it.getContext('2d'))
    g.setTransform(ratio, 0, 0, ratio, 0, 0)
    g.clearRect(0, 0, placed.width, placed.height)
    return g
  }

  const drawCursor = () => {
    const g = context(over)
    if (!cursor || !cellAt(cursor)) return
    const { x, y } = boxOf(cursor)
    g.strokeStyle = colourOf('--text')
    g.lineWidth = 2
    g.strokeRect(x - 1, y - 1, placed.cell + 2, placed.cell + 2)
  }

  const draw = () => {
    const g = context(canvas)
    const scale = colours(shown.isDark)
    /** @type {{x: number, y: number, cell: Cell, step: number}[][]} */
    const steps = Array.from({ length: STEPS + 1 }, () => [])
    placed.areas.forEach((area, a) =>
      area.blocks.forEach((block, b) =>
        block.cells.forEach((cell, c) => {
          const { x, y } = boxOf({ a, b, c })
          const step = cell.value === null ? STEPS : stepOf(cell.value, shown.least, shown.most)
          steps[step].push({ x, y, cell, step })
        })
      )
    )
    drawTitles(g, shown.groups, placed)
    for (let step = 0; step < STEPS; step++) {
      g.fillStyle = scale[step]
      for (const isDim of [false, true]) {
        g.globalAlpha = isDim ? 0.2 : 1
        for (const { x, y, cell } of steps[step]) {
          if (!!(cell.flags & FLAG.dim) === isDim) g.fillRect(x, y, placed.cell, placed.cell)
        }
      }
    }
    g.globalAlpha = 1
    drawMarks(g, steps, placed.cell, shown.isDark)
    drawCursor()
  }

  /** @param {{a: number, b: number, c: number} | null} at @param {boolean} speak */
  const move = (at, speak) => {
    cursor = at
    drawCursor()
    const cell = at && cellAt(at)
    tip.hidden = !cell
    if (!at || !cell) return
    const { x, y } = boxOf(at)
    tip.textContent = describe(cell.item)
    const room = placed.width - tip.offsetWidth
    tip.style.left = `${Math.max(0, Math.min(room, x))}px`
    tip.style.top = `${y + placed.cell + 4}px`
    if (!speak) return
    clearTimeout(spoken)
    spoken = setTimeout(() => (live.textContent = tip.textContent), 250)
  }

  /** @param {number} by cells, in the order of the page */
  const along = by => {
    if (!cursor) return first()
    let { a, b, c } = cursor
    for (let rest = Math.abs(by); rest > 0; rest--) {
      c += Math.sign(by)
      if (c < 0 || c >= placed.areas[a].blocks[b].cells.length) {
        const next = neighbour(a, b, Math.sign(by))
        if (!next) break
        ;({ a, b } = next)
        c = by > 0 ? 0 : placed.areas[a].blocks[b].cells.length - 1
      }
    }
    return { a, b, c: Math.max(0, Math.min(c, placed.areas[a].blocks[b].cells.length - 1)) }
  }
  /** @param {number} a @param {number} b @param {number} sign */
  const neighbour = (a, b, sign) => {
    for (b += sign; ; b += sign) {
      if (b < 0 || b >= placed.areas[a].blocks.length) {
        a += sign
        if (a < 0 || a >= placed.areas.length) return null
        b = sign > 0 ? -1 : placed.areas[a].blocks.length
      } else if (placed.areas[a].blocks[b].cells.length > 0) return { a, b }
    }
  }
  const first = () => (placed.areas[0]?.blocks[0] ? { a: 0, b: 0, c: 0 } : null)
  const last = () => {
    const a = placed.areas.length - 1
    const b = (placed.areas[a]?.blocks.length ?? 0) - 1
    return b >= 0 ? { a, b, c: placed.areas[a].blocks[b].cells.length - 1 } : null
  }
  /** @param {number} dy pixels */
  const vertical = dy => {
    if (!cursor) return first()
    const { x, y } = boxOf(cursor)
    for (
      let at = y + dy, tries = 0;
      tries < 40;
      tries++, at += (Math.sign(dy) * (placed.cell + placed.gap)) / 2
    ) {
      const found = hit(x + placed.cell / 2, at + placed.cell / 2)
      if (found && (found.a !== cursor.a || found.b !== cursor.b || found.c !== cursor.c))
        return found
    }
    return cursor
  }

  canvas.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const step = placed.cell + placed.gap
    const moves = {
      ArrowRight: () => along(1),
      ArrowLeft: () => along(-1),
      ArrowDown: () => vertical(step),
      ArrowUp: () => vertical(-step),
      Home: first,
      End: last,
      PageDown: () => vertical(step * 10),
      PageUp: () => vertical(-step * 10)
    }
    if (event.ctrlKey && event.key !== 'Home' && event.key !== 'End') return
    if (event.key in moves) {
      event.preventDefault()
      move(moves[/** @type {'Home'} */ (event.key)](), true)
      if (cursor) revealIn(canvas, boxOf(cursor).y, placed.cell)
    } else if (event.key === 'Enter' && cursor && cellAt(cursor))
      open(/** @type {Cell} */ (cellAt(cursor)).item)
    else if (event.key === 'Escape') move(null, false)
  })
  canvas.addEventListener(
    'focus',
    () => cursor || !canvas.matches(':focus-visible') || move(first(), true)
  )
  canvas.addEventListener('pointermove', (/** @type {PointerEvent} */ event) =>
    move(hit(event.offsetX, event.offsetY), false)
  )
  element.addEventListener('pointerleave', () => move(null, false))
  canvas.addEventListener('click', (/** @type {MouseEvent} */ event) => {
    const at = hit(event.offsetX, event.offsetY)
    const cell = at && cellAt(at)
    if (cell) open(cell.item)
  })

  return {
    element,
    /**
     * @param {Group[]} groups
     * @param {{least: number, most: number, label: string, isDark: boolean}} options
     */
    show(groups, { least, most, label, isDark }) {
      const width = element.clientWidth
      if (width === 0) return
      shown = { groups, least, most, isDark }
      placed = place(groups, width, sizeOf(groups, width))
      canvas.setAttribute('aria-label', label)
      draw()
    },
    /** @returns {{x: number, y: number, cell: number} | null} where an item is, for tests */
    boxOfItem(/** @type {any} */ item) {
      for (let a = 0; a < placed.areas.length; a++) {
        for (let b = 0; b < placed.areas[a].blocks.length; b++) {
          const c = placed.areas[a].blocks[b].cells.findIndex(cell => cell.item === item)
          if (c >= 0) return { ...boxOf({ a, b, c }), cell: placed.cell }
        }
      }
      return null
    }
  }
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
 * @param {ReturnType<typeof place>} placed
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
 * @param {{x: number, y: number, cell: Cell, step: number}[][]} steps
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
