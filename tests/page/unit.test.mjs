// What needs no browser.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { written } from '../src/page/api.js'
import { topOf } from '../src/page/attention.js'
import { SERIES } from '../src/page/chart.js'
import { Clocks, pauseOf, resource, stateOf, take, timesOf } from '../src/page/refresh.js'
import { FLAG, Roll, nameOf, summarize } from '../src/page/fleet.js'
import { NONE, fixed, memory, memoryOf, number, power, span, together } from '../src/page/format.js'
import { STEPS, colours, niceAbove, stepOf, timeTicks } from '../src/page/scale.js'
import { searcher } from '../src/page/search.js'
import { queryOf } from '../src/page/listing.js'
import { inOrderOf, sorted } from '../src/page/order.js'
import { english } from '../src/page/text.js'
import { JA } from '../src/page/text-ja.js'
import { PARAMS, checkSort, parse, print } from '../src/page/url.js'
import { row, sortsOf, workload } from './rows.mjs'

const at = name => new URL(`../src/page/${name}`, import.meta.url)

test('a comma is of a list, or of a text', () => {
  assert.equal(written({ a: 'x,y', b: ['x,y', 'z &'], c: '' }), 'a=x%2Cy&b=x%2Cy,z%20%26&c=')
})

test('an address says the same again', () => {
  const given = {
    q: 'a b&c=d%,é',
    sort: '-utilization',
    metric: 'power',
    order: 'value',
    range: '7d',
    from: '2026-01-02T03:04:05Z',
    to: '2026-01-02T04:00:00Z',
    refresh: 30,
    tz: 'utc',
    cluster: 'x/y',
    uuid: 'ab',
    group: 'user',
    cols: ['model', 'uuid'],
    by: 'node',
    count: 8,
    free: 20,
    idle: '1h',
    held: 'include',
    fit: 'spread',
    page: 3
  }
  assert.deepEqual(Object.keys(given).sort(), Object.keys(PARAMS).sort())
  for (const path of [
    ['node-1', '0'],
    ['a/b?c#d&e=f', '7'],
    ['ノード', '1', '3']
  ]) {
    const params = { ...given, sort: '' }
    const route = parse(print({ view: 'gpu', path, params }))
    assert.deepEqual(route, { view: 'gpu', path, params, bad: [] })
  }
  const sorted = { view: 'gpus', path: [], params: { ...given, cols: ['model', 'utilization'] } }
  assert.deepEqual(parse(print(sorted)), { ...sorted, bad: [] })
  assert.equal(print({ view: 'fleet', params: parse('').params }), '#/')
})

test('an address that is none names what is wrong', async () => {
  for (const [hash, bad] of [
    ['#/?range=1y', ['range']],
    ['#/?refresh=1', ['refresh']],
    ['#/?refresh=99999999999', ['refresh']],
    ['#/?nonsense=1', ['nonsense']],
    ['#/?__proto__=1', ['__proto__']],
    ['#/nothing', ['nothing']],
    ['#/?q=%', ['q']],
    ['#/available?by=rack&count=65&free=-1&idle=2h', ['by', 'count', 'free', 'idle']],
    ['#/available?by=node&sort=fits_8', ['sort']],
    ['#/node', ['node']],
    ['#/?cols=model,foo', ['cols']],
    ['#/gpus?page=0', ['page']],
    ['#/gpus?sort=nonsense', ['sort']],
    ['#/gpus?sort=fan_speed', ['sort']],
    ['#/gpus?sort=fan_speed&cols=fan_speed', []],
    ['#/processes?sort=-pid', []],
    ['#/processes?sort=-pid&group=user', ['sort']],
    ['#/workloads?sort=-gpu_memory', []],
    ['#/workloads?sort=pid', ['sort']],
    ['#/workloads/ml', ['workloads/ml']],
    ['#/namespaces?sort=-idle_gpu_count', []],
    ['#/namespaces?sort=state', ['sort']],
    ['#/?sort=utilization', ['sort']],
    ['#/nodes/', []],
    ['#/nodes/1', ['nodes/1']],
    ['#/gpu/n/0/1/2', ['gpu/n/0/1/2']],
    ['#/?from=yesterday&to=2026-01-02T04:00:00Z', ['from', 'to']],
    ['#/?from=2026-01-02T04:00:00Z', ['from', 'to']],
    ['#/?from=2026-01-02T04:00:00Z&to=2026-01-02T03:00:00Z', ['from', 'to']],
    ['#/?from=2026-13-02T04:00:00Z&to=2026-14-02T05:00:00Z', ['from', 'to']]
  ]) {
    const route = parse(hash)
    checkSort(route, await sortsOf(route))
    assert.deepEqual(route.bad, bad, hash)
  }
})

test('the first script takes any address', () => {
  const script = readFileSync(new URL('../src/page/early.js', import.meta.url), 'utf8')
  for (const [hash, first] of [
    ['#/gpu/n/0', 'view-gpu'],
    ['#/constructor', 'view-fleet'],
    ['#/__proto__', 'view-fleet'],
    ['', 'view-fleet']
  ]) {
    const links = []
    const html = { dataset: {} }
    const document = {
      currentScript: { src: 'http://x/gpu/early.js' },
      createElement: () => ({}),
      head: { append: link => links.push(link.href) },
      documentElement: html
    }
    runInNewContext(script, {
      document,
      location: { hash },
      localStorage: { getItem: () => 'dark' }
    })
    assert.equal(links[0], `http://x/gpu/${first}.js`, hash)
    assert.equal(html.dataset.theme, 'dark')
  }
})

test('null is a dash, and 0 is 0', () => {
  for (const text of [
    number(null),
    together(memory(null)),
    together(power(undefined)),
    memoryOf(null, 80).used
  ])
    assert.equal(text, NONE)
  assert.equal(number(0), '0')
  assert.equal(together(memory(0)), '0\u00a0GiB')
})

test('numbers are as each of the languages has them', () => {
  const values = [
    0, 1, -1, 0.5, 1.5, 2.5, 0.05, 0.15, 999.95, 999999.5, 1234567.891, 1e15, -1234.5, 1e-9
  ]
  for (let i = 0; i < 2000; i++) values.push(((i * 7919) % 100003) / [1, 7, 10, 64, 1000][i % 5])
  for (const language of ['en', 'ja'])
    for (const most of [0, 1, 2]) {
      const least = new Intl.NumberFormat(language, { maximumFractionDigits: most })
      const all = new Intl.NumberFormat(language, {
        ...{ minimumFractionDigits: most, maximumFractionDigits: most }
      })
      for (const value of values) {
        assert.equal(number(value, most), least.format(value))
        assert.equal(fixed(value, most), all.format(value))
      }
    }
})

test('units fit the size', () => {
  assert.equal(together(memory(1023)), '1,023\u00a0GiB')
  assert.equal(together(memory(2048)), '2\u00a0TiB')
  assert.equal(together(power(3940000)), '3.94\u00a0MW')
  assert.deepEqual(memoryOf(7.49, 24), { used: '7.5', total: '24\u00a0GiB' })
  assert.deepEqual(
    [119, 120, 7199, 7200, 172800].map(s => `${span(s).count} ${span(s).unit}`),
    ['119 s', '2 min', '119 min', '2 h', '2 d']
  )
})

test('a time axis has labels enough, whatever its length and width', () => {
  const to = Date.parse('2026-03-10T12:34:56Z')
  for (const hours of [1 / 60, 0.25, 1, 6, 24, 168, 8760])
    for (const most of [3, 4, 6, 10, 20]) {
      const from = to - hours * 3600e3
      const ticks = timeTicks(from, to, most, true)
      assert.ok(ticks.length >= 1 && ticks.length <= most + 1, `${hours} ${most}: ${ticks.length}`)
      if (most >= 4 && hours >= 0.25 && hours <= 168)
        assert.ok(ticks.length >= 2, `${hours} ${most}: ${ticks.length}`)
      assert.ok(ticks.every(({ ms }) => ms >= from && ms <= to))
    }
  assert.deepEqual(
    timeTicks(to - 24 * 3600e3, to, 4, true).map(({ ms, isDay }) => [
      new Date(ms).toISOString().slice(5, 16),
      isDay
    ]),
    [
      ['03-09T18:00', false],
      ['03-10T00:00', true],
      ['03-10T06:00', false],
      ['03-10T12:00', false]
    ]
  )
  // Days stay what they are a day later.
  const days = end => timeTicks(end - 168 * 3600e3, end, 4, true).map(({ ms }) => ms / 864e5)
  const before = days(to)
  for (const day of days(to + 864e5)) assert.ok(before.includes(day) || day > to / 864e5, `${day}`)
  assert.deepEqual(timeTicks(to, to, 0, true), [])
})

test('lines are seen on their ground, and none looks like an alarm', () => {
  const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16))
  const luminance = hex =>
    rgb(hex)
      .map(x => x / 255)
      .map(x => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
      .reduce((sum, x, i) => sum + [0.2126, 0.7152, 0.0722][i] * x, 0)
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p)
    return (x + 0.05) / (y + 0.05)
  }
  const apart = (a, b) => Math.hypot(...rgb(a).map((x, i) => x - rgb(b)[i]))
  const css = readFileSync(new URL('../src/page/page.css', import.meta.url), 'utf8')
  const [light, dark] = [css, css.slice(css.indexOf("data-theme='dark'"))]
  const colour = (text, name) => {
    const [, hex] = text.match(new RegExp(`--${name}: (#\\w+);`))
    return hex.length === 7 ? hex : hex.replace(/\w/g, '$&$&')
  }
  for (const [name, text] of Object.entries({ light, dark })) {
    assert.equal(new Set(SERIES[name]).size, 8)
    for (const it of SERIES[name]) {
      assert.ok(contrast(it, colour(text, 'panel')) >= 3, `${name} ${it}`)
      for (const alarm of ['bad', 'warn', 'ok'])
        assert.ok(apart(it, colour(text, alarm)) > 50, `${name} ${it} is like ${alarm}`)
    }
  }
})

test('more is darker on light ground, and lighter on dark', () => {
  const luminance = text =>
    text
      .match(/\d+/g)
      .map(Number)
      .reduce((sum, x, i) => sum + [0.2126, 0.7152, 0.0722][i] * (x / 255) ** 2.2, 0)
  for (const [isDark, sign] of [
    [false, -1],
    [true, 1]
  ]) {
    const all = colours(isDark).map(luminance)
    assert.equal(all.length, STEPS)
    for (let i = 1; i < all.length; i++)
      assert.ok(sign * (all[i] - all[i - 1]) > 0, `${isDark} ${i}`)
  }
  assert.deepEqual(
    [0, 100, 101, -1, 50].map(x => stepOf(x, 0, 100)),
    [0, STEPS - 1, STEPS - 1, 0, STEPS / 2]
  )
  assert.deepEqual([0, 1, 3, 700, 1001].map(niceAbove), [1, 1, 5, 1000, 2000])
})

const reply = more => ({
  ok: true,
  data: [],
  warnings: [],
  fault: '',
  error: '',
  status: 200,
  requestId: '',
  cache: 'MISS',
  date_ms: 0,
  received_ms: 0,
  took_ms: 1,
  retryAfter_s: null,
  ...more
})

test('states follow from answers and time', () => {
  const it = resource('x')
  assert.equal(stateOf(it, 5, 0, true, 0), 'loading')
  take(it, reply({ ok: false, fault: 'api', received_ms: 1000 }))
  assert.equal(stateOf(it, 5, 1000, true, 0), 'error')
  take(it, reply({ received_ms: 2000 }))
  assert.equal(stateOf(it, 5, 2000, true, 0), 'live')
  assert.equal(stateOf(it, 5, 2000, false, 0), 'disconnected')
  assert.equal(stateOf(it, 5, 28000, true, 0), 'stale')
  assert.equal(stateOf(it, 0, 9e9, true, 0), 'live')
  take(it, reply({ ok: false, fault: 'network', received_ms: 7000 }))
  assert.equal(stateOf(it, 5, 7000, true, 0), 'stale')
  assert.equal(stateOf(it, 5, 61999, true, 0), 'stale')
  assert.equal(stateOf(it, 5, 62000, true, 0), 'disconnected')
  // Somebody else has just had it renewed; or nobody can.
  take(it, reply({ received_ms: 70000, cache: 'STALE' }))
  assert.equal(stateOf(it, 5, 70000, true, 2), 'live')
  assert.equal(stateOf(it, 5, 70000, true, 6), 'stale')
  take(it, reply({ ok: false, fault: 'sign-in', received_ms: 71000 }))
  assert.equal(stateOf(it, 5, 71000, true, 0), 'sign-in')
})

test("age is by the servers' clocks, however far they are apart", () => {
  const clocks = new Clocks()
  const times = timesOf([
    { timestamp: '2026-01-02T03:04:05Z', measured_at: '2026-01-02T03:03:55Z' },
    { timestamp: '2026-01-02T03:04:05Z', measured_at: '2026-01-02T03:04:01Z' },
    { timestamp: null, measured_at: null }
  ])
  const asked = Date.parse('2026-01-02T03:04:05Z')
  assert.deepEqual(clocks.ageAtReceipt(reply({ date_ms: asked + 600000 }), times), {
    age_s: 4,
    held_s: 0
  })
  assert.deepEqual(clocks.ageAtReceipt(reply({ date_ms: asked + 630000, cache: 'STALE' }), times), {
    age_s: 34,
    held_s: 30
  })
  assert.deepEqual(clocks.ageAtReceipt(reply({}), { asked_ms: null, newest_ms: null }), {
    age_s: null,
    held_s: 0
  })
})

test('who fails is asked less often, and never at once', () => {
  assert.equal(pauseOf(5, 0, null, 0.5), 5000)
  assert.deepEqual(
    [1, 2, 3, 4, 9].map(n => pauseOf(5, n, null, 0.5)),
    [5000, 10000, 20000, 40000, 60000]
  )
  assert.equal(pauseOf(5, 1, 30, 0.5), 30000)
  assert.ok(pauseOf(0, 1, null, 0) > 1000)
})

test('sums say of how many', () => {
  const rows = [
    row({
      utilization: 0,
      memory_used: 10,
      memory_total: 80,
      power_draw: 100,
      power_limit: 400,
      temperature: 90
    }),
    row({ gpu_index: 1, utilization: 50, power_draw: 399, power_limit: 400, xid: 79 }),
    row({ gpu_index: 2 })
  ]
  const it = summarize(rows, null)
  assert.deepEqual(
    [it.cards, it.nodes, it.busy, it.idle, it.unknown, it.heldIdle, it.atLimit, it.hot],
    [3, 1, 1, 1, 1, 1, 1, 1]
  )
  assert.deepEqual(
    [
      it.utilization.sum,
      it.utilization.count,
      it.memoryTotal.sum,
      it.memoryTotal.count,
      it.power.count
    ],
    [50, 2, 80, 1, 2]
  )
  assert.deepEqual(
    [...it.flags],
    [FLAG.card | FLAG.hot | FLAG.held, FLAG.card | FLAG.limit | FLAG.xid, FLAG.card | FLAG.unknown]
  )
})

test('what a card has is not counted for each instance', () => {
  const rows = ['1', '2', '3'].map(mig_instance_id =>
    row({ mig_instance_id, power_draw: 300, power_limit: 400, temperature: 60, utilization: 10 })
  )
  const it = summarize(rows, null)
  assert.deepEqual([it.rows, it.cards, it.power.sum, it.utilization.count], [3, 1, 300, 3])
  assert.deepEqual([...it.flags], [FLAG.card, 0, 0])
})

test('who was there and is not is gone, until it is back', () => {
  const roll = new Roll()
  const [a, b] = [row({}), row({ gpu_index: 1 })]
  roll.call([a, b], 1000)
  assert.equal(roll.gone.size, 0)
  roll.call([a], 2000)
  assert.deepEqual(
    [...roll.gone.values()].map(it => [nameOf(it.row), it.since_ms]),
    [['node-1 · 1', 2000]]
  )
  roll.call([a], 3000)
  assert.equal([...roll.gone.values()][0].since_ms, 2000)
  roll.call([a, b], 4000)
  assert.equal(roll.gone.size, 0)
  // As many as before, but another one.
  roll.call([a, row({ gpu_index: 2 })], 5000)
  assert.deepEqual(
    [...roll.gone.values()].map(it => [nameOf(it.row), it.since_ms]),
    [['node-1 · 1', 5000]]
  )
})

test('search finds by words, names and limits', () => {
  const it = row({ utilization: 95, temperature: null, xid: 0, gpu_name: 'NVIDIA H100' })
  for (const [q, found] of [
    ['h100', true],
    ['node:node-1', true],
    ['node:x', false],
    ['util>90', true],
    ['util>95', false],
    ['temp<80', false],
    ['temp>=0', false],
    ['xid:', true],
    ['xid:0', true],
    ['xid:1', false],
    ['h100 util>90', true],
    ['h100 util<90', false],
    ['unknown:', false],
    ['busy:', true],
    ['<script>', false],
    ['__proto__:x', false],
    ['constructor:', false]
  ])
    assert.equal(searcher(q)(it), found, q)
  assert.equal(searcher('  '), null)
})

test('search finds workloads', () => {
  const it = workload({ state: 'idle', job_id: '1234_5', job_user: 'ada', owner_name: 'sweep' })
  for (const [q, found] of [
    ['namespace:ml', true],
    ['namespace:ml pod:train', true],
    ['pod:wait', false],
    ['state:idle', true],
    ['state:active', false],
    ['job:1234', true],
    ['user:ada', true],
    ['sweep', true],
    ['dcgm', true],
    ['nobody', false]
  ])
    assert.equal(searcher(q)(it), found, q)
})

test('search finds models of workloads and nodes', () => {
  const node = { node_name: 'n1', gpu_index: null, gpu_models: ['NVIDIA H100', 'NVIDIA A100'] }
  for (const it of [node, workload({ gpu_name: 'NVIDIA H100' })]) {
    for (const q of ['model:h100', 'h100', 'model:nvidia h100']) assert.ok(searcher(q)(it), q)
    for (const q of ['model:b200', 'b200']) assert.equal(searcher(q)(it), false, q)
  }
})

test('what leads to a row finds it, whatever its names', () => {
  for (const namespace of ['ml', 'two words', ' a  b ', '🔥'.repeat(200), 'x'.repeat(400)]) {
    const q = queryOf({ namespace, pod: null, job: '7' })
    assert.ok(q.length <= 300, q)
    // Half a surrogate pair cannot be encoded.
    assert.doesNotThrow(() => encodeURIComponent(q), q)
    assert.ok(searcher(q)(workload({ namespace, job_id: '7' })), q)
  }
  assert.equal(queryOf({ namespace: 'a b', pod: 'c', job: null }), 'namespace:a namespace:b pod:c')
})

test('the greatest are found among all, and equals stay as they were', () => {
  const rows = [3, 1, 5, 3, 9, 3].map((value, i) => ({ value, i }))
  assert.deepEqual(
    topOf(rows, ({ value }) => value).map(({ i }) => i),
    [4, 2, 0]
  )
  assert.deepEqual(
    topOf(rows.slice(0, 2), ({ value }) => value),
    rows.slice(0, 2)
  )
})

test('rows are sorted by numbers or names, and null is last either way', () => {
  const by = (values, isDown) =>
    sorted(
      values.map(value => ({ value })),
      { id: 'x', label: 'x', text: String, value: it => it.value },
      isDown
    ).map(it => it.value)
  assert.deepEqual(by([10, null, 9], false), [9, 10, null])
  assert.deepEqual(by([10, null, 9], true), [10, 9, null])
  assert.deepEqual(by(['n-10', 'n-9', null], false), ['n-9', 'n-10', null])
})

test('an order that is kept has who is new at its end, and nobody who is gone', () => {
  const rows = names => [...names].map(name => ({ name }))
  const kept = inOrderOf(rows('cab'), rows('dabe'), it => it.name)
  assert.equal(kept.map(it => it.name).join(''), 'abde')
})

const sources = new Map(
  readdirSync(at('.'))
    .filter(name => name.endsWith('.js'))
    .map(name => [name, readFileSync(at(name), 'utf8')])
)
/** Texts that a module brings, and the file that brings them. */
const homes = new Map(
  [...sources].flatMap(([name, source]) =>
    (source.match(/^(add\(|const EN = )\{\n[^}]*?(\{\w+\}[^}]*?)*\n\}/gm) ?? []).flatMap(texts =>
      [...texts.matchAll(/^ {2}'?([\w-]+)'?:/gm)].map(([, key]) => [key, name])
    )
  )
)

/** A module and all that are loaded with it. */
function withImports(name, all = new Set()) {
  if (all.has(name)) return all
  all.add(name)
  for (const [, other] of sources.get(name).matchAll(/^(?:import|\} from|.* from) '\.\/(.*)'/gm))
    withImports(other, all)
  return all
}

test('who says something has the text, or loads it', async () => {
  let named = 0
  for (const [name, source] of sources) {
    const loaded = withImports(name)
    for (const [, key] of source.matchAll(/\bt\('(\w+)'/g)) {
      named++
      assert.ok(loaded.has(homes.get(key)), `${name}: ${key} of ${homes.get(key)}`)
    }
  }
  assert.ok(named > 150 && homes.size > 250)
})

test('each text is there in both languages, with the same places', async () => {
  for (const name of new Set(homes.values())) await import(at(name))
  assert.deepEqual(Object.keys(english()).sort(), [...homes.keys()].sort())
  const places = text => (text.match(/\{\w+\}/g) ?? []).sort().join()
  assert.deepEqual(Object.keys(JA).sort(), Object.keys(english()).sort())
  for (const [key, text] of Object.entries(english()))
    assert.equal(places(JA[key]), places(text), key)
})
