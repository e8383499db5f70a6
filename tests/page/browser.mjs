// The browser, pages of it that note what goes wrong, and what stands in for the
// server's answers.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { row } from './rows.mjs'

export const BROWSERS = ['/usr/bin/chromium', '/usr/bin/google-chrome']
// A busy machine's, not what is expected.
export const LIMIT_MS = 60000
export const VIEWS = [
  { name: 'fleet', hash: '#/', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'nodes', hash: '#/nodes', asks: /\/v1\/gpu\/nodes/ },
  { name: 'node', hash: '#/node/node-1', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'gpus', hash: '#/gpus', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'gpu', hash: '#/gpu/node-1/0', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'workloads', hash: '#/workloads', asks: /\/v1\/gpu\/workloads/ },
  { name: 'processes', hash: '#/processes', asks: /\/v1\/gpu\/processes/ },
  { name: 'status', hash: '#/status', asks: /\/api\/health/ }
]

/** @type {import('playwright-core').Browser | undefined} */
let browser

export async function start() {
  const executablePath = BROWSERS.find(path => existsSync(path))
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--js-flags=--expose-gc', '--enable-precise-memory-info']
  })
}
export const stop = () => browser?.close()

/**
 * A page with the API's answers as they are, or as `answer` has them.
 *
 * @param {string} address
 * @param {object} [options]
 * @param {((url: string) => object | undefined) | null} [options.answer] undefined: the server's own; null: nothing is in between
 * @param {{width: number, height: number}} [options.viewport]
 * @param {boolean} [options.clock] it can be moved
 * @param {number} [options.at_ms] its clock stands still there
 * @param {() => void} [options.early] runs in the page before the page does
 * @param {(page: import('playwright-core').Page) => Promise<void>} [options.before] before it is asked for
 */
export async function open(
  address,
  {
    answer,
    viewport = { width: 1280, height: 900 },
    clock = false,
    at_ms,
    early,
    before,
    ...rest
  } = {}
) {
  const context = await browser.newContext({
    viewport,
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...rest
  })
  const page = await context.newPage()
  const wrong = []
  const asked = []
  page.setDefaultTimeout(LIMIT_MS)
  page.on('pageerror', error => wrong.push(`error: ${error.stack}`))
  page.on('console', message => {
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text()))
      wrong.push(`console: ${message.text()}`)
  })
  page.on('request', request => {
    asked.push(request.url())
    if (!request.url().startsWith(new URL(address).origin))
      wrong.push(`another origin: ${request.url()}`)
  })
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', event =>
      console.error(
        `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`
      )
    )
  })
  // One at a time can be put in its place.
  const it = {
    page,
    asked,
    wrong,
    answer,
    async close() {
      await context.close()
      assert.deepEqual(wrong, [])
    }
  }
  if (answer !== null)
    await page.route('**/api/**', async route => {
      const answered = it.answer?.(route.request().url())
      if (answered === undefined) await route.continue().catch(() => {})
      else if (answered === 'abort') await route.abort('connectionrefused').catch(() => {})
      else if (answered !== 'never') await route.fulfill(answered).catch(() => {})
    })
  if (early) await page.addInitScript(early)
  if (clock) await page.clock.install()
  if (at_ms) {
    // It stands still at none that has passed meanwhile.
    await page.clock.install({ time: at_ms - LIMIT_MS })
    await page.clock.pauseAt(at_ms)
  }
  await before?.(page)
  await page.goto(address)
  return it
}

export const state = (page, wanted) =>
  page.waitForFunction(text => document.documentElement.dataset.state === text, wanted)
export const shown = page => page.locator('#main').innerText()

// --- answers

const head = (more = {}) => ({
  Date: new Date().toUTCString(),
  'Content-Type': 'application/json',
  'X-Request-Id': 'abc123',
  ...more
})
export const good = (data, warnings) => ({
  status: 200,
  headers: head(),
  body: JSON.stringify({
    success: true,
    data,
    message: 'ok',
    error: null,
    ...(warnings ? { warnings } : {})
  })
})
const bad = (status, error, more) => ({
  status,
  headers: head(more),
  body: JSON.stringify({ success: false, data: null, message: null, error })
})
export const FAULTS = {
  'a 502 of the API': { ...bad(502, 'Failed to retrieve GPU metrics') },
  'a 503 of the API': { ...bad(503, 'Failed to retrieve GPU metrics', { 'Retry-After': '1' }) },
  'a 504 of the API': { ...bad(504, 'Failed to retrieve GPU metrics') },
  garbage: { status: 200, headers: head(), body: '{"success":tr' },
  'another JSON': { status: 200, headers: head(), body: '[]' },
  'a page of a proxy': {
    status: 502,
    headers: head({ 'Content-Type': 'text/html' }),
    body: '<h1>Bad Gateway</h1>'
  },
  'no server': 'abort'
}
export const SIGN_IN = {
  'a login page': {
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    body: '<form>password</form>'
  },
  'a 401': { ...bad(401, 'Credentials are missing or wrong') }
}

/** A whole fleet's rows, of nodes with eight. */
export const fleet = count =>
  Array.from({ length: count }, (_, i) =>
    row({
      node_name: `gpu-node-${Math.floor(i / 8) + 1}`,
      gpu_index: i % 8,
      gpu_name: ['NVIDIA H100 80GB HBM3', 'NVIDIA A100-SXM4-80GB', 'AMD Instinct MI300X'][
        Math.floor(i / 800) % 3
      ],
      utilization: (i * 37) % 101,
      memory_used: (i * 13) % 80,
      memory_total: 80,
      memory_utilization: ((i * 13) % 80) / 0.8,
      temperature: 30 + ((i * 7) % 60),
      power_draw: 70 + ((i * 11) % 630),
      power_limit: 700,
      xid: i % 997 === 5 ? 79 : null,
      uuid: `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`
    })
  )

/** A history of as many series, with a gap. */
export const history = (series, points = 60) => {
  const end = Math.floor(Date.now() / 15000) * 15
  const times = Array.from({ length: points }, (_, i) => end - 15 * (points - 1 - i))
  return {
    field: 'utilization',
    unit: 'percent',
    by: 'gpu',
    aggregate: 'avg',
    start: new Date(times[0] * 1000).toISOString(),
    end: new Date(end * 1000).toISOString(),
    step_s: 15,
    series: Array.from({ length: series }, (_, i) => ({
      node_name: 'node-1',
      gpu_index: i,
      mig_instance_id: null,
      gpu_name: 'NVIDIA H100 80GB HBM3',
      min: 0,
      avg: 50,
      max: 99,
      last: 41
    })),
    columns: [
      times,
      ...Array.from({ length: series }, (_, k) =>
        times.map((_, i) => (i > 20 && i < 26 ? null : 40 + 10 * k + (i % 9)))
      )
    ]
  }
}

/** A history of each of the nodes. */
function ofNodes(names) {
  const it = history(names.length)
  return {
    ...it,
    by: 'node',
    series: names.map(node_name => ({ node_name, cluster: null, gpu_count: 8 }))
  }
}

/** The answers of one fleet for all endpoints. */
export const serve =
  (rows, { processes = [], workloads = [], histories = 1, warnings } = {}) =>
  url => {
    const { pathname, searchParams } = new URL(url)
    const here = rows.filter(
      it =>
        !searchParams.has('node_name') ||
        it.node_name === searchParams.get('node_name').replaceAll('%2C', ',')
    )
    if (pathname.endsWith('/metrics')) return good(here, warnings)
    if (pathname.endsWith('/processes')) return good(processes)
    if (pathname.endsWith('/workloads'))
      return good(
        workloads.filter(({ state }) => [null, state].includes(searchParams.get('state'))),
        warnings
      )
    if (pathname.endsWith('/history'))
      return good(
        searchParams.get('by') === 'node'
          ? ofNodes(searchParams.get('node_name').split(','))
          : history(searchParams.get('by') === 'all' ? 1 : histories)
      )
    if (pathname.endsWith('/nodes')) return good(nodesOf(rows), warnings)
    return undefined
  }

function nodesOf(rows) {
  const nodes = new Map()
  for (const it of rows) nodes.set(it.node_name, [...(nodes.get(it.node_name) ?? []), it])
  return [...nodes].map(([node_name, list]) => ({
    node_name,
    gpu_count: list.length,
    gpu_models: [...new Set(list.map(it => it.gpu_name))],
    utilization_avg: mean(list, 'utilization'),
    utilization_max: null,
    memory_used: null,
    memory_total: null,
    memory_free: null,
    memory_utilization: null,
    temperature_max: null,
    power_draw: null,
    timestamp: list[0].timestamp,
    cluster: null,
    measured_at: list[0].measured_at
  }))
}
const mean = (list, key) =>
  list.some(it => it[key] === null)
    ? null
    : list.reduce((sum, it) => sum + it[key], 0) / list.length
