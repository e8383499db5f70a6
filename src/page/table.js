// A table of any length: only the rows in sight are in the document. On a phone a row
// is a card. The table is one stop for Tab; its active row is named to screen readers.
import { fill, h, say } from './dom.js'
import { t } from './text.js'

const ROW_H = 34
const CARD_TITLE_H = 24
const CARD_LINE_H = 20
const CARD_APART = 18
const EXTRA = 6
// As many are in the document, whatever is asked for.
const ROWS_MAX = 80
// More than fit side by side: they scroll.
const COLUMNS_MAX = 10
let tables = 0

/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} label
 * @property {(row: any) => string} text
 * @property {(row: any) => string | number | null} [value] to sort by; without it the column cannot be sorted
 * @property {boolean} [right]
 * @property {boolean} [wide] on a phone's card it has a line of its own
 * @property {(row: any) => string | null} [link]
 * @property {(row: any) => any} [picture] what stands in its place: an element
 * @property {(row: any) => string} [mark] a class
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {(row: any) => string | null} options.open where a row leads
 * @param {(params: {sort?: string, q?: string}) => void} options.change
 * @param {(place: string) => void} options.go
 */
export function table({ label, open, change, go }) {
  const head = h('tr', { 'aria-rowindex': 1 })
  const body = h('tbody')
  const id = `table-${++tables}`
  const grid = h(
    'table',
    { role: 'grid', tabindex: 0, 'aria-label': label, 'aria-describedby': `${id}-help` },
    h('thead', null, head),
    body
  )
  const frame = h('div', { class: 'rows' }, grid)
  const none = h('p', { class: 'soft empty', hidden: true })
  const element = h(
    'div',
    null,
    h('p', { class: 'unseen', id: `${id}-help`, text: t('grid_help') }),
    none,
    frame
  )
  const phone = matchMedia('(max-width: 700px)')
  /** @type {Column[]} */
  let columns = []
  /** @type {any[]} */
  let rows = []
  let chosen = ''
  let active = -1
  let drawnFrom = -1
  let headSignature = ''
  /** @type {any[][]} cells of the rows in the document */
  const lines = []

  const rowH = () => {
    if (!phone.matches) return ROW_H
    const wide = columns.slice(1).filter(column => column.wide).length
    return (
      CARD_TITLE_H + CARD_APART + CARD_LINE_H * (wide + Math.ceil((columns.length - 1 - wide) / 2))
    )
  }

  /** @param {Column} column */
  const header = column => {
    const way =
      chosen === column.id ? 'ascending' : chosen === `-${column.id}` ? 'descending' : null
    const mark = way
      ? h('span', { 'aria-hidden': 'true', text: way === 'ascending' ? ' ▲' : ' ▼' })
      : null
    const name = column.value
      ? h(
          'button',
          {
            type: 'button',
            class: 'sort',
            data: { key: column.id },
            on: { click: () => change({ sort: nextSort(column) }) }
          },
          column.label,
          mark
        )
      : column.label
    return h('th', { scope: 'col', class: column.right ? 'r' : '', 'aria-sort': way }, name)
  }
  /** Numbers first come with the greatest first. @param {Column} column */
  const nextSort = column => {
    const [one, two] = column.right ? [`-${column.id}`, column.id] : [column.id, `-${column.id}`]
    return chosen === one ? two : chosen === two ? '' : one
  }

  /** @param {number} count */
  const ensureLines = count => {
    while (lines.length > count) /** @type {any} */ (lines.pop())[0].parentElement.remove()
    while (lines.length < count) {
      const cells = columns.map(column =>
        h('td', { class: column.right ? 'r' : '', 'data-label': column.label })
      )
      const line = h(
        'tr',
        { on: { click: (/** @type {MouseEvent} */ e) => clicked(e, line) } },
        ...cells
      )
      lines.push(cells)
      body.append(line)
    }
  }
  /** @param {MouseEvent} event @param {HTMLElement} line */
  const clicked = (event, line) => {
    if (/** @type {Element} */ (event.target).closest('a, button') || getSelection()?.toString())
      return
    const place = open(rows[Number(line.dataset.index)])
    if (place) go(place)
  }

  /** @param {HTMLElement} cell @param {Column} column @param {any} row */
  const fillCell = (cell, column, row) => {
    const mark = column.mark?.(row) ?? ''
    const wanted = [column.right ? 'r' : '', column.wide ? 'w' : '', mark].filter(Boolean).join(' ')
    if (cell.className !== wanted) cell.className = wanted
    if (column.picture) return cell.replaceChildren(column.picture(row))
    const link = column.link?.(row)
    const text = column.text(row)
    if (!link) return say(cell, text)
    let a = /** @type {any} */ (cell.firstElementChild)
    if (!a) cell.append((a = h('a', { tabindex: -1 })))
    say(a, text)
    if (a.getAttribute('href') !== link) a.setAttribute('href', link)
  }

  const draw = () => {
    const height = rowH()
    frame.style.setProperty('--row', `${height}px`)
    frame.style.setProperty('--columns', String(columns.length))
    frame.classList.toggle('many', columns.length > COLUMNS_MAX)
    const top = frame.getBoundingClientRect().top
    const headH = phone.matches ? 0 : ROW_H
    const from = Math.max(
      0,
      Math.min(rows.length - 1, Math.floor((60 - top - headH) / height) - EXTRA)
    )
    const count = Math.max(
      0,
      Math.min(rows.length - from, Math.ceil(innerHeight / height) + 2 * EXTRA, ROWS_MAX)
    )
    frame.style.paddingTop = `${from * height}px`
    frame.style.paddingBottom = `${(rows.length - from - count) * height}px`
    ensureLines(count)
    lines.forEach((cells, i) => {
      const index = from + i
      const line = cells[0].parentElement
      line.dataset.index = index
      line.setAttribute('aria-rowindex', String(index + 2))
      line.id = `${id}-${index}`
      line.classList.toggle('active', index === active)
      columns.forEach((column, k) => fillCell(cells[k], column, rows[index]))
    })
    drawnFrom = from
    if (active >= from && active < from + count)
      grid.setAttribute('aria-activedescendant', `${id}-${active}`)
    else grid.removeAttribute('aria-activedescendant')
  }

  let pending = 0
  const later = () =>
    (pending ||= requestAnimationFrame(() => {
      pending = 0
      if (frame.isConnected && rows.length > 0) draw()
    }))

  /** @param {number} to */
  const activate = to => {
    active = Math.max(0, Math.min(rows.length - 1, to))
    const y = frame.getBoundingClientRect().top + (phone.matches ? 0 : ROW_H) + active * rowH()
    if (y < 110) scrollBy(0, y - 140)
    else if (y + rowH() > innerHeight - 20) scrollBy(0, y + rowH() - innerHeight + 40)
    draw()
  }
  grid.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== grid || event.altKey || event.metaKey) return
    const page = Math.max(1, Math.floor(innerHeight / rowH()) - 3)
    const moves = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1
    }
    if (event.key in moves && rows.length > 0) {
      event.preventDefault()
      activate(moves[/** @type {'Home'} */ (event.key)])
    } else if (event.key === 'Enter' && rows[active]) {
      const place = open(rows[active])
      if (place) go(place)
    }
  })
  grid.addEventListener(
    'focus',
    () =>
      active >= 0 ||
      rows.length === 0 ||
      !grid.matches(':focus-visible') ||
      activate(Math.max(0, drawnFrom))
  )
  addEventListener('scroll', later, { passive: true })
  addEventListener('resize', later)

  return {
    element,
    /**
     * @param {Column[]} newColumns
     * @param {any[]} newRows
     * @param {string} newSort
     * @param {string} q what rows were searched for
     */
    show(newColumns, newRows, newSort, q) {
      none.hidden = newRows.length > 0 || !q
      frame.hidden = !none.hidden
      fill(none, none.hidden ? '' : q, () =>
        none.hidden
          ? []
          : [
              t('no_match', { q }),
              ' ',
              h('button', {
                type: 'button',
                class: 'small',
                data: { key: 'clear' },
                text: t('clear'),
                on: { click: () => change({ q: '' }) }
              })
            ]
      )
      const signature = newColumns.map(column => column.id + column.label).join() + newSort
      rows = newRows
      chosen = newSort
      if (signature !== headSignature) {
        const same = newColumns.map(c => c.id).join() === columns.map(c => c.id).join()
        columns = newColumns
        headSignature = signature
        const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.key
        head.replaceChildren(...columns.map(header))
        if (focused) head.querySelector(`[data-key=${CSS.escape(focused)}]`)?.focus()
        if (!same) ensureLines(0)
      }
      columns = newColumns
      grid.setAttribute('aria-rowcount', String(rows.length + 1))
      active = Math.min(active, rows.length - 1)
      draw()
    },
    destroy() {
      removeEventListener('scroll', later)
      removeEventListener('resize', later)
    }
  }
}

/**
 * Sorted anew only if nobody points at a row, or has the focus there.
 *
 * @param {any[]} rows
 * @param {Column | undefined} column
 * @param {boolean} isDown
 * @returns {any[]} null last either way; ties stay as they were
 */
export function sorted(rows, column, isDown) {
  if (!column?.value) return rows
  const value = column.value
  const keyed = rows.map((row, i) => ({ row, key: value(row), i }))
  const sign = isDown ? -1 : 1
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null)
      return a.key === b.key ? a.i - b.i : a.key === null ? 1 : -1
    const order =
      typeof a.key === 'number' && typeof b.key === 'number'
        ? a.key - b.key
        : compare(String(a.key), String(b.key))
    return order === 0 ? a.i - b.i : sign * order
  })
  return keyed.map(({ row }) => row)
}
const compare = new Intl.Collator('en', { numeric: true }).compare
