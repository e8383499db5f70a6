// Rows with words, with names and with limits; loaded once somebody searches.
import { BUSY_PERCENT, isAtLimit, isIdleHeld, nameOf } from './fleet.js'

/** @type {Record<string, (row: any) => any>} */
const NUMBERS = {
  util: row => row.utilization,
  mem: row => row.memory_utilization,
  temp: row => row.temperature,
  power: row => row.power_draw,
  index: row => row.gpu_index
}
/** @type {Record<string, (row: any) => any>} */
const TEXTS = {
  node: row => row.node_name,
  // A node may have several.
  model: row => row.gpu_models ?? row.gpu_name,
  vendor: row => row.vendor,
  exporter: row => row.exporter,
  cluster: row => row.cluster,
  uuid: row => row.uuid,
  user: row => row.user ?? row.job_user,
  namespace: row => row.namespace,
  pod: row => row.pod,
  job: row => row.job_id,
  state: row => row.state,
  severity: row => row.severity,
  kind: row => row.kind,
  name: row => row.process_name,
  pid: row => row.pid
}
// Where words are looked for.
const WORDS = [
  ...['gpu_name', 'gpu_models', 'process_name', 'user', 'command', 'uuid', 'vendor', 'exporter'],
  ...['namespace', 'pod', 'container', 'owner_name', 'job_id', 'job_user', 'source', 'summary']
]
/** @type {Record<string, (row: any) => boolean>} */
const STATES = {
  xid: row => row.xid !== null && row.xid !== undefined,
  idle: row => row.utilization !== null && row.utilization < BUSY_PERCENT,
  busy: row => row.utilization !== null && row.utilization >= BUSY_PERCENT,
  unknown: row => row.utilization === null,
  limit: isAtLimit,
  held: isIdleHeld
}

/**
 * @param {string} word
 * @returns {(row: any) => boolean}
 */
function testOf(word) {
  const compared = /^([a-z]+)([<>]=?|=)(\d+(?:\.\d+)?)$/.exec(word)
  if (compared && Object.hasOwn(NUMBERS, compared[1])) {
    const value = NUMBERS[compared[1]]
    const limit = Number(compared[3])
    const holds = {
      '<': (/** @type {number} */ x) => x < limit,
      '<=': (/** @type {number} */ x) => x <= limit,
      '>': (/** @type {number} */ x) => x > limit,
      '>=': (/** @type {number} */ x) => x >= limit,
      '=': (/** @type {number} */ x) => x === limit
    }[/** @type {'<'} */ (compared[2])]
    return row => value(row) !== null && value(row) !== undefined && holds(value(row))
  }
  const [, name, rest] = /^([a-z]+):(.*)$/s.exec(word) ?? []
  if (name && !rest && Object.hasOwn(STATES, name)) return STATES[name]
  if (name && Object.hasOwn(TEXTS, name)) {
    return row =>
      String(TEXTS[name](row) ?? '')
        .toLowerCase()
        .includes(rest)
  }
  if (name === 'xid') return row => String(row.xid ?? '') === rest
  return row =>
    nameOf(row).toLowerCase().includes(word) ||
    WORDS.some(key =>
      String(row[key] ?? '')
        .toLowerCase()
        .includes(word)
    )
}

/**
 * @param {string} q words, of which a row has to have all
 * @returns {((row: any) => boolean) | null} null: all rows
 */
export function searcher(q) {
  const tests = q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 16).map(testOf)
  return tests.length === 0 ? null : row => tests.every(test => test(row))
}
