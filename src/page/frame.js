// What is around each view: views, search, how old all of it is, pause, theme; and
// what went wrong.
import { fill, h, say } from './dom.js'
import { span } from './format.js'
import { spanText, t } from './text.js'

const SHOWN_VIEWS = ['fleet', 'nodes', 'gpus', 'processes', 'status']
const INTERVALS = [2, 5, 10, 30, 60]

/** @param {import('./api.js').Reply} reply @returns {string} */
export function reasonOf(reply) {
  if (reply.fault === 'api') return t('reason_api', { error: reply.error })
  return t(`reason_${reply.fault || 'network'}`, { error: reply.error })
}

/** @param {number} s */
export const agoText = s => t('ago', { time: spanText(span(s)) })

/**
 * @param {import('./main.js').Context} ctx
 * @param {{togglePause: () => void, askNow: () => void, search: (q: string) => void, setTheme: (theme: string) => void,
 *   setRefresh: (s: number) => void, setTz: (tz: string) => void, setSingleKeys: (on: boolean) => void}} act
 */
export function frame(ctx, act) {
  const main = h('main', { id: 'main', tabindex: -1 })
  const nav = h(
    'nav',
    { 'aria-label': t('views') },
    ...SHOWN_VIEWS.map(view => h('a', { data: { view }, text: t(view) }))
  )
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: t('search_hint'),
    'aria-label': t('search'),
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 200,
    on: {
      input: () => act.search(search.value),
      keydown: (/** @type {KeyboardEvent} */ e) =>
        e.key === 'Escape' && (act.search((search.value = '')), search.blur())
    }
  })
  const pill = h(
    'span',
    { class: 'pill' },
    h('i', { 'aria-hidden': 'true' }),
    h('span', { class: 'words' })
  )
  const spoken = h('span', { class: 'unseen', role: 'status' })
  const matches = h('span', { class: 'unseen', role: 'status' })
  const pause = h('button', { type: 'button', class: 'pause', on: { click: act.togglePause } })
  const more = menu(ctx, act)
  const header = h(
    'header',
    null,
    h('button', {
      type: 'button',
      class: 'skip',
      text: t('skip'),
      on: { click: () => main.focus() }
    }),
    h('span', { class: 'brand', text: t('gpus_title') }),
    nav,
    h(
      'div',
      { class: 'search', role: 'search' },
      search,
      h('kbd', { 'aria-hidden': 'true', text: 'Ctrl K' })
    ),
    h('div', { class: 'age' }, pill, pause, more.element),
    spoken,
    matches
  )
  const banner = h('div', { class: 'banner', hidden: true })
  document.body.replaceChildren(header, banner, main, more.dialog)
  return {
    main,
    search,
    matches,
    help: more.help,
    /** @param {Status} status */
    show: status => showStatus(status, { header, nav, pill, spoken, pause, banner, more }, ctx, act)
  }
}

/**
 * @typedef {object} Status
 * @property {import('./age.js').State} state
 * @property {number | null} age_s of the measurements
 * @property {boolean} isMeasured or only asked then
 * @property {import('./age.js').Resource | undefined} it
 * @property {number | null} next_ms
 * @property {number} interval_s
 * @property {boolean} isPaused
 * @property {string} since
 */

/**
 * @param {Status} status
 * @param {any} parts
 * @param {import('./main.js').Context} ctx
 * @param {any} act
 */
function showStatus(status, { nav, pill, spoken, pause, banner, more }, ctx, act) {
  const { state, age_s, isPaused, isMeasured } = status
  document.documentElement.dataset.state = state
  const active = { node: 'nodes', gpu: 'gpus' }[ctx.route.view] ?? ctx.route.view
  for (const a of nav.children) {
    const href = ctx.link(a.dataset.view, [], { q: ctx.route.params.q })
    if (a.getAttribute('href') !== href) a.setAttribute('href', href)
    if (a.dataset.view === active) a.setAttribute('aria-current', 'page')
    else a.removeAttribute('aria-current')
  }
  pill.dataset.state = state
  const age =
    age_s === null
      ? ''
      : t(isMeasured ? 'measured_ago' : 'asked_ago', { time: spanText(span(age_s)) })
  say(
    pill.lastElementChild,
    [state === 'live' && age ? '' : t(`state_${state}`), age].filter(Boolean).join(' · ')
  )
  say(
    spoken,
    state === 'loading'
      ? ''
      : state === 'live'
        ? t('now_live')
        : t(`banner_${state.replace('-', '_')}`)
  )
  const pace = isPaused
    ? t('paused')
    : status.interval_s
      ? t('every', { time: spanText(span(status.interval_s)) })
      : t('never')
  fill(pause, pace, () => [
    h('span', { 'aria-hidden': 'true', text: isPaused ? '▶' : '❚❚' }),
    h('span', { class: 'unseen', text: t(isPaused ? 'resume' : 'pause') }),
    h('span', { class: 'long', text: ` ${pace}` })
  ])
  more.show()
  showBanner(status, banner, act)
}

/** @param {Status} status @param {HTMLElement} banner @param {any} act */
function showBanner({ state, it, next_ms, since }, banner, act) {
  const isLoud =
    state === 'stale' || state === 'disconnected' || state === 'error' || state === 'sign-in'
  banner.hidden = !isLoud
  if (!isLoud || !it?.last) return
  banner.dataset.state = state
  const key =
    state === 'stale' && it.failures === 0
      ? 'banner_stale_cache'
      : `banner_${state.replace('-', '_')}`
  const reason = it.last.ok ? '' : state === 'sign-in' ? t('sign_in_hint') : reasonOf(it.last)
  const wait_s =
    next_ms === null ? null : Math.max(0, Math.ceil((next_ms - performance.now()) / 1000))
  const small = [
    since && state !== 'error' ? t('since', { time: since }) : '',
    it.last.requestId ? t('request_id', { id: it.last.requestId }) : ''
  ]
  fill(banner, [key, reason, ...small].join('|'), () => [
    h('strong', { text: t(key) }),
    h('span', { text: reason }),
    h('span', { class: 'soft', text: small.filter(Boolean).join(' · ') }),
    it.last?.fault === 'api' ? h('span', { class: 'soft', text: t('first_aid') }) : null,
    h('span', { class: 'next' }),
    h('button', {
      type: 'button',
      data: { key: 'retry' },
      text: t(state === 'sign-in' ? 'reload' : 'retry'),
      on: { click: state === 'sign-in' ? () => location.reload() : act.askNow }
    })
  ])
  const next = /** @type {HTMLElement} */ (banner.querySelector('.next'))
  say(next, wait_s === null ? '' : t('next_try', { time: spanText(span(wait_s)) }))
}

/** @param {string} label @param {{id: string, text: string}[]} options @param {(id: string) => void} choose */
function select(label, options, choose) {
  const element = h(
    'select',
    { on: { change: () => choose(element.value) } },
    ...options.map(({ id, text }) => h('option', { value: id, text }))
  )
  return { element, row: h('label', { class: 'setting' }, h('span', { text: label }), element) }
}

/** Settings and help. @param {import('./main.js').Context} ctx @param {any} act */
function menu(ctx, act) {
  const theme = select(
    t('theme'),
    ['auto', 'light', 'dark'].map(id => ({ id, text: t(id) })),
    act.setTheme
  )
  const refresh = select(
    t('refresh'),
    [
      { id: '-1', text: t('by_size') },
      ...INTERVALS.map(s => ({ id: String(s), text: t('every', { time: spanText(span(s)) }) })),
      { id: '0', text: t('never') }
    ],
    id => act.setRefresh(Number(id))
  )
  const tz = select(
    t('timezone'),
    ['local', 'utc'].map(id => ({ id, text: t(`tz_${id}`) })),
    act.setTz
  )
  const single = select(
    t('key_single'),
    ['on', 'off'].map(id => ({ id, text: t(id) })),
    id => act.setSingleKeys(id === 'on')
  )
  const other = document.documentElement.lang === 'ja' ? 'en' : 'ja'
  const keys = [
    ['Ctrl K, /', 'key_search'],
    ['← ↑ → ↓', 'key_move'],
    ['Enter, Esc', 'key_open'],
    ['p', 'key_pause'],
    ['r', 'key_refresh'],
    ['?', 'key_help']
  ]
  const dialog = h(
    'dialog',
    { 'aria-label': t('help') },
    h('div', { class: 'settings' }, theme.row, refresh.row, tz.row, single.row),
    h('h2', { text: t('keys_title') }),
    h(
      'dl',
      null,
      ...keys.flatMap(([key, what]) => [
        h('dt', null, h('kbd', { text: key })),
        h('dd', { text: t(what) })
      ])
    ),
    h(
      'div',
      { class: 'end' },
      h('a', {
        href: `?lang=${other}`,
        lang: other,
        text: t('language'),
        on: {
          click: (/** @type {Event} */ event) => {
            const link = /** @type {HTMLAnchorElement} */ (event.target)
            link.href = `?lang=${other}${location.hash}`
          }
        }
      }),
      h('button', { type: 'button', text: t('close'), on: { click: () => dialog.close() } })
    )
  )
  const help = () => (dialog.open ? dialog.close() : dialog.showModal())
  const element = h('button', {
    type: 'button',
    class: 'help',
    'aria-label': t('help'),
    text: '?',
    on: { click: help }
  })
  return {
    element,
    dialog,
    help,
    show() {
      theme.element.value = document.documentElement.dataset.theme ?? 'auto'
      refresh.element.value = String(ctx.route.params.refresh)
      if (refresh.element.selectedIndex < 0)
        refresh.element.append(
          h('option', {
            value: ctx.route.params.refresh,
            selected: true,
            text: t('every', { time: spanText(span(ctx.route.params.refresh)) })
          })
        )
      tz.element.value = ctx.route.params.tz
      single.element.value = ctx.hasSingleKeys() ? 'on' : 'off'
    }
  }
}
