// What the page weighs, and that it weighs no more after an hour. Counted, not timed.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { LIMIT_MS, VIEWS, fleet, open, serve, state } from './browser.mjs'
import { holders, ills, tenants } from './rows.mjs'

const FILES_MAX = 25
const BYTES_MAX = 45 * 1024
const BYTES_WITH_CHARTS_MAX = 90 * 1024
const NODES_MAX = 3000
const HEAP_MAX = 60e6
const HEAP_GROWTH_MAX = 1e6

export async function weight(address) {
  const rows = fleet(8)
  const answer = serve(rows, { namespaces: tenants(2), problems: ills(rows) })
  const sizes = new Map()
  for (const { name, hash } of VIEWS) {
    const it = await open(address + hash.replace('node-1', 'gpu-node-1'), {
      answer,
      isNew: true
    })
    await state(it.page, 'live')
    if (['fleet', 'node', 'gpu'].includes(name))
      await it.page.locator('.plot canvas').first().waitFor()
    const own = [...new Set(it.asked.filter(url => !url.includes('/api/')))]
    assert.ok(own.length <= FILES_MAX, `${name} asks for ${own.length} files`)
    for (const url of own)
      if (!sizes.has(url))
        sizes.set(url, gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length)
    const sum = urls => urls.reduce((all, url) => all + sizes.get(url), 0)
    const all = sum(own)
    const charts = sum(own.filter(url => /(dygraph\.min|chart|history)\.js$/.test(url)))
    console.log(`${name}: ${own.length} files, ${all - charts} bytes gzipped, ${all} with charts`)
    assert.ok(
      all > charts + 20000 && all - charts <= BYTES_MAX && all <= BYTES_WITH_CHARTS_MAX,
      name
    )
    await it.close()
  }
  assert.ok([...sizes.keys()].some(url => url.endsWith('dygraph.min.js')))
}

const counters = async session =>
  Object.fromEntries(
    (await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value])
  )

export async function measured(page) {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage')
  return counters(session)
}

// 10,000 GPUs in every view.
export async function large(address) {
  const rows = fleet(10000)
  const processes = rows.slice(0, 5000).map((it, i) => ({
    ...it,
    pid: i,
    process_name: 'python3',
    user: 'ada',
    command: 'python3',
    gpu_memory: 1,
    cpu: 1,
    memory: 1
  }))
  const answers = serve(rows, {
    processes,
    workloads: holders(rows),
    problems: ills(rows),
    namespaces: tenants(2000),
    histories: 8
  })
  const made = new Map()
  const answer = url => {
    if (!made.has(url)) made.set(url, answers(url))
    return made.get(url)
  }
  const paged = ['gpus', 'nodes', 'problems', 'workloads', 'namespaces'].map(name => ({
    name: `${name}, paged`,
    hash: `#/${name}?page=1`
  }))
  for (const { name, hash } of [...VIEWS, ...paged]) {
    const it = await open(address + hash.replace('node-1', 'gpu-node-1'), { answer })
    await state(it.page, 'live')
    await it.page.keyboard.press('p')
    if (['gpus', 'nodes', 'problems', 'workloads', 'namespaces'].includes(name)) {
      const end =
        { nodes: 'gpu-node-1250', namespaces: 'of no namespace' }[name] ?? 'gpu-node-1250 · 7'
      await it.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
      await it.page.locator('.rows td', { hasText: end }).first().waitFor()
    }
    const { JSHeapUsedSize, Nodes } = await measured(it.page)
    const elements = await it.page.evaluate(() => document.getElementsByTagName('*').length)
    console.log(
      `${name}: ${Nodes} nodes, ${elements} elements, ${(JSHeapUsedSize / 1e6).toFixed(1)} MB`
    )
    assert.ok(Nodes <= NODES_MAX, `${name} has ${Nodes} nodes`)
    assert.ok(JSHeapUsedSize <= HEAP_MAX, `${name}: ${JSHeapUsedSize} bytes`)
    await it.close()
  }
}

const hide = (page, isHidden) =>
  page.evaluate(hidden => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => (hidden ? 'hidden' : 'visible')
    })
    document.dispatchEvent(new Event('visibilitychange'))
  }, isHidden)

/** What was begun has been asked for: the chart's files, and its answer. */
async function settle(it) {
  for (let tries = 0, before = -1; before !== it.asked.length; tries++) {
    assert.ok(tries < 60, 'it asks without end')
    before = it.asked.length
    await it.page.waitForTimeout(500)
  }
}

export async function hidden(address) {
  const it = await open(`${address}#/`, { clock: true })
  await state(it.page, 'live')
  await settle(it)
  await hide(it.page, true)
  const before = it.asked.length
  await it.page.clock.runFor(600000)
  assert.equal(it.asked.length, before)
  await Promise.all([it.page.waitForRequest(/metrics/), hide(it.page, false)])
  // Nor does one that is paused ask, nor forget how old all is.
  await state(it.page, 'live')
  await it.page.keyboard.press('p')
  await it.page.waitForTimeout(300)
  const paused = it.asked.length
  await it.page.clock.runFor(300000)
  assert.equal(it.asked.length, paused)
  assert.match(await it.page.locator('.pill .words').innerText(), /measured [5-9] min ago/)
  await it.close()
}

// In the page: an hour is over in a quarter of a minute, if the machine can keep up.
function hurry() {
  const TIMES = 250
  const { setTimeout, setInterval } = window
  window.setTimeout = (act, delay_ms, ...more) => setTimeout(act, delay_ms / TIMES, ...more)
  window.setInterval = (act, delay_ms, ...more) => setInterval(act, delay_ms / TIMES, ...more)
}

// 720 refreshes of 5 s.
export async function hour(address) {
  const it = await open(`${address}#/?refresh=5`, { answer: null, early: hurry, isNew: true })
  await state(it.page, 'live')
  const resting = async () => {
    await it.page.locator('.pause', { hasText: 'paused' }).waitFor()
    return measured(it.page)
  }
  /** It is paused in the moment in which the last one is there. */
  const refresh = async count => {
    let come = 0
    await it.page.waitForResponse(
      answer => /v1\/gpu\/metrics/.test(answer.url()) && ++come === count,
      { timeout: 10 * LIMIT_MS }
    )
    await it.page.keyboard.press('p')
    return resting()
  }
  const before = await refresh(40)
  const asked = it.asked.length
  await it.page.keyboard.press('p')
  const after = await refresh(720)
  const growth = after.JSHeapUsedSize - before.JSHeapUsedSize
  console.log(
    `${it.asked.length - asked} requests, ${growth} bytes more, ${after.Nodes - before.Nodes} nodes, ${after.JSEventListeners - before.JSEventListeners} listeners`
  )
  assert.ok(it.asked.length - asked >= 720)
  assert.ok(growth <= HEAP_GROWTH_MAX, `${growth} bytes more`)
  assert.ok(
    after.Nodes - before.Nodes <= 20 && after.JSEventListeners - before.JSEventListeners <= 5
  )
  await it.close()
}
