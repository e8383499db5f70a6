// A table's switch between rows in sight alone and pages of a hundred, for whoever reads
// or searches all that is in the document.
import { h, say } from './dom.js'
import { number } from './format.js'
import { add, t } from './text.js'
import './text-more.js'

add({
  by_pages: '{n} rows a page',
  page_before: 'Previous',
  page_after: 'Next',
  rows_of: '{first} to {last} of {total}'
})

export const PAGE_ROWS = 100

/** @param {(params: {page: number}) => void} change */
export function pager(change) {
  let page = 0
  const box = h('input', {
    type: 'checkbox',
    on: { change: () => change({ page: box.checked ? 1 : 0 }) }
  })
  const turn = (/** @type {number} */ by) => change({ page: page + by })
  // Above the rows, and where somebody is who has read them.
  const turns = [turnsOf(turn), turnsOf(turn)]
  const element = h(
    'div',
    { class: 'pager' },
    h('label', { class: 'setting' }, box, h('span', { text: t('by_pages', { n: PAGE_ROWS }) })),
    turns[0].element
  )
  return {
    element,
    below: h('div', { class: 'pager' }, turns[1].element),
    /** @param {number} shown which page; 0: there are none @param {number} rows of all pages */
    show(shown, rows) {
      page = shown
      element.hidden = rows <= PAGE_ROWS
      box.checked = page > 0
      for (const it of turns) it.show(page, rows)
    }
  }
}

/** @param {(by: number) => void} turn */
function turnsOf(turn) {
  const step = (/** @type {string} */ name, /** @type {number} */ by) =>
    h('button', { type: 'button', class: 'small', text: t(name), on: { click: () => turn(by) } })
  const [before, after] = [step('page_before', -1), step('page_after', 1)]
  const where = h('span', { class: 'soft' })
  const element = h('span', { class: 'turns' }, before, where, after)
  return {
    element,
    /** @param {number} page @param {number} rows */
    show(page, rows) {
      const last = Math.min(rows, page * PAGE_ROWS)
      element.hidden = page === 0 || rows <= PAGE_ROWS
      before.disabled = page <= 1
      after.disabled = last >= rows
      const [from, to, total] = [(page - 1) * PAGE_ROWS + 1, last, rows].map(n => number(n))
      say(where, t('rows_of', { first: from, last: to, total }))
    }
  }
}
