// axe, and what it cannot see: widths, contrast modes, motion.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { FAULTS, VIEWS, fleet, good, open, serve, state } from './browser.mjs'
import { holders } from './rows.mjs'

const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

async function check(page, where) {
  // Not as a script of the page, which its policy forbids.
  await page.evaluate(axe)
  const found = await page.evaluate(
    tags =>
      axe
        .run(document, {
          runOnly: { type: 'tag', values: tags },
          rules: { 'target-size': { enabled: true } }
        })
        .then(({ violations, passes }) => ({
          passed: passes.length,
          violations: violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes.map(node => `${node.html.slice(0, 160)} ${node.failureSummary}`).join('\n')}`
          )
        })),
    TAGS
  )
  assert.deepEqual(found.violations, [], where)
  assert.ok(found.passed > 10, where)
  assert.equal(
    await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    true,
    `${where} scrolls sideways`
  )
  // Nor does a table, on a phone.
  assert.deepEqual(
    await page.evaluate(() =>
      [...document.querySelectorAll('main .scroll, main .rows')]
        .filter(it => innerWidth < 400 && it.scrollWidth > it.clientWidth)
        .map(it => `${it.className} ${it.textContent.slice(0, 60)}`)
    ),
    [],
    where
  )
}

export async function accessible(address) {
  const rows = fleet(120)
  const processes = rows.slice(0, 40).map((it, i) => ({
    ...it,
    pid: i,
    process_name: 'python3',
    user: 'ada',
    command: 'python3',
    gpu_memory: 1,
    cpu: 1,
    memory: 1
  }))
  const answer = serve(rows, {
    processes,
    workloads: holders(rows.slice(0, 40)),
    histories: 8,
    warnings: ['one']
  })
  const widths = [
    { width: 1280, height: 900 },
    { width: 320, height: 700 }
  ]
  const zoomed = 'from=2026-01-02T03:00:00Z&to=2026-01-02T04:00:00Z'
  const more = [
    { name: 'pages', hash: '#/gpus?page=2' },
    { name: 'nobody', hash: '#/workloads?q=nobody' },
    { name: 'zoomed', hash: `#/gpu/node-1/0?${zoomed}` }
  ]
  const jobs = [...VIEWS, ...more].flatMap(view =>
    widths.map(viewport => ({ ...view, viewport, hash: view.hash.replace('node-1', 'gpu-node-1') }))
  )
  await inTurn(jobs, async ({ name, hash, viewport }) => {
    const it = await open(address + hash, {
      answer,
      viewport,
      colorScheme: 'light',
      reducedMotion: 'reduce'
    })
    await state(it.page, 'live')
    if (['fleet', 'node', 'gpu'].includes(name))
      await it.page.locator('.plot canvas').first().waitFor()
    await check(it.page, `${name}, light, ${viewport.width}`)
    await it.page.emulateMedia({ colorScheme: 'dark' })
    await check(it.page, `${name}, dark, ${viewport.width}`)
    await it.close()
  })
  await inTurn(
    [
      ['error', () => FAULTS['a 502 of the API']],
      ['live', () => good([], ['No GPU exporter was found'])],
      ['loading', () => 'never']
    ],
    async ([wanted, answered]) => {
      for (const colorScheme of ['light', 'dark']) {
        const it = await open(`${address}#/`, { answer: answered, colorScheme })
        await state(it.page, wanted)
        await check(it.page, `${wanted}, ${colorScheme}`)
        await it.close()
      }
    }
  )
  for (const colorScheme of ['light', 'dark']) {
    const it = await open(`${address}#/`, { answer, colorScheme })
    await state(it.page, 'live')
    it.answer = () => FAULTS['a 502 of the API']
    await it.page.keyboard.press('r')
    await state(it.page, 'stale')
    await check(it.page, `stale, ${colorScheme}`)
    await it.page.evaluate(() => (document.documentElement.dataset.state = 'disconnected'))
    await check(it.page, `disconnected, ${colorScheme}`)
    await it.page.keyboard.press('?')
    await check(it.page, `help, ${colorScheme}`)
    await it.close()
  }
  await modes(address, answer)
}

/** Two at once. */
async function inTurn(jobs, run) {
  const rest = [...jobs]
  await Promise.all(
    [0, 1].map(async () => {
      for (let job = rest.shift(); job; job = rest.shift()) await run(job)
    })
  )
}

// 400 % of 1280 is 320; and colours that the system forces.
async function modes(address, answer) {
  const it = await open(`${address}#/`, { answer, forcedColors: 'active' })
  await state(it.page, 'live')
  assert.ok(await it.page.evaluate(() => matchMedia('(forced-colors: active)').matches))
  await check(it.page, 'forced colours')
  await it.page.emulateMedia({ media: 'print', forcedColors: 'none' })
  assert.equal(await it.page.locator('#search').isVisible(), false)
  assert.ok(await it.page.locator('.tile').first().isVisible())
  await it.close()
}
