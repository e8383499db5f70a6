// Each view, whatever the server does: at first, later, and again.
import assert from 'node:assert/strict'
import { FAULTS, SIGN_IN, VIEWS, good, open, shown, state, stateOf } from './browser.mjs'

const NUMBER = /\d/

export async function states(address) {
  const it = await open(address, { at_ms: Date.now() })
  for (const [i, view] of VIEWS.entries()) await oneView(it, address, view, i)
  await it.close()
  await empty(address)
  await slow(address)
  await warned(address)
  await cached(address)
  await offClock(address)
}

/** The view's own numbers; its name and its choices have some, too. */
const numbers = (page, view) =>
  page.evaluate(name => {
    const skipped =
      'h1, .seg, .plot, .readout, button, a, label, kbd, .note, [aria-hidden=true], .unseen'
    const main = document.getElementById('main')
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT)
    const texts = []
    while (walker.nextNode()) {
      const { parentElement } = walker.currentNode
      if (
        parentElement.closest(skipped) ||
        !parentElement.checkVisibility({ visibilityProperty: true }) ||
        (name === 'status' && parentElement.closest('.wide, dl'))
      )
        continue
      texts.push(walker.currentNode.textContent)
    }
    return texts.join(' ')
  }, view)

/** Charts tell by themselves why they are not shown. */
const always = answer => url =>
  url.includes('/history') ? FAULTS['a 502 of the API'].answer : answer

/** Each fault is the first answer of another view, and comes to all of them. */
async function oneView(it, address, view, nth) {
  const signIns = Object.entries(SIGN_IN)
  const all = [...Object.entries(FAULTS), ...signIns]
  const first = all[nth % all.length]
  const faults = [first, ...all.filter(it => it !== first && !signIns.includes(it)), ...signIns]
  it.answer = always(faults[0][1].answer)
  await it.again(address + view.hash)
  await firstAnswers(it, view, faults)
  it.answer = undefined
  // The last one has been to sign in, after which all is loaded anew.
  await it.page.locator('.banner button').click()
  await state(it.page, 'live')
  await laterAnswers(it, view)
}

// Before the first success there is no number; what failed is told, with its id.
async function firstAnswers(it, { name }, faults) {
  for (const [i, [fault, { answer, says, isSignIn = false }]] of faults.entries()) {
    it.answer = always(answer)
    if (i > 0) await it.page.keyboard.press('r')
    const banner = it.page.locator('.banner', { hasText: says })
    await banner.waitFor()
    const where = `${name}, ${fault}`
    assert.equal(await stateOf(it.page), isSignIn ? 'sign-in' : 'error', where)
    assert.match(await banner.innerText(), isSignIn ? /not let in/ : /nothing to show/, where)
    assert.doesNotMatch(await numbers(it.page, name), NUMBER, where)
    assert.match(await it.page.title(), isSignIn ? /^sign in – / : /^no data – /, where)
  }
}

const words = page => page.locator('.pill .words').innerText()

// Values stay, marked as old and older; then all is as before.
async function laterAnswers(it, { name, asks }) {
  await it.page.clock.runFor(1000)
  // A chart's own answer comes when it comes.
  await it.page.waitForFunction(() => !/Waiting for/.test(document.body.innerText))
  const before = name === 'status' ? '' : await numbers(it.page, name)
  it.answer = url => (asks.test(url) ? FAULTS['a 502 of the API'].answer : undefined)
  await it.page.clock.runFor(6000)
  await state(it.page, 'stale')
  const first = await words(it.page)
  assert.match(first, /^old · /, name)
  assert.match(
    await it.page.locator('.banner').innerText(),
    /These numbers are old[\s\S]*Failed to retrieve GPU metrics[\s\S]*since \d/,
    name
  )
  if (before) assert.equal(await numbers(it.page, name), before, name)
  for (let s = 0; s < 8; s++) await it.page.clock.runFor(8000)
  await state(it.page, 'disconnected')
  assert.match(await words(it.page), /^disconnected · /, name)
  assert.notEqual(await words(it.page), first, name)
  assert.match(await it.page.title(), /^disconnected – /)
  if (before) assert.equal(await numbers(it.page, name), before, name)
  it.answer = undefined
  await it.page.locator('.banner button').click()
  await state(it.page, 'live')
  assert.equal(await it.page.locator('.banner').isVisible(), false)
}

async function empty(address) {
  for (const { name, hash } of VIEWS.filter(
    view =>
      !['status', 'node', 'gpu', 'available', 'problems', 'workloads', 'processes'].includes(
        view.name
      )
  )) {
    const it = await open(address + hash, {
      answer: url =>
        /metrics|nodes|namespaces/.test(url) ? good([], ['No GPU exporter was found']) : undefined
    })
    await it.page.getByText('No GPU exporter was found').waitFor()
    assert.match(await shown(it.page), /No GPU is reported[\s\S]*curl/, name)
    await it.close()
  }
  for (const hash of ['#/gpu/node-9/4', '#/node/node-9']) {
    const it = await open(address + hash)
    await it.page.getByText(/No (GPU node-9 · 4|node node-9) is reported now/).waitFor()
    await it.close()
  }
}

async function slow(address) {
  const it = await open(`${address}#/`, { answer: () => 'never', clock: true })
  await it.page.getByText('Waiting for the first answer').waitFor()
  await it.page.clock.runFor(7000)
  await it.page.getByText('Still waiting for Prometheus').waitFor()
  assert.doesNotMatch(await numbers(it.page, 'fleet'), NUMBER)
  await it.close()
}

async function warned(address) {
  const it = await open(`${address}#/status`, {
    answer: url => (url.includes('/metrics') ? good([], ['GPUs missing on node-2: 0']) : undefined)
  })
  await it.page.getByText('GPUs missing on node-2: 0').waitFor()
  await it.close()
}

async function cached(address) {
  const it = await open(`${address}#/`)
  await state(it.page, 'live')
  const body = await (await fetch(new URL('../api/v1/gpu/metrics', address))).text()
  const then = new Date(Date.now() + 40000).toUTCString()
  it.answer = url =>
    url.includes('/metrics')
      ? {
          status: 200,
          headers: { 'Content-Type': 'application/json', 'X-Cache-Status': 'STALE', Date: then },
          body
        }
      : undefined
  await it.page.keyboard.press('r')
  await state(it.page, 'stale')
  assert.match(await it.page.locator('.banner').innerText(), /the last answer stands in/)
  assert.match(await words(it.page), /(3[5-9]|4\d|5\d) s ago/)
  await it.close()
}

// Somebody's clock is ten minutes off: the age is not.
async function offClock(address) {
  const it = await open(`${address}#/`, { clock: true })
  await it.page.clock.setSystemTime(Date.now() + 600000)
  await it.page.reload()
  await state(it.page, 'live')
  assert.match(await words(it.page), /^measured \d{1,2} s ago$/)
  await it.close()
}
