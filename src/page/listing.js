// What tables of rows have in common: columns, how a row of another table is found, a
// file with all of them, and warnings.
import { fill, h } from './dom.js'
import { derive, isOld } from './fleet.js'
import { number, time } from './format.js'
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

/**
 * How many rows have each value of a column; a click shows them alone.
 *
 * @param {HTMLElement} host
 * @param {Context} ctx
 * @param {any[]} rows
 * @param {{name: string, values: string[], text: (value: string) => string}} column by that name it is searched for, too
 */
export function showCounts(host, ctx, rows, { name, values, text }) {
  const counts = values.map(value => rows.filter(row => row[name] === value).length)
  const { view, params } = ctx.route
  const link = (/** @type {string} */ value) =>
    ctx.link(view, [], { q: `${name}:${value}`, sort: params.sort })
  fill(host, JSON.stringify([counts, link('')]), () =>
    values.map((value, i) => {
      const words = `${number(counts[i])} ${text(value)}`
      return counts[i] === 0
        ? null
        : h('li', null, h('a', { href: link(value), data: { key: value }, text: words }))
    })
  )
}

/** When it was measured. @param {Context} ctx @param {Reply} reply @returns {Column} */
export function measuredColumn(ctx, reply) {
  const { newest_ms } = derive(reply).times
  return {
    id: 'measured',
    label: t('measured'),
    right: true,
    value: row => row.measured_at,
    text: row =>
      row.measured_at === null
        ? number(null)
        : time(Date.parse(row.measured_at), ctx.route.params.tz),
    mark: row => (isOld(row, newest_ms) ? 'old' : '')
  }
}

/** @param {HTMLElement} host @param {string[]} warnings */
export const showWarnings = (host, warnings) =>
  fill(host, warnings.join('\n'), () =>
    warnings.slice(0, WARNINGS_MAX).map(text => h('p', { class: 'note', text }))
  )
