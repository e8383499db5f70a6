// Start, routes, and what all views share.
import { h, load, say } from './dom.js'
import { Roll, derive } from './fleet.js'
import { prepare, setLanguage, time } from './format.js'
import { frame } from './frame.js'
import { Refresher, stateOf } from './refresh.js'
import { canSearch, loadSearch } from './rows.js'
import { language, loadLanguage, t } from './text.js'
import { checkSort, parse, print } from './url.js'

const LARGE_FLEET = 1000
const TICK_MS = 1000

// How all but the first view look.
const LOOKS = 'more.css'

/** Loaded when it is wanted, with all that it needs. @param {Route} route @returns {Promise<View>} */
async function viewOf({ view, params: { q } }) {
  const [module] = await Promise.all([
    import(`./view-${view}.js`),
    view === 'fleet' || load(LOOKS),
    canSearch(q) || loadSearch()
  ])
  return module[`${view}View`]
}

const dark = matchMedia('(prefers-color-scheme: dark)')

/** @param {string} name @param {string | null} value in this browser alone */
function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
  } catch {
    // Then it holds until the page is closed.
  }
}

/** @param {string} name */
function recall(name) {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

class Page {
  route = parse(location.hash)
  roll = new Roll()
  refresher = new Refresher((name, it) => this.received(name, it))
  singleKeys = recall('gpu-single-keys') !== 'off'
  theme = recall('gpu-theme') ?? 'auto'
  /** @type {Promise<() => void> | null} opens the settings */
  settings = null
  /** @type {{name: string, view: View, it: ReturnType<View['create']>} | null} */
  shown = null
  tick = 0
  /** @type {Context} */
  ctx

  constructor() {
    const page = this
    this.ctx = {
      get route() {
        return page.route
      },
      get: name => this.refresher.get(name),
      link: (view, path = [], params = {}) =>
        print({ view, path, params: { ...this.sticky(), ...params } }),
      go: place => (location.hash = place),
      change: params => this.change(params),
      isDark: () => document.documentElement.dataset.theme === 'dark',
      theme: () => this.theme,
      hasSingleKeys: () => this.singleKeys,
      roll: this.roll,
      now_ms: () => this.serverNow(),
      state: () => this.stateNow(),
      dismissGone: () => {
        this.roll.dismiss()
        this.update()
      },
      wanted: () => this.use(),
      announce: text => say(this.frame.matches, text)
    }
    this.frame = frame(this.ctx, {
      togglePause: () => this.togglePause(),
      askNow: () => this.refresher.askNow(),
      help: () => this.help(),
      search: q => this.change({ q })
    })
    addEventListener('hashchange', () => this.navigate(false))
    addEventListener('keydown', event => this.key(event))
    addEventListener('resize', () => this.update())
    dark.addEventListener('change', () => this.setTheme(this.theme))
    for (const name of ['online', 'offline']) addEventListener(name, () => this.showStatus())
    document.addEventListener('visibilitychange', () => this.arrangeTick())
    addEventListener(
      'beforeprint',
      () =>
        (document.documentElement.dataset.printed = t('printed', {
          time: time(this.serverNow() ?? 0, this.route.params.tz, 'date')
        }))
    )
    // While the first answer is under way.
    this.navigate(true).then(prepare)
    this.arrangeTick()
  }

  /** What holds in whatever view. */
  sticky() {
    const { refresh, tz, range, from, to } = this.route.params
    return { refresh, tz, range, from, to }
  }

  /** @param {Partial<Params>} params */
  change(params) {
    Object.assign(this.route.params, params)
    history.replaceState(null, '', print(this.route))
    this.applyRoute()
  }

  /** @param {boolean} isFirst */
  async navigate(isFirst) {
    this.route = parse(location.hash)
    await this.applyRoute()
    if (isFirst) return
    scrollTo(0, 0)
    this.frame.main.querySelector('h1')?.focus({ preventScroll: true })
  }

  async applyRoute() {
    const { route } = this
    const name = [route.view, ...route.path, route.params.cluster, route.params.uuid].join('\n')
    const isSame = this.shown?.name === name
    const view =
      isSame && this.shown && canSearch(route.params.q)
        ? this.shown.view
        : await viewOf(route).catch(() => null)
    // Somebody was faster.
    if (this.route !== route) return
    if (!view) return this.lost()
    checkSort(route, view.sorts?.(route.params) ?? [])
    this.refresher.interval_s = this.interval()
    if (!isSame || !this.shown) {
      this.shown?.it.destroy?.()
      this.shown = { name, view, it: view.create(this.ctx) }
      const note = route.bad.length
        ? h('p', {
            class: 'note',
            role: 'status',
            text: t('bad_params', { names: route.bad.join(', ') })
          })
        : ''
      this.frame.main.replaceChildren(note, this.shown.it.element)
    }
    this.use()
    if (this.frame.search !== document.activeElement || !route.params.q)
      this.frame.search.value = route.params.q
    this.update()
  }

  use() {
    const { view, it } = this.shown ?? {}
    if (view) this.refresher.use({ ...view.sources(this.route), ...it?.wants?.() })
  }

  interval() {
    const { refresh } = this.route.params
    return refresh >= 0 ? refresh : this.roll.present.length > LARGE_FLEET ? 10 : 5
  }

  /** @param {string} name @param {Resource} it */
  received(name, it) {
    if (it.last?.ok && name === 'fleet' && Array.isArray(it.last.data)) {
      this.roll.call(it.last.data, this.serverNow() ?? 0)
      const interval = this.interval()
      if (interval !== this.refresher.interval_s) this.refresher.interval_s = interval
    }
    this.update(name)
  }

  primary() {
    const name = this.shown ? Object.keys(this.shown.view.sources(this.route))[0] : ''
    return { name, it: this.refresher.get(name) }
  }

  serverNow() {
    let newest = null
    for (const { it } of this.refresher.current.values()) {
      if (
        it.last &&
        it.last.date_ms !== null &&
        (!newest || it.last.received_ms > newest.received_ms)
      )
        newest = it.last
    }
    return newest
      ? /** @type {number} */ (newest.date_ms) + performance.now() - newest.received_ms
      : null
  }

  /** @returns {State} */
  stateNow() {
    const { it } = this.primary()
    return it
      ? stateOf(
          it,
          this.refresher.isPaused ? 0 : this.refresher.interval_s,
          performance.now(),
          navigator.onLine,
          it.good ? derive(it.good).held_s : 0
        )
      : 'loading'
  }

  /** @param {string} [detail] what has come, for those who measure */
  update(detail) {
    const start = performance.now()
    this.shown?.it.update()
    this.showStatus()
    // The last one alone: browsers keep all that there are.
    performance.clearMeasures('shown')
    performance.measure('shown', { start, detail })
  }

  showStatus() {
    const { name, it } = this.primary()
    const good = it?.good
    const state = this.stateNow()
    const { age_s = null, times } = good ? derive(good) : {}
    const now_ms = performance.now()
    const failing = it?.failing_ms ?? null
    const serverNow = this.serverNow()
    const since =
      failing === null || serverNow === null
        ? ''
        : time(serverNow - (now_ms - failing), this.route.params.tz)
    this.frame.show({
      state,
      age_s: good ? (age_s ?? 0) + (now_ms - good.received_ms) / 1000 : null,
      isMeasured: !!times?.newest_ms,
      it,
      next_ms: this.refresher.nextOf(name),
      interval_s: this.refresher.interval_s,
      isPaused: this.refresher.isPaused,
      since
    })
    const title = [
      state === 'live' || state === 'loading' ? '' : t(`state_${state}`),
      this.shown?.view.title(this.route) ?? t('gpus_title')
    ]
      .filter(Boolean)
      .join(' – ')
    if (document.title !== title) document.title = title
  }

  togglePause() {
    this.refresher.isPaused = !this.refresher.isPaused
    this.refresher.arrange()
    this.showStatus()
  }

  /** @param {string} theme */
  setTheme(theme) {
    this.theme = theme
    const system = dark.matches ? 'dark' : 'light'
    document.documentElement.dataset.theme = theme === 'auto' ? system : theme
    keep('gpu-theme', theme === 'auto' ? null : theme)
    this.update()
  }

  /** @param {boolean} on */
  setSingleKeys(on) {
    this.singleKeys = on
    keep('gpu-single-keys', on ? null : 'off')
  }

  async help() {
    const acts = {
      setTheme: (/** @type {string} */ theme) => this.setTheme(theme),
      setRefresh: (/** @type {number} */ refresh) => this.change({ refresh }),
      setTz: (/** @type {string} */ tz) => this.change({ tz }),
      setSingleKeys: (/** @type {boolean} */ on) => this.setSingleKeys(on)
    }
    this.settings ??= Promise.all([import('./settings.js'), load(LOOKS)]).then(([{ settings }]) =>
      settings(this.ctx, acts)
    )
    const toggle = await this.settings.catch(() => null)
    if (toggle) return toggle()
    this.settings = null
    this.lost()
  }

  /** What should have been loaded was not. */
  lost() {
    this.frame.main.prepend(h('p', { class: 'note', role: 'status', text: t('not_loaded') }))
  }

  /** Seconds pass only where somebody sees them. */
  arrangeTick() {
    clearInterval(this.tick)
    if (document.hidden) return
    this.tick = setInterval(() => {
      this.showStatus()
      if (this.stateNow() !== 'live') this.shown?.it.update()
    }, TICK_MS)
    this.showStatus()
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      this.frame.search.focus()
      return
    }
    const target = /** @type {HTMLElement} */ (event.target)
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, select, textarea'))
      return
    if (event.key === 'Escape' && !target.closest('dialog')) this.back(target)
    if (!this.singleKeys) return
    const single = {
      '/': () => this.frame.search.focus(),
      p: () => this.togglePause(),
      r: () => this.refresher.askNow(),
      '?': () => this.help()
    }
    if (!(event.key in single)) return
    event.preventDefault()
    single[/** @type {'p'} */ (event.key)]()
  }

  /** From one GPU to its node, from that to all. @param {HTMLElement} target */
  back(target) {
    if (target.closest('.map, .plot')) return
    if (this.route.view === 'gpu' || this.route.view === 'node') history.back()
  }
}

await loadLanguage()
document.documentElement.lang = language
setLanguage(language)
new Page()
