// From the fleet to a node's GPU and back, without a mouse; and nothing that is
// refreshed takes the focus away.
import assert from 'node:assert/strict'
import { fleet, open, serve, state } from './browser.mjs'

// Each of them is as the first.
const REFRESHES = 10

const focused = page =>
  page.evaluate(() =>
    `${document.activeElement.tagName} ${document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent}`.slice(
      0,
      80
    )
  )

async function tabTo(page, wanted) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if (wanted.test(await focused(page))) return
  }
  assert.fail(`Tab does not reach ${wanted}, but ${await focused(page)}`)
}

export async function keyboard(address) {
  await wayThrough(address)
  await table(address)
  await chartCursor(address)
  await singleKeys(address)
  await focusStays(address)
}

async function wayThrough(address) {
  const it = await open(`${address}#/`)
  const { page } = it
  await state(page, 'live')
  await page.keyboard.press('Tab')
  assert.equal(await focused(page), 'BUTTON Skip to the content')
  await page.keyboard.press('Enter')
  assert.match(await focused(page), /^MAIN/)
  await tabTo(page, /^CANVAS Heat map/)
  await page.keyboard.press('ArrowRight')
  assert.match(await page.locator('.tip').innerText(), /^node-1 · 1,/)
  await page.locator('.map .unseen', { hasText: 'node-1 · 1,' }).waitFor()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/gpu\/node-1\/0$/)
  await page.locator('h1', { hasText: 'node-1 · 0' }).waitFor()
  await page.waitForFunction(() => document.activeElement.tagName === 'H1')
  await tabTo(page, /^A 1$/)
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/gpu\/node-1\/1$/)
  await page.keyboard.press('Escape')
  await page.waitForURL(/#\/gpu\/node-1\/0$/)
  await page.keyboard.press('Escape')
  await page.waitForURL(/#\/$/)
  await it.close()
}

async function table(address) {
  const it = await open(`${address}#/gpus`, { answer: serve(fleet(2000)) })
  const { page } = it
  await state(page, 'live')
  await tabTo(page, /^TABLE GPUs/)
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown')
  const active = () =>
    page.evaluate(() =>
      document
        .getElementById(document.activeElement.getAttribute('aria-activedescendant'))
        ?.getAttribute('aria-rowindex')
    )
  assert.equal(await active(), '5')
  await page.keyboard.press('End')
  await page.waitForFunction(
    () => document.querySelector('tr.active')?.getAttribute('aria-rowindex') === '2001'
  )
  assert.equal(await active(), '2001')
  assert.equal(await page.locator('table[role=grid]').getAttribute('aria-rowcount'), '2001')
  assert.ok(await page.locator('tr.active').isVisible())
  // Nor is it under the header.
  assert.ok(
    await page.evaluate(
      () =>
        document.querySelector('tr.active').getBoundingClientRect().top >
        document.querySelector('thead').getBoundingClientRect().bottom - 1
    )
  )
  await page.keyboard.press('Enter')
  await page.waitForURL(/#\/gpu\/gpu-node-250\/7$/)
  await it.close()
}

async function chartCursor(address) {
  const it = await open(`${address}#/gpu/gpu-node-1/0`, { answer: serve(fleet(8)) })
  await it.page.locator('.plot canvas').first().waitFor()
  await tabTo(it.page, /^DIV Chart of Utilization/)
  await it.page.keyboard.press('End')
  await it.page.keyboard.press('ArrowLeft')
  assert.match(await it.page.locator('.readout').first().innerText(), /: \d+ %$/)
  await it.close()
}

async function singleKeys(address) {
  const it = await open(`${address}#/`)
  const { page } = it
  await state(page, 'live')
  await page.keyboard.press('p')
  await page.locator('.pause', { hasText: 'paused' }).waitFor()
  await Promise.all([page.waitForRequest(/metrics/), page.keyboard.press('r')])
  await page.keyboard.press('/')
  assert.match(await focused(page), /^INPUT Search/)
  await page.keyboard.type('p?/r')
  assert.equal(await page.locator('#search').inputValue(), 'p?/r')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.locator('dialog[open]').waitFor()
  await page.getByLabel('Keys without Ctrl').selectOption('off')
  await page.keyboard.press('Escape')
  await page.locator('dialog[open]').waitFor({ state: 'detached' })
  await page.locator('h1').focus()
  await page.keyboard.press('/')
  assert.doesNotMatch(await focused(page), /^INPUT/)
  await it.close()
}

// Whatever has it, through refreshes with answers that differ.
async function focusStays(address) {
  let turn = 0
  const rows = fleet(400)
  const it = await open(`${address}#/`, {
    answer: url =>
      serve(
        rows.map((it, i) => ({ ...it, utilization: turn, power_draw: 690 + ((i + turn) % 10) }))
      )(url)
  })
  const { page } = it
  await state(page, 'live')
  for (const wanted of ['.list a', '.tiles a', 'canvas[tabindex]']) {
    await page.locator(wanted).first().focus()
    const [before] = (await focused(page)).split(' ')
    for (let i = 0; i < REFRESHES; i++) {
      turn++
      await page.keyboard.press('r')
      await page.locator('.tile .v', { hasText: `${turn} % on average` }).waitFor()
    }
    assert.equal((await focused(page)).split(' ')[0], before, wanted)
  }
  await it.close()
}
