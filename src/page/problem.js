// What a view shows in place of its content, when it has none.
import { fill, h } from './dom.js'
import { t } from './text.js'

const SLOW_S = 5

/**
 * @param {HTMLElement} host
 * @param {import('./main.js').Context} ctx
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

/** @param {HTMLElement} host @param {import('./api.js').Reply} good */
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
