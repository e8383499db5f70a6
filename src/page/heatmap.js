// Every GPU as a cell, on one canvas, node by node; where the cells are is computed,
// so that 10,000 of them are no elements and have no listeners.
import { boxOf, cellAt, draw, hit, place, sizeOf } from './cells.js'
import { h } from './dom.js'

// Who holds an arrow key down hears where it ends.
const SPEAK_AFTER_MS = 250

export class HeatMap {
  #open
  #describe
  #canvas = h('canvas', { tabindex: 0, role: 'application' })
  #over = h('div', { class: 'over', hidden: true })
  #tip = h('div', { class: 'tip', hidden: true })
  #live = h('div', { class: 'unseen', 'aria-live': 'polite' })
  #placed = place([], 1, 8)
  /** @type {At | null} */
  #cursor = null
  #speaking = 0

  /**
   * @param {object} options
   * @param {(cell: Cell) => void} options.open
   * @param {(cell: Cell) => string} options.describe for tooltip and screen readers
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
   * @param {number} width
   * @param {{least: number, most: number, label: string, isDark: boolean}} options
   */
  show(groups, width, { label, ...scale }) {
    if (width === 0) return
    this.#placed = place(groups, width, sizeOf(groups, width))
    this.#canvas.setAttribute('aria-label', label)
    draw(this.#canvas, this.#placed, scale)
    this.#showCursor()
  }

  /** @returns {Cell | undefined} where the cursor is; it may be gone since */
  #showCursor() {
    const at = this.#cursor
    const cell = at ? cellAt(this.#placed, at) : undefined
    this.#over.hidden = !cell
    if (!at || !cell) return undefined
    const { x, y } = boxOf(this.#placed, at)
    const { style } = this.#over
    style.left = `${x - 2}px`
    style.top = `${y - 2}px`
    style.width = style.height = `${this.#placed.cell + 4}px`
    return cell
  }

  /** @param {At | null} at @param {boolean} speak */
  #move(at, speak) {
    const tip = this.#tip
    this.#cursor = at
    const cell = this.#showCursor()
    tip.hidden = !cell
    if (!at || !cell) return
    const { x, y } = boxOf(this.#placed, at)
    tip.textContent = this.#describe(cell)
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
    if (cell) this.#open(cell)
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

// --- from one cell to another

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

/** @param {HTMLCanvasElement} canvas @param {number} y @param {number} height */
function revealIn(canvas, y, height) {
  const top = canvas.getBoundingClientRect().top + y
  if (top < 80) scrollBy(0, top - 120)
  else if (top + height > innerHeight - 60) scrollBy(0, top + height - innerHeight + 120)
}
