// How the API itself does, what it warns of, and what this page asked.
import { log } from './api.js'
import { fill, h } from './dom.js'
import { number, span, time } from './format.js'
import { showFacts, showTable } from './facts.js'
import { add, spanText, t } from './text.js'
import './text-more.js'
import { fleetSource } from './fleet.js'

add({
  service: 'Service',
  version: 'Version',
  page_version: 'This page',
  not_installed: 'as its sources are, not installed',
  prometheus_latency: 'Prometheus answers in',
  exporters: 'Exporters',
  fields_missing: 'Without',
  health: 'Health',
  healthy: 'healthy',
  unhealthy: 'not healthy',
  no_warnings: 'No warnings.',
  requests: 'Requests of this page',
  path: 'Path',
  http_status: 'Status',
  took: 'Took',
  cache: 'Cache',
  id: 'Request id',
  when: 'When',
  endpoints: 'Endpoints',
  no_exporters: 'None was found.',
  source: 'Told by',
  told_by: 'Who tells of workloads'
})

const ENDPOINTS = [
  'v1/gpu/metrics',
  'v1/gpu/nodes',
  'v1/gpu/utilization',
  'v1/gpu/processes',
  'v1/gpu/history',
  'v1/gpu/available',
  'v1/gpu/problems',
  'v1/gpu/workloads',
  'v1/gpu/namespaces',
  'v1/gpu/capacity',
  'v1/gpu/usage',
  'health',
  'livez',
  'openapi.json'
]
// The folder of what is installed.
const VERSION = decodeURIComponent(new URL('.', import.meta.url).pathname.split('/').at(-2) ?? '')

/** @type {View} */
export const statusView = {
  sources: () => ({
    health: { path: 'health' },
    fleet: fleetSource(),
    workloads: { path: 'v1/gpu/workloads?fields=source' }
  }),
  title: () => t('status'),
  create(ctx) {
    const parts = {
      service: h('dl'),
      exporters: h('div'),
      told: h('div'),
      warnings: h('div'),
      requests: h('div')
    }
    const element = h(
      'div',
      null,
      h('h1', { tabindex: -1, text: t('status') }),
      h(
        'div',
        { class: 'grid' },
        h('section', { class: 'panel' }, h('h2', { text: t('service') }), parts.service),
        h('section', { class: 'panel' }, h('h2', { text: t('exporters') }), parts.exporters),
        h('section', { class: 'panel wide' }, h('h2', { text: t('told_by') }), parts.told),
        h('section', { class: 'panel wide' }, h('h2', { text: t('a_warnings') }), parts.warnings),
        h('section', { class: 'panel wide' }, h('h2', { text: t('requests') }), parts.requests),
        h(
          'section',
          { class: 'panel wide' },
          h('h2', { text: t('endpoints') }),
          h(
            'ul',
            { class: 'endpoints' },
            ...ENDPOINTS.map(path =>
              h('li', null, h('a', { href: `../api/${path}`, text: `/api/${path}` }))
            )
          )
        )
      )
    )
    return {
      element,
      update() {
        showService(parts, ctx)
        showTold(parts.told, ctx)
        const warnings = [
          ...new Set([
            ...(ctx.get('health')?.good?.warnings ?? []),
            ...(ctx.get('fleet')?.good?.warnings ?? [])
          ])
        ]
        const isKnown = ctx.get('health')?.good || ctx.get('fleet')?.good
        fill(parts.warnings, isKnown ? warnings.join('\n') + '.' : '', () =>
          !isKnown
            ? [h('p', { class: 'soft', text: t('state_error') })]
            : warnings.length
              ? [h('ul', null, ...warnings.slice(0, 100).map(text => h('li', { text })))]
              : [h('p', { class: 'soft', text: t('no_warnings') })]
        )
        showRequests(parts.requests, ctx)
      }
    }
  }
}

/** @param {any} parts @param {Context} ctx */
function showService(parts, ctx) {
  const it = ctx.get('health')
  const data = it?.good?.data
  const isNow = it?.last?.ok
  showFacts(parts.service, [
    [
      t('health'),
      !it?.last
        ? t('loading')
        : isNow
          ? data.status === 'healthy'
            ? t('healthy')
            : String(data.status)
          : t('unhealthy'),
      it?.last && !isNow ? 'bad' : ''
    ],
    ...(data
      ? /** @type {[string, string][]} */ ([
          [t('version'), data.version],
          [
            t('prometheus_latency'),
            isNow ? `${number(data.prometheus_latency_ms)} ms` : number(null)
          ]
        ])
      : []),
    [t('page_version'), /^\d/.test(VERSION) ? VERSION : t('not_installed')]
  ])
  if (!data)
    return fill(parts.exporters, 'none', () => [h('p', { class: 'soft', text: t('state_error') })])
  if (data.exporters.length === 0)
    return fill(parts.exporters, 'empty', () => [
      h('p', { class: 'soft', text: t('no_exporters') })
    ])
  showTable(
    parts.exporters,
    [
      { id: 'name', label: t('exporter'), text: row => row.name },
      { id: 'n', label: t('gpus'), right: true, text: row => number(row.gpu_count) },
      {
        id: 'm',
        label: t('measured'),
        right: true,
        text: row =>
          row.measured_at === null
            ? number(null)
            : time(Date.parse(row.measured_at), ctx.route.params.tz)
      },
      {
        id: 'f',
        label: t('fields_missing'),
        wide: true,
        text: row =>
          row.missing_fields === null ? number(null) : row.missing_fields.join(', ') || t('none')
      }
    ],
    data.exporters,
    t('exporters')
  )
}

/** Who tells of workloads, or why nobody does. @param {HTMLElement} host @param {Context} ctx */
function showTold(host, ctx) {
  const last = ctx.get('workloads')?.last
  const say = (/** @type {string[]} */ ...texts) =>
    fill(host, texts.join('\n'), () => texts.map(text => h('p', { class: 'soft', text })))
  if (!last) return say(t('loading'))
  if (!last.ok) return say(t('state_error'))
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { source } of last.data) counts.set(source, (counts.get(source) ?? 0) + 1)
  if (counts.size === 0) return say(...(last.warnings.length ? last.warnings : [t('w_none')]))
  const columns = [
    { id: 'source', label: t('source'), text: (/** @type {any} */ [source]) => source },
    {
      id: 'n',
      label: t('workloads'),
      right: true,
      text: (/** @type {any} */ [, count]) => number(count)
    }
  ]
  showTable(host, columns, [...counts], t('told_by'), { isNarrow: true })
}

/** @param {HTMLElement} host @param {Context} ctx */
function showRequests(host, ctx) {
  const now = ctx.now_ms()
  const rows = log
    .map(entry => ({ ...entry, at: now === null ? null : now - (performance.now() - entry.at_ms) }))
    .reverse()
  showTable(
    host,
    [
      {
        id: 'when',
        label: t('when'),
        text: row => (row.at === null ? number(null) : time(row.at, ctx.route.params.tz))
      },
      { id: 'path', label: t('path'), text: row => `/api/${row.path.split('?')[0]}` },
      {
        id: 's',
        label: t('http_status'),
        right: true,
        text: row => (row.status ? String(row.status) : number(null))
      },
      { id: 't', label: t('took'), right: true, text: row => spanMs(row.took_ms) },
      { id: 'c', label: t('cache'), text: row => row.cache || number(null) },
      { id: 'i', label: t('id'), text: row => row.requestId || number(null) }
    ],
    rows,
    t('requests')
  )
}

/** @param {number} ms */
const spanMs = ms => (ms < 10000 ? `${number(ms)} ms` : spanText(span(ms / 1000)))
