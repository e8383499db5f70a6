// All GPUs at a glance.
import { keptSource, makeAttention, problemsSource } from './attention.js'
import { fill, h, say } from './dom.js'
import { HOT_C, fleetSource, nameOf, placeOf, summaryOf } from './fleet.js'
import { makeMap } from './fleet-map.js'
import { memory, number, power, together } from './format.js'
import { historyPanel, historySource, rangeBar } from './history.js'
import { problemOf } from './rows.js'
import { histogram, picture } from './spark.js'
import { several, t } from './text.js'

/** @type {View} */
export const fleetView = {
  sources: route => ({
    fleet: fleetSource(),
    trend: historySource({ field: 'utilization', by: 'all' }, route.params)
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
      most: 100,
      about: t('trend_by')
    })
    const range = rangeBar(ctx)
    trend.element.querySelector('.head')?.append(range.element)
    const content = h(
      'div',
      { class: 'fleet' },
      tiles.element,
      h('div', { class: 'side' }, attention.element, trend.element),
      map.element
    )
    const problem = h('div')
    let isAsked = false
    const roomOf = () => ({ map: map.width(), bins: tiles.width() })
    const element = h(
      'div',
      null,
      h('h1', { class: 'unseen', tabindex: -1, text: t('fleet') }),
      problem,
      content
    )
    return {
      element,
      // Once there is something to see.
      wants: () =>
        /** @type {Record<string, Source>} */ (
          isAsked ? { kept: keptSource(), problems: problemsSource() } : {}
        ),
      update() {
        // Before anything changes, after which all would have to be laid out to know it.
        let room = roomOf()
        const isShown = !problemOf(problem, ctx, 'fleet')
        // Until something has come it is laid out, unseen: there is less to do then.
        const isComing = !ctx.get('fleet')?.last
        content.hidden = !isShown && !isComing
        if (isShown && room.map === 0) room = roomOf()
        range.show()
        const reply = /** @type {any} */ (ctx.get('fleet'))?.good
        trend.update()
        if (isShown) map.update(reply, room.map)
        content.classList.toggle('coming', isComing)
        if (!isShown) return
        tiles.update(reply, room.bins)
        attention.update(reply)
        if (isAsked) return
        isAsked = true
        setTimeout(ctx.wanted)
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

/** @param {Context} ctx */
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
    width: () => all.load.body.clientWidth,
    /** @param {Reply} reply @param {number} width of the histogram */
    update(reply, width) {
      const it = summaryOf(reply)
      bins.show(histogram(it.bins, ctx.isDark()), width)
      const gone = ctx.roll.gone.size
      countTile(all.gpus, it, gone, ctx)
      const mean = it.utilization.count ? it.utilization.sum / it.utilization.count : null
      all.load.say(number(mean), mean === null ? t('nobody_reports') : t('on_average'))
      say(
        /** @type {any} */ (all.load.body.lastElementChild),
        it.unknown ? t('of_n_report', { n: number(it.utilization.count) }) : t('busy_means')
      )
      memoryTile(all.memory, it)
      powerTile(all.power, it)
      hotTile(all.hot, it, ctx)
    }
  }
}

/** @param {any} tile @param {any} it @param {number} gone @param {Context} ctx */
function countTile(tile, it, gone, ctx) {
  say(tile.key, t('gpus_on_nodes', { nodes: several('nodes', it.nodes, number(it.nodes)) }))
  tile.say(number(it.cards), it.rows > it.cards ? t('some_split') : '')
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

/** @param {Context} ctx @param {string} name */
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

/** @param {any} tile @param {any} it @param {Context} ctx */
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
