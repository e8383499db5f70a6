// How old what the page shows is: by the servers' clocks, never the browser's, and
// by performance.now() since the answer came.

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
