// The README's picture of the page: from answers of the demo that were recorded, at
// their time, so that it is the same each time.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { open, shown, state } from './browser.mjs'
import { serving } from './serving.mjs'

const ANSWERS = 'tests/picture.json'
const HASH = '#/?range=24h'
const SIZE = { width: 1200, height: 620 }

/** Keeps what the demo at `address` answers to the view of the picture. */
export async function record(address) {
  const answers = []
  const it = await open(address, { viewport: SIZE, answer: null })
  it.page.on('response', async response => {
    if (!response.url().includes('/api/')) return
    answers.push({
      path: response.url().replace(/^.*\/api\//, ''),
      date: (await response.allHeaders()).date,
      body: await response.json()
    })
  })
  await it.page.goto(`${address}${HASH}`)
  await it.page.reload()
  await it.page.locator('.plot canvas').first().waitFor()
  await it.close()
  const last = path => answers.findLast(answer => answer.path.startsWith(path))
  const kept = [last('v1/gpu/metrics'), last('v1/gpu/history')]
  assert.ok(kept.every(answer => answer?.body.success))
  writeFileSync(ANSWERS, `[\n${kept.map(answer => JSON.stringify(answer)).join(',\n')}\n]\n`)
}

async function make() {
  const answers = JSON.parse(readFileSync(ANSWERS, 'utf8'))
  const server = await serving(path => {
    const it = answers.find(answer => answer.path === path)
    return (
      it && {
        headers: { 'Content-Type': 'application/json', Date: it.date },
        body: JSON.stringify(it.body)
      }
    )
  })
  try {
    const it = await open(`${server.url}/gpu/${HASH}`, {
      viewport: SIZE,
      answer: null,
      at_ms: Date.parse(answers[0].date),
      colorScheme: 'light'
    })
    await state(it.page, 'live')
    await it.page.locator('.plot canvas').first().waitFor()
    await it.page.clock.runFor(100)
    writeFileSync('picture.png', await it.page.screenshot())
    const words = await shown(it.page)
    await it.close()
    return { answers, words }
  } finally {
    server.close()
  }
}

/** From what was recorded. @returns what is told on it */
export async function picture(address) {
  const { answers, words } = await make()
  const [
    {
      body: { data }
    }
  ] = answers
  console.log(words.replaceAll(/\s+/g, ' '))
  assert.match(
    words,
    new RegExp(`GPUs on ${new Set(data.map(it => it.node_name)).size} nodes\\s+${data.length}\\b`)
  )
  const mean = data.reduce((sum, it) => sum + it.utilization, 0) / data.length
  assert.match(words, new RegExp(`Utilization\\s+${mean.toFixed(0)}\\s+% on average`))
  if (address) await hasKeysOf(address, data)
}

/** The columns that were recorded, those that the page asks for, are still the API's. */
async function hasKeysOf(address, data) {
  const { data: now } = await (await fetch(new URL('../api/v1/gpu/metrics', address))).json()
  assert.deepEqual(
    Object.keys(data[0]).filter(key => !(key in now[0])),
    [],
    'the API has other keys than what was recorded: tests/page/picture URL-OF-THE-DEMO records anew'
  )
}
