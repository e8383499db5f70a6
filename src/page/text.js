// What the first view and the frame say, in English; chart.js has what charts say,
// text-more.js the rest, and text-ja.js all of it.

/** @type {Record<string, string>} */
const EN = {
  gpus_title: 'GPUs',
  fleet: 'Fleet',
  nodes: 'Nodes',
  gpus: 'GPUs',
  available: 'Available',
  problems: 'Problems',
  workloads: 'Workloads',
  namespaces: 'Namespaces',
  processes: 'Processes',
  status: 'Status',
  skip: 'Skip to the content',
  views: 'Views',
  search: 'Search',
  search_hint: 'node, model, util>90, xid: …',
  pause: 'Pause',
  resume: 'Resume',
  every: 'every {time}',
  paused: 'paused',
  help: 'Help',
  s: '{n} s',
  min: '{n} min',
  h: '{n} h',
  d: '{n} d',
  measured_ago: 'measured {time} ago',
  asked_ago: 'asked {time} ago',
  loading: 'Waiting for the first answer …',
  loading_long: 'Still waiting for Prometheus …',
  state_live: 'live',
  state_stale: 'old',
  state_disconnected: 'disconnected',
  state_error: 'no data',
  state_loading: 'loading',
  'state_sign-in': 'sign in',
  now_live: 'The numbers are live.',
  banner_stale: 'These numbers are old: the last request failed.',
  banner_stale_cache: 'These numbers are old: Prometheus fails, and the last answer stands in.',
  banner_disconnected: 'Disconnected: nothing on this page is of now.',
  banner_error: 'There is nothing to show: the request failed.',
  banner_sign_in: 'You are not let in, or your session has ended.',
  sign_in_hint:
    'Reload the page to sign in. A site that wants a token in each request cannot be read by this page.',
  reason_api: 'The API says: {error}',
  reason_garbage: 'The answer was none of this API ({error}).',
  reason_timeout: 'There was no answer within 15 s.',
  reason_network: 'The server cannot be reached.',
  reason_missing: 'This server has no such endpoint ({error}).',
  request_id: 'request {id}',
  since: 'since {time}',
  next_try: 'next try in {time}',
  not_loaded: 'A part of this page cannot be loaded. Reload the page once the server is back.',
  retry: 'Try now',
  reload: 'Reload',
  first_aid:
    'What to do: the table "Troubleshooting" of deploy/README.md has this text, with the command to run.',
  no_gpus: 'No GPU is reported.',
  no_gpus_hint: 'The API answers, but Prometheus has no GPU to tell of. These two show why:',
  bad_params: 'Not understood in the address, and left out: {names}',
  gpus_on_nodes: 'GPUs on {nodes}',
  matching: '{n} of {total} match "{q}"',
  gpus_1: '{n} GPU',
  gpus_n: '{n} GPUs',
  nodes_1: '{n} node',
  nodes_n: '{n} nodes',
  model_title: '{model} · {gpus} on {nodes}',
  busy: 'busy',
  idle: 'idle',
  held_idle: 'idle with memory in use',
  not_measured: 'not measured',
  gone: 'gone',
  some_split: 'some in instances',
  busy_means: 'busy: 1 % or more',
  utilization: 'Utilization',
  on_average: '% on average',
  of_n_report: 'of {n} that report it',
  memory: 'Memory',
  of_total: 'of {total}',
  used_free: '{percent} % used, {free} free',
  of_n_of_total: 'of {n} of {total} GPUs',
  power: 'Power',
  of_limit: 'of {limit}',
  at_limit: '{n} at their limit',
  hottest: 'Hottest',
  above_hot: '{n} at {limit} °C or more',
  nobody_reports: 'Nobody reports it.',
  temperature: 'Temperature',
  every_gpu: 'Every GPU',
  every_node: 'Every node: its {what}',
  by_node: 'By node',
  by_value: 'By value',
  order: 'Order',
  metric: 'Metric',
  key_xid: 'XID error',
  key_gone: 'gone',
  key_unknown: 'not measured',
  key_old: 'old value',
  key_limit: 'at power limit',
  map_label:
    'Heat map of {what}, {n} cells. Arrow keys move, Enter opens. The view GPUs has the same as a table.',
  attention: 'Needs attention',
  nothing_wrong: 'Nothing to report.',
  all_n: 'All {n}',
  dismiss: 'Dismiss',
  more: 'and {n} more',
  a_gone: 'No longer reported',
  a_xid: 'XID errors',
  a_hot: '{limit} °C or more',
  a_limit: 'At the power limit',
  a_held: 'Idle, with memory in use',
  a_kept: 'Held by workloads, but idle',
  a_untold: 'What else is wrong is not known now',
  k_gpu_lost: 'GPUs lost',
  k_exporter_down: 'Exporters that do not answer',
  k_node_gone: 'Nodes gone',
  k_stale: 'Not measured anew for long',
  k_xid: 'XID errors in the last hour',
  k_ecc_uncorrectable: 'Memory errors, uncorrectable',
  k_row_remap_failed: 'Memory rows not replaced',
  k_row_remap_pending: 'Memory rows to be replaced',
  k_thermal_slowdown: 'Slowed down by heat',
  k_power_brake: 'Slowed down by the power supply',
  k_power_capped: 'Held to the power limit',
  k_health: 'Not healthy',
  k_hot: 'Hot',
  k_memory_hot: 'Hot memory',
  k_device_withdrawn: 'Withdrawn by Kubernetes',
  k_idle_held: 'Held, but idle for long',
  k_prometheus_alert: 'Alerts of Prometheus',
  a_kept_unknown: 'Who holds idle GPUs is not known now',
  job_n: 'job {id}',
  unnamed: 'not told',
  a_unknown: 'Utilization not measured',
  a_old: 'Measured more than 2 minutes before the others',
  a_warnings: 'What the API warns of',
  xid_n: 'XID {n}',
  since_time: 'since {time}',
  trend_by: 'mean of all, %',
  time: 'Time',
  value: 'Value',
  never: 'never',
  printed: 'Printed {time}',
  c: '{n} °C',
  w: '{n} W'
}

let table = EN
export let language = 'en'

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values) {
  const text = table[key] ?? key
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? '')) : text
}

/**
 * @param {string} key with _1 and _n behind it
 * @param {number} count
 * @param {string} text of the count
 */
export const several = (key, count, text) => t(`${key}_${count === 1 ? 1 : 'n'}`, { n: text })

/** @param {{used: string, total: string}} memory @returns {string} */
export const usedText = ({ used, total }) => (total ? `${used} ${t('of_total', { total })}` : used)

/** @param {{count: number, unit: string}} span @returns {string} */
export const spanText = ({ count, unit }) => t(unit, { n: count })

/** @param {string} range such as 15m */
export const rangeText = range =>
  t({ m: 'min', h: 'h', d: 'd' }[range.slice(-1)] ?? 's', { n: range.slice(0, -1) })

/** ?lang=, or the browser's. */
export async function loadLanguage() {
  const asked = new URLSearchParams(location.search).get('lang') ?? navigator.language
  if (!asked.toLowerCase().startsWith('ja')) return
  table = (await import('./text-ja.js')).JA
  language = 'ja'
}

/** Texts of what is loaded later. @param {Record<string, string>} more */
export const add = more => Object.assign(EN, more)

/** @returns {Record<string, string>} for tests */
export const english = () => EN
