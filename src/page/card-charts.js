// The charts that a node and a GPU have in common.
import { historySource } from './api.js'
import { historyPanel } from './history.js'
import { t } from './text.js'

const CHARTS = {
  utilization: { field: 'utilization', title: 'utilization', unit: '%', decimals: 1, most: 100 },
  memory: { field: 'memory_used', title: 'memory_used', unit: 'GiB', decimals: 1 },
  temperature: { field: 'temperature', title: 'temperature', unit: '°C', decimals: 0 },
  power: { field: 'power_draw', title: 'power', unit: 'W', decimals: 0 }
}

/** @param {Record<string, string>} query which GPUs @param {Params} params @returns {Record<string, Source>} */
export const chartSources = (query, params) =>
  Object.fromEntries(
    Object.entries(CHARTS).map(([id, { field }]) => [
      id,
      historySource({ field, by: 'gpu', ...query }, params)
    ])
  )

/**
 * @param {Context} ctx
 * @param {(series: any) => string} [name] of a series; without it there is one, and the unit is beside its value
 * @returns {Record<keyof typeof CHARTS, HistoryPanel>}
 */
export const makeCharts = (ctx, name) =>
  /** @type {any} */ (
    Object.fromEntries(
      Object.entries(CHARTS).map(([source, { title, ...options }]) => [
        source,
        historyPanel(t(title), ctx, { ...options, source, name, about: name && options.unit })
      ])
    )
  )
