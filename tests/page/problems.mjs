// What is wrong: as rows of it, on the card, and what needs attention; each with what it
// means and what to do.
import assert from 'node:assert/strict'
import { FAULTS, cells, good, open, serve, shown, state } from './browser.mjs'
import { problem, row } from './rows.mjs'

const gpus = [0, 1, 2].map(gpu_index => row({ gpu_index, utilization: 50 }))
const fell = problem({
  ...{ severity: 'critical', kind: 'xid', code: 79, action: 'reboot_node' },
  summary: 'GPU 0 of node-1 had an Xid error 79 (GPU_HAS_FALLEN_OFF_THE_BUS)',
  since: '2026-01-02T03:04:05.000Z'
})
const hot = problem({
  ...{ gpu_index: 1, severity: 'warning', kind: 'hot', action: 'check_cooling' },
  ...{ value: 93, threshold: 90, unit: 'celsius', summary: 'GPU 1 of node-1 is hot' }
})
const down = problem({
  ...{ node_name: 'node-2', gpu_index: null, severity: 'critical', kind: 'exporter_down' },
  ...{ value: 8, unit: 'gpus', action: 'check_exporter' },
  summary: 'node-2 has an exporter that does not answer'
})
const held = problem({
  ...{ gpu_index: 1, severity: 'info', kind: 'idle_held', action: 'release_gpu' },
  ...{ namespace: 'ml', pod: 'train-0', value: 2, threshold: 0.25, unit: 'hours' },
  summary: 'GPU 1 of node-1 is held and idle'
})
const given = [fell, down, hot, held]
const ENDPOINT = /\/v1\/gpu\/problems\?/
const answer = serve(gpus, { problems: given })

export async function problems(address) {
  await table(address)
  await onCard(address)
  await attention(address)
  await untold(address)
}

async function table(address) {
  const it = await open(`${address}#/problems`, { answer })
  const { page } = it
  await state(page, 'live')
  assert.deepEqual(await cells(page), [
    ['node-1 · 0', 'critical', fell.summary, 'Reboot the node', '1/2, 03:04', '–', '–'],
    ['node-2', 'critical', down.summary, 'Check the exporter', '–', '8 GPUs', '–'],
    ['node-1 · 1', 'warning', hot.summary, 'Check its cooling', '–', '93 °C > 90 °C', '–'],
    ['node-1 · 1', 'to know', held.summary, 'Release the GPU', '–', '2 h > 15 min', 'ml / train-0']
  ])
  await page.getByRole('link', { name: '2 critical' }).click()
  await page.waitForURL(/#\/problems\?q=severity:critical$/)
  await page.waitForFunction(() => document.querySelectorAll('.rows tbody tr').length === 2)
  // By how severe it is, not by the letters.
  await page.goto(`${address}#/problems?sort=-severity`)
  await page.locator('.rows tbody tr').nth(3).waitFor()
  assert.deepEqual(
    (await cells(page)).map(([, severity]) => severity),
    ['to know', 'warning', 'critical', 'critical']
  )
  // By keys to the card; of a node to that.
  await page.locator('table[role=grid]').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/gpu\/node-1\/1$/)
  await page.goto(`${address}#/problems?q=kind:exporter`)
  await page.getByRole('link', { name: 'node-2' }).click()
  await page.waitForURL(/#\/node\/node-2$/)
  await it.close()
}

async function onCard(address) {
  const it = await open(`${address}#/gpu/node-1/0`, { answer })
  const { page } = it
  const panel = page.locator('.side .panel', { hasText: 'Problems' })
  await panel.getByText(fell.summary).waitFor()
  assert.match(await panel.innerText(), /critical[\s\S]*What to do: Reboot the node · since 1\/2/)
  // Not what is wrong with its neighbour, nor with another node.
  assert.equal(await panel.locator('li').count(), 1)
  await page.evaluate(() => (location.hash = '#/gpu/node-1/2'))
  await panel.getByText('No problem is known').waitFor()
  await it.close()
}

async function attention(address) {
  const sick = [row({ gpu_index: 0, xid: 31, temperature: 89 })]
  const it = await open(`${address}#/`, { answer: serve(sick, { problems: given }) })
  const { page } = it
  const list = page.locator('.side .list').first()
  await list.getByText('XID errors in the last hour').waitFor()
  const text = (await list.innerText()).replace(/\s+/g, ' ')
  assert.match(text, /XID errors in the last hour node-1 · 0 XID 79/)
  assert.match(text, /Exporters that do not answer node-2/)
  assert.match(text, /Hot node-1 · 1 93 °C/)
  // What is only good to know is no alarm; what is told is not told twice.
  assert.doesNotMatch(text, /Held, but idle|XID 31|85 °C or more/)
  assert.match(
    it.asked.find(url => ENDPOINT.test(url)),
    /severity=critical,warning/
  )
  await it.close()
}

// It cannot be found out: nothing that was so before is shown, nor that all is well; what
// the rows of GPUs tell by themselves is.
async function untold(address) {
  const sick = [row({ gpu_index: 0, xid: 31 })]
  let now = answer
  const it = await open(`${address}#/`, {
    answer: url => (ENDPOINT.test(url) ? now(url) : serve(sick)(url))
  })
  const { page } = it
  await page.getByText('XID errors in the last hour').waitFor()
  now = () => FAULTS['a 502 of the API'].answer
  await page.keyboard.press('r')
  await page.getByText('What else is wrong is not known now').waitFor()
  assert.match(await shown(page), /XID errors\s+node-1 · 0 XID 31/)
  assert.doesNotMatch(await shown(page), /in the last hour|Nothing to report/)
  await page.evaluate(() => (location.hash = '#/gpu/node-1/0'))
  await page.getByText('What is wrong with it is not known now').waitFor()
  const why = 'What Prometheus alerts of is not known'
  now = () => good([], [why])
  await page.evaluate(() => (location.hash = '#/problems'))
  await page.getByText(why).waitFor()
  assert.doesNotMatch(await shown(page), /No problem is known/)
  now = () => good([])
  await page.keyboard.press('r')
  await page.getByText('No problem is known').waitFor()
  await it.close()
}
