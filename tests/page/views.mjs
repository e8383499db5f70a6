// What each view shows of the real fleet.
import assert from 'node:assert/strict'
import { checkSort, parse } from '../src/page/url.js'
import { VIEWS, fleet, good, history, open, serve, shown, state } from './browser.mjs'
import { ills, row, sortsOf, tenants, workload } from './rows.mjs'

export async function views(address) {
  for (const { name, hash } of VIEWS) await oneView(address, name, hash)
  await frontPage(address)
  await charts(address)
  await zoom(address)
  await sparklines(address)
  await pages(address)
  await sorts(address)
  await heatMap(address)
  await searching(address)
  await orderIsKept(address)
  await instances(address)
  await japanese(address)
}

async function oneView(address, name, hash) {
  const it = await open(address + hash)
  await state(it.page, 'live')
  assert.equal(await it.page.locator('h1').count(), 1, name)
  assert.equal(
    await it.page.evaluate(
      () =>
        document.querySelectorAll('[id]').length ===
        new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size
    ),
    true
  )
  const wanted = {
    fleet: ['GPUs on 3 nodes', 'Needs attention', 'Every GPU'],
    nodes: ['node-1', 'node-3', 'NVIDIA A100-SXM4-80GB'],
    node: ['GPU 0', 'GPU 1'],
    gpus: ['node-1 · 0', 'node-3 · 1'],
    gpu: ['node-1 · 0', 'Power limit', 'Not reported by', 'No exporter tells which workload'],
    workloads: ['No exporter tells which workload has a GPU'],
    available: ['NVIDIA A100-SXM4-80GB', 'Jobs of 1 fit'],
    problems: ['Problems', 'CSV'],
    namespaces: ['No exporter tells which workload has a GPU', 'of no namespace'],
    processes: ['No exporter here tells of processes'],
    status: [
      'healthy',
      '/api/v1/gpu/workloads',
      'nvidia-gpu-list-exporter',
      'No exporter tells which'
    ]
  }[name]
  await it.page
    .waitForFunction(
      all => all.every(words => document.getElementById('main').innerText.includes(words)),
      wanted
    )
    .catch(() => {})
  const text = await shown(it.page)
  for (const words of wanted) assert.ok(text.includes(words), `${name} has no "${words}": ${text}`)
  assert.ok(!/undefined|NaN|\[object|Infinity/.test(text), `${name}: ${text}`)
  await it.close()
}

async function frontPage(address) {
  const it = await open(new URL('/', address).href)
  await state(it.page, 'live')
  assert.equal(new URL(it.page.url()).pathname, '/gpu/')
  assert.match(await it.page.title(), /^Fleet/)
  await it.close()
}

async function charts(address) {
  const rows = [0, 1].map(gpu_index =>
    row({
      gpu_index,
      utilization: 40,
      memory_used: 10,
      memory_total: 80,
      power_draw: 100,
      power_limit: 400,
      temperature: 50
    })
  )
  for (const [hash, lines] of [
    ['#/gpu/node-1/0', 1],
    ['#/node/node-1', 2],
    ['#/', 1]
  ]) {
    const it = await open(address + hash, { answer: serve(rows, { histories: lines }) })
    await it.page.locator('.plot canvas').first().waitFor()
    await it.page.locator('.chart-panel button', { hasText: 'Show as table' }).first().click()
    const table = it.page.locator('.points table').first()
    const expected = history(hash === '#/' ? 1 : lines)
    assert.equal(await table.locator('tbody tr').count(), 40)
    assert.equal(
      await table.locator('tbody tr').first().locator('td').count(),
      1 + (hash === '#/' ? 1 : lines)
    )
    // What nobody measured is no number.
    const gap = expected.columns[0].length - 1 - 23
    assert.match(await table.locator('tbody tr').nth(gap).locator('td').nth(1).innerText(), /^–$/)
    assert.match(await table.locator('tbody tr').first().locator('td').nth(1).innerText(), /^\d+ /)
    await it.close()
  }
  // As the API has it.
  const real = await open(`${address}#/gpu/node-1/0?range=15m`)
  await real.page.waitForFunction(() => document.querySelectorAll('.plot canvas').length >= 4)
  await real.close()
  const it = await open(`${address}#/gpu/node-1/0`, {
    answer: url =>
      url.includes('/history')
        ? {
            status: 404,
            headers: { 'Content-Type': 'application/json' },
            body: '{"success":false,"data":null,"message":null,"error":"No such path"}'
          }
        : undefined
  })
  await it.page.getByText('This server has no history').first().waitFor()
  assert.equal(await it.page.locator('.plot canvas').count(), 0)
  await state(it.page, 'live')
  await it.close()
}

// A part of a chart is asked for anew, by dragging and without; and all of them again.
async function zoom(address) {
  const it = await open(`${address}#/gpu/node-1/0`, { answer: serve([row({ utilization: 40 })]) })
  const { page } = it
  const plot = page.locator('.plot').first()
  await plot.locator('canvas').first().waitFor()
  const box = await plot.boundingBox()
  const at = part => [box.x + 60 + part * (box.width - 60), box.y + 60]
  const spanOf = url => {
    const { params, bad } = parse(new URL(url).hash)
    assert.deepEqual(bad, [])
    return [params.from, params.to].map(time => Date.parse(time) / 1000)
  }
  const [asked] = await Promise.all([
    page.waitForRequest(/history.*start=/),
    (async () => {
      await page.mouse.move(...at(0.25))
      await page.mouse.down()
      await page.mouse.move(...at(0.5))
      assert.ok(await page.locator('.selection').first().isVisible())
      await page.mouse.move(...at(0.75))
      await page.mouse.up()
    })()
  ])
  const [from, to] = spanOf(page.url())
  // Of the 15 minutes that it showed.
  assert.ok(Math.abs(to - from - 450) < 30, `${to - from} s`)
  const { searchParams } = new URL(asked.url())
  assert.equal(Date.parse(searchParams.get('start')) / 1000, from)
  assert.equal(Date.parse(searchParams.get('end')) / 1000, to)
  assert.equal(searchParams.has('range'), false)
  await page.getByRole('button', { name: 'Zoom out' }).click()
  const [wideFrom, wideTo] = spanOf(page.url())
  assert.ok(wideTo - wideFrom > 1.9 * (to - from) && wideFrom < from)
  await page.getByRole('button', { name: 'Earlier' }).click()
  assert.ok(spanOf(page.url())[1] < wideTo)
  await page.getByRole('button', { name: 'Back to live' }).click()
  await page.waitForURL(/#\/gpu\/node-1\/0$/)
  await page.getByRole('button', { name: 'Zoom in' }).click()
  const [near, now] = spanOf(page.url())
  assert.equal(now - near, 1800)
  // A click is no selection.
  await page.goto(`${address}#/gpu/node-1/0?range=6h`)
  await plot.locator('canvas').first().waitFor()
  await plot.click()
  assert.match(page.url(), /range=6h$/)
  await it.close()
}

/** Whether something is drawn in a picture. */
const isDrawn = canvas =>
  canvas.evaluate(it =>
    it
      .getContext('2d')
      .getImageData(0, 0, it.width, it.height)
      .data.some(value => value > 0)
  )

// The last hour of nodes that are in sight; of what nobody measured there is none.
async function sparklines(address) {
  const answers = serve(fleet(1000))
  const it = await open(`${address}#/nodes`, {
    answer: url => {
      if (!url.includes('by=node')) return answers(url)
      const { body } = answers(url)
      const { data } = JSON.parse(body)
      data.columns[2] = data.columns[2].map(() => null)
      return good(data)
    }
  })
  const trend = i => it.page.locator('.rows tbody tr').nth(i).locator('canvas').nth(1)
  await it.page.waitForResponse(/by=node/)
  await it.page.waitForFunction(() => {
    const canvas = document.querySelectorAll('.rows tbody tr canvas')[1]
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return data.some(value => value > 0)
  })
  assert.equal(await isDrawn(trend(1)), false)
  assert.equal(await isDrawn(trend(2)), true)
  const names = url => /[?&]node_name=([^&]*)/.exec(url)[1].split(',').map(decodeURIComponent)
  const first = names(it.asked.find(url => url.includes('by=node')))
  assert.ok(first.includes('gpu-node-1') && first.length <= 50, first.join())
  const [later] = await Promise.all([
    it.page.waitForRequest(url => url.url().includes('by=node') && url.url().includes('node-125')),
    it.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
  ])
  assert.equal(names(later.url()).includes('gpu-node-1'), false)
  await it.close()
}

// Pages of a hundred rows, which are all in the document; and rows in sight again.
async function pages(address) {
  const it = await open(`${address}#/gpus`, { answer: serve(fleet(250)) })
  const { page } = it
  await state(page, 'live')
  const rows = page.locator('.rows tbody tr')
  assert.ok((await rows.count()) < 100)
  await page.getByLabel('100 rows a page').check()
  await page.waitForURL(/page=1$/)
  assert.equal(await rows.count(), 100)
  const next = page.getByRole('button', { name: 'Next' })
  await next.first().click()
  assert.equal(await rows.first().getAttribute('aria-rowindex'), '102')
  await next.last().click()
  await page.waitForURL(/page=3$/)
  await page.getByText('201 to 250 of 250').first().waitFor()
  assert.equal(await rows.count(), 50)
  assert.ok(await next.first().isDisabled())
  await page.locator('table[role=grid]').focus()
  await page.keyboard.press('End')
  assert.match(await page.locator('tr.active').innerText(), /^gpu-node-32 · 1/)
  await page.keyboard.press('Home')
  assert.match(await page.locator('tr.active').innerText(), /^gpu-node-26 · 0/)
  await page.locator('button.sort', { hasText: 'Power' }).click()
  await page.waitForURL(/page=1$/)
  await page.getByLabel('100 rows a page').uncheck()
  assert.ok((await rows.count()) < 100)
  await it.close()
}

// What a click sorts by is understood in the address.
async function sorts(address) {
  const it = await open(`${address}#/nodes`, {
    answer: serve(fleet(16), {
      processes: [{ ...fleet(1)[0], pid: 1, gpu_memory: 1 }],
      problems: ills(fleet(3)),
      workloads: [workload({ container: 'a', job_user: 'u', owner_name: 'o', requested: 1 })],
      namespaces: tenants(3),
      used: [{ namespace: 'team-1', gpu_hours: 2, idle_share: 0.5 }]
    })
  })
  const { page } = it
  for (const hash of [
    '#/nodes',
    '#/gpus',
    '#/available',
    '#/available?by=node',
    '#/available?by=gpu',
    '#/problems',
    '#/workloads',
    '#/namespaces',
    '#/processes',
    '#/processes?group=user'
  ]) {
    await page.goto(address + hash)
    // Without the view before.
    await page.reload()
    await page.locator('.rows tbody tr').first().waitFor()
    const count = await page.locator('button.sort').count()
    assert.ok(count >= 4, hash)
    for (let i = 0; i < count; i++) {
      await page.locator('button.sort').nth(i).click()
      await page.waitForFunction(
        nth => document.querySelectorAll('thead th')[nth]?.ariaSort,
        await page
          .locator('button.sort')
          .nth(i)
          .evaluate(it => it.closest('th').cellIndex)
      )
      const route = parse(new URL(page.url()).hash)
      assert.notEqual(route.params.sort, '')
      checkSort(route, await sortsOf(route))
      assert.deepEqual(route.bad, [], page.url())
    }
  }
  await it.close()
}

// Pixels of known cells: a value has its colour, what is not measured has none.
async function heatMap(address) {
  const rows = [
    row({ utilization: 0 }),
    row({ gpu_index: 1, utilization: 100 }),
    row({ gpu_index: 2 })
  ]
  const it = await open(`${address}#/`, { answer: serve(rows), colorScheme: 'light' })
  await state(it.page, 'live')
  const [low, high, none] = await it.page.evaluate(() => {
    const canvas = document.querySelector('.map canvas')
    const ratio = canvas.width / parseFloat(canvas.style.width)
    // Below the number, in the cells of 64 and 3 between.
    return [0, 1, 2].map(i => [
      ...canvas.getContext('2d').getImageData((i * 67 + 10) * ratio, (18 + 55) * ratio, 1, 1).data
    ])
  })
  assert.equal(low[3], 255)
  assert.equal(high[3], 255)
  assert.ok(low[0] > high[0] + 80, `${low} ${high}`)
  assert.equal(none[3], 0)
  await it.page.mouse.move(
    ...(await it.page
      .locator('.map canvas')
      .first()
      .boundingBox()
      .then(box => [box.x + 67 + 10, box.y + 18 + 20]))
  )
  assert.match(await it.page.locator('.tip').innerText(), /^node-1 · 1, .*Utilization 100 %/)
  await it.page.mouse.down()
  await it.page.mouse.up()
  await it.page.waitForURL(/#\/gpu\/node-1\/1$/)
  await it.close()
}

async function searching(address) {
  const it = await open(`${address}#/gpus`)
  await state(it.page, 'live')
  await it.page.keyboard.press('Control+k')
  await it.page.keyboard.type('node-2')
  await it.page.locator('.rows tbody tr').nth(2).waitFor({ state: 'detached' })
  assert.equal(await it.page.locator('.rows tbody tr').count(), 2)
  assert.match(it.page.url(), /#\/gpus\?q=node-2$/)
  assert.match(
    await it.page
      .locator('[role=status]')
      .allInnerTexts()
      .then(all => all.join()),
    /2 of 6 match/
  )
  await it.page.reload()
  await state(it.page, 'live')
  assert.equal(await it.page.locator('.rows tbody tr').count(), 2)
  await it.page.goto(`${address}#/gpus?q=nobody`)
  await it.page.getByText('Nothing matches "nobody"').waitFor()
  await it.page.getByRole('button', { name: 'Clear the search' }).click()
  await it.page.locator('.rows tbody tr').nth(5).waitFor()
  // Sorted by whom a click says, greatest first, and the address has it.
  await it.page.goto(`${address}#/gpus`)
  await it.page.locator('button.sort', { hasText: 'Power' }).click()
  await it.page.waitForURL(/sort=-power/)
  const watts = await it.page.locator('.rows tbody tr td:nth-child(6)').allInnerTexts()
  assert.deepEqual(
    watts.map(parseFloat),
    watts.map(parseFloat).sort((a, b) => b - a)
  )
  await it.close()
  const wrong = await open(`${address}#/gpus?range=forever&foo=1`)
  await wrong.page.getByText('Not understood in the address, and left out: range, foo').waitFor()
  await wrong.close()
}

// Rows do not move under the pointer, nor under the focus, though their values change.
async function orderIsKept(address) {
  let loads = [10, 20, 30]
  const answer = url =>
    serve(loads.map((utilization, gpu_index) => row({ gpu_index, utilization })))(url)
  const it = await open(`${address}#/gpus?sort=-utilization`, { answer })
  const { page } = it
  const names = () => page.locator('.rows tbody tr td:first-child').allInnerTexts()
  const load = text => page.locator('.rows tbody td', { hasText: text }).waitFor()
  const kept = state => page.locator('.kept').waitFor({ state })
  const change = async to => {
    loads = to
    await page.evaluate(() =>
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'r', bubbles: true }))
    )
    await load(`${to[0]} %`)
  }
  const [a, b, c] = [0, 1, 2].map(i => `node-1 · ${i}`)
  await load('30 %')
  assert.deepEqual(await names(), [c, b, a])

  await page.locator('.rows tbody tr').first().hover()
  await change([99, 20, 30])
  assert.deepEqual(await names(), [c, b, a])
  await kept('visible')
  await page.mouse.move(0, 0)
  await kept('hidden')
  assert.deepEqual(await names(), [a, c, b])

  await page.locator('.rows table').focus()
  await change([5, 20, 30])
  assert.deepEqual(await names(), [a, c, b])
  await page.getByRole('button', { name: 'Sort now' }).click()
  await kept('hidden')
  assert.deepEqual(await names(), [c, b, a])

  // What somebody asks for is done at once.
  await page.locator('button.sort', { hasText: 'Utilization' }).click()
  await page.waitForURL(/sort=utilization/)
  assert.deepEqual(await names(), [a, b, c])
  await it.close()
}

async function instances(address) {
  const rows = ['1', '2'].map((mig_instance_id, i) =>
    row({
      mig_instance_id,
      mig_profile: '3g.40gb',
      utilization: 10 * i,
      power_draw: 300,
      power_limit: 400,
      memory_used: 5,
      memory_total: 40
    })
  )
  const it = await open(`${address}#/`, { answer: serve(rows) })
  await state(it.page, 'live')
  const tiles = await it.page.locator('.tile .v').allInnerTexts()
  assert.match(tiles[0], /^1\b/)
  assert.match(tiles[3], /^300 of 400\s*W/)
  await it.page.goto(`${address}#/gpu/node-1/0/2`)
  await it.page.getByText('3g.40gb').waitFor()
  await it.close()
}

async function japanese(address) {
  const it = await open(`${address}?lang=ja#/`)
  await state(it.page, 'live')
  assert.equal(await it.page.evaluate(() => document.documentElement.lang), 'ja')
  assert.match(await shown(it.page), /3 ノードの GPU/)
  await it.close()
}
