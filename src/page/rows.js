// What views of rows have in common: which rows are searched for, and what stands in
// the place of all when there are none.
import { fill, h, say } from './dom.js'
import { nameOf, placeOf } from './fleet.js'
import { number } from './format.js'
import { t } from './text.js'

const SLOW_S = 5
/** @type {Record<string, 'bad' | 'warn' | 'info'>} of what is as severe */
export const MARKS = { critical: 'bad', warning: 'warn', info: 'info' }

/** @type {((q: string) => ((row: any) => boolean) | null) | null} */
let searcher = null

/** Before there is something to search for. */
export async function loadSearch() {
  ;({ searcher } = await import('./search.js'))
}

/** @param {string} q */
export const canSearch = q => q === '' || searcher !== null

/** @param {string} q @returns {((row: any) => boolean) | null} null: all rows */
export const searcherOf = q => searcher && searcher(q)

/**
 * Those rows that are searched for; how many they are is shown, and spoken.
 *
 * @param {Element} count
 * @param {Context} ctx
 * @param {any[]} all
 */
export function matching(count, ctx, all) {
  const { q } = ctx.route.params
  const match = searcherOf(q)
  const rows = match ? all.filter(match) : all
  const [n, total] = [number(rows.length), number(all.length)]
  say(count, match ? t('matching', { n, total, q }) : n)
  if (match) ctx.announce(String(count.textContent))
  return rows
}

/**
 * @param {HTMLElement} host
 * @param {Context} ctx
 * @param {string} source
 * @param {{isEmptyOk?: boolean}} [options] whether no rows are an answer like another
 * @returns {boolean} whether there is such a problem
 */
export function problemOf(host, ctx, source, { isEmptyOk = false } = {}) {
  const it = ctx.get(source)
  const good = it?.good
  if (good && (isEmptyOk || !Array.isArray(good.data) || good.data.length > 0)) {
    fill(host, '', () => [])
    return false
  }
  if (good) return showEmpty(host, good)
  // The banner says what failed.
  if (it?.last) fill(host, 'failed', () => [])
  else {
    const isSlow = it && it.asked_ms > 0 && performance.now() - it.asked_ms > SLOW_S * 1000
    fill(host, isSlow ? 'slow' : 'loading', () => [
      h('p', {
        class: 'panel soft wait',
        role: 'status',
        text: t(isSlow ? 'loading_long' : 'loading')
      })
    ])
  }
  return true
}

/** Of what a row is: a card, else a node. @param {any} row @param {Context} ctx @returns {{name: string | null, link: string | null}} */
export function whereOf(row, ctx) {
  const { node_name, cluster } = row
  if (row.gpu_index === null && row.uuid === null)
    return { name: node_name, link: node_name && ctx.link('node', [node_name], { cluster }) }
  const { view, path, params } = placeOf(row)
  return { name: nameOf(row), link: view === 'gpu' ? ctx.link(view, path, params) : null }
}

/** "ml / train-0", or a job's number. @param {{namespace: string | null, pod: string | null, job_id: string | null}} row */
export function workloadNameOf({ namespace, pod, job_id }) {
  if (pod === null && job_id !== null) return t('job_n', { id: job_id })
  return pod === null ? (namespace ?? t('unnamed')) : `${namespace ?? '?'} / ${pod}`
}

/** @param {HTMLElement} host @param {Reply} good */
function showEmpty(host, good) {
  const lines = [
    "curl -sG http://localhost:9090/api/v1/query --data-urlencode 'query=up == 0'",
    "curl -sG http://localhost:9090/api/v1/query --data-urlencode 'query=DCGM_FI_DEV_GPU_UTIL'"
  ]
  fill(host, 'empty' + good.warnings.join(), () => [
    h(
      'section',
      { class: 'panel empty' },
      h('h2', { text: t('no_gpus') }),
      ...good.warnings.map((/** @type {string} */ text) => h('p', { text })),
      h('p', { class: 'soft', text: t('no_gpus_hint') }),
      h('pre', null, h('code', { text: lines.join('\n') }))
    )
  ])
  return true
}
