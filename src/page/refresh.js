// Asks again and again: one request at a time for each thing, none while the page is
// hidden or paused, less often while they fail. And how old what came is: by the servers'
// clocks, never the browser's, and by performance.now() since the answer came.
import { ask } from './api.js'

export const DISCONNECTED_S = 60
// A kept answer as much older than the question is no longer one that is just being
// renewed, which is STALE as well: it stands in for one that failed.
export const RENEWED_S = 5
// A measurement as much older than the newest is one of something that has died.
export const OLD_S = 120

/** @param {string} path @returns {Resource} */
export function resource(path) {
  return { path, good: null, last: null, asked_ms: 0, failures: 0, failing_ms: null, busy: false }
}

/**
 * @param {Resource} it
 * @param {Reply} reply
 */
export function take(it, reply) {
  it.last = reply
  if (reply.ok) {
    it.good = reply
    it.failures = 0
    it.failing_ms = null
  } else {
    it.failures++
    it.failing_ms ??= reply.received_ms
  }
}

/**
 * Times of the rows, in milliseconds of Prometheus' clock.
 *
 * @param {any[]} rows
 * @returns {{asked_ms: number | null, newest_ms: number | null}}
 */
export function timesOf(rows) {
  let asked = null
  let newest = null
  let text = ''
  for (const { timestamp, measured_at } of rows) {
    if (asked === null && timestamp) asked = Date.parse(timestamp)
    if (!measured_at || measured_at === text) continue
    text = measured_at
    const ms = Date.parse(measured_at)
    if (newest === null || ms > newest) newest = ms
  }
  return { asked_ms: asked, newest_ms: newest }
}

/**
 * The age of an answer when it came: what a cache held, since when it was measured.
 * Two clocks, Prometheus' and the web server's, are compared by fresh answers.
 */
export class Clocks {
  /** @type {number | null} the web server's clock minus Prometheus' */
  ahead_ms = null

  /**
   * @param {Reply} reply
   * @param {{asked_ms: number | null, newest_ms: number | null}} times
   * @returns {{age_s: number | null, held_s: number}} since it was measured, and
   *   for how much of that a cache has held it
   */
  ageAtReceipt(reply, { asked_ms, newest_ms }) {
    if (asked_ms === null) return { age_s: null, held_s: 0 }
    const apart = reply.date_ms === null ? null : reply.date_ms - asked_ms
    const isFresh = reply.cache !== 'STALE' && reply.cache !== 'UPDATING'
    if (isFresh) this.ahead_ms = apart
    const held_ms = isFresh || apart === null ? 0 : Math.max(0, apart - (this.ahead_ms ?? 0))
    const since_ms = newest_ms === null ? 0 : Math.max(0, asked_ms - newest_ms)
    return { age_s: (held_ms + since_ms) / 1000, held_s: held_ms / 1000 }
  }
}

/**
 * @param {Resource} it
 * @param {number} interval_s between two requests; 0: there are none
 * @param {number} now_ms performance.now()
 * @param {boolean} isOnline
 * @param {number} held_s how long a cache had held the last answer with data
 * @returns {State}
 */
export function stateOf(it, interval_s, now_ms, isOnline, held_s) {
  if (it.last?.fault === 'sign-in') return 'sign-in'
  if (!it.good) return it.last ? 'error' : 'loading'
  const since_s = (now_ms - it.good.received_ms) / 1000
  const failed = it.failures > 0
  if (!isOnline || (failed && since_s >= DISCONNECTED_S)) return 'disconnected'
  if (failed || (it.good.cache === 'STALE' && held_s > RENEWED_S)) return 'stale'
  if (interval_s > 0 && since_s > 2 * interval_s + 15)
    return since_s >= DISCONNECTED_S + 2 * interval_s ? 'disconnected' : 'stale'
  return 'live'
}

/**
 * When to ask next, after something ended.
 *
 * @param {number} interval_s
 * @param {number} failures in a row
 * @param {number | null} retryAfter_s
 * @param {number} chance 0 to 1
 * @returns {number} milliseconds
 */
export function pauseOf(interval_s, failures, retryAfter_s, chance) {
  const backoff_s =
    failures === 0
      ? interval_s
      : Math.min(60, Math.max(2, interval_s) * 2 ** Math.min(5, failures - 1))
  return Math.max(backoff_s, Math.min(retryAfter_s ?? 0, 600)) * 1000 * (0.95 + 0.1 * chance)
}

// --- asking

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
