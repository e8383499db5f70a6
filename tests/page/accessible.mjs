// axe, and what it cannot see: widths, contrast modes, motion.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { FAULTS, VIEWS, fleet, good, open, serve, state } from './browser.mjs'
import { holders, ills, tenants } from './rows.mjs'

const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
// What of these is by colours.
const COLOURS = ['color-contrast', 'link-in-text-block']

/** What axe finds, by all of its rules or by those of colours, and what scrolls sideways. */
async function check(page, where, { coloursAlone = false } = {}) {
  // Not as a script of the page, which its policy forbids.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const found = await page.evaluate(
    runOnly =>
      axe
        .run(document, {
          runOnly,
          rules: { 'target-size': { enabled: true } },
          // What is well is told in short, without a path to each element.
          resultTypes: ['violations'],
          selectors: false
        })
        .then(({ violations, passes }) => ({
          passed: passes.map(({ id }) => id),
          violations: violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes.map(node => `${node.html.slice(0, 160)} ${node.failureSummary}`).join('\n')}`
          )
        })),
    coloursAlone ? { type: 'rule', values: COLOURS } : { type: 'tag', values: TAGS }
  )
  assert.deepEqual(found.violations, [], where)
  assert.ok(found.passed.includes('color-contrast'), where)
  assert.ok(coloursAlone || found.passed.length > 10, where)
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

/** In both themes: of the same elements, so that the second has other colours alone. */
async function checkThemes(page, where) {
  await page.emulateMedia({ colorScheme: 'light' })
  await check(page, `${where}, light`)
  await page.emulateMedia({ colorScheme: 'dark' })
  await check(page, `${where}, dark`, { coloursAlone: true })
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
    problems: ills(rows.slice(0, 40)),
    namespaces: tenants(30),
    used: [{ namespace: 'team-0', gpu_hours: 20.5, idle_share: 0.25 }],
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
    { name: 'free nodes', hash: '#/available?by=node' },
    { name: 'free GPUs', hash: '#/available?by=gpu' },
    { name: 'nobody', hash: '#/workloads?q=nobody' },
    { name: 'zoomed', hash: `#/gpu/node-1/0?${zoomed}` }
  ]
  for (const { name, hash } of [...VIEWS, ...more]) {
    const it = await open(address + hash.replace('node-1', 'gpu-node-1'), {
      answer,
      reducedMotion: 'reduce'
    })
    await state(it.page, 'live')
    if (['fleet', 'node', 'gpu'].includes(name))
      await it.page.locator('.plot canvas').first().waitFor()
    for (const viewport of widths) {
      await it.page.setViewportSize(viewport)
      await checkThemes(it.page, `${name}, ${viewport.width}`)
    }
    await it.close()
  }
  for (const [wanted, answered] of [
    ['error', () => FAULTS['a 502 of the API'].answer],
    ['live', () => good([], ['No GPU exporter was found'])],
    ['loading', () => 'never']
  ]) {
    const it = await open(`${address}#/`, { answer: answered })
    await state(it.page, wanted)
    await checkThemes(it.page, wanted)
    await it.close()
  }
  await old(address, answer)
  await modes(address, answer)
}

async function old(address, answer) {
  const it = await open(`${address}#/`, { answer })
  await state(it.page, 'live')
  it.answer = () => FAULTS['a 502 of the API'].answer
  await it.page.keyboard.press('r')
  await state(it.page, 'stale')
  await checkThemes(it.page, 'stale')
  await it.page.evaluate(() => (document.documentElement.dataset.state = 'disconnected'))
  await checkThemes(it.page, 'disconnected')
  await it.page.keyboard.press('?')
  await it.page.locator('dialog[open]').waitFor()
  await checkThemes(it.page, 'help')
  await it.close()
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
