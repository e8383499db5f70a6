// What each namespace has: as rows of it, what it used in a day, and from there to its
// workloads.
import assert from 'node:assert/strict'
import { FAULTS, cells, good, open, serve, state } from './browser.mjs'
import { namespace, row, workload } from './rows.mjs'

const WHY = 'No exporter tells which workload has a GPU'
const gpus = [0, 1, 2].map(gpu_index => row({ gpu_index }))
const given = [
  namespace({
    ...{ workload_count: 2, gpu_count: 1.5, gpu_requested: 2, idle_gpu_count: 0.5 },
    ...{ utilization_avg: 40, memory_used: 20, power_draw: 300 }
  }),
  namespace({ namespace: 'two words', gpu_count: 1, idle_gpu_count: 0, workload_count: 1 }),
  namespace({ namespace: null, gpu_count: 0.5 })
]
const used = [
  { namespace: 'ml', gpu_hours: 30.5, idle_share: 0.25 },
  // Of somebody whose namespace nobody knows.
  { namespace: null, gpu_hours: 7, idle_share: 0 }
]
const workloads = [
  workload({}),
  workload({ pod: 'train-1', gpu_index: 1 }),
  workload({ namespace: 'two words', gpu_index: 2 })
]
const answer = serve(gpus, { namespaces: given, used, workloads })

export async function namespaces(address) {
  await table(address)
  await toWorkloads(address)
  await use(address)
  await longNames(address)
}

const names = async page => (await cells(page)).map(([name]) => name)

async function table(address) {
  const it = await open(`${address}#/namespaces`, { answer })
  const { page } = it
  await page.getByRole('button', { name: 'GPU hours, 24 h' }).waitFor()
  assert.deepEqual(await cells(page), [
    ['ml', '1.50', '0.50', '2', '2', '40.0 %', '20 GiB', '300 W', '30.5', '25.0 %'],
    ['two words', '1.00', '0.00', '–', '1', '–', '–', '–', '–', '–'],
    ['of no namespace', '0.50', '–', '–', '0', '–', '–', '–', '–', '–']
  ])
  // What is left idle has a sign, and what is not has none.
  assert.equal(await page.locator('.rows td.warn').count(), 1)
  await page.goto(`${address}#/namespaces?sort=gpu_count`)
  await page.locator('.rows tbody tr', { hasText: 'of no namespace' }).first().waitFor()
  assert.deepEqual(await names(page), ['of no namespace', 'two words', 'ml'])
  await page.goto(`${address}#/namespaces?q=namespace:two`)
  await page.locator('.rows tbody tr').nth(1).waitFor({ state: 'detached' })
  assert.deepEqual(await names(page), ['two words'])
  await it.close()
}

// By keys, and of a name with a blank.
async function toWorkloads(address) {
  const it = await open(`${address}#/namespaces`, { answer })
  const { page } = it
  await state(page, 'live')
  await page.locator('table[role=grid]').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/workloads\?q=namespace:ml$/)
  await page.locator('.rows tbody tr', { hasText: 'train-1' }).waitFor()
  assert.deepEqual(await names(page), ['ml / train-0', 'ml / train-1'])
  await page.goto(`${address}#/namespaces`)
  await page.getByRole('link', { name: 'two words' }).click()
  await page.waitForURL(/#\/workloads\?q=namespace:two\+namespace:words$/)
  await page.locator('.rows tbody tr', { hasText: 'two words / train-0' }).waitFor()
  assert.deepEqual(await names(page), ['two words / train-0'])
  // What no namespace has is nobody's.
  await page.goto(`${address}#/namespaces`)
  await page.getByText('of no namespace').click()
  assert.match(page.url(), /#\/namespaces$/)
  await it.close()
}

// Nobody tells of use, or of more than one namespace by a name: no column that would be of another.
async function use(address) {
  const hours = page => page.getByRole('button', { name: 'GPU hours, 24 h' })
  const failing = await open(`${address}#/namespaces`, {
    answer: url => (url.includes('/usage') ? FAULTS['a 502 of the API'].answer : answer(url))
  })
  await failing.page.waitForResponse(/usage/)
  await state(failing.page, 'live')
  assert.equal(await hours(failing.page).count(), 0)
  await failing.close()
  const twins = ['east', 'west'].map(cluster => namespace({ cluster }))
  const two = await open(`${address}#/namespaces`, { answer: serve(gpus, { namespaces: twins }) })
  await two.page.getByText('ml (west)').waitFor()
  assert.equal(two.asked.filter(url => url.includes('/usage')).length, 0)
  assert.deepEqual(await names(two.page), ['ml (east)', 'ml (west)'])
  two.answer = url => (url.includes('/namespaces') ? good([given[2]], [WHY]) : answer(url))
  await two.page.keyboard.press('r')
  await two.page.getByText(WHY).waitFor()
  assert.equal(await hours(two.page).count(), 0)
  await two.close()
}

// Half a letter at the end of an address would be none.
async function longNames(address) {
  const name = `${'🔥'.repeat(200)}`
  const it = await open(`${address}#/namespaces`, {
    answer: serve(gpus, {
      namespaces: [namespace({ namespace: name })],
      workloads: [workload({ namespace: name })]
    })
  })
  await it.page.locator('.rows tbody a').click()
  await it.page.locator('.rows tbody tr', { hasText: 'train-0' }).waitFor()
  await it.close()
}
