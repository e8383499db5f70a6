// No number that the server did not send, and nothing of a name that runs.
import assert from 'node:assert/strict'
import { VIEWS, good, open, serve, shown, state } from './browser.mjs'
import { namespace, problem, row, workload } from './rows.mjs'

// Of the page itself: what it calls hot and busy, its ranges, its keys.
const OWN = ['85', '1', '15', '6', '24', '7', '2', '5', '100', '0', '10', '20']
const UNITS = [1, 1024, 1024 ** 2, 1000, 1e6]

/** Each way in which the page may write a number. */
function written(value) {
  const all = []
  for (const unit of UNITS)
    for (const decimals of [0, 1, 2])
      all.push(
        ...[0, decimals].map(least =>
          new Intl.NumberFormat('en', {
            minimumFractionDigits: least,
            maximumFractionDigits: decimals
          }).format(value / unit)
        ),
        (value / unit).toFixed(decimals)
      )
  return all
}

const sum = (rows, key) => rows.reduce((all, it) => all + (it[key] ?? 0), 0)

/** What follows from rows of numbers: counts, sums, means, parts. */
function derived(rows) {
  const values = [rows.length, new Set(rows.map(it => it.node_name)).size]
  const used = sum(rows, 'memory_used')
  const total = sum(rows, 'memory_total')
  values.push(
    used,
    total,
    total - used,
    (100 * used) / total,
    sum(rows, 'power_draw'),
    sum(rows, 'power_limit'),
    sum(rows, 'utilization') / rows.length
  )
  for (const test of [
    it => it.utilization >= 1,
    it => it.utilization < 1,
    it => it.temperature >= 85,
    it => it.power_draw >= 0.985 * it.power_limit,
    it => it.utilization < 1 && it.memory_used >= 1
  ])
    values.push(rows.filter(test).length)
  return values
}

export async function truth(address) {
  await sentOnly(address)
  await nothingMeasured(address)
  await oneGone(address)
}

async function sentOnly(address) {
  for (const { name, hash } of VIEWS) {
    const it = await open(address + hash)
    await state(it.page, 'live')
    await it.page.keyboard.press('p')
    await it.page.waitForFunction(() => !/Waiting for/.test(document.body.innerText))
    const answers = it.answers.filter(answer => /\/api\//.test(answer.url()))
    const bodies = (
      await Promise.all(answers.map(async answer => [`${answer.status()}`, await answer.text()]))
    ).flat()
    // A chart's scale is no measurement.
    await it.page.evaluate(() => document.querySelectorAll('.plot').forEach(plot => plot.remove()))
    const text = (await shown(it.page))
      .replace(/\d{1,2}:\d{2}(:\d{2})?/g, '')
      .replace(/\d+ ms/g, '')
      .replace(/[0-9a-f]{32}/g, '')
      .replace(/node-\d+/g, '')
      .replace(/NVIDIA [\w-]+( 80GB HBM3)?/g, '')
      .replace(/v1|\d\.\d\.\d/g, '')
    const fleets = bodies
      .filter(body => body.includes('"power_limit"'))
      .map(body => JSON.parse(body).data)
      .filter(rows => Array.isArray(rows) && rows[0]?.gpu_name)
    const sent =
      bodies
        .join()
        .match(/-?\d+(\.\d+)?/g)
        ?.map(Number) ?? []
    const allowed = new Set([...OWN, ...[...sent, ...fleets.flatMap(derived)].flatMap(written)])
    for (const token of text.match(/\d[\d,]*(\.\d+)?/g) ?? [])
      assert.ok(allowed.has(token), `${name} shows ${token}, which nobody sent: ${text}`)
    await it.close()
  }
}

// Null is a dash to the last pixel: no 0, no mean of nothing.
async function nothingMeasured(address) {
  const rows = [
    row({ gpu_index: 3, gpu_name: null, exporter: null, vendor: null, measured_at: null })
  ]
  const processes = [
    {
      node_name: 'node-1',
      gpu_index: 3,
      pid: null,
      process_name: null,
      user: null,
      command: null,
      gpu_memory: null,
      cpu: null,
      memory: null,
      timestamp: rows[0].timestamp,
      uuid: null,
      mig_instance_id: null,
      cluster: null,
      measured_at: null
    }
  ]
  const workloads = [workload({ gpu_index: 3, namespace: null, pod: null, measured_at: null })]
  const namespaces = [namespace({}), namespace({ namespace: null })]
  const used = [{ namespace: 'ml', gpu_hours: null, idle_share: null }]
  const problems = [problem({ gpu_index: 3, gpu_name: null })]
  const answers = serve(rows, { processes, problems, workloads, namespaces, used })
  for (const hash of [
    '#/',
    '#/nodes',
    '#/node/node-1',
    '#/gpus',
    '#/gpu/node-1/3',
    '#/available?by=node',
    '#/available?by=gpu',
    '#/problems',
    '#/workloads',
    '#/namespaces',
    '#/processes',
    '#/processes?group=user'
  ]) {
    const it = await open(address + hash, {
      answer: url =>
        url.includes('/history')
          ? good({
              columns: [
                [1, 2],
                [null, null]
              ],
              series: [{}]
            })
          : answers(url)
    })
    await state(it.page, 'live')
    const text = await it.page.evaluate(() =>
      [...document.querySelectorAll('#main :is(.v, .now, td, dd)')]
        .filter(e => e.checkVisibility())
        .map(e => e.textContent)
        .join(' | ')
    )
    assert.doesNotMatch(text, /\b0\s?(%|°C|W|GiB|MHz)/, `${hash}: ${text}`)
    assert.match(text, /–/, hash)
    assert.doesNotMatch(text, /null|undefined|NaN/, hash)
    await it.close()
  }
}

async function oneGone(address) {
  const all = [0, 1, 2].map(gpu_index => row({ gpu_index, utilization: 50 }))
  const it = await open(`${address}#/`, { answer: serve(all) })
  await state(it.page, 'live')
  it.answer = serve(all.slice(0, 2))
  await it.page.keyboard.press('r')
  await it.page.getByText('No longer reported').waitFor()
  assert.match(
    await it.page.locator('.tile').first().innerText(),
    /^GPUs on 1 node\s+2\s[\s\S]*1 gone/
  )
  // Not with goto(), which may load all anew.
  await it.page.evaluate(() => (location.hash = '#/gpus'))
  await it.page.getByText('No longer reported: 1 GPU').waitFor()
  await it.page.getByRole('button', { name: 'Dismiss' }).click()
  await it.page.getByText('No longer reported').waitFor({ state: 'detached' })
  await it.close()
}

export async function hostile(address) {
  const names = [
    '<img src=x onerror="document.title=1">',
    '"><script>alert(1)</script>',
    'n'.repeat(300),
    'مرحبا-עברית-node',
    '🔥'.repeat(40),
    'a\'b"c&d;e=f?g#h/i%j\\k',
    '../../api',
    'a,b*c',
    '__proto__'
  ]
  const rows = names.map((node_name, i) =>
    row({
      node_name,
      gpu_index: i,
      gpu_name: names[(i + 1) % names.length],
      utilization: 50,
      uuid: node_name.slice(0, 40),
      cluster: names[(i + 2) % names.length]
    })
  )
  const processes = names.map((name, i) => ({
    ...rows[i],
    pid: 1,
    process_name: name,
    user: name,
    command: name,
    gpu_memory: 1,
    cpu: 1,
    memory: 1
  }))
  const workloads = rows.map((it, i) =>
    workload({
      ...it,
      ...{
        namespace: names[i],
        pod: names[(i + 3) % names.length],
        state: i % 2 ? 'idle' : names[i]
      },
      ...{ container: names[i], owner_kind: names[i], owner_name: names[i], job_user: names[i] },
      ...{ shared_by: 2, source: names[i] }
    })
  )
  const namespaces = names.map(name => namespace({ namespace: name, cluster: name }))
  const problems = rows.map((it, i) =>
    problem({
      ...it,
      ...{ kind: names[i], severity: names[i], summary: names[i], action: names[i] },
      ...{ unit: names[i], value: 1, namespace: names[i], pod: names[i], alert: names[i] }
    })
  )
  const answer = serve(rows, {
    ...{ processes, problems, workloads, namespaces, histories: 3, warnings: names }
  })
  for (const viewport of [
    { width: 1280, height: 900 },
    { width: 320, height: 700 }
  ]) {
    const it = await open(`${address}#/`, { answer, viewport })
    for (const hash of [
      '#/',
      '#/nodes',
      '#/gpus',
      '#/available',
      '#/available?by=node',
      '#/available?by=gpu',
      '#/problems',
      '#/workloads',
      '#/namespaces',
      '#/processes',
      '#/status',
      ...rows.map(
        ({ node_name, gpu_index, cluster }) =>
          `#/gpu/${encodeURIComponent(node_name)}/${gpu_index}?cluster=${encodeURIComponent(cluster)}`
      ),
      ...names.slice(0, 3).map(name => `#/node/${encodeURIComponent(name)}`)
    ]) {
      await it.page.goto(address + hash)
      // A name that is in the address is the heading, as it is.
      const [, view, name] = hash.split(/[/?]/)
      await it.page.waitForFunction(
        ([isNamed, text]) => !isNamed || document.querySelector('h1')?.textContent.startsWith(text),
        [view === 'gpu' || view === 'node', decodeURIComponent(name ?? '')]
      )
      await state(it.page, 'live')
      assert.equal(await it.page.locator('main img, main script').count(), 0, hash)
      assert.equal(
        await it.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        true,
        `${hash} is wider than ${viewport.width}`
      )
    }
    await it.page.locator('.plot canvas').first().waitFor()
    await it.close()
  }
}
