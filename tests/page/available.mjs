// What is free: by model, node and GPU, on whatever terms; and from there to the cards.
import assert from 'node:assert/strict'
import { FAULTS, cells, good, open, serve, shown, state } from './browser.mjs'
import { row } from './rows.mjs'

const now = new Date().toISOString()
const times = { timestamp: now, measured_at: now }
const models = [
  {
    ...{ gpu_name: 'NVIDIA H100', vendor: 'NVIDIA', free_count: 12, gpu_count: 16 },
    ...{ node_count: 2, fits_1: 12, fits_2: 6, fits_4: 3, fits_8: 1, timestamp: now }
  },
  {
    ...{ gpu_name: null, vendor: null, free_count: 0, gpu_count: 2 },
    ...{ node_count: 0, fits_1: 0, fits_2: 0, fits_4: 0, fits_8: 0, timestamp: now }
  }
]
const nodes = [
  {
    ...{ node_name: 'node-1', gpu_models: ['NVIDIA H100'], free_count: 2, gpu_count: 8 },
    ...{ gpu_indexes: [0, 3], memory_free_min: 79.4, cluster: null, ...times }
  },
  {
    ...{ node_name: null, gpu_models: [], free_count: 1, gpu_count: 1 },
    ...{ gpu_indexes: [], memory_free_min: null, cluster: null, ...times }
  }
]
const gpu = given => ({ ...row({ ...given, gpu_name: 'NVIDIA H100' }), held: null, idle_s: null })
const gpus = [
  {
    ...gpu({ gpu_index: 3, utilization: 0, memory_free: 79, memory_total: 80 }),
    ...{ idle_s: 900, held: false }
  },
  { ...gpu({ gpu_index: 4 }), held: true },
  gpu({ gpu_index: 5, mig_instance_id: 1, mig_profile: '3g.40gb' })
]
const ENDPOINT = /\/v1\/gpu\/available\?/
const rows = { model: models, node: nodes, gpu: gpus }
const answer = url =>
  ENDPOINT.test(url)
    ? good(rows[new URL(url).searchParams.get('by')])
    : serve([row({ gpu_index: 3 })])(url)

export async function available(address) {
  await tables(address)
  await terms(address)
  await toCard(address)
  await nothing(address)
  await part(address)
}

async function tables(address) {
  const it = await open(`${address}#/available`, { answer })
  const { page } = it
  await state(page, 'live')
  assert.deepEqual(await cells(page), [
    ['NVIDIA H100', 'NVIDIA', '12 of 16', '2', '12', '6', '3', '1'],
    ['–', '–', '0 of 2', '0', '0', '0', '0', '0']
  ])
  await page.getByRole('button', { name: 'Node', exact: true }).click()
  await page.locator('.rows td', { hasText: '0, 3' }).waitFor()
  assert.deepEqual(
    (await cells(page)).map(all => all.slice(0, -1)),
    [
      ['node-1', 'NVIDIA H100', '2 of 8', '0, 3', '79.4 GiB'],
      ['?', '', '1 of 1', '', '–']
    ]
  )
  await page.getByRole('button', { name: 'GPU', exact: true }).click()
  await page.locator('.rows td', { hasText: '3g.40gb' }).waitFor()
  // What nobody knows is neither yes nor no.
  assert.deepEqual(
    (await cells(page)).map(all => all.slice(0, -1)),
    [
      ['node-1 · 3', 'NVIDIA H100', '–', '79.0 of 80\u00a0GiB', '0 %', '15 min', 'no'],
      ['node-1 · 4', 'NVIDIA H100', '–', '–', '–', '–', 'yes'],
      ['node-1 · 5 / 1', 'NVIDIA H100', '3g.40gb', '–', '–', '–', '–']
    ]
  )
  await it.close()
}

/** What the last one of them asked for. */
const asked = ({ asked }) =>
  Object.fromEntries(new URL(asked.findLast(url => ENDPOINT.test(url))).searchParams)

// What somebody wants is in the address, and is asked for; what is none is not.
async function terms(address) {
  const it = await open(`${address}#/available`, { answer })
  const { page } = it
  await state(page, 'live')
  assert.deepEqual(asked(it), { by: 'model', limit: '1000' })
  const next = act => Promise.all([page.waitForRequest(ENDPOINT), act()])
  const fill = (label, value) => async () => {
    await page.getByLabel(label).fill(value)
    await page.keyboard.press('Enter')
  }
  await next(fill('GPUs on one node', '8'))
  await next(fill('GiB free on each', '20'))
  await next(() => page.getByLabel('Idle for').selectOption('1 h'))
  await next(() => page.getByLabel('Held by workloads').selectOption('included'))
  await next(() => page.locator('.seg [data-id=gpu]').click())
  await next(() => page.getByRole('button', { name: 'Emptiest first' }).click())
  await next(() => page.locator('.seg [data-id=model]').click())
  const wanted = {
    ...{ by: 'model', count: '8', memory_free: '20..', idle_for: '1h', held: 'include' },
    ...{ order: 'spread', limit: '1000' }
  }
  assert.deepEqual(asked(it), wanted)
  await fill('GPUs on one node', '65')()
  assert.match(page.url(), /#\/available\?count=8&free=20&idle=1h&held=include&fit=spread$/)
  const href = await page.getByRole('link', { name: 'CSV' }).getAttribute('href')
  assert.match(href, /available\?by=model&count=8&.*&order=spread&format=csv$/)
  // Somebody else sees the same.
  await page.reload()
  await state(page, 'live')
  assert.deepEqual(asked(it), wanted)
  assert.equal(await page.getByLabel('GPUs on one node').inputValue(), '8')
  // The way to the nodes with such cards keeps it.
  await page.getByRole('link', { name: 'NVIDIA H100' }).click()
  await page.locator('.rows td', { hasText: '0, 3' }).waitFor()
  assert.deepEqual(asked(it), { ...wanted, by: 'node' })
  assert.deepEqual(await names(page), ['node-1'])
  await it.close()
}

const names = async page => (await cells(page)).map(([name]) => name)

// By keys: from a free GPU to its card; from a node to its view.
async function toCard(address) {
  const it = await open(`${address}#/available?by=gpu`, { answer })
  const { page } = it
  await page.locator('.rows tbody tr').nth(2).waitFor()
  await page.locator('table[role=grid]').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/gpu\/node-1\/3$/)
  await page.goto(`${address}#/available?by=node`)
  await page.getByRole('link', { name: 'node-1' }).click()
  await page.waitForURL(/#\/node\/node-1$/)
  await it.close()
}

// None is free, with what speaks against it; or that cannot be told.
async function nothing(address) {
  const why = 'GPUs left out since nobody tells who has them: 6'
  const it = await open(`${address}#/available?by=gpu`, { answer: () => good([], [why]) })
  const { page } = it
  await page.getByText('No GPU is known to be free on these terms').waitFor()
  await page.getByText(why).waitFor()
  assert.equal(await page.locator('.rows tr:visible').count(), 0)
  it.answer = () => FAULTS['a 502 of the API'].answer
  await page.getByRole('button', { name: 'Node', exact: true }).click()
  await state(page, 'error')
  assert.doesNotMatch(await shown(page), /free on these terms|left out since/)
  // Another question can be asked, all the same.
  assert.ok(await page.getByLabel('GPUs on one node').isVisible())
  await it.close()
}

// The API has no more than a thousand at once.
async function part(address) {
  const it = await open(`${address}#/available?by=gpu`, {
    answer: url => {
      const answer = good(gpus)
      const body = { ...JSON.parse(answer.body), page: { total: 9500 } }
      return ENDPOINT.test(url) ? { ...answer, body: JSON.stringify(body) } : undefined
    }
  })
  await it.page.getByText('The first 3 of 9,500').waitFor()
  await it.close()
}
