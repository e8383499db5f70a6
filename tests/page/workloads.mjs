// Who has which GPU: as rows of it, on the card, and what needs attention.
import assert from 'node:assert/strict'
import { FAULTS, cells, good, open, serve, shown, state } from './browser.mjs'
import { row, workload } from './rows.mjs'

const gpus = [0, 1, 2].map(gpu_index => row({ gpu_index, utilization: 0, memory_used: 12 }))
const given = [
  workload({ state: 'active', shared_by: 1, utilization: 50, memory_used: 8 }),
  workload({ pod: 'train-1', gpu_index: 1, state: 'idle', shared_by: 2, memory_used: 12 }),
  workload({ pod: 'train-2', gpu_index: 1, state: 'idle', shared_by: 2 }),
  workload({ pod: 'wait-0', node_name: null, gpu_index: null, state: 'pending', requested: 4 }),
  workload({ pod: null, namespace: null, job_id: '1234_5', gpu_index: 2, state: 'active' })
]
const ENDPOINT = /\/v1\/gpu\/workloads\?/

export async function workloads(address) {
  await table(address)
  await thereAndBack(address)
  await attention(address)
  await untold(address)
}

async function table(address) {
  const it = await open(`${address}#/workloads`, { answer: serve(gpus, { workloads: given }) })
  const { page } = it
  await state(page, 'live')
  const first = (await cells(page)).map(all => all.slice(0, 4))
  assert.deepEqual(first, [
    ['ml / train-0', 'node-1 · 0', 'active', 'no'],
    ['ml / train-1', 'node-1 · 1', 'idle', 'by 2'],
    ['ml / train-2', 'node-1 · 1', 'idle', 'by 2'],
    ['ml / wait-0', '–', 'pending', '–'],
    ['job 1234_5', 'node-1 · 2', 'active', '–']
  ])
  // What is of no row has no column, and what is of one is a dash elsewhere.
  const heads = await page.locator('.rows th').allInnerTexts()
  assert.ok(heads.includes('Asks for') && !heads.includes('User'), heads.join())
  await page.getByRole('link', { name: '2 idle' }).click()
  await page.waitForURL(/#\/workloads\?q=state:idle$/)
  await page.waitForFunction(() => document.querySelectorAll('.rows tbody tr').length === 2)
  await page.goto(`${address}#/workloads?sort=-gpu_memory&q=namespace:ml`)
  await page.waitForFunction(() => document.querySelectorAll('.rows tbody tr').length === 4)
  assert.deepEqual(
    (await cells(page)).map(([name]) => name),
    ['ml / train-1', 'ml / train-0', 'ml / train-2', 'ml / wait-0']
  )
  await page.getByText('What states mean').click()
  await page.getByText('Its pod asks for GPUs, and waits.').waitFor()
  await it.close()
}

// By keys: from a workload to its card, who shares that, and back.
async function thereAndBack(address) {
  const it = await open(`${address}#/workloads`, { answer: serve(gpus, { workloads: given }) })
  const { page } = it
  await state(page, 'live')
  await page.locator('table[role=grid]').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/gpu\/node-1\/1$/)
  const holders = page.locator('.side .list a')
  await holders.nth(1).waitFor()
  assert.deepEqual(await holders.allInnerTexts(), ['ml / train-1', 'ml / train-2'])
  assert.match(await shown(page), /one of 2 that share it/)
  await holders.nth(1).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/workloads\?q=namespace:ml\+pod:train-2$/)
  await page.waitForFunction(() => document.querySelectorAll('.rows tbody tr').length === 1)
  // One that waits is on no card.
  await page.goto(`${address}#/workloads?q=pod:wait`)
  await page.getByText('ml / wait-0').click()
  assert.match(page.url(), /#\/workloads\?q=pod:wait$/)
  await it.close()
}

async function attention(address) {
  const it = await open(`${address}#/`, {
    answer: url => {
      const state = new URL(url).searchParams.get('state')
      if (!ENDPOINT.test(url) || state === null) return serve(gpus, { workloads: given })(url)
      assert.equal(state, 'idle')
      const answer = good(given.filter(it => it.state === 'idle'))
      const body = { ...JSON.parse(answer.body), page: { total: 7 } }
      return { ...answer, body: JSON.stringify(body) }
    }
  })
  const { page } = it
  const finding = page.locator('.list li', { hasText: 'Held by workloads, but idle' })
  await finding.waitFor()
  assert.match(await finding.innerText(), /All 7[\s\S]*node-1 · 1 \(ml \/ train-1, 12\sGiB\)/)
  await finding.getByRole('link', { name: 'All 7' }).click()
  await page.waitForURL(/#\/workloads\?q=state:idle$/)
  await it.close()
}

// Nobody tells, or the server fails: no word that would be of nobody.
async function untold(address) {
  const why = 'No exporter tells which workload has a GPU'
  for (const [answer, onCard, onFleet] of [
    [good([], [why]), why, null],
    [good([]), 'No workload is known to have it', null],
    [
      FAULTS['a 502 of the API'].answer,
      'Who has it is not known now',
      'Who holds idle GPUs is not known'
    ]
  ]) {
    const it = await open(`${address}#/gpu/node-1/1`, {
      answer: url => (ENDPOINT.test(url) ? answer : serve(gpus)(url))
    })
    await it.page.getByText(onCard).waitFor()
    await state(it.page, 'live')
    await Promise.all([it.page.waitForResponse(/state=idle/), it.page.goto(`${address}#/`)])
    if (onFleet) await it.page.getByText(onFleet).waitFor()
    assert.equal(await it.page.getByText('Held by workloads').count(), 0)
    assert.equal(await it.page.getByText(why).count(), 0)
    await it.page.goto(`${address}#/workloads`)
    await it.page.locator('h1', { hasText: 'Workloads' }).waitFor({ state: 'attached' })
    await state(it.page, answer.status === 200 ? 'live' : 'error')
    if (answer.body.includes(why)) await it.page.getByText(why).waitFor()
    assert.equal(await it.page.locator('.rows tr:visible').count(), 0)
    await it.close()
  }
}
