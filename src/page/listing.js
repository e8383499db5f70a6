// What tables of rows have in common: columns, how a row of another table is found, a
// file with all of them, and warnings.
import { fill, h } from './dom.js'
import { number } from './format.js'
import { t } from './text.js'
import './text-more.js'

const QUERY_MAX = 300
const WARNINGS_MAX = 3

/** @param {string} id @param {(row: any) => string | null} value @param {Partial<Column>} [more] @returns {Column} */
export const textual = (id, value, more) => ({
  id,
  label: t(id),
  value,
  text: row => value(row) ?? number(null),
  ...more
})

/** @param {string} id @param {(row: any) => number | null} value @param {(value: number) => string} text @returns {Column} */
export const numeric = (id, value, text) => ({
  id,
  label: t(id),
  right: true,
  value,
  text: row => {
    const it = value(row)
    return it === null ? number(null) : text(it)
  }
})

/** What to search for to find rows with these texts; of one with blanks, each part of it. @param {Record<string, string | null>} texts */
export function queryOf(texts) {
  const words = Object.entries(texts).flatMap(([name, text]) =>
    (text ?? '')
      .split(/\s+/)
      .filter(Boolean)
      .map(part => `${name}:${part}`)
  )
  // Half a letter has no place in an address.
  return words
    .join(' ')
    .slice(0, QUERY_MAX)
    .replace(/[\uD800-\uDBFF]$/, '')
}

/** @param {string} name of the endpoint */
export const csvLink = name =>
  h('a', {
    href: `../api/v1/gpu/${name}?format=csv`,
    download: `${name}.csv`,
    text: t('csv')
  })

/** @param {HTMLElement} host @param {string[]} warnings */
export const showWarnings = (host, warnings) =>
  fill(host, warnings.join('\n'), () =>
    warnings.slice(0, WARNINGS_MAX).map(text => h('p', { class: 'note', text }))
  )
