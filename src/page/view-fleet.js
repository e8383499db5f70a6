// All GPUs at a glance.
import { choice, fill, h, say } from './dom.js'
import {
  HOT_C,
  cardOf,
  derive,
  fleetSource,
  isAtLimit,
  isIdleHeld,
  isOld,
  keyOf,
  nameOf,
  nodeKeyOf,
  placeOf,
  searcher,
  summaryOf
} from './fleet.js'
import { memory, number, power, time, together } from './format.js'
import { FLAG, HeatMap } from './heatmap.js'
import { historyPanel, historySource, rangeChoice } from './history.js'
import { niceAbove } from './scale.js'
import { histogram, legend, picture } from './spark.js'
import { several, t } from './text.js'
import { METRICS } from './url.js'
import { problemOf } from './problem.js'

const LISTED = 3
const MODELS_MAX = 12
// As few that nodes stand side by side, whatever their models.
const FEW = 64
// More cells than a phone can show: one for each node.
const PHONE_CELLS = 2000

/** @typedef {import('./fleet.js').Gpu} Gpu */

/** @type {Record<string, {value: (row: Gpu) => number | null, unit: string}>} */
const METRIC = {
  utilization: { value: row => row.utilization, unit: '%' },
  memory: { value: row => row.memory_utilization, unit: '%' },
  temperature: { value: row => row.temperature, unit: '°C' },
  power: { value: row => row.power_draw, unit: 'W' }
}

/** @type {import('./main.js').View} */
export const fleetView = {
  sources: route => ({
    fleet: fleetSource(),
    trend: historySource({ field: 'utilization', by: 'all' }, route.params.range)
  }),
  title: () => `${t('fleet')} · ${t('gpus_title')}`,
  create(ctx) {
    const tiles = makeTiles(ctx)
    const map = makeMap(ctx)
    const attention = makeAttention(ctx)
    const trend = historyPanel(t('utilization'), ctx, {
      source: 'trend',
      unit: '%',
      decimals: 1,
      most: 100
    })
    const range = rangeChoice(id => ctx.change({ range: id }))
    trend.element.querySelector('.head')?.append(range.element)
    trend.element
      .querySelector('h2')
      ?.append(h('span', { class: 'soft', text: ` ${t('trend_by')}` }))
    const content = h(
      'div',
      { class: 'fleet' },
      tiles.element,
      h('div', { class: 'side' }, attention.element, trend.element),
      map.element
    )
    const problem = h('div')
    const element = h(
      'div',
      null,
      h('h1', { class: 'unseen', tabindex: -1, text: t('fleet') }),
      problem,
      content
    )
    return {
      element,
      update() {
        const isShown = !problemOf(problem, ctx, 'fleet')
        content.hidden = !isShown
        range.show(ctx.route.params.range)
        if (!isShown) return
        const reply = /** @type {any} */ (ctx.get('fleet'))?.good
        tiles.update(reply)
        attention.update(reply)
        trend.update()
        map.update(reply)
      },
      destroy: () => trend.destroy()
    }
  }
}

// --- tiles

/** @param {string} title */
function tile(title) {
  const key = h('h2', { class: 'k', text: title })
  const value = h('p', { class: 'v' })
  const body = h('div')
  return {
    element: h('section', { class: 'panel tile' }, key, value, body),
    key,
    value,
    body,
    /** @param {string} large @param {string} small */
    say(large, small) {
      fill(value, large + '|' + small, () => [large, ' ', h('small', { text: small })])
    }
  }
}

/** @param {[number, string][]} parts and their classes @param {number} all */
const bar = (parts, all) => {
  const element = h('div', { class: 'bar', 'aria-hidden': 'true' })
  for (const [count, name] of parts) {
    if (count <= 0) continue
    const part = h('b', { class: name })
    part.style.width = `${(100 * count) / all}%`
    element.append(part)
  }
  return element
}

/** @param {import('./main.js').Context} ctx */
function makeTiles(ctx) {
  const all = {
    gpus: tile(''),
    load: tile(t('utilization')),
    memory: tile(t('memory')),
    power: tile(t('power')),
    hot: tile(t('hottest'))
  }
  const bins = picture(34)
  all.load.body.append(bins.element, h('p', { class: 'd' }))
  const element = h('div', { class: 'tiles' }, ...Object.values(all).map(it => it.element))
  return {
    element,
    /** @param {import('./api.js').Reply} reply */
    update(reply) {
      const it = summaryOf(reply)
      const gone = ctx.roll.gone.size
      countTile(all.gpus, it, gone, ctx)
      const mean = it.utilization.count ? it.utilization.sum / it.utilization.count : null
      all.load.say(number(mean), mean === null ? t('nobody_reports') : t('on_average'))
      say(
        /** @type {any} */ (all.load.body.lastElementChild),
        it.unknown ? t('of_n_report', { n: number(it.utilization.count) }) : t('busy_means')
      )
      bins.show(histogram(it.bins, ctx.isDark()))
      memoryTile(all.memory, it)
      powerTile(all.power, it)
      hotTile(all.hot, it, ctx)
    }
  }
}

/** @param {any} tile @param {any} it @param {number} gone @param {import('./main.js').Context} ctx */
function countTile(tile, it, gone, ctx) {
  say(tile.key, t('gpus_on_nodes', { n: number(it.nodes) }))
  tile.say(
    number(it.cards),
    it.rows > it.cards ? t('cards', { n: number(it.cards) }).replace(/^[^,、]*[,、] ?/, '') : ''
  )
  const parts = [
    [it.busy, 'busy', ''],
    [it.idle - it.heldIdle, 'idle', ''],
    [it.heldIdle, 'held_idle', ''],
    [it.unknown, 'not_measured', ''],
    [gone, 'gone', 'bad']
  ]
  fill(tile.body, parts.join(), () => [
    bar(
      /** @type {[number, string][]} */ (parts.map(([count, name]) => [count, `p-${name}`])),
      it.rows + gone
    ),
    h(
      'ul',
      { class: 'keys' },
      ...parts
        .filter(([count, name]) => count || name === 'busy' || name === 'idle')
        .map(([count, name, mark]) =>
          h(
            'li',
            { class: mark },
            h('i', { class: `p-${name}` }),
            h('a', {
              data: { key: name },
              href: linkOfPart(ctx, String(name)),
              text: `${number(Number(count))} ${t(String(name))}`
            })
          )
        )
    )
  ])
}

/** @param {import('./main.js').Context} ctx @param {string} name */
const linkOfPart = (ctx, name) =>
  ctx.link('gpus', [], {
    q: { busy: 'busy:', idle: 'idle:', held_idle: 'held:', not_measured: 'unknown:' }[name] ?? ''
  })

/** @param {any} tile @param {any} it */
function memoryTile(tile, { memoryUsed, memoryTotal, rows }) {
  if (memoryTotal.count === 0) return nobody(tile)
  const total = memory(memoryTotal.sum)
  const used = memory(memoryUsed.sum, memoryTotal.sum)
  tile.say(used.text, t('of_total', { total: together(total) }))
  const free = memoryTotal.sum - memoryUsed.sum
  const text = t('used_free', {
    percent: number((100 * memoryUsed.sum) / memoryTotal.sum),
    free: together(memory(free))
  })
  const of =
    memoryTotal.count < rows
      ? t('of_n_of_total', { n: number(memoryTotal.count), total: number(rows) })
      : ''
  fill(tile.body, text + of + memoryUsed.sum, () => [
    bar([[memoryUsed.sum, 'p-busy']], memoryTotal.sum),
    h('p', { class: 'd', text }),
    of ? h('p', { class: 'd', text: of }) : null
  ])
}

/** @param {any} tile */
function nobody(tile) {
  tile.say(number(null), '')
  fill(tile.body, 'none', () => [h('p', { class: 'd', text: t('nobody_reports') })])
}

/** @param {any} tile @param {any} it */
function powerTile(tile, { power: draw, powerLimit, powerOfLimited, atLimit, cards }) {
  if (draw.count === 0) return nobody(tile)
  const all = powerLimit.count === draw.count
  const text = power(draw.sum, all ? powerLimit.sum : undefined)
  tile.say(text.text, all ? t('of_limit', { limit: together(power(powerLimit.sum)) }) : text.unit)
  const notes = [
    t('at_limit', { n: number(atLimit) }),
    draw.count < cards ? t('of_n_of_total', { n: number(draw.count), total: number(cards) }) : ''
  ]
  fill(tile.body, notes.join() + draw.sum, () => [
    powerLimit.count ? bar([[powerOfLimited.sum, 'p-busy']], powerLimit.sum) : null,
    ...notes.filter(Boolean).map(text => h('p', { class: 'd', text }))
  ])
}

/** @param {any} tile @param {any} it @param {import('./main.js').Context} ctx */
function hotTile(tile, { hottest, hot }, ctx) {
  if (!hottest) return nobody(tile)
  tile.say(number(hottest.temperature), '°C')
  const { view, path, params } = placeOf(hottest)
  const link = ctx.link(view, path, params)
  fill(tile.body, link + hot, () => [
    h('p', { class: 'd' }, h('a', { data: { key: 'hottest' }, href: link, text: nameOf(hottest) })),
    h('p', { class: 'd', text: t('above_hot', { n: number(hot), limit: HOT_C }) })
  ])
}

// --- needs attention

/** @param {import('./main.js').Context} ctx */
function makeAttention(ctx) {
  const list = h('ul', { class: 'list' })
  const element = h(
    'section',
    { class: 'panel' },
    h('div', { class: 'head' }, h('h2', { text: t('attention') })),
    list
  )
  return {
    element,
    /** @param {import('./api.js').Reply} reply */
    update(reply) {
      const items = findings(reply, ctx)
      fill(list, JSON.stringify(items) + ctx.route.params.tz, () =>
        items.length
          ? items.map(item => entry(item, ctx))
          : [h('li', { class: 'soft', text: t('nothing_wrong') })]
      )
    }
  }
}

/**
 * @typedef {object} Finding
 * @property {string} kind
 * @property {string} mark bad, warn or info
 * @property {string} title
 * @property {number} count
 * @property {{name: string, link: string, note: string}[]} first
 * @property {string} all where all of them are
 */

/** @param {import('./api.js').Reply} reply @param {import('./main.js').Context} ctx @returns {Finding[]} */
function findings(reply, ctx) {
  const { newest_ms } = derive(reply).times
  /** @type {Gpu[]} */
  const rows = reply.data
  const linkTo = (/** @type {Gpu} */ row, /** @type {string} */ note) => {
    const { view, path, params } = placeOf(row)
    return { name: nameOf(row), link: ctx.link(view, path, params), note }
  }
  /** @type {Finding[]} */
  const found = []
  /** @param {string} kind @param {string} mark @param {string} title @param {Gpu[]} of @param {(row: Gpu) => string} note @param {string} q */
  const add = (kind, mark, title, of, note, q) =>
    of.length &&
    found.push({
      kind,
      mark,
      title,
      count: of.length,
      first: of.slice(0, LISTED).map(row => linkTo(row, note(row))),
      all: ctx.link('gpus', [], { q })
    })
  const gone = [...ctx.roll.gone.values()]
  add(
    'gone',
    'bad',
    t('a_gone'),
    gone.map(({ row }) => row),
    row =>
      t('since_time', {
        time: time(/** @type {any} */ (ctx.roll.gone.get(keyOf(row))).since_ms, ctx.route.params.tz)
      }),
    ''
  )
  const cards = oncePerCard(rows)
  add(
    'xid',
    'bad',
    t('a_xid'),
    cards.filter(row => row.xid !== null),
    row => t('xid_n', { n: /** @type {number} */ (row.xid) }),
    'xid:'
  )
  const hot = cards
    .filter(row => row.temperature !== null && row.temperature >= HOT_C)
    .sort((a, b) => Number(b.temperature) - Number(a.temperature))
  add(
    'hot',
    'warn',
    t('a_hot', { limit: HOT_C }),
    hot,
    row => t('c', { n: number(row.temperature) }),
    `temp>=${HOT_C}`
  )
  add(
    'old',
    'warn',
    t('a_old'),
    rows.filter(row => isOld(row, newest_ms)),
    row => time(Date.parse(/** @type {string} */ (row.measured_at)), ctx.route.params.tz),
    ''
  )
  add(
    'unknown',
    'warn',
    t('a_unknown'),
    rows.filter(row => row.utilization === null),
    () => '',
    'unknown:'
  )
  add(
    'limit',
    'info',
    t('a_limit'),
    cards.filter(isAtLimit),
    row => t('w', { n: number(row.power_draw) }),
    'limit:'
  )
  const held = rows.filter(isIdleHeld).sort((a, b) => Number(b.memory_used) - Number(a.memory_used))
  add('held', 'info', t('a_held'), held, row => together(memory(row.memory_used)), 'held:')
  for (const text of reply.warnings.slice(0, LISTED))
    found.push({
      kind: text,
      mark: 'warn',
      title: t('a_warnings'),
      count: 1,
      first: [{ name: text, link: ctx.link('status'), note: '' }],
      all: ''
    })
  return found
}

/** @param {Gpu[]} rows */
function oncePerCard(rows) {
  const seen = new Set()
  return rows.filter(
    row => row.mig_instance_id === null || (!seen.has(cardOf(row)) && seen.add(cardOf(row)))
  )
}

/** @param {Finding} item @param {import('./main.js').Context} ctx */
function entry({ kind, mark, title, count, first, all }, ctx) {
  const sign = { bad: '!', warn: '▲', info: 'i' }[mark] ?? ''
  const more =
    count > first.length && all
      ? h('a', {
          href: all,
          class: 'more',
          data: { key: `${kind}-all` },
          text: t('all_n', { n: number(count) })
        })
      : h('span', { class: 'more', text: count > 1 ? number(count) : '' })
  return h(
    'li',
    null,
    h('span', { class: `ic ${mark}`, 'aria-hidden': 'true', text: sign }),
    h('span', { class: 't', text: title }),
    kind === 'gone'
      ? h('button', {
          type: 'button',
          class: 'small more',
          data: { key: 'dismiss' },
          text: t('dismiss'),
          on: { click: ctx.dismissGone }
        })
      : more,
    h(
      'span',
      { class: 's' },
      ...first.flatMap(({ name, link, note }, i) => [
        i ? ', ' : '',
        h('a', { href: link, data: { key: `${kind}-${i}` }, text: name }),
        note ? ` ${note}` : ''
      ])
    )
  )
}

// --- heat map

/** @param {import('./main.js').Context} ctx */
function makeMap(ctx) {
  const map = new HeatMap({ open: item => ctx.go(item.link), describe: item => item.words() })
  const metric = choice(
    t('metric'),
    METRICS.map(id => ({ id, text: t(id) })),
    id => ctx.change({ metric: id })
  )
  const order = choice(
    t('order'),
    ['node', 'value'].map(id => ({ id, text: t(`by_${id}`) })),
    id => ctx.change({ order: id })
  )
  const scale = picture(12, 120)
  const [least, most] = [h('span'), h('span')]
  const marks = h(
    'ul',
    { class: 'marks' },
    ...['xid', 'gone', 'unknown', 'old', 'limit'].map(id =>
      h('li', null, h('i', { class: `m-${id}`, 'aria-hidden': 'true' }), t(`key_${id}`))
    )
  )
  const title = h('h2')
  const note = h('p', { class: 'soft match' })
  const head = h('div', { class: 'head' }, title, metric.element, order.element)
  const key = h(
    'div',
    { class: 'legend' },
    h('span', { class: 'scale' }, least, scale.element, most),
    marks
  )
  const element = h('section', { class: 'panel heat' }, head, key, note, map.element)
  let drawn = ''
  let drawnReply = /** @type {any} */ (null)
  return {
    element,
    /** @param {import('./api.js').Reply} reply */
    update(reply) {
      const { params } = ctx.route
      metric.show(params.metric)
      order.show(params.order)
      const isPhone = innerWidth < 640 && reply.data.length > PHONE_CELLS
      const signature = [
        params.metric,
        params.order,
        params.q,
        params.refresh,
        params.tz,
        params.range,
        ctx.isDark(),
        element.clientWidth,
        isPhone,
        ctx.roll.gone.size
      ].join()
      if (drawn === signature && drawnReply === reply) return
      drawn = signature
      drawnReply = reply
      const range = rangeOf(reply.data, params.metric)
      say(title, isPhone ? t('every_node', { what: t(params.metric) }) : t('every_gpu'))
      say(least, String(range.least))
      say(most, `${number(range.most)} ${METRIC[params.metric].unit}`)
      scale.show(legend(ctx.isDark()))
      const match = searcher(params.q)
      say(
        note,
        match
          ? t('matching', {
              n: number(reply.data.filter(match).length),
              total: number(reply.data.length),
              q: params.q
            })
          : ''
      )
      note.hidden = !match
      if (match) ctx.announce(note.textContent)
      const groups = groupsOf(reply, ctx, match, isPhone)
      map.show(groups, {
        ...range,
        isDark: ctx.isDark(),
        label: t('map_label', {
          what: t(params.metric),
          n: groups.reduce((n, g) => n + g.blocks.reduce((m, b) => m + b.cells.length, 0), 0)
        })
      })
    }
  }
}

/** @param {Gpu[]} rows @param {string} metric */
function rangeOf(rows, metric) {
  if (metric === 'utilization' || metric === 'memory') return { least: 0, most: 100 }
  if (metric === 'temperature') return { least: 20, most: 100 }
  let most = 0
  for (const row of rows) most = Math.max(most, row.power_limit ?? 0, row.power_draw ?? 0)
  return { least: 0, most: niceAbove(most) }
}

/** @param {Gpu} row @param {number} flags */
const noteOf = (row, flags) =>
  [
    flags & FLAG.gone ? t('key_gone') : '',
    flags & FLAG.xid ? t('xid_n', { n: row.xid ?? '' }) : '',
    flags & FLAG.old ? t('key_old') : '',
    flags & FLAG.limit ? t('key_limit') : ''
  ]
    .filter(Boolean)
    .join(', ')

/** @param {Gpu} row @param {string} what @param {number} flags */
const wordsOf = (row, what, flags) =>
  [
    nameOf(row),
    row.gpu_name,
    `${t(what)} ${number(METRIC[what].value(row))} ${METRIC[what].value(row) === null ? t('not_measured') : METRIC[what].unit}`,
    noteOf(row, flags)
  ]
    .filter(Boolean)
    .join(', ')

/**
 * @param {import('./api.js').Reply} reply
 * @param {import('./main.js').Context} ctx
 * @param {((row: Gpu) => boolean) | null} match
 * @param {boolean} byNode
 * @returns {import('./heatmap.js').Group[]}
 */
function groupsOf(reply, ctx, match, byNode) {
  const { metric, order } = ctx.route.params
  const { newest_ms } = derive(reply).times
  const value = METRIC[metric].value
  /** @param {Gpu} row @param {number} flags @returns {import('./heatmap.js').Cell} */
  const cellOf = (row, flags) => {
    const all =
      flags |
      (row.xid !== null ? FLAG.xid : 0) |
      (isOld(row, newest_ms) ? FLAG.old : 0) |
      (isAtLimit(row) ? FLAG.limit : 0) |
      (match && !match(row) ? FLAG.dim : 0)
    return {
      value: all & FLAG.gone ? null : value(row),
      flags: all,
      item: {
        row,
        get link() {
          const { view, path, params } = placeOf(row)
          return ctx.link(view, path, params)
        },
        words: () => wordsOf(row, metric, all)
      }
    }
  }
  const rows = [
    ...reply.data.map((/** @type {Gpu} */ row) => ({ row, flags: 0 })),
    ...[...ctx.roll.gone.values()].map(({ row }) => ({ row, flags: FLAG.gone }))
  ]
  /** @type {Map<string, Map<string, {row: Gpu, flags: number}[]>>} */
  const models = new Map()
  for (const entry of rows) {
    const model = entry.row.gpu_name ?? t('unnamed')
    let nodes = models.get(model)
    if (!nodes) models.set(model, (nodes = new Map()))
    const key = nodeKeyOf(entry.row)
    const list = nodes.get(key)
    if (list) list.push(entry)
    else nodes.set(key, [entry])
  }
  if (rows.length <= FEW && !byNode && order === 'node') {
    const blocks = [...models].flatMap(([model, nodes]) =>
      [...nodes.values()].map(list => ({
        label: `${list[0].row.node_name ?? '?'} · ${model}`,
        at: rows.indexOf(list[0]),
        cells: list.map(({ row, flags }) => cellOf(row, flags))
      }))
    )
    return [{ title: '', blocks: blocks.sort((a, b) => a.at - b.at) }]
  }
  const shown = [...models].sort(([, a], [, b]) => b.size - a.size)
  const groups = shown.slice(0, MODELS_MAX).map(([model, nodes]) => {
    const count = [...nodes.values()].reduce((n, list) => n + list.length, 0)
    const title = t('model_title', {
      model,
      gpus: several('gpus', count, number(count)),
      nodes: several('nodes', nodes.size, number(nodes.size))
    })
    if (byNode)
      return {
        title,
        blocks: [
          {
            label: '',
            cells: [...nodes.values()].map(list =>
              nodeCell(
                list.map(({ row, flags }) => cellOf(row, flags)),
                ctx
              )
            )
          }
        ]
      }
    if (order === 'node')
      return {
        title,
        blocks: [...nodes.values()].map(list => ({
          label: list[0].row.node_name ?? '?',
          cells: list.map(({ row, flags }) => cellOf(row, flags))
        }))
      }
    const cells = [...nodes.values()].flat().map(({ row, flags }) => cellOf(row, flags))
    return {
      title,
      blocks: [{ label: '', cells: cells.sort((a, b) => (b.value ?? -1) - (a.value ?? -1)) }]
    }
  })
  const rest = shown.slice(MODELS_MAX).flatMap(([, nodes]) => [...nodes.values()].flat())
  if (rest.length)
    groups.push({
      title: t('more', { n: rest.length }),
      blocks: [{ label: '', cells: rest.map(({ row, flags }) => cellOf(row, flags)) }]
    })
  return groups
}

/** The worst of a node's. @param {import('./heatmap.js').Cell[]} cells @param {import('./main.js').Context} ctx */
function nodeCell(cells, ctx) {
  const worst = cells.reduce((a, b) => ((b.value ?? -1) > (a.value ?? -1) ? b : a))
  const flags =
    cells.reduce((all, cell) => all | (cell.flags & ~FLAG.dim), 0) |
    (cells.every(cell => cell.flags & FLAG.dim) ? FLAG.dim : 0)
  const { row } = worst.item
  return {
    ...worst,
    flags,
    item: {
      row,
      link: ctx.link('node', [row.node_name ?? ''], { cluster: row.cluster }),
      words: worst.item.words
    }
  }
}
