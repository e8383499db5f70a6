// How long a large fleet takes, in the browser: printed, not judged.
import { fleet, history, open, serve, state } from './browser.mjs'
import { compressed, serving } from './serving.mjs'
import { measured } from './cost.mjs'

const GPUS = 10000
const LOADS = 7
const REFRESHES = 40
// The chart comes later, so that what is drawn after the rows is the rows.
const TREND_MS = 1000
// Until then the page has made itself ready, as it has while Prometheus is asked.
const WAIT_MS = 500

/** Rows that change from answer to answer, prepared, with the columns that are asked for: it is the page that is measured. */
function answersOf(count) {
  const rows = fleet(count)
  const turned = turn =>
    rows.map(it => ({
      ...it,
      utilization: (it.utilization + 7 * turn) % 101,
      temperature: 30 + ((it.temperature + 3 * turn) % 60),
      power_draw: 70 + ((it.power_draw + 11 * turn) % 630)
    }))
  const turns = [0, 1, 2, 3].map(turned)
  const made = new Map()
  return (path, turn) => {
    const nth = turn % turns.length
    const key = `${nth} ${path}`
    if (!made.has(key)) {
      const { headers, body } = serve(turns[nth])(new URL(path, 'http://localhost/api/'))
      made.set(key, compressed({ headers, body }))
    }
    return made.get(key)
  }
}

const trend = compressed({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ success: true, data: history(1, 240), message: 'ok', error: null })
})
const later = (answer, wait_ms) =>
  new Promise(resolve => setTimeout(() => resolve(withDate(answer)), wait_ms))
const withDate = answer => ({
  ...answer,
  headers: { ...answer.headers, Date: new Date().toUTCString() }
})

// In the page: what took long; and when each answer's last byte came, and when it was shown.
// Either may be told of first.
function watch() {
  window.tasks = []
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) window.tasks.push(duration)
  }).observe({ type: 'longtask', buffered: true })
  const shown = []
  new PerformanceObserver(list => shown.push(...list.getEntriesByName('shown'))).observe({
    entryTypes: ['measure']
  })
  window.drawn = () =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.includes('/gpu/metrics'))
      .flatMap(({ responseEnd }) => {
        const { startTime, duration } =
          shown.find(
            it => it.detail === 'fleet' && responseEnd > 0 && it.startTime >= responseEnd
          ) ?? {}
        const at_ms = startTime + duration
        return startTime === undefined
          ? []
          : [{ after_ms: at_ms - responseEnd, update_ms: duration, at_ms }]
      })
}

const drawn = page => page.evaluate(() => window.drawn())

const waitDrawn = (page, count) =>
  page.waitForFunction(wanted => window.drawn().length >= wanted, count)

const sorted = values => [...values].sort((a, b) => a - b)
const spread = values =>
  `median ${sorted(values)[Math.floor(values.length / 2)].toFixed(0)} ms, slowest ${Math.max(...values).toFixed(0)} ms`

function print(name, text) {
  console.log(`  ${name.padEnd(44)} ${text}`)
}

async function load(address, before) {
  const it = await open(`${address}#/?refresh=0`, { answer: null, early: watch, before })
  await state(it.page, 'live')
  await waitDrawn(it.page, 1)
  return it
}

/** How long the page's thread has had a processor, which others on the machine change least. */
function processor() {
  let session
  return {
    async begin(page) {
      session = await page.context().newCDPSession(page)
      await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    },
    async used_ms() {
      const { metrics } = await session.send('Performance.getMetrics')
      return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value
    }
  }
}

async function loads(address) {
  const first = []
  for (let i = 0; i < LOADS; i++) {
    const { begin, used_ms } = processor()
    const it = await load(address, begin)
    const cpu_ms = await used_ms()
    first.push({ ...(await drawn(it.page))[0], cpu_ms, longest_ms: await longest(it.page) })
    await it.close()
  }
  const spreadOf = key => spread(first.map(it => it[key]))
  print("heat map drawn, since the answer's last byte", spreadOf('after_ms'))
  print('since navigation', spreadOf('at_ms'))
  print("  of it processor time of the page's thread", spreadOf('cpu_ms'))
  print('the longest task of a load', spreadOf('longest_ms'))
}

/** Of answers that the page had to wait for. */
async function awaited(address) {
  const first = []
  for (let i = 0; i < LOADS; i++) {
    const it = await load(address)
    first.push((await drawn(it.page))[0].after_ms)
    await it.close()
  }
  print('heat map drawn, of an answer waited for', spread(first))
}

/** Tasks of less than 50 ms are not told of. */
const longest = page => page.evaluate(() => Math.max(50, ...window.tasks))

/** The table of all of them: how long from a click until it is sorted. */
async function table(address) {
  const it = await open(`${address}#/gpus?refresh=0`, { answer: null, early: watch })
  await state(it.page, 'live')
  await waitDrawn(it.page, 1)
  const sorted_ms = []
  for (let i = 0; i < LOADS; i++)
    sorted_ms.push(
      await it.page.evaluate(async nth => {
        const all = document.querySelectorAll('button.sort')
        const start = performance.now()
        all[nth % all.length].click()
        await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
        return performance.now() - start
      }, i)
    )
  print('the table of GPUs: sorted and painted', spread(sorted_ms))
  await holds(it, '  it')
  await it.close()
}

async function holds(it, name) {
  const { JSHeapUsedSize, Nodes } = await measured(it.page)
  print(`${name} holds`, `${(JSHeapUsedSize / 1e6).toFixed(1)} MB of heap, ${Nodes} DOM nodes`)
}

async function refreshes(it) {
  for (let i = 0; i < REFRESHES; i++) {
    await it.page.keyboard.press('r')
    await waitDrawn(it.page, i + 2)
  }
  const all = (await drawn(it.page)).slice(1)
  print(
    "a refresh drawn, since the answer's last byte",
    spread(all.map(({ after_ms }) => after_ms))
  )
  print('  of it script of the view', spread(all.map(({ update_ms }) => update_ms)))
  await holds(it, 'the view, after these,')
}

/** Bytes as they were sent, with headers. */
async function traffic(it) {
  const all = await it.page.evaluate(() =>
    [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource')
    ].map(({ name, transferSize }) => ({ isAnswer: name.includes('/api/'), transferSize }))
  )
  const sum = list => list.reduce((bytes, { transferSize }) => bytes + transferSize, 0)
  const files = all.filter(({ isAnswer }) => !isAnswer)
  print('requests of a first load', `${files.length} files, ${all.length - files.length} answers`)
  print(
    'bytes of these, compressed',
    `${sum(files)} and ${sum(all.filter(({ isAnswer }) => isAnswer))}`
  )
}

/** @param {string} [address] of a server with the page; without, of one that is made here */
export async function times(address) {
  const answers = address ? undefined : answersOf(GPUS)
  let turn = 0
  let wait_ms = 0
  const server = address
    ? undefined
    : await serving(path =>
        path.startsWith('v1/gpu/metrics')
          ? later(answers(path, turn++), wait_ms)
          : path.startsWith('v1/gpu/history')
            ? later(trend, TREND_MS)
            : undefined
      )
  const page = address ?? `${server.url}/gpu/`
  try {
    console.log(address ? `The Fleet view of ${address}` : `The Fleet view of ${GPUS} GPUs`)
    await loads(page)
    if (server) {
      wait_ms = WAIT_MS
      await awaited(page)
      wait_ms = 0
    }
    const it = await load(page)
    await it.page.locator('.plot canvas').first().waitFor()
    await traffic(it)
    await refreshes(it)
    await it.close()
    await table(page)
  } finally {
    server?.close()
  }
}
