// The browser, pages of it that note what goes wrong, and what stands in for the
// server's answers.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { freeOf, row } from './rows.mjs'

export const BROWSERS = ['/usr/bin/chromium', '/usr/bin/google-chrome']
// A busy machine's, not what is expected.
export const LIMIT_MS = 60000
const MEDIA = {
  media: null,
  colorScheme: 'light',
  reducedMotion: 'no-preference',
  forcedColors: 'none'
}
export const VIEWS = [
  { name: 'fleet', hash: '#/', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'nodes', hash: '#/nodes', asks: /\/v1\/gpu\/nodes/ },
  { name: 'node', hash: '#/node/node-1', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'gpus', hash: '#/gpus', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'gpu', hash: '#/gpu/node-1/0', asks: /\/v1\/gpu\/metrics\?/ },
  { name: 'available', hash: '#/available', asks: /\/v1\/gpu\/available/ },
  { name: 'problems', hash: '#/problems', asks: /\/v1\/gpu\/problems/ },
  { name: 'workloads', hash: '#/workloads', asks: /\/v1\/gpu\/workloads/ },
  { name: 'namespaces', hash: '#/namespaces', asks: /\/v1\/gpu\/namespaces/ },
  { name: 'processes', hash: '#/processes', asks: /\/v1\/gpu\/processes/ },
  { name: 'status', hash: '#/status', asks: /\/api\/health/ }
]

/** @type {import('playwright-core').Browser | undefined} */
let browser
// Tabs that nobody uses now: to make one takes longer than most of what is done in it.
/** @type {Awaited<ReturnType<typeof newTab>>[]} */
const free = []

export async function start() {
  const executablePath = BROWSERS.find(path => existsSync(path))
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--js-flags=--expose-gc', '--enable-precise-memory-info']
  })
}
export const stop = () => browser?.close()

/** With nothing loaded, which tells whoever uses it what it asks for and what goes wrong. */
async function newTab() {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC' })
  const page = await context.newPage()
  const tab = { context, page, user: undefined, isHeldUp: false }
  const wrong = text => tab.user?.wrong.push(text)
  page.setDefaultTimeout(LIMIT_MS)
  page.on('pageerror', error => wrong(`error: ${error.stack}`))
  page.on('console', message => {
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text()))
      wrong(`console: ${message.text()}`)
  })
  page.on('request', request => {
    tab.user?.asked.push(request.url())
    if (!request.url().startsWith(tab.user?.origin ?? '')) wrong(`another origin: ${request.url()}`)
  })
  page.on('response', answer => tab.user?.answers.push(answer))
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', event =>
      console.error(
        `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`
      )
    )
  })
  return tab
}

/** Requests of the API alone are held up: with page.route() the browser would keep no file. */
async function holdUp(tab) {
  const session = await tab.context.newCDPSession(tab.page)
  const send = (method, params) => session.send(`Fetch.${method}`, params).catch(() => {})
  session.on('Fetch.requestPaused', ({ requestId, request: { url } }) => {
    const answer = answerOf(tab.user, url)
    if (answer === undefined) return send('continueRequest', { requestId })
    if (answer === 'never') return undefined
    if (answer === 'abort')
      return send('failRequest', { requestId, errorReason: 'ConnectionRefused' })
    const { status, headers, body } = answer
    return send('fulfillRequest', {
      requestId,
      responseCode: status,
      responseHeaders: Object.entries(headers).map(([name, value]) => ({ name, value })),
      body: Buffer.from(body).toString('base64')
    })
  })
  await session.send('Fetch.enable', { patterns: [{ urlPattern: '*/api/*' }] })
  tab.isHeldUp = true
}

function answerOf(user, url) {
  // What is left in a tab is not told anything.
  if (!user) return 'never'
  try {
    return user.answer?.(url)
  } catch (error) {
    user.wrong.push(`the test's answer to ${url}: ${error.stack}`)
    return 'abort'
  }
}

/** Loads all anew, also where only what is behind the # differs, and as nobody has scrolled. */
async function load(page, address) {
  const target = new URL(address)
  const there = new URL(page.url())
  if (target.pathname === there.pathname && target.search === there.search)
    target.searchParams.append('again', '')
  await page.goto(target.href)
}

/** Of a clock: where it is. */
async function setClock(page, at_ms) {
  if (at_ms === undefined) return page.clock.install()
  // It stands still at none that has passed meanwhile.
  await page.clock.install({ time: at_ms - LIMIT_MS })
  return page.clock.pauseAt(at_ms)
}

/**
 * A page with the API's answers as they are, or as `answer` has them.
 *
 * @param {string} address
 * @param {object} [options]
 * @param {((url: string) => object | string | undefined) | null} [options.answer] undefined: the server's own; null: nothing is in between
 * @param {{width: number, height: number}} [options.viewport]
 * @param {boolean} [options.isNew] nothing has been loaded before
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
    isNew = false,
    clock = false,
    at_ms,
    early,
    before,
    ...media
  } = {}
) {
  const hasClock = clock || at_ms !== undefined
  // What does not end with the page.
  const isOwn = isNew || hasClock || early !== undefined || answer === null
  const tab = (!isOwn && free.pop()) || (await newTab())
  const { page } = tab
  await page.setViewportSize(viewport)
  await page.emulateMedia({ ...MEDIA, ...media })
  if (answer !== null && !tab.isHeldUp) await holdUp(tab)
  if (early) await page.addInitScript(early)
  if (hasClock) await setClock(page, at_ms)
  await before?.(page)
  // One answer at a time can be put in another's place.
  const it = { page, answer, asked: [], answers: [], wrong: [], origin: new URL(address).origin }
  tab.user = it
  await load(page, address)
  return {
    ...it,
    set answer(to) {
      it.answer = to
    },
    again: other => load(page, other),
    async close() {
      tab.user = undefined
      if (isOwn) await tab.context.close()
      else {
        await page.evaluate(() => localStorage.clear())
        await page.mouse.move(0, 0)
        free.push(tab)
      }
      assert.deepEqual(it.wrong, [])
    }
  }
}

export const state = (page, wanted) =>
  page.waitForFunction(text => document.documentElement.dataset.state === text, wanted)
export const stateOf = page => page.evaluate(() => document.documentElement.dataset.state)
/** Texts of a table's rows that are in the document. */
export const cells = page =>
  page
    .locator('.rows tbody tr')
    .evaluateAll(all => all.map(tr => [...tr.cells].map(td => td.textContent)))
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
const refused = error => JSON.stringify({ success: false, data: null, message: null, error })
/** What the API says when it has failed, and what the page makes of it. */
const failed = (status, more) => {
  const id = `failed${status}`
  const body = refused('Failed to retrieve GPU metrics')
  return {
    answer: { status, headers: head({ 'X-Request-Id': id, ...more }), body },
    says: new RegExp(`Failed to retrieve GPU metrics[\\s\\S]*request ${id}`)
  }
}
/** What is none of its answers. */
const strange = (id, body, status = 200, type = 'application/json') => ({
  answer: { status, headers: head({ 'X-Request-Id': id, 'Content-Type': type }), body },
  says: `request ${id}`
})
/** By name: an answer, and what the page says of it alone. */
export const FAULTS = {
  'a 502 of the API': failed(502),
  'a 503 of the API': failed(503, { 'Retry-After': '1' }),
  'a 504 of the API': failed(504),
  garbage: strange('garbage1', '{"success":tr'),
  'another JSON': strange('another1', '[]'),
  'a page of a proxy': strange('proxy1', '<h1>Bad Gateway</h1>', 502, 'text/html'),
  'no server': { answer: 'abort', says: 'The server cannot be reached' }
}
export const SIGN_IN = {
  'a login page': {
    ...strange('login1', '<form>password</form>', 200, 'text/html'),
    isSignIn: true
  },
  'a 401': {
    ...strange('unknown1', refused('Credentials are missing or wrong'), 401),
    isSignIn: true
  }
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

/** The columns that were asked for. */
function chosen(rows, fields) {
  if (fields === null) return rows
  const names = fields.split(',')
  return rows.map(row => Object.fromEntries(names.map(name => [name, row[name]])))
}

/** The answers of one fleet for all endpoints. */
export const serve =
  (
    rows,
    {
      processes = [],
      workloads = [],
      problems = [],
      namespaces = [],
      used = [],
      histories = 1,
      warnings
    } = {}
  ) =>
  url => {
    const { pathname, searchParams } = new URL(url)
    const asked = all => chosen(all, searchParams.get('fields'))
    const here = rows.filter(
      it =>
        !searchParams.has('node_name') ||
        it.node_name === searchParams.get('node_name').replaceAll('%2C', ',')
    )
    if (pathname.endsWith('/metrics')) return good(asked(here), warnings)
    if (pathname.endsWith('/processes')) return good(asked(processes))
    if (pathname.endsWith('/workloads'))
      return good(
        asked(workloads.filter(({ state }) => [null, state].includes(searchParams.get('state')))),
        warnings
      )
    if (pathname.endsWith('/problems')) {
      const wanted = searchParams.get('severity')?.split(',')
      return good(asked(problems.filter(it => !wanted || wanted.includes(it.severity))), warnings)
    }
    if (pathname.endsWith('/available')) return good(freeOf(rows, searchParams.get('by')), warnings)
    if (pathname.endsWith('/namespaces')) return good(asked(namespaces), warnings)
    if (pathname.endsWith('/usage')) return good(asked(used))
    if (pathname.endsWith('/history'))
      return good(
        searchParams.get('by') === 'node'
          ? ofNodes(searchParams.get('node_name').split(','))
          : history(searchParams.get('by') === 'all' ? 1 : histories)
      )
    if (pathname.endsWith('/nodes')) return good(asked(nodesOf(rows)), warnings)
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
