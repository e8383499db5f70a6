// A table of any length: only the rows in sight are in the document. On a phone a row
// is a card. The table is one stop for Tab; its active row is named to screen readers.
// While somebody points at it, or has the focus in it, rows keep their order. Or it has
// pages, whose rows are all in the document.
import { fill, h, say } from './dom.js'
import { inOrderOf, sorted } from './order.js'
import { PAGE_ROWS, pager } from './pager.js'
import { t } from './text.js'
import './text-more.js'

const ROW_H = 34
const CARD_TITLE_H = 24
const CARD_LINE_H = 20
const CARD_APART = 18
// Rows beyond those in sight, on either side.
const EXTRA = 6
// As many are in the document, whatever is asked for.
const ROWS_MAX = 80
// Where a column has less, on average, they do not fit side by side: they scroll.
const COLUMN_W = 105
// The bar at the top of the page covers as many pixels.
const BAR_H = 60
let tables = 0

export class Table {
  #options
  #id = `table-${++tables}`
  #head = h('tr', { 'aria-rowindex': 1 })
  #body = h('tbody')
  #grid
  #frame
  #none = h('p', { class: 'soft empty', hidden: true })
  #kept
  #pager
  #phone = matchMedia('(max-width: 700px)')
  /** @type {Column[]} */
  #columns = []
  /** @type {any[]} as the view gave them */
  #given = []
  /** @type {any[]} as they are shown */
  #rows = []
  #sort = ''
  #search = ''
  #active = -1
  /** Which page is shown; 0: there are none. */
  #page = 0
  #drawnFrom = -1
  #headSignature = ''
  /** than the rows in the document */
  #hasOtherColumns = false
  /** @type {any[][]} cells of the rows in the document */
  #lines = []
  #drawing = 0
  #settling = 0

  /** @param {TableOptions} options */
  constructor(options) {
    const help = `${this.#id}-help`
    const about = { role: 'grid', tabindex: 0, 'aria-label': options.label }
    this.#options = options
    this.#grid = h(
      'table',
      { ...about, 'aria-describedby': help },
      h('thead', null, this.#head),
      this.#body
    )
    this.#frame = h('div', { class: 'rows' }, this.#grid)
    this.#kept = h(
      'div',
      { class: 'kept', hidden: true },
      h('span', { text: t('order_kept') }),
      h('button', {
        type: 'button',
        class: 'small',
        text: t('sort_now'),
        on: { click: () => this.#sortNow() }
      })
    )
    this.#pager = pager(options.change)
    this.element = h(
      'div',
      { class: 'table' },
      h('p', { class: 'unseen', id: help, text: t('grid_help') }),
      this.#none,
      this.#pager.element,
      this.#frame,
      this.#kept,
      this.#pager.below
    )
    this.#listen()
  }

  #listen() {
    this.#grid.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) =>
      this.#keyDown(event)
    )
    this.#grid.addEventListener('focus', () => this.#focused())
    this.element.addEventListener('pointerleave', this.#settleLater)
    this.element.addEventListener('focusout', this.#settleLater)
    addEventListener('scroll', this.#drawLater, { passive: true })
    addEventListener('resize', this.#drawLater)
  }

  destroy() {
    removeEventListener('scroll', this.#drawLater)
    removeEventListener('resize', this.#drawLater)
  }

  /**
   * @param {Column[]} columns
   * @param {any[]} rows
   * @param {Params} params sort: one that is no column's is none
   */
  show(columns, rows, { sort, q, page }) {
    const isKnown = columns.some(({ id }) => id === sort.replace('-', ''))
    const sortHere = isKnown ? sort : ''
    const isAnother =
      sortHere !== this.#sort || q !== this.#search || idsOf(columns) !== idsOf(this.#columns)
    this.#turnTo(Math.min(page, Math.max(1, Math.ceil(rows.length / PAGE_ROWS))))
    this.#pager.show(this.#page, rows.length)
    this.#given = rows
    this.#search = q
    this.#showNone(rows.length === 0 && q !== '')
    this.#showHead(columns, sortHere)
    this.#arrange(!isAnother && this.#isHeld())
  }

  /** @param {number} page */
  #turnTo(page) {
    const isTurn = page !== this.#page && page > 0 && this.#page > 0
    this.#page = page
    if (!isTurn) return
    this.#active = -1
    this.element.scrollIntoView()
  }

  // --- the order of rows

  /** On a touch screen, where nothing is pointed at, from a touch to the next one. */
  #isHeld() {
    return this.element.matches(':hover, :focus-within')
  }

  /** @param {boolean} isKept the order of those that are shown */
  #arrange(isKept) {
    const { keyOf } = this.#options
    const column = this.#columns.find(({ id }) => id === this.#sort.replace('-', ''))
    const wanted = sorted(this.#given, column, this.#sort.startsWith('-'))
    const before = this.#rows
    const active = before[this.#active] && keyOf(before[this.#active])
    this.#rows = isKept ? inOrderOf(before, wanted, keyOf) : wanted
    this.#kept.hidden = this.#rows.every((row, i) => row === wanted[i])
    if (active !== undefined) this.#follow(active)
    this.#grid.setAttribute('aria-rowcount', String(this.#rows.length + 1))
    this.#draw()
  }

  /** @param {string} key of the row that was the active one */
  #follow(key) {
    const now = this.#rows.findIndex(row => this.#options.keyOf(row) === key)
    this.#active = now >= 0 ? now : Math.min(this.#active, this.#rows.length - 1)
  }

  #sortNow() {
    this.#grid.focus({ preventScroll: true })
    this.#arrange(false)
  }

  /** Once it is known who has the focus then. */
  #settleLater = () => {
    this.#settling ||= requestAnimationFrame(() => {
      this.#settling = 0
      const isChanged = !this.#kept.hidden
      if (isChanged && this.element.isConnected && !this.#isHeld()) this.#arrange(false)
    })
  }

  // --- what is in the document

  /** @param {boolean} isEmpty because nothing matches */
  #showNone(isEmpty) {
    const q = this.#search
    const clear = () =>
      h('button', {
        type: 'button',
        class: 'small',
        data: { key: 'clear' },
        text: t('clear'),
        on: { click: () => this.#options.change({ q: '' }) }
      })
    this.#none.hidden = !isEmpty
    this.#frame.hidden = isEmpty
    fill(this.#none, isEmpty ? q : '', () => (isEmpty ? [t('no_match', { q }), ' ', clear()] : []))
  }

  /** @param {Column[]} columns @param {string} sort */
  #showHead(columns, sort) {
    const isSame = idsOf(columns) === idsOf(this.#columns)
    const signature = columns.map(column => column.id + column.label).join() + sort
    this.#columns = columns
    this.#sort = sort
    if (signature === this.#headSignature) return
    this.#headSignature = signature
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.key
    this.#head.replaceChildren(...columns.map(column => this.#headerOf(column)))
    if (focused) this.#head.querySelector(`[data-key=${CSS.escape(focused)}]`)?.focus()
    if (!isSame) this.#hasOtherColumns = true
  }

  /** @param {Column} column */
  #headerOf(column) {
    const { id, label, right, value } = column
    const ways = { [id]: 'ascending', [`-${id}`]: 'descending' }
    const way = ways[this.#sort] ?? null
    const arrow = way === 'ascending' ? ' ▲' : ' ▼'
    const mark = way && h('span', { 'aria-hidden': 'true', text: arrow })
    const click = () =>
      this.#options.change({ sort: this.#nextSort(column), page: Math.min(this.#page, 1) })
    const button = { type: 'button', class: 'sort', data: { key: id }, on: { click } }
    const name = value ? h('button', button, label, mark) : label
    return h('th', { scope: 'col', class: right ? 'r' : '', 'aria-sort': way }, name)
  }

  /** Numbers first come with the greatest first. @param {Column} column */
  #nextSort({ id, right }) {
    const [one, two] = right ? [`-${id}`, id] : [id, `-${id}`]
    return this.#sort === one ? two : this.#sort === two ? '' : one
  }

  /** @param {number} count */
  #ensureLines(count) {
    const lines = this.#lines
    while (lines.length > count) /** @type {any} */ (lines.pop())[0].parentElement.remove()
    while (lines.length < count) {
      const cells = this.#columns.map(({ right, label }) =>
        h('td', { class: right ? 'r' : '', 'data-label': label })
      )
      const click = (/** @type {MouseEvent} */ event) => this.#clicked(event, line)
      const line = h('tr', { on: { click } }, ...cells)
      lines.push(cells)
      this.#body.append(line)
    }
  }

  #rowHeight() {
    if (!this.#phone.matches) return ROW_H
    const others = this.#columns.slice(1)
    const wide = others.filter(column => column.wide)
    const lines = wide.reduce((sum, column) => sum + (column.lines ?? 1), 0)
    const halves = Math.ceil((others.length - wide.length) / 2)
    return CARD_TITLE_H + CARD_APART + CARD_LINE_H * (lines + halves)
  }

  /** Where the first row is, from the top of the window; below 0 above it. */
  #top() {
    return this.#frame.getBoundingClientRect().top + (this.#phone.matches ? 0 : ROW_H)
  }

  /** @param {number} height of a row */
  #windowOf(height) {
    const total = this.#rows.length
    if (this.#page > 0) {
      const from = (this.#page - 1) * PAGE_ROWS
      return { from, count: Math.min(PAGE_ROWS, total - from) }
    }
    const inSight = Math.floor((BAR_H - this.#top()) / height)
    const from = Math.max(0, Math.min(total - 1, inSight - EXTRA))
    const wanted = Math.ceil(innerHeight / height) + 2 * EXTRA
    return { from, count: Math.max(0, Math.min(total - from, wanted, ROWS_MAX)) }
  }

  #draw() {
    const height = this.#rowHeight()
    const { from, count } = this.#windowOf(height)
    const frame = this.#frame
    // Not before it is known where they are, or the window would scroll up without them.
    if (this.#hasOtherColumns) this.#ensureLines(0)
    this.#hasOtherColumns = false
    frame.style.setProperty('--row', `${height}px`)
    frame.style.setProperty('--columns', String(this.#columns.length))
    const isWide = this.#columns.length > innerWidth / (this.#options.columnW ?? COLUMN_W)
    frame.classList.toggle('many', isWide && !this.#phone.matches)
    const isWindow = this.#page === 0
    frame.style.paddingTop = `${isWindow ? from * height : 0}px`
    frame.style.paddingBottom = `${isWindow ? (this.#rows.length - from - count) * height : 0}px`
    this.#ensureLines(count)
    this.#lines.forEach((cells, i) => this.#fillLine(cells, from + i))
    this.#drawnFrom = from
    const isActiveThere = this.#active >= from && this.#active < from + count
    if (isActiveThere)
      this.#grid.setAttribute('aria-activedescendant', `${this.#id}-${this.#active}`)
    else this.#grid.removeAttribute('aria-activedescendant')
    this.#options.seen?.(this.#rows.slice(from, from + count))
  }

  #drawLater = () => {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0
      if (this.#frame.isConnected && this.#rows.length > 0) this.#draw()
    })
  }

  /** @param {any[]} cells @param {number} index of a row */
  #fillLine(cells, index) {
    const line = cells[0].parentElement
    line.dataset.index = index
    line.setAttribute('aria-rowindex', String(index + 2))
    line.id = `${this.#id}-${index}`
    line.classList.toggle('active', index === this.#active)
    this.#columns.forEach((column, k) => fillCell(cells[k], column, this.#rows[index]))
  }

  // --- what people do

  /** @param {any} row */
  #open(row) {
    const place = this.#options.open(row)
    if (place) this.#options.go(place)
  }

  /** @param {MouseEvent} event @param {HTMLElement} line */
  #clicked(event, line) {
    const isOther = /** @type {Element} */ (event.target).closest('a, button')
    if (isOther || getSelection()?.toString()) return
    this.#open(this.#rows[Number(line.dataset.index)])
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    if (event.target !== this.#grid || event.altKey || event.metaKey) return
    const at = this.#active
    const page = Math.max(1, Math.floor(innerHeight / this.#rowHeight()) - 3)
    const moves = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#rows.length - 1
    }
    if (event.key in moves && this.#rows.length > 0) {
      event.preventDefault()
      this.#activate(moves[/** @type {'Home'} */ (event.key)])
    } else if (event.key === 'Enter' && this.#rows[at]) this.#open(this.#rows[at])
  }

  #focused() {
    const isByKey = this.#grid.matches(':focus-visible')
    if (isByKey && this.#active < 0 && this.#rows.length > 0)
      this.#activate(Math.max(0, this.#drawnFrom))
  }

  /** @param {number} to */
  #activate(to) {
    const height = this.#rowHeight()
    const page = this.#page > 0 ? this.#windowOf(height) : { from: 0, count: this.#rows.length }
    this.#active = Math.max(page.from, Math.min(page.from + page.count - 1, to))
    const y = this.#top() + (this.#active - page.from) * height
    if (y < 110) scrollBy(0, y - 140)
    else if (y + height > innerHeight - 20) scrollBy(0, y + height - innerHeight + 40)
    this.#draw()
  }
}

/** @param {Column[]} columns */
const idsOf = columns => columns.map(({ id }) => id).join()

/** @param {HTMLElement} cell @param {Column} column @param {any} row */
function fillCell(cell, column, row) {
  const mark = column.mark?.(row) ?? ''
  const wanted = [column.right ? 'r' : '', column.wide ? 'w' : '', mark].filter(Boolean).join(' ')
  if (cell.className !== wanted) cell.className = wanted
  if (column.picture) {
    const picture = column.picture(row)
    if (cell.firstChild !== picture) cell.replaceChildren(picture)
    return
  }
  const link = column.link?.(row)
  const text = column.text(row)
  if (!link) return say(cell, text)
  let a = /** @type {any} */ (cell.firstElementChild)
  if (!a) cell.replaceChildren((a = h('a', { tabindex: -1 })))
  say(a, text)
  if (a.getAttribute('href') !== link) a.setAttribute('href', link)
}
