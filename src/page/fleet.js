// What all rows together say, and which have gone. Null is not 0: a sum is over what
// was measured, and says of how many.
import { Clocks, OLD_S, timesOf } from './refresh.js'

export const BUSY_PERCENT = 1
export const HOT_C = 85
const LIMIT_PART = 0.985
const HELD_GIB = 1
const GONE_MAX = 1000

// Of these the fleet's views are made.
export const FIELDS = [
  'node_name',
  'gpu_index',
  'gpu_name',
  'utilization',
  'memory_used',
  'memory_total',
  'memory_utilization',
  'temperature',
  'power_draw',
  'power_limit',
  'timestamp',
  'uuid',
  'mig_instance_id',
  'xid',
  'cluster',
  'measured_at'
]

// The whole fleet, with what most views need.
export const fleetSource = () => ({ path: `v1/gpu/metrics?fields=${FIELDS.join()}` })

/** @param {Gpu} row */
export const keyOf = row =>
  `${row.cluster ?? ''}\n${row.node_name ?? ''}\n${row.gpu_index ?? row.uuid ?? ''}\n${row.mig_instance_id ?? ''}`
/** @param {Gpu} row */
const cardOf = row =>
  `${row.cluster ?? ''}\n${row.node_name ?? ''}\n${row.gpu_index ?? row.uuid ?? ''}`
/** @param {Gpu} a @param {Gpu} b */
export const isOfSameNode = (a, b) => a.node_name === b.node_name && a.cluster === b.cluster
/** As their keys tell, but without making texts. @param {Gpu} a @param {Gpu} b */
const isSame = (a, b) =>
  a.gpu_index === b.gpu_index &&
  a.mig_instance_id === b.mig_instance_id &&
  isOfSameNode(a, b) &&
  (a.gpu_index !== null || a.uuid === b.uuid)

/** @returns {(row: Gpu) => boolean} whether it is a card, or the first of a card's instances to be asked about */
function firstOfCard() {
  const split = new Set()
  return row => {
    if (row.mig_instance_id === null) return true
    const { size } = split
    return split.add(cardOf(row)).size > size
  }
}

/** @param {{node_name: string | null, cluster?: string | null}} row */
export const nodeKeyOf = row => `${row.cluster ?? ''}\n${row.node_name ?? ''}`

/**
 * "node-7 · 0", everywhere.
 *
 * @param {{node_name: string | null, gpu_index: number | null, uuid?: string | null, mig_instance_id?: any}} row
 */
export function nameOf(row) {
  const index = row.gpu_index ?? (row.uuid ? row.uuid.slice(0, 8) : '?')
  const instance = row.mig_instance_id ?? null
  return `${row.node_name ?? '?'} · ${index}${instance === null ? '' : ` / ${instance}`}`
}

/**
 * Where the page shows one GPU.
 *
 * @param {Gpu} row
 * @returns {{view: string, path: string[], params: {cluster: string | null, uuid: string | null}}}
 */
export function placeOf(row) {
  const params = {
    cluster: row.cluster ?? null,
    uuid: row.node_name !== null && row.gpu_index !== null ? null : row.uuid
  }
  if (params.uuid !== null) return { view: 'gpu', path: [], params }
  if (row.node_name === null || row.gpu_index === null)
    return { view: 'gpus', path: [], params: { cluster: null, uuid: null } }
  const path = [row.node_name, String(row.gpu_index)]
  if (row.mig_instance_id !== null) path.push(String(row.mig_instance_id))
  return { view: 'gpu', path, params }
}

/** @param {Gpu} row */
export const isAtLimit = row =>
  row.power_draw !== null &&
  row.power_limit !== null &&
  row.power_limit > 0 &&
  row.power_draw >= LIMIT_PART * row.power_limit
/** @param {Gpu} row */
export const isIdleHeld = row =>
  row.utilization !== null &&
  row.utilization < BUSY_PERCENT &&
  row.memory_used !== null &&
  row.memory_used >= HELD_GIB
// Neighbours were mostly measured at the same time.
const lastTime = { text: '', ms: 0 }
/** @param {{measured_at: string | null}} row @param {number | null} newest_ms */
export function isOld(row, newest_ms) {
  if (newest_ms === null || row.measured_at === null) return false
  if (lastTime.text !== row.measured_at)
    Object.assign(lastTime, { text: row.measured_at, ms: Date.parse(row.measured_at) })
  return newest_ms - lastTime.ms > OLD_S * 1000
}

/** What is so of a row; gone and dim are for those who show it. */
export const FLAG = {
  card: 1,
  xid: 2,
  hot: 4,
  old: 8,
  unknown: 16,
  limit: 32,
  held: 64,
  gone: 128,
  dim: 256
}

/** @param {Gpu} row @param {number | null} newest_ms */
export const flagsOf = (row, newest_ms) =>
  (row.xid !== null ? FLAG.xid : 0) |
  (row.temperature !== null && row.temperature >= HOT_C ? FLAG.hot : 0) |
  (isOld(row, newest_ms) ? FLAG.old : 0) |
  (row.utilization === null ? FLAG.unknown : 0) |
  (isAtLimit(row) ? FLAG.limit : 0) |
  (isIdleHeld(row) ? FLAG.held : 0)

/** A sum that knows how many it is of. */
class Sum {
  sum = 0
  count = 0
  /** @param {number | null} value */
  add(value) {
    if (value === null) return
    this.sum += value
    this.count++
  }
}

/** @param {Gpu[]} rows @param {number | null} newest_ms */
export function summarize(rows, newest_ms) {
  const it = {
    rows: rows.length,
    flags: new Uint16Array(rows.length),
    cards: 0,
    nodes: 0,
    busy: 0,
    idle: 0,
    unknown: 0,
    heldIdle: 0,
    atLimit: 0,
    hot: 0,
    utilization: new Sum(),
    memoryUsed: new Sum(),
    memoryTotal: new Sum(),
    power: new Sum(),
    powerLimit: new Sum(),
    powerOfLimited: new Sum(),
    bins: new Array(10).fill(0),
    hottest: /** @type {Gpu | null} */ (null)
  }
  const isCard = firstOfCard()
  const nodes = new Set()
  let last = /** @type {Gpu | null} */ (null)
  rows.forEach((row, i) => {
    if (!last || !isOfSameNode(row, last)) nodes.add(nodeKeyOf(row))
    last = row
    const flags = flagsOf(row, newest_ms) | (isCard(row) ? FLAG.card : 0)
    it.flags[i] = flags
    addLoad(it, row, flags)
    if (flags & FLAG.card) addCard(it, row, flags)
  })
  it.nodes = nodes.size
  return it
}

/** @param {any} it @param {Gpu} row @param {number} flags */
function addLoad(it, row, flags) {
  if (row.utilization === null) it.unknown++
  else {
    it.utilization.add(row.utilization)
    it.bins[Math.min(9, Math.max(0, Math.floor(row.utilization / 10)))]++
    if (row.utilization >= BUSY_PERCENT) it.busy++
    else it.idle++
  }
  if (flags & FLAG.held) it.heldIdle++
  if (row.memory_used === null || row.memory_total === null) return
  it.memoryUsed.add(row.memory_used)
  it.memoryTotal.add(row.memory_total)
}

/**
 * What is a whole card's, and repeated in each of its instances.
 *
 * @param {any} it
 * @param {Gpu} row
 * @param {number} flags
 */
function addCard(it, row, flags) {
  it.cards++
  it.power.add(row.power_draw)
  if (row.power_draw !== null && row.power_limit !== null) {
    it.powerOfLimited.add(row.power_draw)
    it.powerLimit.add(row.power_limit)
  }
  if (flags & FLAG.limit) it.atLimit++
  if (flags & FLAG.hot) it.hot++
  if (row.temperature !== null && !(row.temperature <= it.hottest?.temperature)) it.hottest = row
}

/** Who was there while the page was open, and is not any more. */
export class Roll {
  /** @type {Gpu[]} */
  present = []
  /** @type {Map<string, Gone>} */
  gone = new Map()

  /**
   * @param {Gpu[]} rows all there are
   * @param {number} now_ms of the servers
   */
  call(rows, now_ms) {
    const before = this.present
    this.present = rows
    // Mostly they are who they were.
    if (before.length === rows.length && rows.every((row, i) => isSame(row, before[i]))) return
    if (before.length === 0 && this.gone.size === 0) return
    const present = new Set(rows.map(keyOf))
    for (const row of before) {
      const key = keyOf(row)
      if (!present.has(key) && this.gone.size < GONE_MAX)
        this.gone.set(key, { key, row, since_ms: now_ms })
    }
    for (const key of this.gone.keys()) if (present.has(key)) this.gone.delete(key)
  }

  dismiss() {
    this.gone.clear()
  }
}

// --- answers

const clocks = new Clocks()

/** @type {WeakMap<object, {times: ReturnType<typeof timesOf>, age_s: number | null, held_s: number, summary?: ReturnType<typeof summarize>}>} */
const derived = new WeakMap()

/** @param {Reply} reply of rows */
export function derive(reply) {
  let found = derived.get(reply)
  if (!found) {
    const times = Array.isArray(reply.data)
      ? timesOf(reply.data)
      : { asked_ms: Date.parse(reply.data?.timestamp) || null, newest_ms: null }
    found = { times, ...clocks.ageAtReceipt(reply, times) }
    derived.set(reply, found)
  }
  return found
}

/** @param {Reply} reply of the whole fleet */
export function summaryOf(reply) {
  const it = derive(reply)
  it.summary ??= summarize(reply.data, it.times.newest_ms)
  return it.summary
}
