// What is around each view: views, search, how old all of it is, pause; and what went
// wrong.
import { fill, h, say } from './dom.js'
import { span } from './format.js'
import { spanText, t } from './text.js'
import { VIEWS } from './url.js'

// Those of one node or GPU are reached from where that is.
const SHOWN_VIEWS = VIEWS.filter(view => view !== 'node' && view !== 'gpu')

/** @param {Reply} reply @returns {string} */
export function reasonOf(reply) {
  if (reply.fault === 'api') return t('reason_api', { error: reply.error })
  return t(`reason_${reply.fault || 'network'}`, { error: reply.error })
}

/** @param {Context} ctx @param {FrameActs} act */
export function frame(ctx, act) {
  const main = h('main', { id: 'main', tabindex: -1 })
  const links = SHOWN_VIEWS.map(view => h('a', { data: { view }, text: t(view) }))
  const nav = h('nav', { 'aria-label': t('views') }, ...links)
  const search = searchField(act)
  const words = h('span', { class: 'words' })
  const pill = h('span', { class: 'pill' }, h('i', { 'aria-hidden': 'true' }), words)
  const spoken = h('span', { class: 'unseen', role: 'status' })
  const matches = h('span', { class: 'unseen', role: 'status' })
  /** @param {string} name @param {() => void} click @param {object} [more] */
  const button = (name, click, more) =>
    h('button', { type: 'button', class: name, on: { click }, ...more })
  const pause = button('pause', act.togglePause)
  const header = h(
    'header',
    null,
    button('skip', () => main.focus(), { text: t('skip') }),
    h('span', { class: 'brand', text: t('gpus_title') }),
    nav,
    h(
      'div',
      { class: 'search', role: 'search' },
      search,
      h('kbd', { 'aria-hidden': 'true', text: 'Ctrl K' })
    ),
    h(
      'div',
      { class: 'age' },
      pill,
      pause,
      button('help', act.help, { 'aria-label': t('help'), text: '?' })
    ),
    spoken,
    matches
  )
  const banner = h('div', { class: 'banner', hidden: true })
  document.body.replaceChildren(header, banner, main)
  return {
    main,
    search,
    matches,
    /** @param {Status} status */
    show: status => showStatus(status, { nav, pill, spoken, pause, banner }, ctx, act)
  }
}

/** @param {FrameActs} act */
function searchField(act) {
  const clear = () => {
    act.search((field.value = ''))
    field.blur()
  }
  const field = h('input', {
    type: 'search',
    id: 'search',
    placeholder: t('search_hint'),
    'aria-label': t('search'),
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 200,
    on: {
      input: () => act.search(field.value),
      keydown: (/** @type {KeyboardEvent} */ { key }) => key === 'Escape' && clear()
    }
  })
  return field
}

/**
 * @param {Status} status
 * @param {any} parts
 * @param {Context} ctx
 * @param {any} act
 */
function showStatus(status, { nav, pill, spoken, pause, banner }, ctx, act) {
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
