// Where the cells of a heat map are, and how they are drawn.
import { colourOf } from './dom.js'
import { FLAG } from './fleet.js'
import { number } from './format.js'
import { STEPS, colours, stepOf } from './scale.js'

const TITLE_H = 26
const LABEL_H = 18
// With the model in it.
const LONG_LABEL_W = 230
const RATIO_MAX = 2
// Where a number fits into its cell.
const NUMBER_MIN = 28

const MARKED = FLAG.xid | FLAG.gone | FLAG.old | FLAG.limit

// --- where they are

/**
 * The largest cells with which all fits into a screen, or nearly.
 *
 * @param {Group[]} groups
 * @param {number} width
 */
export function sizeOf(groups, width) {
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
export function place(groups, width, cell) {
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
    areas.push({ title, y, perLine, columns, blockW, blockH, blocks, labelH })
    y += Math.ceil(blocks.length / perLine) * blockH
  }
  return { areas, height: Math.max(y, cell), cell, gap, width }
}

/** @param {Area} area @param {number} b */
const cornerOf = (area, b) => ({
  x: (b % area.perLine) * area.blockW,
  y: area.y + Math.floor(b / area.perLine) * area.blockH
})

/** @param {Placed} placed @param {At} at */
export function boxOf({ areas, cell, gap }, { a, b, c }) {
  const area = areas[a]
  const corner = cornerOf(area, b)
  return {
    x: corner.x + (c % area.columns) * (cell + gap),
    y: corner.y + area.labelH + Math.floor(c / area.columns) * (cell + gap)
  }
}

/** @param {Placed} placed @param {(cell: Cell, x: number, y: number) => void} visit */
function eachCell({ areas, cell: side, gap }, visit) {
  for (const area of areas)
    area.blocks.forEach(({ cells }, b) => {
      const corner = cornerOf(area, b)
      let x = corner.x
      let y = corner.y + area.labelH
      cells.forEach((cell, c) => {
        if (c > 0 && c % area.columns === 0) {
          x = corner.x
          y += side + gap
        }
        visit(cell, x, y)
        x += side + gap
      })
    })
}

/** @param {Placed} placed @param {At} at @returns {Cell | undefined} */
export const cellAt = ({ areas }, { a, b, c }) => areas[a]?.blocks[b]?.cells[c]

/** @param {Placed} placed @param {number} x @param {number} y @returns {At | null} */
export function hit(placed, x, y) {
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

// --- how they are drawn

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Placed} placed
 * @param {{least: number, most: number, isDark: boolean}} options
 */
export function draw(canvas, placed, { least, most, isDark }) {
  // Once the canvas has another size they would have to be computed anew.
  const looks = looksOf()
  const g = contextOf(canvas, placed)
  /** @type {number[][]} x, y, x, y ... by colour, which is then set once for each; the second half is dim */
  const steps = Array.from({ length: 2 * STEPS }, () => [])
  /** @type {MarkedCell[]} */
  const marked = []
  const hasNumbers = placed.cell >= NUMBER_MIN
  eachCell(placed, (cell, x, y) => {
    const { value, flags } = cell
    const step = value === null ? 0 : stepOf(value, least, most)
    if (value !== null) steps[step + (flags & FLAG.dim ? STEPS : 0)].push(x, y)
    if (hasNumbers || value === null || flags & MARKED) marked.push({ x, y, cell, step })
  })
  drawTitles(g, placed, looks)
  fillCells(g, steps, placed.cell, colours(isDark))
  drawMarks(g, marked, placed.cell, looks)
  if (hasNumbers) drawNumbers(g, marked, placed.cell, isDark, looks)
}

/**
 * The canvas, of the size of all, empty.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Placed} placed
 */
function contextOf(canvas, { width, height }) {
  const ratio = Math.min(RATIO_MAX, devicePixelRatio || 1)
  const deviceW = Math.round(width * ratio)
  const deviceH = Math.round(height * ratio)
  const isAnother = canvas.width !== deviceW || canvas.height !== deviceH
  if (isAnother) {
    canvas.width = deviceW
    canvas.height = deviceH
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  g.setTransform(ratio, 0, 0, ratio, 0, 0)
  if (!isAnother) g.clearRect(0, 0, width, height)
  return g
}

/** @param {CanvasRenderingContext2D} g @param {number[][]} steps @param {number} side @param {string[]} scale */
function fillCells(g, steps, side, scale) {
  steps.forEach((places, i) => {
    g.globalAlpha = i < STEPS ? 1 : 0.2
    g.fillStyle = scale[i % STEPS]
    for (let k = 0; k < places.length; k += 2) g.fillRect(places[k], places[k + 1], side, side)
  })
  g.globalAlpha = 1
}

/** Colours and letters, by theme and system. */
const looksOf = () => ({
  ...{ soft: colourOf('--soft'), text: colourOf('--text'), bad: colourOf('--bad') },
  ...{ faint: colourOf('--faint'), limit: colourOf('--warn-mark') },
  family: getComputedStyle(document.body).fontFamily
})

/** @param {CanvasRenderingContext2D} g @param {Placed} placed @param {ReturnType<typeof looksOf>} looks */
function drawTitles(g, placed, { soft, family }) {
  g.fillStyle = soft
  g.textBaseline = 'alphabetic'
  const fonts = [13, 12].map(px => `${px}px ${family}`)
  for (const area of placed.areas) {
    g.font = fonts[0]
    if (area.title) g.fillText(area.title, 0, area.y - 8, placed.width)
    if (!area.labelH) continue
    g.font = fonts[1]
    area.blocks.forEach(({ label }, b) => {
      const { x, y } = cornerOf(area, b)
      g.fillText(fitting(g, label, area.blockW - 10), x, y + 12)
    })
  }
}

/** @param {CanvasRenderingContext2D} g @param {string} text @param {number} width */
function fitting(g, text, width) {
  if (g.measureText(text).width <= width) return text
  const letters = [...text.slice(-80)]
  while (letters.length > 1 && g.measureText(letters.join('') + '…').width > width) letters.shift()
  // The end tells nodes of one site apart.
  return '…' + letters.join('')
}

/** States by shape, not by colour alone. @param {CanvasRenderingContext2D} g @param {MarkedCell[]} marked @param {number} side @param {ReturnType<typeof looksOf>} looks */
function drawMarks(g, marked, side, { bad, faint, limit }) {
  g.lineWidth = 1
  for (const { x, y, cell } of marked) {
    const isGone = cell.flags & FLAG.gone
    if (cell.value === null || isGone) {
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
      g.fillStyle = limit
      g.fillRect(x, y, side, Math.max(2, side / 12))
    }
    if (cell.flags & FLAG.xid) notch(g, x + side, y, Math.max(5, side / 3), bad)
  }
}

/** @param {CanvasRenderingContext2D} g @param {MarkedCell[]} marked @param {number} side @param {boolean} isDark @param {ReturnType<typeof looksOf>} looks */
function drawNumbers(g, marked, side, isDark, { text, family }) {
  g.font = `600 ${side >= 60 ? 18 : side >= 36 ? 13 : 11}px ${family}`
  g.textAlign = 'center'
  g.textBaseline = 'middle'
  for (const { x, y, cell, step } of marked) {
    if (cell.flags & FLAG.gone) continue
    const isOnGround = cell.value === null || cell.flags & (FLAG.old | FLAG.dim)
    g.fillStyle = isOnGround ? text : numberColour(step, isDark)
    g.fillText(number(cell.value), x + side / 2, y + side / 2 + 1)
  }
  g.textAlign = 'start'
}

/** @param {number} step @param {boolean} isDark */
const numberColour = (step, isDark) => (step > STEPS * 0.42 === isDark ? '#101214' : '#fff')

/** @param {CanvasRenderingContext2D} g @param {number} right @param {number} top @param {number} size @param {string} colour */
function notch(g, right, top, size, colour) {
  g.fillStyle = colour
  g.beginPath()
  g.moveTo(right, top)
  g.lineTo(right, top + size)
  g.lineTo(right - size, top)
  g.fill()
}

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} x2 @param {number} y2 */
function line(g, x, y, x2, y2) {
  g.beginPath()
  g.moveTo(x, y)
  g.lineTo(x2, y2)
  g.stroke()
}
