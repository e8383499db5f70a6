// Asks again and again: one request at a time for each thing, none while the page is
// hidden or paused, less often while they fail.
import { ask } from './api.js'
import { pauseOf, resource, take } from './age.js'

// Of the views before this one, for whoever goes back.
const KEPT = 16
// What this server has not, it will not have soon.
const MISSING_MS = 300000

/** Others have their turn: to read 10,000 rows and to show them are two tasks. */
const turn = () =>
  new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => resolve(port1.close())
    port2.postMessage(0)
  })

export class Refresher {
  /** @type {Map<string, Resource>} by path */
  known = new Map()
  /** @type {Map<string, {source: Source, it: Resource, timer: number, next_ms: number | null}>} by name */
  current = new Map()
  interval_s = 5
  isPaused = false
  /** @type {(name: string, it: Resource) => void} */
  changed

  /** @param {(name: string, it: Resource) => void} changed after each reply */
  constructor(changed) {
    this.changed = changed
    document.addEventListener('visibilitychange', () => this.arrange())
    addEventListener('online', () => this.askNow())
  }

  isAsking() {
    return !document.hidden && !this.isPaused
  }

  /** @param {Record<string, Source>} sources */
  use(sources) {
    for (const [name, entry] of this.current) {
      if (sources[name]?.path === entry.source.path) continue
      clearTimeout(entry.timer)
      this.current.delete(name)
    }
    for (const [name, source] of Object.entries(sources)) {
      if (this.current.has(name)) continue
      const it = this.known.get(source.path) ?? resource(source.path)
      this.known.delete(source.path)
      this.known.set(source.path, it)
      this.current.set(name, { source, it, timer: 0, next_ms: null })
    }
    for (const path of this.known.keys())
      if (this.known.size > KEPT && !this.isCurrent(path)) this.known.delete(path)
    this.arrange()
  }

  /** @param {string} path */
  isCurrent(path) {
    for (const { source } of this.current.values()) if (source.path === path) return true
    return false
  }

  /** @param {string} name @returns {Resource | undefined} */
  get(name) {
    return this.current.get(name)?.it
  }

  /** @param {string} name @returns {number | null} of performance.now() */
  nextOf(name) {
    return this.current.get(name)?.next_ms ?? null
  }

  /** Timers for all, or none: the page was hidden, shown, paused, has another interval. */
  arrange() {
    for (const [name, entry] of this.current) {
      clearTimeout(entry.timer)
      entry.next_ms = null
      if (document.hidden || entry.it.busy) continue
      if (!entry.it.last) this.ask(name)
      else if (this.isAsking()) this.plan(name)
    }
  }

  /** @param {string} name */
  plan(name) {
    const entry = this.current.get(name)
    if (!entry || !this.isAsking()) return
    const { it, source } = entry
    const interval_s = source.every_s === 0 ? 0 : Math.max(this.interval_s, source.every_s ?? 0)
    if (interval_s === 0 || this.interval_s === 0) {
      if (it.failures === 0) return
    }
    const wait_ms =
      it.last?.fault === 'missing'
        ? MISSING_MS
        : pauseOf(interval_s, it.failures, it.last?.retryAfter_s ?? null, Math.random())
    const due_ms = Math.max(0, it.asked_ms + wait_ms - performance.now())
    entry.next_ms = performance.now() + due_ms
    entry.timer = setTimeout(() => this.ask(name), due_ms)
  }

  askNow() {
    for (const name of this.current.keys()) this.ask(name)
  }

  /** @param {string} name */
  async ask(name) {
    const entry = this.current.get(name)
    if (!entry || entry.it.busy || document.hidden) return
    clearTimeout(entry.timer)
    entry.next_ms = null
    const { it } = entry
    it.busy = true
    it.asked_ms = performance.now()
    const reply = await ask(it.path)
    await turn()
    it.busy = false
    it.asked_ms = performance.now()
    take(it, reply)
    for (const [current, { it: asked }] of this.current) {
      if (asked !== it) continue
      this.changed(current, it)
      this.plan(current)
    }
  }
}
