// What the page shows is in its address: a link shows somebody else the same.

export const VIEWS = [
  'fleet',
  'nodes',
  'node',
  'gpus',
  'gpu',
  'available',
  'problems',
  'workloads',
  'namespaces',
  'processes',
  'status'
]
export const METRICS = ['utilization', 'memory', 'temperature', 'power']
export const RANGES = ['15m', '1h', '6h', '24h', '7d']
/** @param {string} names */
const words = names => names.split(' ')
export const COLUMNS = words(
  'model utilization memory memory_utilization temperature power power_limit xid measured exporter vendor cluster uuid sm_clock_mhz memory_clock_mhz fan_speed memory_temperature memory_controller_utilization energy_joules'
)
const COLUMNS_SHOWN = ['model', 'utilization', 'memory', 'temperature', 'power', 'xid', 'measured']
export const IDLES = ['', '0', '5m', '1h', '6h', '24h']
/** @type {Record<string, number>} parts of the address behind the view */
const PARTS = { node: 1, gpu: 3 }
const TEXT_MAX = 300

/** @param {string} text */
const text = text => (text.length <= TEXT_MAX ? text : undefined)
/** @param {string[]} values */
const oneOf = values => (/** @type {string} */ value) =>
  values.includes(value) ? value : undefined
/** @param {string} value */
const seconds = value => {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : -2
  return number === 0 || (number >= 2 && number <= 3600) ? number : undefined
}
/** @param {string} value */
const columns = value => {
  const list = value === '' ? [] : value.split(',')
  return list.every(name => COLUMNS.includes(name))
    ? COLUMNS.filter(name => list.includes(name))
    : undefined
}

/** @param {string} value @param {number} most */
const wholeUpTo = (value, most) =>
  /^[1-9]\d{0,4}$/.test(value) && Number(value) <= most ? Number(value) : undefined

/** @param {string} value */
const instant = value =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && Date.parse(value) ? value : undefined

/** @type {Record<keyof Params, {initial: any, parse: (value: string) => any}>} */
export const PARAMS = {
  q: { initial: '', parse: text },
  sort: { initial: '', parse: value => (/^-?[a-z0-9_]{1,40}$/.test(value) ? value : undefined) },
  metric: { initial: 'utilization', parse: oneOf(METRICS) },
  order: { initial: 'node', parse: oneOf(['node', 'value']) },
  range: { initial: '1h', parse: oneOf(RANGES) },
  from: { initial: null, parse: instant },
  to: { initial: null, parse: instant },
  refresh: { initial: -1, parse: seconds },
  tz: { initial: 'local', parse: oneOf(['local', 'utc']) },
  cluster: { initial: null, parse: text },
  uuid: { initial: null, parse: text },
  group: { initial: 'none', parse: oneOf(['none', 'user', 'name']) },
  by: { initial: 'model', parse: oneOf(['model', 'node', 'gpu']) },
  count: { initial: 1, parse: value => wholeUpTo(value, 64) },
  free: { initial: 0, parse: value => wholeUpTo(value, 9999) },
  idle: { initial: '', parse: oneOf(IDLES) },
  held: { initial: 'exclude', parse: oneOf(['exclude', 'include']) },
  fit: { initial: 'pack', parse: oneOf(['pack', 'spread']) },
  cols: { initial: COLUMNS_SHOWN, parse: columns },
  page: { initial: 0, parse: value => wholeUpTo(value, 99999) }
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

/** @returns {Params} */
const initialParams = () =>
  /** @type {any} */ (
    Object.fromEntries(Object.entries(PARAMS).map(([name, { initial }]) => [name, initial]))
  )

/**
 * @param {string} query
 * @param {Route} route
 */
function parseParams(query, route) {
  for (const pair of query.split('&').filter(Boolean)) {
    const [name, ...rest] = pair.split('=')
    const value = decode(rest.join('=').replaceAll('+', ' '))
    const known = Object.hasOwn(PARAMS, name)
      ? PARAMS[/** @type {keyof Params} */ (name)]
      : undefined
    const parsed = value === undefined ? undefined : known?.parse(value)
    if (parsed === undefined) route.bad.push(name.slice(0, 40))
    else /** @type {any} */ (route.params)[name] = parsed
  }
}

/** What is said of a view that is not this one. @param {Route} route */
function checkView(route) {
  const { view, path, bad } = route
  if (path.length > (PARTS[view] ?? 0)) {
    bad.push([view, ...path].join('/').slice(0, 80))
    path.length = PARTS[view] ?? 0
  }
}

/** A sort by no column that is shown is none. @param {Route} route @param {string[]} columns that can be sorted by */
export function checkSort({ params, bad }, columns) {
  if (params.sort === '' || columns.includes(params.sort.replace('-', ''))) return
  bad.push('sort')
  params.sort = ''
}

/** Half a span is none, nor is one that ends before it begins. @param {Route} route */
function checkSpan({ params, bad }) {
  const { from, to } = params
  if (from === null && to === null) return
  if (from !== null && to !== null && from < to) return
  bad.push(...['from', 'to'].filter(name => !bad.includes(name)))
  Object.assign(params, { from: null, to: null })
}

/**
 * @param {string} hash with its #
 * @returns {Route}
 */
export function parse(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  const [view = '', ...rest] = path.replace(/\/$/, '').split('/').map(decode)
  /** @type {Route} */
  const route = {
    view: view || 'fleet',
    path: rest.map(part => part ?? ''),
    params: initialParams(),
    bad: []
  }
  if (!VIEWS.includes(route.view) || (route.view === 'node' && !route.path[0])) {
    route.bad.push(path.slice(0, 80))
    route.view = 'fleet'
    route.path = []
  }
  parseParams(query, route)
  checkView(route)
  checkSpan(route)
  return route
}

/**
 * Only what differs from the initial values.
 *
 * @param {{view: string, path?: string[], params?: Partial<Params>}} route
 * @returns {string} with its #
 */
export function print({ view, path = [], params = {} }) {
  const written = []
  for (const [name, { initial }] of Object.entries(PARAMS)) {
    const value = params[/** @type {keyof Params} */ (name)]
    if (value === undefined || value === null || String(value) === String(initial)) continue
    written.push(
      `${name}=${encodeURIComponent(String(value)).replaceAll('%20', '+').replaceAll('%2C', ',').replaceAll('%3A', ':')}`
    )
  }
  const where = [view === 'fleet' ? '' : view, ...path.map(encodeURIComponent)].join('/')
  return `#/${where}${written.length ? '?' + written.join('&') : ''}`
}
